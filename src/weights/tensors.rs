//! What a file says it holds: a list of tensors with their places.

use std::collections::BTreeMap;
use std::sync::Arc;

use half::{bf16, f16};

use crate::error::{Error, Result};
use crate::model::GeneratorConfig;

/// The bytes of a file, wherever they lie: in a slice, or outside WebAssembly's memory.
pub trait Bytes {
    fn len(&self) -> u64;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `into` from `offset` on. The caller has checked that the bytes are there.
    fn read(&self, offset: u64, into: &mut [u8]);
}

impl Bytes for [u8] {
    fn len(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, offset: u64, into: &mut [u8]) {
        let offset = offset as usize;
        into.copy_from_slice(&self[offset..offset + into.len()]);
    }
}

impl Bytes for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn read(&self, offset: u64, into: &mut [u8]) {
        self.as_slice().read(offset, into);
    }
}

/// How a tensor's numbers are stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Encoding {
    F32,
    F16,
    Bf16,
    /// One byte a number, an index into 256 values.
    CodeBook(Arc<[f32; 256]>),
    /// A number type that only extras may have, such as a step counter's I64.
    Other(String),
}

impl Encoding {
    /// A code book's 256 numbers, little-endian, as `place` of a file holds them.
    pub fn code_book(raw: &[u8], place: &str) -> Result<Self> {
        let mut book = [0f32; 256];
        for (value, b) in book.iter_mut().zip(raw.as_chunks::<4>().0) {
            *value = f32::from_le_bytes(*b);
        }
        match book.iter().position(|v| !v.is_finite()) {
            Some(index) => Err(Error::NotFinite { name: place.into(), found: book[index], index }),
            None => Ok(Encoding::CodeBook(Arc::new(book))),
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Encoding::F32 => "f32",
            Encoding::F16 => "f16",
            Encoding::Bf16 => "bf16",
            Encoding::CodeBook(_) => "q8",
            Encoding::Other(_) => "other",
        }
    }

    /// Bytes a number.
    pub fn width(&self) -> usize {
        match self {
            Encoding::F32 => 4,
            Encoding::F16 | Encoding::Bf16 => 2,
            Encoding::CodeBook(_) => 1,
            Encoding::Other(_) => 0,
        }
    }

    /// The numbers of `raw`, little-endian.
    pub fn decode<'a>(&'a self, raw: &'a [u8]) -> Box<dyn Iterator<Item = f32> + 'a> {
        match self {
            Encoding::F32 => {
                Box::new(raw.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)))
            }
            Encoding::F16 => {
                Box::new(raw.as_chunks::<2>().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()))
            }
            Encoding::Bf16 => {
                Box::new(raw.as_chunks::<2>().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()))
            }
            Encoding::CodeBook(book) => Box::new(raw.iter().map(|&code| book[code as usize])),
            Encoding::Other(_) => unreachable!("the reader refuses other number types by name"),
        }
    }
}

/// One tensor of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub shape: Vec<usize>,
    pub encoding: Encoding,
    /// Where its first byte lies in the file.
    pub offset: u64,
}

/// All tensors of a file, by the file's own names.
#[derive(Debug)]
pub struct Index {
    pub entries: BTreeMap<String, Entry>,
    pub is_pict: bool,
    /// The config in the metadata of our own files.
    pub config: Option<GeneratorConfig>,
    /// The state of a training in the metadata of our own checkpoints.
    pub training: Option<String>,
}

impl Index {
    /// The tensor of this name.
    pub fn entry(&self, name: &str) -> Result<&Entry> {
        self.entries
            .get(name)
            .ok_or_else(|| Error::Missing { name: name.into(), expected: "4 by 4 kernels".into() })
    }

    pub fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }
}

/// `bytes[offset..offset + length]`, or the error that it is not there.
pub fn read_exact(bytes: &dyn Bytes, place: &str, offset: u64, length: u64) -> Result<Vec<u8>> {
    let end = offset.saturating_add(length);
    if end > bytes.len() {
        return Err(Error::Truncated { place: place.into(), found: bytes.len(), expected: end });
    }
    let mut raw = vec![0; length as usize];
    bytes.read(offset, &mut raw);
    Ok(raw)
}
