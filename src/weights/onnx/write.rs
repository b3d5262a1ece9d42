//! A generator as an ONNX file: the graph of its layers, with the weights in it under our names.
//!
//! ```text
//! input [1, in, S, S] in [-1, 1] ─> LeakyRelu or the model's own, Relu ─> Conv, ConvTranspose ─> InstanceNormalization ─> …
//!                                   … ─> Concat with the skip ─> … ─> Tanh ─> output [1, out, S, S] in [-1, 1]
//! ```
//!
//! A separable convolution is one `Conv` in as many groups as channels and one of 1 by 1, up behind `Resize`.
//!
//! One picture at a time: the batch's own statistics are then the picture's, as in pix2pix.py. There is no dropout.
//! The numbers of fields are those of `onnx.proto`.

use crate::error::{Error, Result};
use crate::model::{
    Activation, Conv, Convolution, EPSILON, GeneratorConfig, KERNEL, LayerSpec, Norm, PADDING, Part,
};
use crate::weights::naming;
use crate::weights::protobuf::Message;
use crate::weights::tensors::elements;

/// The file format's version, of the same year as the operators'.
const IR_VERSION: u64 = 8;
/// The version of the operators.
const OPSET: u64 = 17;
/// The number type F32.
const FLOAT: u64 = 1;
/// What reads such files takes no longer ones.
const LONGEST: u64 = i32::MAX as u64;

/// A tensor that stands beside separable convolutions: by how much `Resize` enlarges each axis.
pub const ENLARGED: (&str, [f32; 4]) = ("enlarged", [1.0, 1.0, 2.0, 2.0]);

const INPUT: &str = "input";
const OUTPUT: &str = "output";

/// The file but for its tensors: behind it follows for each, in their order, [`tensor_header`] and its values as
/// little-endian F32.
///
/// # Errors
/// `weights/incompatible`: more than 2 GB.
pub fn header<'a>(
    config: &GeneratorConfig,
    tensors: impl Iterator<Item = (&'a str, &'a [usize])>,
) -> Result<Vec<u8>> {
    let side = config.size();
    let graph = Message::new()
        .messages(1, &nodes(config))
        .text(2, "pix2pix")
        .message(11, &picture(INPUT, config.in_channels, side))
        .message(12, &picture(OUTPUT, config.out_channels, side));
    let rest = tensors.map(|(name, shape)| tensor_header(name, shape).len() as u64 + bytes(shape));
    let length = graph.len() + rest.sum::<u64>();
    let mut model = Message::new()
        .number(1, IR_VERSION)
        .text(2, "pix2pix-web")
        .text(3, env!("CARGO_PKG_VERSION"))
        .message(8, &Message::new().text(1, "").number(2, OPSET));
    for (key, value) in naming::metadata(Some(config), None) {
        model = model.message(14, &Message::new().text(1, key).text(2, &value));
    }
    let model = model.begin(7, length);
    if model.len() + length > LONGEST {
        return Err(Error::Incompatible {
            holder: "onnx",
            what: format!("{length} bytes"),
            remedy: "Write the format pix2pix-web".into(),
        });
    }
    Ok([model.into_bytes(), graph.into_bytes()].concat())
}

/// What stands before a tensor's values.
pub fn tensor_header(name: &str, shape: &[usize]) -> Vec<u8> {
    let dims = shape.iter().fold(Message::new(), |dims, side| dims.number(1, *side as u64));
    let tensor = dims.number(2, FLOAT).text(8, name).begin(9, bytes(shape));
    let length = tensor.len() + bytes(shape);
    [Message::new().begin(5, length).into_bytes(), tensor.into_bytes()].concat()
}

fn bytes(shape: &[usize]) -> u64 {
    4 * elements(shape).expect("a network's tensor is in memory")
}

/// An input or output of the graph, `[1, channels, side, side]`.
fn picture(name: &str, channels: usize, side: usize) -> Message {
    let sides = [1, channels, side, side].map(|side| Message::new().number(1, side as u64));
    let shape = Message::new().messages(1, &sides);
    let tensor = Message::new().number(1, FLOAT).message(2, &shape);
    Message::new().text(1, name).message(2, &Message::new().message(1, &tensor))
}

/// The operations, each behind those whose outputs it takes.
fn nodes(config: &GeneratorConfig) -> Vec<Message> {
    let layers = config.layers();
    let (encoders, decoders) = layers.split_at(config.depth);
    let mut graph = Graph::default();
    let mut skips = Vec::new();
    let mut x = INPUT.to_string();
    for encoder in encoders {
        x = graph.layer(encoder, x);
        skips.push(x.clone());
    }
    skips.pop(); // the innermost encoder's output is the innermost decoder's input, not a skip
    for (i, decoder) in decoders.iter().enumerate() {
        if i > 0 {
            let skip = skips.pop().expect("one skip for every decoder but the innermost");
            let name = format!("{}.skip", decoder.name);
            x = graph.node("Concat", &[&x, &skip], name, &[number("axis", 1)]);
        }
        x = graph.layer(decoder, x);
    }
    graph.node("Tanh", &[&x], OUTPUT.into(), &[]);
    graph.nodes
}

#[derive(Default)]
struct Graph {
    nodes: Vec<Message>,
}

impl Graph {
    /// Adds an operation that is named as its output is, and says that name.
    fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: String,
        attributes: &[Message],
    ) -> String {
        let node = inputs.iter().fold(Message::new(), |node, input| node.text(1, input));
        let node = node.text(2, &output).text(3, &output).text(4, operator);
        self.nodes.push(node.messages(5, attributes));
        output
    }

    /// Adds the operations of a layer, and says the name of its output.
    fn layer(&mut self, layer: &LayerSpec, mut x: String) -> String {
        let name = |part: &str| format!("{}.{part}", layer.name);
        let parameter = |part| layer.name.part(part).to_string();
        if let Some(activation) = layer.activation {
            x = self.activation(layer, activation, &x);
        }
        x = match layer.convolution {
            Convolution::Full => self.full(layer, &x),
            Convolution::Separable => self.separable(layer, &x),
        };
        if layer.norm != Norm::None {
            let [gamma, beta] = [Part::Gamma, Part::Beta].map(parameter);
            let epsilon = [float("epsilon", EPSILON)];
            x = self.node("InstanceNormalization", &[&x, &gamma, &beta], name("norm"), &epsilon);
        }
        x
    }

    fn activation(&mut self, layer: &LayerSpec, activation: Activation, x: &str) -> String {
        let name = |part: &str| format!("{}.{part}", layer.name);
        let parameter = |part| layer.name.part(part).to_string();
        let output = name("activation");
        match activation {
            Activation::Sigmoid => self.node("Sigmoid", &[x], output, &[]),
            Activation::Tanh => self.node("Tanh", &[x], output, &[]),
            Activation::Relu => self.node("Relu", &[x], output, &[]),
            Activation::LeakyRelu | Activation::RRelu => {
                let slope = activation.slope().expect("a rectifier has a slope");
                self.node("LeakyRelu", &[x], output, &[float("alpha", slope)])
            }
            Activation::Elu => self.node("Elu", &[x], output, &[float("alpha", 1.0)]),
            Activation::PRelu => self.node("PRelu", &[x, &parameter(Part::Slope)], output, &[]),
            Activation::SRelu => {
                // x - right + left lies between the thresholds; right and left are by how much x is beyond them.
                let [left_threshold, right_threshold, left_slope, right_slope] =
                    [Part::LeftThreshold, Part::RightThreshold, Part::LeftSlope, Part::RightSlope]
                        .map(parameter);
                let mut node = |operator, inputs: &[&str], output| {
                    self.node(operator, inputs, name(output), &[])
                };
                let right = node("Sub", &[x, &right_threshold], "activation.above");
                let right = node("Relu", &[&right], "activation.right");
                let left = node("Sub", &[&left_threshold, x], "activation.below");
                let left = node("Relu", &[&left], "activation.left");
                let middle = node("Sub", &[x, &right], "activation.lower");
                let middle = node("Add", &[&middle, &left], "activation.middle");
                let right = node("Mul", &[&right, &right_slope], "activation.rising");
                let left = node("Mul", &[&left, &left_slope], "activation.falling");
                let upper = node("Add", &[&middle, &right], "activation.upper");
                node("Sub", &[&upper, &left], "activation")
            }
        }
    }

    fn full(&mut self, layer: &LayerSpec, x: &str) -> String {
        let (operator, side, stride, padding) = match layer.conv {
            Conv::Down { stride } => ("Conv", KERNEL, stride, PADDING),
            Conv::Up => ("ConvTranspose", KERNEL, 2, PADDING),
            Conv::Pixel => ("Conv", 1, 1, 0),
        };
        let window = Window { side, stride, pads: [padding; 4], groups: 1 };
        self.last_convolution(operator, layer, x, Part::Weight, &window)
    }

    fn separable(&mut self, layer: &LayerSpec, x: &str) -> String {
        let ([channels, _], name) = (layer.channels, |part| format!("{}.{part}", layer.name));
        let depthwise = layer.name.part(Part::Depthwise).to_string();
        let window = |stride, pads| Window { side: KERNEL, stride, pads, groups: channels };
        let (x, window) = match layer.conv {
            Conv::Down { stride } => (x.to_string(), window(stride, [PADDING; 4])),
            Conv::Up => {
                let nearest = [
                    text("mode", "nearest"),
                    text("coordinate_transformation_mode", "asymmetric"),
                    text("nearest_mode", "floor"),
                ];
                // The second input is a region of interest, which such an enlargement has none of.
                let inputs = [x, "", ENLARGED.0];
                let x = self.node("Resize", &inputs, name("enlarged"), &nearest);
                // TensorFlow's `same` puts the one more behind.
                (x, window(1, [1, 1, 2, 2]))
            }
            Conv::Pixel => unreachable!("a convolution of single pixels has no halves"),
        };
        let x = self.node("Conv", &[&x, &depthwise], name("depthwise"), &window.attributes());
        let window = Window { side: 1, stride: 1, pads: [0; 4], groups: 1 };
        self.last_convolution("Conv", layer, &x, Part::Pointwise, &window)
    }

    /// With the layer's bias, where it has one.
    fn last_convolution(
        &mut self,
        operator: &str,
        layer: &LayerSpec,
        x: &str,
        kernel: Part,
        window: &Window,
    ) -> String {
        let parameter = |part| layer.name.part(part).to_string();
        let mut inputs = vec![x.to_string(), parameter(kernel)];
        inputs.extend(layer.bias.then(|| parameter(Part::Bias)));
        let inputs: Vec<_> = inputs.iter().map(String::as_str).collect();
        self.node(operator, &inputs, format!("{}.conv", layer.name), &window.attributes())
    }
}

/// How a convolution moves over a picture.
struct Window {
    /// Of the kernel.
    side: usize,
    stride: usize,
    /// Top, left, bottom, right.
    pads: [usize; 4],
    groups: usize,
}

impl Window {
    fn attributes(&self) -> Vec<Message> {
        let mut attributes = vec![
            numbers("kernel_shape", &[self.side; 2]),
            numbers("pads", &self.pads),
            numbers("strides", &[self.stride; 2]),
        ];
        attributes.extend((self.groups > 1).then(|| number("group", self.groups)));
        attributes
    }
}

fn float(name: &str, value: f64) -> Message {
    Message::new().text(1, name).float(2, value as f32).number(20, 1)
}

fn number(name: &str, value: usize) -> Message {
    Message::new().text(1, name).number(3, value as u64).number(20, 2)
}

fn text(name: &str, value: &str) -> Message {
    Message::new().text(1, name).text(4, value).number(20, 3)
}

fn numbers(name: &str, values: &[usize]) -> Message {
    let list = Message::new().text(1, name);
    values.iter().fold(list, |list, value| list.number(8, *value as u64)).number(20, 7)
}
