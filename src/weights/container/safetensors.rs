//! `.safetensors`: our own files, with the config in their metadata, and files with TensorFlow's names.

use std::collections::BTreeMap;

use safetensors::tensor::{Dtype as Stored, Metadata, TensorInfo};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::weights::contents::Contents;
use crate::weights::format::Dtype;
use crate::weights::outgoing::Outgoing;
use crate::weights::quantise::CODES;
use crate::weights::tensors::{Bytes, Encoding, Entry, Index, read_exact};

/// The keys of the config, of a training's state and of the code book's name in our files' metadata.
const CONFIG: &str = "pix2pix-web/generator";
const TRAINING: &str = "pix2pix-web/training";
const CODE_BOOK_NAME: &str = "pix2pix-web/code-book";
/// The tensor of 256 numbers that the codes of an 8-bit file stand for.
pub const CODE_BOOK: &str = "code_book";

pub fn index(bytes: &dyn Bytes) -> Result<Index> {
    let raw = read_exact(bytes, "the header's length", 0, 8)?;
    let header_len = u64::from_le_bytes(raw.try_into().expect("eight bytes were read"));
    let header = read_exact(bytes, "the header", 8, header_len)?;
    let metadata: Metadata = serde_json::from_slice(&header).map_err(|e| Error::Index {
        detail: format!("the safetensors header can't be read: {e}"),
    })?;
    drop(header);
    let data_at = 8 + header_len;
    let stored = |key| metadata.metadata().as_ref().and_then(|m| m.get(key));
    let book_name = stored(CODE_BOOK_NAME);
    let book = book_name.map(|name| code_book(bytes, &metadata, name, data_at)).transpose()?;

    let mut entries = BTreeMap::new();
    for (name, info) in metadata.tensors() {
        if Some(&name) == book_name {
            continue;
        }
        let (start, end) = info.data_offsets;
        let end = data_at + end as u64;
        if end > bytes.len() {
            return Err(Error::Truncated { place: name, found: bytes.len(), expected: end });
        }
        let encoding = match info.dtype {
            Stored::F32 => Encoding::F32,
            Stored::F16 => Encoding::F16,
            Stored::BF16 => Encoding::Bf16,
            other => match &book {
                Some(book) if other == Stored::U8 => book.clone(),
                _ => Encoding::Other(format!("{other:?}")),
            },
        };
        let entry = Entry { shape: info.shape.clone(), encoding, offset: data_at + start as u64 };
        entries.insert(name, entry);
    }
    let total = data_at + metadata.data_len() as u64;
    if total != bytes.len() {
        let detail = format!("{} bytes follow the last tensor", bytes.len() - total);
        return Err(Error::Index { detail });
    }
    let config = match stored(CONFIG) {
        Some(json) => Some(serde_json::from_str(json).map_err(|e| Error::Index {
            detail: format!("the metadata's {CONFIG} is no config: {e}"),
        })?),
        None => None,
    };
    let training = stored(TRAINING).cloned();
    Ok(Index { entries, is_pict: false, config, training })
}

/// What the metadata calls the code book.
fn code_book(bytes: &dyn Bytes, metadata: &Metadata, name: &str, data_at: u64) -> Result<Encoding> {
    let expected = format!("F32 of [{CODES}]");
    let Some(info) = metadata.info(name) else {
        return Err(Error::Missing { name: name.into(), expected });
    };
    if info.dtype != Stored::F32 || info.shape != [CODES] {
        let found = format!("{:?} of {:?}", info.dtype, info.shape);
        return Err(Error::Shape { name: name.into(), found, expected });
    }
    let (start, end) = info.data_offsets;
    let raw = read_exact(bytes, name, data_at + start as u64, (end - start) as u64)?;
    Encoding::code_book(&raw, name)
}

/// What a file of ours says besides its tensors.
pub fn metadata(contents: &Contents, dtype: Dtype) -> BTreeMap<&'static str, String> {
    let mut metadata = BTreeMap::new();
    if contents.generator.is_some() {
        let config = serde_json::to_string(contents.config);
        metadata.insert(CONFIG, config.expect("a config of numbers and names is JSON"));
    }
    if let Some(training) = contents.training {
        metadata.insert(TRAINING, training.state.clone());
    }
    if dtype == Dtype::Q8 {
        metadata.insert(CODE_BOOK_NAME, CODE_BOOK.into());
    }
    metadata
}

/// The header's length, eight bytes, and the header, padded to a multiple of eight as the format asks for. The same
/// tensors give the same bytes.
pub fn header(tensors: &[Outgoing], metadata: BTreeMap<&str, String>) -> Vec<u8> {
    let json = |value| serde_json::to_value(value).expect("names and numbers are JSON");
    let mut header = BTreeMap::new();
    let mut end = 0;
    for Outgoing { name, shape, stored, .. } in tensors {
        let start = end;
        end += shape.iter().product::<usize>() * stored.bitsize() / 8;
        let (dtype, shape) = (*stored, shape.clone());
        header.insert(name.as_str(), json(TensorInfo { dtype, shape, data_offsets: (start, end) }));
    }
    if !metadata.is_empty() {
        header.insert("__metadata__", Value::from_iter(metadata));
    }
    let mut header = serde_json::to_vec(&header).expect("names and numbers are JSON");
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes
}
