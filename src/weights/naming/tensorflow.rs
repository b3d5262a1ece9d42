//! The names of pix2pix.py: `generator/encoder_1/conv2d/kernel`, with `--separable_conv`
//! `generator/encoder_1/separable_conv2d/depthwise_kernel`.

use super::{KernelAxes, Naming, config_of_shapes};
use crate::error::Result;
use crate::model::{GeneratorConfig, LayerName, Network, ParameterName, Part};
use crate::weights::format::Format;
use crate::weights::tensors::Tensors;

/// Which pix2pix.py.
pub enum TensorFlow {
    /// `generator/encoder_1/conv/filter`: from April to December 2017.
    Of2017,
    /// `generator/encoder_1/conv2d/kernel`: from January 2018 on, and the demo's files.
    Of2018,
    /// `generator/encoder_1/separable_conv2d/pointwise_kernel`: of a generator that was made with `--separable_conv`, which
    /// pix2pix.py has from 2018 on. Its discriminator's names are those of `Of2018`.
    Separable,
}

/// What training leaves in a checkpoint and no network needs: Adam's slots and powers, counters, the losses' averages,
/// and the moving averages that the original never updates.
const EXTRA_ENDS: [&str; 7] = [
    "/Adam",
    "/Adam_1",
    "/ExponentialMovingAverage",
    "/moving_mean",
    "/moving_variance",
    "beta1_power",
    "beta2_power",
];
const EXTRA_NAMES: [&str; 2] = ["global_step", "counter"];

impl Naming for TensorFlow {
    fn format(&self) -> Format {
        match self {
            TensorFlow::Of2017 => Format::TensorFlow2017,
            TensorFlow::Of2018 | TensorFlow::Separable => Format::TensorFlow2018,
        }
    }

    fn is_sign(&self, name: &str) -> bool {
        let signs = match self {
            TensorFlow::Of2017 => ["/conv/filter", "/deconv/filter"],
            TensorFlow::Of2018 => ["/conv2d/", "/conv2d_transpose/"],
            TensorFlow::Separable => ["/separable_conv2d/"; 2],
        };
        signs.into_iter().any(|sign| name.contains(sign))
    }

    fn file_name(&self, ParameterName { layer, part }: ParameterName) -> Option<String> {
        let generator = layer.network() == Network::Generator;
        let convolution = match (self, layer) {
            (TensorFlow::Separable, _) if generator => "separable_conv2d",
            (TensorFlow::Of2017, LayerName::Decoder(_)) => "deconv",
            (TensorFlow::Of2017, _) => "conv",
            (_, LayerName::Decoder(_)) => "conv2d_transpose",
            _ => "conv2d",
        };
        let is_separable = convolution == "separable_conv2d";
        let (norm, is_of_2017) = match self {
            TensorFlow::Of2017 => ("batchnorm", true),
            _ => ("batch_normalization", false),
        };
        let (place, part) = match part {
            Part::Weight if is_separable => return None,
            Part::Weight if is_of_2017 => (convolution, "filter"),
            Part::Weight => (convolution, "kernel"),
            Part::Depthwise if is_separable => (convolution, "depthwise_kernel"),
            Part::Pointwise if is_separable => (convolution, "pointwise_kernel"),
            Part::Depthwise | Part::Pointwise => return None,
            Part::Bias => (convolution, "bias"),
            Part::Gamma if is_of_2017 => (norm, "scale"),
            Part::Gamma => (norm, "gamma"),
            Part::Beta if is_of_2017 => (norm, "offset"),
            Part::Beta => (norm, "beta"),
            // The moving averages that a file may have were never updated.
            Part::RunningMean | Part::RunningVariance => return None,
            _ => return None,
        };
        Some(format!("{}/{layer}/{place}/{part}", layer.network()))
    }

    fn moments(&self, name: ParameterName) -> Option<[String; 2]> {
        let name = self.file_name(name)?;
        Some(["Adam", "Adam_1"].map(|slot| format!("{name}/{slot}")))
    }

    fn always_has_biases(&self) -> bool {
        matches!(self, TensorFlow::Of2018 | TensorFlow::Separable)
    }

    fn network(&self, name: &str) -> Option<Network> {
        let (first, _) = name.split_once('/')?;
        let network = Network::ALL.into_iter().find(|network| network.name() == first)?;
        (!self.is_extra(name)).then_some(network)
    }

    fn kernel_axes(&self) -> KernelAxes {
        KernelAxes([2, 3, 1, 0])
    }

    fn is_extra(&self, name: &str) -> bool {
        EXTRA_ENDS.iter().any(|end| name.ends_with(end)) || EXTRA_NAMES.contains(&name)
    }

    fn config(&self, tensors: &Tensors) -> Result<GeneratorConfig> {
        config_of_shapes(self, tensors)
    }
}
