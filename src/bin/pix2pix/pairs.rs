//! `pix2pix pairs`: photos into A|B pictures, and the other operations of the original's process.py and split.py.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use image::RgbaImage;
use pix2pix_web::Error;
use pix2pix_web::image::{EdgeOptions, edges};
use serde_json::json;

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::folder;
use crate::gallery::write_picture;
use crate::gather::{Gather, Source, sibling};
use crate::interrupt;
use crate::prepare::{Frame, blank, grayscale, is_photograph, side_by_side, trim};

/// Make A|B pictures of photos: B is the photo, A what is made of it
#[derive(Args)]
#[command(group = clap::ArgGroup::new("operation").required(true))]
pub struct Pairs {
    #[command(flatten)]
    gather: Gather,
    /// A is B's edges, black on white, as the page makes them
    #[arg(long, group = "operation")]
    edges: bool,
    /// A is B without its colours
    #[arg(long, group = "operation")]
    grayscale: bool,
    /// A is B with a white hole in the middle
    #[arg(long, group = "operation")]
    blank: bool,
    /// No pairs: the pictures as squares
    #[arg(long, group = "operation")]
    resize: bool,
    /// A is the picture, B the one of the same name in this folder
    #[arg(long, group = "operation", alias = "b_dir", value_name = "B_DIR")]
    combine: Option<PathBuf>,
    /// The files as they are, into train/ and val/ (see --held-out; two tenths unless it says otherwise)
    #[arg(long, group = "operation")]
    split: bool,
    /// A alone, as the original's process.py writes it
    #[arg(long, conflicts_with_all = ["resize", "combine", "split"])]
    alone: bool,
    /// More lines or fewer, 0 to 1
    #[arg(long, default_value_t = 0.5, value_name = "STRENGTH")]
    strength: f32,
    /// Pixels on a side [default: 256; with --combine the pictures stay as they are]
    #[arg(long, value_name = "PIXELS")]
    size: Option<u32>,
    /// White around the picture
    #[arg(long, value_name = "PIXELS", default_value_t = 0)]
    margin: u32,
    /// Fill the square with the middle of the picture
    #[arg(long, conflicts_with = "pad")]
    crop: bool,
    /// The whole picture, on white [default]
    #[arg(long)]
    pad: bool,
    /// First cut off what is transparent at the borders
    #[arg(long)]
    trim: bool,
    /// Leave out drawings, and what is small: pictures in which more than 30 % of neighbouring pixels are equal
    #[arg(long)]
    photographs: bool,
    /// A picture that can't be used is an error
    #[arg(long)]
    strict: bool,
}

const SIZE: u32 = 256;

pub fn run(pairs: &Pairs, console: &Console) -> Result<()> {
    let size = pairs.size.unwrap_or(SIZE);
    if size <= 2 * pairs.margin {
        let margin = pairs.margin;
        return Err(Failure::usage(format!(
            "a margin of {margin} leaves nothing of {size} pixels"
        )));
    }
    if !(0.0..=1.0).contains(&pairs.strength) {
        return Err(Failure::usage(format!("--strength is {}, expected 0 to 1", pairs.strength)));
    }
    let sources = pairs.gather.sources(pairs.split.then_some(2))?;
    interrupt::watch();
    for source in sources.values() {
        fs::create_dir_all(&source.dir)
            .map_err(|e| Failure::file(&source.dir, "can't be made", e))?;
    }
    let files: Vec<PathBuf> = sources.keys().cloned().collect();
    let (mut written, mut held_out, mut left_out) = (0, 0, 0);
    let make = |file: &Path| pairs.make(&sources[file]);
    folder::each(&files, pairs.strict, console, make, |made: Result<Option<&Source>>| {
        match made? {
            Some(source) => {
                written += 1;
                held_out += usize::from(source.dir.ends_with("val"));
            }
            None => left_out += 1,
        }
        Ok(())
    })?;
    let mut text = format!("{written} pictures in {}", pairs.gather.output.display());
    if held_out > 0 {
        text.push_str(&format!(", {held_out} of them held out in val/"));
    }
    if left_out > 0 {
        text.push_str(&format!("; {left_out} left out: drawings, small or transparent ones"));
    }
    let object = json!({
        "event": "pairs", "written": written, "heldOut": held_out, "leftOut": left_out, "output": pairs.gather.output,
    });
    console.result(&text, object);
    Ok(())
}

impl Pairs {
    /// Writes what becomes of a picture; `None` for one that is left out. The outer error is the picture's, the inner
    /// one ends it all.
    fn make<'a>(&self, source: &'a Source) -> pix2pix_web::Result<Result<Option<&'a Source>>> {
        if self.split {
            let copied = fs::copy(&source.file, source.output_as_it_is());
            return Ok(copied
                .map(|_| Some(source))
                .map_err(|e| Failure::file(&source.file, "can't be copied", e)));
        }
        let mut picture = folder::read_picture(&source.file)?.0;
        if self.trim {
            match trim(&picture) {
                Some(trimmed) => picture = trimmed,
                None => return Ok(Ok(None)),
            }
        }
        if self.photographs && !is_photograph(&picture) {
            return Ok(Ok(None));
        }
        let made = match &self.combine {
            Some(dir) => self.combined(&picture, source, dir)?,
            None => self.derived(self.frame(self.size.unwrap_or(SIZE)).apply(&picture))?,
        };
        Ok(write_picture(&made, &source.output()).map(|()| Some(source)))
    }

    fn frame(&self, size: u32) -> Frame {
        Frame { size, margin: self.margin, crop: self.crop }
    }

    fn derived(&self, b: RgbaImage) -> pix2pix_web::Result<RgbaImage> {
        let a = if self.edges {
            edges(b.clone(), &EdgeOptions { strength: self.strength })?
        } else if self.grayscale {
            grayscale(&b)
        } else if self.blank {
            blank(&b)
        } else {
            return Ok(b);
        };
        Ok(if self.alone { a } else { side_by_side(&a, &b) })
    }

    fn combined(
        &self,
        a: &RgbaImage,
        source: &Source,
        dir: &Path,
    ) -> pix2pix_web::Result<RgbaImage> {
        let unreadable = |detail: String| Error::Picture { detail };
        let sibling = sibling(dir, &source.file).ok_or_else(|| {
            unreadable(format!("{} has no picture of the same name", dir.display()))
        })?;
        let b = folder::read_picture(&sibling)?.0;
        if let Some(size) = self.size {
            return Ok(side_by_side(&self.frame(size).apply(a), &self.frame(size).apply(&b)));
        }
        if a.dimensions() != b.dimensions() {
            let name = source.name.clone();
            return Err(Error::PairSize { name, input: a.dimensions(), target: b.dimensions() });
        }
        Ok(side_by_side(a, &b))
    }
}
