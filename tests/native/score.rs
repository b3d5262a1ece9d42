//! Scores against scikit-image 0.26 on pictures that both can make: `peak_signal_noise_ratio(target, output,
//! data_range=255)` and `structural_similarity(target, output, data_range=255, channel_axis=2)`.

use image::{Rgba, RgbaImage};
use pix2pix_web::score::{Score, score};

fn picture(width: u32, height: u32, value: fn(u32, u32, u32) -> u32) -> RgbaImage {
    let byte = |x, y, c| (value(x, y, c) % 256) as u8;
    RgbaImage::from_fn(width, height, |x, y| {
        Rgba([byte(x, y, 0), byte(x, y, 1), byte(x, y, 2), 255])
    })
}

fn rough(x: u32, y: u32, c: u32) -> u32 {
    x * 7 + y * 13 + c * 31 + x * y % 17 * 5
}

fn other(x: u32, y: u32, c: u32) -> u32 {
    x * 5 + y * 11 + c * 29 + (x + 2 * y) % 23 * 3
}

fn smooth(x: u32, y: u32, c: u32) -> u32 {
    x * 3 + y * 2 + c * 40
}

fn near_smooth(x: u32, y: u32, c: u32) -> u32 {
    smooth(x, y, c) % 256 + (x * y + c) % 9
}

/// The last one has a single window.
#[test]
fn scores_are_those_of_scikit_image() {
    let cases = [
        ((24, 20), [rough, other], [0.28156045751633985, 8.441277319912547, 0.05527023796118118]),
        (
            (32, 16),
            [smooth, near_smooth],
            [0.01403186274509804, 35.190908985509346, 0.9587656742671928],
        ),
        (
            (7, 7),
            [rough, near_smooth],
            [0.23422702414299051, 11.018885384979814, 0.21740410093983575],
        ),
    ];
    for ((width, height), [output, target], expected) in cases {
        let score = score(&picture(width, height, output), &picture(width, height, target));
        // Double precision throughout; scikit-image sums its windows in another order.
        for (found, expected) in [score.l1, score.psnr, score.ssim].into_iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-9,
                "{width} by {height}: {found}, expected {expected}"
            );
        }
    }
}

#[test]
fn equal_pictures_have_no_difference() {
    let same = picture(16, 16, rough);
    let score = score(&same, &same);
    assert_eq!((score.l1, score.psnr), (0.0, f64::INFINITY));
    assert!((score.ssim - 1.0).abs() < 1e-12);
}

#[test]
fn the_mean_is_over_pictures() {
    let one = Score { l1: 0.25, psnr: 10.0, ssim: 0.5 };
    let two = Score { l1: 0.75, psnr: 20.0, ssim: 1.0 };
    assert_eq!(Score::mean(&[one, two]), Score { l1: 0.5, psnr: 15.0, ssim: 0.75 });
}
