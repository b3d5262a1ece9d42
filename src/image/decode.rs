//! Picture files into pictures, natively; in the page the browser's own decoder does it. The format is told from the
//! bytes: PNG, JPEG and WebP, and with the feature `cli` BMP, GIF and TIFF.

use std::error::Error as Cause;
use std::fmt::Display;
use std::io::{self, BufRead, Cursor, Seek};

use image::{
    ColorType, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbaImage,
};

use crate::error::{Error, Result};

/// What is read, for messages.
const FORMATS: &str =
    if cfg!(feature = "cli") { "PNG, JPEG, WebP, BMP, GIF or TIFF" } else { "PNG, JPEG or WebP" };

/// The picture in `bytes`, turned as its EXIF orientation says; of an animation, the first frame.
///
/// # Errors
/// `image/unreadable`: not a picture of these formats, damaged, cut off, or larger than 512 MB decoded.
///
/// # Examples
/// ```
/// use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
///
/// let sketch = RgbaImage::from_pixel(4, 2, Rgba([255, 0, 0, 255]));
/// let mut png = std::io::Cursor::new(Vec::new());
/// DynamicImage::from(sketch.clone()).write_to(&mut png, ImageFormat::Png)?;
/// let png = png.into_inner();
/// assert_eq!(pix2pix_web::image::decode(&png)?, sketch);
/// assert_eq!(pix2pix_web::image::decode(&png[..40]).unwrap_err().code(), "image/unreadable");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decode(bytes: &[u8]) -> Result<RgbaImage> {
    decode_with_color(bytes).map(|(picture, _)| picture)
}

/// [`decode`], and how the file itself stores its colours.
///
/// # Errors
/// `image/unreadable`.
pub fn decode_with_color(bytes: &[u8]) -> Result<(RgbaImage, ColorType)> {
    let format = image::guess_format(bytes).ok();
    if format.is_none()
        && let Some(what) = other_content(bytes)
    {
        return Err(unreadable(what));
    }
    let picture = match format {
        Some(ImageFormat::Jpeg) if !jpeg_ends(bytes) => jpeg_without_end(bytes)?,
        Some(ImageFormat::WebP) if bytes.len() < riff_length(bytes) => return Err(cut_off(bytes)),
        _ => decode_whole(bytes)?,
    };
    let color = picture.color();
    Ok((picture.into_rgba8(), color))
}

/// About how many bytes [`decode`] allocates at its peak for the picture that begins here: the decoder's own buffers,
/// what it decodes, and the RGBA picture made of that.
///
/// # Errors
/// `image/unreadable`.
pub fn decoding_memory(file: impl BufRead + Seek) -> Result<u64> {
    let reader = ImageReader::new(file).with_guessed_format().map_err(unreadable)?;
    let decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    // A progressive JPEG keeps its coefficients, two bytes a value, until it is decoded.
    let decoded = decoder.total_bytes().saturating_mul(2);
    Ok(decoded.saturating_add(4 * u64::from(width) * u64::from(height)))
}

fn decode_whole(bytes: &[u8]) -> Result<DynamicImage> {
    let failed = |error: ImageError| match is_cut_off(&error) {
        true => cut_off(bytes),
        false => unreadable(error),
    };
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(unreadable)?;
    let mut decoder = reader.into_decoder().map_err(failed)?;
    let (width, height) = decoder.dimensions();
    // The decoder knows the limits, but nobody holds the picture itself against them.
    let mut limits = Limits::default();
    if limits.reserve(decoder.total_bytes()).is_err() {
        let megabytes = Limits::default().max_alloc.unwrap_or(u64::MAX) >> 20;
        return Err(unreadable(format!(
            "it is {width} by {height} pixels, which take more than {megabytes} MB. Make it smaller"
        )));
    }
    decoder.set_limits(limits).map_err(failed)?;
    let orientation = decoder.orientation().map_err(failed)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(failed)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn unreadable(detail: impl Display) -> Error {
    Error::Picture { detail: detail.to_string() }
}

fn cut_off(bytes: &[u8]) -> Error {
    let length = bytes.len();
    unreadable(format!(
        "the file is cut off: it ends after {length} bytes, within the picture. Copy or download it again"
    ))
}

/// Whether a decoder failed for want of bytes. Not all of them keep the kind of the error, so the text counts too.
fn is_cut_off(error: &ImageError) -> bool {
    let mut cause: Option<&(dyn Cause + 'static)> = Some(error);
    while let Some(error) = cause {
        let io = match error.downcast_ref::<ImageError>() {
            Some(ImageError::IoError(io)) => Some(io),
            _ => error.downcast_ref::<io::Error>(),
        };
        let kind = io.map(io::Error::kind);
        let text = error.to_string().to_lowercase();
        if kind == Some(io::ErrorKind::UnexpectedEof) || text.contains("unexpected end of file") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// What people have instead of a picture.
fn other_content(bytes: &[u8]) -> Option<String> {
    let start = bytes.trim_ascii_start();
    let what = if bytes.is_empty() {
        "the file is empty"
    } else if bytes.starts_with(b"version https://git-lfs") {
        "it is a Git LFS pointer, not the picture itself: run `git lfs pull`"
    } else if start.starts_with(b"<svg") || start.starts_with(b"<?xml") {
        "it is a drawing of vectors (SVG): export it as a PNG"
    } else if start.starts_with(b"<") {
        "it is a web page, not a picture: download the file itself"
    } else if bytes.get(4..8) == Some(b"ftyp") {
        "it is a HEIC or AVIF picture, which are not read: save it as a JPEG"
    } else {
        return Some(format!("it is not a {FORMATS}"));
    };
    Some(what.into())
}

/// The length that a WebP file says it has.
fn riff_length(bytes: &[u8]) -> usize {
    match bytes.get(4..8) {
        Some(length) => {
            let length = u32::from_le_bytes(length.try_into().expect("four bytes"));
            (length as usize).saturating_add(8)
        }
        None => usize::MAX,
    }
}

/// Whether a JPEG has its end-of-image marker. What follows that does not matter.
fn jpeg_ends(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|b| *b == 0xFF))
        else {
            return false;
        };
        at += found;
        match bytes.get(at + 1) {
            None => return false,
            Some(0xD9) => return true,
            // Fill bytes before a marker.
            Some(0xFF) => at += 1,
            // A value of 255 within a scan, or a marker without a segment.
            Some(0x00 | 0x01 | 0xD0..=0xD8) => at += 2,
            Some(_) => match bytes.get(at + 2..at + 4) {
                Some(length) => at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]])),
                None => return false,
            },
        }
    }
}

/// A JPEG that only lacks its last marker is whole: whatever follows its last byte, the picture stays the same.
/// The decoder itself fills what is missing with grey and says nothing.
fn jpeg_without_end(bytes: &[u8]) -> Result<DynamicImage> {
    // Half of the marker may be there; and a download may have been given its whole length first.
    let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    let scan = if zeros > 8 { &bytes[..bytes.len() - zeros] } else { bytes };
    let scan = scan.strip_suffix(&[0xFF]).unwrap_or(scan);
    let ended = |filling: &[u8]| decode_whole(&[scan, filling, &[0xFF, 0xD9]].concat());
    match (ended(&[]), ended(&[0x55; 1024])) {
        (Ok(picture), Ok(other)) if picture == other => Ok(picture),
        _ => Err(cut_off(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma, Rgb, RgbImage, Rgba};

    use super::*;

    /// Detail everywhere, so that no part of a file goes without saying.
    fn photo(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let wave = |a: u32, b: u32| ((x * a + y * b) as f32 * 0.11).sin() * 100.0 + 128.0;
            Rgb([wave(3, 1) as u8, wave(1, 2) as u8, (wave(2, 5) as u8) ^ (x * y) as u8])
        })
    }

    fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        picture.into().write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    fn formats() -> Vec<ImageFormat> {
        let mut formats = vec![ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP];
        if cfg!(feature = "cli") {
            formats.extend([ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::Tiff]);
        }
        formats
    }

    fn refusal(bytes: &[u8]) -> String {
        let error = decode(bytes).map(|picture| picture.dimensions()).expect_err("it is refused");
        assert_eq!(error.code(), "image/unreadable");
        error.to_string()
    }

    #[test]
    fn every_format_is_told_from_its_bytes() {
        let photo = photo(61, 35);
        for format in formats() {
            let picture = decode(&encoded(photo.clone(), format)).unwrap();
            assert_eq!(picture.dimensions(), photo.dimensions(), "{format:?}");
            if !matches!(format, ImageFormat::Jpeg | ImageFormat::Gif) {
                assert_eq!(DynamicImage::from(picture).into_rgb8(), photo, "{format:?}");
            }
        }
    }

    #[test]
    fn grey_alpha_and_sixteen_bits_become_rgba() {
        let png = |picture: DynamicImage| encoded(picture, ImageFormat::Png);
        let grey = GrayImage::from_pixel(3, 3, Luma([77]));
        let (picture, color) = decode_with_color(&png(grey.into())).unwrap();
        assert_eq!((picture.get_pixel(1, 1), color), (&Rgba([77, 77, 77, 255]), ColorType::L8));
        let deep = image::ImageBuffer::from_pixel(3, 3, Rgba([65535u16, 257 * 9, 0, 257 * 4]));
        let picture = decode(&png(DynamicImage::ImageRgba16(deep))).unwrap();
        assert_eq!(picture.get_pixel(2, 2), &Rgba([255, 9, 0, 4]));
    }

    #[test]
    fn what_is_cut_off_is_refused_as_that() {
        let mut files: Vec<(String, Vec<u8>)> = formats()
            .into_iter()
            .map(|format| (format!("{format:?}"), encoded(photo(90, 70), format)))
            .collect();
        files.push((
            "grey JPEG".into(),
            encoded(GrayImage::from_fn(64, 64, |x, y| Luma([(x * y) as u8])), ImageFormat::Jpeg),
        ));
        for (name, bytes) in files {
            for share in [0.1, 0.35, 0.5, 0.75, 0.9, 0.97] {
                let cut = &bytes[..(bytes.len() as f64 * share) as usize];
                let message = refusal(cut);
                assert!(
                    message.contains("cut off") && message.contains(&cut.len().to_string()),
                    "{name} cut at {share}: {message}"
                );
            }
        }
    }

    #[test]
    fn a_jpeg_needs_no_end_marker_and_bears_a_tail() {
        let bytes = encoded(photo(90, 70), ImageFormat::Jpeg);
        let picture = decode(&bytes).unwrap();
        for missing in [1, 2] {
            assert!(
                decode(&bytes[..bytes.len() - missing]).unwrap() == picture,
                "{missing} missing"
            );
        }
        assert!(decode(&[&bytes[..], &[0; 999]].concat()).unwrap() == picture);
        // A download that was given its whole length first, and stopped half-way.
        let mut holes = bytes.clone();
        holes[bytes.len() / 2..].fill(0);
        assert!(refusal(&holes).contains("cut off"));
    }

    /// A PNG's header with another size in it, and the checksum that belongs to that.
    #[test]
    fn a_picture_that_does_not_fit_is_refused_with_its_size() {
        let mut png = encoded(photo(8, 8), ImageFormat::Png);
        for side in [65535u32, 20_000] {
            png[16..20].copy_from_slice(&side.to_be_bytes());
            png[20..24].copy_from_slice(&side.to_be_bytes());
            let checksum = crc32(&png[12..29]);
            png[29..33].copy_from_slice(&checksum.to_be_bytes());
            let message = refusal(&png);
            assert!(message.contains(&format!("{side} by {side} pixels")), "{message}");
        }
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
    }

    #[test]
    fn other_files_are_called_by_their_names() {
        for (bytes, words) in [
            (&b""[..], "empty"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
            (b"\n<!DOCTYPE html><title>404</title>", "web page"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "PNG"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
            (b"words and words", "not a PNG, JPEG"),
        ] {
            assert!(refusal(bytes).contains(words), "{words}: {}", refusal(bytes));
        }
    }

    #[test]
    fn memory_is_told_before_it_is_taken() {
        let bytes = encoded(photo(100, 50), ImageFormat::Png);
        assert_eq!(decoding_memory(Cursor::new(&bytes)).unwrap(), 100 * 50 * (2 * 3 + 4));
        assert!(decoding_memory(Cursor::new(b"no picture")).is_err());
    }
}
