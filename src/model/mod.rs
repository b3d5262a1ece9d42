//! The networks of pix2pix: `Config -> init -> Module -> forward`.
//!
//! ```text
//! Config ─> layers: the table ─> build, from Parameters ─> Module ─> forward, backward
//! ```
//!
//! Nothing here knows of files or pictures. Where the values of a network's parameters come from, chance or a file, is
//! for the caller's [`Parameters`] to say.

mod backward;
mod block;
mod bounds;
mod color;
mod layer;
mod name;
mod norm;
mod parameters;
mod patchgan;
mod prepared;
mod unet;

pub(crate) use layer::{LayerSize, PADDING};
pub(crate) use norm::EPSILON;
pub(crate) use prepared::PreparedGenerator;

pub use block::Mode;
pub use bounds::ConfigError;
pub use color::{Color, Direction};
pub use layer::{Activation, Conv, Dropout, LayerSpec};
pub use name::{LayerName, Network, NotAName, ParameterName, Part};
pub use norm::{Norm, Statistics};
pub use parameters::{NamedParameter, Parameters};
pub use patchgan::{Discriminator, DiscriminatorConfig};
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
            let weight = if is_up { [c_in, c_out, 4, 4] } else { [c_out, c_in, 4, 4] };
            expected.push((layer.name.part(Part::Weight), weight.to_vec()));
            let mut vectors = Vec::new();
            if layer.bias {
                vectors.push(Part::Bias);
            }
            if layer.norm.is_some() {
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
