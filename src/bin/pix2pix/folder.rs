//! The pictures of a folder, listed as the original lists them, and read in parallel.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use image::imageops::crop_imm;
use image::{ColorType, RgbaImage};
use pix2pix_web::Error;
use pix2pix_web::image::{check_pixels, decode_with_color};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::interrupt;

/// The kinds of files, in the order in which they are looked for. The first two are the original's.
const KINDS: [&[&str]; 3] = [&["jpg", "jpeg"], &["png"], &["webp"]];
/// So many pictures are read at once, and in memory.
const AT_ONCE: usize = 64;

/// Which half of an A|B picture is the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Serialize, Deserialize)]
pub enum Direction {
    #[default]
    #[value(name = "AtoB")]
    AtoB,
    #[value(name = "BtoA")]
    BtoA,
}

/// A pair out of a file.
pub struct Pair {
    pub name: String,
    pub input: RgbaImage,
    pub target: RgbaImage,
    color: ColorType,
}

/// The pictures of a folder: the JPEGs, or where there are none the PNGs, or the WebPs. In the order of their names,
/// which are numbers where all of them are.
pub fn pictures(dir: &Path) -> Result<Vec<PathBuf>> {
    let files = files(dir)?;
    for kind in KINDS {
        let of_kind = |file: &PathBuf| kind.iter().any(|kind| has_extension(file, kind));
        let mut found: Vec<PathBuf> = files.iter().filter(|file| of_kind(file)).cloned().collect();
        if !found.is_empty() {
            sort(&mut found);
            return Ok(found);
        }
    }
    Err(empty(dir))
}

/// The pictures of a folder, of every kind; `deep`: and of the folders in it.
pub fn all_pictures(dir: &Path, deep: bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for file in files(dir)? {
        if KINDS.iter().any(|kind| kind.iter().any(|kind| has_extension(&file, kind))) {
            found.push(file);
        } else if deep && file.is_dir() {
            found.extend(all_pictures(&file, true)?);
        }
    }
    sort(&mut found);
    Ok(found)
}

fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let failed = |e| Failure::file(dir, "can't be read", e);
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        files.push(entry.map_err(failed)?.path());
    }
    Ok(files)
}

pub fn empty(dir: &Path) -> Failure {
    let message = format!(
        "{} holds no pictures: give a folder with .jpg, .png or .webp files",
        dir.display()
    );
    Failure::new("input/empty", message)
}

fn has_extension(file: &Path, extension: &str) -> bool {
    file.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

fn sort(files: &mut [PathBuf]) {
    let numbers: Option<Vec<u64>> = files.iter().map(|file| name(file).parse().ok()).collect();
    match numbers {
        Some(_) => files.sort_by_key(|file| name(file).parse::<u64>().expect("all of them are")),
        None => files.sort(),
    }
}

/// A file's name without folder and extension.
pub fn name(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// An A|B picture.
///
/// # Errors
/// `image/unreadable`: it can't be decoded, or has no middle.
pub fn read_pair(file: &Path, direction: Direction) -> pix2pix_web::Result<Pair> {
    let (both, color) = read_picture(file)?;
    let (width, height) = both.dimensions();
    if width % 2 == 1 {
        let detail = format!("it is {width} pixels wide, and an A|B picture is two of one width");
        return Err(Error::Picture { detail });
    }
    check_pixels("it", &both)?;
    let half = |left| crop_imm(&both, left, 0, width / 2, height).to_image();
    let [a, b] = [half(0), half(width / 2)];
    let (input, target) = match direction {
        Direction::AtoB => (a, b),
        Direction::BtoA => (b, a),
    };
    Ok(Pair { name: name(file), input, target, color })
}

pub fn read_picture(file: &Path) -> pix2pix_web::Result<(RgbaImage, ColorType)> {
    let bytes = fs::read(file).map_err(|e| Error::Picture { detail: e.to_string() })?;
    decode_with_color(&bytes)
}

/// Reads all files in parallel and gives what was read to `take`, in order. Those that can't be read are named and
/// passed over, or with `strict` the first of them ends it. Returns how many were read.
pub fn each<T: Send>(
    files: &[PathBuf],
    strict: bool,
    console: &Console,
    read: impl Fn(&Path) -> pix2pix_web::Result<T> + Sync,
    mut take: impl FnMut(T) -> Result<()>,
) -> Result<usize> {
    let bar = console.bar(files.len() as u64, "pictures");
    let mut skipped = 0;
    for some in files.chunks(AT_ONCE) {
        let read: Vec<_> = some.par_iter().map(|file| read(file)).collect();
        for (file, read) in some.iter().zip(read) {
            if interrupt::asked() {
                return Err(Failure::interrupted("stopped before all pictures were through"));
            }
            match read {
                Ok(read) => take(read)?,
                Err(error) if strict => return Err(Failure::about(error, file)),
                Err(error) => {
                    console.warn(&format!("{} is skipped: {error}", file.display()));
                    skipped += 1;
                }
            }
            bar.add(1);
        }
    }
    drop(bar);
    if skipped > 0 {
        console.warn(&format!("{skipped} of {} pictures are skipped", files.len()));
    }
    match files.len() - skipped {
        0 => Err(Failure::new("input/empty", "no picture can be used")),
        used => Ok(used),
    }
}

/// Counts the pairs that were not RGB, for one word about all of them.
#[derive(Default)]
pub struct Converted {
    grey: usize,
    alpha: usize,
}

impl Converted {
    pub fn count(&mut self, pair: &Pair) {
        self.alpha += usize::from(pair.color.has_alpha());
        self.grey += usize::from(!pair.color.has_color());
    }

    pub fn tell(&self, console: &Console) {
        let parts = [(self.grey, "grey"), (self.alpha, "with transparency, laid on white")];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
        if !parts.is_empty() {
            console.note(&format!("pictures turned into RGB: {}", parts.join(", ")));
        }
    }
}
