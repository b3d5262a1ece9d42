//! A layer as data: a row of a network's table. [`GeneratorConfig::layers`](super::GeneratorConfig::layers) and
//! [`DiscriminatorConfig::layers`](super::DiscriminatorConfig::layers) are the two tables, and all else follows from
//! them: which parameters there are, their shapes, the forward and the backward pass.
//!
//! ```text
//! input ─ activation ─ convolution + bias ─ norm ─ dropout ─ output
//! ```

use serde::{Deserialize, Serialize};

use super::activation::Activation;
use super::name::{LayerName, Part};
use super::norm::Norm;
use crate::ops::Direction;

/// What a layer does, in the order of the fields.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerSpec {
    pub name: LayerName,
    /// Before the convolution, as in the original: so a skip connection carries what no activation has cut yet.
    pub activation: Option<Activation>,
    pub conv: Conv,
    pub convolution: Convolution,
    /// Of the input and of the output.
    pub channels: [usize; 2],
    /// The convolution has a bias.
    pub bias: bool,
    pub norm: Norm,
    /// The norm has running statistics beside its own.
    pub running: bool,
    pub dropout: Option<Dropout>,
}

/// What a convolution's kernels are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Convolution {
    /// One of 4 by 4 for each pair of an input and an output channel.
    #[default]
    Full,
    /// One of 4 by 4 for each input channel, then a weight for each pair, as with pix2pix.py's `--separable_conv`: an
    /// eighth of the weights. Up, the picture is enlarged to the nearest pixel first.
    Separable,
}

impl Convolution {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A convolution; but for `Pixel`, every kernel is 4 by 4 and every padding 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conv {
    /// Stride 2 halves the side, stride 1 takes one from it.
    Down { stride: usize },
    /// Transposed, of stride 2: it doubles the side.
    Up,
    /// Of 1 by 1: each pixel by itself.
    Pixel,
}

/// Dropout behind a norm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    pub probability: f64,
    /// Which stream of random numbers the mask comes from: no two layers of a network share one.
    pub stream: u64,
}

/// How much memory a layer takes, for the estimate of a training's.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LayerSize {
    pub name: LayerName,
    /// Elements of all parameters that learn.
    pub parameters: usize,
    /// Elements of the input for one picture, with the skip that is joined to it.
    pub inputs: usize,
    /// Elements of the output for one picture.
    pub outputs: usize,
    /// Elements between the two halves of a separable convolution for one picture: held while the layer is computed.
    pub middle: usize,
    /// Elements that the activation holds for the backward pass besides the convolution's input, for one picture.
    pub activation: usize,
}

impl LayerSize {
    /// Elements of the layer's largest tensor for one picture.
    pub fn largest(&self) -> usize {
        self.inputs.max(self.outputs).max(self.middle)
    }
}

/// The side of every kernel but those across channels.
pub(crate) const KERNEL: usize = 4;
/// Rows and columns of zeros on each side of a convolution's larger picture.
pub(crate) const PADDING: usize = 1;

impl Conv {
    /// Which product of 4 by 4 kernels it is, with its stride; none of single pixels.
    pub(crate) fn product(self) -> Option<(Direction, usize)> {
        match self {
            Conv::Down { stride } => Some((Direction::Down, stride)),
            Conv::Up => Some((Direction::Up, 2)),
            Conv::Pixel => None,
        }
    }

    /// The output's side, in pixels, for an input of `side` by `side`; 0 where the kernel has no room.
    pub fn output_side(self, side: usize) -> usize {
        match self {
            Self::Down { stride } => {
                let room = (side + 2 * PADDING).checked_sub(KERNEL);
                room.map_or(0, |room| room / stride + 1)
            }
            Self::Up => 2 * side,
            Self::Pixel => side,
        }
    }
}

impl LayerSpec {
    /// The kernels and their shapes: `[out, in, 4, 4]` for a convolution, `[in, out, 4, 4]` for a transposed one,
    /// `[out, in, 1, 1]` for one of single pixels; `[1, in, 4, 4]` and `[out, in, 1, 1]` for a separable one, whichever way it
    /// leads.
    pub fn kernels(&self) -> Vec<(Part, [usize; 4])> {
        let [c_in, c_out] = self.channels;
        match (self.convolution, self.conv) {
            (Convolution::Full, Conv::Down { .. }) => {
                vec![(Part::Weight, [c_out, c_in, KERNEL, KERNEL])]
            }
            (Convolution::Full, Conv::Up) => vec![(Part::Weight, [c_in, c_out, KERNEL, KERNEL])],
            (Convolution::Full, Conv::Pixel) => vec![(Part::Weight, [c_out, c_in, 1, 1])],
            (Convolution::Separable, _) => vec![
                (Part::Depthwise, [1, c_in, KERNEL, KERNEL]),
                (Part::Pointwise, [c_out, c_in, 1, 1]),
            ],
        }
    }

    /// Elements of all kernels.
    pub fn kernel_elements(&self) -> usize {
        self.kernels().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
    }

    fn size(&self, input_side: usize) -> LayerSize {
        let [c_in, c_out] = self.channels;
        let vectors = usize::from(self.bias) + 2 * usize::from(self.norm != Norm::None);
        let learned = self.activation.map_or(0, |activation| activation.parts().len());
        let copies = self.activation.map_or(0, Activation::copies);
        let output_side = self.conv.output_side(input_side);
        let inputs = c_in * input_side * input_side;
        let pixels = output_side * output_side;
        let middle = match self.convolution {
            Convolution::Full => 0,
            Convolution::Separable => c_in * pixels,
        };
        LayerSize {
            name: self.name,
            parameters: self.kernel_elements() + vectors * c_out + learned * c_in,
            inputs,
            outputs: c_out * pixels,
            middle,
            activation: copies * inputs,
        }
    }
}

/// The sizes of layers that follow each other, the first input being `side` by `side` pixels.
pub(super) fn sizes(layers: &[LayerSpec], mut side: usize) -> Vec<LayerSize> {
    let sized = layers.iter().map(|layer| {
        let size = layer.size(side);
        side = layer.conv.output_side(side);
        size
    });
    sized.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_convolution_halves_takes_one_doubles_or_keeps() {
        let sides = |conv: Conv| [1, 2, 3, 32, 256].map(|side| conv.output_side(side));
        assert_eq!(sides(Conv::Down { stride: 2 }), [0, 1, 1, 16, 128]);
        assert_eq!(sides(Conv::Down { stride: 1 }), [0, 1, 2, 31, 255]);
        assert_eq!(sides(Conv::Up), [2, 4, 6, 64, 512]);
        assert_eq!(sides(Conv::Pixel), [1, 2, 3, 32, 256]);
        assert_eq!(Conv::Down { stride: 1 }.output_side(0), 0);
    }
}
