//! Training pictures as pix2pix.py makes them: scaled to a square, a part cut out, perhaps mirrored.

use image::RgbaImage;

use crate::image::{Fit, middle, offset, on_white, scaled};
use crate::random::Random;

/// The orders of red, green and blue but for that one.
const ORDERS: [[usize; 3]; 5] = [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// A picture in a square, red, green and blue of each pixel one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Square {
    side: usize,
    rgb: Vec<u8>,
}

/// Lays `picture` on white, frames it as `fit` says, and brings it to `side * side` by averaging over areas.
pub fn square(picture: RgbaImage, side: usize, fit: Fit) -> Square {
    let opaque = on_white(picture);
    let rgb = match fit {
        Fit::Stretch => averaged(&opaque, side, side),
        Fit::Cover => averaged(&middle(&opaque), side, side),
        Fit::Contain => {
            let (width, height) = scaled(opaque.dimensions(), side as u32);
            let (left, top) = offset(side as u32, (width, height));
            let (width, left, top) = (width as usize, left as usize, top as usize);
            let inner = averaged(&opaque, width, height as usize);
            let mut rgb = vec![255; side * side * 3];
            for (y, row) in inner.chunks_exact(width * 3).enumerate() {
                rgb[((top + y) * side + left) * 3..][..width * 3].copy_from_slice(row);
            }
            rgb
        }
    };
    Square { side, rgb }
}

/// A picture at another size, red, green and blue of each pixel in turn: the mean over the area of each new pixel, as
/// tf.image.resize_images with ResizeMethod.AREA, which averages when enlarging too. Rounded to bytes.
fn averaged(picture: &RgbaImage, to_width: usize, to_height: usize) -> Vec<u8> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let raw = picture.as_raw();
    let (across, down) = (areas(width, to_width), areas(height, to_height));
    // Rows first: [height, width] -> [height, to_width], as sums weighted by the areas.
    let mut narrow = vec![0f32; height * to_width * 3];
    for y in 0..height {
        for (x, (from, weights)) in across.iter().enumerate() {
            for (i, weight) in weights.iter().enumerate() {
                for c in 0..3 {
                    narrow[(y * to_width + x) * 3 + c] +=
                        weight * f32::from(raw[(y * width + from + i) * 4 + c]);
                }
            }
        }
    }
    let mut rgb = vec![0u8; to_width * to_height * 3];
    let mut row = vec![0f32; to_width * 3];
    for (y, (from, weights)) in down.iter().enumerate() {
        row.fill(0.0);
        for (i, weight) in weights.iter().enumerate() {
            let source = &narrow[(from + i) * to_width * 3..][..to_width * 3];
            for (sum, value) in row.iter_mut().zip(source) {
                *sum += weight * value;
            }
        }
        for (byte, value) in rgb[y * to_width * 3..].iter_mut().zip(&row) {
            *byte = value.round() as u8;
        }
    }
    rgb
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
            into.extend(plane.map(|byte| f32::from(*byte) / 255.0 * 2.0 - 1.0));
        }
    }
}

impl From<&Square> for RgbaImage {
    fn from(square: &Square) -> Self {
        let side = square.side as u32;
        RgbaImage::from_fn(side, side, |x, y| {
            let [red, green, blue] = square.pixel(x as usize, y as usize);
            image::Rgba([red, green, blue, 255])
        })
    }
}
