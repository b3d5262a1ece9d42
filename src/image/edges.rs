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
pub fn edges(picture: RgbaImage, options: &EdgeOptions) -> Result<RgbaImage> {
    let strength = options.strength;
    if !(0.0..=1.0).contains(&strength) {
        let detail = format!("the options of edges: strength is {strength}, expected 0 to 1");
        return Err(Error::Options { detail });
    }
    check_pixels("it", &picture)?;
    let (width, height) = picture.dimensions();
    let factor = RANGE.powf(1.0 - 2.0 * strength);
    let opaque = image::DynamicImage::from(on_white(picture)).into_rgb8();
    let color = GaussianEuclideanColorDistance::new(COLOR_SIGMA);
    let smooth = bilateral_filter(&opaque, RADIUS, SPATIAL_SIGMA, color);
    let mut lines = GrayImage::new(width, height);
    for c in 0..3 {
        let channel = GrayImage::from_fn(width, height, |x, y| [smooth[(x, y)][c]].into());
        for (line, edge) in
            lines.iter_mut().zip(canny(&channel, LOW * factor, HIGH * factor).iter())
        {
            *line |= edge;
        }
    }
    // Each edge pixel also blackens its neighbours to the left and above: a dilation by 2 by 2 pixels.
    Ok(RgbaImage::from_fn(width, height, |x, y| {
        let near = |dx, dy| lines.get_pixel_checked(x + dx, y + dy).is_some_and(|l| l[0] > 0);
        let ink = near(0, 0) || near(1, 0) || near(0, 1) || near(1, 1);
        if ink { Rgba([0, 0, 0, 255]) } else { Rgba([255; 4]) }
    }))
}
