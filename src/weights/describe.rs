//! What is inside a file, for people: nothing is loaded, and no device is needed.

use super::bytes::Bytes;
use super::card::Card;
use super::container;
use super::format::Format;
use super::load::kernel_dtype;
use super::naming;
use super::original;
use super::tensors::elements;
use crate::error::Result;
use crate::model::{DiscriminatorConfig, GeneratorConfig, Network};

/// What a file says it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    pub format: Format,
    /// As in [`super::Loaded`].
    pub dtype: &'static str,
    /// The size of the file.
    pub bytes: u64,
    pub generator: Option<GeneratorConfig>,
    pub discriminator: Option<DiscriminatorConfig>,
    /// The state of a training, JSON.
    pub training: Option<String>,
    /// What the file says of the model.
    pub card: Option<Card>,
    /// By their names' order, but for a code book.
    pub tensors: Vec<Described>,
}

/// One tensor of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// As the file calls it.
    pub name: String,
    pub shape: Vec<usize>,
    /// `f32`, `f16`, `bf16`, `q8`, or a type that weights don't have, such as `i64`.
    pub dtype: String,
    /// Which network it is a part of.
    pub network: Option<Network>,
}

impl Described {
    /// How many values it has.
    pub fn count(&self) -> u64 {
        elements(&self.shape).unwrap_or(u64::MAX)
    }
}

impl Description {
    /// How many values a network has.
    pub fn parameters(&self, network: Network) -> u64 {
        let parts = self.tensors.iter().filter(|tensor| tensor.network == Some(network));
        parts.map(Described::count).sum()
    }
}

/// Reads no more than a file's header.
///
/// # Errors
/// `weights/format`, `weights/truncated`, `weights/index`, `weights/unsupported`; `weights/missing` and `weights/shape` for
/// the outermost layers, from which the configs come. Whether the rest fits together is for [`super::load`] to say.
///
/// ```
/// use burn::tensor::Device;
/// use pix2pix_web::model::{GeneratorConfig, Network};
/// use pix2pix_web::weights::{self, Contents, Dtype, Format};
///
/// let config = GeneratorConfig { ngf: 1, depth: 5, ..Default::default() };
/// let generator = config.init(&Device::flex(), 7);
/// let contents = Contents::of_generator(&generator, &config);
/// let mut file = Vec::new();
/// let mut sink = |piece| file.extend(piece);
/// pollster::block_on(weights::write(contents, Format::Pict, Dtype::Q8, &mut sink))?;
///
/// let description = weights::describe(&file)?;
/// assert_eq!((description.format, description.dtype), (Format::Pict, "q8"));
/// assert_eq!(description.parameters(Network::Discriminator), 0);
/// # Ok::<(), pix2pix_web::Error>(())
/// ```
pub fn describe(bytes: &dyn Bytes) -> Result<Description> {
    let tensors = container::read(bytes)?;
    let card = Card::of(&tensors)?;
    let naming = naming::recognise(&tensors)?;
    let described: Vec<_> = (tensors.entries.iter())
        .map(|(name, entry)| Described {
            name: name.clone(),
            shape: entry.shape.clone(),
            dtype: entry.dtype.clone(),
            network: naming.network(name),
        })
        .collect();
    let has_generator = described.iter().any(|t| t.network == Some(Network::Generator));
    let generator = has_generator.then(|| naming::generator(naming, &tensors)).transpose()?;
    let judged = generator.clone().unwrap_or_else(|| {
        let (layout, norm) = naming.discriminator_kind(&tensors).unwrap_or_default();
        GeneratorConfig { layout, norm, ..Default::default() }
    });
    let discriminator = naming::discriminator(naming, &tensors, &judged)?;
    let training = match naming::training(&tensors) {
        Some(state) => Some(state.clone()),
        None => original::read(&tensors, bytes)?.map(|training| training.state([])),
    };
    Ok(Description {
        format: Format::of(tensors.container, naming),
        dtype: kernel_dtype(naming, &tensors)?,
        bytes: bytes.len(),
        generator,
        discriminator,
        training,
        card,
        tensors: described,
    })
}
