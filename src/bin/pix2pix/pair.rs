//! A|B pictures: two halves, input and target, each brought to the network's square as soon as it is read.

use std::path::{Path, PathBuf};

use image::RgbaImage;
use image::imageops::crop_imm;
use pix2pix_web::Error;
use pix2pix_web::data::square;
use pix2pix_web::image::{Fit, Halves, check_pixels, halves};
use pix2pix_web::model::Direction;
use rayon::prelude::*;

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::folder::{Reading, name, read_picture};

/// So many pictures are looked at before a command begins.
const SAMPLE: usize = 4;
/// So many are named.
const NAMED: usize = 3;

/// How a pair is read.
#[derive(Debug, Clone, Copy)]
pub struct Framing {
    pub direction: Direction,
    /// Pixels on a side of the squares.
    pub side: usize,
    pub fit: Fit,
}

/// A pair out of a file.
pub struct Pair {
    pub name: String,
    /// A square, as the library itself would make it of the half.
    pub input: RgbaImage,
    pub target: RgbaImage,
    grey: bool,
    transparent: bool,
    halves: Halves,
}

impl Framing {
    /// # Errors
    /// `image/unreadable`: it can't be decoded, or has no middle.
    pub fn read(self, file: &Path) -> pix2pix_web::Result<Pair> {
        let (both, has_color) = read_picture(file)?;
        let (width, height) = both.dimensions();
        if width % 2 == 1 {
            let detail =
                format!("it is {width} pixels wide, and an A|B picture is two of one width");
            return Err(Error::Picture { detail });
        }
        check_pixels("it", &both)?;
        let halves = halves(&both);
        let transparent = both.pixels().any(|pixel| pixel[3] < 255);
        let half = |left| {
            let half = crop_imm(&both, left, 0, width / 2, height).to_image();
            RgbaImage::from(&square(half, self.side, self.fit))
        };
        let [a, b] = [half(0), half(width / 2)];
        let (input, target) = match self.direction {
            Direction::AtoB => (a, b),
            Direction::BtoA => (b, a),
        };
        let name = name(file).to_string_lossy().into_owned();
        Ok(Pair { name, input, target, grey: !has_color, transparent, halves })
    }

    pub fn reading(self, console: &Console, strict: bool) -> Reading<'_> {
        let kept = 2 * 4 * (self.side as u64).pow(2);
        // Beside the picture there is one of its halves, and what it is averaged from.
        Reading { console, strict, copies: 1, kept }
    }
}

/// A photograph to colour, out of a file.
pub struct Photo {
    pub name: String,
    /// As large as it is: it becomes a square in Lab.
    pub picture: RgbaImage,
    grey: bool,
    transparent: bool,
}

impl Photo {
    /// # Errors
    /// `image/unreadable`.
    pub fn read(file: &Path) -> pix2pix_web::Result<Self> {
        let (picture, has_color) = read_picture(file)?;
        check_pixels("it", &picture)?;
        let transparent = picture.pixels().any(|pixel| pixel[3] < 255);
        let name = name(file).to_string_lossy().into_owned();
        Ok(Self { name, picture, grey: !has_color, transparent })
    }

    pub fn reading(console: &Console, strict: bool) -> Reading<'_> {
        // What was decoded at once is kept until it is used: the budget of decoding is that of keeping.
        Reading { console, strict, copies: 1, kept: 1 }
    }
}

/// Looks at some of the files, so that a folder of single pictures is refused before anything is done with it.
pub fn refuse_single_pictures(dir: &Path, files: &[PathBuf]) -> Result<()> {
    let step = files.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<&PathBuf> = files.iter().step_by(step).collect();
    // Two at once: they are whole pictures.
    let found: Vec<Option<(Halves, (u32, u32))>> = sample
        .chunks(2)
        .flat_map(|two| {
            let looked = two.par_iter().map(|file| {
                // What can't be read is told when it is its turn.
                let (picture, _) = read_picture(file).ok()?;
                Some((halves(&picture), picture.dimensions()))
            });
            looked.collect::<Vec<_>>()
        })
        .collect();
    let looked_at = found.iter().flatten().count();
    let mut single = sample.iter().zip(&found).filter_map(|(file, found)| {
        let (_, size) = found.as_ref().filter(|(halves, _)| *halves == Halves::One)?;
        Some((file, *size))
    });
    let count = single.clone().count();
    let Some((file, (width, height))) = single.next().filter(|_| 2 * count > looked_at) else {
        return Ok(());
    };
    let message = format!(
        "{} holds single pictures and not A|B pairs: the halves of {} ({width} by {height}) are two parts of one picture. \
         To draw pictures for sketches use pix2pix translate; to make pairs of photos pix2pix pairs, with --edges or with \
         --combine and the folder of the other sides. If they are pairs all the same, give --halves",
        dir.display(),
        file.display()
    );
    Err(Failure::new("input/single", message))
}

/// Counts what is worth a word about all pairs.
#[derive(Default)]
pub struct Tally {
    grey: usize,
    transparent: usize,
    single: Vec<String>,
    apart: Vec<String>,
    all: usize,
}

impl Tally {
    pub fn count(&mut self, pair: &Pair) {
        self.all += 1;
        self.grey += usize::from(pair.grey);
        self.transparent += usize::from(pair.transparent);
        match pair.halves {
            Halves::One => self.single.push(pair.name.clone()),
            Halves::Apart => self.apart.push(pair.name.clone()),
            Halves::Pair | Halves::Unknown => {}
        }
    }

    pub fn count_photo(&mut self, photo: &Photo) {
        self.all += 1;
        self.grey += usize::from(photo.grey);
        self.transparent += usize::from(photo.transparent);
    }

    pub fn tell_of_photos(&self, console: &Console) {
        if self.transparent > 0 {
            console.note(&format!("{} with transparency, laid on white", self.transparent));
        }
        if self.grey > 0 {
            console.warn(&format!(
                "{} of {} photographs are grey: there is no colour to learn from them",
                self.grey, self.all
            ));
        }
    }

    /// `halves`: the user says that all are pairs.
    pub fn tell(&self, halves: bool, console: &Console) {
        let parts = [(self.grey, "grey"), (self.transparent, "with transparency, laid on white")];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
        if !parts.is_empty() {
            console.note(&format!("pictures turned into RGB: {}", parts.join(", ")));
        }
        if halves {
            return;
        }
        let remedy = "pix2pix pairs makes pairs of single pictures, pix2pix translate draws pictures for them";
        if !self.single.is_empty() {
            console.warn(&format!(
                "{} of {} pictures look like single ones and not like A|B pairs ({}); their halves are taken all the same. {remedy}",
                self.single.len(),
                self.all,
                some(&self.single)
            ));
        }
        if 2 * self.apart.len() > self.all {
            console.warn(&format!(
                "the halves of {} of {} pictures do not lie on each other ({}). Are they A|B pairs? {remedy}",
                self.apart.len(),
                self.all,
                some(&self.apart)
            ));
        }
    }
}

/// The first names.
pub fn some(names: &[String]) -> String {
    let first = names[..names.len().min(NAMED)].join(", ");
    if names.len() > NAMED { format!("{first}, …") } else { first }
}
