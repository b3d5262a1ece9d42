//! The generator: the U-Net of pix2pix.py (`create_generator`).
//!
//! ```text
//! x ─ encoder_1 ─ encoder_2 ─ … ─ encoder_8       each halves the side: 256 -> 1
//!         │           │               │
//!         │           │           decoder_8       each doubles it: 1 -> 256
//!         │           └────────┐      …
//!         └────────┐      decoder_3 ──┘           │
//!  tanh ─ decoder_1 ─ [decoder_2, encoder_1] ─ [decoder_3, encoder_2] …
//! ```
//!
//! The input of every decoder but the innermost is `[decoder below, encoder at the same size]`.

use burn::module::Module;
use burn::tensor::activation::tanh;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::block::{Down, LayerShape, LayerSize, Mode, Norm, Up, dropout, leaky_relu, relu};
use super::bounds::{Bounds, ConfigError, RUN, TRAIN, check_dropout};
use super::name::LayerName;
use super::parameters::{NamedParameter, Parameters, RandomInit};
use crate::random::Random;

/// Widths as multiples of ngf, outermost first; deeper layers keep the last.
const WIDTHS: [usize; 4] = [1, 2, 4, 8];
/// So many of the innermost decoders have dropout.
const DROPOUT_LAYERS: usize = 3;

/// What a generator is made of. The default is the layout of 2017, which new models follow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GeneratorConfig {
    /// Channels of the input picture. Default 3.
    pub in_channels: usize,
    /// Channels of the output picture. Default 3.
    pub out_channels: usize,
    /// Width of the first layer. Default 64.
    pub ngf: usize,
    /// Layers in the encoder, as many in the decoder; the picture's side is `2^depth`. Default 8.
    pub depth: usize,
    /// Normalisation behind every convolution but the first and the last. Default `Batch`.
    pub norm: Norm,
    /// Convolutions have biases: false in the layout of 2017, true in that of 2018. Default false.
    pub bias: bool,
    /// The probability of dropout in the three innermost decoders. Default 0.5.
    pub dropout: f64,
    /// Running statistics are stored. Default false: the original never uses any.
    pub running_statistics: bool,
}

impl Default for GeneratorConfig {
    fn default() -> Self {
        Self {
            in_channels: 3,
            out_channels: 3,
            ngf: 64,
            depth: 8,
            norm: Norm::Batch,
            bias: false,
            dropout: 0.5,
            running_statistics: false,
        }
    }
}

impl GeneratorConfig {
    /// Whether such a network can run. Nothing else here is to be called before it on a config that came from outside.
    ///
    /// # Errors
    /// The field that is out of bounds, and the bounds: depth 1 to 10, ngf 1 to 512, channels 1 to 16, and a dropout of
    /// at least 0 and less than 1.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_within(&RUN)
    }

    /// Whether such a network can be trained, and so created: [`GeneratorConfig::check`] with a depth of 5 to 9 and an
    /// ngf of 1 to 256.
    ///
    /// # Errors
    /// The field that is out of bounds, and the bounds.
    pub fn check_trainable(&self) -> Result<(), ConfigError> {
        self.check_within(&TRAIN)
    }

    fn check_within(&self, bounds: &Bounds) -> Result<(), ConfigError> {
        bounds.check_depth(self.depth)?;
        bounds.check_width("ngf", self.ngf)?;
        bounds.check_channels([self.in_channels, self.out_channels])?;
        check_dropout(self.dropout)
    }

    /// Random weights, as the original starts from; the same seed gives the same.
    pub fn init(&self, device: &Device, seed: u64) -> Generator {
        let Ok(generator) = self.build(&mut RandomInit { device, random: Random::new(seed) });
        generator
    }

    /// The network with its parameters from `source`, in the order of the file of the paper:
    /// encoder_1 … encoder_8, decoder_8 … decoder_1.
    pub fn build<P: Parameters>(&self, source: &mut P) -> Result<Generator, P::Error> {
        let encoders = self.encoders();
        let decoders = self.decoders();
        Ok(Generator {
            encoders: (encoders.iter().enumerate())
                .map(|(i, layer)| Down::build(source, encoder_name(i), *layer))
                .collect::<Result<_, _>>()?,
            decoders: (decoders.iter().enumerate())
                .map(|(i, layer)| Up::build(source, decoder_name(self.depth, i), *layer))
                .collect::<Result<_, _>>()?,
            dropout: self.dropout,
        })
    }

    /// Pixels on a side of the picture.
    pub fn size(&self) -> usize {
        1 << self.depth
    }

    /// The smaller side of a layer's pictures, in pixels: an encoder's output, a decoder's input.
    ///
    /// # Panics
    /// For a layer of a discriminator.
    pub fn inner_side(&self, layer: LayerName) -> usize {
        match layer {
            LayerName::Encoder(number) | LayerName::Decoder(number) => self.size() >> number,
            LayerName::Layer(_) => panic!("{layer} is not a layer of a generator"),
        }
    }

    /// How much each layer takes, in the order of `named_parameters`.
    pub fn layer_sizes(&self) -> Vec<LayerSize> {
        let encoders = self.encoders().into_iter().enumerate();
        let encoders =
            encoders.map(|(i, layer)| layer.size(encoder_name(i), self.size() >> (i + 1)));
        let decoders = self.decoders().into_iter().enumerate();
        let decoders = decoders.map(|(i, layer)| layer.size(decoder_name(self.depth, i), 2 << i));
        encoders.chain(decoders).collect()
    }

    /// Width of the encoder's layer `i`, counted from 0.
    fn width(&self, i: usize) -> usize {
        self.ngf * WIDTHS[i.min(WIDTHS.len() - 1)]
    }

    fn layer(&self, channels: [usize; 2], norm: bool) -> LayerShape {
        LayerShape {
            channels,
            stride: 2,
            bias: self.bias,
            norm: norm.then_some(self.norm),
            running: self.running_statistics,
        }
    }

    /// encoder_1 … encoder_depth
    fn encoders(&self) -> Vec<LayerShape> {
        (0..self.depth)
            .map(|i| {
                let c_in = if i == 0 { self.in_channels } else { self.width(i - 1) };
                self.layer([c_in, self.width(i)], i > 0)
            })
            .collect()
    }

    /// decoder_depth … decoder_1
    fn decoders(&self) -> Vec<LayerShape> {
        (0..self.depth)
            .rev()
            .map(|i| {
                let innermost = i == self.depth - 1;
                let c_in = if innermost { self.width(i) } else { 2 * self.width(i) };
                let c_out = if i == 0 { self.out_channels } else { self.width(i - 1) };
                self.layer([c_in, c_out], i > 0)
            })
            .collect()
    }
}

fn encoder_name(i: usize) -> LayerName {
    LayerName::Encoder(i + 1)
}

/// The decoder's layer `i`, counted from the innermost.
fn decoder_name(depth: usize, i: usize) -> LayerName {
    LayerName::Decoder(depth - i)
}

/// The U-Net: `[B, in, S, S]` in [-1, 1] -> `[B, out, S, S]` in [-1, 1], S = 2^depth.
#[derive(Module, Debug)]
pub struct Generator {
    encoders: Vec<Down>,
    decoders: Vec<Up>,
    dropout: f64,
}

impl Generator {
    /// `[B, in, S, S] -> [B, out, S, S]`
    pub fn forward(&self, x: Tensor<4>, mode: Mode) -> Tensor<4> {
        self.forward_observed(x, mode, &mut |_, _| ())
    }

    /// [`Generator::forward`], showing each layer's output to `observe` under its name
    /// (`encoder_2.conv`, `encoder_2.norm`, …, `output`).
    pub fn forward_observed(
        &self,
        x: Tensor<4>,
        mode: Mode,
        observe: &mut dyn FnMut(&str, &Tensor<4>),
    ) -> Tensor<4> {
        let depth = self.encoders.len();
        let mut skips = Vec::with_capacity(depth);
        let mut x = x;
        for (i, encoder) in self.encoders.iter().enumerate() {
            if i > 0 {
                x = leaky_relu(x);
            }
            x = encoder.forward(encoder_name(i), x, mode.statistics, observe); // side / 2
            skips.push(x.clone());
        }
        skips.pop(); // the innermost is the decoder's input, not a skip

        for (i, decoder) in self.decoders.iter().enumerate() {
            if i > 0 {
                let skip = skips.pop().expect("one skip for every decoder but the innermost");
                x = Tensor::cat(vec![x, skip], 1); // [B, C, s, s] and [B, C, s, s] -> [B, 2C, s, s]
            }
            x = decoder.forward(decoder_name(depth, i), relu(x), mode.statistics, observe); // side · 2
            if let Some(seed) = mode.dropout
                && i < DROPOUT_LAYERS
                && i + 1 < depth
            {
                // One stream of random numbers for each layer.
                x = dropout(x, self.dropout, seed ^ ((i as u64 + 1) << 32));
            }
        }
        let x = tanh(x);
        observe("output", &x);
        x
    }

    /// Every parameter, in the order of the layers.
    pub fn named_parameters(&self) -> Vec<NamedParameter> {
        let mut named = Vec::new();
        for (i, encoder) in self.encoders.iter().enumerate() {
            encoder.collect(encoder_name(i), &mut named);
        }
        for (i, decoder) in self.decoders.iter().enumerate() {
            decoder.collect(decoder_name(self.decoders.len(), i), &mut named);
        }
        named
    }
}
