//! A square as a picture of another shape, as pix2pix.py's `--aspect_ratio` resizes it: by TensorFlow's bicubic filter.

use image::RgbaImage;

/// Of the filter's cubics, as TensorFlow's `ResizeMethod.BICUBIC` has it.
const A: f32 = -0.75;
/// Pixels that the filter sees.
const TAPS: usize = 4;

/// The picture as wide as `aspect_ratio` times its height; the height stays. Colours alone are resized, and the result is
/// opaque. Nothing is averaged: what is made narrower by more than half skips pixels, as in the original.
///
/// # Panics
/// If the picture has no pixels, or the ratio is not positive.
///
/// # Examples
/// ```
/// use image::RgbaImage;
/// use pix2pix_web::image::with_aspect_ratio;
///
/// let square = RgbaImage::new(256, 256);
/// assert_eq!(with_aspect_ratio(&square, 1.5).dimensions(), (384, 256));
/// ```
pub fn with_aspect_ratio(picture: &RgbaImage, aspect_ratio: f64) -> RgbaImage {
    assert!(aspect_ratio > 0.0, "a ratio of sides is positive");
    let (from, height) = picture.dimensions();
    // As Python rounds.
    let width = (f64::from(height) * aspect_ratio).round_ties_even().max(1.0) as u32;
    let scale = from as f32 / width as f32;
    let seen: Vec<_> = (0..width).map(|x| taps(x as f32 * scale, from)).collect();
    RgbaImage::from_fn(width, height, |x, y| {
        let (places, weights) = &seen[x as usize];
        let pixels = places.map(|place| picture.get_pixel(place, y));
        let channel = |c: usize| {
            let terms =
                pixels.iter().zip(weights).map(|(pixel, weight)| weight * f32::from(pixel[c]));
            terms.sum::<f32>().round().clamp(0.0, 255.0) as u8
        };
        [channel(0), channel(1), channel(2), 255].into()
    })
}

/// The pixels that are seen from `at`, those beyond the edges being the last before them, and their weights.
fn taps(at: f32, count: u32) -> ([u32; TAPS], [f32; TAPS]) {
    let (first, off) = (at.floor(), at - at.floor());
    let place = |i: i64| (first as i64 + i).clamp(0, i64::from(count) - 1) as u32;
    let near = |t: f32| ((A + 2.0) * t - (A + 3.0)) * t * t + 1.0;
    let far = |t: f32| ((A * t - 5.0 * A) * t + 8.0 * A) * t - 4.0 * A;
    let weights = [far(1.0 + off), near(off), near(1.0 - off), far(2.0 - off)];
    ([-1, 0, 1, 2].map(place), weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greys(values: &[u8]) -> RgbaImage {
        RgbaImage::from_fn(values.len() as u32, 1, |x, _| {
            let grey = values[x as usize];
            [grey, grey, grey, 255].into()
        })
    }

    /// Two rows of TensorFlow's own test of its filter, `testResizeUpBicubic` in `image_ops_test.py`, which lie on rows of
    /// its picture; it allows a difference of one, too.
    #[test]
    fn it_is_tensorflows_filter() {
        for (row, expected) in [
            ([128, 128, 64, 64, 128, 128], [128, 135, 96, 55, 64, 114, 134, 128]),
            ([100, 100, 50, 50, 100, 100], [100, 105, 75, 43, 50, 89, 105, 100]),
        ] {
            let found = with_aspect_ratio(&greys(&row), 8.0);
            let found: Vec<u8> = found.pixels().map(|pixel| pixel[0]).collect();
            assert_eq!(found.len(), 8);
            let is_near = |(a, b): (&u8, &u8)| a.abs_diff(*b) <= 1;
            assert!(found.iter().zip(&expected).all(is_near), "{found:?}");
        }
    }

    #[test]
    fn a_ratio_of_one_changes_nothing() {
        let picture = RgbaImage::from_fn(6, 6, |x, y| [40 * x as u8, 40 * y as u8, 9, 255].into());
        assert_eq!(with_aspect_ratio(&picture, 1.0), picture);
    }

    /// 2.5 rounds to 2 there.
    #[test]
    fn the_width_is_rounded_as_python_does() {
        let widths = [0.5, 0.7, 0.3, 0.01].map(|ratio| {
            let picture = RgbaImage::from_pixel(5, 5, [7, 7, 7, 255].into());
            let narrow = with_aspect_ratio(&picture, ratio);
            assert!(narrow.pixels().all(|pixel| pixel.0 == [7, 7, 7, 255]));
            narrow.width()
        });
        assert_eq!(widths, [2, 4, 2, 1]);
    }

    /// Between black and white it would go beyond both.
    #[test]
    fn values_stay_within_a_byte() {
        let found = with_aspect_ratio(&greys(&[0, 0, 255, 255]), 8.0);
        let values: Vec<u8> = found.pixels().map(|pixel| pixel[0]).collect();
        assert_eq!((values[2], values[4], values[5]), (0, 255, 255));
    }
}
