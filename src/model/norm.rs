//! Normalisation behind a convolution: over the batch, over each picture, or none; and its backward pass.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::module::batch_norm;

use super::layer::LayerSpec;
use super::name::Part;
use super::parameters::{NamedParameter, Parameters};
use crate::ops;

/// Added to the variance; the original's value.
pub(crate) const EPSILON: f64 = 1e-5;

/// What a layer normalises over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Norm {
    /// Over the batch and the picture, as in pix2pix.py.
    #[default]
    Batch,
    /// Over each picture alone: the same as `Batch` at batch size 1.
    Instance,
    /// Not at all. pix2pix.py always normalises.
    None,
}

impl Norm {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Which mean and variance batch normalisation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Statistics {
    /// The batch's own, at test time too, as in pix2pix.py.
    #[default]
    Batch,
    /// Those stored with the weights.
    Running,
}

/// Scale and shift after a normalisation, `[C]` each, and the running statistics where there are any.
#[derive(Module, Debug)]
pub(super) struct Normalize {
    gamma: Param<Tensor<1>>,
    beta: Param<Tensor<1>>,
    running_mean: Option<Param<Tensor<1>>>,
    running_variance: Option<Param<Tensor<1>>>,
    /// Over each picture alone, not over the batch.
    #[module(skip)]
    each_picture: bool,
}

/// What the backward pass needs of the forward pass.
#[derive(Debug)]
pub(super) struct Normalized {
    /// `[N·B, C, H, W]`
    input: Tensor<4>,
    statistics: ops::BatchStatistics,
    /// N
    batches: usize,
}

impl Normalize {
    pub fn build<P: Parameters>(
        source: &mut P,
        layer: &LayerSpec,
    ) -> Result<Option<Self>, P::Error> {
        let each_picture = match layer.norm {
            Norm::Batch => false,
            Norm::Instance => true,
            Norm::None => return Ok(None),
        };
        let shape = [layer.channels[1]];
        let mut get = |part| source.get(layer.name.part(part), shape);
        let (gamma, beta) = (get(Part::Gamma)?, get(Part::Beta)?);
        let (mut running_mean, mut running_variance) = (None, None);
        if layer.running {
            running_mean = Some(frozen(get(Part::RunningMean)?));
            running_variance = Some(frozen(get(Part::RunningVariance)?));
        }
        Ok(Some(Self {
            gamma: Param::from_tensor(gamma),
            beta: Param::from_tensor(beta),
            running_mean,
            running_variance,
            each_picture,
        }))
    }

    pub fn collect(&self, layer: &LayerSpec, into: &mut Vec<NamedParameter>) {
        let mut push = |part, parameter| {
            into.push(NamedParameter::new(layer.name.part(part), parameter));
        };
        push(Part::Gamma, &self.gamma);
        push(Part::Beta, &self.beta);
        if let (Some(mean), Some(variance)) = (&self.running_mean, &self.running_variance) {
            push(Part::RunningMean, mean);
            push(Part::RunningVariance, variance);
        }
    }

    /// `[B, C, H, W] -> [B, C, H, W]`
    ///
    /// # Panics
    /// Where running statistics are asked for and there are none.
    pub fn forward(&self, x: Tensor<4>, statistics: Statistics) -> Tensor<4> {
        if statistics == Statistics::Batch {
            return self.forward_by_batches(x, 1).0;
        }
        let (Some(mean), Some(variance)) = (&self.running_mean, &self.running_variance) else {
            panic!("running statistics are asked for, and this model has none");
        };
        batch_norm(x, self.gamma.val(), self.beta.val(), mean.val(), variance.val(), EPSILON)
    }

    /// [`Normalize::forward`] by the statistics of each of some batches that follow each other, with what
    /// [`Normalize::backward`] needs of it.
    pub fn forward_kept(&self, input: Tensor<4>, batches: usize) -> (Tensor<4>, Normalized) {
        let (output, statistics) = self.forward_by_batches(input.clone(), batches);
        (output, Normalized { input, statistics, batches })
    }

    /// [`Normalize::forward`] by the statistics of all pictures of the batch together, and these. A picture of a single pixel
    /// has none: what is left of it is the shift.
    pub fn forward_together(&self, x: Tensor<4>) -> (Tensor<4>, ops::BatchStatistics) {
        let (output, statistics) =
            ops::normalize(x.clone(), self.gamma.val(), self.beta.val(), 1, EPSILON);
        (if is_pixel(&x) { self.shift(x) } else { output }, statistics)
    }

    /// [`Normalize::forward`] by the statistics of others.
    pub fn forward_by(&self, x: Tensor<4>, statistics: &ops::BatchStatistics) -> Tensor<4> {
        if is_pixel(&x) {
            return self.shift(x);
        }
        let ops::BatchStatistics { mean, variance } = statistics.clone();
        batch_norm(x, self.gamma.val(), self.beta.val(), mean, variance, EPSILON)
    }

    /// Beta in place of every value.
    fn shift(&self, x: Tensor<4>) -> Tensor<4> {
        self.beta.val().reshape([1, -1, 1, 1]).expand(x.dims()) // [C] -> [B, C, 1, 1]
    }

    fn forward_by_batches(
        &self,
        x: Tensor<4>,
        batches: usize,
    ) -> (Tensor<4>, ops::BatchStatistics) {
        let groups = self.groups(&x, batches);
        ops::normalize(x, self.gamma.val(), self.beta.val(), groups, EPSILON)
    }

    /// Of pictures that are normalised together.
    fn groups(&self, x: &Tensor<4>, batches: usize) -> usize {
        if self.each_picture { x.dims()[0] } else { batches }
    }

    /// From the output's gradient to the input's, `[B, C, H, W]` both, and those of gamma and beta, `[C]` each.
    pub fn backward(&self, kept: &Normalized, gradient: Tensor<4>) -> (Tensor<4>, [Tensor<1>; 2]) {
        let Normalized { input, statistics, batches } = kept;
        let groups = self.groups(input, *batches);
        let (input, statistics) = (input.clone(), statistics.clone());
        ops::normalize_backward(input, gradient, self.gamma.val(), statistics, groups, EPSILON)
    }
}

impl Normalized {
    /// Of the last batch alone.
    pub fn last_batch(&self) -> Self {
        let Self { input, statistics: ops::BatchStatistics { mean, variance }, batches } = self;
        let last = |x: &Tensor<1>| {
            let count = x.dims()[0] / batches;
            x.clone().narrow(0, (batches - 1) * count, count)
        };
        let statistics = ops::BatchStatistics { mean: last(mean), variance: last(variance) };
        Self { input: last_batch(input, *batches), statistics, batches: 1 }
    }
}

/// The last of some batches that follow each other: `[N·B, C, H, W] -> [B, C, H, W]`.
pub(super) fn last_batch(x: &Tensor<4>, batches: usize) -> Tensor<4> {
    let count = x.dims()[0] / batches;
    x.clone().narrow(0, (batches - 1) * count, count)
}

fn is_pixel(x: &Tensor<4>) -> bool {
    let [_, _, height, width] = x.dims();
    height * width == 1
}

fn frozen(tensor: Tensor<1>) -> Param<Tensor<1>> {
    Param::from_tensor(tensor).set_require_grad(false)
}
