//! The activations: what stands before a convolution, so that the network is not linear.
//!
//! pix2pix.py has LeakyReLU before each convolution of the encoder but the first, and ReLU before each of the decoder. A
//! generator may have another one in LeakyReLU's place; the decoder's, and the discriminator's, stay.

use burn::module::{Module, Param};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::layer::LayerSpec;
use super::name::{LayerName, Part};
use super::parameters::{NamedParameter, Parameters};
use crate::ops;
use crate::random::Random;

/// An activation before a convolution, element by element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[cfg_attr(feature = "cli", value(rename_all = "lower"))]
pub enum Activation {
    /// `1 / (1 + e^-x)`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// `x` above zero, 0 below.
    Relu,
    /// `x` above zero, `0.2 x` below, as in pix2pix.py (Maas et al. 2013, with a slope of 0.01).
    #[default]
    LeakyRelu,
    /// `x` above zero, `e^x - 1` below (Clevert et al. 2015, section 3, with an alpha of 1).
    Elu,
    /// `x` above zero, `a x` below: `a` is learned, one a channel, from 0.25 on (He et al. 2015, equation 1).
    PRelu,
    /// `x` above zero, `a x` below: in training `a` is drawn anew for each element, evenly from 1/8 to 1/3, and otherwise it
    /// is their mean, 11/48. That is PyTorch's `RReLU`; Xu et al. 2015, section 2.4, divide by 3 to 8, and by 5.5.
    RRelu,
    /// `x` between two thresholds, with slopes of their own beyond them: `t_r + a_r (x - t_r)` above `t_r` and `t_l + a_l (x -
    /// t_l)` below `t_l`; all four are learned, for each channel (Jin et al. 2015, section 2). It begins as LeakyReLU, with `t_l` 0, `a_l`
    /// 0.2, `t_r` 1 and `a_r` 1. The paper holds it there for some epochs and then takes `t_r` from the inputs; here it is one
    /// deviation of what comes out of a new norm. Where there is none, before encoder_2, inputs are smaller at first.
    SRelu,
}

/// Between which RReLU's slopes lie.
const RANDOM_SLOPES: [f64; 2] = [1.0 / 8.0, 1.0 / 3.0];

impl Activation {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// As files and options spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Relu => "relu",
            Self::LeakyRelu => "leakyrelu",
            Self::Elu => "elu",
            Self::PRelu => "prelu",
            Self::RRelu => "rrelu",
            Self::SRelu => "srelu",
        }
    }

    /// The slope below zero where it is no parameter, it being 1 above: of RReLU outside of training.
    pub(crate) fn slope(self) -> Option<f64> {
        match self {
            Self::Relu => Some(0.0),
            Self::LeakyRelu => Some(0.2),
            Self::RRelu => Some(RANDOM_SLOPES.iter().sum::<f64>() / 2.0),
            Self::Sigmoid | Self::Tanh | Self::Elu | Self::PRelu | Self::SRelu => None,
        }
    }

    /// Whether it leaves positive values as they are and makes no other ones positive: a ReLU makes the same of its output as of its
    /// input.
    pub(super) fn leaves_positive(self) -> bool {
        matches!(self, Self::Relu | Self::LeakyRelu | Self::Elu | Self::RRelu)
    }

    /// What it learns, one value for each channel of its input.
    pub fn parts(self) -> &'static [Part] {
        match self {
            Self::PRelu => &[Part::Slope],
            Self::SRelu => {
                &[Part::LeftThreshold, Part::LeftSlope, Part::RightThreshold, Part::RightSlope]
            }
            _ => &[],
        }
    }

    /// Copies of its input that are held until the backward pass, besides the input and the output.
    pub(super) fn copies(self) -> usize {
        match self {
            Self::Sigmoid | Self::Tanh | Self::Relu | Self::LeakyRelu => 0,
            Self::Elu | Self::PRelu | Self::RRelu => 1,
            Self::SRelu => 4,
        }
    }
}

/// An activation of a layer, with what it learns.
#[derive(Module, Debug)]
pub(super) struct Activate {
    /// As [`Activation::parts`] lists them, `[C]` each.
    learned: Vec<Param<Tensor<1>>>,
    #[module(skip)]
    activation: Activation,
    /// The layer's number, which is the stream that random slopes come from: of the layers that have some, all encoders, no two
    /// share one.
    #[module(skip)]
    stream: u64,
}

impl Activate {
    pub fn build<P: Parameters>(
        source: &mut P,
        layer: &LayerSpec,
    ) -> Result<Option<Self>, P::Error> {
        let Some(activation) = layer.activation else { return Ok(None) };
        let learned = activation.parts().iter().map(|part| {
            let values = source.get(layer.name.part(*part), [layer.channels[0]])?;
            Ok(Param::from_tensor(values))
        });
        let (LayerName::Encoder(number) | LayerName::Decoder(number) | LayerName::Layer(number)) =
            layer.name;
        let learned = learned.collect::<Result<Vec<_>, _>>()?;
        Ok(Some(Self { learned, activation, stream: number as u64 }))
    }

    pub fn collect(&self, layer: &LayerSpec, into: &mut Vec<NamedParameter>) {
        let parts = self.activation.parts().iter();
        into.extend(
            parts
                .zip(&self.learned)
                .map(|(part, learned)| NamedParameter::new(layer.name.part(*part), learned)),
        );
    }

    /// `[B, C, H, W] -> [B, C, H, W]`. `seed`: of random slopes; `None` takes their mean.
    pub fn forward(&self, x: Tensor<4>, seed: Option<u64>) -> Tensor<4> {
        match (self.activation, &self.learned[..], seed) {
            (Activation::Sigmoid, ..) => sigmoid(x),
            (Activation::Tanh, ..) => ops::tanh(x),
            (Activation::Elu, ..) => {
                let [above, below] = halves(x);
                above + below.exp() - 1.0
            }
            (Activation::PRelu, [slope], _) => {
                let [above, below] = halves(x);
                above + below * of_channels(slope)
            }
            (Activation::RRelu, _, Some(seed)) => {
                let slopes = random_slopes(&x, seed ^ (self.stream << 32));
                let [above, below] = halves(x);
                above + below * slopes
            }
            (Activation::SRelu, [left_threshold, left_slope, right_threshold, right_slope], _) => {
                // Where the thresholds change places, both slopes add up instead of contradicting each other.
                let [_, left] = halves(x.clone() - of_channels(left_threshold));
                let [right, _] = halves(x.clone() - of_channels(right_threshold));
                x + left * (of_channels(left_slope) - 1.0)
                    + right * (of_channels(right_slope) - 1.0)
            }
            (activation, ..) => {
                let slope = activation.slope().expect("the rest has a fixed slope below zero");
                ops::rectify(x, slope)
            }
        }
    }
}

/// `max(x, 0)` and `min(x, 0)`. At zero the slope is that of the second.
fn halves(x: Tensor<4>) -> [Tensor<4>; 2] {
    let above = ops::rectify(x.clone(), 0.0);
    [above.clone(), x - above]
}

/// `[C] -> [1, C, 1, 1]`
fn of_channels(learned: &Param<Tensor<1>>) -> Tensor<4> {
    learned.val().reshape([1, -1, 1, 1])
}

/// One for each element of `x`. They come from the seed alone, so that every device draws the same ones.
fn random_slopes(x: &Tensor<4>, seed: u64) -> Tensor<4> {
    let shape = x.dims();
    let [least, most] = RANDOM_SLOPES;
    let mut random = Random::new(seed);
    let slopes: Vec<f32> = (0..shape.iter().product())
        .map(|_| (least + (most - least) * random.uniform()) as f32)
        .collect();
    Tensor::from_data(TensorData::new(slopes, shape), &x.device())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use burn::tensor::{Device, Distribution, Gradients};

    use super::super::layer::{Conv, Convolution};
    use super::super::name::ParameterName;
    use super::super::norm::Norm;
    use super::*;

    const ALL: [Activation; 8] = [
        Activation::Sigmoid,
        Activation::Tanh,
        Activation::Relu,
        Activation::LeakyRelu,
        Activation::Elu,
        Activation::PRelu,
        Activation::RRelu,
        Activation::SRelu,
    ];
    const SHAPE: [usize; 4] = [2, 3, 5, 4];
    const SEED: u64 = 9;
    const LAYER: usize = 3;

    /// In double precision: the value for an input, what is learned (of RReLU the slope), and the slopes with respect to all.
    fn exact(activation: Activation, x: f64, learned: &[f64]) -> (f64, Vec<f64>) {
        let [above, below] = [x.max(0.0), x.min(0.0)];
        let is_above = f64::from(u8::from(x > 0.0));
        match activation {
            Activation::Sigmoid => {
                let y = 1.0 / (1.0 + (-x).exp());
                (y, vec![y * (1.0 - y)])
            }
            Activation::Tanh => (x.tanh(), vec![1.0 - x.tanh().powi(2)]),
            Activation::Relu => (above, vec![is_above]),
            Activation::LeakyRelu => (above + 0.2 * below, vec![0.2 + 0.8 * is_above]),
            Activation::Elu => (above + below.exp_m1(), vec![below.exp()]),
            Activation::PRelu | Activation::RRelu => {
                let slope = learned[0];
                (above + slope * below, vec![slope + (1.0 - slope) * is_above, below])
            }
            Activation::SRelu => {
                // By cases, as Jin et al. write it.
                let [left_at, left, right_at, right] = learned[..] else { panic!("four of them") };
                if x > right_at {
                    (
                        right_at + right * (x - right_at),
                        vec![right, 0.0, 0.0, 1.0 - right, x - right_at],
                    )
                } else if x <= left_at {
                    (left_at + left * (x - left_at), vec![left, 1.0 - left, x - left_at, 0.0, 0.0])
                } else {
                    (x, vec![1.0, 0.0, 0.0, 0.0, 0.0])
                }
            }
        }
    }

    /// Values of a trained network, other than those of a new one.
    struct Learned<'a>(&'a Device, Random);

    impl Parameters for Learned<'_> {
        type Error = Infallible;

        fn get<const D: usize>(
            &mut self,
            name: ParameterName,
            shape: [usize; D],
        ) -> Result<Tensor<D>, Infallible> {
            let middle = match name.part {
                Part::LeftThreshold => -0.4,
                Part::RightThreshold => 0.6,
                Part::RightSlope => 0.8,
                _ => 0.3,
            };
            let count = shape.iter().product();
            let values: Vec<f32> =
                (0..count).map(|_| (middle + 0.3 * (self.1.uniform() - 0.5)) as f32).collect();
            Ok(Tensor::from_data(TensorData::new(values, shape), self.0))
        }
    }

    fn activate(activation: Activation, device: &Device) -> Activate {
        let layer = LayerSpec {
            name: LayerName::Encoder(LAYER),
            activation: Some(activation),
            conv: Conv::Down { stride: 2 },
            convolution: Convolution::Full,
            channels: [SHAPE[1], 1],
            bias: false,
            norm: Norm::None,
            running: false,
            dropout: None,
        };
        let Ok(built) = Activate::build(&mut Learned(device, Random::new(7)), &layer);
        built.expect("the layer has one")
    }

    fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
        let values = tensor.into_data().try_to_vec::<f32>().unwrap();
        values.into_iter().map(f64::from).collect()
    }

    fn take<const D: usize>(tensor: &Tensor<D>, gradients: &mut Gradients) -> Vec<f64> {
        numbers(tensor.grad_remove(gradients).expect("it is a leaf"))
    }

    /// Of each channel, what the element `i` of the tensor is worked on with.
    fn learned_at(learned: &[Vec<f64>], slopes: &[f64], i: usize) -> Vec<f64> {
        let channel = i / (SHAPE[2] * SHAPE[3]) % SHAPE[1];
        match slopes {
            [] => learned.iter().map(|values| values[channel]).collect(),
            _ => vec![slopes[i]],
        }
    }

    /// The formulas against finite differences, and the networks' values and Burn's gradients against the formulas.
    #[test]
    fn values_and_gradients_are_those_of_the_formulas() {
        let device = Device::flex().autodiff();
        for activation in ALL {
            // From -6 to 6, so that all branches are taken, with a few zeros; not near where a slope changes, but for them.
            let mut random = Random::new(5);
            let count = SHAPE.iter().product();
            let inputs: Vec<f32> = (0..count)
                .map(|i| if i % 11 == 0 { 0.0 } else { (12.0 * random.uniform() - 6.0) as f32 })
                .collect();
            let weights: Vec<f32> = (0..count).map(|_| random.normal_pair()[0] as f32).collect();
            let on_device = |values: &[f32]| {
                Tensor::<4>::from_data(TensorData::new(values.to_vec(), SHAPE), &device)
            };
            let layer = activate(activation, &device);
            let learned: Vec<_> =
                layer.learned.iter().map(|values| numbers(values.val())).collect();
            let slopes = match activation {
                Activation::RRelu => {
                    let mut drawn = Random::new(SEED ^ ((LAYER as u64) << 32));
                    let slope = |_| 1.0 / 8.0 + (1.0 / 3.0 - 1.0 / 8.0) * drawn.uniform();
                    (0..count).map(slope).collect()
                }
                _ => Vec::new(),
            };

            let x = on_device(&inputs).require_grad();
            let y = layer.forward(x.clone(), Some(SEED));
            let mut gradients = (y.clone() * on_device(&weights)).sum().backward();
            let (y, of_x) = (numbers(y), take(&x, &mut gradients));
            let of_learned: Vec<_> =
                layer.learned.iter().map(|values| take(&values.val(), &mut gradients)).collect();

            let mut sums = vec![vec![0.0; SHAPE[1]]; learned.len()];
            for (i, (x, weight)) in inputs.iter().zip(&weights).enumerate() {
                let (x, weight) = (f64::from(*x), f64::from(*weight));
                let at = learned_at(&learned, &slopes, i);
                let (value, derivatives) = exact(activation, x, &at);
                // A few roundings in single precision of values up to 6.
                assert!((y[i] - value).abs() < 2e-6, "{activation:?} of {x}: {} {value}", y[i]);
                let expected = weight * derivatives[0];
                assert!((of_x[i] - expected).abs() < 2e-6, "{activation:?} at {x}: {}", of_x[i]);
                for (k, sum) in sums.iter_mut().enumerate() {
                    sum[i / (SHAPE[2] * SHAPE[3]) % SHAPE[1]] += weight * derivatives[k + 1];
                }
                if x == 0.0 {
                    continue; // finite differences see both sides
                }
                const STEP: f64 = 1e-5;
                for (k, derivative) in derivatives.iter().enumerate() {
                    let beside = |step: f64| {
                        let (mut x, mut at) = (x, at.clone());
                        match k {
                            0 => x += step,
                            _ => at[k - 1] += step,
                        }
                        exact(activation, x, &at).0
                    };
                    let found = (beside(STEP) - beside(-STEP)) / (2.0 * STEP);
                    // The third derivatives times a sixth of the step's square.
                    assert!((found - derivative).abs() < 1e-9, "{activation:?} at {x}, {k}");
                }
            }
            for (found, expected) in of_learned.iter().flatten().zip(sums.iter().flatten()) {
                // Sums of 40 products of up to 20, in single precision.
                assert!((found - expected).abs() < 1e-4, "{activation:?}: {found}, {expected}");
            }
        }
    }

    #[test]
    fn large_inputs_stay_finite() {
        let device = Device::flex().autodiff();
        for activation in ALL {
            let x =
                Tensor::<4>::from_floats([[[[-1e4, 1e4]], [[-200., 200.]], [[-1., 1.]]]], &device);
            let x = x.require_grad();
            let y = activate(activation, &device).forward(x.clone(), None);
            let mut gradients = y.clone().sum().backward();
            let all = [numbers(y), take(&x, &mut gradients)].concat();
            assert!(all.iter().all(|value| value.is_finite()), "{activation:?}: {all:?}");
        }
    }

    #[test]
    fn random_slopes_hang_on_seed_and_layer_alone_and_have_a_mean() {
        let device = Device::flex();
        let below = |seed, stream| {
            let layer = Activate { stream, ..activate(Activation::RRelu, &device) };
            numbers(layer.forward(-Tensor::<4>::ones([2, 8, 32, 32], &device), seed))
        };
        let drawn = below(Some(1), 2);
        assert_eq!(drawn, below(Some(1), 2));
        assert_ne!(drawn, below(Some(2), 2));
        assert_ne!(drawn, below(Some(1), 3));
        assert!(drawn.iter().all(|y| (-1.0 / 3.0 - 1e-7..=-1.0 / 8.0).contains(y)));
        let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        // Five standard errors of an even distribution.
        let error = (1.0 / 3.0 - 1.0 / 8.0) / (12.0 * drawn.len() as f64).sqrt();
        assert!((mean + 11.0 / 48.0).abs() < 5.0 * error, "{mean}");
        let at_test = below(None, 2);
        assert!(at_test.iter().all(|y| (y + 11.0 / 48.0).abs() < 1e-7));
    }

    #[test]
    fn a_new_srelu_is_a_leaky_relu() {
        let device = Device::flex();
        let config = |activation| super::super::GeneratorConfig {
            ngf: 2,
            depth: 5,
            activation,
            ..Default::default()
        };
        let x = Tensor::random([1, 3, 32, 32], Distribution::Uniform(-1., 1.), &device);
        let made = |activation| {
            let generator = config(activation).init(&device, 7);
            numbers(generator.forward(x.clone(), Default::default()))
        };
        let [srelu, leaky] = [Activation::SRelu, Activation::LeakyRelu].map(made);
        let largest = leaky.iter().fold(0.0, |most: f64, y| most.max(y.abs()));
        for (a, b) in srelu.into_iter().zip(leaky) {
            assert!((a - b).abs() < 1e-5 * largest, "{a}, {b}"); // rounded otherwise
        }
    }
}
