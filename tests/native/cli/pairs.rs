//! `pairs`: pictures in, A|B pictures out.

use std::fs;

use image::imageops::crop_imm;
use image::{Rgba, RgbaImage};
use pix2pix_web::image::{EdgeOptions, edges};

use super::{Place, ab};

const WHITE: Rgba<u8> = Rgba([255; 4]);
const RED: Rgba<u8> = Rgba([200, 30, 40, 255]);

/// A folder `photos` with cut-outs: red, 120 by 60, in the middle of nothing.
fn photos() -> Place {
    let place = Place::new();
    fs::create_dir_all(place.path("photos/deep")).unwrap();
    let cut_out = RgbaImage::from_fn(200, 100, |x, y| {
        let inside = (40..160).contains(&x) && (20..80).contains(&y);
        if inside { RED } else { Rgba([0; 4]) }
    });
    for name in ["one.png", "two.png", "deep/three.png"] {
        cut_out.save(place.path(&format!("photos/{name}"))).unwrap();
    }
    place
}

fn half(picture: &RgbaImage, i: u32) -> RgbaImage {
    let side = picture.width() / 2;
    crop_imm(picture, i * side, 0, side, picture.height()).to_image()
}

#[test]
fn edges_of_framed_cut_outs() {
    let place = photos();
    let made = place.result("pairs photos --edges --trim --margin 8 --output out");
    assert_eq!((&made["written"], &made["heldOut"]), (&2.into(), &0.into()));
    assert_eq!(place.names("out"), ["one.png", "two.png"]);
    let pair = place.picture("out/one.png");
    assert_eq!(pair.dimensions(), (512, 256));
    let b = half(&pair, 1);
    // 120 by 60 becomes 240 by 120, in the middle.
    for (x, y, expected) in [
        (7, 128, WHITE),
        (8, 128, RED),
        (247, 128, RED),
        (248, 128, WHITE),
        (128, 67, WHITE),
        (128, 68, RED),
        (128, 187, RED),
        (128, 188, WHITE),
    ] {
        assert_eq!(*b.get_pixel(x, y), expected, "at {x}, {y}");
    }
    assert_eq!(half(&pair, 0), edges(b, &EdgeOptions::default()).unwrap());
    place.run("pairs photos --edges --output out").ends(1, &["one.png exists already", "--force"]);
}

#[test]
fn pictures_are_chosen_and_named_by_their_paths() {
    let place = photos();
    place.result("pairs photos --recursive --resize --output all");
    assert_eq!(place.names("all"), ["deep-three.png", "one.png", "two.png"]);
    place.result("pairs photos -r --resize --only ^deep/ --only one --output some");
    assert_eq!(place.names("some"), ["deep-three.png", "one.png"]);
    place.result("pairs photos photos/deep --resize --exclude ^t.o --output others");
    assert_eq!(place.names("others"), ["one.png", "three.png"]);
    place
        .run("pairs photos --resize --only nothing --output none")
        .ends(1, &["--only", "input/empty"]);
    place.run("pairs photos photos/deep -r --resize --exclude ^deep --output twice").ends(0, &[]);
    fs::copy(place.path("photos/one.png"), place.path("photos/deep/one.png")).unwrap();
    place
        .run("pairs photos photos/deep --resize --output twice2")
        .ends(1, &["named one", "input/twice"]);
    place.run("pairs photos --output none").ends(2, &["--edges"]);
}

/// SHA-256 modulo 10 by Python's hashlib: "one" 5, "two" 5, "deep-three" 3, "deep" 2.
#[test]
fn names_decide_who_is_held_out() {
    let place = photos();
    let split = |rest: &str| place.result(&format!("pairs photos -r --resize {rest}"));
    assert_eq!(split("--held-out 4 --output a")["heldOut"], 1);
    assert_eq!(place.names("a/train"), ["one.png", "two.png"]);
    assert_eq!(place.names("a/val"), ["deep-three.png"]);
    assert_eq!(split("--held-out 3 --output b")["heldOut"], 0);
    // What begins alike lies on one side: here "deep" decides.
    assert_eq!(split("--held-out 3 --group-by-prefix - --output c")["heldOut"], 1);
    assert_eq!(place.names("c/val"), ["deep-three.png"]);
    place.result("pairs photos -r --split --held-out 4 --output d");
    assert_eq!(place.names("d/val"), ["deep-three.png"]);
    let bytes = |name: &str| fs::read(place.path(name)).unwrap();
    assert!(bytes("d/train/one.png") == bytes("photos/one.png"), "the files are as they were");
}

#[test]
fn photographs_are_told_from_drawings() {
    let place = Place::new();
    fs::create_dir(place.path("in")).unwrap();
    let noisy =
        |x: u32, y: u32| Rgba([(x * 7 + y * 13) as u8, (x * y) as u8, (x + 3 * y) as u8, 255]);
    RgbaImage::from_fn(100, 100, noisy).save(place.path("in/photo.png")).unwrap();
    RgbaImage::from_pixel(100, 100, RED).save(place.path("in/flat.png")).unwrap();
    RgbaImage::from_fn(80, 80, noisy).save(place.path("in/small.png")).unwrap();
    let made = place.result("pairs in --edges --photographs --output out");
    assert_eq!((&made["written"], &made["leftOut"]), (&1.into(), &2.into()));
    assert_eq!(place.names("out"), ["photo.png"]);
}

#[test]
fn the_other_operations_of_process_py() {
    let place = Place::with_pairs(1);
    let photo = half(&ab(0), 1);
    fs::create_dir(place.path("b")).unwrap();
    photo.save(place.path("b/0.png")).unwrap();

    place.result("pairs b --grayscale --alone --output grey");
    let grey = place.picture("grey/0.png");
    assert_eq!(*photo.get_pixel(128, 128), Rgba([0, 0, 200, 255]));
    assert_eq!(*grey.get_pixel(128, 128), Rgba([23, 23, 23, 255])); // 0.114 · 200
    place.result("pairs b --blank --output blank");
    let pair = place.picture("blank/0.png");
    assert_eq!(half(&pair, 1), photo);
    // Three tenths of 256 are 76 pixels.
    let a = half(&pair, 0);
    for (x, expected) in
        [(89, [0, 0, 200, 255]), (90, [255; 4]), (165, [255; 4]), (166, [0, 0, 200, 255])]
    {
        assert_eq!(a.get_pixel(x, 128).0, expected, "at {x}");
    }
    place.result("pairs grey --combine b --output both");
    let both = place.picture("both/0.png");
    assert_eq!((half(&both, 0), half(&both, 1)), (grey, photo));
    place.result("pairs pairs --resize --crop --size 64 --output small");
    let small = place.picture("small/0.png");
    assert_eq!(small.dimensions(), (64, 64));

    fs::create_dir(place.path("c")).unwrap();
    RgbaImage::new(9, 9).save(place.path("c/0.png")).unwrap();
    place.run("pairs b --combine c --output no").ends(1, &["0.png is skipped", "9 by 9"]);
    place.run("pairs b --combine c --size 64 --output yes").ends(0, &[]);
    place.run("pairs b --combine pairs --output no --strict").ends(1, &["pair/size"]);
    fs::remove_file(place.path("c/0.png")).unwrap();
    place.run("pairs b --combine c --output no").ends(1, &["no picture of the same name"]);
}
