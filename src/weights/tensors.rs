//! What a file holds: a list of tensors with their places.

use std::collections::BTreeMap;
use std::sync::Arc;

use half::{bf16, f16};

use super::bytes::Bytes;
use super::container::Container;
use super::limits;
use super::quantise::CODES;
use crate::error::{Error, Result};
use crate::model::{KERNEL, of_coordinates};

/// All tensors of a file, by the file's own names.
#[derive(Debug)]
pub struct Tensors {
    pub container: Container,
    pub entries: BTreeMap<String, Entry>,
    /// What the container holds besides tensors.
    pub metadata: BTreeMap<String, String>,
    /// The bytes that the offsets are in, where it is not the file itself.
    pub values: Option<Vec<u8>>,
}

impl Tensors {
    /// The bytes that the offsets are in; `file`: the file itself.
    pub fn bytes<'a>(&'a self, file: &'a dyn Bytes) -> &'a dyn Bytes {
        self.values.as_ref().map_or(file, |values| values)
    }
}

/// One tensor of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub shape: Vec<usize>,
    /// `None` for a number type that only extras may have, such as a step counter's I64.
    pub encoding: Option<Encoding>,
    /// The number type in lower case: `f32`, `f16`, `bf16`, `q8`, `i64`.
    pub dtype: String,
    /// Of its first byte in the file, or in [`Tensors::values`].
    pub offset: u64,
    /// CRC-32C of its bytes, where the file has one.
    pub checksum: Option<u32>,
}

/// How the values of a weight are stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Encoding {
    F32,
    F16,
    Bf16,
    /// One byte a value, an index into a code book.
    CodeBook(Arc<[f32; CODES]>),
    /// Kernels of 4 x 4 that are held to some, which have an axis: the coordinates there of each, one byte a coordinate.
    Coordinates(Axis, Arc<[f32; CODES]>),
}

/// What both axes of kernels are made of, as [`Kernels::axis`] has it.
type Axis = &'static [[f32; KERNEL]];

impl Entry {
    pub fn new(shape: Vec<usize>, encoding: Encoding, offset: u64) -> Self {
        let dtype = encoding.name().into();
        Self { shape, encoding: Some(encoding), dtype, offset, checksum: None }
    }

    /// The only value of a number without axes, of the types that counters and averages have; `bytes`: those that its
    /// offset is in.
    ///
    /// # Errors
    /// `weights/checksum`.
    pub fn scalar(&self, name: &str, bytes: &dyn Bytes) -> Result<Option<f64>> {
        let mut raw = [0; 8];
        let raw = match &self.dtype[..] {
            _ if elements(&self.shape) != Some(1) => return Ok(None),
            "f32" => &mut raw[..4],
            "i64" => &mut raw[..],
            _ => return Ok(None),
        };
        bytes.read(self.offset, raw);
        if self.checksum.is_some_and(|checksum| crc32c::crc32c(raw) != checksum) {
            return Err(Error::Checksum { place: name.into() });
        }
        Ok(Some(match <[u8; 8]>::try_from(&*raw) {
            Ok(raw) => i64::from_le_bytes(raw) as f64,
            Err(_) => f32::from_le_bytes((&*raw).try_into().expect("four bytes are left")).into(),
        }))
    }

    /// How its values are stored, and their count.
    ///
    /// # Errors
    /// `weights/dtype`; `weights/unsupported` where no network that we run has a tensor so large.
    pub fn values(&self, name: &str) -> Result<(&Encoding, usize)> {
        let Some(encoding) = &self.encoding else {
            let found = self.dtype.to_uppercase();
            return Err(Error::Dtype { name: name.into(), found });
        };
        match elements(&self.shape) {
            Some(count) if count <= limits::ELEMENTS => Ok((encoding, count as usize)),
            _ => Err(Error::Unsupported {
                what: format!(
                    "{name} of shape {:?} has more than {} values",
                    self.shape,
                    limits::ELEMENTS
                ),
            }),
        }
    }
}

/// The product of a shape's sides, where 64 bits hold it.
pub fn elements(shape: &[usize]) -> Option<u64> {
    shape.iter().try_fold(1u64, |count, side| count.checked_mul(*side as u64))
}

impl Encoding {
    /// The code book in `raw`, little-endian; `place` is its name in the file.
    ///
    /// # Errors
    /// `weights/nan`.
    pub fn code_book(raw: &[u8], place: &str) -> Result<Self> {
        let mut book = [0f32; CODES];
        Encoding::F32.decode(raw, &mut book);
        match book.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(Error::NotFinite { name: place.into(), found: book[index], index }),
            None => Ok(Encoding::CodeBook(Arc::new(book))),
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Encoding::F32 => "f32",
            Encoding::F16 => "f16",
            Encoding::Bf16 => "bf16",
            Encoding::CodeBook(_) | Encoding::Coordinates(..) => "q8",
        }
    }

    /// How many values are stored together, and in how many bytes.
    pub fn group(&self) -> [usize; 2] {
        match self {
            Encoding::F32 => [1, 4],
            Encoding::F16 | Encoding::Bf16 => [1, 2],
            Encoding::CodeBook(_) => [1, 1],
            Encoding::Coordinates(axis, _) => [KERNEL * KERNEL, axis.len() * axis.len()],
        }
    }

    /// The values of `raw`, little-endian.
    pub fn decode(&self, raw: &[u8], into: &mut [f32]) {
        let values = into.iter_mut();
        match self {
            Encoding::F32 => {
                values.zip(raw.as_chunks().0).for_each(|(v, b)| *v = f32::from_le_bytes(*b));
            }
            Encoding::F16 => {
                let halves = raw.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b));
                values.zip(halves).for_each(|(v, half)| *v = half.to_f32());
            }
            Encoding::Bf16 => {
                let halves = raw.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b));
                values.zip(halves).for_each(|(v, half)| *v = half.to_f32());
            }
            Encoding::CodeBook(book) => {
                values.zip(raw).for_each(|(v, code)| *v = book[usize::from(*code)]);
            }
            Encoding::Coordinates(axis, book) => {
                let coordinates: Vec<_> = raw.iter().map(|code| book[usize::from(*code)]).collect();
                of_coordinates(axis, &coordinates, into);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_is_decoded() {
        let mut book = [0f32; CODES];
        book[7] = 2.5;
        let cases = [
            (Encoding::F32, [1.5f32.to_le_bytes(), (-3f32).to_le_bytes()].concat(), [1.5, -3.0]),
            (Encoding::F16, vec![0, 0x3C, 0, 0xC0], [1.0, -2.0]),
            (Encoding::Bf16, vec![0x80, 0x3F, 0, 0xC0], [1.0, -2.0]),
            (Encoding::CodeBook(Arc::new(book)), vec![7, 8], [2.5, 0.0]),
        ];
        for (encoding, raw, expected) in cases {
            let mut values = [f32::NAN; 2];
            encoding.decode(&raw, &mut values);
            assert_eq!(values, expected, "{}", encoding.name());
            assert_eq!(encoding.group(), [1, raw.len() / 2]);
        }
    }

    #[test]
    fn a_tensor_larger_than_any_of_a_network_is_refused() {
        let entry = |shape: &[usize]| Entry::new(shape.into(), Encoding::F32, 0);
        assert_eq!(entry(&[8192, 4096, 4, 4]).values("it").unwrap().1, 1 << 29);
        assert_eq!(entry(&[]).values("it").unwrap().1, 1);
        assert_eq!(entry(&[0, usize::MAX]).values("it").unwrap().1, 0);
        for shape in [&[8192, 4096, 4, 5][..], &[usize::MAX, usize::MAX, 0], &[usize::MAX]] {
            assert_eq!(entry(shape).values("it").unwrap_err().code(), "weights/unsupported");
        }
    }
}
