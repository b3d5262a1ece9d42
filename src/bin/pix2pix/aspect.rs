//! `--aspect-ratio`: the shape of the pictures that come out of the network's square.

use clap::Args;
use image::RgbaImage;
use pix2pix_web::image::with_aspect_ratio;

/// Wider or narrower pictures are hardly meant.
const RATIOS: std::ops::RangeInclusive<f64> = 0.1..=10.0;

#[derive(Args, Clone, Copy)]
pub struct AspectRatio {
    /// Resize the pictures that are written to this width by height, 0.1 to 10, as the original does: bicubic, the height
    /// stays [default: 1, as the network's square is]
    #[arg(long = "aspect-ratio", alias = "aspect_ratio", value_name = "RATIO", value_parser = ratio)]
    aspect_ratio: Option<f64>,
}

impl AspectRatio {
    /// Whether one was given.
    pub fn is_given(self) -> bool {
        self.aspect_ratio.is_some()
    }

    /// A picture out of the network's square, as it is written.
    pub fn of(self, square: RgbaImage) -> RgbaImage {
        match self.aspect_ratio {
            Some(ratio) if ratio != 1.0 => with_aspect_ratio(&square, ratio),
            _ => square,
        }
    }
}

fn ratio(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number".to_string())?;
    match RATIOS.contains(&number) {
        true => Ok(number),
        false => Err(format!("expected {} to {}", RATIOS.start(), RATIOS.end())),
    }
}
