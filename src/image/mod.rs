//! Pictures at the edge: RGBA bytes in, `[1, 3, S, S]` in [-1, 1] for the network, and back.

#[cfg(not(target_arch = "wasm32"))]
mod decode;
mod pixels;

#[cfg(not(target_arch = "wasm32"))]
pub use decode::decode;
pub use pixels::{Fit, Fitted, Output, fit};
