//! The networks of pix2pix: `Config -> init -> Module -> forward`.
//!
//! Nothing here knows of files or pictures. Where a network's numbers come from, chance or a file, is
//! the caller's [`Parameters`].

mod block;
mod bounds;
mod name;
mod parameters;
mod patchgan;
mod unet;

pub use block::{LayerSize, Mode, Norm, Statistics};
pub use bounds::ConfigError;
pub use name::{LayerName, Network, NotAName, ParameterName, Part};
pub use parameters::{NamedParameter, Parameters};
pub use patchgan::{Discriminator, DiscriminatorConfig};
pub use unet::{Generator, GeneratorConfig};
