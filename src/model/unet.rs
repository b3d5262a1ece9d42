//! The generator: the U-Net of pix2pix.py (`create_generator`).
//!
//! ```text
//! x ─ encoder_1 ─ encoder_2 ─ … ─ encoder_8       each halves the side: 256 -> 1
//!         │           │               │
//!         │           │           decoder_8       each doubles it: 1 -> 256
//!         │           └────────┐      …
//!         └────────┐      decoder_3 ──┘           │
//!  tanh ─ decoder_1 ─ [decoder_2, encoder_1] ─ [decoder_3, encoder_2] …
//! ```
//!
//! The input of every decoder but the innermost is `[decoder below, encoder at the same size]`.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::activation::Activation;
use super::block::{Layer, Mode};
use super::bounds::{
    Bounds, ConfigError, RUN, TRAIN, check_color, check_convolution, check_dropout,
    check_max_width, check_norm, check_running,
};
use super::color::{Color, Direction};
use super::layer::{Conv, Convolution, Dropout, LayerSize, LayerSpec, sizes};
use super::name::LayerName;
use super::norm::Norm;
use super::parameters::{NamedParameter, Parameters, RandomInit};
use crate::ops;
use crate::random::Random;

/// Widths as multiples of ngf, outermost first; deeper layers keep the last.
const WIDTHS: [usize; 4] = [1, 2, 4, 8];
/// This many of the inner decoders have dropout.
const DROPOUT_LAYERS: usize = 3;

/// Whose U-Net and PatchGAN it is: the two programs differ in which layers have a norm, a bias and dropout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Layout {
    /// pix2pix.py's: every inner layer has a norm, all convolutions have biases or none has, and the three innermost
    /// decoders have dropout.
    #[default]
    #[cfg_attr(feature = "cli", value(name = "tensorflow"))]
    TensorFlow,
    /// That of pytorch-CycleGAN-and-pix2pix (`unet_256`, `basic`): the innermost encoder has no norm, dropout begins one
    /// decoder further out, and with batch normalisation only those convolutions have a bias that end a network or, in
    /// the discriminator, begin it.
    #[cfg_attr(feature = "cli", value(name = "pytorch"))]
    PyTorch,
}

impl Layout {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What a generator is made of. The default is the layout of 2017, which new models follow.
///
/// ```
/// use pix2pix_web::model::{GeneratorConfig, LayerName};
///
/// let config = GeneratorConfig { ngf: 16, depth: 6, ..Default::default() };
/// config.check_trainable()?;
/// assert_eq!(config.size(), 64);
///
/// // [decoder_2, encoder_1] -> a picture of three channels
/// let layers = config.layers();
/// let last = layers.last().unwrap();
/// assert_eq!((last.name, last.channels), (LayerName::Decoder(1), [16 + 16, 3]));
/// # Ok::<(), pix2pix_web::model::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GeneratorConfig {
    /// Channels of the input picture. Default 3.
    pub in_channels: usize,
    /// Channels of the output picture. Default 3.
    pub out_channels: usize,
    /// What the channels are. Default `Rgb`.
    #[serde(skip_serializing_if = "Color::is_default")]
    pub color: Color,
    /// Width of the first layer. Default 64.
    pub ngf: usize,
    /// The most channels that a layer has, from ngf to less than the 8 · ngf of the original: inner layers, which hold 85 %
    /// of the weights, get fewer. Default: the original's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_width: Option<usize>,
    /// Layers in the encoder, as many in the decoder; the picture's side is `2^depth`. Default 8.
    pub depth: usize,
    /// Default `TensorFlow`.
    #[serde(skip_serializing_if = "Layout::is_default")]
    pub layout: Layout,
    /// What the convolutions' kernels are. Default `Full`.
    #[serde(skip_serializing_if = "Convolution::is_default")]
    pub convolution: Convolution,
    /// What stands before the encoders' convolutions but the first; before the decoders' it is ReLU. Default `LeakyRelu`, as in
    /// the original.
    #[serde(skip_serializing_if = "Activation::is_default")]
    pub activation: Activation,
    /// Normalisation behind every convolution but the first and the last. Default `Batch`.
    pub norm: Norm,
    /// Convolutions have biases: false in pix2pix.py of 2017, true in that of 2018. In PyTorch's layout the norm decides
    /// it. Default false.
    pub bias: bool,
    /// The probability of dropout in three of the inner decoders. Default 0.5.
    pub dropout: f64,
    /// Running statistics are stored. Default false: the original never uses any.
    pub running_statistics: bool,
}

impl Default for GeneratorConfig {
    fn default() -> Self {
        Self {
            in_channels: 3,
            out_channels: 3,
            color: Color::Rgb,
            ngf: 64,
            max_width: None,
            depth: 8,
            layout: Layout::TensorFlow,
            convolution: Convolution::Full,
            activation: Activation::LeakyRelu,
            norm: Norm::Batch,
            bias: false,
            dropout: 0.5,
            running_statistics: false,
        }
    }
}

impl GeneratorConfig {
    /// Whether such a network can run. It comes before all else on a config from a file or a caller: the other
    /// functions take a config within bounds for granted.
    ///
    /// # Errors
    /// The field that is out of bounds, and the bounds: depth 1 to 10, ngf 1 to 512, channels 1 to 16, of Lab one and two,
    /// a dropout of at least 0 and less than 1, biases and no running statistics where there is no norm, and full
    /// convolutions in PyTorch's layout.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_within(&RUN)
    }

    /// Whether such a network can be trained, and so created: [`GeneratorConfig::check`] with a depth of 5 to 9 and an
    /// ngf of 1 to 256.
    ///
    /// # Errors
    /// The field that is out of bounds, and the bounds.
    pub fn check_trainable(&self) -> Result<(), ConfigError> {
        self.check_within(&TRAIN)
    }

    fn check_within(&self, bounds: &Bounds) -> Result<(), ConfigError> {
        bounds.check_depth(self.depth)?;
        bounds.check_width("ngf", self.ngf)?;
        if let Some(max_width) = self.max_width {
            check_max_width(max_width, self.ngf, self.full_width())?;
        }
        bounds.check_channels(self.channels())?;
        check_color(self.color, self.channels())?;
        check_convolution(self.convolution, self.layout)?;
        check_norm(self.norm, self.layout, self.bias)?;
        check_running(self.running_statistics, self.norm)?;
        check_dropout(self.dropout)
    }

    /// Whether a new network of this kind has biases unless it is told otherwise: with separable convolutions, which
    /// pix2pix.py has from 2018 on, without a norm, and in PyTorch's layout where the norm decides so.
    pub fn has_biases_by_default(&self) -> bool {
        match self.layout {
            Layout::TensorFlow => {
                self.convolution == Convolution::Separable || self.norm == Norm::None
            }
            Layout::PyTorch => self.norm == Norm::Instance,
        }
    }

    /// Random weights, as the original starts from; the same seed makes the same weights on every device.
    pub fn init(&self, device: &Device, seed: u64) -> Generator {
        let Ok(generator) = self.build(&mut RandomInit { device, random: Random::new(seed) });
        generator
    }

    /// The network with its parameters from `source`, which is asked for them in the order of the layers.
    ///
    /// # Errors
    /// Those of the source.
    pub fn build<P: Parameters>(&self, source: &mut P) -> Result<Generator, P::Error> {
        let mut layers = self.layers().into_iter().map(|spec| Layer::build(source, spec));
        let encoders = layers.by_ref().take(self.depth).collect::<Result<_, _>>()?;
        Ok(Generator { encoders, decoders: layers.collect::<Result<_, _>>()? })
    }

    /// The table of the layers, in the order of the paper's file: encoder_1 … encoder_8, decoder_8 … decoder_1.
    pub fn layers(&self) -> Vec<LayerSpec> {
        let layer = |name, activation, conv, channels, has_norm| LayerSpec {
            name,
            activation,
            conv,
            convolution: self.convolution,
            channels,
            bias: match self.layout {
                Layout::TensorFlow => self.bias,
                Layout::PyTorch => self.norm == Norm::Instance || name == LayerName::Decoder(1),
            },
            norm: if has_norm { self.norm } else { Norm::None },
            running: has_norm && self.running_statistics,
            dropout: None,
        };
        let outer_of_dropout = usize::from(self.layout == Layout::PyTorch);
        let encoders = (1..=self.depth).map(|n| {
            let outermost = n == 1;
            let activation = (!outermost).then_some(self.activation);
            let c_in = if outermost { self.in_channels } else { self.width(n - 1) };
            let channels = [c_in, self.width(n)];
            let has_norm = !outermost && (n < self.depth || self.layout == Layout::TensorFlow);
            layer(LayerName::Encoder(n), activation, Conv::Down { stride: 2 }, channels, has_norm)
        });
        let decoders = (1..=self.depth).rev().map(|n| {
            let outermost = n == 1;
            let from_innermost = self.depth - n;
            let inputs = if from_innermost == 0 { 1 } else { 2 }; // [decoder below, encoder of the same side]
            let c_out = if outermost { self.out_channels } else { self.width(n - 1) };
            let channels = [inputs * self.width(n), c_out];
            let dropout = Dropout { probability: self.dropout, stream: from_innermost as u64 + 1 };
            let dropped = outer_of_dropout..outer_of_dropout + DROPOUT_LAYERS;
            let has_dropout = dropped.contains(&from_innermost) && !outermost;
            LayerSpec {
                dropout: has_dropout.then_some(dropout),
                ..layer(
                    LayerName::Decoder(n),
                    Some(Activation::Relu),
                    Conv::Up,
                    channels,
                    !outermost,
                )
            }
        });
        encoders.chain(decoders).collect()
    }

    /// Width of encoder `n`.
    fn width(&self, n: usize) -> usize {
        let full = self.ngf * WIDTHS[(n - 1).min(WIDTHS.len() - 1)];
        self.max_width.map_or(full, |most| full.min(most))
    }

    /// Width of the innermost encoder where there is no `max_width`.
    pub(crate) fn full_width(&self) -> usize {
        GeneratorConfig { max_width: None, ..self.clone() }.width(self.depth.max(1))
    }

    /// Channels of the input and of the output.
    pub fn channels(&self) -> [usize; 2] {
        [self.in_channels, self.out_channels]
    }

    /// Of a network of Lab, which side is its input.
    pub fn direction(&self) -> Option<Direction> {
        self.color.direction(self.channels())
    }

    /// Pixels on a side of the picture.
    pub fn size(&self) -> usize {
        1 << self.depth
    }

    /// The smaller side of a layer's pictures, in pixels: an encoder's output, a decoder's input.
    ///
    /// # Panics
    /// For a layer of a discriminator.
    pub fn inner_side(&self, layer: LayerName) -> usize {
        match layer {
            LayerName::Encoder(number) | LayerName::Decoder(number) => self.size() >> number,
            LayerName::Layer(_) => panic!("{layer} is not a layer of a generator"),
        }
    }

    /// How much memory each layer takes, in the order of [`GeneratorConfig::layers`].
    pub(crate) fn layer_sizes(&self) -> Vec<LayerSize> {
        sizes(&self.layers(), self.size())
    }
}

/// The U-Net: `[B, in, S, S]` in [-1, 1] -> `[B, out, S, S]` in [-1, 1], S = 2^depth.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use pix2pix_web::model::{GeneratorConfig, Mode};
///
/// let device = Device::flex();
/// let config = GeneratorConfig { ngf: 2, depth: 5, ..Default::default() };
/// let generator = config.init(&device, 7);
/// let sketch = Tensor::<4>::zeros([1, 3, 32, 32], &device);
/// assert_eq!(generator.forward(sketch, Mode::default()).dims(), [1, 3, 32, 32]);
/// ```
#[derive(Module, Debug)]
pub struct Generator {
    /// Outermost first.
    encoders: Vec<Layer>,
    /// Innermost first.
    decoders: Vec<Layer>,
}

/// What a layer computed, see [`Generator::forward_with_layers`].
#[derive(Debug, Clone)]
pub struct LayerOutput {
    pub name: LayerName,
    /// Behind the convolution with its bias: `[B, out, H, W]`.
    pub convolution: Tensor<4>,
    /// Behind the norm, where the layer has one: `[B, out, H, W]`.
    pub norm: Option<Tensor<4>>,
}

impl Generator {
    /// `[B, in, S, S] -> [B, out, S, S]`
    ///
    /// # Panics
    /// Where `mode` asks for running statistics and the model has none, or `x` has another shape.
    pub fn forward(&self, x: Tensor<4>, mode: Mode) -> Tensor<4> {
        ops::tanh(self.forward_before_tanh(x, mode))
    }

    /// What [`Generator::forward`] takes the tanh of.
    ///
    /// # Panics
    /// As [`Generator::forward`].
    pub fn forward_before_tanh(&self, x: Tensor<4>, mode: Mode) -> Tensor<4> {
        self.wire(x, mode, |layer, x| layer.forward(x, mode))
    }

    /// [`Generator::forward`], and what each layer computed on the way, in the order of [`GeneratorConfig::layers`].
    ///
    /// # Panics
    /// As [`Generator::forward`].
    pub fn forward_with_layers(&self, x: Tensor<4>, mode: Mode) -> (Tensor<4>, Vec<LayerOutput>) {
        let mut seen = Vec::with_capacity(2 * self.encoders.len());
        let output = self.wire(x, mode, |layer, x| {
            let convolution = layer.convolve(x);
            let x = layer.normalize(convolution.clone(), mode.statistics);
            let norm = (layer.spec.norm != Norm::None).then(|| x.clone());
            seen.push(LayerOutput { name: layer.spec.name, convolution, norm });
            layer.drop_out(x, mode.dropout)
        });
        (ops::tanh(output), seen)
    }

    /// The figure above; `run` is what is behind a layer's activation.
    pub(super) fn wire(
        &self,
        x: Tensor<4>,
        mode: Mode,
        mut run: impl FnMut(&Layer, Tensor<4>) -> Tensor<4>,
    ) -> Tensor<4> {
        let mut skips = Vec::with_capacity(self.encoders.len());
        let mut x = x;
        for (i, encoder) in self.encoders.iter().enumerate() {
            // A skip is what is behind the activation, where a decoder's ReLU makes the same of it: nothing else is kept then.
            let is_same = encoder.spec.activation.is_some_and(Activation::leaves_positive);
            let before = (i > 0 && !is_same).then(|| x.clone());
            x = encoder.activate(x, mode.slopes);
            if i > 0 {
                skips.push(before.unwrap_or_else(|| x.clone()));
            }
            x = run(encoder, x); // [B, C, s, s] -> [B, C', s/2, s/2]
        }
        for (i, decoder) in self.decoders.iter().enumerate() {
            x = if i == 0 {
                decoder.activate(x, mode.slopes)
            } else {
                let skip = skips.pop().expect("one skip for every decoder but the innermost");
                decoder.activate_both(x, skip) // [B, C, s, s] and [B, C, s, s] -> [B, 2C, s, s]
            };
            x = run(decoder, x); // [B, 2C, s, s] -> [B, C', 2s, 2s]
        }
        x
    }

    /// Every parameter, in the order of the layers.
    pub fn named_parameters(&self) -> Vec<NamedParameter> {
        let mut named = Vec::new();
        self.layers().for_each(|layer| layer.collect(&mut named));
        named
    }

    /// In the order of [`GeneratorConfig::layers`].
    pub(super) fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.encoders.iter().chain(&self.decoders)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::super::tests::expected_parameters;
    use super::super::{Part, Statistics};
    use super::*;

    fn configs() -> Vec<GeneratorConfig> {
        let small = GeneratorConfig { ngf: 1, depth: 5, ..Default::default() };
        vec![
            GeneratorConfig { depth: 1, ..small.clone() },
            GeneratorConfig { depth: 2, bias: true, ..small.clone() },
            GeneratorConfig { depth: 3, ngf: 3, in_channels: 1, ..small.clone() },
            GeneratorConfig { norm: Norm::Instance, out_channels: 2, bias: true, ..small.clone() },
            GeneratorConfig { depth: 6, running_statistics: true, ..small.clone() },
            GeneratorConfig { ngf: 2, max_width: Some(5), ..small.clone() },
            GeneratorConfig { layout: Layout::PyTorch, running_statistics: true, ..small.clone() },
            GeneratorConfig { layout: Layout::PyTorch, norm: Norm::Instance, ..small.clone() },
            GeneratorConfig { layout: Layout::PyTorch, norm: Norm::None, ..small.clone() },
            GeneratorConfig { norm: Norm::None, bias: true, ..small.clone() },
            GeneratorConfig { convolution: Convolution::Separable, ngf: 3, ..small.clone() },
            GeneratorConfig { activation: Activation::PRelu, ..small.clone() },
            GeneratorConfig { activation: Activation::SRelu, bias: true, ..small.clone() },
            small,
        ]
    }

    fn random(config: &GeneratorConfig, device: &Device) -> Tensor<4> {
        let shape = [2, config.in_channels, config.size(), config.size()];
        Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), device)
    }

    #[test]
    fn the_table_is_the_network() {
        let device = Device::flex();
        for config in configs() {
            let generator = config.init(&device, 7);
            let named = generator.named_parameters();
            let found: Vec<_> = named.into_iter().map(|p| (p.name, p.shape)).collect();
            assert_eq!(found, expected_parameters(&config.layers()), "{config:?}");

            let (output, seen) =
                generator.forward_with_layers(random(&config, &device), Mode::default());
            assert_eq!(output.dims(), [2, config.out_channels, config.size(), config.size()]);
            let mut side = config.size();
            assert_eq!(seen.len(), config.layers().len());
            for (layer, seen) in config.layers().iter().zip(seen) {
                side = layer.conv.output_side(side);
                assert_eq!(seen.name, layer.name);
                assert_eq!(seen.convolution.dims(), [2, layer.channels[1], side, side]);
                assert_eq!(seen.norm.is_some(), layer.norm != Norm::None);
            }
        }
    }

    #[test]
    fn the_sizes_are_those_of_the_network() {
        for config in configs() {
            let generator = config.init(&Device::flex(), 7);
            let learns = |p: &NamedParameter| {
                !matches!(p.name.part, Part::RunningMean | Part::RunningVariance)
            };
            let parameters = generator.named_parameters().into_iter().filter(learns);
            let elements: usize = parameters.map(|p| p.shape.iter().product::<usize>()).sum();
            let sizes = config.layer_sizes();
            assert_eq!(sizes.iter().map(|layer| layer.parameters).sum::<usize>(), elements);
            let outputs = config.out_channels * config.size() * config.size();
            assert_eq!(sizes.last().map(|layer| layer.outputs), Some(outputs));
        }
    }

    /// To the bit, with everything that a mode can ask for.
    #[test]
    fn looking_at_the_layers_changes_nothing() {
        let device = Device::flex();
        let config = GeneratorConfig { running_statistics: true, ..configs()[3].clone() };
        let generator = config.init(&device, 7);
        let x = random(&config, &device);
        for statistics in [Statistics::Batch, Statistics::Running] {
            let mode = Mode { statistics, dropout: Some(3), slopes: Some(5) };
            let values = |x: Tensor<4>| x.into_data().try_to_vec::<f32>().unwrap();
            let (output, _) = generator.forward_with_layers(x.clone(), mode);
            assert_eq!(values(generator.forward(x.clone(), mode)), values(output));
        }
    }

    /// The three innermost decoders, but never the outermost; no two masks are of one stream.
    #[test]
    fn dropout_stands_where_the_original_has_it() {
        for (depth, expected) in [
            (1, vec![]),
            (2, vec![(2, 1)]),
            (3, vec![(3, 1), (2, 2)]),
            (8, vec![(8, 1), (7, 2), (6, 3)]),
        ] {
            let config = GeneratorConfig { depth, dropout: 0.25, ..Default::default() };
            let rows = config.layers().into_iter().filter_map(|layer| {
                let Dropout { probability, stream } = layer.dropout?;
                assert_eq!(probability, 0.25);
                Some((layer.name, stream))
            });
            let expected = expected.into_iter().map(|(n, stream)| (LayerName::Decoder(n), stream));
            assert_eq!(rows.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "depth {depth}");
        }
    }

    #[test]
    fn the_inner_side_is_the_encoders_output_and_the_decoders_input() {
        let config = GeneratorConfig::default();
        let mut side = config.size();
        for layer in config.layers() {
            let output = layer.conv.output_side(side);
            let inner = if layer.conv == Conv::Up { side } else { output };
            assert_eq!(config.inner_side(layer.name), inner, "{}", layer.name);
            side = output;
        }
    }

    #[test]
    #[should_panic(expected = "not a layer of a generator")]
    fn a_discriminators_layer_has_no_inner_side() {
        GeneratorConfig::default().inner_side(LayerName::Layer(1));
    }

    #[test]
    #[should_panic(expected = "this model has none")]
    fn running_statistics_that_are_not_there_are_no_batch_statistics() {
        let device = Device::flex();
        let config = &configs()[1];
        let mode = Mode { statistics: Statistics::Running, ..Default::default() };
        config.init(&device, 7).forward(random(config, &device), mode);
    }
}
