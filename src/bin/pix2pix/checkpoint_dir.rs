//! The checkpoints of a training in its folder, `model-STEP.safetensors`. A file is there whole or not at all: it is
//! written under another name, synced, and then renamed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use pix2pix_web::Pix2Pix;
use pix2pix_web::session::SaveWhat;
use pix2pix_web::weights::{Dtype, Format};
use pollster::block_on;

use crate::failure::{Failure, Result};

/// Saves the training, and removes older checkpoints but for `keep` in all, and those of later steps, which belong to
/// a training that was given up.
pub fn save(model: &Pix2Pix, dir: &Path, keep: usize) -> Result<PathBuf> {
    let step = model.step_count();
    let path = dir.join(format!("model-{step}.safetensors"));
    write_whole(&path, |file| {
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

/// Writes a file so that it is there whole or not at all, even if the machine stops meanwhile.
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<io::Result<()>>,
) -> Result<()> {
    let part = part_name(path);
    let failed = |e| Failure::file(path, "can't be written", e);
    let tried = (|| {
        let mut file = BufWriter::new(File::create(&part).map_err(failed)?);
        write(&mut file)?.map_err(failed)?;
        let file = file.into_inner().map_err(|e| failed(e.into_error()))?;
        file.sync_all().map_err(failed)?;
        fs::rename(&part, path).map_err(failed)
    })();
    if tried.is_err() {
        // The failure itself is told; that its remains stay behind would say nothing more.
        let _ = fs::remove_file(&part);
    }
    tried?;
    sync_folder(path).map_err(failed)
}

fn part_name(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().expect("the caller names a file"));
    name.push(".part");
    path.with_file_name(name)
}

/// Makes the new name itself last. Only Unix has that for folders.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// The checkpoint of the latest step.
pub fn latest(dir: &Path) -> Result<Option<PathBuf>> {
    Ok(checkpoints(dir)?.pop().map(|(_, path)| path))
}

/// The step of the latest checkpoint.
pub fn latest_step(dir: &Path) -> Result<Option<u64>> {
    Ok(checkpoints(dir)?.pop().map(|(step, _)| step))
}

/// All of them, by step.
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
