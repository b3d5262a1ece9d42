//! The size at which a network sees a picture.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};

use crate::error::{Error, Result};

/// Which size that is. A network halves a picture's sides `depth` times, so that both are multiples of 2^depth. As JSON: a
/// number of pixels for both sides, `[width, height]`, or `"native"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Size {
    /// The network's square, of 2^depth pixels a side: what it was made for.
    #[default]
    Network,
    /// The picture's own: each pixel is one of the network's, and what lacks to multiples is white, or with
    /// [`Fit::Stretch`](super::Fit::Stretch) stretched.
    Native,
    /// Width and height, in pixels.
    Of(u32, u32),
}

/// What a network sees a picture in.
///
/// ```
/// use pix2pix_web::image::{Canvas, Size};
///
/// let canvas = |size: Size| Canvas::new(size, (300, 200), 256);
/// assert_eq!(canvas(Size::Network)?.size(), (256, 256));
/// assert_eq!(canvas(Size::Native)?.size(), (512, 256));
/// assert_eq!(canvas(Size::Of(1024, 512))?.size(), (1024, 512));
/// let error = canvas(Size::Of(1000, 200)).unwrap_err();
/// assert_eq!(error.code(), "image/size");
/// assert!(error.to_string().contains("1024 by 256"));
/// # Ok::<_, pix2pix_web::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canvas {
    size: (u32, u32),
    /// Width and height of the whole picture at the canvas's scale, no more than `size`.
    scaled: (u32, u32),
}

impl Canvas {
    /// For a picture of this width and height, on a network whose sides are multiples of `unit`.
    ///
    /// # Errors
    /// `image/size`: a side is none, with the nearest that is.
    pub fn new(size: Size, picture: (u32, u32), unit: usize) -> Result<Self> {
        let unit = unit as u32;
        match size {
            Size::Network => Ok(Self::within((unit, unit), picture)),
            Size::Native => {
                let up = |side: u32| side.div_ceil(unit).max(1).saturating_mul(unit);
                Ok(Self { size: (up(picture.0), up(picture.1)), scaled: picture })
            }
            Size::Of(width, height) => {
                let nearest = (nearest(width, unit), nearest(height, unit));
                if nearest == (width, height) {
                    return Ok(Self::within(nearest, picture));
                }
                let why = format!("the sides of this network's pictures are multiples of {unit}");
                Err(Error::Size { size: (width, height), why, nearest })
            }
        }
    }

    /// [`tiled`](Self::tiled), or [`new`](Self::new).
    ///
    /// # Errors
    /// As theirs.
    pub fn whole_or_tiled(
        tiles: bool,
        size: Size,
        picture: (u32, u32),
        side: usize,
    ) -> Result<Self> {
        match tiles {
            true => Self::tiled(size, picture, side),
            false => Self::new(size, picture, side),
        }
    }

    /// For a picture in tiles of `side` pixels a side: any size is good that is no smaller than a tile, and the picture's own
    /// where none is given.
    ///
    /// # Errors
    /// `image/size`: a side is shorter than a tile's.
    pub fn tiled(size: Size, picture: (u32, u32), side: usize) -> Result<Self> {
        let side = side as u32;
        let at_least = |(width, height): (u32, u32)| (width.max(side), height.max(side));
        match size {
            Size::Network | Size::Native => Ok(Self { size: at_least(picture), scaled: picture }),
            Size::Of(width, height) => {
                let (size, nearest) = ((width, height), at_least((width, height)));
                if nearest == size {
                    return Ok(Self::within(size, picture));
                }
                let why = format!("a tile of this network is {side} by {side}");
                Err(Error::Size { size, why, nearest })
            }
        }
    }

    /// A square of so many pixels a side.
    pub(crate) fn square(side: usize, picture: (u32, u32)) -> Self {
        Self::within((side as u32, side as u32), picture)
    }

    /// With as much of a picture's scale as there is room for.
    fn within(size: (u32, u32), (width, height): (u32, u32)) -> Self {
        let [w, h] = [width, height].map(u64::from);
        // Which side reaches the edge first.
        let (room, side) = match w * u64::from(size.1) >= h * u64::from(size.0) {
            true => (size.0, width),
            false => (size.1, height),
        };
        let scale = |n: u32, most: u32| {
            ((f64::from(n) * f64::from(room) / f64::from(side)).round() as u32).clamp(1, most)
        };
        Self { size, scaled: (scale(width, size.0), scale(height, size.1)) }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.size
    }

    pub(super) fn scaled(&self) -> (u32, u32) {
        self.scaled
    }

    pub fn pixels(&self) -> usize {
        self.size.0 as usize * self.size.1 as usize
    }

    /// Where the whole picture lies in the middle of it, from the left and from the top.
    pub(crate) fn offset(&self, (width, height): (u32, u32)) -> (u32, u32) {
        ((self.size.0 - width) / 2, (self.size.1 - height) / 2)
    }
}

/// The multiple of `unit` that is nearest to a side, at least one.
fn nearest(side: u32, unit: u32) -> u32 {
    let below = side / unit * unit;
    let is_up = below == 0 || side - below >= unit - (side - below);
    if is_up { below.checked_add(unit).unwrap_or(below) } else { below }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(SizeVisitor)
    }
}

struct SizeVisitor;

impl<'de> Visitor<'de> for SizeVisitor {
    type Value = Size;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a size: a number of pixels, [width, height] or \"native\"")
    }

    fn visit_u64<E: serde::de::Error>(self, side: u64) -> std::result::Result<Size, E> {
        let side = u32::try_from(side).map_err(|_| E::custom(format!("size is {side}")))?;
        Ok(Size::Of(side, side))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Size, E> {
        match text {
            "native" => Ok(Size::Native),
            _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sides: A) -> std::result::Result<Size, A::Error> {
        let mut next = |i| {
            let side = sides.next_element::<u32>()?;
            side.ok_or_else(|| A::Error::invalid_length(i, &self))
        };
        let size = Size::Of(next(0)?, next(1)?);
        match sides.next_element::<u32>()? {
            None => Ok(size),
            Some(_) => Err(A::Error::invalid_length(3, &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    #[test]
    fn a_size_is_a_number_two_or_a_word() {
        let read = |json: Value| from_value::<Size>(json).map_err(|error| error.to_string());
        assert_eq!(read(json!(512)), Ok(Size::Of(512, 512)));
        assert_eq!(read(json!([512, 256])), Ok(Size::Of(512, 256)));
        assert_eq!(read(json!("native")), Ok(Size::Native));
        for wrong in
            [json!("large"), json!([512]), json!([1, 2, 3]), json!(-1), json!(1.5), json!(true)]
        {
            let error = read(wrong.clone()).unwrap_err();
            assert!(error.contains("[width, height]") || error.contains("u32"), "{wrong}: {error}");
        }
        assert!(read(json!(1u64 << 32)).is_err());
    }

    #[test]
    fn a_size_that_can_not_be_names_the_nearest() {
        let refusal = |width, height, unit| match Canvas::new(Size::Of(width, height), (9, 9), unit)
            .unwrap_err()
        {
            Error::Size { nearest, .. } => nearest,
            other => panic!("{other}"),
        };
        assert_eq!(refusal(0, 0, 256), (256, 256));
        assert_eq!(refusal(1, 300, 256), (256, 256));
        assert_eq!(refusal(383, 384, 256), (256, 512));
        assert_eq!(refusal(1024, 511, 128), (1024, 512));
        assert_eq!(refusal(u32::MAX, u32::MAX, 256), (u32::MAX - 255, u32::MAX - 255));
        for (width, height) in [(256, 256), (512, 256), (1024, 1024)] {
            let canvas = Canvas::new(Size::Of(width, height), (9, 9), 256).unwrap();
            assert_eq!(canvas.size(), (width, height));
        }
    }

    #[test]
    fn tiles_go_with_any_size_from_theirs_on() {
        let canvas = |size| Canvas::tiled(size, (300, 7), 256).map(|c| (c.size(), c.scaled()));
        for size in [Size::Network, Size::Native] {
            assert_eq!(canvas(size), Ok(((300, 256), (300, 7))));
        }
        assert_eq!(canvas(Size::Of(600, 257)), Ok(((600, 257), (600, 14))));
        let error = canvas(Size::Of(600, 255)).unwrap_err();
        assert!(error.to_string().contains("256 by 256. The nearest that can is 600 by 256"));
    }

    #[test]
    fn native_keeps_the_scale_and_others_fill_what_they_can() {
        let scaled = |size, picture| {
            let canvas = Canvas::new(size, picture, 256).unwrap();
            (canvas.size(), canvas.scaled())
        };
        assert_eq!(scaled(Size::Native, (500, 256)), ((512, 256), (500, 256)));
        assert_eq!(scaled(Size::Native, (1, 700)), ((256, 768), (1, 700)));
        assert_eq!(scaled(Size::Network, (500, 250)), ((256, 256), (256, 128)));
        assert_eq!(scaled(Size::Of(512, 256), (100, 100)), ((512, 256), (256, 256)));
        assert_eq!(scaled(Size::Of(512, 256), (100, 20)), ((512, 256), (512, 102)));
        assert_eq!(scaled(Size::Of(256, 512), (4000, 1)), ((256, 512), (256, 1)));
    }
}
