//! The names of pix2pix.py: `generator/encoder_1/conv2d/kernel`.

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
            TensorFlow::Of2018 => Format::TensorFlow2018,
        }
    }

    fn is_sign(&self, name: &str) -> bool {
        let signs = match self {
            TensorFlow::Of2017 => ["/conv/filter", "/deconv/filter"],
            TensorFlow::Of2018 => ["/conv2d/", "/conv2d_transpose/"],
        };
        signs.into_iter().any(|sign| name.contains(sign))
    }

    fn file_name(&self, ParameterName { layer, part }: ParameterName) -> Option<String> {
        let is_up = matches!(layer, LayerName::Decoder(_));
        let part = match (self, part, is_up) {
            (TensorFlow::Of2017, Part::Weight, false) => "conv/filter",
            (TensorFlow::Of2017, Part::Weight, true) => "deconv/filter",
            (TensorFlow::Of2017, Part::Bias, false) => "conv/bias",
            (TensorFlow::Of2017, Part::Bias, true) => "deconv/bias",
            (TensorFlow::Of2017, Part::Gamma, _) => "batchnorm/scale",
            (TensorFlow::Of2017, Part::Beta, _) => "batchnorm/offset",
            (TensorFlow::Of2018, Part::Weight, false) => "conv2d/kernel",
            (TensorFlow::Of2018, Part::Weight, true) => "conv2d_transpose/kernel",
            (TensorFlow::Of2018, Part::Bias, false) => "conv2d/bias",
            (TensorFlow::Of2018, Part::Bias, true) => "conv2d_transpose/bias",
            (TensorFlow::Of2018, Part::Gamma, _) => "batch_normalization/gamma",
            (TensorFlow::Of2018, Part::Beta, _) => "batch_normalization/beta",
            // The moving averages that a file may have were never updated.
            (_, Part::RunningMean | Part::RunningVariance, _) => return None,
        };
        Some(format!("{}/{layer}/{part}", layer.network()))
    }

    fn moments(&self, name: ParameterName) -> Option<[String; 2]> {
        let name = self.file_name(name)?;
        Some(["Adam", "Adam_1"].map(|slot| format!("{name}/{slot}")))
    }

    fn always_has_biases(&self) -> bool {
        matches!(self, TensorFlow::Of2018)
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
