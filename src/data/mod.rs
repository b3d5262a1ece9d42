//! What a training sees: pairs of pictures, scaled to squares, cut and mirrored, with sketches that vary and colour
//! hints, as batches.

mod batch;
pub mod hints;
mod lab;
pub mod lines;
mod options;
mod pairs;
mod square;
mod warp;

pub use batch::Batch;
pub(crate) use lab::lightness;
pub use lab::{LabSquare, lab_square};
pub use options::{AugmentOptions, Lines};
pub use pairs::{Pairs, ReadPair, ReadPhoto, check_shapes};
pub use square::{Square, square};
pub use warp::Warp;

/// Pictures for the tests here.
#[cfg(test)]
mod samples {
    use image::{Rgba, RgbaImage};

    use super::{Square, square};
    use crate::image::Fit;

    pub const SIDE: usize = 128;
    pub const WHITE: [u8; 3] = [255; 3];
    pub const RED: [u8; 3] = [220, 30, 40];
    pub const BLUE: [u8; 3] = [30, 60, 200];

    /// A picture of `color` at each x and y from the middle.
    pub fn picture(color: impl Fn(f32, f32) -> [u8; 3]) -> RgbaImage {
        let middle = SIDE as f32 / 2.0;
        RgbaImage::from_fn(SIDE as u32, SIDE as u32, |x, y| {
            let [r, g, b] = color(x as f32 - middle, y as f32 - middle);
            Rgba([r, g, b, 255])
        })
    }

    /// A disc of radius 40 on white, red on its left and blue on its right.
    pub fn disc() -> RgbaImage {
        picture(|x, y| match (x.hypot(y) < 40.0, x < 0.0) {
            (false, _) => WHITE,
            (true, true) => RED,
            (true, false) => BLUE,
        })
    }

    pub fn as_square(picture: RgbaImage) -> Square {
        square(picture, SIDE, Fit::Stretch)
    }

    /// x and y from the middle, and the colour, of every pixel.
    pub fn pixels(square: &Square) -> impl Iterator<Item = (f32, f32, [u8; 3])> {
        let side = square.side();
        let middle = side as f32 / 2.0;
        let at = (0..side).flat_map(move |y| (0..side).map(move |x| (x, y)));
        at.map(move |(x, y)| (x as f32 - middle, y as f32 - middle, square.pixel(x, y)))
    }
}
