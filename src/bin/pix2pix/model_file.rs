//! The file of a model on the disk: of any format, the latest of a folder, or the several files of a TensorFlow checkpoint.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use pix2pix_web::Pix2Pix;
use pix2pix_web::device::Opened;
use pix2pix_web::weights::{self, Bytes, Files};

use crate::checkpoint_dir;
use crate::failure::{Failure, Result};
use crate::on_device::read;
use crate::stored_options::{self, StoredOptions};

/// The file that names the latest of TensorFlow's checkpoints.
const LATEST: &str = "checkpoint";
const INDEX: &str = ".index";
/// Behind the name of an ONNX file, that of the file with its values.
const VALUES: &str = ".data";

/// A model's file or files, read.
pub struct ModelFile {
    /// Of several files the `.index`.
    pub path: PathBuf,
    pub bytes: Box<dyn Bytes>,
}

impl ModelFile {
    /// `path`: a model file of any format; a folder with a checkpoint; of a TensorFlow checkpoint one of its files, their
    /// name without its end (`model-200`), or a zip of them. PyTorch's ONNX files may have their values in one beside them.
    pub fn open(path: &Path) -> Result<Self> {
        let path = if path.is_dir() {
            checkpoint_dir::latest(path)?.ok_or_else(|| {
                let message = format!(
                    "{} holds no checkpoint (model-STEP.safetensors, or TensorFlow's model-STEP.index)",
                    path.display()
                );
                Failure::new("file/missing", message)
            })?
        } else {
            index_of(path)?.unwrap_or_else(|| path.into())
        };
        let is_index = name(&path).is_some_and(|name| name.ends_with(INDEX));
        let bytes: Box<dyn Bytes> = if is_index {
            Box::new(files(&path)?)
        } else if with_end(&path, VALUES).is_file() {
            Box::new(together(vec![with_end(&path, VALUES), path.clone()])?)
        } else {
            Box::new(read(&path)?)
        };
        Ok(Self { path, bytes })
    }

    pub fn load(&self, opened: Opened) -> Result<Pix2Pix> {
        let loaded = Pix2Pix::load(&*self.bytes, opened, &mut |_, _| ());
        loaded.map_err(|e| Failure::about(e, &self.path))
    }

    /// The options of the training that wrote it, if they came with it or lie beside it.
    pub fn options(&self) -> Result<Option<StoredOptions>> {
        match weights::options(&*self.bytes).map_err(|e| Failure::about(e, &self.path))? {
            Some(json) => StoredOptions::parse(json.as_bytes(), &self.path).map(Some),
            None => StoredOptions::beside(&self.path),
        }
    }
}

/// The `.index` of the latest of TensorFlow's checkpoints in a folder.
pub fn latest_index(dir: &Path) -> Result<Option<PathBuf>> {
    let list = dir.join(LATEST);
    if list.is_file() {
        let list = read(&list)?;
        let latest = weights::named_latest(&String::from_utf8_lossy(&list)).map(str::to_string);
        let latest = latest.map(|latest| dir.join(latest + INDEX)).filter(|index| index.exists());
        if latest.is_some() {
            return Ok(latest);
        }
    }
    let failed = |e| Failure::file(dir, "can't be read", e);
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if name(&path).is_some_and(|name| name.ends_with(INDEX) && !name.starts_with('.')) {
            all.push((step(&path), path));
        }
    }
    Ok(all.into_iter().max().map(|(_, path)| path))
}

/// The step in the name of a checkpoint's file, as 200 in `model-200.index`.
pub fn step(path: &Path) -> Option<u64> {
    path.file_stem()?.to_str()?.rsplit_once('-')?.1.parse().ok()
}

/// The `.index` of the checkpoint that a path means: by any of its files, or by their name without its end.
fn index_of(path: &Path) -> Result<Option<PathBuf>> {
    if path.file_name() == Some(OsStr::new(LATEST)) && path.is_file() {
        return latest_index(folder(path));
    }
    let whole = path.exists().then(|| name(path)).flatten();
    let prefix = match whole {
        Some(name) => name.split_once(".data-").map(|(prefix, _)| path.with_file_name(prefix)),
        None => Some(path.into()),
    };
    Ok(prefix.map(|prefix| with_end(&prefix, INDEX)).filter(|index| index.exists()))
}

/// A checkpoint's files that matter: those of its name, and its options.
fn files(index: &Path) -> Result<Files> {
    let start =
        name(index).and_then(|name| name.strip_suffix(INDEX)).map(|name| format!("{name}.data-"));
    let dir = folder(index);
    let failed = |e| Failure::file(dir, "can't be read", e);
    let mut paths = vec![index.to_path_buf()];
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let of = |start: &String| name(&path).is_some_and(|name| name.starts_with(start));
        if start.as_ref().is_some_and(of) {
            paths.push(path);
        }
    }
    let options = index.with_file_name(stored_options::NAME);
    if options.exists() {
        paths.push(options);
    }
    together(paths)
}

fn together(paths: Vec<PathBuf>) -> Result<Files> {
    let file = |path: PathBuf| {
        let name = name(&path).unwrap_or_default().to_string();
        Ok((name, Box::new(read(&path)?) as Box<dyn Bytes>))
    };
    Ok(Files::new(paths.into_iter().map(file).collect::<Result<Vec<_>>>()?))
}

/// A file's name, where it is Unicode, as those of checkpoints are.
fn name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut path = OsString::from(path);
    path.push(end);
    path.into()
}
