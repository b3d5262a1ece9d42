//! What is inside a file, for people: nothing is loaded, and no device is needed.

use super::naming::Layout;
use super::tensors::{Bytes, Encoding};
use super::{first_dtype, format_of, recognise};
use crate::error::Result;
use crate::model::{GeneratorConfig, Network};

/// What a file says it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// As in [`super::Loaded`].
    pub format: &'static str,
    pub dtype: &'static str,
    /// The size of the file.
    pub bytes: u64,
    pub generator: Option<GeneratorConfig>,
    /// Width of the discriminator's first layer, where there is one.
    pub ndf: Option<usize>,
    /// The state of a training, JSON.
    pub training: Option<String>,
    /// By their names' order, but for a code book.
    pub tensors: Vec<Described>,
}

/// One tensor of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// As the file calls it.
    pub name: String,
    pub shape: Vec<usize>,
    pub dtype: String,
    /// Which network it is a part of: `generator`, `discriminator`.
    pub network: Option<&'static str>,
}

impl Described {
    /// How many numbers it has.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }
}

impl Description {
    /// How many numbers a network has.
    pub fn parameters(&self, network: &str) -> usize {
        let parts = self.tensors.iter().filter(|tensor| tensor.network == Some(network));
        parts.map(Described::count).sum()
    }
}

/// Reads no more than a file's index.
///
/// # Errors
/// `weights/format`, `weights/truncated`, `weights/index`; `weights/missing` and `weights/shape` for the outermost
/// layers, from which the configs come. Whether the rest fits together is for [`super::load`] to say.
pub fn describe(bytes: &dyn Bytes) -> Result<Description> {
    let index = recognise(bytes)?;
    let layout = Layout::of(&index)?;
    let network_of = |name: &str| {
        let network = Network::ALL.into_iter().find(|network| layout.is_part(name, *network));
        network.map(Network::name)
    };
    let tensors = index.entries.iter().map(|(name, entry)| Described {
        name: name.clone(),
        shape: entry.shape.clone(),
        dtype: match &entry.encoding {
            Encoding::Other(dtype) => dtype.to_lowercase(),
            known => known.name().into(),
        },
        network: network_of(name),
    });
    let tensors: Vec<_> = tensors.collect();
    let has_generator = tensors.iter().any(|tensor| tensor.network == Some("generator"));
    let generator = has_generator.then(|| layout.generator(&index)).transpose()?;
    let discriminator = layout.discriminator(&index, &generator.clone().unwrap_or_default())?;
    Ok(Description {
        format: format_of(&index, layout).name(),
        dtype: first_dtype(&index, layout)?,
        bytes: bytes.len(),
        generator,
        ndf: discriminator.map(|config| config.ndf),
        training: index.training,
        tensors,
    })
}
