//! Pictures into the network's square and back; files of every kind with their orientation.

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use pix2pix_web::data::square;
use pix2pix_web::image::{EdgeOptions, Fit, Output, decode, edges, fit};
use std::io::Cursor;

const BLACK: Rgba<u8> = Rgba([0, 0, 0, 255]);

fn red_at(fitted: &pix2pix_web::image::Fitted, x: usize, y: usize) -> f32 {
    fitted.planes[y * fitted.size + x]
}

#[test]
fn bytes_become_minus_one_to_one_in_planes() {
    let picture = RgbaImage::from_fn(256, 256, |x, y| Rgba([x as u8, y as u8, 7, 255]));
    let fitted = fit(picture.clone(), 256, Fit::Stretch);
    for (x, y) in [(0, 0), (255, 3), (17, 200)] {
        let at = |c: usize| fitted.planes[(c * 256 + y) * 256 + x];
        assert_eq!(at(0), x as f32 / 255.0 * 2.0 - 1.0);
        assert_eq!(at(1), y as f32 / 255.0 * 2.0 - 1.0);
        assert_eq!(at(2), 7.0 / 255.0 * 2.0 - 1.0);
    }
    assert_eq!(fitted.picture(&fitted.planes, Output::Square), picture, "and back without loss");
}

#[test]
fn alpha_is_laid_on_white() {
    let picture = RgbaImage::from_pixel(256, 256, Rgba([255, 0, 0, 51])); // a fifth
    let back = {
        let fitted = fit(picture, 256, Fit::Contain);
        fitted.picture(&fitted.planes, Output::Square)
    };
    assert_eq!(*back.get_pixel(9, 9), Rgba([255, 204, 204, 255]));
    let clear = RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 0]));
    assert!(fit(clear, 256, Fit::Contain).planes.iter().all(|v| *v == 1.0));
}

#[test]
fn contain_keeps_the_whole_picture_on_white() {
    let fitted = fit(RgbaImage::from_pixel(300, 100, BLACK), 256, Fit::Contain);
    // 256 wide, 85 high, with 85 white rows above.
    assert_eq!(red_at(&fitted, 0, 84), 1.0);
    assert_eq!(red_at(&fitted, 0, 85), -1.0);
    assert_eq!(red_at(&fitted, 255, 169), -1.0);
    assert_eq!(red_at(&fitted, 255, 170), 1.0);
    let back = fitted.picture(&fitted.planes, Output::Aspect);
    assert_eq!(back.dimensions(), (256, 85));
    assert!(back.pixels().all(|p| *p == BLACK), "the white is gone again");
    assert_eq!(fitted.picture(&fitted.planes, Output::Square).dimensions(), (256, 256));
}

#[test]
fn cover_takes_the_middle() {
    // White, black, white thirds: the middle square of 300x100 is the black third.
    let thirds =
        RgbaImage::from_fn(300, 100, |x, _| if x / 100 == 1 { BLACK } else { Rgba([255; 4]) });
    let fitted = fit(thirds, 256, Fit::Cover);
    assert!(fitted.planes.iter().all(|v| *v == -1.0));
    assert_eq!(fitted.picture(&fitted.planes, Output::Aspect).dimensions(), (256, 256));
}

#[test]
fn stretch_is_unsquashed_on_the_way_back() {
    let fitted = fit(RgbaImage::from_pixel(100, 400, BLACK), 256, Fit::Stretch);
    assert!(fitted.planes.iter().all(|v| *v == -1.0));
    assert_eq!(fitted.picture(&fitted.planes, Output::Aspect).dimensions(), (64, 256));
}

#[test]
fn shrinking_averages_over_areas() {
    // Columns of black and white: any 2x2 area is half of each.
    let columns =
        RgbaImage::from_fn(512, 512, |x, _| if x % 2 == 0 { BLACK } else { Rgba([255; 4]) });
    let fitted = fit(columns, 256, Fit::Contain);
    assert!(fitted.planes.iter().all(|v| (v - (128.0 / 255.0 * 2.0 - 1.0)).abs() < 1e-6));
    // One black pixel of 1024x1024 weighs a sixteenth of its area.
    let mut dot = RgbaImage::from_pixel(1024, 1024, Rgba([255; 4]));
    dot.put_pixel(401, 402, BLACK);
    let fitted = fit(dot, 256, Fit::Contain);
    assert_eq!(red_at(&fitted, 100, 100), 239.0 / 255.0 * 2.0 - 1.0);
}

#[test]
fn extreme_shapes_keep_at_least_one_pixel() {
    let fitted = fit(RgbaImage::from_pixel(4000, 1, BLACK), 256, Fit::Contain);
    assert_eq!(fitted.picture(&fitted.planes, Output::Aspect).dimensions(), (256, 1));
}

/// `convert_image_dtype` to uint8 takes the integer part of x · 255.5, and saturates.
#[test]
fn the_answer_is_rounded_as_the_original_rounds() {
    let fitted = fit(RgbaImage::from_pixel(2, 2, BLACK), 2, Fit::Stretch);
    let planes = [-1.0, -0.5, 0.0, 1.0, -2.0, 2.0, 0.999, -0.999, 0.1, 0.2, 0.3, 0.4];
    let picture = fitted.picture(&planes, Output::Square);
    let reds: Vec<u8> = picture.pixels().map(|p| p[0]).collect();
    assert_eq!(reds, [0, 63, 127, 255]);
    let greens: Vec<u8> = picture.pixels().map(|p| p[1]).collect();
    assert_eq!(greens, [0, 255, 255, 0]);
}

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

/// Every target pixel is the mean of what lies under it, in proportion, when shrinking and when enlarging.
#[test]
fn training_pictures_are_averaged_over_areas() {
    let grey = |values: &[u8]| {
        RgbaImage::from_fn(values.len() as u32, values.len() as u32, |x, _| {
            let v = values[x as usize];
            Rgba([v, v, v, 255])
        })
    };
    let row = |picture: RgbaImage, side: usize| {
        let mut planes = Vec::new();
        square(picture, side, Fit::Stretch).planes(&mut planes);
        let bytes = planes[..side].iter().map(|v| ((v + 1.0) * 127.5).round() as u8);
        bytes.collect::<Vec<u8>>()
    };
    assert_eq!(row(grey(&[10, 20, 90]), 3), [10, 20, 90]);
    // 1.5 pixels each: 10, and half of 20; half of 20, and 90.
    assert_eq!(row(grey(&[10, 20, 90]), 2), [13, 67]);
    // Two thirds of a pixel each: the middle one has a third of either.
    assert_eq!(row(grey(&[10, 90]), 3), [10, 50, 90]);
    assert_eq!(row(grey(&[7; 256]), 286), [7; 286]);
}

#[test]
fn training_pictures_are_cut_and_mirrored() {
    let picture = RgbaImage::from_fn(8, 8, |x, y| Rgba([x as u8, y as u8, 200, 255]));
    let square = square(picture, 8, Fit::Stretch);
    let cut = |left, top, mirror| {
        let mut planes = Vec::new();
        square.cut(left, top, 2, mirror).planes(&mut planes);
        planes.iter().map(|v| ((v + 1.0) * 127.5).round() as u8).collect::<Vec<u8>>()
    };
    assert_eq!(cut(3, 5, false), [3, 4, 3, 4, 5, 5, 6, 6, 200, 200, 200, 200]);
    // Mirrored first: column 3 from the left was column 4.
    assert_eq!(cut(3, 5, true), [4, 3, 4, 3, 5, 5, 6, 6, 200, 200, 200, 200]);
}

#[test]
fn training_pictures_are_framed_as_asked() {
    // Red, white, blue side by side, twice as wide as high.
    let picture = RgbaImage::from_fn(40, 20, |x, _| {
        if x < 10 {
            Rgba([255, 0, 0, 255])
        } else if x < 30 {
            Rgba([255; 4])
        } else {
            Rgba([0, 0, 255, 255])
        }
    });
    let blue = |fit: Fit| {
        let mut planes = Vec::new();
        square(picture.clone(), 40, fit).planes(&mut planes);
        planes[2 * 1600..].iter().filter(|v| **v == 1.0).count() as f32 / 1600.0
            - planes[..1600].iter().filter(|v| **v == 1.0).count() as f32 / 1600.0
    };
    for (fit, name) in
        [(Fit::Stretch, "all"), (Fit::Contain, "all on white"), (Fit::Cover, "the middle")]
    {
        assert_eq!(blue(fit), 0.0, "as much red as blue: {name}");
    }
    let mut planes = Vec::new();
    square(picture.clone(), 40, Fit::Cover).planes(&mut planes);
    assert!(planes.iter().all(|v| *v == 1.0), "the middle is white");
    planes.clear();
    square(picture, 40, Fit::Contain).planes(&mut planes);
    assert_eq!(planes[1600], 1.0, "white above");
    assert_eq!(planes[1600 + 20 * 40], -1.0, "red has no green");
}

#[test]
fn a_sketch_has_lines_where_the_photo_has_edges() {
    let disc = |inside: Rgba<u8>, outside: Rgba<u8>| {
        RgbaImage::from_fn(128, 128, |x, y| {
            if (x as f32 - 64.0).hypot(y as f32 - 64.0) < 40.0 { inside } else { outside }
        })
    };
    let lines = |photo, strength| edges(photo, &EdgeOptions { strength }).unwrap();
    let sketch = lines(disc(Rgba([250, 120, 40, 255]), Rgba([40, 60, 120, 255])), 0.5);
    assert_eq!(sketch.dimensions(), (128, 128));
    let mut ink = 0;
    for (x, y, pixel) in sketch.enumerate_pixels() {
        assert!(*pixel == BLACK || *pixel == Rgba([255; 4]));
        if *pixel == BLACK {
            ink += 1;
            let distance = (x as f32 - 64.0).hypot(y as f32 - 64.0);
            assert!((distance - 40.0).abs() < 4.0, "a line at {x}, {y}");
        }
    }
    assert!(ink > 300, "all around: {ink}");
    // A faint edge is there for a strong hand only.
    let faint = || disc(Rgba([130, 130, 130, 255]), Rgba([114, 114, 114, 255]));
    let count = |sketch: RgbaImage| sketch.pixels().filter(|p| **p == BLACK).count();
    assert_eq!(count(lines(faint(), 0.0)), 0);
    assert!(count(lines(faint(), 1.0)) > 300);
    let error = edges(faint(), &EdgeOptions { strength: 1.5 }).unwrap_err();
    assert_eq!(error.code(), "options/invalid");
}
