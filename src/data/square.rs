//! Training pictures as pix2pix.py makes them: scaled to a square, a part cut out, perhaps mirrored.

use image::{Rgba, RgbaImage};

use crate::image::{Canvas, Fit, onto, spread, value};
use crate::random::Random;

/// The orders of red, green and blue but for that one.
const ORDERS: [[usize; 3]; 5] = [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// An opaque picture in a square.
///
/// ```
/// use image::{Rgba, RgbaImage};
/// use pix2pix_web::data::square;
/// use pix2pix_web::image::Fit;
///
/// let picture = RgbaImage::from_pixel(300, 200, Rgba([255, 0, 0, 255]));
/// let square = square(picture, 286, Fit::Stretch);
/// let mut planes = Vec::new();
/// square.cut(10, 20, 256, true).planes(&mut planes);
/// assert_eq!(planes[..256 * 256], [1.0; 256 * 256]); // red
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Square {
    side: usize,
    /// Red, green and blue of each pixel, row by row.
    rgb: Vec<u8>,
}

/// Lays `picture` on white, frames it as `fit` says, and brings it to `side * side` by averaging over areas.
pub fn square(picture: RgbaImage, side: usize, fit: Fit) -> Square {
    let canvas = Canvas::square(side, picture.dimensions());
    let framed = onto(picture, canvas, fit, averaged);
    let rgb = framed.pixels().flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    Square::new(side, rgb)
}

/// An opaque picture at another size by [`mean_over_areas`], rounded to bytes.
fn averaged(picture: &RgbaImage, (width, height): (u32, u32)) -> RgbaImage {
    let pixels = mean_over_areas(picture, (width, height), |rgb| rgb.map(f32::from));
    let mut resized = RgbaImage::from_pixel(width, height, Rgba([255; 4]));
    for (pixel, mean) in resized.pixels_mut().zip(pixels) {
        let [red, green, blue] = mean.map(|mean| mean.round() as u8);
        *pixel = Rgba([red, green, blue, 255]);
    }
    resized
}

/// The mean of what `turn` makes of an opaque picture's pixels over the area of each of `to_width * to_height` new ones, row
/// by row, as tf.image.resize_images with ResizeMethod.AREA, which averages when enlarging too.
pub(super) fn mean_over_areas(
    picture: &RgbaImage,
    (to_width, to_height): (u32, u32),
    turn: impl Fn([u8; 3]) -> [f32; 3],
) -> Vec<[f32; 3]> {
    let (to_width, to_height) = (to_width as usize, to_height as usize);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (across, down) = (areas(width, to_width), areas(height, to_height));
    // Rows first: [height, width] -> [height, to_width], as sums weighted by the areas.
    let mut narrow = vec![[0f32; 3]; height * to_width];
    for (row, pixels) in narrow.chunks_exact_mut(to_width).zip(picture.rows()) {
        let turned: Vec<_> = pixels.map(|p| turn([p[0], p[1], p[2]])).collect();
        for (sum, (from, weights)) in row.iter_mut().zip(&across) {
            weights
                .iter()
                .zip(&turned[*from..])
                .for_each(|(weight, value)| add(sum, *weight, value));
        }
    }
    let mut means = vec![[0f32; 3]; to_width * to_height];
    for (row, (from, weights)) in means.chunks_exact_mut(to_width).zip(&down) {
        for (weight, source) in weights.iter().zip(narrow[from * to_width..].chunks_exact(to_width))
        {
            row.iter_mut().zip(source).for_each(|(sum, value)| add(sum, *weight, value));
        }
    }
    means
}

fn add(sum: &mut [f32; 3], weight: f32, value: &[f32; 3]) {
    sum.iter_mut().zip(value).for_each(|(sum, value)| *sum += weight * value);
}

/// For each of `to` pixels: the first of the `from` pixels that it covers, and how much of it each of them makes up.
fn areas(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let scale = from as f64 / to as f64;
    (0..to)
        .map(|i| {
            let (start, end) = (i as f64 * scale, (i + 1) as f64 * scale);
            let first = start as usize;
            let last = (end.ceil() as usize).clamp(first + 1, from);
            let weights = (first..last)
                .map(|j| {
                    let overlap = end.min((j + 1) as f64) - start.max(j as f64);
                    (overlap.max(0.0) / scale) as f32
                })
                .collect();
            (first, weights)
        })
        .collect()
}

impl Square {
    /// Of `side * side * 3` bytes.
    pub(super) fn new(side: usize, rgb: Vec<u8>) -> Self {
        assert_eq!(rgb.len(), side * side * 3, "three bytes for each pixel");
        Self { side, rgb }
    }

    pub fn side(&self) -> usize {
        self.side
    }

    /// Red, green and blue of each pixel, one after the other.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    pub fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.side + x) * 3;
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    /// With the channels in one of the five other orders: white, grey and black stay.
    pub fn recolored(&self, random: &mut Random) -> Self {
        let [a, b, c] = ORDERS[random.below(ORDERS.len())];
        let pixels = self.rgb.chunks_exact(3);
        Self::new(self.side, pixels.flat_map(|pixel| [pixel[a], pixel[b], pixel[c]]).collect())
    }

    /// A sketch whose colour hints fill the regions that they lie in, see [`spread`].
    pub fn with_hints_spread(&self) -> Self {
        let filled = spread(RgbaImage::from(self));
        Self::new(self.side, filled.pixels().flat_map(|p| [p[0], p[1], p[2]]).collect())
    }

    /// A part of `size * size`, perhaps mirrored: the original mirrors before it cuts.
    pub fn cut(&self, left: usize, top: usize, size: usize, mirror: bool) -> Self {
        let mut rgb = Vec::with_capacity(size * size * 3);
        for y in top..top + size {
            for x in left..left + size {
                rgb.extend(self.pixel(if mirror { self.side - 1 - x } else { x }, y));
            }
        }
        Self::new(size, rgb)
    }

    /// Adds its planes to `into`: red, green, blue, each `side * side`, in [-1, 1].
    pub fn planes(&self, into: &mut Vec<f32>) {
        for c in 0..3 {
            let plane = self.rgb.iter().skip(c).step_by(3);
            into.extend(plane.map(|byte| value(*byte)));
        }
    }
}

impl From<&Square> for RgbaImage {
    fn from(square: &Square) -> Self {
        let side = square.side as u32;
        RgbaImage::from_fn(side, side, |x, y| {
            let [red, green, blue] = square.pixel(x as usize, y as usize);
            Rgba([red, green, blue, 255])
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::data::samples::{as_square, disc, pixels};

    /// Every target pixel is the mean of what lies under it, in proportion, when shrinking and when enlarging.
    #[test]
    fn training_pictures_are_averaged_over_areas() {
        let grey = |values: &[u8]| {
            RgbaImage::from_fn(values.len() as u32, values.len() as u32, |x, _| {
                let v = values[x as usize];
                Rgba([v, v, v, 255])
            })
        };
        let row = |picture: RgbaImage, side: usize| {
            let mut planes = Vec::new();
            square(picture, side, Fit::Stretch).planes(&mut planes);
            let bytes = planes[..side].iter().map(|v| ((v + 1.0) * 127.5).round() as u8);
            bytes.collect::<Vec<u8>>()
        };
        assert_eq!(row(grey(&[10, 20, 90]), 3), [10, 20, 90]);
        // 1.5 pixels each: 10, and half of 20; half of 20, and 90.
        assert_eq!(row(grey(&[10, 20, 90]), 2), [13, 67]);
        // Two thirds of a pixel each: the middle one has a third of either.
        assert_eq!(row(grey(&[10, 90]), 3), [10, 50, 90]);
        assert_eq!(row(grey(&[7; 256]), 286), [7; 286]);
    }

    #[test]
    fn training_pictures_are_cut_and_mirrored() {
        let picture = RgbaImage::from_fn(8, 8, |x, y| Rgba([x as u8, y as u8, 200, 255]));
        let square = square(picture, 8, Fit::Stretch);
        let cut = |left, top, mirror| {
            let mut planes = Vec::new();
            square.cut(left, top, 2, mirror).planes(&mut planes);
            planes.iter().map(|v| ((v + 1.0) * 127.5).round() as u8).collect::<Vec<u8>>()
        };
        assert_eq!(cut(3, 5, false), [3, 4, 3, 4, 5, 5, 6, 6, 200, 200, 200, 200]);
        // Mirrored first: column 3 from the left was column 4.
        assert_eq!(cut(3, 5, true), [4, 3, 4, 3, 5, 5, 6, 6, 200, 200, 200, 200]);
    }

    #[test]
    fn training_pictures_are_framed_as_asked() {
        // Red, white, blue side by side, twice as wide as high.
        let picture = RgbaImage::from_fn(40, 20, |x, _| {
            if x < 10 {
                Rgba([255, 0, 0, 255])
            } else if x < 30 {
                Rgba([255; 4])
            } else {
                Rgba([0, 0, 255, 255])
            }
        });
        let blue = |fit: Fit| {
            let mut planes = Vec::new();
            square(picture.clone(), 40, fit).planes(&mut planes);
            planes[2 * 1600..].iter().filter(|v| **v == 1.0).count() as f32 / 1600.0
                - planes[..1600].iter().filter(|v| **v == 1.0).count() as f32 / 1600.0
        };
        for (fit, name) in
            [(Fit::Stretch, "all"), (Fit::Contain, "all on white"), (Fit::Cover, "the middle")]
        {
            assert_eq!(blue(fit), 0.0, "as much red as blue: {name}");
        }
        let mut planes = Vec::new();
        square(picture.clone(), 40, Fit::Cover).planes(&mut planes);
        assert!(planes.iter().all(|v| *v == 1.0), "the middle is white");
        planes.clear();
        square(picture, 40, Fit::Contain).planes(&mut planes);
        assert_eq!(planes[1600], 1.0, "white above");
        assert_eq!(planes[1600 + 20 * 40], -1.0, "red has no green");
    }

    #[test]
    fn other_colours_are_the_same_channels_in_another_order() {
        let target = as_square(disc());
        let mut found = BTreeSet::new();
        for seed in 0..50 {
            let recolored = target.recolored(&mut Random::new(seed));
            for ((.., new), (.., old)) in pixels(&recolored).zip(pixels(&target)) {
                let sorted = |mut color: [u8; 3]| {
                    color.sort_unstable();
                    color
                };
                assert_eq!(sorted(new), sorted(old));
            }
            assert_ne!(recolored, target);
            found.insert(recolored.rgb().to_vec());
        }
        assert_eq!(found.len(), 5, "every other order comes");
    }
}
