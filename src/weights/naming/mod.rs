//! What files call our parameters, and in which order a kernel's axes are. Where a tensor's bytes are is for `container` to say.

mod ours;
mod pytorch;
mod tensorflow;

use super::format::Format;
use super::tensors::{Entry, Tensors};
use crate::error::{Error, Result};
use crate::model::{
    Activation, Color, ConfigError, Convolution, DiscriminatorConfig, GeneratorConfig, KERNEL,
    LayerName, Layout, Network, Norm, ParameterName, Part, Patch,
};

pub use ours::{Ours, is_of_training, metadata, moment_name, training};
pub use pytorch::PyTorch;
pub use tensorflow::TensorFlow;

/// Every naming that we know. A network with separable convolutions has ordinary ones too, in its discriminator.
const ALL: [&dyn Naming; 4] =
    [&Ours, &TensorFlow::Separable, &TensorFlow::Of2018, &TensorFlow::Of2017];

/// How one program names the tensors of a network.
pub trait Naming {
    /// The format of a `.safetensors` with these names.
    fn format(&self) -> Format;

    /// Whether a tensor of this name is a sign of this naming.
    fn is_sign(&self, name: &str) -> bool;

    /// What a file calls a parameter, or `None` where it has no place for it.
    fn file_name(&self, name: ParameterName) -> Option<String>;

    /// What a file calls Adam's first and second moment of a parameter, where they are named after it.
    fn moments(&self, _name: ParameterName) -> Option<[String; 2]> {
        None
    }

    /// Every convolution has a bias in these files, zero where the model has none.
    fn always_has_biases(&self) -> bool;

    /// The network that a tensor of a file is part of.
    fn network(&self, name: &str) -> Option<Network>;

    /// The order of a kernel's axes in a file.
    fn kernel_axes(&self) -> KernelAxes;

    /// What training leaves in a file and no network needs.
    fn is_extra(&self, name: &str) -> bool;

    /// The layout and the normalisation of a file's discriminator, where the file tells them.
    fn discriminator_kind(&self, _tensors: &Tensors) -> Option<(Layout, Norm)> {
        None
    }

    /// Whether the halves of a kernel's inputs come in the other order: `[skip, decoder below]`, where ours have
    /// `[decoder below, skip]`.
    fn skip_comes_first(&self, _name: ParameterName) -> bool {
        false
    }

    /// The value of a parameter that these files do not have, since there it is none.
    fn constant(&self, _tensors: &Tensors, _name: ParameterName) -> Option<f32> {
        None
    }

    /// The generator's config, unchecked: what the shapes say, with what the file says besides them.
    ///
    /// # Errors
    /// As [`generator`], but for `weights/unsupported`.
    fn config(&self, tensors: &Tensors) -> Result<GeneratorConfig>;
}

/// For each axis of a kernel in a file, which axis of ours it is. A convolution's kernel is `[out, in, 4, 4]` here, a
/// transposed convolution's `[in, out, 4, 4]`, a separable one's are `[1, in, 4, 4]` and `[out, in, 1, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KernelAxes(pub [usize; 4]);

impl KernelAxes {
    pub const OURS: Self = Self([0, 1, 2, 3]);

    /// The shape in the file of a parameter of ours.
    pub fn file_shape(self, ours: &[usize]) -> Vec<usize> {
        match ours.len() {
            4 => self.0.map(|axis| ours[axis]).into(),
            _ => ours.into(),
        }
    }

    /// The file's axes of the rows and columns of a transposed kernel, `[in, out, 4, 4]` here.
    pub fn transposed_taps(self, name: ParameterName) -> Option<[usize; 2]> {
        let place =
            |ours| self.0.iter().position(|axis| *axis == ours).expect("each axis is there");
        name.is_transposed_kernel().then(|| [place(2), place(3)])
    }

    /// The shape here of a kernel of a file.
    fn our_shape(self, file: [usize; 4]) -> [usize; 4] {
        let mut ours = [0; 4];
        for (axis, side) in self.0.into_iter().zip(file) {
            ours[axis] = side;
        }
        ours
    }

    /// The order of the values of a kernel of this shape here; `None` where it is the file's.
    pub fn order(self, ours: &[usize]) -> Option<KernelOrder> {
        let ours: [usize; 4] = ours.try_into().ok()?;
        if self == Self::OURS {
            return None;
        }
        let strides = [ours[1] * ours[2] * ours[3], ours[2] * ours[3], ours[3], 1];
        Some(KernelOrder {
            sides: self.0.map(|axis| ours[axis]),
            strides: self.0.map(|axis| strides[axis]),
        })
    }
}

/// The order of a kernel's values in a file and here.
#[derive(Debug, Clone, Copy)]
pub struct KernelOrder {
    /// In the file.
    sides: [usize; 4],
    /// Here, in the file's order of axes.
    strides: [usize; 4],
}

impl KernelOrder {
    /// The index here of the file's value `i`.
    pub fn place(&self, mut i: usize) -> usize {
        let mut place = 0;
        for (side, stride) in self.sides.into_iter().zip(self.strides).rev() {
            place += i % side * stride;
            i /= side;
        }
        place
    }
}

/// The naming of a file's tensors.
///
/// # Errors
/// `weights/unsupported`: none that we know.
pub fn recognise(tensors: &Tensors) -> Result<&'static dyn Naming> {
    let any = |sign: &dyn Fn(&str) -> bool| tensors.entries.keys().any(|name| sign(name));
    if let Some(naming) = PyTorch::of(tensors) {
        return Ok(naming);
    }
    ALL.into_iter()
        .find(|naming| any(&|name| naming.is_sign(name)))
        .ok_or_else(|| Error::Unsupported { what: unknown(tensors) })
}

/// Parts of names of other people's networks, and what these networks are.
const OTHERS: [(&str, &str); 11] = [
    ("lora_", "a LoRA, which changes another network"),
    (".lora", "a LoRA, which changes another network"),
    ("model.diffusion_model.", "Stable Diffusion or another diffusion model"),
    ("down_blocks.", "Stable Diffusion or another diffusion model"),
    ("transformer_blocks.", "Stable Diffusion or another diffusion model"),
    ("embed_tokens", "a language model"),
    ("encoder.layer.", "a transformer"),
    ("layers.0.self_attn", "a language model"),
    ("model.1.", "a network of PyTorch, such as pytorch-CycleGAN-and-pix2pix's ResNet"),
    ("num_batches_tracked", "a network of PyTorch"),
    ("conv2d", "a network of TensorFlow with other names"),
];

fn unknown(tensors: &Tensors) -> String {
    let Some(first) = tensors.entries.keys().next() else { return "it holds no tensors".into() };
    for (sign, what) in OTHERS {
        if let Some(name) = tensors.entries.keys().find(|name| name.contains(sign)) {
            return format!("it is {what}, with a tensor {name}");
        }
    }
    format!("its tensors carry no names of pix2pix; the first is {first:?}")
}

/// The name in a file of a parameter that every network has.
pub fn file_name(naming: &dyn Naming, name: ParameterName) -> String {
    naming.file_name(name).unwrap_or_else(|| name.to_string())
}

/// The generator's config.
///
/// # Errors
/// `weights/missing`, `weights/shape`: the outermost layers' kernels; `weights/index`: the file contradicts itself;
/// `weights/unsupported`: a depth or a width that we can't run.
pub fn generator(naming: &dyn Naming, tensors: &Tensors) -> Result<GeneratorConfig> {
    let config = naming.config(tensors)?;
    config.check().map_err(unsupported)?;
    Ok(config)
}

fn unsupported(error: ConfigError) -> Error {
    Error::Unsupported { what: format!("the network's {error}") }
}

/// The discriminator's config, where the file has one. It judges what the generator of `config` makes.
///
/// # Errors
/// `weights/missing`, `weights/shape`: the first layer's kernel, or the last one's; `weights/unsupported`: a width or a number
/// of layers that we can't run.
pub fn discriminator(
    naming: &dyn Naming,
    tensors: &Tensors,
    config: &GeneratorConfig,
) -> Result<Option<DiscriminatorConfig>> {
    let is_part = |name: &String| naming.network(name) == Some(Network::Discriminator);
    if !tensors.entries.keys().any(is_part) {
        return Ok(None);
    }
    if let Some((layout, norm)) = naming.discriminator_kind(tensors)
        && (layout, norm) != (config.layout, config.norm)
    {
        let what =
            "its discriminator has another layout or normalisation than the generator beside it";
        return Err(Error::Unsupported { what: what.into() });
    }
    let first = LayerName::Layer(1);
    let side = match kernel_side(naming, tensors, first) {
        Some(1) => 1,
        _ => KERNEL,
    };
    let [_, ndf] = channels(naming, tensors, first, Part::Weight, side)?;
    let patch = patch(naming, tensors, side)?;
    if config.norm == Norm::None
        && entry(naming, tensors, LayerName::Layer(2).part(Part::Gamma)).is_some()
    {
        let what = "its discriminator normalises, and the generator beside it does not";
        return Err(Error::Unsupported { what: what.into() });
    }
    let bias = entry(naming, tensors, first.part(Part::Bias)).is_some();
    let config = DiscriminatorConfig { patch, bias, ..DiscriminatorConfig::beside(config, ndf) };
    config.check().map_err(unsupported)?;
    Ok(Some(config))
}

/// The patch of a discriminator whose kernels are `side` pixels wide, by how many layers it has: the last is that of the logits,
/// which are one channel, or it is missing.
fn patch(naming: &dyn Naming, tensors: &Tensors, side: usize) -> Result<Patch> {
    let is_layer = |n: &usize| entry(naming, tensors, LayerName::Layer(*n).part(Part::Weight));
    let last = (2..=Patch::MOST_LAYERS).rev().find(|n| is_layer(n).is_some()).unwrap_or(1);
    let [_, logits] = channels(naming, tensors, LayerName::Layer(last), Part::Weight, side)?;
    let layers = if logits == 1 { last } else { last + 1 };
    Patch::of(layers, side == 1).ok_or_else(|| Error::Unsupported {
        what: format!(
            "its discriminator has {layers} layers of {side} x {side} kernels, as no PatchGAN has"
        ),
    })
}

/// The side of a layer's kernel, where there is one with as many axes as kernels have.
fn kernel_side(naming: &dyn Naming, tensors: &Tensors, layer: LayerName) -> Option<usize> {
    let shape = &entry(naming, tensors, layer.part(Part::Weight))?.shape;
    let [_, _, side, _] = naming.kernel_axes().our_shape(shape[..].try_into().ok()?);
    Some(side)
}

/// Widths, channels, depth and biases of a generator, from the names and shapes.
fn config_of_shapes(naming: &dyn Naming, tensors: &Tensors) -> Result<GeneratorConfig> {
    let has = |layer: LayerName, part| entry(naming, tensors, layer.part(part)).is_some();
    let outermost = [LayerName::Encoder(1), LayerName::Decoder(1)];
    let convolution = match outermost.into_iter().any(|layer| has(layer, Part::Pointwise)) {
        true => Convolution::Separable,
        false => Convolution::Full,
    };
    let is_layer = |layer: &usize| {
        let sides = [LayerName::Encoder(*layer), LayerName::Decoder(*layer)];
        sides.into_iter().any(|layer| has(layer, across(convolution)))
    };
    let depth = (1..).take_while(is_layer).count();
    // Other activations than these leave no trace in the names.
    let learned = [Activation::PRelu, Activation::SRelu];
    let activation =
        learned.into_iter().find(|learned| has(LayerName::Encoder(2), learned.parts()[0]));
    let bias = (1..=depth.max(1)).any(|layer| has(LayerName::Encoder(layer), Part::Bias));
    let side = if convolution == Convolution::Full { KERNEL } else { 1 };
    let of = |layer| channels(naming, tensors, layer, across(convolution), side);
    let [in_channels, ngf] = of(LayerName::Encoder(1))?;
    let [_, out_channels] = of(LayerName::Decoder(1))?;
    let mut config = GeneratorConfig {
        in_channels,
        out_channels,
        ngf,
        depth,
        convolution,
        activation: activation.unwrap_or_default(),
        bias,
        ..Default::default()
    };
    config.color = Color::of_channels(config.channels());
    if config.check().is_ok() {
        // Of the encoders that are there, the widest.
        let encoders = (1..=depth).map(LayerName::Encoder);
        let there = encoders.filter(|layer| has(*layer, across(convolution)));
        let widths = there.map(|layer| of(layer).map(|[_, width]| width));
        let widest = widths.collect::<Result<Vec<_>>>()?.into_iter().max();
        config.max_width = widest.filter(|width| (ngf..config.full_width()).contains(width));
    }
    Ok(config)
}

fn entry<'a>(naming: &dyn Naming, tensors: &'a Tensors, name: ParameterName) -> Option<&'a Entry> {
    tensors.entries.get(&naming.file_name(name)?)
}

/// The kernel that has a weight for each pair of an input and an output channel.
fn across(convolution: Convolution) -> Part {
    match convolution {
        Convolution::Full => Part::Weight,
        Convolution::Separable => Part::Pointwise,
    }
}

/// The channels of a layer's input and of its output, from the shape of its kernel of `side` by `side`.
fn channels(
    naming: &dyn Naming,
    tensors: &Tensors,
    layer: LayerName,
    part: Part,
    side: usize,
) -> Result<[usize; 2]> {
    let name = file_name(naming, layer.part(part));
    let axes = naming.kernel_axes();
    let input_first = part == Part::Weight && matches!(layer, LayerName::Decoder(_));
    let expected = || {
        let channels = if input_first { ["in", "out"] } else { ["out", "in"] };
        let ours =
            [channels[0].to_string(), channels[1].into(), side.to_string(), side.to_string()];
        format!("a kernel [{}]", axes.0.map(|axis| ours[axis].clone()).join(", "))
    };
    let Some(Entry { shape, .. }) = tensors.entries.get(&name) else {
        return Err(Error::Missing { name, expected: expected() });
    };
    match <[usize; 4]>::try_from(&shape[..]).map(|shape| axes.our_shape(shape)) {
        Ok([a, b, h, w]) if a > 0 && b > 0 && [h, w] == [side; 2] => {
            Ok(if input_first { [a, b] } else { [b, a] })
        }
        _ => Err(Error::Shape { name, found: format!("{shape:?}"), expected: expected() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::container::Container;
    use crate::weights::tensors::Encoding;

    #[test]
    fn a_kernel_goes_where_its_axes_say() {
        let axes = TensorFlow::Of2018.kernel_axes(); // [h, w, b, a] in the file, [a, b, h, w] here
        let ours = [2, 3, 4, 5];
        let file = axes.file_shape(&ours);
        assert_eq!(file, [4, 5, 3, 2]);
        assert_eq!(axes.our_shape([4, 5, 3, 2]), ours);
        let order = axes.order(&ours).unwrap();
        let mut i = 0;
        for h in 0..4 {
            for w in 0..5 {
                for b in 0..3 {
                    for a in 0..2 {
                        assert_eq!(order.place(i), ((a * 3 + b) * 4 + h) * 5 + w);
                        i += 1;
                    }
                }
            }
        }
        assert!(axes.order(&[7]).is_none() && KernelAxes::OURS.order(&ours).is_none());
        assert_eq!(axes.file_shape(&[7]), [7]);
    }

    fn tensors(names: &[&str]) -> Tensors {
        let entry = |name: &&str| (name.to_string(), Entry::new(vec![1], Encoding::F32, 0));
        let entries = names.iter().map(entry).collect();
        Tensors {
            container: Container::Safetensors,
            entries,
            metadata: Default::default(),
            values: None,
        }
    }

    #[test]
    fn the_naming_shows_in_the_names() {
        let format = |names: &[&str]| recognise(&tensors(names)).map(|naming| naming.format());
        assert_eq!(format(&["generator.encoder_1.conv.weight"]), Ok(Format::Ours));
        assert_eq!(format(&["discriminator.layer_1.conv.weight"]), Ok(Format::Ours));
        let of_2018 = ["global_step", "generator/decoder_3/conv2d_transpose/kernel"];
        assert_eq!(format(&of_2018), Ok(Format::TensorFlow2018));
        assert_eq!(format(&["discriminator/layer_1/conv/filter"]), Ok(Format::TensorFlow2017));
        assert_eq!(format(&["model.model.0.weight"]), Ok(Format::PyTorch));
        assert_eq!(format(&["model.0.weight", "model.11.weight"]), Ok(Format::PyTorch));
        assert_eq!(format(&["model.0.weight", "model.5.weight"]), Ok(Format::PyTorch));
        assert_eq!(format(&["net.0.weight", "net.5.weight"]), Ok(Format::PyTorch));
        let separable = [
            "discriminator/layer_1/conv2d/kernel",
            "generator/encoder_2/separable_conv2d/pointwise_kernel",
        ];
        assert_eq!(format(&separable), Ok(Format::TensorFlow2018));
        for (names, what) in [
            (&[][..], "no tensors"),
            (&["model.1.weight"], "pytorch-CycleGAN-and-pix2pix's ResNet"),
            (&["unet.down_blocks.0.resnets.0.conv1.weight"], "diffusion"),
            (&["model.embed_tokens.weight"], "language model"),
            (&["x"], "the first is \"x\""),
        ] {
            let error = format(names).unwrap_err();
            assert_eq!(error.code(), "weights/unsupported");
            assert!(error.to_string().contains(what), "{what}: {error}");
        }
    }

    /// Each name in a file is that of one parameter, and its network is told from it.
    #[test]
    fn every_naming_has_a_name_for_every_parameter_of_its_networks() {
        let layers = (1..=9).flat_map(|i| [LayerName::Encoder(i), LayerName::Decoder(i)]);
        let layers: Vec<_> = layers.chain((1..=5).map(LayerName::Layer)).collect();
        let parts = |layer: LayerName, separable: bool| {
            let kernels = match separable && layer.network() == Network::Generator {
                true => vec![Part::Depthwise, Part::Pointwise],
                false => vec![Part::Weight],
            };
            kernels.into_iter().chain([Part::Bias, Part::Gamma, Part::Beta])
        };
        let namings = ALL.map(|naming| (naming, naming.is_sign("/separable_conv2d/")));
        for (naming, separable) in namings.into_iter().chain([(&Ours as &dyn Naming, true)]) {
            let mut names = std::collections::BTreeSet::new();
            let named = layers.iter().flat_map(|layer| {
                parts(*layer, separable).map(|part| layer.part(part)).collect::<Vec<_>>()
            });
            for name in named {
                let file = naming.file_name(name).expect("it has a place");
                assert_eq!(naming.network(&file), Some(name.layer.network()), "{file}");
                assert!(!naming.is_extra(&file), "{file}");
                assert!(names.insert(file));
            }
        }
        let running = LayerName::Encoder(2).part(Part::RunningMean);
        assert_eq!(Ours.file_name(running), Some(running.to_string()));
        assert_eq!(TensorFlow::Of2018.file_name(running), None);
        let [weight, depthwise] =
            [Part::Weight, Part::Depthwise].map(|part| LayerName::Decoder(2).part(part));
        assert_eq!(TensorFlow::Separable.file_name(weight), None);
        assert_eq!(TensorFlow::Of2018.file_name(depthwise), None);
    }
}
