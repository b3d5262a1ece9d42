//! From a file to networks on a device, one tensor at a time.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::{Device, Tensor, TensorData};

use super::bytes::Bytes;
use super::container;
use super::format::Format;
use super::naming::{self, KernelOrder, Naming};
use super::save::{Contents, Training};
use super::tensors::{Entry, Tensors};
use crate::error::{Error, Result};
use crate::model::{
    Discriminator, DiscriminatorConfig, Generator, GeneratorConfig, LayerName, ParameterName,
    Parameters, Part,
};

/// Called after each tensor, with the bytes of the file that were read so far, and with all of them.
pub type LoadProgress<'a> = &'a mut dyn FnMut(u64, u64);

/// The most bytes of the file that are in memory at once.
const PIECE: usize = 1 << 18;

/// What a file held.
pub struct Loaded {
    pub generator: Generator,
    pub config: GeneratorConfig,
    /// A discriminator that was in the same file.
    pub discriminator: Option<(Discriminator, DiscriminatorConfig)>,
    pub format: Format,
    /// How the kernels are stored: `f32`, `f16`, `bf16` or `q8`.
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

/// Reads a weights file of any format that we know onto `device`, with `progress` after each tensor.
///
/// # Errors
/// `weights/…`, with the tensor, what was found and what was expected; `device/lost`. Nothing is half loaded.
///
/// ```
/// use burn::tensor::Device;
/// use pix2pix_web::weights;
///
/// let file = b"version https://git-lfs.github.com/spec/v1".to_vec();
/// let error = weights::load(&file, &Device::flex(), &mut |_, _| ()).err().unwrap();
/// assert_eq!(error.code(), "weights/format");
/// assert!(error.to_string().contains("git lfs pull"));
/// ```
pub fn load(bytes: &dyn Bytes, device: &Device, progress: LoadProgress) -> Result<Loaded> {
    let tensors = container::read(bytes)?;
    let naming = naming::recognise(&tensors)?;
    let config = naming::generator(naming, &tensors)?;
    let discriminator_config = naming::discriminator(naming, &tensors, &config)?;
    let dtype = kernel_dtype(naming, &tensors)?;

    let mut reader = Reader::new(bytes, &tensors, naming, device, progress);
    let generator = config.build(&mut reader)?;
    let discriminator = match discriminator_config {
        Some(config) => Some((config.build(&mut reader)?, config)),
        None => None,
    };
    let training = match naming::training(&tensors) {
        Some(state) => Some(Training { state: state.clone(), tensors: reader.training_tensors()? }),
        None => None,
    };
    let ignored = reader.finish()?;
    let format = Format::of(tensors.container, naming);
    Ok(Loaded { generator, config, discriminator, training, format, dtype, ignored })
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
    let tensors = container::read(bytes)?;
    let naming = naming::recognise(&tensors)?;
    let Some(config) = naming::discriminator(naming, &tensors, config)? else {
        let name = naming::file_name(naming, LayerName::Layer(1).part(Part::Weight));
        return Err(Error::Missing { name, expected: "a discriminator".into() });
    };
    let mut progress = |_, _| ();
    config.build(&mut Reader::new(bytes, &tensors, naming, device, &mut progress))
}

/// How the first kernel is stored, and so the others, as every writer has it.
pub fn kernel_dtype(naming: &dyn Naming, tensors: &Tensors) -> Result<&'static str> {
    let first = [LayerName::Encoder(1), LayerName::Layer(1)].into_iter().find_map(|layer| {
        tensors.entries.get_key_value(&naming::file_name(naming, layer.part(Part::Weight)))
    });
    match first {
        Some((name, entry)) => Ok(entry.values(name)?.0.name()),
        None => {
            let name = naming::file_name(naming, LayerName::Encoder(1).part(Part::Weight));
            Err(Error::Missing { name, expected: "a kernel".into() })
        }
    }
}

/// [`Parameters`] out of a file.
struct Reader<'a> {
    bytes: &'a dyn Bytes,
    tensors: &'a Tensors,
    naming: &'a dyn Naming,
    device: &'a Device,
    progress: LoadProgress<'a>,
    used: BTreeSet<&'a str>,
    done: u64,
}

impl<'a> Reader<'a> {
    fn new(
        bytes: &'a dyn Bytes,
        tensors: &'a Tensors,
        naming: &'a dyn Naming,
        device: &'a Device,
        progress: LoadProgress<'a>,
    ) -> Self {
        let bytes = tensors.values.as_ref().map_or(bytes, |values| values as &dyn Bytes);
        Self { bytes, tensors, naming, device, progress, used: BTreeSet::new(), done: 0 }
    }

    /// The tensors of a training, flat, by their names.
    fn training_tensors(&mut self) -> Result<BTreeMap<String, Tensor<1>>> {
        let entries = self.tensors.entries.iter().filter(|(name, _)| naming::is_of_training(name));
        let mut tensors = BTreeMap::new();
        for (name, entry) in entries {
            let values = self.decode(name, entry, None)?;
            tensors.insert(name.clone(), self.upload([values.len()], values)?);
            self.used.insert(name);
        }
        Ok(tensors)
    }

    fn upload<const D: usize>(&mut self, shape: [usize; D], values: Vec<f32>) -> Result<Tensor<D>> {
        let tensor = Tensor::from_data(TensorData::new(values, shape), self.device);
        // Hand it over now: a queue of waiting uploads would hold the whole model in memory.
        self.device.flush().map_err(|e| Error::DeviceLost { reason: e.to_string() })?;
        (self.progress)(self.done, self.bytes.len());
        Ok(tensor)
    }

    /// The names that no network took: extras, or an error for a tensor that is none.
    fn finish(self) -> Result<Vec<String>> {
        let entries = self.tensors.entries.iter();
        let ignored = entries
            .filter(|(name, _)| !self.used.contains(name.as_str()))
            .map(|(name, entry)| {
                if self.naming.is_extra(name) {
                    Ok(name.clone())
                } else {
                    Err(Error::Unknown { name: name.clone(), found: format!("{:?}", entry.shape) })
                }
            })
            .collect();
        (self.progress)(self.bytes.len(), self.bytes.len()); // what was passed over counts as done
        ignored
    }

    /// The values of a tensor, in our order.
    fn decode(
        &mut self,
        name: &str,
        entry: &Entry,
        order: Option<KernelOrder>,
    ) -> Result<Vec<f32>> {
        let (encoding, count) = entry.values(name)?;
        let width = encoding.width();
        let mut values = Vec::new();
        values.try_reserve_exact(count).map_err(|_| Error::Unsupported {
            what: format!("{name} has {count} values, more than there is memory for"),
        })?;
        values.resize(count, 0.0);
        let per_piece = (PIECE / width).min(count);
        let mut piece = vec![0u8; per_piece * width];
        let mut decoded = vec![0f32; per_piece];
        let mut first = 0;
        while first < count {
            let n = per_piece.min(count - first);
            let (raw, decoded) = (&mut piece[..n * width], &mut decoded[..n]);
            self.bytes.read(entry.offset + (first * width) as u64, raw);
            encoding.decode(raw, decoded);
            if let Some(at) = decoded.iter().position(|value| !value.is_finite()) {
                let (found, index) = (decoded[at], first + at);
                return Err(Error::NotFinite { name: name.into(), found, index });
            }
            match order {
                None => values[first..first + n].copy_from_slice(decoded),
                Some(order) => {
                    for (i, value) in decoded.iter().enumerate() {
                        values[order.place(first + i)] = *value;
                    }
                }
            }
            first += n;
            self.done += (n * width) as u64;
        }
        Ok(values)
    }
}

impl Parameters for Reader<'_> {
    type Error = Error;

    fn get<const D: usize>(
        &mut self,
        parameter: ParameterName,
        shape: [usize; D],
    ) -> Result<Tensor<D>> {
        let name = naming::file_name(self.naming, parameter);
        let axes = self.naming.kernel_axes();
        let expected = axes.file_shape(&shape);
        let tensors = self.tensors;
        let Some((name, entry)) = tensors.entries.get_key_value(&name) else {
            let Some(value) = self.naming.constant(tensors, parameter) else {
                return Err(Error::Missing { name, expected: format!("{expected:?}") });
            };
            return self.upload(shape, vec![value; shape.iter().product()]);
        };
        if entry.shape != expected {
            return Err(Error::Shape {
                name: name.clone(),
                found: format!("{:?}", entry.shape),
                expected: format!("{expected:?}"),
            });
        }
        let mut values = self.decode(name, entry, axes.order(&shape))?;
        if self.naming.skip_comes_first(parameter) {
            let half = values.len() / 2; // the inputs are the first axis
            values.rotate_left(half);
        }
        self.used.insert(name);
        self.upload(shape, values)
    }
}
