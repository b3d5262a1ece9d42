//! From the bytes of a file to networks on a device, tensor by tensor, and back.
//!
//! ```text
//! Bytes ─> recognise ─> Index { name, shape, encoding, offset } ─> Layout ─> config, from the shapes
//!                                                                      └──> Reader ─> one tensor at a time
//! ```
//!
//! The file itself need not be in memory: [`Bytes`] is read in pieces, and each tensor goes to the
//! device before the next is read. The way back is drawn in `save`.

mod container;
mod contents;
mod describe;
mod format;
mod load;
mod naming;
mod outgoing;
mod quantise;
mod save;
mod tensors;

use burn::tensor::Device;

use crate::error::{Error, Result};
use crate::model::{
    Discriminator, DiscriminatorConfig, Generator, GeneratorConfig, LayerName, Part,
};

pub use contents::{Contents, Training};
pub use describe::{Described, Description, describe};
pub use format::{Dtype, Format};
pub use load::OnTensor;
pub use save::write;
pub use tensors::Bytes;

use container::{pict, safetensors};
use load::Reader;
use naming::Layout;
use tensors::Index;

/// What a file held.
pub struct Loaded {
    pub generator: Generator,
    pub config: GeneratorConfig,
    /// A discriminator that lay in the same file.
    pub discriminator: Option<(Discriminator, DiscriminatorConfig)>,
    /// The name of a [`Format`].
    pub format: &'static str,
    /// `f32`, `f16`, `bf16` or `q8`.
    pub dtype: &'static str,
    /// The rest of a training, where the file is a checkpoint.
    pub training: Option<Training>,
    /// Tensors of the file that no network needs: optimiser slots, averages, counters.
    pub ignored: Vec<String>,
}

impl Loaded {
    /// All of it, to be written again.
    pub fn contents(&self) -> Contents<'_> {
        Contents {
            generator: Some(&self.generator),
            config: &self.config,
            discriminator: self.discriminator.as_ref().map(|(network, _)| network),
            training: self.training.as_ref(),
        }
    }
}

/// Reads a weights file of any format that we know onto `device`; `on_tensor` hears of each tensor.
///
/// # Errors
/// `weights/…`, naming the tensor, what was found and what was expected. Nothing is half loaded.
pub fn load(bytes: &dyn Bytes, device: &Device, on_tensor: OnTensor) -> Result<Loaded> {
    let index = recognise(bytes)?;
    let layout = Layout::of(&index)?;
    let config = layout.generator(&index)?;
    let discriminator_config = layout.discriminator(&index, &config)?;
    let dtype = first_dtype(&index, layout)?;

    let mut reader = Reader::new(bytes, &index, layout, device, on_tensor);
    let generator = config.build(&mut reader)?;
    let discriminator = match discriminator_config {
        Some(config) => Some((config.build(&mut reader)?, config)),
        None => None,
    };
    let training = match &index.training {
        Some(state) => {
            Some(Training { state: state.clone(), tensors: reader.starting_with("adam.")? })
        }
        None => None,
    };
    let ignored = reader.finish()?;
    Ok(Loaded {
        generator,
        config,
        discriminator,
        training,
        format: format_of(&index, layout).name(),
        dtype,
        ignored,
    })
}

/// Reads the discriminator of a file, which may hold nothing else, to train beside a generator of `config`.
///
/// # Errors
/// `weights/…`, as [`load`]; `weights/shape` where it judges pictures of other channels.
pub fn load_discriminator(
    bytes: &dyn Bytes,
    device: &Device,
    config: &GeneratorConfig,
) -> Result<Discriminator> {
    let index = recognise(bytes)?;
    let layout = Layout::of(&index)?;
    let Some(config) = layout.discriminator(&index, config)? else {
        let name = layout.file_name(LayerName::Layer(1).part(Part::Weight));
        return Err(Error::Missing { name, expected: "4 by 4 kernels".into() });
    };
    let mut on_tensor = |_, _| ();
    let mut reader = Reader::new(bytes, &index, layout, device, &mut on_tensor);
    config.build(&mut reader)
}

fn format_of(index: &Index, layout: Layout) -> Format {
    match layout {
        _ if index.is_pict => Format::Pict,
        Layout::Ours => Format::Ours,
        Layout::TensorFlow2017 => Format::TensorFlow2017,
        Layout::TensorFlow2018 => Format::TensorFlow2018,
    }
}

/// How the first kernel is stored, and so the others, as every writer has it.
fn first_dtype(index: &Index, layout: Layout) -> Result<&'static str> {
    let first = layout.file_name(LayerName::Encoder(1).part(Part::Weight));
    let alone = layout.file_name(LayerName::Layer(1).part(Part::Weight));
    let name = if !index.has(&first) && index.has(&alone) { alone } else { first };
    Ok(index.entry(&name)?.encoding.name())
}

/// Which format is this? Told from the first bytes, never from a name.
fn recognise(bytes: &dyn Bytes) -> Result<Index> {
    let mut head = [0u8; 9];
    if bytes.len() < head.len() as u64 {
        let found = format!("it has only {} bytes", bytes.len());
        return Err(Error::Format { found });
    }
    bytes.read(0, &mut head);
    // A .pict starts with the length of its JSON list, big-endian, and the list.
    if head[4] == b'[' {
        return pict::index(bytes);
    }
    // A .safetensors starts with the length of its JSON object, little-endian, and the object.
    if head[8] == b'{' {
        return safetensors::index(bytes);
    }
    let found = match &head {
        [b'P', b'K', 3, 4, ..] => "a zip archive, as PyTorch's .pth is".into(),
        [0x89, b'H', b'D', b'F', ..] => "an HDF5 file, as Keras writes".into(),
        [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, ..] => "a picture".into(),
        [0x1F, 0x8B, ..] => "a gzip archive; unpack it first".into(),
        [b'<', ..] => "a web page or XML: the address leads to a page, not to the file".into(),
        _ => format!("it starts with the bytes {:02x?}", &head[..8]),
    };
    Err(Error::Format { found })
}
