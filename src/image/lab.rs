//! Lightness and colours: sRGB to CIE Lab under D65 and back, by the formulas and the constants of pix2pix.py's
//! `rgb_to_lab` and `lab_to_rgb`; and what its networks see of Lab (`preprocess_lab`).
//!
//! L is 0 to 100; a and b are within ±110 or so. A network sees L in a plane of [-1, 1], a and b in two.

use image::{Rgba, RgbaImage};

/// Rows: X, Y, Z; columns: red, green, blue.
const XYZ_OF_RGB: [[f32; 3]; 3] = [
    [0.412453, 0.357580, 0.180423],
    [0.212671, 0.715160, 0.072169],
    [0.019334, 0.119193, 0.950227],
];
/// Rows: red, green, blue; columns: X, Y, Z.
const RGB_OF_XYZ: [[f32; 3]; 3] = [
    [3.2404542, -1.5371385, -0.4985314],
    [-0.9692660, 1.8760108, 0.0415560],
    [0.0556434, -0.2040259, 1.0572252],
];
/// X, Y and Z of the white D65.
const WHITE: [f32; 3] = [0.950456, 1.0, 1.088754];
/// Below it f is a line and no root.
const EPSILON: f32 = 6.0 / 29.0;
/// f of zero.
const FOOT: f32 = 4.0 / 29.0;
/// What half of L's range is, and what stands for all of a's and b's.
const HALF_LIGHTNESS: f32 = 50.0;
const COLORS: f32 = 110.0;

/// Red, green and blue in [0, 1], as sRGB has them -> L, a, b.
///
/// ```
/// use pix2pix_web::image::{lab_to_rgb, rgb_to_lab};
///
/// let [lightness, a, b] = rgb_to_lab([1.0, 0.0, 0.0]);
/// assert!((lightness - 53.24).abs() < 0.01 && (a - 80.09).abs() < 0.01 && (b - 67.20).abs() < 0.01);
/// assert!((lab_to_rgb([lightness, a, b])[0] - 1.0).abs() < 1e-4);
/// ```
pub fn rgb_to_lab(rgb: [f32; 3]) -> [f32; 3] {
    lab_of_linear(rgb.map(|value| match value <= 0.04045 {
        true => value / 12.92,
        false => ((value + 0.055) / 1.055).powf(2.4),
    }))
}

fn lab_of_linear(rgb: [f32; 3]) -> [f32; 3] {
    let xyz = times(XYZ_OF_RGB, rgb);
    let [fx, fy, fz] = std::array::from_fn(|i| {
        let share = xyz[i] / WHITE[i];
        match share <= EPSILON.powi(3) {
            true => share / (3.0 * EPSILON.powi(2)) + FOOT,
            false => share.cbrt(),
        }
    });
    [116.0 * fy - 16.0, 500.0 * (fx - fy), 200.0 * (fy - fz)]
}

/// L, a, b -> red, green and blue in [0, 1]; colours that sRGB does not have are cut off there.
pub fn lab_to_rgb([lightness, a, b]: [f32; 3]) -> [f32; 3] {
    let fy = (lightness + 16.0) / 116.0;
    let f = [fy + a / 500.0, fy, fy - b / 200.0];
    let xyz = std::array::from_fn(|i| {
        let share = match f[i] <= EPSILON {
            true => 3.0 * EPSILON.powi(2) * (f[i] - FOOT),
            false => f[i].powi(3),
        };
        share * WHITE[i]
    });
    times(RGB_OF_XYZ, xyz).map(|value| {
        let value = value.clamp(0.0, 1.0);
        match value <= 0.0031308 {
            true => value * 12.92,
            false => value.powf(1.0 / 2.4) * 1.055 - 0.055,
        }
    })
}

fn times(matrix: [[f32; 3]; 3], vector: [f32; 3]) -> [f32; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(factor, value)| factor * value).sum())
}

/// Bytes to Lab: of every byte the linear value is kept.
pub(crate) struct Bytes([f32; 256]);

impl Bytes {
    pub fn new() -> Self {
        Self(std::array::from_fn(|byte| match byte as f32 / 255.0 {
            value if value <= 0.04045 => value / 12.92,
            value => ((value + 0.055) / 1.055).powf(2.4),
        }))
    }

    pub fn to_lab(&self, rgb: [u8; 3]) -> [f32; 3] {
        lab_of_linear(rgb.map(|byte| self.0[usize::from(byte)]))
    }
}

/// L, a and b as the networks see them: about [-1, 1] each.
pub(crate) fn seen([lightness, a, b]: [f32; 3]) -> [f32; 3] {
    [lightness / HALF_LIGHTNESS - 1.0, a / COLORS, b / COLORS]
}

/// The way back.
fn unseen([lightness, a, b]: [f32; 3]) -> [f32; 3] {
    [(lightness + 1.0) * HALF_LIGHTNESS, a * COLORS, b * COLORS]
}

/// Three planes of red, green and blue in [-1, 1] -> three of L, a and b, as the networks see them.
pub(crate) fn lab_planes(rgb: &[f32]) -> Vec<f32> {
    each_pixel(rgb, |rgb| seen(rgb_to_lab(rgb.map(|value| (value + 1.0) / 2.0))))
}

/// The way back: `lightness` is a plane, `colors` two.
pub(crate) fn rgb_planes(lightness: &[f32], colors: &[f32]) -> Vec<f32> {
    let lab = [lightness, colors].concat();
    each_pixel(&lab, |lab| lab_to_rgb(unseen(lab)).map(|value| 2.0 * value - 1.0))
}

/// Three planes of another kind.
fn each_pixel(planes: &[f32], turn: impl Fn([f32; 3]) -> [f32; 3]) -> Vec<f32> {
    let count = planes.len() / 3;
    let mut turned = vec![0.0; planes.len()];
    for i in 0..count {
        let pixel = turn(std::array::from_fn(|c| planes[c * count + i]));
        pixel.into_iter().enumerate().for_each(|(c, value)| turned[c * count + i] = value);
    }
    turned
}

/// The photo in other colours: its own lightness, pixel by pixel, and a and b out of two planes of the width and
/// the height `size` that lie stretched over it, bilinearly between their pixels. The photo's alpha is left out: it counts as
/// opaque.
pub(crate) fn colored(photo: &RgbaImage, colors: &[f32], size: (u32, u32)) -> RgbaImage {
    let (width, height) = photo.dimensions();
    let (columns, rows) = (size.0 as usize, size.1 as usize);
    let (across, down) = (between(width, columns), between(height, rows));
    let bytes = Bytes::new();
    RgbaImage::from_fn(width, height, |x, y| {
        let ([left, right], share) = across[x as usize];
        let ([top, bottom], part) = down[y as usize];
        let mix = |from: f32, to: f32, share: f32| from + share * (to - from);
        let at = |c: usize| {
            let plane = &colors[c * columns * rows..][..columns * rows];
            let row = |y: usize| mix(plane[y * columns + left], plane[y * columns + right], share);
            COLORS * mix(row(top), row(bottom), part)
        };
        let [red, green, blue, _] = photo.get_pixel(x, y).0;
        let [lightness, ..] = bytes.to_lab([red, green, blue]);
        let rgb = lab_to_rgb([lightness, at(0), at(1)]);
        let [red, green, blue] = rgb.map(|value| (value * 255.0).round() as u8);
        Rgba([red, green, blue, 255])
    })
}

/// For each of `to` pixels: the two of `from` pixels between whose middles its own lies, and how near it is to the second.
fn between(to: u32, from: usize) -> Vec<([usize; 2], f32)> {
    let scale = from as f64 / f64::from(to);
    let last = from - 1;
    let of = |i: u32| {
        let at = ((f64::from(i) + 0.5) * scale - 0.5).clamp(0.0, last as f64);
        let first = at as usize;
        ([first, (first + 1).min(last)], (at - first as f64) as f32)
    };
    (0..to).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: [[u8; 3]; 5] =
        [[0, 0, 0], [255, 255, 255], [200, 30, 90], [3, 9, 1], [120, 121, 122]];

    #[test]
    fn bytes_are_turned_as_floats_are() {
        let bytes = Bytes::new();
        for rgb in SOME {
            assert_eq!(bytes.to_lab(rgb), rgb_to_lab(rgb.map(|byte| f32::from(byte) / 255.0)));
        }
    }

    #[test]
    fn black_and_white_have_no_colour() {
        for (rgb, lightness) in [([0.0; 3], 0.0), ([1.0; 3], 100.0)] {
            let found = rgb_to_lab(rgb);
            let off = found.iter().zip([lightness, 0.0, 0.0]).map(|(a, b)| (a - b).abs());
            assert!(off.fold(0.0, f32::max) < 1e-3, "{found:?}");
        }
    }

    #[test]
    fn planes_come_back() {
        let rgb: Vec<f32> = (0..12).map(|i| i as f32 / 6.0 - 1.0).collect();
        let lab = lab_planes(&rgb);
        let back = rgb_planes(&lab[..4], &lab[4..]);
        assert!(rgb.iter().zip(back).all(|(a, b)| (a - b).abs() < 1e-3));
    }

    /// Of the photo's own colours, pixel for pixel, comes the photo; of none, a grey one as light.
    #[test]
    fn a_photo_keeps_its_lightness() {
        let photo = RgbaImage::from_fn(4, 4, |x, y| {
            let [r, g, b] = SOME[(x + 4 * y) as usize % SOME.len()];
            Rgba([r, g, b, 255])
        });
        let bytes = Bytes::new();
        let lab: Vec<_> = photo.pixels().map(|p| seen(bytes.to_lab([p[0], p[1], p[2]]))).collect();
        let own: Vec<f32> = (1..3).flat_map(|c| lab.iter().map(move |lab| lab[c])).collect();
        assert_eq!(colored(&photo, &own, (4, 4)), photo);
        let grey = colored(&photo, &[0.0; 2 * 4], (2, 2));
        for (grey, lab) in grey.pixels().zip(lab) {
            assert!(grey[0].abs_diff(grey[1]) <= 1 && grey[1].abs_diff(grey[2]) <= 1);
            let [lightness, ..] = bytes.to_lab([grey[0], grey[1], grey[2]]);
            assert!((lightness - unseen(lab)[0]).abs() < 0.4, "{lightness}"); // a byte is 0.4 of L
        }
    }

    #[test]
    fn colours_lie_stretched_over_the_photo() {
        let photo = RgbaImage::from_pixel(8, 2, Rgba([128, 128, 128, 255]));
        // a rises from left to right.
        let coloured = colored(&photo, &[-0.5, 0.5, 0.0, 0.0], (2, 1));
        let red: Vec<i32> = coloured.rows().next().unwrap().map(|p| p[0].into()).collect();
        assert!(red.windows(2).all(|two| two[0] <= two[1]), "{red:?}");
        // Up to the middles of the outer pixels it stays; between them it rises.
        assert!(red[0] == red[1] && red[6] == red[7] && red[2] < red[5], "{red:?}");
    }
}
