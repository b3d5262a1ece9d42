//! A training of pix2pix.py's, out of its checkpoint, as a checkpoint of ours has it.
//!
//! | there | here |
//! | --- | --- |
//! | `global_step` | `step` |
//! | `NETWORK_train/beta2_power`, 0.999 to the power of the updates and one more | `updates` |
//! | `…/Adam`, `…/Adam_1` | `adam.first.…`, `adam.second.…` |
//! | the losses' `…/ExponentialMovingAverage` | `averages` |
//! | `options.json` | `options` |

use serde_json::{Map, Value, json};

use super::bytes::Bytes;
use super::container::{Container, checkpoint};
use super::limits;
use super::tensors::Tensors;
use crate::error::{Error, Result};
use crate::model::{Network, ParameterName};

const STEP: &str = "global_step";
/// Of Adam, which pix2pix.py has no option for.
const BETA2: f64 = 0.999;
/// A smaller power of it is not exact any more, or is zero: that is after 69,000 steps.
const SMALLEST: f64 = 1e-30;
/// How far a power that was multiplied in single precision may be off, as a part of the updates.
const DRIFT: f64 = 1e-3;
/// The averages of the losses, as we name them and as it does.
const AVERAGES: [(&str, &str); 3] = [
    ("discriminator", "discriminator_loss/Mean/ExponentialMovingAverage"),
    ("gan", "generator_loss/Mean/ExponentialMovingAverage"),
    ("l1", "generator_loss/Mean_1/ExponentialMovingAverage"),
];
/// The options of a training, as it spells them and as we do.
const OPTIONS: [(&str, &str); 8] = [
    ("batch_size", "batchSize"),
    ("lr", "learningRate"),
    ("beta1", "beta1"),
    ("l1_weight", "l1Weight"),
    ("gan_weight", "ganWeight"),
    ("scale_size", "scaleSize"),
    ("flip", "flip"),
    ("seed", "seed"),
];

/// What a checkpoint says of its training besides tensors.
pub struct OriginalTraining<'a> {
    step: u64,
    /// Of the generator and of the discriminator.
    updates: [u64; 2],
    averages: Value,
    options: Value,
    /// The tensors that said it.
    pub used: Vec<&'a str>,
}

/// The training of a checkpoint, where it is one of a training and not of a generator alone.
///
/// # Errors
/// `weights/checksum`; `weights/index`: its options can't be read, or its step is no count.
pub fn read<'a>(tensors: &'a Tensors, file: &dyn Bytes) -> Result<Option<OriginalTraining<'a>>> {
    if tensors.container != Container::Checkpoint {
        return Ok(None);
    }
    let bytes = tensors.bytes(file);
    let mut used = Vec::new();
    let mut scalar = |name: &str| -> Result<Option<f64>> {
        let Some((name, entry)) = tensors.entries.get_key_value(name) else { return Ok(None) };
        used.push(&name[..]);
        entry.scalar(name, bytes)
    };
    let Some(step) = scalar(STEP)? else { return Ok(None) };
    if step < 0.0 {
        return Err(Error::Index { detail: format!("{STEP} is {step}, expected a count") });
    }
    let step = step as u64;
    let mut updates = [step; 2];
    for (updates, network) in updates.iter_mut().zip(Network::ALL) {
        scalar(&format!("{}_train/beta1_power", network.name()))?;
        if let Some(power) = scalar(&format!("{}_train/beta2_power", network.name()))? {
            *updates = updates_of(power, step);
        }
    }
    let mut averages = Map::new();
    for (ours, theirs) in AVERAGES {
        let average = scalar(theirs)?.filter(|value| value.is_finite());
        let count = average.map_or(0, |_| step);
        averages
            .insert(ours.into(), json!({ "value": average.unwrap_or_default(), "count": count }));
    }
    let options = options(tensors.metadata.get(checkpoint::OPTIONS))?;
    Ok(Some(OriginalTraining { step, updates, averages: averages.into(), options, used }))
}

/// The updates after which this is the power of beta2, which was beta2 before the first. They are the steps, unless the
/// power says clearly otherwise.
fn updates_of(power: f64, step: u64) -> u64 {
    let counted = power.ln() / BETA2.ln() - 1.0;
    let apart = (counted - step as f64).abs();
    let agrees = apart <= 0.5 + DRIFT * step as f64;
    if agrees || !(SMALLEST..=1.0).contains(&power) { step } else { counted.round() as u64 }
}

/// What of its options is one of ours.
fn options(json: Option<&String>) -> Result<Value> {
    let mut options = Map::new();
    let Some(json) = json else { return Ok(options.into()) };
    let given: Map<String, Value> = serde_json::from_str(json)
        .map_err(|e| limits::json_error(&format!("{} can't be read", checkpoint::OPTIONS), &e))?;
    for (theirs, ours) in OPTIONS {
        // A seed of its own may be longer than one of ours, and decides nothing here that it decided there.
        let is_of_ours = |value: &&Value| {
            theirs != "seed" || value.as_u64().is_some_and(|seed| u32::try_from(seed).is_ok())
        };
        if let Some(value) = given.get(theirs).filter(|value| !value.is_null()).filter(is_of_ours) {
            options.insert(ours.into(), value.clone());
        }
    }
    Ok(options.into())
}

impl OriginalTraining<'_> {
    /// The state of a training as a checkpoint of ours has it, JSON. `learned`: the parameters that have moments.
    pub fn state(&self, learned: impl IntoIterator<Item = ParameterName>) -> String {
        let updates = learned.into_iter().map(|name| {
            let [generator, discriminator] = self.updates;
            let updates = match name.layer.network() {
                Network::Generator => generator,
                Network::Discriminator => discriminator,
            };
            (name.to_string(), Value::from(updates))
        });
        let updates: Map<String, Value> = updates.collect();
        let Self { step, averages, options, .. } = self;
        // Its two networks learn side by side from the first step on.
        json!({ "options": options, "step": step, "pushes_after": 0, "averages": averages, "updates": updates })
            .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The powers as TensorFlow keeps them: in single precision, multiplied once more after each update.
    #[test]
    fn the_power_of_beta2_counts_the_updates() {
        let mut power = 0.999f32;
        for updates in 0..=100_000 {
            if [0, 1, 3, 100, 5_000, 60_000, 100_000].contains(&updates) {
                assert_eq!(updates_of(power.into(), updates), updates);
            }
            if [3, 100, 5_000].contains(&updates) {
                let counted = updates_of(power.into(), 2 * updates + 3);
                assert!(counted.abs_diff(updates) <= updates / 1000, "{updates}: {counted}");
            }
            power *= 0.999;
        }
        assert_eq!([0.0, f64::NAN, -1.0, 2.0].map(|power| updates_of(power, 7)), [7; 4]);
    }

    #[test]
    fn options_that_are_ours_too_are_taken_over() {
        let of = |json: &str| options(Some(&json.into()));
        let read =
            of(r#"{"lr": 1e-3, "batch_size": 4, "flip": false, "seed": 5, "checkpoint": null}"#);
        let expected = json!({ "learningRate": 1e-3, "batchSize": 4, "flip": false, "seed": 5 });
        assert_eq!(read, Ok(expected));
        assert_eq!(of(r#"{"seed": 4294967296, "lr": null}"#), Ok(json!({})));
        assert_eq!(of("[]").unwrap_err().code(), "weights/index");
        assert_eq!(options(None), Ok(json!({})));
    }
}
