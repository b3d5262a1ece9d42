//! ONNX files: those that are written, run by a small interpreter of its own: no more than ONNX's definition of each operator;
//! and those that are read, ours and PyTorch's.
//!
//! onnxruntime makes the same pictures: `tests/e2e/onnx.spec.ts`.

use std::collections::{BTreeMap, HashMap};

use burn::tensor::{Device, Tensor, TensorData};
use pix2pix_web::model::{
    Activation, Convolution, DiscriminatorConfig, Generator, GeneratorConfig, Layout, Mode, Norm,
};
use pix2pix_web::weights::{self, Bytes, Contents, Dtype, Files, Format};
use pollster::block_on;
use safetensors::SafeTensors;

use super::{PICT, load};
use crate::reference;

/// A message of Protocol Buffers: the values of each field, in their order.
struct Message<'a>(BTreeMap<u64, Vec<Field<'a>>>);

#[derive(Clone, Copy)]
enum Field<'a> {
    Number(u64),
    Float(f32),
    Bytes(&'a [u8]),
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (byte, rest) = bytes.split_first().expect("the number ends");
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

impl<'a> Message<'a> {
    fn read(mut bytes: &'a [u8]) -> Self {
        let mut fields = BTreeMap::<_, Vec<_>>::new();
        while !bytes.is_empty() {
            let key = varint(&mut bytes);
            let field = match key & 7 {
                0 => Field::Number(varint(&mut bytes)),
                2 => {
                    let length = varint(&mut bytes) as usize;
                    let (value, rest) = bytes.split_at(length);
                    bytes = rest;
                    Field::Bytes(value)
                }
                5 => {
                    let (value, rest) = bytes.split_first_chunk().unwrap();
                    bytes = rest;
                    Field::Float(f32::from_le_bytes(*value))
                }
                other => panic!("no field is stored as {other}"),
            };
            fields.entry(key >> 3).or_default().push(field);
        }
        Self(fields)
    }

    fn all(&self, field: u64) -> &[Field<'a>] {
        self.0.get(&field).map(Vec::as_slice).unwrap_or_default()
    }

    fn numbers(&self, field: u64) -> Vec<usize> {
        let number = |field: &Field| match field {
            Field::Number(value) => *value as usize,
            _ => panic!("it is a number"),
        };
        self.all(field).iter().map(number).collect()
    }

    fn bytes(&self, field: u64) -> Vec<&'a [u8]> {
        let bytes = |field: &Field<'a>| match field {
            Field::Bytes(value) => *value,
            _ => panic!("it has a length"),
        };
        self.all(field).iter().map(bytes).collect()
    }

    fn texts(&self, field: u64) -> Vec<String> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        self.bytes(field).into_iter().map(text).collect()
    }

    fn messages(&self, field: u64) -> Vec<Message<'a>> {
        self.bytes(field).into_iter().map(Message::read).collect()
    }
}

/// A tensor with its shape; pictures are `[1, C, side, side]`.
#[derive(Clone, Debug, PartialEq)]
struct Values {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Values {
    fn new(shape: Vec<usize>, value: impl FnMut(usize) -> f32) -> Self {
        let count: usize = shape.iter().product();
        Self { values: (0..count).map(value).collect(), shape }
    }

    fn channels(&self) -> usize {
        self.shape[1]
    }

    fn side(&self) -> usize {
        self.shape[2]
    }

    /// The value of a channel at a row and a column, zero beyond the edges.
    fn at(&self, channel: usize, y: isize, x: isize) -> f32 {
        let side = self.side() as isize;
        if [y, x].iter().any(|i| !(0..side).contains(i)) {
            return 0.0;
        }
        self.values[(channel * self.side() + y as usize) * self.side() + x as usize]
    }
}

/// How a kernel moves over a picture.
struct Window {
    stride: usize,
    /// Top, left, bottom, right.
    pads: [usize; 4],
    groups: usize,
}

/// What ONNX's documentation says of a convolution.
fn convolve(input: &Values, weight: &Values, bias: Option<&Values>, window: &Window) -> Values {
    let [c_out, of_group, k, _] = weight.shape[..] else { panic!("it is a kernel") };
    let Window { stride, pads, groups } = *window;
    assert_eq!([pads[0], pads[2]], [pads[1], pads[3]], "the pictures are square");
    assert_eq!(of_group * groups, input.channels());
    let side = (input.side() + pads[0] + pads[2] - k) / stride + 1;
    Values::new(vec![1, c_out, side, side], |index| {
        let (c, y, x) = (index / (side * side), index / side % side, index % side);
        let mut sum = bias.map_or(0.0, |bias| f64::from(bias.values[c]));
        for i in 0..of_group {
            for (ky, kx) in (0..k).flat_map(|ky| (0..k).map(move |kx| (ky, kx))) {
                let place = |at: usize, k: usize| (at * stride + k) as isize - pads[0] as isize;
                let seen =
                    input.at(c / (c_out / groups) * of_group + i, place(y, ky), place(x, kx));
                let tap = weight.values[((c * of_group + i) * k + ky) * k + kx];
                sum += f64::from(tap * seen);
            }
        }
        sum as f32
    })
}

/// What it says of a transposed one with kernels of 4, padding 1 and stride 2.
fn convolve_transposed(input: &Values, weight: &Values, bias: Option<&Values>) -> Values {
    let [_, c_out, 4, 4] = weight.shape[..] else { panic!("it is a kernel") };
    let side = 2 * input.side();
    Values::new(vec![1, c_out, side, side], |index| {
        let (c, y, x) = (index / (side * side), index / side % side, index % side);
        let mut sum = bias.map_or(0.0, |bias| f64::from(bias.values[c]));
        for i in 0..input.channels() {
            for (ky, kx) in (0..4).flat_map(|ky| (0..4).map(move |kx| (ky, kx))) {
                let (up, left) = ((y + 1) as isize - ky, (x + 1) as isize - kx);
                if up % 2 == 0 && left % 2 == 0 {
                    let tap = weight.values[((i * c_out + c) * 4 + ky as usize) * 4 + kx as usize];
                    sum += f64::from(tap * input.at(i, up / 2, left / 2));
                }
            }
        }
        sum as f32
    })
}

fn normalise(input: &Values, gamma: &Values, beta: &Values, epsilon: f32) -> Values {
    let pixels = input.side() * input.side();
    let statistics: Vec<_> = (input.values.chunks(pixels))
        .map(|channel| {
            let mean = channel.iter().map(|x| f64::from(*x)).sum::<f64>() / pixels as f64;
            let squares = channel.iter().map(|x| (f64::from(*x) - mean).powi(2));
            (mean, squares.sum::<f64>() / pixels as f64)
        })
        .collect();
    Values::new(input.shape.clone(), |i| {
        let (mean, variance) = statistics[i / pixels];
        let value = (f64::from(input.values[i]) - mean) / (variance + f64::from(epsilon)).sqrt();
        value as f32 * gamma.values[i / pixels] + beta.values[i / pixels]
    })
}

/// Element by element; one of the two may be `[C, 1, 1]`.
fn both(a: &Values, b: &Values, f: impl Fn(f32, f32) -> f32) -> Values {
    let picture = if a.shape.len() == 4 { a } else { b };
    let at = |values: &Values, i: usize| match values.shape[..] {
        [channels, 1, 1] => {
            assert_eq!(channels, picture.channels());
            values.values[i / picture.side().pow(2)]
        }
        _ => values.values[i],
    };
    Values::new(picture.shape.clone(), |i| f(at(a, i), at(b, i)))
}

/// Runs the graph of a file.
fn run(file: &[u8], input: Values) -> Values {
    let model = Message::read(file);
    assert_eq!(model.numbers(1), [8]);
    let operators = model.messages(8);
    assert_eq!((operators[0].texts(1), operators[0].numbers(2)), (vec!["".into()], vec![17]));
    let graph = model.messages(7).remove(0);
    let mut values = HashMap::new();
    for tensor in graph.messages(5) {
        let raw = tensor.bytes(9)[0];
        let floats: Vec<_> = raw.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        let shape = tensor.numbers(1);
        assert_eq!((tensor.numbers(2), floats.len()), (vec![1], shape.iter().product::<usize>()));
        values.insert(tensor.texts(8).remove(0), Values { shape, values: floats });
    }
    let placed = |field| {
        let value = graph.messages(field).remove(0);
        let tensor = value.messages(2)[0].messages(1).remove(0);
        let sides = tensor.messages(2)[0].messages(1).into_iter().flat_map(|side| side.numbers(1));
        (value.texts(1).remove(0), sides.collect::<Vec<_>>())
    };
    let (name, shape) = placed(11);
    assert_eq!(shape, input.shape);
    values.insert(name, input);
    for node in graph.messages(1) {
        // One that is left out has no name.
        let named = node.texts(1).into_iter().filter(|name| !name.is_empty());
        let inputs: Vec<&Values> = named.map(|name| &values[&name]).collect();
        let attributes: HashMap<_, _> =
            node.messages(5).into_iter().map(|found| (found.texts(1).remove(0), found)).collect();
        let float = |name: &str| match attributes[name].all(2) {
            [Field::Float(value)] => *value,
            _ => panic!("{name} is a float"),
        };
        let each = |f: &dyn Fn(f32) -> f32| {
            Values::new(inputs[0].shape.clone(), |i| f(inputs[0].values[i]))
        };
        let operator = node.texts(4).remove(0);
        let output = match operator.as_str() {
            "Relu" => each(&|x| x.max(0.0)),
            "Sigmoid" => each(&|x| 1.0 / (1.0 + (-x).exp())),
            "Elu" => each(&|x| if x < 0.0 { float("alpha") * x.exp_m1() } else { x }),
            "PRelu" => {
                let slope = |i: usize| inputs[1].values[i / inputs[0].side().pow(2)];
                assert_eq!(inputs[1].shape, [inputs[0].channels(), 1, 1]);
                Values::new(inputs[0].shape.clone(), |i| {
                    let x = inputs[0].values[i];
                    if x < 0.0 { slope(i) * x } else { x }
                })
            }
            "Add" => both(inputs[0], inputs[1], |a, b| a + b),
            "Sub" => both(inputs[0], inputs[1], |a, b| a - b),
            "Mul" => both(inputs[0], inputs[1], |a, b| a * b),
            "LeakyRelu" => each(&|x| if x < 0.0 { float("alpha") * x } else { x }),
            "Tanh" => each(&f32::tanh),
            "Concat" => {
                assert_eq!(attributes["axis"].numbers(3), [1]);
                let mut shape = inputs[0].shape.clone();
                shape[1] += inputs[1].channels();
                let values = [&inputs[0].values[..], &inputs[1].values[..]].concat();
                Values { shape, values }
            }
            "InstanceNormalization" => normalise(inputs[0], inputs[1], inputs[2], float("epsilon")),
            "Resize" => {
                let text = |name: &str| attributes[name].texts(4).remove(0);
                assert_eq!(
                    ["mode", "coordinate_transformation_mode", "nearest_mode"].map(text),
                    ["nearest", "asymmetric", "floor"]
                );
                assert_eq!(inputs[1].values, [1.0, 1.0, 2.0, 2.0]);
                let side = 2 * inputs[0].side();
                Values::new(vec![1, inputs[0].channels(), side, side], |i| {
                    let half = |at: usize| (at % side / 2) as isize;
                    inputs[0].at(i / (side * side), half(i / side), half(i))
                })
            }
            "ConvTranspose" => {
                assert_eq!(attributes["kernel_shape"].numbers(8), [4; 2]);
                assert_eq!(attributes["pads"].numbers(8), [1; 4]);
                assert_eq!(attributes["strides"].numbers(8), [2; 2]);
                convolve_transposed(inputs[0], inputs[1], inputs.get(2).copied())
            }
            "Conv" => {
                assert_eq!(attributes["kernel_shape"].numbers(8), inputs[1].shape[2..]);
                let window = Window {
                    stride: attributes["strides"].numbers(8)[0],
                    pads: attributes["pads"].numbers(8).try_into().unwrap(),
                    groups: attributes.get("group").map_or(1, |group| group.numbers(3)[0]),
                };
                convolve(inputs[0], inputs[1], inputs.get(2).copied(), &window)
            }
            other => panic!("{other} is no operator of a U-Net"),
        };
        values.insert(node.texts(2).remove(0), output);
    }
    let (name, shape) = placed(12);
    assert_eq!(values[&name].shape, shape);
    values.remove(&name).unwrap()
}

fn onnx(contents: Contents, dtype: Dtype) -> Result<Vec<u8>, &'static str> {
    let mut file = Vec::new();
    let mut sink = |piece| file.extend(piece);
    block_on(weights::write(contents, Format::Onnx, dtype, &mut sink)).map_err(|e| e.code())?;
    Ok(file)
}

fn exported(generator: &Generator, config: &GeneratorConfig) -> Vec<u8> {
    let contents = Contents::of_generator(generator, config);
    onnx(contents, Dtype::F32).unwrap()
}

#[test]
fn the_graph_makes_the_generators_picture() {
    let small = GeneratorConfig { ngf: 2, depth: 5, ..Default::default() };
    let device = Device::flex();
    let activated = |activation| GeneratorConfig { activation, ..small.clone() };
    for config in [
        GeneratorConfig { bias: true, ..small.clone() },
        GeneratorConfig { in_channels: 1, out_channels: 2, ..small.clone() },
        GeneratorConfig { norm: Norm::Instance, max_width: Some(5), ..small.clone() },
        GeneratorConfig { layout: Layout::PyTorch, running_statistics: true, ..small.clone() },
        GeneratorConfig { depth: 1, ..small.clone() },
        GeneratorConfig { norm: Norm::None, bias: true, ..small.clone() },
        GeneratorConfig { convolution: Convolution::Separable, bias: true, ..small.clone() },
        GeneratorConfig { convolution: Convolution::Separable, ngf: 3, ..small.clone() },
        activated(Activation::Sigmoid),
        activated(Activation::Tanh),
        activated(Activation::Relu),
        activated(Activation::Elu),
        activated(Activation::PRelu),
        activated(Activation::RRelu),
        activated(Activation::SRelu),
        small.clone(),
    ] {
        let generator = config.init(&device, 7);
        let file = exported(&generator, &config);
        let shape = [1, config.in_channels, config.size(), config.size()];
        let picture = Values::new(shape.to_vec(), |i| (i * 7919 % 2001) as f32 / 1000.0 - 1.0);
        let input = Tensor::<4>::from_data(TensorData::new(picture.values.clone(), shape), &device);
        let expected = generator.forward(input, Mode::default());
        let expected = block_on(reference::numbers(expected));
        let found = run(&file, picture);
        let errors = found.values.iter().zip(&expected).map(|(a, b)| (a - b).abs());
        let error = errors.fold(0.0, f32::max);
        println!("{config:?}: {error:.1e}");
        assert_eq!(found.values.len(), expected.len());
        // New weights are small, and so are the pictures that they make.
        let largest = expected.iter().copied().fold(0.0, |most: f32, value| most.max(value.abs()));
        assert!(error < 1e-4 * largest, "{config:?}: {error} of {largest}");
    }
}

#[test]
fn what_an_onnx_file_can_not_hold_is_refused() {
    let model = load(PICT).unwrap();
    assert_eq!(onnx(model.contents(), Dtype::F16), Err("weights/incompatible"));
    assert_eq!(onnx(model.contents(), Dtype::Q8), Err("weights/incompatible"));
    let discriminator = DiscriminatorConfig::beside(&model.config, 1).init(&Device::flex(), 8);
    let contents = Contents { discriminator: Some(&discriminator), ..model.contents() };
    assert_eq!(onnx(contents, Dtype::F32), Err("weights/incompatible"));
}

/// As other programs have it: our names mean nothing to them.
fn renamed(file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    for (ours, theirs) in [(b"generator.", b"something."), (b"x-web/gene", b"x-web/some")] {
        while let Some(at) = file.windows(10).position(|window| window == ours) {
            file[at..at + 10].copy_from_slice(theirs);
        }
    }
    file
}

/// By its names, and, where these are others, by its graph.
#[test]
fn what_was_written_is_read_back() {
    let small = GeneratorConfig { ngf: 2, depth: 5, ..Default::default() };
    let instance = GeneratorConfig { norm: Norm::Instance, ..small.clone() };
    for config in [
        GeneratorConfig { bias: true, dropout: 0.3, ..small.clone() },
        GeneratorConfig { in_channels: 1, out_channels: 1, max_width: Some(5), ..instance.clone() },
        // There the norm says which convolutions have biases.
        GeneratorConfig { layout: Layout::PyTorch, bias: true, ..instance },
        GeneratorConfig { norm: Norm::None, bias: true, ..small.clone() },
        GeneratorConfig { convolution: Convolution::Separable, bias: true, ..small.clone() },
        GeneratorConfig { activation: Activation::Elu, ..small.clone() },
        GeneratorConfig { activation: Activation::SRelu, ..small },
    ] {
        let generator = config.init(&Device::flex(), 7);
        let file = exported(&generator, &config);
        let shape = [1, config.in_channels, config.size(), config.size()];
        let picture = || Tensor::<4>::ones(shape, &Device::flex()) * 0.5;
        let made = |generator: &Generator| {
            block_on(reference::numbers(generator.forward(picture(), Mode::default())))
        };
        let read = load(&file).unwrap();
        assert_eq!((read.format, &read.config), (Format::Onnx, &config));
        assert_eq!(made(&read.generator), made(&generator));
        let read = load(&renamed(&file));
        let is_usual = config.activation == Activation::LeakyRelu;
        if config.convolution == Convolution::Separable || !is_usual {
            assert_eq!(read.err().unwrap().code(), "weights/unsupported");
            continue;
        }
        // The graph is of one picture, whose norms are its own, and without dropout.
        let norm = if config.norm == Norm::Batch { Norm::Instance } else { config.norm };
        let expected = GeneratorConfig { norm, dropout: 0.0, ..config };
        let read = read.unwrap();
        assert_eq!(read.config, expected);
        assert_eq!(made(&read.generator), made(&generator));
    }
}

/// What PyTorch exported: `tests/fixtures/pytorch/make_onnx.py` says how. With the norm, and by which statistics it then makes
/// PyTorch's picture: a norm that was folded into its convolution keeps the running ones.
const EXPORTED: [(&str, &[u8], Norm, &str); 4] = [
    (
        "script-batch",
        include_bytes!("../../fixtures/pytorch/script-batch.onnx"),
        Norm::None,
        "running",
    ),
    (
        "script-batch-training",
        include_bytes!("../../fixtures/pytorch/script-batch-training.onnx"),
        Norm::Batch,
        "batch",
    ),
    (
        "script-instance",
        include_bytes!("../../fixtures/pytorch/script-instance.onnx"),
        Norm::Instance,
        "batch",
    ),
    (
        "dynamo-batch",
        include_bytes!("../../fixtures/pytorch/dynamo-batch.onnx"),
        Norm::None,
        "running",
    ),
];
const BESIDE: &[u8] = include_bytes!("../../fixtures/pytorch/dynamo-batch.onnx.data");

fn files(files: &[(&str, &[u8])]) -> Files {
    let named = |(name, bytes): &(&str, &[u8])| (name.to_string(), Box::new(bytes.to_vec()) as _);
    Files::new(files.iter().map(named))
}

#[test]
fn an_export_of_pytorchs_makes_the_pictures_that_pytorch_makes() {
    let values = include_bytes!("../../fixtures/pytorch/onnx.safetensors");
    let values = SafeTensors::deserialize(values).unwrap();
    for (name, file, norm, statistics) in EXPORTED {
        let given = files(&[("model/dynamo-batch.onnx.data", BESIDE), (name, file)]);
        let model = weights::load(&given, &Device::flex(), &mut |_, _| ()).unwrap();
        assert_eq!((model.config.norm, model.config.ngf), (norm, 1), "{name}");
        assert_eq!(model.config.running_statistics, norm == Norm::Batch, "{name}");
        let dropout = if name.ends_with("training") { 0.5 } else { 0.0 };
        assert_eq!(model.config.dropout, dropout, "{name}");
        let side = model.config.size();
        let shape = [1, 3, side, side];
        let picture = Values::new(shape.to_vec(), |i| (i * 7919 % 2001) as f32 / 1000.0 - 1.0);
        let input = Tensor::<4>::from_data(TensorData::new(picture.values, shape), &Device::flex());
        let output = block_on(reference::numbers(model.generator.forward(input, Mode::default())));
        let theirs = values.tensor(&format!("{name}.{statistics}")).unwrap().data();
        let theirs = theirs.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        let errors = output.into_iter().step_by(7).zip(theirs).map(|(a, b)| (a - b).abs());
        let error = errors.fold(0.0, f32::max);
        println!("{name}: {error:.1e}");
        assert!(error < 1e-4, "{name}: {error}");
        // Whatever it was, it is saved and opened as ours.
        let saved = super::writing::write(model.contents(), Format::Ours, Dtype::F32).unwrap();
        assert_eq!(load(&saved).unwrap().config, model.config, "{name}");
    }
}

/// A network may be almost one of ours: the message says where it differs.
#[test]
fn a_graph_that_is_no_unet_is_refused_with_the_place() {
    let file = EXPORTED[0].1;
    let refused = |file: &dyn Bytes, code: &str, what: &str| {
        let error =
            weights::load(file, &Device::flex(), &mut |_, _| ()).err().expect("it is refused");
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(what), "{what}: {error}");
    };
    let changed = |from: &[u8], to: &[u8]| {
        let mut file = file.to_vec();
        let at = file.windows(from.len()).position(|window| window == from).expect("it is there");
        file[at..at + to.len()].copy_from_slice(to);
        file
    };
    let code = "weights/unsupported";
    refused(&changed(b"\x22\x04Tanh", b"\x22\x04Sign"), code, "made by Sign, expected Tanh");
    refused(&changed(b"\x22\x09LeakyRelu", b"\x22\x09ThresRelu"), code, "expected LeakyRelu");
    refused(&changed(&0.2f32.to_le_bytes(), &0.3f32.to_le_bytes()), code, "a slope of 0.2");
    refused(&changed(b"strides@\x02", b"strides@\x03"), code, "strides of [2, 2]");
    refused(&file[..file.len() - 9].to_vec(), "weights/index", "the model of the ONNX file");
    let alone = EXPORTED[3].1.to_vec();
    refused(&alone, "weights/missing", "dynamo-batch.onnx.data is missing");
    let short = files(&[("it.onnx", &alone), ("dynamo-batch.onnx.data", &BESIDE[..9000])]);
    refused(&short, "weights/truncated", "dynamo-batch.onnx.data");
}
