//! PNG, JPEG and WebP files into pictures, natively; in the page the browser's own decoder does it.

use std::io::Cursor;

use image::{ColorType, DynamicImage, ImageDecoder, ImageReader, RgbaImage};

use crate::error::{Error, Result};

/// The picture in `bytes`, turned as its EXIF orientation says.
///
/// # Errors
/// `image/unreadable`: not a PNG, JPEG or WebP, or damaged.
pub fn decode(bytes: &[u8]) -> Result<RgbaImage> {
    decode_with_color(bytes).map(|(picture, _)| picture)
}

/// [`decode`], and how the file itself stores its colours.
///
/// # Errors
/// `image/unreadable`.
pub fn decode_with_color(bytes: &[u8]) -> Result<(RgbaImage, ColorType)> {
    let unreadable = |e: &dyn std::fmt::Display| Error::Picture { detail: e.to_string() };
    let reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| unreadable(&e))?;
    let mut decoder = reader.into_decoder().map_err(|e| unreadable(&e))?;
    let orientation = decoder.orientation().map_err(|e| unreadable(&e))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|e| unreadable(&e))?;
    picture.apply_orientation(orientation);
    let color = picture.color();
    Ok((picture.into_rgba8(), color))
}
