//! From networks to the bytes of a file, tensor by tensor.
//!
//! ```text
//! Contents ─> Outgoing { the file's name, shape, number type } ─> header ─> sink
//!                              └──────────> values, or codes ─> in the file's order ─> sink
//! ```

use std::cmp::Reverse;
use std::collections::BTreeMap;

use burn::tensor::Tensor;
use half::f16;
use safetensors::tensor::Dtype as Stored;

use super::card::{self, Card};
use super::container::{Container, pict, safetensors as own};
use super::format::{Dtype, Format};
use super::naming::{self, KernelOrder, PyTorch};
use super::onnx;
use super::quantise::{CODES, Census, CodeBook};
use crate::device;
use crate::error::{Error, Result};
use crate::model::{
    Convolution, Discriminator, Generator, GeneratorConfig, KERNEL, Kernels, NamedParameter, Norm,
    ParameterName, Part, coordinates,
};

/// What goes into a file.
#[derive(Clone, Copy)]
pub struct Contents<'a> {
    pub generator: Option<&'a Generator>,
    /// The generator's.
    pub config: &'a GeneratorConfig,
    pub discriminator: Option<&'a Discriminator>,
    pub training: Option<&'a Training>,
    /// What the file says of the model, where its format holds that.
    pub card: Option<&'a Card>,
}

/// What of a training is not weights, ready to be stored.
#[derive(Debug, Clone)]
pub struct Training {
    /// JSON, in the file's metadata.
    pub state: String,
    /// Optimisers' moments and the moving average of the weights, flat, by names that begin with `adam.` and `average.`;
    /// always stored as F32.
    pub tensors: BTreeMap<String, Tensor<1>>,
}

impl<'a> Contents<'a> {
    /// A generator alone.
    pub fn of_generator(generator: &'a Generator, config: &'a GeneratorConfig) -> Self {
        let (discriminator, training, card) = (None, None, None);
        Self { generator: Some(generator), config, discriminator, training, card }
    }
}

impl Contents<'_> {
    /// Each parameter of the networks, in the order in which it is written.
    fn parameters(&self) -> Vec<NamedParameter> {
        let generator = self.generator.map(Generator::named_parameters);
        let discriminator = self.discriminator.map(Discriminator::named_parameters);
        [generator, discriminator].into_iter().flatten().flatten().collect()
    }
}

/// Writes a file, piece by piece: no more than one tensor is in memory besides what `sink` keeps, or, in 8 bits, the
/// file. An ONNX file has no place for a card, and goes without. A model without biases is written with zeros for them where a format has biases, which changes nothing.
///
/// # Errors
/// `weights/incompatible`: the format can't hold this, with what can. `weights/card`, `weights/nan`, `device/lost`.
///
/// ```
/// use burn::tensor::Device;
/// use pix2pix_web::model::GeneratorConfig;
/// use pix2pix_web::weights::{self, Contents, Dtype, Format};
///
/// let config = GeneratorConfig { ngf: 1, depth: 5, ..Default::default() };
/// let device = Device::flex();
/// let generator = config.init(&device, 7);
/// let contents = Contents::of_generator(&generator, &config);
/// let mut file = Vec::new();
/// let mut sink = |piece| file.extend(piece);
/// pollster::block_on(weights::write(contents, Format::Ours, Dtype::F32, &mut sink))?;
///
/// let loaded = weights::load(&file, &device, &mut |_, _| ())?;
/// assert_eq!(loaded.config, config);
/// # Ok::<(), pix2pix_web::Error>(())
/// ```
pub async fn write(
    contents: Contents<'_>,
    format: Format,
    dtype: Dtype,
    sink: &mut dyn FnMut(Vec<u8>),
) -> Result<()> {
    let card = contents.card.filter(|_| format.holds_card());
    card.map_or(Ok(()), Card::check)?;
    let mut tensors = outgoing(&contents, format, dtype)?;
    if format == Format::PyTorch && contents.config.norm == Norm::Instance {
        check_constants(&contents).await?;
    }
    let mut codes = Vec::new().into_iter();
    let mut book = None;
    let mut folded = None;
    if dtype == Dtype::Q8 {
        if format == Format::Ours {
            folded = fold(&mut tensors).await?;
        }
        let (found, coded) = code(&tensors, folded).await?;
        codes = coded.into_iter();
        book = Some(found.table());
    }
    match (format.container(), &book) {
        (Container::Pict, Some(book)) => {
            let listed = tensors.iter().map(|t| (t.name.as_str(), t.shape.as_slice()));
            sink(pict::header(listed, book));
        }
        (Container::Onnx, _) => {
            let listed = tensors.iter().map(|t| (t.name.as_str(), t.shape.as_slice()));
            sink(onnx::header(contents.config, listed)?);
        }
        _ => {
            if let Some(book) = &book {
                tensors.insert(0, Outgoing::code_book(book));
            }
            let mut metadata = BTreeMap::new();
            if format == Format::Ours {
                let config = contents.generator.map(|_| contents.config);
                let training = contents.training.map(|training| training.state.as_str());
                metadata = naming::metadata(config, training);
            }
            metadata.extend(card.map(|card| (card::KEY, card.json())));
            let listed = tensors.iter().map(|t| (t.name.as_str(), t.shape.as_slice(), t.stored));
            sink(own::header(
                listed,
                metadata,
                book.is_some(),
                folded.map(|folded| folded.kernels),
            ));
        }
    }
    for tensor in &tensors {
        if format == Format::Onnx {
            sink(onnx::tensor_header(&tensor.name, &tensor.shape));
        }
        sink(match tensor.stored {
            Stored::U8 => codes.next().expect("every tensor of codes was coded"),
            _ => tensor.bytes().await?,
        });
    }
    if let (Container::Pict, Some(card)) = (format.container(), card) {
        sink(pict::card(&card.json()));
    }
    Ok(())
}

/// Refuses scales and shifts behind an instance normalisation, which PyTorch's has none of.
async fn check_constants(contents: &Contents<'_>) -> Result<()> {
    for NamedParameter { name, values, .. } in contents.parameters() {
        let constant = match name.part {
            Part::Gamma => 1.0,
            Part::Beta => 0.0,
            _ => continue,
        };
        if device::values(values).await?.into_iter().any(|value| value != constant) {
            return Err(Error::Incompatible {
                holder: Format::PyTorch.name(),
                what: format!("{name}: its instance normalisation neither scales nor shifts"),
                remedy: "Write the format pix2pix-web".into(),
            });
        }
    }
    Ok(())
}

/// Transposed kernels as coordinates in those that they are held to.
#[derive(Clone, Copy)]
struct Folded {
    kernels: Kernels,
    axis: &'static [[f32; KERNEL]],
    /// Coordinates are multiples of this, a power of two: so those that are computed from kernels are the very ones that the
    /// kernels were computed from, and what was coded once is coded without loss ever after.
    grid: f32,
}

impl Folded {
    /// Far more than float32 loses on the way to kernels and back, and far less than 8 bits do.
    const GRID: f32 = 1.0 / 65536.0;

    fn coordinates(&self, taps: &[f32]) -> Vec<f32> {
        let all = coordinates(self.axis, taps).into_iter();
        all.map(|coordinate| round_to(self.grid, coordinate)).collect()
    }
}

fn round_to(grid: f32, value: f32) -> f32 {
    (value / grid).round() * grid
}

/// Those transposed kernels that are held to some are stored as their coordinates: `linear` ones take a quarter of the bytes, and
/// draw no grid after rounding either. Those that are held to others than the first are stored as they are.
async fn fold(tensors: &mut [Outgoing]) -> Result<Option<Folded>> {
    let mut found: Option<Folded> = None;
    let mut largest = 0.0f32;
    let mut held = Vec::new();
    for (i, tensor) in tensors.iter().enumerate().filter(|(_, tensor)| tensor.taps.is_some()) {
        let taps = tensor.values().await?;
        let kernels = Kernels::of(&taps);
        let Some(axis) = kernels.axis() else { continue };
        if found.get_or_insert(Folded { kernels, axis, grid: 0.0 }).kernels == kernels {
            let all = coordinates(axis, &taps).into_iter();
            largest = all.fold(largest, |most, coordinate| most.max(coordinate.abs()));
            held.push(i);
        }
    }
    let Some(folded) = &mut found else { return Ok(None) };
    // What is a hair above a power of two counts as that.
    let power = (largest * (1.0 - Folded::GRID)).log2().ceil().exp2();
    folded.grid = (power * Folded::GRID).max(f32::MIN_POSITIVE);
    for i in held {
        let tensor = &mut tensors[i];
        for side in tensor.taps.take().into_iter().flatten() {
            tensor.shape[side] = folded.axis.len();
        }
        tensor.folded = Some(*folded);
    }
    Ok(found)
}

/// The codes of each tensor that is stored as codes.
async fn code(tensors: &[Outgoing], folded: Option<Folded>) -> Result<(CodeBook, Vec<Vec<u8>>)> {
    let coded = || tensors.iter().filter(|tensor| tensor.stored == Stored::U8);
    let mut census = Census::new();
    for tensor in coded() {
        for value in tensor.finite_values().await? {
            census.add(value);
        }
    }
    let mut book = census.code_book();
    if let Some(Folded { grid, .. }) = folded {
        book = book.map(|value| round_to(grid, value));
    }
    let mut used = [false; CODES];
    let mut all = Vec::new();
    for tensor in coded() {
        let values = tensor.finite_values().await?;
        let codes = match tensor.taps {
            Some(taps) => book.balanced(&values, &tensor.shape, taps),
            None => values.into_iter().map(|value| book.code(value)).collect(),
        };
        codes.iter().for_each(|code| used[usize::from(*code)] = true);
        all.push(codes);
    }
    let new = book.keep(&used);
    for code in all.iter_mut().flatten() {
        *code = new[usize::from(*code)];
    }
    Ok((book, all))
}

/// All tensors, in the order in which they are written.
fn outgoing(contents: &Contents, format: Format, dtype: Dtype) -> Result<Vec<Outgoing>> {
    let parameters = contents.parameters();
    format.check(contents, &parameters, dtype)?;
    let naming = format.naming(contents);
    let stored = |is_kernel| match dtype {
        Dtype::F32 => Stored::F32,
        Dtype::F16 => Stored::F16,
        Dtype::Q8 if is_kernel || format == Format::Pict => Stored::U8,
        Dtype::Q8 => Stored::F32,
    };
    let file_name = |name: ParameterName| {
        naming.file_name(name).ok_or_else(|| Error::Incompatible {
            holder: format.name(),
            what: name.to_string(),
            remedy: "Write the format pix2pix-web".into(),
        })
    };
    let mut tensors = Vec::new();
    for NamedParameter { name, shape, values } in &parameters {
        if format == Format::Onnx && matches!(name.part, Part::RunningMean | Part::RunningVariance)
        {
            continue; // its graph normalises by the picture's own statistics
        }
        if format == Format::PyTorch && matches!(name.part, Part::Gamma | Part::Beta) {
            if contents.config.norm == Norm::Instance {
                continue; // `check_constants` has seen that there is nothing to write
            }
            if name.part == Part::Gamma {
                let has = |part| parameters.iter().any(|p| p.name == name.layer.part(part));
                for part in [Part::RunningMean, Part::RunningVariance] {
                    if !has(part) {
                        let value = if part == Part::RunningMean { 0.0 } else { 1.0 };
                        tensors.push(Outgoing::given(
                            file_name(name.layer.part(part))?,
                            shape.clone(),
                            vec![value; shape.iter().product()],
                            stored(false),
                        ));
                    }
                }
                let counter = PyTorch::counter(&file_name(*name)?);
                tensors.push(Outgoing::given(counter, Vec::new(), vec![0.0], Stored::I64));
            }
        }
        let axes = naming.kernel_axes();
        let shape_in_file = match (format, name.part, &shape[..]) {
            // There a kernel for each channel is one of an output channel.
            (Format::Onnx, Part::Depthwise, &[one, channels, h, w]) => vec![channels, one, h, w],
            // There axes are matched from the last one on.
            (Format::Onnx, part, &[channels]) if part.is_of_activation() => vec![channels, 1, 1],
            _ => axes.file_shape(shape),
        };
        tensors.push(Outgoing {
            name: file_name(*name)?,
            shape: shape_in_file,
            taps: axes.transposed_taps(*name),
            folded: None,
            stored: stored(name.part.is_kernel()),
            values: match axes.order(shape) {
                _ if naming.skip_comes_first(*name) => Values::HalvesSwapped(values.clone()),
                None => Values::InOrder(values.clone()),
                Some(order) => Values::Reordered(values.clone(), order),
            },
        });
        let bias = name.layer.part(Part::Bias);
        let lacks_bias = || !parameters.iter().any(|parameter| parameter.name == bias);
        let is_last_kernel = matches!(name.part, Part::Weight | Part::Pointwise);
        if naming.always_has_biases() && is_last_kernel && lacks_bias() {
            let channels = shape[usize::from(name.is_transposed_kernel())];
            tensors.push(Outgoing::given(
                file_name(bias)?,
                vec![channels],
                vec![0.0; channels],
                stored(false),
            ));
        }
    }
    if format == Format::Onnx && contents.config.convolution == Convolution::Separable {
        let (name, scales) = onnx::ENLARGED;
        tensors.push(Outgoing::given(name.into(), vec![4], scales.to_vec(), Stored::F32));
    }
    for (name, tensor) in contents.training.iter().flat_map(|training| &training.tensors) {
        tensors.push(Outgoing {
            name: name.clone(),
            shape: tensor.dims().to_vec(),
            taps: None,
            folded: None,
            stored: Stored::F32,
            values: Values::InOrder(tensor.clone()),
        });
    }
    if format == Format::Pict {
        tensors.sort_by(|a, b| a.name.cmp(&b.name));
    }
    // Wide types first, so that each value is at a multiple of its width.
    tensors.sort_by_key(|tensor| Reverse(tensor.stored.bitsize()));
    Ok(tensors)
}

/// A tensor on its way into a file.
struct Outgoing {
    /// As the file calls it.
    name: String,
    /// As the file has it.
    shape: Vec<usize>,
    /// Of a transposed kernel with all its taps, the axes of its rows and columns.
    taps: Option<[usize; 2]>,
    /// Where the coordinates of its kernels are stored instead.
    folded: Option<Folded>,
    /// U8 is a code.
    stored: Stored,
    values: Values,
}

enum Values {
    InOrder(Tensor<1>),
    /// A kernel that has its values in another order in the file.
    Reordered(Tensor<1>, KernelOrder),
    /// A kernel whose inputs come in the other order in the file.
    HalvesSwapped(Tensor<1>),
    Given(Vec<f32>),
}

impl Outgoing {
    fn given(name: String, shape: Vec<usize>, values: Vec<f32>, stored: Stored) -> Self {
        let values = Values::Given(values);
        Self { name, shape, taps: None, folded: None, stored, values }
    }

    fn code_book(table: &[f32]) -> Self {
        Self::given(own::CODE_BOOK.into(), vec![CODES], table.into(), Stored::F32)
    }

    /// In the file's order.
    async fn values(&self) -> Result<Vec<f32>> {
        match &self.values {
            Values::InOrder(tensor) => device::values(tensor.clone()).await,
            Values::Reordered(tensor, order) => {
                let ours = device::values(tensor.clone()).await?;
                Ok((0..ours.len()).map(|i| ours[order.place(i)]).collect())
            }
            Values::HalvesSwapped(tensor) => {
                let mut values = device::values(tensor.clone()).await?;
                let half = values.len() / 2;
                values.rotate_left(half);
                Ok(values)
            }
            Values::Given(values) => Ok(values.clone()),
        }
    }

    /// As they are stored. What a reader would refuse is refused here.
    async fn finite_values(&self) -> Result<Vec<f32>> {
        let mut values = self.values().await?;
        if let Some(folded) = &self.folded {
            values = folded.coordinates(&values);
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => {
                Err(Error::NotFinite { name: self.name.clone(), found: values[index], index })
            }
            None => Ok(values),
        }
    }

    async fn bytes(&self) -> Result<Vec<u8>> {
        let values = self.finite_values().await?.into_iter();
        match self.stored {
            Stored::F16 => {}
            Stored::I64 => {
                return Ok(values.flat_map(|value| (value as i64).to_le_bytes()).collect());
            }
            _ => return Ok(values.flat_map(f32::to_le_bytes).collect()),
        }
        let halves = values.map(|value| match f16::from_f32(value) {
            half if half.is_finite() => Ok(half.to_le_bytes()),
            _ => Err(Error::Incompatible {
                holder: Dtype::F16.name(),
                what: format!("{value} in {}", self.name),
                remedy: "Write f32".into(),
            }),
        });
        Ok(halves.collect::<Result<Vec<_>>>()?.into_flattened())
    }
}
