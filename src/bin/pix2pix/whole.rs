//! Files that are there whole or not at all: they are written under another name and then renamed. Whatever ends the
//! process early, other than a kill that can't be caught, leaves no part behind.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::failure::{Failure, Result};

/// Files under way, under the names that they have until they are whole.
static PARTS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn parts() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    // The set is valid after every statement, whoever panicked.
    PARTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a file whole or not at all, also if the machine stops meanwhile: it is synced before it is renamed.
pub fn write_synced(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<io::Result<()>>,
) -> Result<()> {
    let failed = |e| Failure::file(path, "can't be written", e);
    let part = Part::create(path).map_err(failed)?;
    let file = part.fill(path, write)?;
    file.sync_all().map_err(failed)?;
    part.rename(path).map_err(failed)?;
    sync_folder(path).map_err(failed)
}

/// Writes a file whole or not at all, unless the machine stops meanwhile: for many files that can be made again.
pub fn write(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<()> {
    let failed = |e| Failure::file(path, "can't be written", e);
    let part = Part::create(path).map_err(failed)?;
    part.fill(path, |file| Ok(write(file)))?;
    part.rename(path).map_err(failed)
}

/// Removes what is under way, and lets nothing else begin: the process ends here.
pub fn exit(code: i32) -> ! {
    let parts = parts();
    for part in parts.iter() {
        // It may be renamed already; and there is nobody left to tell.
        let _ = fs::remove_file(part);
    }
    std::process::exit(code)
}

/// A file under way; dropped before it is renamed, it is removed.
struct Part {
    path: PathBuf,
    file: File,
}

impl Part {
    fn create(whole: &Path) -> io::Result<Self> {
        let path = part_name(whole);
        // Created under the lock, so that `exit` sees every part that there is.
        let mut parts = parts();
        let file = File::create(&path)?;
        parts.insert(path.clone());
        Ok(Self { path, file })
    }

    fn fill(
        &self,
        whole: &Path,
        write: impl FnOnce(&mut BufWriter<File>) -> Result<io::Result<()>>,
    ) -> Result<File> {
        let failed = |e| Failure::file(whole, "can't be written", e);
        let mut file = BufWriter::new(self.file.try_clone().map_err(failed)?);
        write(&mut file)?.map_err(failed)?;
        file.into_inner().map_err(|e| failed(e.into_error()))
    }

    fn rename(self, whole: &Path) -> io::Result<()> {
        fs::rename(&self.path, whole)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        parts().remove(&self.path);
        // After a rename there is none; a failure is told by whoever dropped this.
        let _ = fs::remove_file(&self.path);
    }
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_that_fails_leaves_the_one_before() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("picture.png");
        write(&path, |file| file.write_all(b"first")).unwrap();
        write(&path, |file| {
            file.write_all(b"half of the sec")?;
            Err(io::Error::other("the disk is full"))
        })
        .unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no part stays behind");
        assert!(parts().is_empty());
    }
}
