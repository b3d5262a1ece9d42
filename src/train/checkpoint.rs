//! A training's state, to and from the parts of a file that are not weights.

use std::collections::BTreeMap;
use std::fmt::Display;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::adam::{Adam, Moments};
use super::average::Averages;
use super::options::TrainOptions;
use super::stage::Progress;
use crate::error::{Error, Result};
use crate::model::{self, Generator, GeneratorConfig, ParameterName};
use crate::weights::{Training, moment_name};

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

/// The largest count in a checkpoint: JavaScript counts no further, and there is room to count on.
const MOST: u64 = 1 << 53;

/// The state with both optimisers' moments and the moving average of the generator's weights, where there is one, as a
/// file stores them: `adam.first.generator.encoder_1.conv.weight`, `average.generator.encoder_1.conv.weight`.
pub fn store(
    state: &State,
    optimisers: [(&Adam, &Parameters); 2],
    average: Option<&Generator>,
) -> Training {
    let averaged = average.into_iter().flat_map(Generator::named_parameters);
    let mut tensors: BTreeMap<_, _> =
        averaged.map(|parameter| (average_key(parameter.name), parameter.values)).collect();
    let mut state = state.clone();
    for (adam, parameters) in optimisers {
        for ((name, _), moments) in parameters.iter().zip(&adam.moments) {
            if let Some(moments) = moments {
                state.updates.insert(name.to_string(), moments.updates);
                let [first, second] = moments.both();
                tensors.insert(moment_name("first", *name), first);
                tensors.insert(moment_name("second", *name), second);
            }
        }
    }
    let state = serde_json::to_string(&state).expect("a state is JSON");
    Training { state, tensors }
}

/// `config`: of the generator that is trained.
///
/// # Errors
/// `weights/index`: the metadata is no state, or its options or counts can't be.
pub fn read_state(training: &Training, config: &GeneratorConfig) -> Result<State> {
    let damaged = |why: &dyn Display| Error::Index {
        detail: format!("the state of the training can't be read: {why}"),
    };
    let state: State = serde_json::from_str(&training.state).map_err(|e| damaged(&e))?;
    let checked = state.options.check().and_then(|()| state.options.check_for(config));
    checked.map_err(|e| damaged(&e))?;
    let counts =
        [("step", state.step), ("updates", state.updates.values().copied().max().unwrap_or(0))];
    for (name, count) in counts {
        if count > MOST {
            return Err(damaged(&format!("{name} is {count}, expected at most {MOST}")));
        }
    }
    Ok(state)
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
            let key = moment_name(which, *name);
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
                Some(Moments::new(first, second, updates))
            }
            (None, None) => None,
            (first, _) => {
                let missing = if first.is_some() { "second" } else { "first" };
                let name = moment_name(missing, *name);
                return Err(Error::Missing { name, expected: format!("[{count}]") });
            }
        });
    }
    Ok(Adam { moments })
}

/// Takes the moving average of the generator's weights out of what a file held, where it is there.
///
/// # Errors
/// `weights/shape`, `weights/missing`: a tensor of it does not fit its parameter.
pub fn take_average(
    tensors: &mut BTreeMap<String, Tensor<1>>,
    config: &GeneratorConfig,
) -> Result<Option<Generator>> {
    if !tensors.keys().any(|name| name.starts_with(AVERAGE)) {
        return Ok(None);
    }
    config.build(&mut AverageOf(tensors)).map(Some)
}

struct AverageOf<'a>(&'a mut BTreeMap<String, Tensor<1>>);

impl model::Parameters for AverageOf<'_> {
    type Error = Error;

    fn get<const D: usize>(&mut self, name: ParameterName, shape: [usize; D]) -> Result<Tensor<D>> {
        let name = average_key(name);
        let Some(tensor) = self.0.remove(&name) else {
            return Err(Error::Missing { name, expected: format!("{shape:?}") });
        };
        let count: usize = shape.iter().product();
        if tensor.dims() != [count] {
            let (found, expected) = (format!("{:?}", tensor.dims()), format!("{shape:?}"));
            return Err(Error::Shape { name, found, expected });
        }
        Ok(tensor.reshape(shape))
    }
}

const AVERAGE: &str = "average.";

fn average_key(name: ParameterName) -> String {
    format!("{AVERAGE}{name}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Of pictures of 64 by 64.
    fn small() -> GeneratorConfig {
        GeneratorConfig { depth: 6, ..Default::default() }
    }

    fn training(change: impl FnOnce(&mut Value)) -> Training {
        let state = State {
            options: TrainOptions::default(),
            step: 7,
            progress: Progress::of_new_networks(),
            averages: Averages::default(),
            updates: BTreeMap::from([("generator.encoder_1.conv.weight".into(), 7)]),
        };
        let mut value = serde_json::to_value(state).unwrap();
        change(&mut value);
        Training { state: value.to_string(), tensors: BTreeMap::new() }
    }

    #[test]
    fn a_state_comes_back_as_it_was_stored() {
        let state = read_state(&training(|_| ()), &small()).unwrap();
        assert_eq!((state.step, state.options), (7, TrainOptions::default()));
        assert_eq!(state.progress, Progress::of_new_networks());
    }

    #[test]
    fn options_and_counts_that_can_not_be_are_the_files_fault() {
        for (field, value, word) in [
            ("/options/batchSize", json!(0), "batchSize is 0"),
            ("/options/batchSize", json!(1_000_000_000), "batchSize"),
            ("/options/learningRate", json!(-1), "learningRate"),
            ("/options/scaleSize", json!(63), "scaleSize is 63"),
            ("/options/color", json!("red"), "color"),
            ("/step", json!(u64::MAX), "step"),
            ("/updates/generator.encoder_1.conv.weight", json!(u64::MAX), "updates"),
            ("/progress", json!(null), "progress"),
        ] {
            let changed = training(|state| {
                let (parent, name) = field.rsplit_once('/').unwrap();
                let parent = state.pointer_mut(parent).unwrap().as_object_mut().unwrap();
                parent.insert(name.into(), value.clone());
            });
            let error = read_state(&changed, &small()).unwrap_err();
            assert_eq!(error.code(), "weights/index", "{field}");
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    /// Counts at their bound can be added to.
    #[test]
    fn the_largest_counts_are_read() {
        let state = training(|state| state["step"] = json!(MOST));
        assert_eq!(read_state(&state, &small()).unwrap().step, MOST);
    }
}
