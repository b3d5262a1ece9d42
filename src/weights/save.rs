//! From networks to the bytes of a file, tensor by tensor.
//!
//! ```text
//! Contents ─> Outgoing { the file's name, shape, number type } ─> header ─> sink
//!                              └──────────> numbers, or codes ─> in the file's order ─> sink
//! ```

use std::cmp::Reverse;
use std::collections::BTreeMap;

use safetensors::tensor::Dtype as Stored;

use super::container::{pict, safetensors as own};
use super::contents::Contents;
use super::format::{Dtype, Format};
use super::naming::Layout;
use super::outgoing::{Numbers, Outgoing};
use super::quantise::{CODES, Census, CodeBook};
use crate::error::Result;
use crate::model::{Discriminator, Generator, LayerName, NamedParameter, Part};

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
    let mut tensors = outgoing(&contents, format, dtype);
    let mut codes = Vec::new().into_iter();
    if dtype == Dtype::Q8 {
        let (book, coded) = code(&tensors).await?;
        codes = coded.into_iter();
        if format == Format::Pict {
            sink(pict::header(&tensors, &book.table()));
        } else {
            tensors.insert(0, code_book(&book));
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

/// All tensors, in the order in which they are written.
fn outgoing(contents: &Contents, format: Format, dtype: Dtype) -> Vec<Outgoing> {
    let layout = format.layout();
    let stored = |is_kernel| match dtype {
        Dtype::F32 => Stored::F32,
        Dtype::F16 => Stored::F16,
        Dtype::Q8 if is_kernel || format == Format::Pict => Stored::U8,
        Dtype::Q8 => Stored::F32,
    };
    let mut tensors = Vec::new();
    let networks = [
        contents.generator.map(Generator::named_parameters),
        contents.discriminator.map(Discriminator::named_parameters),
    ];
    for parameters in networks.into_iter().flatten() {
        for NamedParameter { name, shape, values } in &parameters {
            tensors.push(Outgoing {
                name: layout.file_name(*name),
                shape: layout.file_shape(shape),
                stored: stored(shape.len() == 4),
                numbers: match shape[..] {
                    [a, b, h, w] if layout != Layout::Ours => {
                        Numbers::Reversed(values.clone(), [a, b, h * w])
                    }
                    _ => Numbers::InOrder(values.clone()),
                },
            });
            if name.part != Part::Weight {
                continue;
            }
            let bias = name.layer.part(Part::Bias);
            let is_there = parameters.iter().any(|parameter| parameter.name == bias);
            if layout == Layout::TensorFlow2018 && !is_there {
                let channels = shape[usize::from(matches!(name.layer, LayerName::Decoder(_)))];
                tensors.push(Outgoing {
                    name: layout.file_name(bias),
                    shape: vec![channels],
                    stored: stored(false),
                    numbers: Numbers::Given(vec![0.0; channels]),
                });
            }
        }
    }
    for (name, tensor) in contents.training.iter().flat_map(|training| &training.tensors) {
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

/// The table of a file of codes, as a tensor of it.
fn code_book(book: &CodeBook) -> Outgoing {
    let numbers = Numbers::Given(book.table());
    Outgoing { name: own::CODE_BOOK.into(), shape: vec![CODES], stored: Stored::F32, numbers }
}
