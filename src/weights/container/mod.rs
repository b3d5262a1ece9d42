//! The kinds of files that hold tensors by name.

pub mod pict;
pub mod safetensors;
