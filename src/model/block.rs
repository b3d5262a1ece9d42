//! A layer of either network on its device: its parameters, and its forward pass.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData};

use super::activation::{Activate, Activation};
use super::layer::{Conv, Convolution, Dropout, LayerSpec};
use super::name::Part;
use super::norm::{Normalize, Statistics};
use super::parameters::{NamedParameter, Parameters};
use crate::ops::{self, Direction, PackedWeights, TransformedWeights};
use crate::random::Random;

/// How a forward pass runs. The default is the batch's own statistics, with nothing at random.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mode {
    pub statistics: Statistics,
    /// The seed of the dropout masks; `None` switches dropout off.
    pub dropout: Option<u64>,
    /// The seed of RReLU's random slopes; `None` takes their mean.
    pub slopes: Option<u64>,
}

/// A convolution's kernels, as [`LayerSpec::kernels`] lists them.
#[derive(Module, Debug)]
pub(super) enum Kernel {
    Full(Param<Tensor<4>>),
    Separable(SeparableKernel),
}

/// A full kernel as its device multiplies by it again and again.
#[derive(Debug)]
pub(super) enum KeptKernel {
    Transformed(TransformedWeights),
    Packed(PackedWeights),
}

impl KeptKernel {
    fn convolve(&self, x: Tensor<4>, conv: Conv) -> Tensor<4> {
        match self {
            Self::Transformed(weights) => weights.convolve(x),
            Self::Packed(weights) => {
                let product = conv.product();
                let (direction, stride) = product.expect("kernels of single pixels are not kept");
                weights.convolve(x, stride, direction)
            }
        }
    }
}

#[derive(Module, Debug)]
pub(super) struct SeparableKernel {
    depthwise: Param<Tensor<4>>,
    pointwise: Param<Tensor<4>>,
}

/// A layer, as its row of the table says.
#[derive(Module, Debug)]
pub(super) struct Layer {
    activate: Option<Activate>,
    kernel: Kernel,
    pub(super) bias: Option<Param<Tensor<1>>>,
    pub(super) normalize: Option<Normalize>,
    #[module(skip)]
    pub(super) spec: LayerSpec,
}

impl Kernel {
    fn build<P: Parameters>(source: &mut P, spec: &LayerSpec) -> Result<Self, P::Error> {
        let kernels = spec.kernels().into_iter().map(|(part, shape)| {
            let kernel = source.get(spec.name.part(part), shape)?;
            Ok(Param::from_tensor(kernel))
        });
        let mut kernels = kernels.collect::<Result<Vec<_>, _>>()?.into_iter();
        let mut next = || kernels.next().expect("the table has as many kernels as the kind");
        Ok(match spec.convolution {
            Convolution::Full => Self::Full(next()),
            Convolution::Separable => {
                Self::Separable(SeparableKernel { depthwise: next(), pointwise: next() })
            }
        })
    }
}

impl SeparableKernel {
    fn convolve(&self, x: Tensor<4>, conv: Conv) -> Tensor<4> {
        let direction = match conv {
            Conv::Down { stride } => {
                assert_eq!(stride, 2, "a separable convolution halves the side");
                Direction::Down
            }
            Conv::Up => Direction::Up,
            Conv::Pixel => panic!("a convolution of single pixels has no halves"),
        };
        ops::separable(x, self.depthwise.val(), self.pointwise.val(), direction)
    }
}

impl Layer {
    pub fn build<P: Parameters>(source: &mut P, spec: LayerSpec) -> Result<Self, P::Error> {
        let activate = Activate::build(source, &spec)?;
        let kernel = Kernel::build(source, &spec)?;
        let bias = if spec.bias {
            let bias = source.get(spec.name.part(Part::Bias), [spec.channels[1]])?;
            Some(Param::from_tensor(bias))
        } else {
            None
        };
        let normalize = Normalize::build(source, &spec)?;
        Ok(Self { activate, kernel, bias, normalize, spec })
    }

    /// Adds the layer's parameters to a list, in the order in which [`Layer::build`] asks for them.
    pub fn collect(&self, into: &mut Vec<NamedParameter>) {
        if let Some(activate) = &self.activate {
            activate.collect(&self.spec, into);
        }
        let name = self.spec.name;
        let mut push = |part, kernel| into.push(NamedParameter::new(name.part(part), kernel));
        match &self.kernel {
            Kernel::Full(weight) => push(Part::Weight, weight),
            Kernel::Separable(SeparableKernel { depthwise, pointwise }) => {
                push(Part::Depthwise, depthwise);
                push(Part::Pointwise, pointwise);
            }
        }
        if let Some(bias) = &self.bias {
            into.push(NamedParameter::new(name.part(Part::Bias), bias));
        }
        if let Some(normalize) = &self.normalize {
            normalize.collect(&self.spec, into);
        }
    }

    /// What is behind the activation: `[B, in, H, W] -> [B, out, H', W']`, see [`Conv`].
    pub fn forward(&self, activated: Tensor<4>, mode: Mode) -> Tensor<4> {
        let x = self.convolve(activated);
        let x = self.normalize(x, mode.statistics);
        self.drop_out(x, mode.dropout)
    }

    /// [`Layer::convolve`], by the kept kernel where there is one.
    pub fn convolve_by(&self, kernel: Option<&KeptKernel>, x: Tensor<4>) -> Tensor<4> {
        match kernel {
            Some(kernel) => self.add_bias(kernel.convolve(x, self.spec.conv)),
            None => self.convolve(x),
        }
    }

    /// `[B, in, H, W] -> [B, in, H, W]`
    pub fn activate(&self, x: Tensor<4>, slopes: Option<u64>) -> Tensor<4> {
        match &self.activate {
            Some(activate) => activate.forward(x, slopes),
            None => x,
        }
    }

    /// [`Layer::activate`] of two layers' outputs, the channels of one and then those of the other: `[B, C, H, W]` and
    /// `[B, D, H, W] -> [B, C + D, H, W]`.
    pub fn activate_both(&self, first: Tensor<4>, second: Tensor<4>) -> Tensor<4> {
        match self.spec.activation.map(Activation::slope) {
            None => ops::join(first, second, 1.0),
            Some(Some(slope)) => ops::join(first, second, slope),
            Some(None) => self.activate(ops::join(first, second, 1.0), None),
        }
    }

    /// The convolution with its bias: `[B, in, H, W] -> [B, out, H', W']`.
    pub fn convolve(&self, x: Tensor<4>) -> Tensor<4> {
        self.add_bias(match (&self.kernel, self.spec.conv) {
            (Kernel::Full(weight), Conv::Down { stride }) => ops::down(x, weight.val(), stride),
            (Kernel::Full(weight), Conv::Up) => ops::up(x, weight.val(), 2),
            (Kernel::Full(weight), Conv::Pixel) => ops::pointwise(x, weight.val()),
            (Kernel::Separable(kernel), conv) => kernel.convolve(x, conv),
        })
    }

    /// The kernel of a full convolution.
    pub fn weight(&self) -> Option<Tensor<4>> {
        match &self.kernel {
            Kernel::Full(weight) => Some(weight.val()),
            Kernel::Separable(_) => None,
        }
    }

    /// `[B, out, H', W'] -> [B, out, H', W']`
    fn add_bias(&self, x: Tensor<4>) -> Tensor<4> {
        match &self.bias {
            Some(bias) => x + bias.val().reshape([1, -1, 1, 1]), // [C] -> [1, C, 1, 1]
            None => x,
        }
    }

    /// `[B, out, H', W'] -> [B, out, H', W']`
    pub fn normalize(&self, x: Tensor<4>, statistics: Statistics) -> Tensor<4> {
        match &self.normalize {
            Some(normalize) => normalize.forward(x, statistics),
            None => x,
        }
    }

    /// `[B, out, H', W'] -> [B, out, H', W']`
    pub fn drop_out(&self, x: Tensor<4>, seed: Option<u64>) -> Tensor<4> {
        match (self.spec.dropout, seed) {
            (Some(Dropout { probability, stream }), Some(seed)) => {
                drop_out(x, probability, seed ^ (stream << 32))
            }
            _ => x,
        }
    }
}

/// Sets each value to zero with this probability and scales the rest by `1 / (1 - probability)`.
/// The mask comes from the seed alone, so that every device drops the same values.
fn drop_out(x: Tensor<4>, probability: f64, seed: u64) -> Tensor<4> {
    let shape = x.dims();
    let scale = (1.0 / (1.0 - probability)) as f32;
    let mut random = Random::new(seed);
    let mask: Vec<f32> = (0..shape.iter().product())
        .map(|_| if random.uniform() < probability { 0.0 } else { scale })
        .collect();
    let mask = Tensor::from_data(TensorData::new(mask, shape), &x.device());
    x * mask
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::super::parameters::RandomInit;
    use super::super::{Activation, LayerName, Norm};
    use super::*;

    /// The masks are those of SplitMix64 in Python; one stream's differs from another's.
    #[test]
    fn a_seed_drops_the_same_values_everywhere() {
        let device = Device::flex();
        let kept = |stream, seed| {
            let spec = LayerSpec {
                name: LayerName::Decoder(3),
                activation: Some(Activation::Relu),
                conv: Conv::Up,
                convolution: Convolution::Full,
                channels: [1, 1],
                bias: false,
                norm: Norm::None,
                running: false,
                dropout: Some(Dropout { probability: 0.25, stream }),
            };
            let mut source = RandomInit { device: &device, random: Random::new(7) };
            let Ok(layer) = Layer::build(&mut source, spec);
            let x = layer.drop_out(Tensor::ones([1, 1, 4, 4], &device), seed);
            let values = x.into_data().try_to_vec::<f32>().unwrap();
            // What stays is scaled by 4/3.
            assert!(seed.is_none() || values.iter().all(|x| [0.0, 4.0 / 3.0].contains(x)));
            values.iter().map(|x| u8::from(*x > 0.0)).collect::<Vec<_>>()
        };
        assert_eq!(kept(2, Some(3)), [1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1]);
        assert_eq!(kept(1, Some(3)), [1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1]);
        assert_eq!(kept(1, None), [1; 16]);
    }
}
