//! Adam as TensorFlow's AdamOptimizer has it: epsilon stands beside the uncorrected second moment.
//!
//! ```text
//! m = beta1 · m + (1 - beta1) · g
//! v = beta2 · v + (1 - beta2) · g²
//! w = w - lr · √(1 - beta2^t) / (1 - beta1^t) · m / (√v + epsilon)
//! ```
//!
//! (Kingma and Ba 2015, the form at the end of section 2.)

use std::slice::Iter;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use super::options::TrainOptions;
use crate::ops::{self, Rates, Updated};

/// The moments of one parameter of n values.
#[derive(Debug, Clone)]
pub struct Moments {
    /// The first moments and then the second: `[2·n]`.
    pub values: Tensor<1>,
    /// Updates of this parameter so far: the moments are corrected for as many. One that was frozen at first has had
    /// fewer than others.
    pub updates: u64,
}

impl Moments {
    /// From the first and the second, `[n]` each.
    pub fn new(first: Tensor<1>, second: Tensor<1>, updates: u64) -> Self {
        Self { values: Tensor::cat(vec![first, second], 0), updates }
    }

    /// The first and the second, `[n]` each.
    pub fn both(&self) -> [Tensor<1>; 2] {
        let n = self.values.dims()[0] / 2;
        [0, n].map(|start| self.values.clone().narrow(0, start, n))
    }
}

/// The optimiser of one network.
#[derive(Debug, Clone)]
pub struct Adam {
    /// In the order of `named_parameters`; a parameter that has never learned has none.
    pub moments: Vec<Option<Moments>>,
}

impl Adam {
    /// For a network of `parameters` parameters.
    pub fn new(parameters: usize) -> Self {
        Self { moments: vec![None; parameters] }
    }

    /// The network after one update by the gradients of its parameters, `[n]` each, `None` for one that does not learn.
    /// `norm` is that of the whole gradient, for clipping. Weights that nobody else holds are written over.
    pub fn update<M: Module>(
        &mut self,
        network: M,
        gradients: Vec<Option<Tensor<1>>>,
        norm: f64,
        learning_rate: f64,
        options: &TrainOptions,
    ) -> M {
        let clip = options.clip.filter(|most| norm > *most).map_or(1.0, |most| most / norm);
        let learns = gradients.iter().map(Option::is_some).collect::<Vec<_>>();
        let mut take = Take { learns: learns.iter(), taken: Vec::new() };
        let network = network.map(&mut take);
        let gradients = gradients.into_iter().flatten();
        let moments = self.moments.iter_mut().zip(&learns);
        let moments = moments.filter_map(|(moments, learns)| learns.then_some(moments)).collect();
        let updated = update(take.taken, gradients, moments, learning_rate, clip, options);
        network.map(&mut Put { learns: learns.iter(), updated: updated.into_iter() })
    }

    /// A network's only parameter after one update, flat: `[n]`.
    pub fn update_one(
        &mut self,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        learning_rate: f64,
        options: &TrainOptions,
    ) -> Tensor<1> {
        let moments = vec![&mut self.moments[0]];
        let updated = update(vec![weight], [gradient], moments, learning_rate, 1.0, options);
        updated.into_iter().next().expect("one parameter went in")
    }
}

/// Moves the weights that learn out of a network, flat: nobody else holds them then, and they are written over.
struct Take<'a> {
    learns: Iter<'a, bool>,
    taken: Vec<Tensor<1>>,
}

impl ModuleMapper for Take<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if !next(&mut self.learns) {
            return param;
        }
        let (id, weight, _) = param.consume();
        // It keeps the shape, and takes the room of one value.
        let in_its_place = Tensor::<D>::empty([1; D], &weight.device()).expand(weight.dims());
        self.taken.push(weight.flatten(0, D - 1));
        Param::initialized(id, in_its_place)
    }
}

/// Moves the updated weights back in.
struct Put<'a> {
    learns: Iter<'a, bool>,
    updated: std::vec::IntoIter<Tensor<1>>,
}

impl ModuleMapper for Put<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if !next(&mut self.learns) {
            return param;
        }
        let (id, in_its_place, _) = param.consume();
        let weight = self.updated.next().expect("as many come back as were taken");
        Param::initialized(id, weight.reshape(in_its_place.dims()))
    }
}

/// Whether the next parameter learns.
fn next(learns: &mut Iter<bool>) -> bool {
    *learns.next().expect("a gradient or none for each parameter")
}

fn update(
    weights: Vec<Tensor<1>>,
    gradients: impl IntoIterator<Item = Tensor<1>>,
    mut moments: Vec<&mut Option<Moments>>,
    learning_rate: f64,
    clip: f64,
    options: &TrainOptions,
) -> Vec<Tensor<1>> {
    let TrainOptions { beta1, beta2, epsilon, .. } = *options;
    let mut counts = Vec::with_capacity(weights.len());
    let parameters = weights.into_iter().zip(gradients).zip(&mut moments);
    let updates = parameters.map(|((weight, gradient), moments)| {
        // Nobody else holds the old moments, so that they are written over.
        let Moments { values, updates } = moments.take().unwrap_or_else(|| Moments {
            values: Tensor::zeros([2 * weight.dims()[0]], &weight.device()),
            updates: 0,
        });
        let updates = updates + 1;
        counts.push(updates);
        let t = updates as f64;
        let step_size = learning_rate * (1.0 - beta2.powf(t)).sqrt() / (1.0 - beta1.powf(t));
        let rates = Rates { beta1, beta2, epsilon, step_size, clip };
        ops::Update { weight, gradient, moments: values, rates }
    });
    let updated = ops::adam(updates.collect()).into_iter();
    let updated = updated.zip(moments).zip(counts);
    let weights = updated.map(|((updated, moments), updates)| {
        let Updated { weight, moments: values } = updated;
        *moments = Some(Moments { values, updates });
        weight
    });
    weights.collect()
}
