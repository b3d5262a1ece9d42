//! Single pictures, given where A|B pictures are expected.

use std::fs;

use image::imageops::{crop_imm, replace};
use image::{Rgba, RgbaImage};

use super::{Place, SMALL, ab};

/// Blobs over a sky and a ground.
fn photo(width: u32, height: u32, i: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let blob = (0..9u32).find(|k| {
            let (cx, cy) = ((k * 7919 + i * 613) % width, (k * 104_729 + i * 331) % height);
            cx.abs_diff(x).pow(2) + cy.abs_diff(y).pow(2) < (height / 9 + k * 3).pow(2)
        });
        match blob {
            Some(k) => Rgba([(k * 83 % 256) as u8, (k * 41 + 30) as u8, 200 - (k * 19) as u8, 255]),
            None if y < height / 2 => Rgba([120, 170, 250, 255]),
            None => Rgba([90, 140, 60, 255]),
        }
    })
}

fn with(files: &[(&str, RgbaImage)]) -> Place {
    let place = Place::with_pairs(1);
    assert_eq!(place.run(&format!("{SMALL} --output run --max-steps 1")).code(), 0);
    fs::create_dir(place.path("in")).unwrap();
    for (name, picture) in files {
        picture.save(place.path(&format!("in/{name}.png"))).unwrap();
    }
    place
}

#[test]
fn they_are_refused_with_the_way_to_go() {
    let sketch = |i| crop_imm(&ab(i), 0, 0, 256, 256).to_image();
    for files in [
        vec![("a", sketch(1)), ("b", sketch(2)), ("c", sketch(3))],
        vec![("a", photo(800, 400, 1)), ("b", photo(800, 400, 2))],
        vec![("a", photo(640, 480, 3))],
        vec![("a", photo(256, 256, 4)), ("b", photo(200, 300, 5)), ("c", ab(1))],
    ] {
        let place = with(&files);
        let train = "train --input in --output new --max-steps 1 --ngf 1 --ndf 1 --device cpu";
        let test = "test --checkpoint run --input in --output tested --device cpu";
        for command in [train, test] {
            place.run(command).ends(
                1,
                &[
                    "in holds single pictures",
                    "pix2pix translate",
                    "pix2pix pairs",
                    "--halves",
                    "input/single",
                ],
            );
            let ran = place.run(&format!("{command} --halves"));
            ran.ends(0, &[]);
            assert!(!ran.said().contains("single"), "{}", ran.said());
        }
    }
}

#[test]
fn pairs_of_every_shape_are_taken() {
    let pair = |width: u32, height: u32, i: u32| {
        let b = photo(width, height, i);
        let mut both = RgbaImage::new(2 * width, height);
        let a = pix2pix_web::image::edges(b.clone(), &Default::default()).unwrap();
        replace(&mut both, &a, 0, 0);
        replace(&mut both, &b, width.into(), 0);
        both
    };
    let place = with(&[
        ("a", pair(640, 480, 1)),
        ("b", pair(320, 240, 2)),
        ("c", pair(100, 200, 3)),
        ("d", ab(2)),
    ]);
    let ran = place.run("test --checkpoint run --input in --output tested --device cpu");
    ran.ends(0, &[]);
    assert!(!ran.said().contains("single") && !ran.said().contains("translate"), "{}", ran.said());
}

#[test]
fn a_few_among_pairs_are_named() {
    let place = with(&[("a", ab(1)), ("b", ab(2)), ("c", ab(3)), ("photo", photo(512, 256, 6))]);
    place
        .run("test --checkpoint run --input in --output tested --device cpu")
        .ends(0, &["1 of 4 pictures look like single ones", "(photo)", "pix2pix translate"]);
}

/// Two unrelated pictures side by side are nobody's single picture; a word is in place.
#[test]
fn halves_that_do_not_lie_on_each_other_are_told_of() {
    let mut both = RgbaImage::new(400, 200);
    replace(&mut both, &photo(200, 200, 1), 0, 0);
    let mut dark = photo(200, 200, 9);
    dark.pixels_mut()
        .for_each(|pixel| *pixel = Rgba([pixel[1] / 4, pixel[2] / 4, pixel[0] / 4, 255]));
    replace(&mut both, &dark, 200, 0);
    let place = with(&[("a", both)]);
    place
        .run("test --checkpoint run --input in --output tested --device cpu")
        .ends(0, &["do not lie on each other", "(a)"]);
}
