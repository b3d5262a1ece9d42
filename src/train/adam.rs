//! Adam as TensorFlow's AdamOptimizer has it: epsilon stands beside the uncorrected second moment.
//!
//! ```text
//! m = beta1 · m + (1 - beta1) · g
//! v = beta2 · v + (1 - beta2) · g²
//! w = w - lr · √(1 - beta2^t) / (1 - beta1^t) · m / (√v + epsilon)
//! ```
//!
//! (Kingma and Ba 2015, the form at the end of section 2.)

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Gradients, Tensor};

use super::options::TrainOptions;

/// The moments of one parameter, its numbers in a row: `[n]` each.
#[derive(Debug, Clone)]
pub struct Moments {
    pub first: Tensor<1>,
    pub second: Tensor<1>,
    /// Updates of this parameter so far. One that was frozen at first has had fewer than others, and its moments are
    /// as far from their start at zero as that.
    pub updates: u64,
}

/// The optimiser of one network.
#[derive(Debug, Clone)]
pub struct Adam {
    /// In the order of `named_parameters`; a parameter that has never learned has none.
    pub moments: Vec<Option<Moments>>,
}

/// The numbers of one update.
struct Rates {
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    learning_rate: f64,
    /// What the gradient is multiplied with, where it is clipped.
    clip: Option<f64>,
}

impl Adam {
    /// For a network of so many parameters.
    pub fn new(parameters: usize) -> Self {
        Self { moments: vec![None; parameters] }
    }

    /// The network after one update. `norm` is that of the whole gradient, for clipping. Each gradient and each
    /// old weight is freed as it is used.
    pub fn update<M: Module>(
        &mut self,
        tracked: M,
        gradients: &mut Gradients,
        norm: f64,
        learning_rate: f64,
        options: &TrainOptions,
    ) -> M {
        let clip = options.clip.filter(|most| norm > *most).map(|most| most / norm);
        let rates = Rates::new(learning_rate, clip, options);
        tracked.map(&mut Update { moments: self.moments.iter_mut(), gradients, rates })
    }

    /// A network's only parameter after one update, its numbers in a row: `[n]`.
    pub fn update_one(
        &mut self,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        learning_rate: f64,
        options: &TrainOptions,
    ) -> Tensor<1> {
        let rates = Rates::new(learning_rate, None, options);
        rates.update(weight, gradient, &mut self.moments[0])
    }
}

struct Update<'a> {
    moments: std::slice::IterMut<'a, Option<Moments>>,
    gradients: &'a mut Gradients,
    rates: Rates,
}

impl ModuleMapper for Update<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let moments = self.moments.next().expect("one place for each parameter of the network");
        let (id, weight, _) = param.consume();
        let gradient = weight.grad_remove(self.gradients);
        let weight = weight.inner();
        let Some(gradient) = gradient else {
            return Param::initialized(id, weight);
        };
        let shape = weight.dims();
        let updated =
            self.rates.update(weight.flatten(0, D - 1), gradient.flatten(0, D - 1), moments);
        Param::initialized(id, updated.reshape(shape))
    }
}

impl Rates {
    fn new(learning_rate: f64, clip: Option<f64>, options: &TrainOptions) -> Self {
        let TrainOptions { beta1, beta2, epsilon, .. } = *options;
        Self { beta1, beta2, epsilon, learning_rate, clip }
    }

    /// The step size of the update of this number, with both corrections.
    fn step_size(&self, t: u64) -> f64 {
        let t = t as f64;
        self.learning_rate * (1.0 - self.beta2.powf(t)).sqrt() / (1.0 - self.beta1.powf(t))
    }

    fn update(
        &self,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        moments: &mut Option<Moments>,
    ) -> Tensor<1> {
        let gradient = match self.clip {
            Some(factor) => gradient * factor,
            None => gradient,
        };
        let first = gradient.clone() * (1.0 - self.beta1);
        let second = gradient.square() * (1.0 - self.beta2);
        let (first, second, updates) = match moments.take() {
            // Nobody else holds the old moments, so that they are written over.
            Some(old) => {
                let first = old.first * self.beta1 + first;
                (first, old.second * self.beta2 + second, old.updates + 1)
            }
            None => (first, second, 1),
        };
        let step_size = self.step_size(updates);
        let change = first.clone() * step_size / (second.clone().sqrt() + self.epsilon);
        *moments = Some(Moments { first, second, updates });
        weight - change
    }
}
