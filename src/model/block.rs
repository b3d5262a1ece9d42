//! The building blocks: a convolution down, a convolution up, and the normalisation behind each.

use burn::module::{Module, Param};
use burn::tensor::module::batch_norm;
use burn::tensor::{Tensor, TensorData};

use super::name::{LayerName, Part};
use super::parameters::{NamedParameter, Parameters};
use crate::ops;
use crate::random::Random;

/// The kernel's side in both networks.
const KERNEL: usize = 4;
/// Slope of the LeakyReLU in the encoder and the discriminator.
const LEAK: f64 = 0.2;
/// Added to the variance; the original's value.
const EPSILON: f64 = 1e-5;

/// What a layer normalises over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Norm {
    /// Over the batch and the picture, as in pix2pix.py.
    #[default]
    Batch,
    /// Over each picture alone: the same as `Batch` at batch size 1.
    Instance,
}

/// Which mean and variance batch normalisation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Statistics {
    /// The batch's own, at test time too, as in pix2pix.py.
    #[default]
    Batch,
    /// Those stored with the weights.
    Running,
}

/// How a forward pass runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mode {
    pub statistics: Statistics,
    /// The seed of the dropout masks; `None` switches dropout off.
    pub dropout: Option<u64>,
}

/// The shape of one layer: its widths and what stands behind its convolution.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayerShape {
    pub channels: [usize; 2],
    pub stride: usize,
    pub bias: bool,
    pub norm: Option<Norm>,
    pub running: bool,
}

/// How much one layer takes, for the estimate of a training's memory.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerSize {
    pub name: LayerName,
    /// Numbers that learn.
    pub parameters: usize,
    /// Numbers that it gives for one picture.
    pub outputs: usize,
}

impl LayerShape {
    /// For a layer that gives pictures of `side` by `side`.
    pub fn size(&self, name: LayerName, side: usize) -> LayerSize {
        let [c_in, c_out] = self.channels;
        let vectors = usize::from(self.bias) + 2 * usize::from(self.norm.is_some());
        let parameters = KERNEL * KERNEL * c_in * c_out + vectors * c_out;
        LayerSize { name, parameters, outputs: c_out * side * side }
    }
}

/// Scale and shift after a normalisation, `[C]` each, and the stored statistics where there are any.
#[derive(Module, Debug)]
pub(super) struct Normalize {
    gamma: Param<Tensor<1>>,
    beta: Param<Tensor<1>>,
    running_mean: Option<Param<Tensor<1>>>,
    running_variance: Option<Param<Tensor<1>>>,
    #[module(skip)]
    norm: Norm,
}

impl Normalize {
    fn build<P: Parameters>(
        source: &mut P,
        name: LayerName,
        layer: &LayerShape,
    ) -> Result<Option<Self>, P::Error> {
        let Some(norm) = layer.norm else {
            return Ok(None);
        };
        let shape = [layer.channels[1]];
        let mut get = |part| source.get(name.part(part), shape);
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
            norm,
        }))
    }

    /// `[B, C, H, W] -> [B, C, H, W]`
    fn forward(&self, x: Tensor<4>, statistics: Statistics) -> Tensor<4> {
        let (gamma, beta) = (self.gamma.val(), self.beta.val());
        match (statistics, &self.running_mean, &self.running_variance) {
            (Statistics::Running, Some(mean), Some(variance)) => {
                batch_norm(x, gamma, beta, mean.val(), variance.val(), EPSILON)
            }
            (Statistics::Running, ..) => {
                panic!("the session refuses running statistics where a model has none")
            }
            (Statistics::Batch, ..) => match self.norm {
                Norm::Batch => ops::normalize(x, gamma, beta, EPSILON).0,
                Norm::Instance => {
                    let [b, c, h, w] = x.dims();
                    // Each picture's channels become channels of one picture: [B, C, H, W] -> [1, B·C, H, W]
                    let x = x.reshape([1, b * c, h, w]);
                    let (gamma, beta) = (gamma.repeat(&[b]), beta.repeat(&[b]));
                    ops::normalize(x, gamma, beta, EPSILON).0.reshape([b, c, h, w])
                }
            },
        }
    }
}

fn frozen(tensor: Tensor<1>) -> Param<Tensor<1>> {
    Param::from_tensor(tensor).set_require_grad(false)
}

/// A convolution with its normalisation: a layer of the encoder or of the discriminator.
#[derive(Module, Debug)]
pub(super) struct Down {
    weight: Param<Tensor<4>>,
    bias: Option<Param<Tensor<1>>>,
    normalize: Option<Normalize>,
    stride: usize,
}

impl Down {
    pub fn build<P: Parameters>(
        source: &mut P,
        name: LayerName,
        layer: LayerShape,
    ) -> Result<Self, P::Error> {
        let [c_in, c_out] = layer.channels;
        let kernel = [c_out, c_in, KERNEL, KERNEL];
        let weight = source.get(name.part(Part::Weight), kernel)?;
        Ok(Self {
            weight: Param::from_tensor(weight),
            bias: bias(source, name, &layer)?,
            normalize: Normalize::build(source, name, &layer)?,
            stride: layer.stride,
        })
    }

    /// Channels that it gives.
    pub fn width(&self) -> usize {
        self.weight.dims()[0]
    }

    /// `[B, in, H, W] -> [B, out, H/2, W/2]` at stride 2, `[B, out, H-1, W-1]` at stride 1.
    pub fn forward(
        &self,
        name: LayerName,
        x: Tensor<4>,
        statistics: Statistics,
        observe: Observe,
    ) -> Tensor<4> {
        let x = ops::down(x, self.weight.val(), self.stride);
        finish(name, x, &self.bias, &self.normalize, statistics, observe)
    }

    /// [`Down::forward`] by the batch's statistics, with what [`Down::backward`] needs of it.
    pub fn forward_kept(&self, input: Tensor<4>) -> (Tensor<4>, Kept) {
        let x = ops::down(input.clone(), self.weight.val(), self.stride);
        let x = add_bias(x, &self.bias);
        let Some(Normalize { gamma, beta, .. }) = &self.normalize else {
            return (x, Kept { input, normalized: None });
        };
        let (output, moments) = ops::normalize(x.clone(), gamma.val(), beta.val(), EPSILON);
        (output, Kept { input, normalized: Some((x, moments)) })
    }

    /// The output's gradient, as it passes back to where the convolution ends.
    pub fn backward(&self, kept: &Kept, gradient: Tensor<4>) -> Passed {
        match (&self.normalize, kept.normalized.clone()) {
            (Some(Normalize { gamma, .. }), Some((x, moments))) => {
                let (convolution, [gamma, beta]) =
                    ops::normalize_backward(x, gradient, gamma.val(), moments, EPSILON);
                Passed { convolution, norm: Some([gamma, beta]) }
            }
            _ => Passed { convolution: gradient, norm: None },
        }
    }

    /// The gradients of the parameters, each in a row, in the order of [`Down::collect`].
    pub fn parameter_gradients(&self, kept: &Kept, passed: Passed) -> Vec<Tensor<1>> {
        let Passed { convolution, norm } = passed;
        let bias = self.bias.as_ref().map(|_| {
            let sum = convolution.clone().sum_dim(0).sum_dim(2).sum_dim(3); // [1, C, 1, 1]
            sum.flatten(0, 3)
        });
        let weight = self.weight.val();
        let weight = ops::weight_gradient(kept.input.clone(), convolution, weight, self.stride);
        let mut gradients = vec![weight.flatten(0, 3)];
        gradients.extend(bias);
        gradients.extend(norm.into_iter().flatten());
        gradients
    }

    /// The gradient of the input.
    pub fn input_gradient(&self, passed: &Passed) -> Tensor<4> {
        ops::up(passed.convolution.clone(), self.weight.val(), self.stride)
    }
}

/// What a layer's backward pass needs of its forward pass.
#[derive(Debug)]
pub(super) struct Kept {
    /// `[B, in, H, W]`
    pub input: Tensor<4>,
    /// What was normalised, and by what.
    normalized: Option<(Tensor<4>, ops::BatchMoments)>,
}

/// Gradients on their way back through a layer: those of the convolution's output, and of gamma and beta.
#[derive(Debug)]
pub(super) struct Passed {
    convolution: Tensor<4>,
    norm: Option<[Tensor<1>; 2]>,
}

/// A transposed convolution with its normalisation: a layer of the decoder.
#[derive(Module, Debug)]
pub(super) struct Up {
    weight: Param<Tensor<4>>,
    bias: Option<Param<Tensor<1>>>,
    normalize: Option<Normalize>,
}

impl Up {
    pub fn build<P: Parameters>(
        source: &mut P,
        name: LayerName,
        layer: LayerShape,
    ) -> Result<Self, P::Error> {
        let [c_in, c_out] = layer.channels;
        let kernel = [c_in, c_out, KERNEL, KERNEL];
        let weight = source.get(name.part(Part::Weight), kernel)?;
        Ok(Self {
            weight: Param::from_tensor(weight),
            bias: bias(source, name, &layer)?,
            normalize: Normalize::build(source, name, &layer)?,
        })
    }

    /// `[B, in, H, W] -> [B, out, 2H, 2W]`
    pub fn forward(
        &self,
        name: LayerName,
        x: Tensor<4>,
        statistics: Statistics,
        observe: Observe,
    ) -> Tensor<4> {
        let x = ops::up(x, self.weight.val(), 2);
        finish(name, x, &self.bias, &self.normalize, statistics, observe)
    }
}

impl Normalize {
    fn collect(&self, name: LayerName, into: &mut Vec<NamedParameter>) {
        into.push(NamedParameter::new(name.part(Part::Gamma), &self.gamma));
        into.push(NamedParameter::new(name.part(Part::Beta), &self.beta));
        if let (Some(mean), Some(variance)) = (&self.running_mean, &self.running_variance) {
            into.push(NamedParameter::new(name.part(Part::RunningMean), mean));
            into.push(NamedParameter::new(name.part(Part::RunningVariance), variance));
        }
    }
}

impl Down {
    pub fn collect(&self, name: LayerName, into: &mut Vec<NamedParameter>) {
        collect(name, &self.weight, &self.bias, &self.normalize, into);
    }
}

impl Up {
    pub fn collect(&self, name: LayerName, into: &mut Vec<NamedParameter>) {
        collect(name, &self.weight, &self.bias, &self.normalize, into);
    }
}

fn collect(
    name: LayerName,
    weight: &Param<Tensor<4>>,
    bias: &Option<Param<Tensor<1>>>,
    normalize: &Option<Normalize>,
    into: &mut Vec<NamedParameter>,
) {
    into.push(NamedParameter::new(name.part(Part::Weight), weight));
    if let Some(bias) = bias {
        into.push(NamedParameter::new(name.part(Part::Bias), bias));
    }
    if let Some(normalize) = normalize {
        normalize.collect(name, into);
    }
}

/// Sees each layer's output, `name` being `encoder_2.conv` or `encoder_2.norm`.
pub(super) type Observe<'a> = &'a mut dyn FnMut(&str, &Tensor<4>);

fn finish(
    name: LayerName,
    x: Tensor<4>,
    bias: &Option<Param<Tensor<1>>>,
    normalize: &Option<Normalize>,
    statistics: Statistics,
    observe: Observe,
) -> Tensor<4> {
    let x = add_bias(x, bias);
    observe(&format!("{name}.conv"), &x);
    let Some(normalize) = normalize else {
        return x;
    };
    let x = normalize.forward(x, statistics);
    observe(&format!("{name}.norm"), &x);
    x
}

fn add_bias(x: Tensor<4>, bias: &Option<Param<Tensor<1>>>) -> Tensor<4> {
    match bias {
        Some(bias) => x + bias.val().reshape([1, -1, 1, 1]), // [C] -> [1, C, 1, 1]
        None => x,
    }
}

fn bias<P: Parameters>(
    source: &mut P,
    name: LayerName,
    layer: &LayerShape,
) -> Result<Option<Param<Tensor<1>>>, P::Error> {
    if !layer.bias {
        return Ok(None);
    }
    let bias = source.get(name.part(Part::Bias), [layer.channels[1]])?;
    Ok(Some(Param::from_tensor(bias)))
}

/// LeakyReLU of the encoder and the discriminator.
pub(super) fn leaky_relu(x: Tensor<4>) -> Tensor<4> {
    ops::rectify(x, LEAK)
}

/// The gradient of [`leaky_relu`]'s input, from its output.
pub(super) fn leaky_relu_backward(output: Tensor<4>, gradient: Tensor<4>) -> Tensor<4> {
    ops::rectify_backward(output, gradient, LEAK)
}

/// ReLU of the decoder.
pub(super) fn relu(x: Tensor<4>) -> Tensor<4> {
    ops::rectify(x, 0.0)
}

/// Sets each value to zero with this probability and scales the rest by `1 / (1 - probability)`.
/// The mask comes from the seed alone, so that every device drops the same values.
pub(super) fn dropout(x: Tensor<4>, probability: f64, seed: u64) -> Tensor<4> {
    let shape = x.dims();
    let scale = (1.0 / (1.0 - probability)) as f32;
    let mut random = Random::new(seed);
    let mask: Vec<f32> = (0..shape.iter().product())
        .map(|_| if random.uniform() < probability { 0.0 } else { scale })
        .collect();
    let mask = Tensor::from_data(TensorData::new(mask, shape), &x.device());
    x * mask
}
