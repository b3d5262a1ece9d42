//! The kinds of files that hold tensors by name. What a name means is for `naming` to say.

pub mod checkpoint;
mod folder;
mod foreign;
pub mod pict;
mod pytorch;
pub mod safetensors;

use super::bytes::Bytes;
use super::onnx;
use super::tensors::Tensors;
use crate::error::Result;
use folder::Folder;

pub use checkpoint::named_latest;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    Safetensors,
    /// The original's browser demo's.
    Pict,
    /// `.pth`, which is only read.
    PyTorch,
    /// TensorFlow's, several files, which are only read.
    Checkpoint,
    /// `.onnx`, whose graph says what a tensor is.
    Onnx,
}

/// The tensors of a file of any kind that we read, or of several files, which are a checkpoint. The kind shows in the first
/// bytes, whatever the file is called.
///
/// # Errors
/// `weights/format`, `weights/truncated`, `weights/index`, `weights/checksum`, `weights/missing`; `weights/unsupported`: more
/// tensors or axes than any network that we run has.
pub fn read(bytes: &dyn Bytes) -> Result<Tensors> {
    let head = &head(bytes)[..];
    if onnx::starts(head) || onnx::is_among(bytes) {
        return onnx::read(bytes);
    }
    if let Some(folder) = folder(bytes, head)? {
        let found = checkpoint::read(folder)?;
        return found.ok_or_else(|| match bytes.parts().len() {
            count @ 2.. => foreign::several(count),
            _ => foreign::error(bytes, head),
        });
    }
    if pict::starts(head) {
        return pict::read(bytes);
    }
    if safetensors::starts(head) {
        return safetensors::read(bytes);
    }
    if pytorch::starts(head) {
        return pytorch::read(bytes);
    }
    Err(foreign::error(bytes, head))
}

/// `options.json` beside a checkpoint of the original's; `None` where there is none, or no such checkpoint.
///
/// # Errors
/// `weights/format`, `weights/index`, `weights/unsupported`.
pub fn options(bytes: &dyn Bytes) -> Result<Option<String>> {
    folder(bytes, &head(bytes))?.map_or(Ok(None), checkpoint::options)
}

/// The files that may be a checkpoint, where the bytes are those of several files, or of a zip archive other than PyTorch's, or
/// of one part of a checkpoint, which then lacks the others.
fn folder<'a>(bytes: &'a dyn Bytes, head: &[u8]) -> Result<Option<Folder<'a>>> {
    if bytes.parts().len() > 1 || bytes.parts().iter().any(|part| checkpoint::is_part(&part.name)) {
        return Ok(Some(Folder::of_files(bytes, checkpoint::is_part)));
    }
    if folder::is_archive(head) && !pytorch::starts(head) {
        let archive = Folder::of_archive(bytes, checkpoint::is_part);
        return archive.ok_or_else(|| foreign::broken_archive(head)).map(Some);
    }
    Ok(None)
}

/// The bytes at a file's start.
fn head(bytes: &dyn Bytes) -> Vec<u8> {
    let mut head = vec![0; bytes.len().min(foreign::HEAD as u64) as usize];
    bytes.read(0, &mut head);
    head
}
