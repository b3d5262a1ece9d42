//! `pix2pix pairs`: photos into A|B pictures, and the other operations of the original's process.py and split.py.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use image::RgbaImage;
use pix2pix_web::Error;
use pix2pix_web::image::{EdgeOptions, edges};
use serde_json::json;

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::folder::{self, Reading};
use crate::gallery::write_picture;
use crate::gather::{Gather, Plan, Source};
use crate::interrupt;
use crate::pair::some;
use crate::partners::{self, Member, Partners};
use crate::prepare::{Frame, blank, grayscale, is_photograph, side_by_side, trim};
use crate::sides::{Key, Side};
use crate::whole;

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
    /// A is the picture, B the one of the same name in this folder, whatever the ending. Folders within both are
    /// compared too; A and B, train_A and train_B, one_A.png and one_B.png count as the same name
    #[arg(long, group = "operation", alias = "b_dir", value_name = "B_DIR")]
    combine: Option<PathBuf>,
    /// The files as they are, into train/ and val/ (see --held-out; 2 tenths unless it says otherwise)
    #[arg(long, group = "operation")]
    split: bool,
    /// A alone, as the original's process.py writes it
    #[arg(long, conflicts_with_all = ["resize", "combine", "split"])]
    alone: bool,
    /// More lines or fewer, 0 to 1
    #[arg(long, default_value_t = 0.5, value_name = "STRENGTH")]
    strength: f32,
    /// Pixels on a side [default: 256; with --combine the pictures stay as they are]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(1..=LARGEST))]
    size: Option<u32>,
    /// White around the picture
    #[arg(long, value_name = "PIXELS", default_value_t = 0)]
    margin: u32,
    /// Fill the square with the middle of the picture
    #[arg(long, conflicts_with = "pad")]
    crop: bool,
    /// The whole picture, on white (the default)
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
/// More pixels on a side than this no network takes, and a picture of them is 268 MB.
const LARGEST: i64 = 8192;

pub fn run(pairs: &Pairs, console: &Console) -> Result<()> {
    let size = pairs.size.unwrap_or(SIZE);
    if u64::from(size) <= 2 * u64::from(pairs.margin) {
        let margin = pairs.margin;
        return Err(Failure::usage(format!(
            "a margin of {margin} leaves nothing of {size} pixels"
        )));
    }
    if !(0.0..=1.0).contains(&pairs.strength) {
        return Err(Failure::usage(format!("--strength is {}, expected 0 to 1", pairs.strength)));
    }
    let plan = Plan {
        held_out: pairs.split.then_some(2),
        copies: pairs.split,
        deep: pairs.combine.is_some(),
    };
    let mut sources = pairs.gather.sources(&plan)?;
    let partners = match &pairs.combine {
        Some(dir) => find_partners(&mut sources, dir, console)?,
        None => BTreeMap::new(),
    };
    let existed = pairs.gather.check_outputs(&mut sources)?;
    interrupt::watch();
    let output = &pairs.gather.output;
    fs::create_dir_all(output).map_err(|e| Failure::file(output, "can't be made", e))?;
    for dir in sources.iter().filter_map(|source| source.output.parent()) {
        fs::create_dir_all(dir).map_err(|e| Failure::file(dir, "can't be made", e))?;
    }
    let (mut written, mut held_out, mut left_out) = (0, 0, 0);
    let files: Vec<PathBuf> = sources.iter().map(|source| source.file.clone()).collect();
    let sources: BTreeMap<PathBuf, Source> =
        sources.into_iter().map(|source| (source.file.clone(), source)).collect();
    if !files.is_empty() {
        // A picture with its partner, and both of them side by side.
        let copies = if pairs.combine.is_some() { 3 } else { 1 };
        let reading = Reading { console, strict: pairs.strict, copies, kept: 0 };
        let make = |file: &Path| pairs.make(&sources[file], &partners);
        reading.each(&files, make, |made: Result<Option<&Source>>| {
            match made? {
                Some(source) => {
                    written += 1;
                    held_out += usize::from(source.held_out);
                }
                None => left_out += 1,
            }
            Ok(())
        })?;
    }
    let mut text = format!("{written} pictures in {}", output.display());
    if held_out > 0 {
        text.push_str(&format!(", {held_out} of them held out in val/"));
    }
    if existed > 0 {
        text.push_str(&format!("; {existed} existed already"));
    }
    if left_out > 0 {
        text.push_str(&format!("; {left_out} left out: drawings, small or transparent ones"));
    }
    let object = json!({
        "event": "pairs", "written": written, "heldOut": held_out, "leftOut": left_out, "existed": existed,
        "output": output.display().to_string(),
    });
    console.result(&text, object);
    Ok(())
}

/// B of each source, or why it has none. Where both folders are one, or one lies in the other, what lies in B or is
/// named after that side is no source.
fn find_partners(
    sources: &mut Vec<Source>,
    b_dir: &Path,
    console: &Console,
) -> Result<BTreeMap<PathBuf, std::result::Result<PathBuf, String>>> {
    let real = |file: &Path| fs::canonicalize(file).unwrap_or_else(|_| file.into());
    let of_a: BTreeSet<PathBuf> = sources.iter().map(|source| real(&source.file)).collect();
    let mut of_b: Vec<Member> = folder::all_pictures(b_dir, true)?
        .into_iter()
        .map(|file| {
            let within = file.strip_prefix(b_dir).expect("it was found in there").to_path_buf();
            Member { file, within }
        })
        .collect();
    let all_of_b: BTreeSet<PathBuf> = of_b.iter().map(|member| real(&member.file)).collect();
    if of_a == all_of_b {
        let is = |within: &Path, side| Key::of(within).is_some_and(|key| key.side == Some(side));
        sources.retain(|source| is(&source.within, Side::A));
        of_b.retain(|member| is(&member.within, Side::B));
    } else if all_of_b.is_subset(&of_a) {
        sources.retain(|source| !all_of_b.contains(&real(&source.file)));
    } else {
        of_b.retain(|member| !of_a.contains(&real(&member.file)));
    }
    if sources.is_empty() {
        let message =
            format!("no picture is named as one of the side A, beside {}", b_dir.display());
        return Err(Failure::new("input/empty", message));
    }
    let of_a: Vec<Member> = sources
        .iter()
        .map(|source| Member { file: source.file.clone(), within: source.within.clone() })
        .collect();
    let Partners { of, left } = partners::find(&of_a, &of_b, b_dir);
    if !left.is_empty() {
        let names: Vec<String> = left.iter().map(|file| file.display().to_string()).collect();
        let count = names.len();
        console.warn(&format!("{count} pictures of B belong to no A: {}", some(&names)));
    }
    Ok(of)
}

impl Pairs {
    /// Writes what becomes of a picture; `None` for one that is left out. The outer error is the picture's, the inner
    /// one ends the command.
    fn make<'a>(
        &self,
        source: &'a Source,
        partners: &BTreeMap<PathBuf, std::result::Result<PathBuf, String>>,
    ) -> pix2pix_web::Result<Result<Option<&'a Source>>> {
        if self.split {
            let copied = File::open(&source.file)
                .map_err(|e| Failure::file(&source.file, "can't be read", e))
                .and_then(|mut from| {
                    whole::write(&source.output, |into| io::copy(&mut from, into).map(|_| ()))
                });
            return Ok(copied.map(|()| Some(source)));
        }
        let partner = match partners.get(&source.file) {
            Some(Err(why)) => return Err(Error::Picture { detail: why.clone() }),
            Some(Ok(partner)) => Some(partner),
            None => None,
        };
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
        let made = match partner {
            Some(partner) => self.combined(picture, source, partner)?,
            None => self.derived(self.frame(self.size.unwrap_or(SIZE)).apply(picture))?,
        };
        Ok(write_picture(&made, &source.output).map(|()| Some(source)))
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
        a: RgbaImage,
        source: &Source,
        partner: &Path,
    ) -> pix2pix_web::Result<RgbaImage> {
        let read_b = || {
            let read = folder::read_picture(partner).map(|(b, _)| b);
            read.map_err(|e| Error::Picture {
                detail: format!("its partner {}: {e}", partner.display()),
            })
        };
        if let Some(size) = self.size {
            let a = self.frame(size).apply(a);
            return Ok(side_by_side(&a, &self.frame(size).apply(read_b()?)));
        }
        let b = read_b()?;
        if a.dimensions() != b.dimensions() {
            let name = source.within.display().to_string();
            return Err(Error::PairSize { name, input: a.dimensions(), target: b.dimensions() });
        }
        Ok(side_by_side(&a, &b))
    }
}
