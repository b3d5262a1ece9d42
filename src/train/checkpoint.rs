//! A training's state, to and from the parts of a file that are not weights.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::adam::{Adam, Moments};
use super::average::Averages;
use super::options::TrainOptions;
use super::stage::Progress;
use crate::error::{Error, Result};
use crate::model::ParameterName;
use crate::weights::Training;

/// All that a training knows besides its tensors. It stands in a checkpoint's metadata as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredState")]
pub struct State {
    pub options: TrainOptions,
    /// Steps so far.
    pub step: u64,
    pub progress: Progress,
    pub averages: Averages,
    /// How often each parameter that has moments was updated, by its name.
    pub updates: BTreeMap<String, u64>,
}

/// [`State`] as files have it: those of version 0.1 say after which step the discriminator pushes, instead of `progress`.
#[derive(Deserialize)]
struct StoredState {
    options: TrainOptions,
    step: u64,
    progress: Option<Progress>,
    pushes_after: Option<u64>,
    averages: Averages,
    updates: BTreeMap<String, u64>,
}

impl TryFrom<StoredState> for State {
    type Error = &'static str;

    fn try_from(stored: StoredState) -> std::result::Result<Self, Self::Error> {
        let StoredState { options, step, progress, pushes_after, averages, updates } = stored;
        let learned = updates.keys().any(|name| name.starts_with("discriminator."));
        let earlier = || {
            pushes_after
                .map(|after| Progress::of_step(step, after, learned || !options.generator_only))
        };
        let progress = progress.or_else(earlier).ok_or("missing field `progress`")?;
        Ok(Self { options, step, progress, averages, updates })
    }
}

/// The parameters of one network, each with its count of values, in the order of its optimiser's moments.
pub type Parameters = Vec<(ParameterName, usize)>;

/// The state with both optimisers' moments, as a file keeps them: `adam.first.generator.encoder_1.conv.weight`.
pub fn store(state: &State, optimisers: [(&Adam, &Parameters); 2]) -> Training {
    let mut tensors = BTreeMap::new();
    let mut state = state.clone();
    for (adam, parameters) in optimisers {
        for ((name, _), moments) in parameters.iter().zip(&adam.moments) {
            if let Some(Moments { first, second, updates }) = moments {
                state.updates.insert(name.to_string(), *updates);
                tensors.insert(key("first", *name), first.clone());
                tensors.insert(key("second", *name), second.clone());
            }
        }
    }
    let state = serde_json::to_string(&state).expect("numbers and names are JSON");
    Training { state, tensors }
}

/// # Errors
/// `weights/index`: the metadata is no state.
pub fn read_state(training: &Training) -> Result<State> {
    serde_json::from_str(&training.state).map_err(|e| Error::Index {
        detail: format!("the state of the training can't be read: {e}"),
    })
}

/// Takes one network's moments, and how often each was updated, out of what a file held.
///
/// # Errors
/// `weights/shape`, `weights/missing`: a moment that does not fit its parameter. `weights/index`: a count is missing.
pub fn take_adam(
    tensors: &mut BTreeMap<String, Tensor<1>>,
    updates: &mut BTreeMap<String, u64>,
    parameters: &Parameters,
) -> Result<Adam> {
    let mut moments = Vec::with_capacity(parameters.len());
    for (name, count) in parameters {
        let mut take = |which| -> Result<Option<Tensor<1>>> {
            let key = key(which, *name);
            let Some(tensor) = tensors.remove(&key) else { return Ok(None) };
            let [found] = tensor.dims();
            if found != *count {
                let (found, expected) = (format!("[{found}]"), format!("[{count}]"));
                return Err(Error::Shape { name: key, found, expected });
            }
            Ok(Some(tensor))
        };
        moments.push(match (take("first")?, take("second")?) {
            (Some(first), Some(second)) => {
                let Some(updates) = updates.remove(&name.to_string()) else {
                    let detail = format!("the state of the training counts no updates of {name}");
                    return Err(Error::Index { detail });
                };
                Some(Moments { first, second, updates })
            }
            (None, None) => None,
            (first, _) => {
                let missing = if first.is_some() { "second" } else { "first" };
                let name = key(missing, *name);
                return Err(Error::Missing { name, expected: format!("[{count}]") });
            }
        });
    }
    Ok(Adam { moments })
}

fn key(which: &str, name: ParameterName) -> String {
    format!("adam.{which}.{name}")
}
