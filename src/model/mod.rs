//! The networks of pix2pix: `Config -> init -> Module -> forward`.
//!
//! ```text
//! Config ─> layers: the table ─> build, from Parameters ─> Module ─> forward, backward
//! ```
//!
//! Nothing here knows of files or pictures. Where the values of a network's parameters come from, chance or a file, is
//! for the caller's [`Parameters`] to say.

mod activation;
mod backward;
mod block;
mod bounds;
mod color;
mod kernels;
mod layer;
mod name;
mod norm;
mod parameters;
mod patchgan;
mod prepared;
mod unet;

pub(crate) use kernels::{coordinates, of_coordinates};
pub(crate) use layer::{KERNEL, LayerSize, PADDING};
pub(crate) use norm::EPSILON;
pub(crate) use prepared::PreparedGenerator;

pub use activation::Activation;
pub use block::Mode;
pub use bounds::ConfigError;
pub use color::{Color, Direction};
pub use kernels::Kernels;
pub use layer::{Conv, Convolution, Dropout, LayerSpec};
pub use name::{LayerName, Network, NotAName, ParameterName, Part};
pub use norm::{Norm, Statistics};
pub use parameters::{NamedParameter, Parameters};
pub use patchgan::{Discriminator, DiscriminatorConfig, Patch};
pub use unet::{Generator, GeneratorConfig, LayerOutput, Layout};

#[cfg(test)]
mod tests {
    use super::*;

    /// The names and shapes of the parameters that a table stands for, in their order.
    pub fn expected_parameters(layers: &[LayerSpec]) -> Vec<(ParameterName, Vec<usize>)> {
        let mut expected = Vec::new();
        for layer in layers {
            let [c_in, c_out] = layer.channels;
            let is_up = layer.conv == Conv::Up;
            let learned = layer.activation.map_or(&[][..], Activation::parts).iter();
            expected.extend(learned.map(|part| (layer.name.part(*part), vec![c_in])));
            let kernels = match layer.convolution {
                Convolution::Full if is_up => vec![(Part::Weight, vec![c_in, c_out, 4, 4])],
                Convolution::Full if layer.conv == Conv::Pixel => {
                    vec![(Part::Weight, vec![c_out, c_in, 1, 1])]
                }
                Convolution::Full => vec![(Part::Weight, vec![c_out, c_in, 4, 4])],
                Convolution::Separable => vec![
                    (Part::Depthwise, vec![1, c_in, 4, 4]),
                    (Part::Pointwise, vec![c_out, c_in, 1, 1]),
                ],
            };
            expected
                .extend(kernels.into_iter().map(|(part, shape)| (layer.name.part(part), shape)));
            let mut vectors = Vec::new();
            if layer.bias {
                vectors.push(Part::Bias);
            }
            if layer.norm != Norm::None {
                vectors.extend([Part::Gamma, Part::Beta]);
            }
            if layer.running {
                vectors.extend([Part::RunningMean, Part::RunningVariance]);
            }
            expected.extend(vectors.into_iter().map(|part| (layer.name.part(part), vec![c_out])));
        }
        expected
    }
}
