//! What runs without a browser, on the CPU backend.
#![cfg(not(target_arch = "wasm32"))]

#[cfg(feature = "cli")]
mod cli;
mod counting;
mod departures;
mod hostile;
mod lab;
#[cfg(feature = "wgpu")]
mod launches;
mod model;
mod ops;
mod parity;
mod patches;
mod pixels;
#[path = "../reference/mod.rs"]
mod reference;
mod roofline;
mod score;
mod sizes;
mod training;
mod weights;
