//! pix2pix in a web page.
//!
//! ```text
//! file bytes ─> weights ─> model::Generator ─┐
//!                                            ├─> session::Pix2Pix::translate ─> RGBA
//! RGBA ─> image::fit ─> [1, 3, S, S] ────────┘    S = 2^depth: 256, or multiples of it
//!
//! pairs of RGBA ─> data::Pairs ─> Batch ─> train::Trainer ─> both networks, updated
//! ```
//!
//! Imports run one way: `{wasm, bin} -> session -> train -> {weights, data, device} -> {model, image} -> {ops, random,
//! json, error}`. State lives in `session` alone. Where the CPU's time goes is a crate of its own, `src/kernels`, without
//! tensors, which is compiled for speed, and this one for size.
//! Everything but `wasm` also runs natively.

pub mod data;
pub mod device;
pub mod error;
pub mod image;
mod json;
pub mod model;
pub mod ops;
pub mod random;
pub mod score;
pub mod session;
pub mod train;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
pub mod weights;

pub use error::{Error, Result};
pub use session::{Pix2Pix, TranslateOptions};
