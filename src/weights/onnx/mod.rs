//! ONNX: a generator as a graph of operations, with the weights in it.
//!
//! ```text
//! network ─> write ─> .onnx ─> file ─> unet ─> Tensors, under our names
//! ```
//!
//! Files that we wrote have our names. In those of other programs a weight's name says nothing, and its place in the graph says
//! what it is: `unet` goes through the graph from the picture that comes out to the one that goes in.

mod file;
mod unet;
mod write;

use std::collections::BTreeMap;

use super::bytes::{Bytes, read_all};
use super::container::Container;
use super::naming::{Naming, Ours};
use super::tensors::Tensors;
use crate::error::Result;
use crate::model::{ParameterName, Part};
use file::Model;

pub use write::{ENLARGED, header, tensor_header};

/// Whether a file is ONNX's. Models as Protocol Buffers have no mark of their own, but their first fields are always the same:
/// the version, and then the name of the writer, or a graph.
pub fn starts(head: &[u8]) -> bool {
    match head {
        [8, 1..=20, 0x12, length, name, ..] => *length > 0 && name.is_ascii_alphabetic(),
        [8, 1..=20, 0x3a, ..] => true,
        _ => false,
    }
}

/// The generator in an ONNX file; where `bytes` are several files, the others may hold its values.
///
/// # Errors
/// `weights/index`, `weights/truncated`, `weights/missing`; `weights/unsupported`: a graph that is no U-Net of pix2pix.
pub fn read(bytes: &dyn Bytes) -> Result<Tensors> {
    let all = read_all(bytes)?;
    let files: Vec<_> = (bytes.parts().iter())
        .map(|part| (&part.name[..], &all[part.offset as usize..][..part.length as usize]))
        .collect();
    let model = match files.iter().find(|(_, file)| starts(file)) {
        Some((_, model)) => model,
        None => &all[..],
    };
    let mut model = Model::read(model, &files)?;
    if model.tensors.keys().any(|name| Ours.is_sign(name)) {
        model.tensors.remove(ENLARGED.0);
        let (mut entries, mut values) = (BTreeMap::new(), Vec::new());
        for (name, tensor) in &model.tensors {
            let mut entry = tensor.entry(values.len() as u64);
            let part = name.parse().map(|name: ParameterName| name.part);
            match part {
                Ok(Part::Depthwise) if entry.shape.len() == 4 => {
                    entry.shape.swap(0, 1); // of one channel each there
                }
                Ok(part) if part.is_of_activation() && entry.shape.ends_with(&[1, 1]) => {
                    entry.shape.truncate(1); // with axes for a picture's rows and columns there
                }
                _ => {}
            }
            entries.insert(name.clone(), entry);
            values.extend(&*tensor.raw);
        }
        let (container, metadata) = (Container::Onnx, model.metadata);
        return Ok(Tensors { container, entries, metadata, values: Some(values) });
    }
    unet::recognise(&model)
}

/// Whether one of several files is ONNX's.
pub fn is_among(bytes: &dyn Bytes) -> bool {
    bytes.parts().iter().any(|part| {
        let mut head = vec![0; part.length.min(16) as usize];
        bytes.read(part.offset, &mut head);
        starts(&head)
    })
}
