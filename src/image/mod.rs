//! Pictures at the edge: RGBA bytes in, `[1, 3, H, W]` in [-1, 1] for the network, and back.

mod aspect;
mod dabs;
#[cfg(not(target_arch = "wasm32"))]
mod decode;
mod edges;
mod halves;
mod lab;
mod pixels;
mod size;
mod spread;
mod tiles;

pub use aspect::with_aspect_ratio;
pub use dabs::{Dab, suggest_hints};
#[cfg(not(target_arch = "wasm32"))]
pub use decode::{decode, decode_with_color, decoding_memory};
pub(crate) use edges::edges_of_planes;
pub use edges::{EdgeOptions, edges};
pub use halves::{Halves, halves};
pub(crate) use lab::{Bytes, colored, lab_planes, rgb_planes, seen};
pub use lab::{lab_to_rgb, rgb_to_lab};
pub use pixels::{Fit, Frame, HintOptions, Output, check_pixels, fit, fit_to, picture};
pub(crate) use pixels::{framed, on_white, onto, value};
pub use size::{Canvas, Size};
pub use spread::spread;
pub(crate) use spread::{LINE, Reached, blend, brightness, reach};
pub use tiles::Tiles;
