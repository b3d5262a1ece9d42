//! Our own names: `generator.encoder_1.conv.weight`, the config and a training's state in the metadata.

use std::collections::BTreeMap;

use super::{KernelAxes, Naming, config_of_shapes};
use crate::error::{Error, Result};
use crate::model::{GeneratorConfig, Layout, Network, ParameterName, Part};
use crate::weights::format::Format;
use crate::weights::limits;
use crate::weights::tensors::Tensors;

/// The metadata's keys.
const CONFIG: &str = "pix2pix-web/generator";
const TRAINING: &str = "pix2pix-web/training";
/// What the names of a training's tensors begin with: an optimiser's moments, and the moving average of the weights.
const TRAININGS: [&str; 2] = ["adam.", "average."];

/// The names that we write.
pub struct Ours;

impl Naming for Ours {
    fn format(&self) -> Format {
        Format::Ours
    }

    fn is_sign(&self, name: &str) -> bool {
        ["generator.encoder_", "generator.decoder_", "discriminator.layer_"]
            .into_iter()
            .any(|start| name.starts_with(start))
    }

    fn file_name(&self, name: ParameterName) -> Option<String> {
        Some(name.to_string())
    }

    fn always_has_biases(&self) -> bool {
        false
    }

    fn network(&self, name: &str) -> Option<Network> {
        let (first, _) = name.split_once('.')?;
        Network::ALL.into_iter().find(|network| network.name() == first)
    }

    fn kernel_axes(&self) -> KernelAxes {
        KernelAxes::OURS
    }

    fn is_extra(&self, _name: &str) -> bool {
        false
    }

    fn config(&self, tensors: &Tensors) -> Result<GeneratorConfig> {
        let mut config = config_of_shapes(self, tensors)?;
        config.running_statistics = tensors.entries.keys().any(|name| {
            name.parse().is_ok_and(|name: ParameterName| name.part == Part::RunningMean)
        });
        let Some(json) = tensors.metadata.get(CONFIG) else { return Ok(config) };
        let mut stored: GeneratorConfig = serde_json::from_str(json).map_err(|e| {
            limits::json_error(&format!("the metadata's {CONFIG} is not a config"), &e)
        })?;
        // No shape tells these.
        (config.norm, config.dropout) = (stored.norm, stored.dropout);
        (config.layout, config.color) = (stored.layout, stored.color);
        config.activation = stored.activation;
        if stored.layout == Layout::PyTorch {
            // There the norm says which convolutions have biases, whatever this field does.
            stored.bias = config.bias;
        }
        if stored == config {
            return Ok(config);
        }
        let detail =
            format!("the metadata says {stored:?}, but the tensors' shapes say {config:?}");
        Err(Error::Index { detail })
    }
}

/// The state of a training, where the file is a checkpoint.
pub fn training(tensors: &Tensors) -> Option<&String> {
    tensors.metadata.get(TRAINING)
}

/// Whether a tensor is a training's.
pub fn is_of_training(name: &str) -> bool {
    TRAININGS.iter().any(|start| name.starts_with(start))
}

/// What a checkpoint calls a moment of a parameter; `which`: `first` or `second`.
pub fn moment_name(which: &str, name: ParameterName) -> String {
    format!("adam.{which}.{name}")
}

/// What a file says besides its tensors.
pub fn metadata(
    config: Option<&GeneratorConfig>,
    training: Option<&str>,
) -> BTreeMap<&'static str, String> {
    let mut metadata = BTreeMap::new();
    if let Some(config) = config {
        let json = serde_json::to_string(config);
        metadata.insert(CONFIG, json.expect("a config of numbers and names is JSON"));
    }
    if let Some(training) = training {
        metadata.insert(TRAINING, training.into());
    }
    metadata
}
