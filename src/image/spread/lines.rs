//! What in a sketch is line, and what is hint.

use image::RgbaImage;

use super::regions::{Grid, clearance, disc, open};

// Lengths are in pixels of a picture whose longer side is 256.

/// What is as dark as this stops a hint, of 255.
pub(crate) const LINE: u32 = 150;
/// A colour is a hint's if its channels differ by more than this, and the largest is no darker than that of a line.
const CHROMA: u32 = 40;
const INK: u32 = 90;
/// A grey hint's brightness; all within this radius of some of its pixels is as grey, and it is no larger than this part of
/// the picture.
const GREY: std::ops::RangeInclusive<u32> = 70..=215;
const GREY_RADIUS: f32 = 2.5;
const LARGEST_GREY: f32 = 0.04;
/// Neighbouring pixels of one hint differ by at most this, summed over the channels.
const ALIKE: u32 = 60;
/// A line that parts a hint is no wider than this, and what lies beyond it counts where it has at least this part of the
/// pixels of the largest part.
const CROSSED: f32 = 9.0;
const END: f32 = 0.34;

/// What in a sketch is line, and what is hint.
pub(in crate::image) struct Lines {
    grid: Grid,
    pub(super) pixels: Vec<[u8; 3]>,
    hint: Vec<bool>,
}

impl Lines {
    /// Of an opaque sketch.
    pub fn of(sketch: &RgbaImage) -> Self {
        let pixels: Vec<[u8; 3]> = sketch.pixels().map(|p| [p[0], p[1], p[2]]).collect();
        let hint = pixels.iter().map(is_colorful).collect();
        let mut lines = Self { grid: Grid::of(sketch.dimensions()), pixels, hint };
        lines.find_grey_hints();
        lines
    }

    /// A grey stroke is no line where it is wide and evenly grey: a line is thin, or black. What is grey in large is paper or
    /// shading.
    fn find_grey_hints(&mut self) {
        let Self { grid, pixels, hint } = self;
        let grey: Vec<bool> = (pixels.iter().zip(&*hint))
            .map(|(pixel, hint)| !hint && GREY.contains(&brightness(*pixel)))
            .collect();
        let disc = disc(GREY_RADIUS * grid.unit());
        let even = |i: usize| {
            grey[i]
                && disc.iter().all(|(dx, dy)| {
                    grid.moved(i, *dx, *dy)
                        .is_some_and(|j| grey[j] && apart(pixels[i], pixels[j]) <= ALIKE / 2)
                })
        };
        let even: Vec<bool> = (0..pixels.len()).map(even).collect();
        let mut seen = vec![false; pixels.len()];
        for first in 0..pixels.len() {
            if !even[first] || seen[first] {
                continue;
            }
            let (mut part, mut next) = (vec![first], 0);
            seen[first] = true;
            while let Some(i) = part.get(next).copied() {
                next += 1;
                for (j, _) in grid.around(i) {
                    if even[j] && !seen[j] {
                        seen[j] = true;
                        part.push(j);
                    }
                }
            }
            if part.len() as f32 <= LARGEST_GREY * pixels.len() as f32 {
                let around = part
                    .iter()
                    .flat_map(|i| disc.iter().filter_map(|(dx, dy)| grid.moved(*i, *dx, *dy)));
                around.for_each(|j| hint[j] = true);
            }
        }
    }

    pub fn size(&self) -> (u32, u32) {
        (self.grid.width as u32, self.grid.height as u32)
    }

    pub fn unit(&self) -> f32 {
        self.grid.unit()
    }

    pub fn is_hint(&self, i: usize) -> bool {
        self.hint[i]
    }

    /// Whether a pixel stops a hint.
    pub fn is_line(&self, i: usize) -> bool {
        !self.hint[i] && brightness(self.pixels[i]) < LINE
    }

    /// The pixels that stop a hint.
    pub(super) fn walls(&self) -> Vec<bool> {
        (0..self.pixels.len()).map(|i| self.is_line(i)).collect()
    }

    /// The pixels within lines that are closed but for gaps up to `gap` units; those beside a line are not among them.
    /// `clearance` is that of [`Self::clearance`].
    pub fn closed_by(&self, gap: f32, clearance: &[f32]) -> Vec<bool> {
        let margin = gap * self.unit() / 2.0;
        let open = open(&self.grid, clearance, margin);
        clearance.iter().zip(open).map(|(clearance, open)| *clearance > margin && !open).collect()
    }

    /// How far each pixel is from the nearest line, in pixels.
    pub fn clearance(&self) -> Vec<f32> {
        clearance(&self.walls(), self.size())
    }

    /// For each pixel the hint that it belongs to, and the colour of each hint. The blend of a hint with a line, with the
    /// paper or with another hint belongs to none: a pixel does whose neighbours are all of its colour.
    pub(super) fn hints(&self) -> (Vec<Option<usize>>, Vec<[u8; 3]>) {
        let Self { grid, pixels, hint } = self;
        let alike = |i: usize, j: usize| apart(pixels[i], pixels[j]) <= ALIKE;
        let core: Vec<bool> = (0..pixels.len())
            .map(|i| hint[i] && grid.around(i).all(|(j, _)| hint[j] && alike(i, j)))
            .collect();
        let (mut seeds, mut hints) = (vec![None; pixels.len()], Vec::new());
        for first in 0..pixels.len() {
            if !core[first] || seeds[first].is_some() {
                continue;
            }
            let mut hint = Hint::default();
            let mut waiting = vec![first];
            seeds[first] = Some(hints.len());
            while let Some(i) = waiting.pop() {
                hint.add(pixels[i]);
                for (j, _) in grid.around(i) {
                    if core[j] && seeds[j].is_none() && alike(i, j) {
                        seeds[j] = Some(hints.len());
                        waiting.push(j);
                    }
                }
            }
            hints.push(hint);
        }
        self.drop_ends(&mut seeds, &hints);
        (seeds, hints.iter().map(Hint::color).collect())
    }

    /// A line that a stroke crosses parts it. What lies beyond is meant where there is much of it: an end that only slipped
    /// over the line would colour what is there, the whole paper at worst.
    fn drop_ends(&self, seeds: &mut [Option<usize>], hints: &[Hint]) {
        let disc = disc(CROSSED * self.unit());
        let mut largest: Vec<u32> = hints.iter().map(|hint| hint.count).collect();
        for i in 0..seeds.len() {
            let Some(hint) = seeds[i] else { continue };
            if self.grid.beside(i).all(|j| seeds[j] == Some(hint)) {
                continue; // in the midst of it
            }
            for (dx, dy) in &disc {
                let other = self.grid.moved(i, *dx, *dy).and_then(|j| seeds[j]);
                if let Some(other) = other.filter(|other| hints[hint].is_like(&hints[*other])) {
                    largest[hint] = largest[hint].max(hints[other].count);
                }
            }
        }
        for seed in seeds {
            *seed = seed.filter(|hint| hints[*hint].count as f32 >= END * largest[*hint] as f32);
        }
    }
}

/// A part of a hint that no line parts.
#[derive(Default)]
struct Hint {
    sums: [u32; 3],
    /// Of its pixels.
    count: u32,
}

impl Hint {
    fn add(&mut self, pixel: [u8; 3]) {
        self.sums.iter_mut().zip(pixel).for_each(|(sum, c)| *sum += u32::from(c));
        self.count += 1;
    }

    fn color(&self) -> [u8; 3] {
        self.sums.map(|sum| ((sum + self.count / 2) / self.count) as u8)
    }

    fn is_like(&self, other: &Hint) -> bool {
        apart(self.color(), other.color()) <= ALIKE
    }
}

fn is_colorful(pixel: &[u8; 3]) -> bool {
    let least = pixel.iter().copied().map(u32::from).fold(255, u32::min);
    largest(*pixel) - least > CHROMA && largest(*pixel) >= INK
}

/// How far two colours are from each other, summed over the channels.
fn apart(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.into_iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b))).sum()
}

pub(super) fn largest(pixel: [u8; 3]) -> u32 {
    pixel.into_iter().map(u32::from).fold(0, u32::max)
}

pub(crate) fn brightness([r, g, b]: [u8; 3]) -> u32 {
    (u32::from(r) * 3 + u32::from(g) * 6 + u32::from(b)) / 10
}
