//! What `pix2pix pairs` does to a picture: framing, sketches of it, and two side by side.

use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::imageops::{crop_imm, overlay, replace};
use image::{Rgba, RgbaImage};

const WHITE: Rgba<u8> = Rgba([255; 4]);
/// The weights of `tf.image.rgb_to_grayscale`.
const LUMA: [f32; 3] = [0.2989, 0.587, 0.114];
/// The share of a side that a blank takes, as in the original's process.py.
const BLANK: f64 = 0.3;
/// More than this counts as opaque.
const OPAQUE: u8 = 200;
/// Drawings have flat areas: neighbours that are exactly equal. The largest share of them that a photograph has.
const EQUAL: f64 = 0.3;
/// The fewest opaque pixels of a photograph, and the fewest on its longer side.
const FEWEST: usize = 2500;
const SHORTEST: u32 = 90;

/// How a picture becomes a square.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    pub size: u32,
    /// White on each side.
    pub margin: u32,
    /// The middle is cut out; otherwise the whole picture lies on white.
    pub crop: bool,
}

impl Frame {
    /// The picture in its square, opaque. Scaling is by Lanczos' filter, as Pillow does it.
    pub fn apply(self, picture: RgbaImage) -> RgbaImage {
        let inner = self.size - 2 * self.margin;
        let picture = if self.crop { middle(picture) } else { picture };
        let longer = f64::from(picture.width().max(picture.height()));
        let scale = |n: u32| ((f64::from(n) * f64::from(inner) / longer).round() as u32).max(1);
        let (width, height) = (scale(picture.width()), scale(picture.height()));
        let scaled = lanczos(picture, width, height);
        let (left, top) = ((self.size - scaled.width()) / 2, (self.size - scaled.height()) / 2);
        let mut square = RgbaImage::from_pixel(self.size, self.size, WHITE);
        overlay(&mut square, &scaled, left.into(), top.into());
        square
    }
}

fn middle(picture: RgbaImage) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let side = width.min(height);
    if width == height {
        return picture;
    }
    crop_imm(&picture, (width - side) / 2, (height - side) / 2, side, side).to_image()
}

/// Colours are weighted by their opacity.
fn lanczos(picture: RgbaImage, width: u32, height: u32) -> RgbaImage {
    if picture.dimensions() == (width, height) {
        return picture;
    }
    let algorithm = ResizeAlg::Convolution(FilterType::Lanczos3);
    let options = ResizeOptions::new().resize_alg(algorithm).use_alpha(true);
    let (from_width, from_height) = picture.dimensions();
    let source = Image::from_vec_u8(from_width, from_height, picture.into_raw(), PixelType::U8x4)
        .expect("an RgbaImage has four bytes a pixel");
    let mut target = Image::new(width, height, PixelType::U8x4);
    Resizer::new()
        .resize(&source, &mut target, &options)
        .expect("both pictures have the same pixel type");
    RgbaImage::from_raw(width, height, target.into_vec()).expect("the size was given above")
}

/// The part of the picture that is not fully transparent; `None` where all of it is.
pub fn trim(picture: &RgbaImage) -> Option<RgbaImage> {
    let visible = picture.enumerate_pixels().filter(|(_, _, pixel)| pixel[3] > 0);
    let mut bounds: Option<[u32; 4]> = None;
    for (x, y, _) in visible {
        let [left, top, right, bottom] = bounds.unwrap_or([x, y, x, y]);
        bounds = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
    }
    let [left, top, right, bottom] = bounds?;
    Some(crop_imm(picture, left, top, right - left + 1, bottom - top + 1).to_image())
}

/// Whether a cut-out is a photograph and large enough, and no drawing.
pub fn is_photograph(picture: &RgbaImage) -> bool {
    let opaque = picture.pixels().filter(|pixel| pixel[3] > OPAQUE).count();
    if opaque < FEWEST || picture.width().max(picture.height()) < SHORTEST {
        return false;
    }
    let (mut neighbours, mut equal) = (0usize, 0usize);
    for row in picture.rows() {
        let row: Vec<&Rgba<u8>> = row.collect();
        for pair in row.windows(2).filter(|pair| pair.iter().all(|pixel| pixel[3] > OPAQUE)) {
            neighbours += 1;
            equal += usize::from(pair[0].0[..3] == pair[1].0[..3]);
        }
    }
    equal as f64 <= EQUAL * neighbours as f64
}

/// The picture without its colours.
pub fn grayscale(picture: &RgbaImage) -> RgbaImage {
    let mut grey = picture.clone();
    for pixel in grey.pixels_mut() {
        let luma: f32 =
            pixel.0.iter().zip(LUMA).map(|(value, weight)| f32::from(*value) * weight).sum();
        let luma = luma.round() as u8;
        *pixel = Rgba([luma, luma, luma, pixel[3]]);
    }
    grey
}

/// The picture with a white hole in its middle.
pub fn blank(picture: &RgbaImage) -> RgbaImage {
    let hole = |side: u32| (f64::from(side) * BLANK) as u32;
    let (width, height) = (hole(picture.width()), hole(picture.height()));
    let (left, top) = ((picture.width() - width) / 2, (picture.height() - height) / 2);
    let mut blank = picture.clone();
    replace(&mut blank, &RgbaImage::from_pixel(width, height, WHITE), left.into(), top.into());
    blank
}

/// A|B, of two pictures of one size.
pub fn side_by_side(a: &RgbaImage, b: &RgbaImage) -> RgbaImage {
    let mut both = RgbaImage::from_pixel(a.width() + b.width(), a.height(), WHITE);
    overlay(&mut both, a, 0, 0);
    overlay(&mut both, b, a.width().into(), 0);
    both
}
