//! From a file to networks on a device, one tensor at a time.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::{Device, Tensor, TensorData};

use super::bytes::Bytes;
use super::card::Card;
use super::container;
use super::format::Format;
use super::naming::{self, KernelOrder, Naming};
use super::original;
use super::save::{Contents, Training};
use super::tensors::{Encoding, Entry, Tensors};
use crate::error::{Error, Result};
use crate::model::{
    Discriminator, DiscriminatorConfig, Generator, GeneratorConfig, Kernels, LayerName,
    NamedParameter, ParameterName, Parameters, Part,
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
    /// What the file says of the model.
    pub card: Option<Card>,
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
            card: self.card.as_ref(),
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
    let card = Card::of(&tensors)?;
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
        None => {
            let networks = (generator.named_parameters().into_iter())
                .chain(discriminator.iter().flat_map(|(network, _)| network.named_parameters()));
            reader.original_training(networks)?
        }
    };
    let ignored = reader.finish()?;
    let format = Format::of(tensors.container, naming);
    Ok(Loaded { generator, config, discriminator, training, card, format, dtype, ignored })
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
    let [generator, discriminator] = [LayerName::Encoder(1), LayerName::Layer(1)];
    let kernels =
        [(generator, Part::Weight), (generator, Part::Pointwise), (discriminator, Part::Weight)];
    let first = kernels.into_iter().find_map(|(layer, part)| {
        tensors.entries.get_key_value(&naming::file_name(naming, layer.part(part)))
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
        Self {
            bytes: tensors.bytes(bytes),
            tensors,
            naming,
            device,
            progress,
            used: BTreeSet::new(),
            done: 0,
        }
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

    /// The training of a checkpoint of the original's, with the moments of the networks' parameters.
    fn original_training(
        &mut self,
        parameters: impl Iterator<Item = NamedParameter>,
    ) -> Result<Option<Training>> {
        let Some(training) = original::read(self.tensors, self.bytes)? else { return Ok(None) };
        self.used.extend(&training.used);
        let mut tensors = BTreeMap::new();
        let mut learned = Vec::new();
        for NamedParameter { name, shape, .. } in parameters {
            let moments = self.naming.moments(name).into_iter().flatten();
            for (which, moment) in ["first", "second"].into_iter().zip(moments) {
                let Some((moment, entry)) = self.tensors.entries.get_key_value(&moment) else {
                    continue;
                };
                let values = self.values(moment, entry, &shape)?;
                tensors
                    .insert(naming::moment_name(which, name), self.upload([values.len()], values)?);
                learned.push(name);
            }
        }
        Ok(Some(Training { state: training.state(learned), tensors }))
    }

    /// The values of a tensor that is as large as a parameter of this shape of ours, in our order.
    fn values(&mut self, name: &'a str, entry: &Entry, shape: &[usize]) -> Result<Vec<f32>> {
        let axes = self.naming.kernel_axes();
        let expected = axes.file_shape(shape);
        if entry.shape != expected {
            return Err(Error::Shape {
                name: name.into(),
                found: format!("{:?}", entry.shape),
                expected: format!("{expected:?}"),
            });
        }
        self.used.insert(name);
        self.decode(name, entry, axes.order(shape))
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
        let [together, bytes] = encoding.group();
        let mut values = Vec::new();
        values.try_reserve_exact(count).map_err(|_| Error::Unsupported {
            what: format!("{name} has {count} values, more than there is memory for"),
        })?;
        values.resize(count, 0.0);
        let per_piece = (PIECE / bytes * together).min(count);
        let mut piece = vec![0u8; per_piece / together * bytes];
        let mut decoded = vec![0f32; per_piece];
        let mut checksum = 0;
        let mut first = 0;
        while first < count {
            let n = per_piece.min(count - first);
            let (raw, decoded) = (&mut piece[..n / together * bytes], &mut decoded[..n]);
            self.bytes.read(entry.offset + (first / together * bytes) as u64, raw);
            if entry.checksum.is_some() {
                checksum = crc32c::crc32c_append(checksum, raw);
            }
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
            self.done += raw.len() as u64;
        }
        if entry.checksum.is_some_and(|expected| expected != checksum) {
            return Err(Error::Checksum { place: name.into() });
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
        let tensors = self.tensors;
        let Some((name, entry)) = tensors.entries.get_key_value(&name) else {
            let Some(value) = self.naming.constant(tensors, parameter) else {
                let expected = self.naming.kernel_axes().file_shape(&shape);
                return Err(Error::Missing { name, expected: format!("{expected:?}") });
            };
            return self.upload(shape, vec![value; shape.iter().product()]);
        };
        let mut values = self.values(name, entry, &shape)?;
        if self.naming.skip_comes_first(parameter) {
            let half = values.len() / 2; // the inputs are the first axis
            values.rotate_left(half);
        }
        // As files of 8 bits come from trainings that held their kernels to some.
        if parameter.is_transposed_kernel() && matches!(entry.encoding, Some(Encoding::CodeBook(_)))
        {
            Kernels::restore(&mut values);
        }
        self.upload(shape, values)
    }
}
