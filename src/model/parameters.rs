//! Where a network's numbers come from: every parameter is asked for by name, shape and role.

use std::convert::Infallible;

use burn::tensor::{Device, Tensor, TensorData};

use crate::random::Random;

/// Standard deviation of the initial weights.
const DEVIATION: f64 = 0.02;

/// What a parameter is for; it decides the initial value and the layout in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A convolution's kernel, `[out, in, 4, 4]`.
    Kernel,
    /// A transposed convolution's kernel, `[in, out, 4, 4]`.
    TransposedKernel,
    Bias,
    Gamma,
    Beta,
    RunningMean,
    RunningVariance,
}

/// A source of parameters. Names are ours, `encoder_1.conv.weight`, whatever a file calls them.
pub trait Parameters {
    type Error;

    /// The tensor of this name, of exactly this shape.
    fn get<const D: usize>(
        &mut self,
        name: &str,
        shape: [usize; D],
        role: Role,
    ) -> Result<Tensor<D>, Self::Error>;
}

/// The original's initial values: kernels N(0, 0.02), gamma N(1, 0.02), biases and betas zero.
/// The same seed gives the same numbers on every device.
pub struct RandomInit<'a> {
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
        _name: &str,
        shape: [usize; D],
        role: Role,
    ) -> Result<Tensor<D>, Infallible> {
        Ok(match role {
            Role::Kernel | Role::TransposedKernel => self.normal(0.0, shape),
            Role::Gamma => self.normal(1.0, shape),
            Role::Bias | Role::Beta | Role::RunningMean => Tensor::zeros(shape, self.device),
            Role::RunningVariance => Tensor::ones(shape, self.device),
        })
    }
}
