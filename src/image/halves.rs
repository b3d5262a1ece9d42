//! Whether a picture is two side by side, an A|B pair, or one.

use image::RgbaImage;

/// What the two halves of a picture are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halves {
    /// Two pictures: their outlines lie on each other, or one of them is a line drawing and the other is not.
    Pair,
    /// Nothing says that they belong together, but there is an edge along the whole middle.
    Apart,
    /// Two parts of one picture.
    One,
    /// One colour each, or too small: it can't be told.
    Unknown,
}

/// Pictures are compared at this many cells a side.
const CELLS: usize = 64;
/// Below this many it can't be told.
const FEWEST: usize = 8;
/// Outlines that correlate by more than this lie on each other. 26 pictures of scikit-image beside their own edges, also
/// where these were turned, scaled and moved a little, beside flat areas and beside a darkened copy: 0.12 to 1.0, but for
/// five of grass, gravel and chequers. Halves of these pictures, of sketches and of screenshots: at most 0.14, mean 0.
const ALIGNED: f64 = 0.15;
/// Steps between neighbouring cells that are smaller than this are noise, on a scale of 0 to 255.
const NOISE: f64 = 2.0;

/// Looks at the halves of a picture. Transparency counts as white.
///
/// # Examples
/// ```
/// use image::{Rgba, RgbaImage};
/// use pix2pix_web::image::{Halves, halves};
///
/// // A drawing of a disc, and the disc in colour: side by side, and the drawing alone.
/// let pixel = |x: i64, y: i64, colored: bool| {
///     let from_edge = (x - 60).pow(2) + (y - 70).pow(2) - 40 * 40;
///     match colored {
///         false if from_edge.abs() < 120 => Rgba([0, 0, 0, 255]),
///         true if from_edge < 0 => Rgba([200, 60, 20, 255]),
///         _ => Rgba([255; 4]),
///     }
/// };
/// let pair = RgbaImage::from_fn(256, 128, |x, y| pixel((x % 128).into(), y.into(), x >= 128));
/// let one = RgbaImage::from_fn(128, 128, |x, y| pixel(x.into(), y.into(), false));
/// assert_eq!((halves(&pair), halves(&one)), (Halves::Pair, Halves::One));
/// ```
pub fn halves(picture: &RgbaImage) -> Halves {
    let (width, height) = (picture.width() as usize / 2, picture.height() as usize);
    let cells = CELLS.min(width).min(height);
    if cells < FEWEST {
        return Halves::Unknown;
    }
    let [left, right] = [0, width].map(|from| Half::of(picture, from, width, cells));
    let [a, b] = [&left, &right].map(|half| outlines(&half.luma, cells));
    let [flat_a, flat_b] = [&a, &b].map(|outlines| outlines.iter().all(|value| *value == 0.0));
    if left.is_line_drawing != right.is_line_drawing || correlation(a, b, cells) > ALIGNED {
        Halves::Pair
    } else if flat_a && flat_b {
        Halves::Unknown
    } else if has_seam(picture) {
        Halves::Apart
    } else {
        Halves::One
    }
}

struct Half {
    /// The mean brightness of each cell, row by row.
    luma: Vec<f64>,
    /// Nearly all of it is white or grey paper and dark lines, without colour: the page's rule.
    is_line_drawing: bool,
}

impl Half {
    fn of(picture: &RgbaImage, from: usize, width: usize, cells: usize) -> Self {
        let height = picture.height() as usize;
        let (mut luma, mut count) = (vec![0f64; cells * cells], vec![0u32; cells * cells]);
        let (mut colored, mut light) = (0usize, 0usize);
        for (y, row) in picture.rows().enumerate() {
            let row_of_cells = y * cells / height * cells;
            for (x, pixel) in row.skip(from).take(width).enumerate() {
                let [red, green, blue] = on_white(pixel.0);
                let cell = row_of_cells + x * cells / width;
                luma[cell] += brightness([red, green, blue]);
                count[cell] += 1;
                let (least, most) = (red.min(green).min(blue), red.max(green).max(blue));
                colored += usize::from(most - least > 40);
                light += usize::from(least > 200);
            }
        }
        luma.iter_mut().zip(count).for_each(|(sum, count)| *sum /= f64::from(count.max(1)));
        let pixels = (width * height) as f64;
        let is_line_drawing = (colored as f64) < 0.01 * pixels && light as f64 > 0.5 * pixels;
        Self { luma, is_line_drawing }
    }
}

fn on_white([red, green, blue, alpha]: [u8; 4]) -> [u8; 3] {
    let alpha = u32::from(alpha);
    [red, green, blue].map(|value| ((u32::from(value) * alpha + 255 * (255 - alpha)) / 255) as u8)
}

fn brightness([red, green, blue]: [u8; 3]) -> f64 {
    0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue)
}

/// How much each cell differs from its neighbours; the root keeps a few strong edges from deciding alone.
fn outlines(luma: &[f64], cells: usize) -> Vec<f64> {
    let step = |a: f64, b: f64| Some((a - b).abs()).filter(|step| *step > NOISE).unwrap_or(0.0);
    let at = |x: usize, y: usize| luma[y * cells + x];
    let outline = |i: usize| {
        let (x, y) = (i % cells, i / cells);
        let across = if x + 1 < cells { step(at(x, y), at(x + 1, y)) } else { 0.0 };
        let down = if y + 1 < cells { step(at(x, y), at(x, y + 1)) } else { 0.0 };
        (across + down).sqrt()
    };
    (0..cells * cells).map(outline).collect()
}

/// Pearson's, after the means of rows and columns are taken away: sky above and ground below lie alike in both halves of
/// one picture.
fn correlation(a: Vec<f64>, b: Vec<f64>, cells: usize) -> f64 {
    let [a, b] = [a, b].map(|mut values| {
        for row in values.chunks_mut(cells) {
            let mean = row.iter().sum::<f64>() / cells as f64;
            row.iter_mut().for_each(|value| *value -= mean);
        }
        for x in 0..cells {
            let mean = values.iter().skip(x).step_by(cells).sum::<f64>() / cells as f64;
            values.iter_mut().skip(x).step_by(cells).for_each(|value| *value -= mean);
        }
        values
    });
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let norms = (product(&a, &a) * product(&b, &b)).sqrt();
    // One of them is flat but for straight lines.
    if norms < 1e-6 { 0.0 } else { product(&a, &b) / norms }
}

/// Whether the columns on both sides of the middle differ far more than neighbouring columns near them.
fn has_seam(picture: &RgbaImage) -> bool {
    let middle = picture.width() / 2;
    let luma = |x: u32, y: u32| brightness(on_white(picture.get_pixel(x, y).0));
    let step = |x: u32| {
        let rows = 0..picture.height();
        rows.map(|y| (luma(x, y) - luma(x - 1, y)).abs()).sum::<f64>() / f64::from(picture.height())
    };
    let near = (1..=4).flat_map(|i| [middle - i, middle + i]).map(step).fold(0.0, f64::max);
    step(middle) > 2.0 * near + 8.0
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;
    use crate::image::{EdgeOptions, edges};

    /// Blobs at random places on a slope of colours.
    fn scene(width: u32, height: u32, seed: u64) -> RgbaImage {
        let mut random = crate::random::Random::new(seed);
        let blobs: Vec<[f64; 6]> = (0..12).map(|_| [(); 6].map(|()| random.uniform())).collect();
        RgbaImage::from_fn(width, height, |x, y| {
            let (u, v) = (f64::from(x) / f64::from(height), f64::from(y) / f64::from(height));
            let mut color = [120.0 + 80.0 * v, 160.0 - 40.0 * u, 200.0 - 100.0 * v];
            for [cx, cy, radius, red, green, blue] in &blobs {
                let cx = cx * f64::from(width) / f64::from(height);
                if (u - cx).hypot(v - cy) < 0.05 + 0.12 * radius {
                    color = [red * 255.0, green * 255.0, blue * 255.0];
                }
            }
            Rgba([color[0] as u8, color[1] as u8, color[2] as u8, 255])
        })
    }

    fn beside(a: &RgbaImage, b: &RgbaImage) -> RgbaImage {
        let mut both = RgbaImage::new(a.width() + b.width(), a.height());
        image::imageops::replace(&mut both, a, 0, 0);
        image::imageops::replace(&mut both, b, a.width().into(), 0);
        both
    }

    #[test]
    fn pairs_of_every_shape_are_pairs() {
        for (width, height) in [(256, 256), (640, 480), (320, 240), (64, 128), (101, 77)] {
            for seed in 0..4 {
                let b = scene(width, height, seed);
                let a = edges(b.clone(), &EdgeOptions::default()).unwrap();
                assert_eq!(halves(&beside(&a, &b)), Halves::Pair, "{width} by {height}: edges");
                assert_eq!(halves(&beside(&b, &a)), Halves::Pair, "{width} by {height}: swapped");
                let mut night = b.clone();
                night.pixels_mut().for_each(|p| *p = Rgba([p[2] / 3, p[0] / 4, p[1] / 3, 255]));
                assert_eq!(halves(&beside(&night, &b)), Halves::Pair, "{width} by {height}: night");
            }
        }
    }

    #[test]
    fn single_pictures_are_one() {
        for (width, height) in [(256, 256), (800, 400), (512, 256), (640, 480), (300, 400)] {
            for seed in 0..6 {
                let photo = scene(width, height, 100 + seed);
                assert_eq!(halves(&photo), Halves::One, "{width} by {height}, {seed}");
                let sketch = edges(photo, &EdgeOptions::default()).unwrap();
                assert_eq!(halves(&sketch), Halves::One, "{width} by {height}, {seed}: sketch");
            }
        }
    }

    #[test]
    fn unrelated_pictures_are_apart_and_flat_ones_unknown() {
        assert_eq!(halves(&beside(&scene(200, 200, 1), &scene(200, 200, 2))), Halves::Apart);
        assert_eq!(halves(&RgbaImage::from_pixel(64, 32, Rgba([9, 9, 9, 255]))), Halves::Unknown);
        assert_eq!(halves(&RgbaImage::new(6, 3)), Halves::Unknown);
    }
}
