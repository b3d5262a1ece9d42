//! Picture files of every kind, with their orientation.

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use pix2pix_web::image::decode;
use std::io::Cursor;

const BLACK: Rgba<u8> = Rgba([0, 0, 0, 255]);

fn encoded(picture: &RgbaImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let rgb = DynamicImage::ImageRgba8(picture.clone());
    let image = if format == ImageFormat::Jpeg { rgb.to_rgb8().into() } else { rgb };
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Left half black, right half white, wider than high.
fn halves() -> RgbaImage {
    RgbaImage::from_fn(64, 32, |x, _| if x < 32 { BLACK } else { Rgba([255; 4]) })
}

#[test]
fn png_jpeg_and_webp_are_read() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let picture = decode(&encoded(&halves(), format)).unwrap();
        assert_eq!(picture.dimensions(), (64, 32), "{format:?}");
        assert!(picture.get_pixel(2, 2)[0] < 8 && picture.get_pixel(60, 30)[0] > 247, "{format:?}");
    }
}

#[test]
fn exif_orientation_is_honoured() {
    let jpeg = encoded(&halves(), ImageFormat::Jpeg);
    // An APP1 segment behind the start marker: big-endian TIFF, one tag, orientation 6 (turn right by 90°).
    let exif =
        b"\xFF\xE1\0\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let turned = [&jpeg[..2], exif, &jpeg[2..]].concat();
    let picture = decode(&turned).unwrap();
    assert_eq!(picture.dimensions(), (32, 64));
    assert!(picture.get_pixel(16, 2)[0] < 8, "the left half is now on top");
    assert!(picture.get_pixel(16, 60)[0] > 247);
}

#[test]
fn a_damaged_picture_is_refused() {
    let png = encoded(&halves(), ImageFormat::Png);
    for bytes in [&png[..png.len() / 2], b"no picture at all", b""] {
        let error = decode(bytes).expect_err("it is refused");
        assert_eq!(error.code(), "image/unreadable");
    }
}
