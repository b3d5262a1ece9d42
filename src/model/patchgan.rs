//! The discriminator: the 70x70 PatchGAN of pix2pix.py (`create_discriminator`).
//!
//! ```text
//! [input, target] ─ layer_1 ─ layer_2 ─ layer_3 ─ layer_4 ─ layer_5 ─ logits
//!    256             128       64        32        31        30
//! ```
//!
//! Each of the 30x30 logits judges a patch of 70x70 pixels.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::block::Layer;
use super::bounds::{Bounds, ConfigError, RUN, TRAIN, check_norm};
use super::layer::{Activation, Conv, Convolution, LayerSize, LayerSpec, sizes};
use super::name::LayerName;
use super::norm::Norm;
use super::parameters::{NamedParameter, Parameters, RandomInit};
use super::unet::{GeneratorConfig, Layout};
use crate::random::Random;

/// Stride and width, as a multiple of ndf, of layer_1 … layer_4.
const INNER: [(usize, usize); 4] = [(2, 1), (2, 2), (2, 4), (1, 8)];

/// What a discriminator is made of. The default is the layout of 2017.
///
/// ```
/// use pix2pix_web::model::DiscriminatorConfig;
///
/// let config = DiscriminatorConfig { ndf: 16, ..Default::default() };
/// config.check_trainable()?;
/// let channels: Vec<_> = config.layers().iter().map(|layer| layer.channels).collect();
/// assert_eq!(channels, [[6, 16], [16, 32], [32, 64], [64, 128], [128, 1]]);
/// # Ok::<(), pix2pix_web::model::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiscriminatorConfig {
    /// Channels of the input picture. Default 3.
    pub in_channels: usize,
    /// Channels of the target picture. Default 3.
    pub out_channels: usize,
    /// Width of the first layer. Default 64.
    pub ndf: usize,
    /// Default `TensorFlow`.
    #[serde(skip_serializing_if = "Layout::is_default")]
    pub layout: Layout,
    /// Normalisation of the inner layers. Default `Batch`.
    #[serde(skip_serializing_if = "Norm::is_default")]
    pub norm: Norm,
    /// Convolutions have biases: false in pix2pix.py of 2017, true in that of 2018. In PyTorch's layout the norm decides
    /// it. Default false.
    pub bias: bool,
}

impl Default for DiscriminatorConfig {
    fn default() -> Self {
        Self {
            in_channels: 3,
            out_channels: 3,
            ndf: 64,
            layout: Layout::TensorFlow,
            norm: Norm::Batch,
            bias: false,
        }
    }
}

impl DiscriminatorConfig {
    /// One that judges what this generator makes, in the same layout and with the same norm. Its convolutions are full,
    /// as pix2pix.py has it.
    pub fn beside(generator: &GeneratorConfig, ndf: usize) -> Self {
        let GeneratorConfig { in_channels, out_channels, layout, norm, bias, .. } = *generator;
        Self { in_channels, out_channels, ndf, layout, norm, bias }
    }

    /// Whether such a network can run.
    ///
    /// # Errors
    /// The field that is out of bounds, and the bounds: ndf 1 to 512, channels 1 to 16, biases where there is no norm.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_within(&RUN)
    }

    /// Whether such a network can be trained, and so created: [`DiscriminatorConfig::check`] with an ndf of 1 to 256.
    ///
    /// # Errors
    /// The field that is out of bounds, and the bounds.
    pub fn check_trainable(&self) -> Result<(), ConfigError> {
        self.check_within(&TRAIN)
    }

    fn check_within(&self, bounds: &Bounds) -> Result<(), ConfigError> {
        bounds.check_width("ndf", self.ndf)?;
        bounds.check_channels([self.in_channels, self.out_channels])?;
        check_norm(self.norm, self.layout, self.bias)
    }

    /// Random weights, as the original starts from; the same seed makes the same weights on every device.
    pub fn init(&self, device: &Device, seed: u64) -> Discriminator {
        let Ok(discriminator) = self.build(&mut RandomInit { device, random: Random::new(seed) });
        discriminator
    }

    /// The network with its parameters from `source`, which is asked for them in the order of the layers.
    ///
    /// # Errors
    /// Those of the source.
    pub fn build<P: Parameters>(&self, source: &mut P) -> Result<Discriminator, P::Error> {
        Discriminator::build(self.layers(), source)
    }

    /// The table of the layers: layer_1 … layer_5.
    pub fn layers(&self) -> Vec<LayerSpec> {
        let mut c_in = self.in_channels + self.out_channels; // [input, target]
        let inner = INNER.map(|(stride, width)| (stride, width * self.ndf));
        let logits = (1, 1);
        let layers = (1..).zip(inner.into_iter().chain([logits])).map(|(n, (stride, c_out))| {
            let (first, last) = (n == 1, n > INNER.len());
            let channels = [c_in, c_out];
            c_in = c_out;
            LayerSpec {
                name: LayerName::Layer(n),
                activation: if first { Activation::None } else { Activation::LeakyRelu },
                conv: Conv::Down { stride },
                convolution: Convolution::Full,
                channels,
                bias: match self.layout {
                    Layout::TensorFlow => self.bias,
                    Layout::PyTorch => first || last || self.norm == Norm::Instance,
                },
                norm: if first || last { Norm::None } else { self.norm },
                running: false,
                dropout: None,
            }
        });
        layers.collect()
    }

    /// How much memory each layer takes, in the order of [`DiscriminatorConfig::layers`], for pictures of `side` by
    /// `side` pixels.
    pub(crate) fn layer_sizes(&self, side: usize) -> Vec<LayerSize> {
        sizes(&self.layers(), side)
    }
}

/// The PatchGAN: `[B, in, S, S]` and `[B, out, S, S]` -> logits `[B, 1, S/8 - 2, S/8 - 2]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use pix2pix_web::model::DiscriminatorConfig;
///
/// let device = Device::flex();
/// let discriminator = DiscriminatorConfig { ndf: 1, ..Default::default() }.init(&device, 7);
/// let picture = || Tensor::<4>::zeros([1, 3, 32, 32], &device);
/// assert_eq!(discriminator.forward(picture(), picture()).dims(), [1, 1, 2, 2]);
/// ```
#[derive(Module, Debug)]
pub struct Discriminator {
    pub(super) layers: Vec<Layer>,
}

impl Discriminator {
    pub(super) fn build<P: Parameters>(
        layers: Vec<LayerSpec>,
        source: &mut P,
    ) -> Result<Self, P::Error> {
        let layers = layers.into_iter().map(|spec| Layer::build(source, spec));
        Ok(Self { layers: layers.collect::<Result<_, _>>()? })
    }

    /// Logits: `[B, in, 256, 256]` and `[B, out, 256, 256]` -> `[B, 1, 30, 30]`. Their sigmoid is the probability that
    /// a patch of the target is real.
    pub fn forward(&self, input: Tensor<4>, target: Tensor<4>) -> Tensor<4> {
        self.pass(input, target).logits
    }

    /// Width of the first layer.
    pub fn ndf(&self) -> usize {
        self.layers[0].spec.channels[1]
    }

    /// Every parameter, in the order of the layers.
    pub fn named_parameters(&self) -> Vec<NamedParameter> {
        let mut named = Vec::new();
        self.layers.iter().for_each(|layer| layer.collect(&mut named));
        named
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::super::tests::expected_parameters;
    use super::*;

    fn configs() -> [DiscriminatorConfig; 4] {
        [
            DiscriminatorConfig { ndf: 1, norm: Norm::None, bias: true, ..Default::default() },
            DiscriminatorConfig { ndf: 1, ..Default::default() },
            DiscriminatorConfig { ndf: 3, bias: true, ..Default::default() },
            DiscriminatorConfig { ndf: 2, in_channels: 1, out_channels: 2, ..Default::default() },
        ]
    }

    #[test]
    fn the_table_is_the_network() {
        let device = Device::flex();
        for config in configs() {
            let discriminator = config.init(&device, 7);
            assert_eq!(discriminator.ndf(), config.ndf);
            let named = discriminator.named_parameters();
            let elements: usize = named.iter().map(|p| p.shape.iter().product::<usize>()).sum();
            let found: Vec<_> = named.into_iter().map(|p| (p.name, p.shape)).collect();
            assert_eq!(found, expected_parameters(&config.layers()), "{config:?}");

            for (side, logits) in [(32, 2), (64, 6), (256, 30)] {
                let picture = |channels| {
                    Tensor::random([2, channels, side, side], Distribution::Default, &device)
                };
                let output = discriminator
                    .forward(picture(config.in_channels), picture(config.out_channels));
                assert_eq!(output.dims(), [2, 1, logits, logits]);
                let sizes = config.layer_sizes(side);
                assert_eq!(sizes.iter().map(|layer| layer.parameters).sum::<usize>(), elements);
                assert_eq!(sizes.last().map(|layer| layer.outputs), Some(logits * logits));
            }
        }
    }

    /// A model of such small pictures can't be trained, but what its training would take can be asked for.
    #[test]
    fn pictures_that_are_too_small_have_sizes_too() {
        for side in [1, 2, 4, 8, 16] {
            let sizes = DiscriminatorConfig::default().layer_sizes(side);
            assert_eq!(sizes.last().map(|layer| layer.outputs), Some(0), "{side}");
        }
    }
}
