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
    /// `[out, in, 4, 4]` for a convolution's weight, `[in, out, 4, 4]` for a transposed one's, `[1, in, 4, 4]` and
    /// `[out, in, 1, 1]` for a separable one's, `[C]` for the rest.
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

/// The original's initial values: weights N(0, 0.02), gamma N(1, 0.02), biases and betas zero; and of the activations that
/// it has not, see [`Activation`](super::Activation).
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
            Part::Weight | Part::Depthwise | Part::Pointwise => self.normal(0.0, shape),
            Part::Gamma => self.normal(1.0, shape),
            Part::Bias | Part::Beta | Part::RunningMean | Part::LeftThreshold => {
                Tensor::zeros(shape, self.device)
            }
            Part::RunningVariance | Part::RightThreshold | Part::RightSlope => {
                Tensor::ones(shape, self.device)
            }
            Part::Slope => Tensor::full(shape, 0.25, self.device),
            Part::LeftSlope => Tensor::full(shape, 0.2, self.device),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DiscriminatorConfig, GeneratorConfig};
    use super::*;

    /// Holds the first and the last value of every weight and gamma against SplitMix64 and Box and Muller's method in
    /// Python. A layer that asked out of turn would shift all that follow.
    fn compare(parameters: Vec<NamedParameter>, expected: &[(&str, [f64; 2])]) {
        let drawn: Vec<_> = (parameters.into_iter())
            .filter(|parameter| matches!(parameter.name.part, Part::Weight | Part::Gamma))
            .collect();
        assert_eq!(drawn.len(), expected.len());
        for (parameter, (name, ends)) in drawn.into_iter().zip(expected) {
            assert_eq!(parameter.name.to_string(), *name);
            let values = parameter.values.into_data().try_to_vec::<f32>().unwrap();
            for (ours, theirs) in [values[0], values[values.len() - 1]].into_iter().zip(ends) {
                // Rounded to f32 around 1.
                assert!((f64::from(ours) - theirs).abs() < 1e-7, "{name}: {ours}, {theirs}");
            }
        }
    }

    #[test]
    fn a_seed_stands_for_these_weights() {
        let device = Device::flex();
        let generator = GeneratorConfig { ngf: 1, depth: 2, bias: true, ..Default::default() };
        compare(
            generator.init(&device, 7).named_parameters(),
            &[
                ("generator.encoder_1.conv.weight", [0.019769486646, -0.021735731859]),
                ("generator.encoder_2.conv.weight", [-0.023908234980, -0.023689189094]),
                ("generator.encoder_2.norm.gamma", [0.989014410397, 1.025634170386]),
                ("generator.decoder_2.conv.weight", [-0.015790537922, -0.018778345732]),
                ("generator.decoder_2.norm.gamma", [1.044725046235, 1.044725046235]),
                ("generator.decoder_1.conv.weight", [0.019963970004, -0.015252283201]),
            ],
        );
        let discriminator = DiscriminatorConfig { ndf: 1, bias: true, ..Default::default() };
        compare(
            discriminator.init(&device, 7).named_parameters(),
            &[
                ("discriminator.layer_1.conv.weight", [0.019769486646, -0.013253476148]),
                ("discriminator.layer_2.conv.weight", [0.006895652558, -0.032821088352]),
                ("discriminator.layer_2.norm.gamma", [0.979486221660, 1.016741866052]),
                ("discriminator.layer_3.conv.weight", [0.031103792598, 0.009651022029]),
                ("discriminator.layer_3.norm.gamma", [0.994471259072, 0.966888328701]),
                ("discriminator.layer_4.conv.weight", [0.025566565625, -0.007946052445]),
                ("discriminator.layer_4.norm.gamma", [0.989796030218, 0.974868419554]),
                ("discriminator.layer_5.conv.weight", [-0.048395174245, 0.016344123934]),
            ],
        );
    }
}
