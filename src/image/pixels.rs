//! A picture of any size into the network's square, and the network's square into a picture.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{Rgba, RgbaImage};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How a picture that is not square is brought to the network's square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// The whole picture, on white.
    #[default]
    Contain,
    /// The middle of the picture, filling the square.
    Cover,
    /// The whole picture, squashed.
    Stretch,
}

/// The shape of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// The aspect ratio of what went in: without the white that `contain` added, unsquashed after
    /// `stretch`. After `cover`, the square that was cut out.
    #[default]
    Aspect,
    /// The network's whole square.
    Square,
}

/// A picture in the network's square, and what is needed for the way back.
pub struct Fitted {
    /// Red, green, blue planes, each `size * size`, in [-1, 1].
    pub planes: Vec<f32>,
    pub size: usize,
    fit: Fit,
    /// Width and height that the whole picture has at the square's scale, its longer side being `size`.
    scaled: (u32, u32),
}

/// Lays `picture` on white, brings it to `size * size` and to [-1, 1], as pix2pix.py does (x / 255 · 2 - 1).
/// Shrinking averages over areas; enlarging is bilinear.
pub fn fit(picture: RgbaImage, size: usize, fit: Fit) -> Fitted {
    let side = size as u32;
    let scaled = scaled(picture.dimensions(), side);
    let opaque = on_white(picture); // in place: a photo may be large
    let square = match fit {
        Fit::Stretch => resize(&opaque, (side, side)),
        Fit::Cover => resize(&middle(&opaque), (side, side)),
        Fit::Contain => {
            let inner = resize(&opaque, scaled);
            let mut square = RgbaImage::from_pixel(side, side, Rgba([255; 4]));
            let (left, top) = offset(side, scaled);
            image::imageops::replace(&mut square, &inner, left.into(), top.into());
            square
        }
    };
    let mut planes = vec![0f32; 3 * size * size];
    for (i, pixel) in square.pixels().enumerate() {
        for c in 0..3 {
            planes[c * size * size + i] = pixel[c] as f32 / 255.0 * 2.0 - 1.0;
        }
    }
    Fitted { planes, size, fit, scaled }
}

impl Fitted {
    /// The network's answer, three planes in [-1, 1], as an opaque picture of the shape that was asked for.
    pub fn picture(&self, planes: &[f32], output: Output) -> RgbaImage {
        let side = self.size as u32;
        let square = picture(planes, self.size);
        match (output, self.fit) {
            (Output::Square, _) | (_, Fit::Cover) => square,
            (Output::Aspect, Fit::Stretch) => resize(&square, self.scaled),
            (Output::Aspect, Fit::Contain) => {
                let (left, top) = offset(side, self.scaled);
                image::imageops::crop_imm(&square, left, top, self.scaled.0, self.scaled.1)
                    .to_image()
            }
        }
    }
}

/// # Errors
/// `image/unreadable`, naming `what`: there are no pixels.
pub fn check_pixels(what: &str, picture: &RgbaImage) -> Result<()> {
    match picture.dimensions() {
        (width, height) if width == 0 || height == 0 => {
            Err(Error::Picture { detail: format!("{what} is {width} by {height} pixels") })
        }
        _ => Ok(()),
    }
}

/// Three planes in [-1, 1], each `size * size`, as an opaque picture. Rounds as the original does
/// (`convert_image_dtype` with saturation: the integer part of x · 255.5).
pub fn picture(planes: &[f32], size: usize) -> RgbaImage {
    RgbaImage::from_fn(size as u32, size as u32, |x, y| {
        let at = |c: usize| planes[(c * size + y as usize) * size + x as usize];
        let byte = |c| ((at(c) + 1.0) / 2.0 * 255.5) as u8; // `as` saturates
        Rgba([byte(0), byte(1), byte(2), 255])
    })
}

/// Width and height that a picture has where its longer side is `side`.
pub(crate) fn scaled((width, height): (u32, u32), side: u32) -> (u32, u32) {
    let longer = width.max(height) as f64;
    let scale = |n: u32| ((n as f64 * side as f64 / longer).round() as u32).clamp(1, side);
    (scale(width), scale(height))
}

/// The square in the middle.
pub(crate) fn middle(picture: &RgbaImage) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let shorter = width.min(height);
    let (left, top) = ((width - shorter) / 2, (height - shorter) / 2);
    image::imageops::crop_imm(picture, left, top, shorter, shorter).to_image()
}

/// Where a picture of this size lies in the middle of the square.
pub(crate) fn offset(side: u32, (width, height): (u32, u32)) -> (u32, u32) {
    ((side - width) / 2, (side - height) / 2)
}

pub(crate) fn on_white(mut picture: RgbaImage) -> RgbaImage {
    for pixel in picture.pixels_mut() {
        let alpha = pixel[3] as u32;
        for c in 0..3 {
            let over = pixel[c] as u32 * alpha + 255 * (255 - alpha);
            pixel[c] = ((over + 127) / 255) as u8;
        }
        pixel[3] = 255;
    }
    picture
}

/// An opaque picture at another size.
fn resize(picture: &RgbaImage, (width, height): (u32, u32)) -> RgbaImage {
    if picture.dimensions() == (width, height) {
        return picture.clone();
    }
    // A box filter is the mean over each target pixel's area; enlarging with it would give blocks.
    let shrinks = picture.width() >= width && picture.height() >= height;
    let filter = if shrinks { FilterType::Box } else { FilterType::Bilinear };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false);
    let (from_width, from_height) = picture.dimensions();
    let source = ImageRef::new(from_width, from_height, picture.as_raw(), PixelType::U8x4)
        .expect("an RgbaImage has four bytes a pixel");
    let mut target = Image::new(width, height, PixelType::U8x4);
    Resizer::new()
        .resize(&source, &mut target, &options)
        .expect("both pictures have the same pixel type");
    RgbaImage::from_raw(width, height, target.into_vec()).expect("the size was given a line above")
}
