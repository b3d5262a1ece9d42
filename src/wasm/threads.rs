//! The threads of a page: workers that share this module's memory. What starts a worker is JavaScript, in
//! `www/package/engine/pool.ts`.

use wasm_bindgen::prelude::*;

use pix2pix_kernels::POOL;

/// Says how many threads compute: the one that models are called on, and the workers that are in [`run_thread`].
#[wasm_bindgen]
pub fn set_threads(threads: usize) {
    POOL.set_threads(threads);
}

/// Computes in this worker what others ask for, and never comes back.
#[wasm_bindgen]
pub fn run_thread() {
    POOL.serve()
}
