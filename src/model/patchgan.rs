//! The discriminator: the 70x70 PatchGAN of pix2pix.py (`create_discriminator`).
//!
//! ```text
//! [input, target] ─ layer_1 ─ layer_2 ─ layer_3 ─ layer_4 ─ layer_5 ─ logits
//!    256             128       64        32        31        30
//! ```
//!
//! Each of the 30x30 numbers judges a patch of 70x70 pixels.

use burn::module::Module;
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::block::{
    Down, Kept, LayerShape, LayerSize, Norm, Statistics, leaky_relu, leaky_relu_backward,
};
use super::bounds::{Bounds, ConfigError, RUN, TRAIN};
use super::name::LayerName;
use super::parameters::{NamedParameter, Parameters, RandomInit};
use crate::random::Random;

/// Stride and width (a multiple of ndf) of layer_1 … layer_4; layer_5 has one channel and stride 1.
const LAYERS: [(usize, usize); 4] = [(2, 1), (2, 2), (2, 4), (1, 8)];

/// What a discriminator is made of. The default is the layout of 2017.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiscriminatorConfig {
    /// Channels of the input picture. Default 3.
    pub in_channels: usize,
    /// Channels of the target picture. Default 3.
    pub out_channels: usize,
    /// Width of the first layer. Default 64.
    pub ndf: usize,
    /// Convolutions have biases: false in the layout of 2017, true in that of 2018. Default false.
    pub bias: bool,
}

impl Default for DiscriminatorConfig {
    fn default() -> Self {
        Self { in_channels: 3, out_channels: 3, ndf: 64, bias: false }
    }
}

impl DiscriminatorConfig {
    /// Whether such a network can run.
    ///
    /// # Errors
    /// The field that is out of bounds, and the bounds: ndf 1 to 512, channels 1 to 16.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_within(&RUN)
    }

    /// Whether such a network can be trained, and so created: [`DiscriminatorConfig::check`] with an ndf of 1 to 256.
    ///
    /// # Errors
    /// The field that is out of bounds, and the bounds.
    pub fn check_trainable(&self) -> Result<(), ConfigError> {
        self.check_within(&TRAIN)
    }

    fn check_within(&self, bounds: &Bounds) -> Result<(), ConfigError> {
        bounds.check_width("ndf", self.ndf)?;
        bounds.check_channels([self.in_channels, self.out_channels])
    }

    /// Random weights, as the original starts from; the same seed gives the same.
    pub fn init(&self, device: &Device, seed: u64) -> Discriminator {
        let Ok(discriminator) = self.build(&mut RandomInit { device, random: Random::new(seed) });
        discriminator
    }

    /// The network with its parameters from `source`: layer_1 … layer_5.
    pub fn build<P: Parameters>(&self, source: &mut P) -> Result<Discriminator, P::Error> {
        let layers = self.layers().into_iter().enumerate();
        let layers = layers.map(|(i, layer)| Down::build(source, layer_name(i), layer));
        Ok(Discriminator { layers: layers.collect::<Result<_, _>>()? })
    }

    /// How much each layer takes, in the order of `named_parameters`, for pictures of `size` by `size`.
    pub fn layer_sizes(&self, size: usize) -> Vec<LayerSize> {
        let mut side = size;
        let layers = self.layers().into_iter().enumerate();
        let sized = layers.map(|(i, layer)| {
            side = if layer.stride == 2 { side / 2 } else { side - 1 };
            layer.size(layer_name(i), side)
        });
        sized.collect()
    }

    fn layers(&self) -> Vec<LayerShape> {
        let mut c_in = self.in_channels + self.out_channels;
        let last = (1, None);
        let table = LAYERS.iter().map(|&(stride, width)| (stride, Some(width * self.ndf)));
        let layers = table.chain([last]).enumerate().map(|(i, (stride, width))| {
            let c_out = width.unwrap_or(1);
            let layer = LayerShape {
                channels: [c_in, c_out],
                stride,
                bias: self.bias,
                norm: (i > 0 && width.is_some()).then_some(Norm::Batch),
                running: false,
            };
            c_in = c_out;
            layer
        });
        layers.collect()
    }
}

fn layer_name(i: usize) -> LayerName {
    LayerName::Layer(i + 1)
}

/// A forward pass of the PatchGAN that can be gone back through.
#[derive(Debug)]
pub struct Pass {
    /// Of the input picture and of the target.
    channels: [usize; 2],
    layers: Vec<Kept>,
    /// `[B, 1, 30, 30]`
    pub logits: Tensor<4>,
}

/// The PatchGAN.
#[derive(Module, Debug)]
pub struct Discriminator {
    layers: Vec<Down>,
}

impl Discriminator {
    /// Logits: `[B, in, 256, 256]` and `[B, out, 256, 256]` -> `[B, 1, 30, 30]`.
    pub fn forward(&self, input: Tensor<4>, target: Tensor<4>) -> Tensor<4> {
        let mut x = Tensor::cat(vec![input, target], 1); // [B, in + out, 256, 256]
        for (i, layer) in self.layers.iter().enumerate() {
            if i > 0 {
                x = leaky_relu(x);
            }
            x = layer.forward(layer_name(i), x, Statistics::Batch, &mut |_, _| ());
        }
        x
    }

    /// [`Discriminator::forward`], with what the backward passes need of it: one forward pass serves both of them.
    pub fn pass(&self, input: Tensor<4>, target: Tensor<4>) -> Pass {
        let channels = [input.dims()[1], target.dims()[1]];
        let mut x = Tensor::cat(vec![input, target], 1);
        let mut layers = Vec::with_capacity(self.layers.len());
        for (i, layer) in self.layers.iter().enumerate() {
            if i > 0 {
                x = leaky_relu(x);
            }
            let (output, kept) = layer.forward_kept(x);
            layers.push(kept);
            x = output;
        }
        Pass { channels, layers, logits: x }
    }

    /// The gradient of every parameter, its numbers in a row, in the order of `named_parameters`, from the gradient of
    /// the logits, `[B, 1, 30, 30]`.
    pub fn parameter_gradients(&self, pass: &Pass, mut gradient: Tensor<4>) -> Vec<Tensor<1>> {
        let mut found = Vec::with_capacity(self.layers.len());
        for (i, (layer, kept)) in self.layers.iter().zip(&pass.layers).enumerate().rev() {
            let passed = layer.backward(kept, gradient.clone());
            if i > 0 {
                gradient = leaky_relu_backward(kept.input.clone(), layer.input_gradient(&passed));
            }
            found.push(layer.parameter_gradients(kept, passed));
        }
        found.into_iter().rev().flatten().collect()
    }

    /// The gradient of the target picture, `[B, out, 256, 256]`, the weights being held.
    pub fn target_gradient(&self, pass: &Pass, mut gradient: Tensor<4>) -> Tensor<4> {
        for (i, (layer, kept)) in self.layers.iter().zip(&pass.layers).enumerate().rev() {
            gradient = layer.input_gradient(&layer.backward(kept, gradient));
            if i > 0 {
                gradient = leaky_relu_backward(kept.input.clone(), gradient);
            }
        }
        let [input, target] = pass.channels;
        gradient.narrow(1, input, target)
    }

    /// The original's `predict` map, in (0, 1): the sigmoid of [`Discriminator::forward`].
    pub fn predict(&self, input: Tensor<4>, target: Tensor<4>) -> Tensor<4> {
        sigmoid(self.forward(input, target))
    }

    /// Width of the first layer.
    pub fn ndf(&self) -> usize {
        self.layers[0].width()
    }

    /// Every parameter, in the order of the layers.
    pub fn named_parameters(&self) -> Vec<NamedParameter> {
        let mut named = Vec::new();
        for (i, layer) in self.layers.iter().enumerate() {
            layer.collect(layer_name(i), &mut named);
        }
        named
    }
}
