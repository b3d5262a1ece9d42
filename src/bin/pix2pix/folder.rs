//! The pictures of a folder, listed as the original lists them, and read in parallel within a bound of memory.

use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use image::RgbaImage;
use pix2pix_web::Error;
use pix2pix_web::image::{decode_with_color, decoding_memory};
use rayon::prelude::*;
use walkdir::WalkDir;

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::interrupt;
use crate::sides;

/// The kinds of files, in the order in which they are looked for. The first two are the original's.
const KINDS: [&[&str]; 6] =
    [&["jpg", "jpeg"], &["png"], &["webp"], &["bmp"], &["gif"], &["tif", "tiff"]];
/// Bytes that pictures being decoded may take together: two photographs of 24 megapixels.
const BUDGET: u64 = 512 << 20;
/// Bytes that may be kept of pictures that were read ahead, and how many these may be.
const AHEAD: u64 = 64 << 20;
const MOST_AHEAD: u64 = 64;

/// The pictures of a folder: the JPEGs, or where there are none the PNGs, and so on. In the order of their names, or by
/// number where all names are numbers.
pub fn pictures(dir: &Path, console: &Console) -> Result<Vec<PathBuf>> {
    let files = all_pictures(dir, false)?;
    let Some(first) = files.iter().filter_map(|file| kind(file)).min() else {
        return Err(empty(dir));
    };
    let (mut found, others): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| kind(file) == Some(first));
    if !others.is_empty() {
        let (kind, dir) = (KINDS[first].join(" and ."), dir.display());
        console.warn(&format!(
            "only the .{kind} files of {dir} are taken, as the original does; {} other pictures are not",
            others.len()
        ));
    }
    sort(&mut found);
    Ok(found)
}

/// The pictures of a folder, of every kind; `deep`: and of the folders in it.
pub fn all_pictures(dir: &Path, deep: bool) -> Result<Vec<PathBuf>> {
    let mut found = walk(dir, deep)?;
    sort(&mut found);
    Ok(found)
}

/// Files with a picture's extension. Hidden ones are passed over: macOS writes `._x.jpg` beside x.jpg. A folder that
/// links lead to more than once is visited once.
fn walk(dir: &Path, deep: bool) -> Result<Vec<PathBuf>> {
    // Of a file WalkDir makes a folder of one.
    fs::read_dir(dir).map_err(|e| Failure::file(dir, "can't be read", e))?;
    let root = fs::canonicalize(dir).map_err(|e| Failure::file(dir, "can't be read", e))?;
    let mut roots = vec![root];
    let (mut visited, mut found) = (HashSet::new(), Vec::new());
    // Not twice; and by a link only where the walk does not come without it.
    let mut is_new = |folder: &Path, is_link: bool| {
        let Ok(real) = fs::canonicalize(folder) else { return true };
        if is_link {
            if roots.iter().any(|root| real.starts_with(root)) {
                return false;
            }
            roots.push(real.clone());
        }
        visited.insert(real)
    };
    let entries = WalkDir::new(dir)
        .follow_links(true)
        .max_depth(if deep { usize::MAX } else { 1 })
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| {
            let passes = entry.depth() == 0 || !is_hidden(entry.file_name());
            let is_folder = entry.file_type().is_dir() && entry.depth() > 0;
            passes && (!is_folder || is_new(entry.path(), entry.path_is_symlink()))
        });
    for entry in entries {
        match entry {
            Ok(entry) if entry.file_type().is_file() => found.push(entry.into_path()),
            Ok(_) => {}
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => match error.path().map(Path::to_path_buf) {
                // A link that leads nowhere is a picture that can't be read.
                Some(path) if path.is_symlink() => found.push(path),
                path => {
                    let path = path.unwrap_or_else(|| dir.into());
                    return Err(Failure::file(&path, "can't be read", error.into()));
                }
            },
        }
    }
    found.retain(|file| kind(file).is_some() && !file.file_name().is_some_and(is_hidden));
    Ok(found)
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".") || name == "__MACOSX"
}

/// The place of a file's kind among [`KINDS`].
fn kind(file: &Path) -> Option<usize> {
    let extension = file.extension()?;
    KINDS.iter().position(|kind| kind.iter().any(|kind| extension.eq_ignore_ascii_case(kind)))
}

/// No picture was found: says where there are some, if they are near.
pub fn empty(dir: &Path) -> Failure {
    let folders: Vec<PathBuf> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir() && !path.file_name().is_some_and(is_hidden))
        .collect();
    let with_pictures =
        folders.iter().find(|folder| walk(folder, false).is_ok_and(|f| !f.is_empty()));
    let shown = dir.display();
    let message = match (sides::folders(&folders), with_pictures) {
        (Some((a, b)), _) => format!(
            "{shown} holds no pictures itself, but two sides of pairs: lay them side by side first, \
             pix2pix pairs {} --combine {} --output PAIRS",
            a.display(),
            b.display()
        ),
        (None, Some(folder)) => format!(
            "{shown} holds no pictures itself, but {} does: give that folder",
            folder.display()
        ),
        (None, None) => {
            let kinds = KINDS.map(|kind| kind[0]).join(", .");
            format!("{shown} holds no pictures: give a folder with files of .{kinds}")
        }
    };
    Failure::new("input/empty", message)
}

fn sort(files: &mut [PathBuf]) {
    let number = |file: &PathBuf| name(file).to_str()?.parse::<u64>().ok();
    match files.iter().all(|file| number(file).is_some()) {
        true => files.sort_by_cached_key(|file| (number(file), file.clone())),
        false => files.sort(),
    }
}

/// A file's name without folder and extension.
pub fn name(file: &Path) -> OsString {
    file.file_stem().unwrap_or_default().to_os_string()
}

/// Names as text, each given once: files of one name but for its ending, or for what is not Unicode, get a number.
#[derive(Default)]
pub struct Names(BTreeMap<String, u32>);

impl Names {
    pub fn unique(&mut self, name: String) -> String {
        let mut unique = name.clone();
        while self.0.contains_key(&unique) {
            let count = self.0.entry(name.clone()).or_default();
            *count += 1;
            unique = format!("{name}-{}", *count + 1);
        }
        self.0.insert(unique.clone(), 0);
        unique
    }
}

/// A picture out of a file, and whether that has colours.
pub fn read_picture(file: &Path) -> pix2pix_web::Result<(RgbaImage, bool)> {
    let bytes = fs::read(file).map_err(|e| Error::Picture { detail: e.to_string() })?;
    decode_with_color(&bytes).map(|(picture, color)| (picture, color.has_color()))
}

/// How pictures are read.
pub struct Reading<'a> {
    pub console: &'a Console,
    /// The first picture that can't be used ends it.
    pub strict: bool,
    /// Pictures of a file's size that are in memory at once while it is read.
    pub copies: u64,
    /// Bytes that are kept of each until it is used.
    pub kept: u64,
}

impl Reading<'_> {
    /// Reads all files in parallel and passes what was read to `take`, in order. Those that can't be read are named and
    /// passed over. Returns how many were read.
    ///
    /// As many are decoded at once as fit into [`BUDGET`], by the sizes that their headers say, or one; so memory does
    /// not grow with the number of files or threads.
    pub fn each<T: Send>(
        &self,
        files: &[PathBuf],
        read: impl Fn(&Path) -> pix2pix_web::Result<T> + Sync,
        mut take: impl FnMut(T) -> Result<()>,
    ) -> Result<usize> {
        let bar = self.console.bar(files.len() as u64, "pictures");
        let mut skipped = 0;
        let ahead = (AHEAD / self.kept.max(1)).clamp(1, MOST_AHEAD) as usize;
        for some in files.chunks(ahead) {
            let memory: Vec<u64> =
                some.par_iter().map(|file| self.copies.saturating_mul(memory(file))).collect();
            for range in within(BUDGET, &memory) {
                let some = &some[range];
                let read: Vec<_> = some.par_iter().map(|file| read(file)).collect();
                for (file, read) in some.iter().zip(read) {
                    if interrupt::asked() {
                        return Err(Failure::interrupted(
                            "stopped before all pictures were done; what was written is whole",
                        ));
                    }
                    match read {
                        Ok(read) => take(read)?,
                        Err(error) if self.strict => return Err(Failure::about(error, file)),
                        Err(error) => {
                            let file = file.display();
                            self.console.warn(&format!("{file} is skipped: {error}"));
                            skipped += 1;
                        }
                    }
                    bar.add(1);
                }
            }
        }
        drop(bar);
        if skipped > 0 {
            self.console.warn(&format!("{skipped} of {} pictures are skipped", files.len()));
        }
        match files.len() - skipped {
            0 => Err(Failure::new("input/empty", "no picture can be used")),
            used => Ok(used),
        }
    }
}

/// Bytes that decoding a file takes, the file itself among them; what can't be decoded takes next to none.
fn memory(file: &Path) -> u64 {
    let Ok(opened) = File::open(file) else { return 0 };
    let length = opened.metadata().map_or(0, |metadata| metadata.len());
    let decoded = decoding_memory(BufReader::new(opened)).unwrap_or(0);
    decoded.saturating_add(2 * length)
}

/// Ranges of neighbours that add up to no more than the budget, or that are one.
fn within(budget: u64, sizes: &[u64]) -> Vec<std::ops::Range<usize>> {
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    let mut sum = 0u64;
    for (i, size) in sizes.iter().enumerate() {
        sum = sum.saturating_add(*size);
        match ranges.last_mut().filter(|_| sum <= budget) {
            Some(range) => range.end = i + 1,
            None => {
                ranges.push(i..i + 1);
                sum = *size;
            }
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_decoded_at_once_stays_within_the_budget() {
        assert_eq!(within(10, &[4, 4, 4, 11, 1, 1]), [0..2, 2..3, 3..4, 4..6]);
        assert_eq!(within(10, &[u64::MAX, u64::MAX, 0]), [0..1, 1..2, 2..3]);
        assert_eq!(within(10, &[0; 64]), [0..64]);
        assert!(within(10, &[]).is_empty());
    }

    #[test]
    fn names_are_given_once() {
        let mut names = Names::default();
        let given = ["a", "b", "a", "a-2", "a"].map(|name| names.unique(name.into()));
        assert_eq!(given, ["a", "b", "a-2", "a-2-2", "a-3"]);
    }
}
