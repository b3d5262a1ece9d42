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
use burn::tensor::Tensor;

use super::options::TrainOptions;
use crate::ops::{self, Rates};

/// The moments of one parameter, flat: `[n]` each.
#[derive(Debug, Clone)]
pub struct Moments {
    pub first: Tensor<1>,
    pub second: Tensor<1>,
    /// Updates of this parameter so far: the moments are corrected for as many. One that was frozen at first has had
    /// fewer than others.
    pub updates: u64,
}

/// The optimiser of one network.
#[derive(Debug, Clone)]
pub struct Adam {
    /// In the order of `named_parameters`; a parameter that has never learned has none.
    pub moments: Vec<Option<Moments>>,
}

/// What the parameters of one network are updated with; the step size depends on the count of updates of each.
struct Update<'a> {
    moments: std::slice::IterMut<'a, Option<Moments>>,
    gradients: std::vec::IntoIter<Option<Tensor<1>>>,
    learning_rate: f64,
    /// The factor of the gradient: 1, unless it is clipped.
    clip: f64,
    options: &'a TrainOptions,
}

impl Adam {
    /// For a network of `parameters` parameters.
    pub fn new(parameters: usize) -> Self {
        Self { moments: vec![None; parameters] }
    }

    /// The network after one update by the gradients of its parameters, `[n]` each, `None` for one that does not learn.
    /// `norm` is that of the whole gradient, for clipping. Each gradient and each old weight is freed as it is used.
    pub fn update<M: Module>(
        &mut self,
        network: M,
        gradients: Vec<Option<Tensor<1>>>,
        norm: f64,
        learning_rate: f64,
        options: &TrainOptions,
    ) -> M {
        let clip = options.clip.filter(|most| norm > *most).map_or(1.0, |most| most / norm);
        let (moments, gradients) = (self.moments.iter_mut(), gradients.into_iter());
        network.map(&mut Update { moments, gradients, learning_rate, clip, options })
    }

    /// A network's only parameter after one update, flat: `[n]`.
    pub fn update_one(
        &mut self,
        weight: Tensor<1>,
        gradient: Tensor<1>,
        learning_rate: f64,
        options: &TrainOptions,
    ) -> Tensor<1> {
        update(weight, gradient, &mut self.moments[0], learning_rate, 1.0, options)
    }
}

impl ModuleMapper for Update<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (moments, gradient) = (self.moments.next().zip(self.gradients.next()))
            .expect("moments and a gradient for each parameter");
        let (id, weight, _) = param.consume();
        let Some(gradient) = gradient else {
            return Param::initialized(id, weight);
        };
        let shape = weight.dims();
        let weight = weight.flatten(0, D - 1);
        let updated =
            update(weight, gradient, moments, self.learning_rate, self.clip, self.options);
        Param::initialized(id, updated.reshape(shape))
    }
}

fn update(
    weight: Tensor<1>,
    gradient: Tensor<1>,
    moments: &mut Option<Moments>,
    learning_rate: f64,
    clip: f64,
    options: &TrainOptions,
) -> Tensor<1> {
    let TrainOptions { beta1, beta2, epsilon, .. } = *options;
    // Nobody else holds the old moments, so that they are written over.
    let Moments { first, second, updates } = moments.take().unwrap_or_else(|| {
        let zeros = Tensor::zeros_like(&weight);
        Moments { first: zeros.clone(), second: zeros, updates: 0 }
    });
    let flat = weight.dims();
    assert!(
        [&gradient, &first, &second].iter().all(|tensor| tensor.dims() == flat),
        "gradient and moments are of the parameter"
    );
    let updates = updates + 1;
    let t = updates as f64;
    let step_size = learning_rate * (1.0 - beta2.powf(t)).sqrt() / (1.0 - beta1.powf(t));
    let rates = Rates { beta1, beta2, epsilon, step_size, clip };
    let (weight, [first, second]) = ops::adam(weight, gradient, [first, second], rates);
    *moments = Some(Moments { first, second, updates });
    weight
}
