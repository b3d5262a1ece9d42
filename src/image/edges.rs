//! A sketch out of a photo: Canny's edges of each colour channel of the smoothed picture, black on white.

use image::{GrayImage, Rgba, RgbaImage};
use imageproc::edges::canny;
use imageproc::filter::bilateral::{GaussianEuclideanColorDistance, bilateral_filter};
use serde::Deserialize;

use super::pixels::{check_pixels, on_white};
use crate::error::{Error, Result};

/// The smoothing that the bundled models' training pictures had.
const RADIUS: u8 = 4;
const SPATIAL_SIGMA: f32 = 9.0;
const COLOR_SIGMA: f32 = 60.0;
/// Canny's thresholds at strength 0.5: on the bundled models' own training pictures they give as many edge pixels as
/// these have, and 97 % of them within two pixels of one.
const LOW: f32 = 18.0;
const HIGH: f32 = 49.0;
/// Strength 0 raises the thresholds by this factor, and strength 1 lowers them by it.
const RANGE: f32 = 4.0;

/// Options of [`edges`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EdgeOptions {
    /// More lines, or fewer: 0 to 1. Default 0.5.
    pub strength: f32,
}

impl Default for EdgeOptions {
    fn default() -> Self {
        Self { strength: 0.5 }
    }
}

/// Lines of two pixels, as the bundled models' training sketches have. The result is as large as `picture`.
///
/// # Errors
/// `options/invalid`: the strength is not within 0 to 1. `image/unreadable`: no pixels.
///
/// # Examples
/// ```
/// use image::{Rgba, RgbaImage};
/// use pix2pix_web::image::{EdgeOptions, edges};
///
/// let halves = |x, _| if x < 32 { Rgba([0, 0, 0, 255]) } else { Rgba([255, 255, 255, 255]) };
/// let photo = RgbaImage::from_fn(64, 64, halves);
/// let sketch = edges(photo, &EdgeOptions::default())?;
/// assert_eq!(sketch.dimensions(), (64, 64));
/// assert!(sketch.pixels().any(|pixel| *pixel == Rgba([0, 0, 0, 255])));
/// # Ok::<_, pix2pix_web::Error>(())
/// ```
pub fn edges(picture: RgbaImage, options: &EdgeOptions) -> Result<RgbaImage> {
    let strength = options.strength;
    if !(0.0..=1.0).contains(&strength) {
        let why = format!("strength is {strength}, expected 0 to 1");
        return Err(Error::options("edges", why));
    }
    check_pixels("it", &picture)?;
    let (width, height) = picture.dimensions();
    let factor = RANGE.powf(1.0 - 2.0 * strength);
    let opaque = image::DynamicImage::from(on_white(picture)).into_rgb8();
    let color = GaussianEuclideanColorDistance::new(COLOR_SIGMA);
    let smooth = bilateral_filter(&opaque, RADIUS, SPATIAL_SIGMA, color);
    let channel = |c| GrayImage::from_fn(width, height, |x, y| [smooth[(x, y)][c]].into());
    let lines = edges_of_planes((0..3).map(channel), [LOW, HIGH].map(|t| t * factor));
    // Each edge pixel also blackens its neighbours to the left and above: a dilation by 2 by 2 pixels.
    Ok(RgbaImage::from_fn(width, height, |x, y| {
        let near = |dx, dy| lines.get_pixel_checked(x + dx, y + dy).is_some_and(|l| l[0] > 0);
        let ink = near(0, 0) || near(1, 0) || near(0, 1) || near(1, 1);
        if ink { Rgba([0, 0, 0, 255]) } else { Rgba([255; 4]) }
    }))
}

/// Canny's edges of each plane, between a low and a high threshold, laid over each other: 255 where one has an edge.
///
/// # Panics
/// Without a plane, or with planes of several sizes.
pub(crate) fn edges_of_planes(
    planes: impl IntoIterator<Item = GrayImage>,
    [low, high]: [f32; 2],
) -> GrayImage {
    let found = planes.into_iter().map(|plane| canny(&plane, low, high));
    let over = |mut lines: GrayImage, more: GrayImage| {
        assert_eq!(lines.dimensions(), more.dimensions(), "planes of one picture");
        lines.iter_mut().zip(more.iter()).for_each(|(line, edge)| *line |= edge);
        lines
    };
    found.reduce(over).expect("a picture has planes")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Rgba<u8> = Rgba([0, 0, 0, 255]);

    #[test]
    fn a_sketch_has_lines_where_the_photo_has_edges() {
        let disc = |inside: Rgba<u8>, outside: Rgba<u8>| {
            RgbaImage::from_fn(128, 128, |x, y| {
                if (x as f32 - 64.0).hypot(y as f32 - 64.0) < 40.0 { inside } else { outside }
            })
        };
        let lines = |photo, strength| edges(photo, &EdgeOptions { strength }).unwrap();
        let sketch = lines(disc(Rgba([250, 120, 40, 255]), Rgba([40, 60, 120, 255])), 0.5);
        assert_eq!(sketch.dimensions(), (128, 128));
        let mut ink = 0;
        for (x, y, pixel) in sketch.enumerate_pixels() {
            assert!(*pixel == BLACK || *pixel == Rgba([255; 4]));
            if *pixel == BLACK {
                ink += 1;
                let distance = (x as f32 - 64.0).hypot(y as f32 - 64.0);
                assert!((distance - 40.0).abs() < 4.0, "a line at {x}, {y}");
            }
        }
        assert!(ink > 300, "all around: {ink}");
        // A faint edge is there for a strong hand only.
        let faint = || disc(Rgba([130, 130, 130, 255]), Rgba([114, 114, 114, 255]));
        let count = |sketch: RgbaImage| sketch.pixels().filter(|p| **p == BLACK).count();
        assert_eq!(count(lines(faint(), 0.0)), 0);
        assert!(count(lines(faint(), 1.0)) > 300);
        let error = edges(faint(), &EdgeOptions { strength: 1.5 }).unwrap_err();
        assert_eq!(error.code(), "options/invalid");
    }
}
