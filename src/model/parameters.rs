//! Where a network's parameters come from, and how they are listed.

use std::convert::Infallible;

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};

use super::name::{ParameterName, Part};
use crate::random::Random;

/// Standard deviation of the initial weights.
const DEVIATION: f64 = 0.02;

/// A source of parameters: a file, or chance. A network asks it for each of its own, in the order of its layers.
pub trait Parameters {
    type Error;

    /// The tensor of this name, of exactly this shape.
    fn get<const D: usize>(
        &mut self,
        name: ParameterName,
        shape: [usize; D],
    ) -> Result<Tensor<D>, Self::Error>;
}

/// A parameter of a network.
#[derive(Debug, Clone)]
pub struct NamedParameter {
    pub name: ParameterName,
    /// `[out, in, 4, 4]` for a convolution's weight, `[in, out, 4, 4]` for a transposed one's, `[C]` for the rest.
    pub shape: Vec<usize>,
    /// Flat: one axis, whatever the shape.
    pub values: Tensor<1>,
}

impl NamedParameter {
    pub(super) fn new<const D: usize>(name: ParameterName, parameter: &Param<Tensor<D>>) -> Self {
        let tensor = parameter.val();
        Self { name, shape: tensor.dims().to_vec(), values: tensor.flatten(0, D - 1) }
    }
}

/// The original's initial values: weights N(0, 0.02), gamma N(1, 0.02), biases and betas zero.
/// The same seed makes the same values on every device.
pub(super) struct RandomInit<'a> {
    pub device: &'a Device,
    pub random: Random,
}

impl RandomInit<'_> {
    fn normal<const D: usize>(&mut self, mean: f64, shape: [usize; D]) -> Tensor<D> {
        let count: usize = shape.iter().product();
        let mut values = Vec::with_capacity(count + 1);
        while values.len() < count {
            values.extend(self.random.normal_pair().map(|x| (mean + DEVIATION * x) as f32));
        }
        values.truncate(count);
        Tensor::from_data(TensorData::new(values, shape), self.device)
    }
}

impl Parameters for RandomInit<'_> {
    type Error = Infallible;

    fn get<const D: usize>(
        &mut self,
        name: ParameterName,
        shape: [usize; D],
    ) -> Result<Tensor<D>, Infallible> {
        Ok(match name.part {
            Part::Weight => self.normal(0.0, shape),
            Part::Gamma => self.normal(1.0, shape),
            Part::Bias | Part::Beta | Part::RunningMean => Tensor::zeros(shape, self.device),
            Part::RunningVariance => Tensor::ones(shape, self.device),
        })
    }
}
