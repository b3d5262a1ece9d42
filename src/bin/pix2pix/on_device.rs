//! The device of `--device`.

use std::fs;
use std::path::Path;

use pix2pix_web::device::{self, Choice, Kind, Opened};
use pollster::block_on;

use crate::console::Console;
use crate::failure::{Failure, Result};

/// Opens it, and says which it is and why.
pub fn open(choice: Choice, console: &Console) -> Result<Opened> {
    let opened = block_on(device::open(choice))?;
    let device = match opened.kind {
        Kind::Cpu => format!("the CPU, {} threads", rayon::current_num_threads()),
        _ => format!("{} ({})", opened.adapter, kind(opened.kind)),
    };
    console.note(&format!("device: {device}; {}", opened.reason));
    Ok(opened)
}

pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Cpu => "cpu",
        Kind::WebGpu => "wgpu",
        Kind::Vulkan => "vulkan",
        Kind::Cuda => "cuda",
    }
}

pub fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|e| Failure::file(file, "can't be read", e))
}
