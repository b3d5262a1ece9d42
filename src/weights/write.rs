//! From networks to the bytes of a file, tensor by tensor.
//!
//! ```text
//! Contents ─> Outgoing { the file's name, shape, number type } ─> header ─> sink
//!                              └──────────> numbers, or codes ─> in the file's order ─> sink
//! ```

use std::cmp::Reverse;
use std::collections::BTreeMap;

use burn::tensor::Tensor;
use half::f16;
use safetensors::tensor::Dtype as Stored;

use super::code_book::{CODES, Census, CodeBook};
use super::format::{Dtype, Format};
use super::names::{Layout, place};
use super::{pict, safetensors as own};
use crate::device::numbers;
use crate::error::{Error, Result};
use crate::model::{Discriminator, Generator, GeneratorConfig};

/// What goes into a file.
#[derive(Clone, Copy)]
pub struct Contents<'a> {
    pub generator: &'a Generator,
    pub config: &'a GeneratorConfig,
    pub discriminator: Option<&'a Discriminator>,
    pub training: Option<&'a Training>,
}

/// What of a training is not weights, ready to be stored.
#[derive(Debug, Clone)]
pub struct Training {
    /// JSON, in the file's metadata.
    pub state: String,
    /// Numbers in a row, by names that begin with `adam.`; always stored as F32.
    pub tensors: BTreeMap<String, Tensor<1>>,
}

/// A tensor on its way into a file.
pub struct Outgoing {
    /// As the file calls it.
    pub name: String,
    /// As the file has it.
    pub shape: Vec<usize>,
    /// U8 is a code.
    pub stored: Stored,
    numbers: Numbers,
}

enum Numbers {
    InOrder(Tensor<1>),
    /// Of a kernel `[a, b, h, w]` whose file has `[h, w, b, a]`; with `[a, b, h * w]`.
    Reversed(Tensor<1>, [usize; 3]),
    Given(Vec<f32>),
}

/// Writes a file, piece by piece: no more than one tensor is in memory besides what `sink` keeps, or, in 8 bits, the
/// file. A model without biases gets zeros for them where a format has biases, which changes nothing.
///
/// # Errors
/// `weights/incompatible`: the format can't hold this, with what can. `weights/nan`. `device/lost`.
pub async fn write(
    contents: Contents<'_>,
    format: Format,
    dtype: Dtype,
    sink: &mut dyn FnMut(Vec<u8>),
) -> Result<()> {
    format.check(&contents, dtype)?;
    let mut tensors = contents.outgoing(format, dtype);
    let mut codes = Vec::new().into_iter();
    if dtype == Dtype::Q8 {
        let (book, coded) = code(&tensors).await?;
        codes = coded.into_iter();
        if format == Format::Pict {
            sink(pict::header(&tensors, &book.table()));
        } else {
            tensors.insert(0, Outgoing::code_book(&book));
        }
    }
    match format {
        Format::Pict => {}
        Format::Ours => sink(own::header(&tensors, own::metadata(&contents, dtype))),
        _ => sink(own::header(&tensors, BTreeMap::new())),
    }
    for tensor in &tensors {
        sink(match tensor.stored {
            Stored::U8 => codes.next().expect("every tensor of codes was coded"),
            _ => tensor.bytes().await?,
        });
    }
    Ok(())
}

/// The codes of each tensor that is stored as codes.
async fn code(tensors: &[Outgoing]) -> Result<(CodeBook, Vec<Vec<u8>>)> {
    let coded = || tensors.iter().filter(|tensor| tensor.stored == Stored::U8);
    let mut census = Census::new();
    for tensor in coded() {
        for value in tensor.finite_numbers().await? {
            census.add(value);
        }
    }
    let mut book = census.code_book();
    let mut used = [false; CODES];
    let mut all = Vec::new();
    for tensor in coded() {
        let values = tensor.finite_numbers().await?.into_iter();
        let codes: Vec<u8> = values.map(|value| book.code(value)).collect();
        codes.iter().for_each(|code| used[usize::from(*code)] = true);
        all.push(codes);
    }
    let now = book.keep(&used);
    for code in all.iter_mut().flatten() {
        *code = now[usize::from(*code)];
    }
    Ok((book, all))
}

impl Contents<'_> {
    pub(super) fn has_biases(&self) -> bool {
        let discriminator = self.discriminator.map(Discriminator::named_parameters);
        let mut names = discriminator.into_iter().flatten().map(|(name, _)| name);
        self.config.bias || names.any(|name| name.ends_with(".conv.bias"))
    }

    /// All tensors, in the order in which they are written.
    fn outgoing(&self, format: Format, dtype: Dtype) -> Vec<Outgoing> {
        let layout = format.layout();
        let stored = |is_kernel| match dtype {
            Dtype::F32 => Stored::F32,
            Dtype::F16 => Stored::F16,
            Dtype::Q8 if is_kernel || format == Format::Pict => Stored::U8,
            Dtype::Q8 => Stored::F32,
        };
        let mut tensors = Vec::new();
        let discriminator = self.discriminator.map(Discriminator::named_parameters);
        let networks = [
            ("generator", self.generator.named_parameters()),
            ("discriminator", discriminator.unwrap_or_default()),
        ];
        for (network, parameters) in networks {
            for (name, (shape, tensor)) in &parameters {
                tensors.push(Outgoing {
                    name: layout.file_name(network, name),
                    shape: layout.file_shape(shape),
                    stored: stored(shape.len() == 4),
                    numbers: match shape[..] {
                        [a, b, h, w] if layout != Layout::Ours => {
                            Numbers::Reversed(tensor.clone(), [a, b, h * w])
                        }
                        _ => Numbers::InOrder(tensor.clone()),
                    },
                });
                let Some(layer) = name.strip_suffix(".conv.weight") else { continue };
                let bias = format!("{layer}.conv.bias");
                let is_there = parameters.iter().any(|(name, _)| *name == bias);
                if layout == Layout::TensorFlow2018 && !is_there {
                    let channels = shape[usize::from(layer.starts_with("decoder"))];
                    tensors.push(Outgoing {
                        name: layout.file_name(network, &bias),
                        shape: vec![channels],
                        stored: stored(false),
                        numbers: Numbers::Given(vec![0.0; channels]),
                    });
                }
            }
        }
        for (name, tensor) in self.training.iter().flat_map(|training| &training.tensors) {
            tensors.push(Outgoing {
                name: name.clone(),
                shape: tensor.dims().to_vec(),
                stored: Stored::F32,
                numbers: Numbers::InOrder(tensor.clone()),
            });
        }
        if format == Format::Pict {
            tensors.sort_by(|a, b| a.name.cmp(&b.name));
        }
        // Wide numbers first, so that each lies at a multiple of its width.
        tensors.sort_by_key(|tensor| Reverse(tensor.stored.bitsize()));
        tensors
    }
}

impl Outgoing {
    fn code_book(book: &CodeBook) -> Self {
        let name = own::CODE_BOOK.into();
        let numbers = Numbers::Given(book.table());
        Self { name, shape: vec![CODES], stored: Stored::F32, numbers }
    }

    /// In the file's order.
    async fn numbers(&self) -> Result<Vec<f32>> {
        match &self.numbers {
            Numbers::InOrder(tensor) => numbers(tensor.clone()).await,
            Numbers::Reversed(tensor, axes) => {
                let ours = numbers(tensor.clone()).await?;
                Ok((0..ours.len()).map(|i| ours[place(i, *axes)]).collect())
            }
            Numbers::Given(values) => Ok(values.clone()),
        }
    }

    /// What a reader would refuse is refused here.
    async fn finite_numbers(&self) -> Result<Vec<f32>> {
        let values = self.numbers().await?;
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => {
                Err(Error::NotFinite { name: self.name.clone(), found: values[index], index })
            }
            None => Ok(values),
        }
    }

    async fn bytes(&self) -> Result<Vec<u8>> {
        let values = self.finite_numbers().await?.into_iter();
        if self.stored != Stored::F16 {
            return Ok(values.flat_map(f32::to_le_bytes).collect());
        }
        let halves = values.map(|value| match f16::from_f32(value) {
            half if half.is_finite() => Ok(half.to_le_bytes()),
            _ => Err(Error::Incompatible {
                format: "f16",
                what: format!("{value} in {}", self.name),
                remedy: "Write f32".into(),
            }),
        });
        Ok(halves.collect::<Result<Vec<_>>>()?.into_flattened())
    }
}
