//! How far a picture is from another: L1, PSNR and SSIM as scikit-image computes them for pictures of bytes.

use image::RgbaImage;

/// Pixels on a side of SSIM's window.
const WINDOW: usize = 7;
/// The constants of Wang, Bovik, Sheikh and Simoncelli 2004, for values up to 255.
const C1: f64 = (0.01 * 255.0) * (0.01 * 255.0);
const C2: f64 = (0.03 * 255.0) * (0.03 * 255.0);

/// Three measures of how far one picture is from another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Mean absolute difference, on a scale of 0 to 1.
    pub l1: f64,
    /// In dB; infinite where the pictures are equal.
    pub psnr: f64,
    /// At most 1, where the pictures are equal.
    pub ssim: f64,
}

impl Score {
    /// The mean of each measure over the pictures; NaN without any.
    pub fn mean(scores: &[Score]) -> Score {
        let mean = |of: fn(&Score) -> f64| scores.iter().map(of).sum::<f64>() / scores.len() as f64;
        Score { l1: mean(|s| s.l1), psnr: mean(|s| s.psnr), ssim: mean(|s| s.ssim) }
    }
}

/// The score of `output` against `target`, two opaque pictures of one size, at least seven pixels a side.
///
/// ```
/// use image::{Rgba, RgbaImage};
/// use pix2pix_web::score::score;
///
/// let black = RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 255]));
/// let white = RgbaImage::from_pixel(8, 8, Rgba([255; 4]));
/// assert_eq!(score(&black, &white).l1, 1.0);
/// assert_eq!(score(&white, &white).ssim, 1.0);
/// ```
///
/// # Panics
/// If the pictures differ in size or are smaller.
pub fn score(output: &RgbaImage, target: &RgbaImage) -> Score {
    assert_eq!(output.dimensions(), target.dimensions(), "pictures of one size are compared");
    let (width, height) = (output.width() as usize, output.height() as usize);
    assert!(width.min(height) >= WINDOW, "SSIM's window fits into the picture");
    let (mut absolute, mut squared, mut ssim) = (0u64, 0u64, 0.0);
    for c in 0..3 {
        let channel =
            |picture: &RgbaImage| -> Vec<u64> { picture.pixels().map(|p| p[c].into()).collect() };
        let (x, y) = (channel(output), channel(target));
        for (x, y) in x.iter().zip(&y) {
            let difference = x.abs_diff(*y);
            absolute += difference;
            squared += difference * difference;
        }
        ssim += channel_ssim(&x, &y, width) / 3.0;
    }
    let count = (3 * width * height) as f64;
    let psnr = 10.0 * (255.0 * 255.0 / (squared as f64 / count)).log10();
    Score { l1: absolute as f64 / count / 255.0, psnr, ssim }
}

/// The mean over all windows that lie inside, with the sample's covariance: scikit-image's default.
fn channel_ssim(x: &[u64], y: &[u64], width: usize) -> f64 {
    let n = (WINDOW * WINDOW) as f64;
    let sample = n / (n - 1.0);
    let sums = |value: fn(u64, u64) -> u64| {
        window_sums(&x.iter().zip(y).map(|(x, y)| value(*x, *y)).collect::<Vec<_>>(), width)
    };
    let (sx, sy) = (sums(|x, _| x), sums(|_, y| y));
    let (sxx, syy, sxy) = (sums(|x, _| x * x), sums(|_, y| y * y), sums(|x, y| x * y));
    let mut sum = 0.0;
    for i in 0..sx.len() {
        let mean = |sums: &[u64]| sums[i] as f64 / n;
        let (ux, uy) = (mean(&sx), mean(&sy));
        let vx = sample * (mean(&sxx) - ux * ux);
        let vy = sample * (mean(&syy) - uy * uy);
        let vxy = sample * (mean(&sxy) - ux * uy);
        sum +=
            (2.0 * ux * uy + C1) * (2.0 * vxy + C2) / ((ux * ux + uy * uy + C1) * (vx + vy + C2));
    }
    sum / sx.len() as f64
}

/// The sum over each window that lies inside, exactly: rows first, then columns.
fn window_sums(values: &[u64], width: usize) -> Vec<u64> {
    let across: Vec<u64> = (values.chunks_exact(width))
        .flat_map(|row| row.windows(WINDOW).map(|window| window.iter().sum()))
        .collect();
    let width = width - WINDOW + 1;
    let height = across.len() / width - WINDOW + 1;
    let column = |i: usize| (0..WINDOW).map(|row| across[i + row * width]).sum();
    (0..width * height).map(column).collect()
}
