//! Photographs that a network learns to colour, as pix2pix.py makes them with `--lab_colorization`: turned into Lab as
//! they are, and only then scaled, cut and mirrored.

use image::RgbaImage;

use super::square::mean_over_areas;
use crate::image::{Bytes, Canvas, Fit, framed, on_white, seen};

/// A photograph in a square, in Lab.
///
/// ```
/// use image::{Rgba, RgbaImage};
/// use pix2pix_web::data::lab_square;
/// use pix2pix_web::image::Fit;
///
/// let photo = RgbaImage::from_pixel(300, 200, Rgba([119, 119, 119, 255]));
/// let square = lab_square(photo, 286, Fit::Stretch);
/// let mut lightness = Vec::new();
/// square.cut(10, 20, 256, true).planes(1, &mut lightness);
/// assert_eq!(lightness.len(), 256 * 256);
/// assert!(lightness.iter().all(|value| value.abs() < 0.01)); // half way between black and white
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LabSquare {
    side: usize,
    /// L, a and b of each pixel, row by row, as the networks see them: about [-1, 1].
    lab: Vec<[f32; 3]>,
}

/// Lays `photo` on white, frames it as `fit` says, turns it into Lab and brings it to `side * side` by averaging over
/// areas.
pub fn lab_square(photo: RgbaImage, side: usize, fit: Fit) -> LabSquare {
    let canvas = Canvas::square(side, photo.dimensions());
    let (opaque, (width, height)) = framed(on_white(photo), canvas, fit);
    let bytes = Bytes::new();
    let turn = |pixel: [u8; 3]| seen(bytes.to_lab(pixel));
    let inner = mean_over_areas(&opaque, (width, height), turn);
    let mut lab = vec![turn([255; 3]); side * side];
    let (left, top) = canvas.offset((width, height));
    let (left, width) = (left as usize, width as usize);
    let rows = lab.chunks_exact_mut(side).skip(top as usize);
    for (row, from) in rows.zip(inner.chunks_exact(width)) {
        row[left..left + width].copy_from_slice(from);
    }
    LabSquare { side, lab }
}

/// A plane of the lightness of an opaque photograph that is stretched to a width and a height, as the networks see it.
pub(crate) fn lightness(photo: &RgbaImage, size: (u32, u32)) -> Vec<f32> {
    let bytes = Bytes::new();
    let means = mean_over_areas(photo, size, |pixel| seen(bytes.to_lab(pixel)));
    means.into_iter().map(|[lightness, ..]| lightness).collect()
}

impl LabSquare {
    pub fn side(&self) -> usize {
        self.side
    }

    /// A part of `size * size`, perhaps mirrored, as [`super::Square::cut`].
    pub fn cut(&self, left: usize, top: usize, size: usize, mirror: bool) -> Self {
        let mut lab = Vec::with_capacity(size * size);
        for row in self.lab.chunks_exact(self.side).skip(top).take(size) {
            if mirror {
                lab.extend(row.iter().rev().skip(left).take(size));
            } else {
                lab.extend(&row[left..left + size]);
            }
        }
        Self { side: size, lab }
    }

    /// Adds what a network of so many channels sees of it to `into`: one plane of L, or those of a and b.
    ///
    /// # Panics
    /// If it is another number.
    pub fn planes(&self, channels: usize, into: &mut Vec<f32>) {
        let seen = match channels {
            1 => 0..1,
            2 => 1..3,
            _ => panic!("of Lab a network sees one channel or two, not {channels}"),
        };
        for c in seen {
            into.extend(self.lab.iter().map(|pixel| pixel[c]));
        }
    }
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    fn planes(square: &LabSquare, channels: usize) -> Vec<f32> {
        let mut planes = Vec::new();
        square.planes(channels, &mut planes);
        planes
    }

    /// The mean of black's and white's lightness, which is 50; that of their bytes would be lighter.
    #[test]
    fn it_is_averaged_in_lab() {
        let columns = RgbaImage::from_fn(8, 8, |x, _| {
            Rgba(if x % 2 == 0 { [0, 0, 0, 255] } else { [255; 4] })
        });
        let square = lab_square(columns, 4, Fit::Stretch);
        assert!(planes(&square, 1).iter().all(|lightness| lightness.abs() < 1e-5));
        assert!(planes(&square, 2).iter().all(|color| color.abs() < 1e-5));
    }

    /// As the squares of pairs are: black and white have the same places there.
    #[test]
    fn it_is_framed_cut_and_mirrored_as_a_pair_is() {
        let photo = RgbaImage::from_fn(40, 20, |x, y| {
            Rgba(if x < 17 && y < 5 { [0, 0, 0, 255] } else { [255; 4] })
        });
        for fit in [Fit::Stretch, Fit::Contain, Fit::Cover] {
            let rgb = super::super::square(photo.clone(), 20, fit);
            let lab = lab_square(photo.clone(), 20, fit);
            for mirror in [false, true] {
                let rgb = rgb.cut(1, 2, 16, mirror);
                let lightness = planes(&lab.cut(1, 2, 16, mirror), 1);
                let black = lightness.iter().filter(|value| **value < -0.99).count();
                assert!(black > 0, "{fit:?}");
                for (i, lightness) in lightness.iter().enumerate() {
                    match rgb.pixel(i % 16, i / 16)[0] {
                        0 => assert!((lightness + 1.0).abs() < 1e-5, "{fit:?}: {lightness}"),
                        255 => assert!((lightness - 1.0).abs() < 1e-5, "{fit:?}: {lightness}"),
                        _ => {}
                    }
                }
            }
        }
    }
}
