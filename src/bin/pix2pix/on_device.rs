//! The device of `--device`, and models opened on it.

use std::fs;
use std::path::{Path, PathBuf};

use pix2pix_web::Pix2Pix;
use pix2pix_web::device::{self, Choice, Kind, Opened};
use pollster::block_on;

use crate::checkpoint_dir;
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

/// The file of a model: itself, or the latest checkpoint of a folder.
pub fn model_file(path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.into());
    }
    checkpoint_dir::latest(path)?.ok_or_else(|| {
        let message = format!("{} holds no checkpoint (model-STEP.safetensors)", path.display());
        Failure::new("file/missing", message)
    })
}

/// A model of any format.
pub fn load(file: &Path, opened: Opened) -> Result<Pix2Pix> {
    Pix2Pix::load(&read(file)?, opened, &mut |_, _| ()).map_err(|e| Failure::about(e, file))
}

pub fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|e| Failure::file(file, "can't be read", e))
}
