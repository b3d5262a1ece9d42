//! What the fields of a config may be, in one place: a file can say anything, and so can a caller.

use std::ops::RangeInclusive;

use thiserror::Error;

use super::color::Color;
use super::layer::Convolution;
use super::norm::Norm;
use super::patchgan::Patch;
use super::unet::Layout;

/// A field of a config that is out of bounds.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field} is {value}, expected {expected}")]
pub struct ConfigError {
    pub field: &'static str,
    pub value: String,
    /// `5 to 9`
    pub expected: String,
}

/// The networks that a purpose allows.
pub(super) struct Bounds {
    /// Layers of the encoder.
    depth: RangeInclusive<usize>,
    /// ngf and ndf.
    width: RangeInclusive<usize>,
    /// Of the input and the target.
    channels: RangeInclusive<usize>,
}

/// What can run: pictures of 2 to 1024 pixels a side. Within these bounds no count of elements overflows 32 bits.
pub(super) const RUN: Bounds = Bounds { depth: 1..=10, width: 1..=512, channels: 1..=16 };

/// What can be trained, and so created. Of pictures of fewer than 32 pixels a side nothing is left for the PatchGAN's
/// last layer.
pub(super) const TRAIN: Bounds = Bounds { depth: 5..=9, width: 1..=256, channels: 1..=16 };

impl Bounds {
    pub fn check_depth(&self, depth: usize) -> Result<(), ConfigError> {
        check("depth", depth, &self.depth)
    }

    /// `field` is `ngf` or `ndf`.
    pub fn check_width(&self, field: &'static str, width: usize) -> Result<(), ConfigError> {
        check(field, width, &self.width)
    }

    pub fn check_channels(&self, [input, output]: [usize; 2]) -> Result<(), ConfigError> {
        check("in_channels", input, &self.channels)?;
        check("out_channels", output, &self.channels)
    }
}

fn check(
    field: &'static str,
    value: usize,
    range: &RangeInclusive<usize>,
) -> Result<(), ConfigError> {
    if range.contains(&value) {
        return Ok(());
    }
    let expected = format!("{} to {}", range.start(), range.end());
    Err(ConfigError { field, value: value.to_string(), expected })
}

/// As wide as the widest layer it would be no limit.
pub(super) fn check_max_width(
    max_width: usize,
    ngf: usize,
    full_width: usize,
) -> Result<(), ConfigError> {
    if (ngf..full_width).contains(&max_width) {
        return Ok(());
    }
    let expected = format!("{ngf} or more and less than {full_width}");
    Err(ConfigError { field: "max_width", value: max_width.to_string(), expected })
}

/// Lab is lightness on one side and colours on the other.
pub(super) fn check_color(color: Color, channels: [usize; 2]) -> Result<(), ConfigError> {
    if color == Color::Rgb || color.direction(channels).is_some() {
        return Ok(());
    }
    let [input, output] = channels;
    let value = format!("lab for {input} to {output} channels");
    Err(ConfigError { field: "color", value, expected: "1 to 2 or 2 to 1".into() })
}

/// Without a norm only a bias shifts what an activation cuts. In PyTorch's layout the norm decides who has one.
pub(super) fn check_norm(norm: Norm, layout: Layout, bias: bool) -> Result<(), ConfigError> {
    if norm != Norm::None || layout == Layout::PyTorch || bias {
        return Ok(());
    }
    Err(ConfigError { field: "norm", value: "none".into(), expected: "a bias with it".into() })
}

/// Where nothing is normalised there are none.
pub(super) fn check_running(running: bool, norm: Norm) -> Result<(), ConfigError> {
    if !running || norm != Norm::None {
        return Ok(());
    }
    let (value, expected) = ("true".into(), "false where norm is none".into());
    Err(ConfigError { field: "running_statistics", value, expected })
}

/// pytorch-CycleGAN-and-pix2pix has no such network.
pub(super) fn check_convolution(
    convolution: Convolution,
    layout: Layout,
) -> Result<(), ConfigError> {
    if convolution == Convolution::Full || layout == Layout::TensorFlow {
        return Ok(());
    }
    let (value, expected) = ("separable".into(), "full in PyTorch's layout".into());
    Err(ConfigError { field: "convolution", value, expected })
}

/// `largest`: of the patches that leave a logit of pictures of `side` by `side` pixels.
pub(super) fn check_patch(
    patch: Patch,
    side: usize,
    largest: Option<Patch>,
) -> Result<(), ConfigError> {
    let largest = largest.map_or(0, Patch::pixels);
    if patch.pixels() <= largest {
        return Ok(());
    }
    let expected = format!("at most {largest} for pictures of {side} by {side} pixels");
    Err(ConfigError { field: "patch", value: patch.pixels().to_string(), expected })
}

/// All of dropout would divide by zero.
pub(super) fn check_dropout(dropout: f64) -> Result<(), ConfigError> {
    if (0.0..1.0).contains(&dropout) {
        return Ok(());
    }
    let expected = "0 or more and less than 1".into();
    Err(ConfigError { field: "dropout", value: dropout.to_string(), expected })
}

#[cfg(test)]
mod tests {
    use super::super::{DiscriminatorConfig, GeneratorConfig};
    use super::*;

    /// The fields that are refused.
    fn refused<T>(
        values: impl IntoIterator<Item = T>,
        check: impl Fn(T) -> Result<(), ConfigError>,
    ) -> Vec<String> {
        let errors = values.into_iter().filter_map(|value| check(value).err());
        errors.map(|error| error.to_string()).collect()
    }

    #[test]
    fn the_defaults_can_be_trained() {
        assert_eq!(GeneratorConfig::default().check_trainable(), Ok(()));
        assert_eq!(DiscriminatorConfig::default().check_trainable(), Ok(()));
    }

    #[test]
    fn a_largest_width_that_limits_nothing_is_refused() {
        let config = |max_width| GeneratorConfig {
            ngf: 16,
            max_width: Some(max_width),
            ..Default::default()
        };
        assert_eq!(
            refused([0, 15, 16, 127, 128, 512], |max_width| config(max_width).check()),
            [0, 15, 128, 512].map(|width| format!(
                "max_width is {width}, expected 16 or more and less than 128"
            ))
        );
    }

    #[test]
    fn a_depth_out_of_bounds_is_refused() {
        let config = |depth| GeneratorConfig { depth, ..Default::default() };
        let depths = [0, 1, 4, 5, 9, 10, 11, 20, 32, 64, usize::MAX];
        assert_eq!(
            refused(depths, |depth| config(depth).check()),
            [
                "depth is 0, expected 1 to 10",
                "depth is 11, expected 1 to 10",
                "depth is 20, expected 1 to 10",
                "depth is 32, expected 1 to 10",
                "depth is 64, expected 1 to 10",
                "depth is 18446744073709551615, expected 1 to 10",
            ]
        );
        let trained: Vec<_> =
            depths.into_iter().filter(|d| config(*d).check_trainable().is_ok()).collect();
        assert_eq!(trained, [5, 9]);
    }

    #[test]
    fn a_width_out_of_bounds_is_refused() {
        let widths = [0, 1, 256, 257, 512, 513, usize::MAX];
        let generator = |ngf| GeneratorConfig { ngf, ..Default::default() };
        let discriminator = |ndf| DiscriminatorConfig { ndf, ..Default::default() };
        let fits = |check: &dyn Fn(usize) -> bool| -> Vec<usize> {
            widths.into_iter().filter(|width| check(*width)).collect()
        };
        assert_eq!(fits(&|width| generator(width).check().is_ok()), [1, 256, 257, 512]);
        assert_eq!(fits(&|width| discriminator(width).check().is_ok()), [1, 256, 257, 512]);
        assert_eq!(fits(&|width| generator(width).check_trainable().is_ok()), [1, 256]);
        assert_eq!(fits(&|width| discriminator(width).check_trainable().is_ok()), [1, 256]);
        let error = discriminator(0).check().unwrap_err();
        assert_eq!(error.to_string(), "ndf is 0, expected 1 to 512");
    }

    #[test]
    fn channels_out_of_bounds_are_refused() {
        for channels in [0, 17, usize::MAX] {
            let generator = GeneratorConfig { in_channels: channels, ..Default::default() };
            assert_eq!(generator.check().unwrap_err().field, "in_channels");
            assert_eq!(generator.check_trainable().unwrap_err().field, "in_channels");
            let discriminator =
                DiscriminatorConfig { out_channels: channels, ..Default::default() };
            assert_eq!(discriminator.check().unwrap_err().field, "out_channels");
            assert_eq!(discriminator.check_trainable().unwrap_err().field, "out_channels");
        }
    }

    #[test]
    fn lab_has_one_channel_on_one_side_and_two_on_the_other() {
        let channels = [[1, 2], [2, 1], [3, 3], [1, 1], [2, 2], [1, 3]];
        let config = |[in_channels, out_channels]: [usize; 2]| GeneratorConfig {
            in_channels,
            out_channels,
            color: Color::Lab,
            ..Default::default()
        };
        let refused = refused(channels, |channels| config(channels).check());
        assert_eq!(refused.len(), 4);
        assert_eq!(refused[0], "color is lab for 3 to 3 channels, expected 1 to 2 or 2 to 1");
    }

    /// 32 bits are what WebAssembly counts in.
    #[test]
    fn the_largest_networks_are_counted_in_32_bits() {
        let generator = GeneratorConfig {
            in_channels: *RUN.channels.end(),
            out_channels: *RUN.channels.end(),
            ngf: *RUN.width.end(),
            depth: *RUN.depth.end(),
            ..Default::default()
        };
        generator.check().unwrap();
        let discriminator = DiscriminatorConfig {
            in_channels: generator.in_channels,
            out_channels: generator.out_channels,
            ndf: generator.ngf,
            ..Default::default()
        };
        discriminator.check().unwrap();
        let sizes = generator.layer_sizes().into_iter();
        let patches = Patch::ALL.into_iter().flat_map(|patch| {
            let discriminator = DiscriminatorConfig { patch, ..discriminator.clone() };
            discriminator.layer_sizes(generator.size())
        });
        for layer in sizes.chain(patches) {
            for count in [layer.parameters, layer.outputs] {
                assert!(u32::try_from(count).is_ok(), "{}: {count}", layer.name);
            }
        }
    }

    #[test]
    fn a_dropout_that_leaves_nothing_is_refused() {
        let config = |dropout| GeneratorConfig { dropout, ..Default::default() };
        let dropouts = [-0.1, 0.0, 0.5, 0.999, 1.0, 2.0, f64::NAN, f64::INFINITY];
        assert_eq!(
            refused(dropouts, |dropout| config(dropout).check()),
            [
                "dropout is -0.1, expected 0 or more and less than 1",
                "dropout is 1, expected 0 or more and less than 1",
                "dropout is 2, expected 0 or more and less than 1",
                "dropout is NaN, expected 0 or more and less than 1",
                "dropout is inf, expected 0 or more and less than 1",
            ]
        );
        assert_eq!(refused(dropouts, |dropout| config(dropout).check_trainable()).len(), 5);
    }

    #[test]
    fn variants_that_no_network_has_are_refused() {
        let small = GeneratorConfig { ngf: 2, ..Default::default() };
        let none = GeneratorConfig { norm: Norm::None, ..small.clone() };
        let [tensorflow, pytorch] = [Layout::TensorFlow, Layout::PyTorch];
        let separable = |layout| GeneratorConfig {
            convolution: Convolution::Separable,
            layout,
            ..small.clone()
        };
        let running = GeneratorConfig { running_statistics: true, bias: true, ..none.clone() };
        let configs = [
            none.clone(),
            GeneratorConfig { bias: true, ..none.clone() },
            GeneratorConfig { layout: pytorch, ..none },
            running,
            separable(tensorflow),
            separable(pytorch),
        ];
        assert_eq!(
            refused(configs, |config| config.check()),
            [
                "norm is none, expected a bias with it",
                "running_statistics is true, expected false where norm is none",
                "convolution is separable, expected full in PyTorch's layout",
            ]
        );
        let discriminator = DiscriminatorConfig { norm: Norm::None, ..Default::default() };
        assert_eq!(discriminator.check().unwrap_err().field, "norm");
        assert_eq!(DiscriminatorConfig { bias: true, ..discriminator }.check(), Ok(()));
    }
}
