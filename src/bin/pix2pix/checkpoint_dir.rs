//! The checkpoints of a training in its folder, `model-STEP.safetensors`, each of them whole or not there.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use pix2pix_web::Pix2Pix;
use pix2pix_web::session::SaveWhat;
use pix2pix_web::weights::{Dtype, Format};
use pollster::block_on;

use crate::failure::{Failure, Result};
use crate::model_file;
use crate::whole;

/// Saves the training. Of the older checkpoints as many stay as make `keep` in all; those of later steps go, as they
/// belong to a training that was given up.
pub fn save(model: &Pix2Pix, dir: &Path, keep: usize) -> Result<PathBuf> {
    let step = model.step_count();
    let path = dir.join(format!("model-{step}.safetensors"));
    whole::write_synced(&path, |file| {
        save_model(model, SaveWhat::Checkpoint, Format::Ours, Dtype::F32, file)
    })?;
    let (mut earlier, later): (Vec<_>, Vec<_>) =
        checkpoints(dir)?.into_iter().partition(|(of, _)| *of <= step);
    earlier.reverse();
    for (_, path) in earlier.into_iter().skip(keep.max(1)).chain(later) {
        fs::remove_file(&path).map_err(|e| Failure::file(&path, "can't be removed", e))?;
    }
    Ok(path)
}

/// Writes a model, piece by piece.
pub fn save_model(
    model: &Pix2Pix,
    what: SaveWhat,
    format: Format,
    dtype: Dtype,
    into: &mut dyn Write,
) -> Result<io::Result<()>> {
    let mut written = Ok(());
    let mut sink = |piece: Vec<u8>| {
        if written.is_ok() {
            written = into.write_all(&piece);
        }
    };
    block_on(model.save(what, format, dtype, &mut sink))?;
    Ok(written)
}

/// The checkpoint of the latest step; of TensorFlow's, where there is none of ours of a step as late, the `.index`.
pub fn latest(dir: &Path) -> Result<Option<PathBuf>> {
    Ok(latest_of_both(dir)?.map(|(_, path)| path))
}

/// The step of the latest checkpoint.
pub fn latest_step(dir: &Path) -> Result<Option<u64>> {
    Ok(latest_of_both(dir)?.and_then(|(step, _)| step))
}

fn latest_of_both(dir: &Path) -> Result<Option<(Option<u64>, PathBuf)>> {
    let ours = checkpoints(dir)?.pop().map(|(step, path)| (Some(step), path));
    let theirs = model_file::latest_index(dir)?.map(|path| (model_file::step(&path), path));
    Ok(match (ours, theirs) {
        (Some(ours), Some(theirs)) if theirs.0 > ours.0 => Some(theirs),
        (ours, theirs) => ours.or(theirs),
    })
}

/// All of ours, by step.
fn checkpoints(dir: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let failed = |e| Failure::file(dir, "can't be read", e);
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let step = name.and_then(|name| name.strip_prefix("model-")?.strip_suffix(".safetensors"));
        if let Some(step) = step.and_then(|step| step.parse().ok()) {
            found.push((step, path));
        }
    }
    found.sort();
    Ok(found)
}
