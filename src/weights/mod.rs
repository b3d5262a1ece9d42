//! From the bytes of a file to networks on a device, tensor by tensor, and back.
//!
//! ```text
//! Bytes ─> container ─> Tensors { name -> shape, encoding, offset } ─> naming ─> config, from the shapes
//!                                                                         └──> load ─> one tensor at a time
//! networks ─> save ─> naming, quantise ─> container, onnx ─> bytes
//! generator ─> pack ─> quantise ─> kernels in fewer bits, on a GPU
//! ```
//!
//! A container (`.safetensors`, `.pict`, `.pth`, TensorFlow's checkpoint) never knows what a name means, a naming (ours, TensorFlow's two,
//! PyTorch's) never where a byte is; a [`Format`] is one of each. (In ONNX's graphs the place of a tensor is its name.) The file itself need not be in memory: [`Bytes`] is read in pieces, and each
//! tensor goes to the device before the next is read. Nothing that a file says is trusted: see `limits`.

mod bytes;
mod card;
mod container;
mod describe;
mod fidelity;
mod fields;
mod files;
mod format;
mod limits;
mod load;
mod naming;
mod onnx;
mod original;
mod pack;
mod protobuf;
mod quantise;
mod save;
mod tensors;

pub use bytes::Bytes;
pub use card::{Ancestor, Card, Class, Licence, thumbnail};
pub use container::{named_latest, options};
pub use describe::{Described, Description, describe};
pub use fidelity::eight_bit_fidelity;
pub use files::{Files, Part};
pub use format::{Dtype, Format};
pub use load::{LoadProgress, Loaded, load, load_discriminator};
pub(crate) use naming::moment_name;
pub(crate) use pack::{Packed, pack};
pub use save::{Contents, Training, write};
