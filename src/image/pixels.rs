//! A picture of any size into what the network sees, and what the network makes into a picture.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{Rgba, RgbaImage};
use serde::{Deserialize, Serialize};

use super::dabs::{self, suggest_hints};
use super::size::Canvas;
use super::spread::spread;
use crate::error::{Error, Result};

/// How a picture of another shape is brought to what the network sees, a square unless it is told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Fit {
    /// The whole picture, on white.
    #[default]
    Contain,
    /// The middle of the picture, filling it.
    Cover,
    /// The whole picture, squashed.
    Stretch,
}

/// The shape of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Output {
    /// The aspect ratio of what went in: without the white that `contain` added, unsquashed after
    /// `stretch`. After `cover`, the part that was cut out.
    #[default]
    Aspect,
    /// All that the network saw: its whole square.
    Square,
}

/// What becomes of a sketch's colour hints before the network sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HintOptions {
    /// Regions and shapes without a hint get one ([`suggest_hints`]), by this seed. Default: none.
    pub colors: Option<u32>,
    /// Hints fill the regions that they lie in ([`spread`]). Default false.
    pub spread: bool,
}

impl HintOptions {
    fn apply(self, square: RgbaImage) -> RgbaImage {
        let hinted = match self.colors {
            Some(seed) => {
                let dabs = suggest_hints(square.clone(), seed);
                dabs::lay(square, &dabs)
            }
            None => square,
        };
        if self.spread { spread(hinted) } else { hinted }
    }
}

/// How a picture lies in what the network sees: what the way back needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    canvas: Canvas,
    fit: Fit,
}

/// [`fit_to`] the network's square of `size * size`.
///
/// ```
/// use image::{Rgba, RgbaImage};
/// use pix2pix_web::image::{Fit, HintOptions, Output, fit};
///
/// let picture = RgbaImage::from_pixel(20, 10, Rgba([255, 0, 0, 255]));
/// let (planes, frame) = fit(picture, 256, Fit::Contain, HintOptions::default());
/// assert_eq!(planes.len(), 3 * 256 * 256);
/// assert_eq!(frame.picture(&planes, Output::Aspect)?.dimensions(), (256, 128));
/// # Ok::<_, pix2pix_web::Error>(())
/// ```
pub fn fit(picture: RgbaImage, size: usize, fit: Fit, hints: HintOptions) -> (Vec<f32>, Frame) {
    let canvas = Canvas::square(size, picture.dimensions());
    fit_to(picture, canvas, fit, hints)
}

/// Lays `picture` on white, brings it to the size of `canvas` and to [-1, 1], as pix2pix.py does (x / 255 · 2 - 1).
/// Shrinking averages over areas; enlarging is bilinear. Then come colour hints, as `hints` says. Red, green and blue planes,
/// each as large as the canvas, and the frame.
///
/// ```
/// use image::{Rgba, RgbaImage};
/// use pix2pix_web::image::{Canvas, Fit, HintOptions, Output, Size, fit_to};
///
/// let picture = RgbaImage::from_pixel(300, 200, Rgba([255, 0, 0, 255]));
/// let canvas = Canvas::new(Size::Native, picture.dimensions(), 256)?;
/// let (planes, frame) = fit_to(picture, canvas, Fit::Contain, HintOptions::default());
/// assert_eq!(planes.len(), 3 * 512 * 256);
/// assert_eq!(frame.picture(&planes, Output::Aspect)?.dimensions(), (300, 200));
/// # Ok::<_, pix2pix_web::Error>(())
/// ```
pub fn fit_to(
    picture: RgbaImage,
    canvas: Canvas,
    fit: Fit,
    hints: HintOptions,
) -> (Vec<f32>, Frame) {
    let framed = hints.apply(onto(picture, canvas, fit, resize));
    let count = canvas.pixels();
    let mut planes = vec![0f32; 3 * count];
    for (i, pixel) in framed.pixels().enumerate() {
        for c in 0..3 {
            planes[c * count + i] = value(pixel[c]);
        }
    }
    (planes, Frame { canvas, fit })
}

/// A byte of a picture as the networks see it, in [-1, 1].
pub(crate) fn value(byte: u8) -> f32 {
    f32::from(byte) / 255.0 * 2.0 - 1.0
}

/// Lays `picture` on white and frames it on its canvas; `resize` scales it to a width and a height.
pub(crate) fn onto(
    picture: RgbaImage,
    canvas: Canvas,
    fit: Fit,
    resize: impl Fn(&RgbaImage, (u32, u32)) -> RgbaImage,
) -> RgbaImage {
    let (width, height) = canvas.size();
    let (opaque, size) = framed(on_white(picture), canvas, fit); // in place: a photo may be large
    let inner = resize(&opaque, size);
    if size == (width, height) {
        return inner;
    }
    let mut framed = RgbaImage::from_pixel(width, height, Rgba([255; 4]));
    let (left, top) = canvas.offset(size);
    image::imageops::replace(&mut framed, &inner, left.into(), top.into());
    framed
}

/// The part of an opaque picture that is seen on its canvas, and its width and height there.
pub(crate) fn framed(opaque: RgbaImage, canvas: Canvas, fit: Fit) -> (RgbaImage, (u32, u32)) {
    match fit {
        Fit::Stretch => (opaque, canvas.size()),
        Fit::Cover => (middle(&opaque, canvas.size()), canvas.size()),
        Fit::Contain => (opaque, canvas.scaled()),
    }
}

impl Frame {
    /// What the network sees the picture in.
    pub fn canvas(&self) -> Canvas {
        self.canvas
    }

    /// The network's output, three planes in [-1, 1], as an opaque picture of the shape that was asked for.
    ///
    /// # Errors
    /// `model/not-finite`, as [`picture`].
    pub fn picture(&self, planes: &[f32], output: Output) -> Result<RgbaImage> {
        let whole = picture(planes, self.canvas.size())?;
        let scaled = self.canvas.scaled();
        Ok(match (output, self.fit) {
            (Output::Square, _) | (_, Fit::Cover) => whole,
            (Output::Aspect, Fit::Stretch) => resize(&whole, scaled),
            (Output::Aspect, Fit::Contain) => {
                let (left, top) = self.canvas.offset(scaled);
                image::imageops::crop_imm(&whole, left, top, scaled.0, scaled.1).to_image()
            }
        })
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

/// Three planes in [-1, 1], each of a width and a height, as an opaque picture. Rounds as the original does
/// (`convert_image_dtype` with saturation: the integer part of x · 255.5).
///
/// # Errors
/// `model/not-finite`: NaN or infinity among the values, which no colour stands for.
pub fn picture(planes: &[f32], (width, height): (u32, u32)) -> Result<RgbaImage> {
    if let Some(found) = planes.iter().find(|value| !value.is_finite()) {
        return Err(Error::OutputNotFinite { found: *found });
    }
    let count = width as usize * height as usize;
    let [red, green, blue] = [0, 1, 2].map(|plane| planes[plane * count..][..count].iter());
    // A pixel as one number, so that the compiler makes vectors of pixels.
    let byte = |value: &f32| ((value + 1.0) / 2.0 * 255.5).clamp(0.0, 255.0) as i32 as u32;
    let mut picture = RgbaImage::new(width, height);
    let pixels = picture.as_chunks_mut::<4>().0.iter_mut();
    for (pixel, ((r, g), b)) in pixels.zip(red.zip(green).zip(blue)) {
        *pixel = (byte(r) | byte(g) << 8 | byte(b) << 16 | 255 << 24).to_le_bytes();
    }
    Ok(picture)
}

/// The middle of a picture, as large as it can be in the shape of a width and a height.
fn middle(picture: &RgbaImage, (across, down): (u32, u32)) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let part = |of: u32, to: u32, by: u32| {
        ((f64::from(of) * f64::from(to) / f64::from(by)).round() as u32).max(1)
    };
    let (w, h) = match u64::from(width) * u64::from(down) >= u64::from(height) * u64::from(across) {
        true => (part(height, across, down).min(width), height),
        false => (width, part(width, down, across).min(height)),
    };
    let (left, top) = ((width - w) / 2, (height - h) / 2);
    image::imageops::crop_imm(picture, left, top, w, h).to_image()
}

pub(crate) fn on_white(mut picture: RgbaImage) -> RgbaImage {
    for pixel in picture.pixels_mut().filter(|pixel| pixel[3] < 255) {
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

#[cfg(test)]
mod tests {
    use super::super::size::Size;
    use super::*;

    const BLACK: Rgba<u8> = Rgba([0, 0, 0, 255]);

    /// Of planes of 256 by 256.
    fn red_at(planes: &[f32], x: usize, y: usize) -> f32 {
        planes[y * 256 + x]
    }

    #[test]
    fn bytes_become_minus_one_to_one_in_planes() {
        let picture = RgbaImage::from_fn(256, 256, |x, y| Rgba([x as u8, y as u8, 7, 255]));
        let (planes, frame) = fit(picture.clone(), 256, Fit::Stretch, HintOptions::default());
        for (x, y) in [(0, 0), (255, 3), (17, 200)] {
            let at = |c: usize| planes[(c * 256 + y) * 256 + x];
            assert_eq!(at(0), x as f32 / 255.0 * 2.0 - 1.0);
            assert_eq!(at(1), y as f32 / 255.0 * 2.0 - 1.0);
            assert_eq!(at(2), 7.0 / 255.0 * 2.0 - 1.0);
        }
        assert_eq!(
            frame.picture(&planes, Output::Square).unwrap(),
            picture,
            "and back without loss"
        );
    }

    /// The integer part of x · 255.5, of what lies beyond as of the nearest colour.
    #[test]
    fn values_are_cut_to_bytes() {
        let planes = [-2.0, -1.0, -0.997, 0.0, 1.0, f32::MAX];
        let painted = picture(&planes, (2, 1)).unwrap();
        assert_eq!(painted.into_raw(), [0, 0, 255, 255, 0, 127, 255, 255]);
    }

    #[test]
    fn alpha_is_laid_on_white() {
        let picture = RgbaImage::from_pixel(256, 256, Rgba([255, 0, 0, 51])); // a fifth
        let back = {
            let (planes, frame) = fit(picture, 256, Fit::Contain, HintOptions::default());
            frame.picture(&planes, Output::Square).unwrap()
        };
        assert_eq!(*back.get_pixel(9, 9), Rgba([255, 204, 204, 255]));
        let clear = RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 0]));
        assert!(fit(clear, 256, Fit::Contain, HintOptions::default()).0.iter().all(|v| *v == 1.0));
    }

    #[test]
    fn contain_keeps_the_whole_picture_on_white() {
        let (planes, frame) =
            fit(RgbaImage::from_pixel(300, 100, BLACK), 256, Fit::Contain, HintOptions::default());
        // 256 wide, 85 high, with 85 white rows above.
        assert_eq!(red_at(&planes, 0, 84), 1.0);
        assert_eq!(red_at(&planes, 0, 85), -1.0);
        assert_eq!(red_at(&planes, 255, 169), -1.0);
        assert_eq!(red_at(&planes, 255, 170), 1.0);
        let back = frame.picture(&planes, Output::Aspect).unwrap();
        assert_eq!(back.dimensions(), (256, 85));
        assert!(back.pixels().all(|p| *p == BLACK), "the white is gone again");
        assert_eq!(frame.picture(&planes, Output::Square).unwrap().dimensions(), (256, 256));
    }

    #[test]
    fn cover_takes_the_middle() {
        // White, black, white thirds: the middle square of 300x100 is the black third.
        let thirds =
            RgbaImage::from_fn(300, 100, |x, _| if x / 100 == 1 { BLACK } else { Rgba([255; 4]) });
        let (planes, frame) = fit(thirds, 256, Fit::Cover, HintOptions::default());
        assert!(planes.iter().all(|v| *v == -1.0));
        assert_eq!(frame.picture(&planes, Output::Aspect).unwrap().dimensions(), (256, 256));
    }

    #[test]
    fn stretch_is_unsquashed_on_the_way_back() {
        let (planes, frame) =
            fit(RgbaImage::from_pixel(100, 400, BLACK), 256, Fit::Stretch, HintOptions::default());
        assert!(planes.iter().all(|v| *v == -1.0));
        assert_eq!(frame.picture(&planes, Output::Aspect).unwrap().dimensions(), (64, 256));
    }

    #[test]
    fn a_canvas_of_another_shape_frames_as_a_square_does() {
        // White, black, white thirds, 300 by 100.
        let thirds =
            RgbaImage::from_fn(300, 100, |x, _| if x / 100 == 1 { BLACK } else { Rgba([255; 4]) });
        let framed = |size, fit| {
            let canvas = Canvas::new(size, thirds.dimensions(), 64).unwrap();
            let (planes, frame) = fit_to(thirds.clone(), canvas, fit, HintOptions::default());
            let black = planes[..canvas.pixels()].iter().filter(|v| **v == -1.0).count();
            let [whole, aspect] =
                [Output::Square, Output::Aspect].map(|o| frame.picture(&planes, o).unwrap());
            (whole.dimensions(), aspect.dimensions(), black)
        };
        let size = Size::Of(192, 128);
        assert_eq!(framed(size, Fit::Contain), ((192, 128), (192, 64), 64 * 64));
        // Enlarged in one direction, the outermost black columns are mixed with white.
        assert_eq!(framed(size, Fit::Stretch), ((192, 128), (192, 64), 62 * 128));
        // 150 of 300 columns are seen, and 100 of them are black.
        assert_eq!(framed(size, Fit::Cover), ((192, 128), (192, 128), 126 * 128));
        // As they are, with ten white columns on either side and 14 white rows above and below.
        assert_eq!(framed(Size::Native, Fit::Contain), ((320, 128), (300, 100), 100 * 100));
        assert_eq!(framed(Size::Native, Fit::Stretch).0, (320, 128));
        assert_eq!(framed(Size::Native, Fit::Stretch).1, (300, 100));
    }

    /// What goes through a canvas of its own size comes back to the bit.
    #[test]
    fn native_changes_no_pixel() {
        let picture = RgbaImage::from_fn(90, 70, |x, y| Rgba([x as u8, y as u8, 77, 255]));
        let canvas = Canvas::new(Size::Native, picture.dimensions(), 32).unwrap();
        let (planes, frame) = fit_to(picture.clone(), canvas, Fit::Contain, HintOptions::default());
        assert_eq!(frame.picture(&planes, Output::Aspect).unwrap(), picture);
    }

    #[test]
    fn shrinking_averages_over_areas() {
        // Columns of black and white: any 2x2 area is half of each.
        let columns =
            RgbaImage::from_fn(512, 512, |x, _| if x % 2 == 0 { BLACK } else { Rgba([255; 4]) });
        let (planes, _) = fit(columns, 256, Fit::Contain, HintOptions::default());
        assert!(planes.iter().all(|v| (v - (128.0 / 255.0 * 2.0 - 1.0)).abs() < 1e-6));
        // One black pixel of 1024x1024 weighs a sixteenth of its area.
        let mut dot = RgbaImage::from_pixel(1024, 1024, Rgba([255; 4]));
        dot.put_pixel(401, 402, BLACK);
        let (planes, _) = fit(dot, 256, Fit::Contain, HintOptions::default());
        assert_eq!(red_at(&planes, 100, 100), 239.0 / 255.0 * 2.0 - 1.0);
    }

    #[test]
    fn extreme_shapes_keep_at_least_one_pixel() {
        let (planes, frame) =
            fit(RgbaImage::from_pixel(4000, 1, BLACK), 256, Fit::Contain, HintOptions::default());
        assert_eq!(frame.picture(&planes, Output::Aspect).unwrap().dimensions(), (256, 1));
    }

    /// `convert_image_dtype` to uint8 takes the integer part of x · 255.5, and saturates.
    #[test]
    fn the_output_is_rounded_as_the_original_rounds() {
        let (_, frame) =
            fit(RgbaImage::from_pixel(2, 2, BLACK), 2, Fit::Stretch, HintOptions::default());
        let planes = [-1.0, -0.5, 0.0, 1.0, -2.0, 2.0, 0.999, -0.999, 0.1, 0.2, 0.3, 0.4];
        let picture = frame.picture(&planes, Output::Square).unwrap();
        let reds: Vec<u8> = picture.pixels().map(|p| p[0]).collect();
        assert_eq!(reds, [0, 63, 127, 255]);
        let greens: Vec<u8> = picture.pixels().map(|p| p[1]).collect();
        assert_eq!(greens, [0, 255, 255, 0]);
    }

    /// NaN is no colour: it would come out as black without a word.
    #[test]
    fn an_output_that_is_not_finite_is_refused() {
        let (mut planes, frame) =
            fit(RgbaImage::from_pixel(4, 4, BLACK), 4, Fit::Contain, HintOptions::default());
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            planes[17] = bad;
            for output in [Output::Aspect, Output::Square] {
                let error = frame.picture(&planes, output).unwrap_err();
                assert_eq!(error.code(), "model/not-finite");
                assert!(error.to_string().contains(&bad.to_string()), "{error}");
            }
        }
    }
}
