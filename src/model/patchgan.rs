//! The discriminator: the PatchGAN of pix2pix.py (`create_discriminator`), which judges patches of 70x70 pixels, and those of
//! other sizes that the paper compares it with.
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

use super::activation::Activation;
use super::block::Layer;
use super::bounds::{Bounds, ConfigError, RUN, TRAIN, check_norm, check_patch};
use super::layer::{Conv, Convolution, LayerSize, LayerSpec, sizes};
use super::name::LayerName;
use super::norm::Norm;
use super::parameters::{NamedParameter, Parameters, RandomInit};
use super::unet::{GeneratorConfig, Layout};
use crate::random::Random;

/// Of an inner layer's channels, as a multiple of ndf.
const MOST_WIDTH: usize = 8;

/// Pixels on a side of the patch that each logit judges, the receptive field, which is a matter of how many layers there are
/// (Isola et al. 2017, section 4.4 and appendix 6.1.2). As JSON it is the number.
///
/// The appendix gives every layer a stride of 2, by which these patches would have 22, 94 and 382 pixels where it says 16, 70
/// and 286. Its numbers are those of its program, where the last of the named layers and the one behind it have a stride of 1,
/// and so they are here. 34 and 142, between them, are pytorch-CycleGAN-and-pix2pix's `n_layers` of 2 and 4.
///
/// ```
/// use pix2pix_web::model::{DiscriminatorConfig, Patch};
///
/// let config = DiscriminatorConfig { patch: Patch::Of16, ..Default::default() };
/// let channels: Vec<_> = config.layers().iter().map(|layer| layer.channels).collect();
/// assert_eq!(channels, [[6, 64], [64, 128], [128, 1]]);
/// assert_eq!(config.map_side(256), 126);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "usize", into = "usize")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Patch {
    /// The PixelGAN, C64-C128 of convolutions of 1 by 1: each pixel by itself.
    #[cfg_attr(feature = "cli", value(name = "1"))]
    Of1,
    /// C64-C128.
    #[cfg_attr(feature = "cli", value(name = "16"))]
    Of16,
    /// C64-C128-C256.
    #[cfg_attr(feature = "cli", value(name = "34"))]
    Of34,
    /// C64-C128-C256-C512: pix2pix.py's, and the paper's choice.
    #[default]
    #[cfg_attr(feature = "cli", value(name = "70"))]
    Of70,
    /// C64-C128-C256-C512-C512.
    #[cfg_attr(feature = "cli", value(name = "142"))]
    Of142,
    /// C64-C128-C256-C512-C512-C512.
    #[cfg_attr(feature = "cli", value(name = "286"))]
    Of286,
}

impl Patch {
    pub const ALL: [Self; 6] =
        [Self::Of1, Self::Of16, Self::Of34, Self::Of70, Self::Of142, Self::Of286];

    /// As many layers as a discriminator has at the most.
    pub(crate) const MOST_LAYERS: usize = 7;

    /// Pixels on a side.
    pub fn pixels(self) -> usize {
        match self {
            Self::Of1 => 1,
            Self::Of16 => 16,
            Self::Of34 => 34,
            Self::Of70 => 70,
            Self::Of142 => 142,
            Self::Of286 => 286,
        }
    }

    /// Layers, the one of the logits among them.
    pub fn layers(self) -> usize {
        match self {
            Self::Of1 => 3,
            _ => self.halvings() + 2,
        }
    }

    /// That of a discriminator of so many layers, whose convolutions are of 1 by 1 pixels or of 4 by 4.
    pub(crate) fn of(layers: usize, is_pixel: bool) -> Option<Self> {
        let fits = |patch: &Self| patch.layers() == layers && (*patch == Self::Of1) == is_pixel;
        Self::ALL.into_iter().find(fits)
    }

    /// Layers that halve the side, which come first.
    fn halvings(self) -> usize {
        match self {
            Self::Of1 => 0,
            Self::Of16 => 1,
            Self::Of34 => 2,
            Self::Of70 => 3,
            Self::Of142 => 4,
            Self::Of286 => 5,
        }
    }

    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Of each layer: its convolution, and its width as a multiple of ndf, or none for the logits.
    fn rows(self) -> Vec<(Conv, Option<usize>)> {
        if self == Self::Of1 {
            return [Some(1), Some(2), None].map(|width| (Conv::Pixel, width)).into();
        }
        let halvings = self.halvings();
        let inner = (0..=halvings).map(|n| {
            let stride = if n < halvings { 2 } else { 1 };
            (Conv::Down { stride }, Some((1 << n).min(MOST_WIDTH)))
        });
        inner.chain([(Conv::Down { stride: 1 }, None)]).collect()
    }
}

impl From<Patch> for usize {
    fn from(patch: Patch) -> Self {
        patch.pixels()
    }
}

impl TryFrom<usize> for Patch {
    type Error = String;

    fn try_from(pixels: usize) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|patch| patch.pixels() == pixels);
        known.ok_or_else(|| format!("patch is {pixels}, expected 1, 16, 34, 70, 142 or 286"))
    }
}

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
    /// What each logit judges. Default `Of70`.
    #[serde(skip_serializing_if = "Patch::is_default")]
    pub patch: Patch,
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
            patch: Patch::Of70,
            layout: Layout::TensorFlow,
            norm: Norm::Batch,
            bias: false,
        }
    }
}

impl DiscriminatorConfig {
    /// One that judges what this generator makes by patches of 70 pixels, in the same layout and with the same norm. Its
    /// convolutions are full, as pix2pix.py has it.
    pub fn beside(generator: &GeneratorConfig, ndf: usize) -> Self {
        let GeneratorConfig { in_channels, out_channels, layout, norm, bias, .. } = *generator;
        Self { in_channels, out_channels, ndf, patch: Patch::default(), layout, norm, bias }
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

    /// Whether such a network has logits for pictures of `side` by `side` pixels.
    ///
    /// # Errors
    /// The patch, and the largest that has.
    pub fn check_side(&self, side: usize) -> Result<(), ConfigError> {
        let fits = |patch: &Patch| Self { patch: *patch, ..self.clone() }.map_side(side) > 0;
        check_patch(self.patch, side, Patch::ALL.into_iter().rev().find(fits))
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

    /// The logits on a side of the map, for pictures of `side` by `side` pixels; 0 where the last kernel has no room.
    pub fn map_side(&self, side: usize) -> usize {
        self.layers().iter().fold(side, |side, layer| layer.conv.output_side(side))
    }

    /// The table of the layers: layer_1 … layer_5.
    pub fn layers(&self) -> Vec<LayerSpec> {
        let mut c_in = self.in_channels + self.out_channels; // [input, target]
        let layers = (1..).zip(self.patch.rows()).map(|(n, (conv, width))| {
            let (first, last) = (n == 1, width.is_none());
            let c_out = width.map_or(1, |width| width * self.ndf);
            let channels = [c_in, c_out];
            c_in = c_out;
            LayerSpec {
                name: LayerName::Layer(n),
                activation: (!first).then_some(Activation::LeakyRelu),
                conv,
                convolution: Convolution::Full,
                channels,
                bias: match self.layout {
                    Layout::TensorFlow => self.bias,
                    Layout::PyTorch => {
                        // Its PixelGAN's last convolution is as the inner ones are.
                        let ends = last && self.patch != Patch::Of1;
                        first || ends || self.norm == Norm::Instance
                    }
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

/// The PatchGAN: `[B, in, S, S]` and `[B, out, S, S]` -> logits, of the 70x70 one `[B, 1, S/8 - 2, S/8 - 2]`.
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

    /// Logits: `[B, in, 256, 256]` and `[B, out, 256, 256]` -> `[B, 1, 30, 30]`, or as [`DiscriminatorConfig::map_side`] says
    /// of other patches. Their sigmoid is the probability that a patch of the target is real.
    pub fn forward(&self, input: Tensor<4>, target: Tensor<4>) -> Tensor<4> {
        self.pass(input, [target]).logits
    }

    /// Width of the first layer.
    pub fn ndf(&self) -> usize {
        self.layers[0].spec.channels[1]
    }

    /// What each logit judges.
    pub fn patch(&self) -> Patch {
        let is_pixel = self.layers[0].spec.conv == Conv::Pixel;
        Patch::of(self.layers.len(), is_pixel).expect("its layers are those of a config")
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
    use burn::tensor::{Distribution, TensorData};

    use super::super::tests::expected_parameters;
    use super::*;

    fn configs() -> [DiscriminatorConfig; 6] {
        [
            DiscriminatorConfig { ndf: 2, patch: Patch::Of1, ..Default::default() },
            DiscriminatorConfig { ndf: 1, patch: Patch::Of16, ..Default::default() },
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
            assert_eq!((discriminator.ndf(), discriminator.patch()), (config.ndf, config.patch));
            let named = discriminator.named_parameters();
            let elements: usize = named.iter().map(|p| p.shape.iter().product::<usize>()).sum();
            let found: Vec<_> = named.into_iter().map(|p| (p.name, p.shape)).collect();
            assert_eq!(found, expected_parameters(&config.layers()), "{config:?}");

            for side in [32, 64, 256] {
                let logits = config.map_side(side);
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

    #[test]
    fn the_maps_have_the_papers_sides() {
        let sides = Patch::ALL.map(|patch| {
            let config = DiscriminatorConfig { patch, ..Default::default() };
            [32, 64, 128, 256].map(|side| config.map_side(side))
        });
        let expected = [
            [32, 64, 128, 256], // 1
            [14, 30, 62, 126],  // 16
            [6, 14, 30, 62],    // 34
            [2, 6, 14, 30],     // 70
            [0, 2, 6, 14],      // 142
            [0, 0, 2, 6],       // 286
        ];
        assert_eq!(sides, expected);
    }

    /// The channels of appendix 6.1.2.
    #[test]
    fn the_layers_are_the_papers() {
        let widths = |patch| {
            let layers = DiscriminatorConfig { patch, ..Default::default() }.layers();
            layers.iter().map(|layer| layer.channels[1]).collect::<Vec<_>>()
        };
        assert_eq!(widths(Patch::Of1), [64, 128, 1]);
        assert_eq!(widths(Patch::Of16), [64, 128, 1]);
        assert_eq!(widths(Patch::Of70), [64, 128, 256, 512, 1]);
        assert_eq!(widths(Patch::Of286), [64, 128, 256, 512, 512, 512, 1]);
        for patch in Patch::ALL {
            let layers = DiscriminatorConfig { patch, ..Default::default() }.layers();
            assert_eq!(layers.len(), patch.layers());
            assert!(layers.len() <= Patch::MOST_LAYERS);
            assert_eq!(Patch::of(layers.len(), patch == Patch::Of1), Some(patch));
        }
        assert_eq!([Patch::of(2, false), Patch::of(8, false), Patch::of(4, true)], [None; 3]);
    }

    /// The pixels of which one logit has a gradient, in rows and in columns. A norm would spread it over the whole picture,
    /// and so there is none.
    #[test]
    fn a_logit_sees_its_patch_and_no_more() {
        let device = Device::flex();
        for patch in Patch::ALL {
            let config = DiscriminatorConfig {
                ndf: 1,
                patch,
                norm: Norm::None,
                bias: true,
                ..Default::default()
            };
            let discriminator = config.init(&device, 7);
            let side = 320; // a multiple of 32, and more than the largest patch
            let picture =
                || Tensor::random([1, 3, side, side], Distribution::Uniform(-1.0, 1.0), &device);
            let pass = discriminator.pass(picture(), [picture()]);
            let map = config.map_side(side);
            let mut logits = vec![0f32; map * map];
            logits[map / 2 * map + map / 2] = 1.0;
            let logits = Tensor::from_data(TensorData::new(logits, [1, 1, map, map]), &device);
            let gradient = discriminator.target_gradient(&pass, logits); // [1, 3, side, side]
            for axis in [3, 2] {
                let lines = gradient.clone().abs().sum_dim(1).sum_dim(axis);
                let lines = lines.into_data().try_to_vec::<f32>().unwrap();
                let seen: Vec<usize> = (0..side).filter(|i| lines[*i] > 0.0).collect();
                let (first, last) = (seen[0], *seen.last().unwrap());
                assert!(first > 0 && last < side - 1, "{patch:?}: no border cuts it off");
                assert_eq!(last - first + 1, patch.pixels(), "{patch:?}");
                assert_eq!(seen.len(), patch.pixels(), "{patch:?}: none is left out");
            }
        }
    }

    #[test]
    fn a_patch_is_written_as_its_number() {
        for patch in Patch::ALL {
            let json = serde_json::to_string(&patch).unwrap();
            assert_eq!(json, patch.pixels().to_string());
            assert_eq!(serde_json::from_str::<Patch>(&json).unwrap(), patch);
        }
        let error = serde_json::from_str::<Patch>("71").unwrap_err().to_string();
        assert!(error.contains("patch is 71, expected 1, 16, 34, 70, 142 or 286"), "{error}");
    }

    #[test]
    fn a_patch_without_logits_is_refused() {
        let refusal = |patch, side| {
            let config = DiscriminatorConfig { patch, ..Default::default() };
            config.check_side(side).err().map(|error| error.to_string())
        };
        let refused = [32, 64, 128].map(|side| refusal(Patch::Of286, side));
        let expected = |largest, side| {
            Some(format!(
                "patch is 286, expected at most {largest} for pictures of {side} by {side} pixels"
            ))
        };
        assert_eq!(refused, [expected(70, 32), expected(142, 64), None]);
        assert_eq!(refusal(Patch::Of70, 32), None);
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
