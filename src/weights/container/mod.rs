//! The kinds of files that hold tensors by name. What a name means is for `naming` to say.

mod foreign;
pub mod pict;
mod pytorch;
pub mod safetensors;

use super::bytes::Bytes;
use super::tensors::Tensors;
use crate::error::Result;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    Safetensors,
    /// The original's browser demo's.
    Pict,
    /// `.pth`, which is only read.
    PyTorch,
}

/// The tensors of a file of any kind that we read. The kind shows in the first bytes, whatever the file is called.
///
/// # Errors
/// `weights/format`, `weights/truncated`, `weights/index`; `weights/unsupported`: more tensors or axes than any network
/// that we run has.
pub fn read(bytes: &dyn Bytes) -> Result<Tensors> {
    let mut head = [0; foreign::HEAD];
    let head = &mut head[..bytes.len().min(foreign::HEAD as u64) as usize];
    bytes.read(0, head);
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
