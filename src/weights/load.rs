//! One tensor at a time from the file onto the device.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::{Device, Tensor, TensorData};

use super::naming::{Layout, place};
use super::tensors::{Bytes, Encoding, Entry, Index};
use crate::error::{Error, Result};
use crate::model::{ParameterName, Parameters};

/// Hears of progress: bytes of the file read so far, and in all.
pub type OnTensor<'a> = &'a mut dyn FnMut(u64, u64);

/// The most bytes of the file that are in memory at once.
const PIECE: usize = 1 << 18;

pub struct Reader<'a> {
    bytes: &'a dyn Bytes,
    index: &'a Index,
    layout: Layout,
    device: &'a Device,
    on_tensor: OnTensor<'a>,
    used: BTreeSet<String>,
    done: u64,
}

impl<'a> Reader<'a> {
    pub fn new(
        bytes: &'a dyn Bytes,
        index: &'a Index,
        layout: Layout,
        device: &'a Device,
        on_tensor: OnTensor<'a>,
    ) -> Self {
        Self { bytes, index, layout, device, on_tensor, used: BTreeSet::new(), done: 0 }
    }

    /// Every tensor whose name starts so, its numbers in a row.
    pub fn starting_with(&mut self, prefix: &str) -> Result<BTreeMap<String, Tensor<1>>> {
        let index = self.index;
        let mut tensors = BTreeMap::new();
        for (name, entry) in index.entries.iter().filter(|(name, _)| name.starts_with(prefix)) {
            let values = self.decode(name, entry, false)?;
            tensors.insert(name.clone(), self.upload([values.len()], values)?);
            self.used.insert(name.clone());
        }
        Ok(tensors)
    }

    fn upload<const D: usize>(&mut self, shape: [usize; D], values: Vec<f32>) -> Result<Tensor<D>> {
        let tensor = Tensor::from_data(TensorData::new(values, shape), self.device);
        // Hand it over now: a queue of waiting uploads would hold the whole model in memory.
        self.device.flush().map_err(|e| Error::DeviceLost { reason: e.to_string() })?;
        (self.on_tensor)(self.done, self.bytes.len());
        Ok(tensor)
    }

    /// The names that no network took: extras, or an error for a tensor that is none.
    pub fn finish(self) -> Result<Vec<String>> {
        let rest = self.index.entries.iter().filter(|(name, _)| !self.used.contains(*name));
        let ignored = rest
            .map(|(name, entry)| {
                if Layout::is_extra(name) {
                    Ok(name.clone())
                } else {
                    Err(Error::Unknown { name: name.clone(), found: format!("{:?}", entry.shape) })
                }
            })
            .collect();
        (self.on_tensor)(self.bytes.len(), self.bytes.len()); // what was passed over counts as done
        ignored
    }

    /// The numbers of a tensor, in our layout.
    fn decode(&mut self, name: &str, entry: &Entry, reversed: bool) -> Result<Vec<f32>> {
        if let Encoding::Other(found) = &entry.encoding {
            return Err(Error::Dtype { name: name.into(), found: found.clone() });
        }
        let count: usize = entry.shape.iter().product();
        let width = entry.encoding.width();
        let axes = match entry.shape[..] {
            [h, w, b, a] if reversed => Some([a, b, h * w]),
            _ => None,
        };
        let mut values = vec![0f32; count];
        let mut piece = vec![0u8; PIECE.min(count * width)];
        let mut i = 0;
        while i < count {
            let n = (PIECE / width).min(count - i);
            let raw = &mut piece[..n * width];
            self.bytes.read(entry.offset + (i * width) as u64, raw);
            for value in entry.encoding.decode(raw) {
                if !value.is_finite() {
                    return Err(Error::NotFinite { name: name.into(), found: value, index: i });
                }
                values[axes.map_or(i, |axes| place(i, axes))] = value;
                i += 1;
            }
            self.done += (n * width) as u64;
        }
        Ok(values)
    }
}

/// Parameters out of a file.
impl Parameters for Reader<'_> {
    type Error = Error;

    fn get<const D: usize>(&mut self, name: ParameterName, shape: [usize; D]) -> Result<Tensor<D>> {
        let name = self.layout.file_name(name);
        let expected = self.layout.file_shape(&shape);
        let Some(entry) = self.index.entries.get(&name) else {
            return Err(Error::Missing { name, expected: format!("{expected:?}") });
        };
        if entry.shape != expected {
            return Err(Error::Shape {
                name,
                found: format!("{:?}", entry.shape),
                expected: format!("{expected:?}"),
            });
        }
        let reversed = D == 4 && self.layout != Layout::Ours;
        let values = self.decode(&name, entry, reversed)?;
        self.used.insert(name);

        self.upload(shape, values)
    }
}
