//! Where a network's numbers come from: every parameter is asked for by name, shape and role.

use std::convert::Infallible;

use burn::tensor::{Device, Distribution, Tensor};

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
/// The random numbers are the device's own: seed it with `Device::seed`.
pub struct RandomInit<'a> {
    pub device: &'a Device,
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
            Role::Kernel | Role::TransposedKernel => {
                Tensor::random(shape, Distribution::Normal(0.0, 0.02), self.device)
            }
            Role::Gamma => Tensor::random(shape, Distribution::Normal(1.0, 0.02), self.device),
            Role::Bias | Role::Beta | Role::RunningMean => Tensor::zeros(shape, self.device),
            Role::RunningVariance => Tensor::ones(shape, self.device),
        })
    }
}
