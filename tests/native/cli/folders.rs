//! Folders as people have them.

use std::fs;
use std::path::Path;

use image::imageops::crop_imm;
use image::{DynamicImage, ImageFormat, RgbaImage};

use super::{Place, SMALL, ab};

fn half(i: u32, right: bool) -> RgbaImage {
    crop_imm(&ab(i), if right { 256 } else { 0 }, 0, 256, 256).to_image()
}

/// Writes the sketch or the picture of a pair, in the format of the file's name.
fn save(place: &Place, file: &str, i: u32, right: bool) {
    let path = place.path(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let format = ImageFormat::from_path(&path).unwrap();
    let picture = DynamicImage::from(half(i, right)).into_rgb8();
    picture.save_with_format(path, format).unwrap();
}

#[test]
fn hidden_files_folders_and_loops_are_no_pictures() {
    let place = Place::with_pairs(2);
    fs::write(place.path("pairs/._0.jpg"), b"\0\x05\x16\x07\0\x02\0\0Mac OS X").unwrap();
    fs::write(place.path("pairs/.DS_Store"), b"\0\0\0\x01Bud1").unwrap();
    fs::create_dir_all(place.path("pairs/__MACOSX")).unwrap();
    fs::write(place.path("pairs/__MACOSX/1.png"), b"no picture").unwrap();
    fs::create_dir(place.path("pairs/folder.png")).unwrap();
    ab(2).save(place.path("pairs/folder.png/inner.png")).unwrap();
    let ran = place.run(&format!("{SMALL} --output run --max-steps 1"));
    ran.ends(0, &[]);
    assert!(!ran.said().contains("skipped"), "{}", ran.said());
    assert!(ran.printed().contains("2 pairs"), "{}", ran.printed());
    let made = place.result("pairs pairs --resize --recursive --output all");
    assert_eq!(made["written"], 3);
    assert_eq!(place.names("all"), ["0.png", "1.png", "folder.png-inner.png"]);
}

#[test]
#[cfg(unix)]
fn a_folder_that_links_lead_to_again_is_visited_once() {
    use std::os::unix::fs::symlink;
    let place = Place::with_pairs(0);
    for (i, folder) in ["a", "b", "c"].into_iter().enumerate() {
        fs::create_dir(place.path(&format!("pairs/{folder}"))).unwrap();
        ab(i as u32).save(place.path(&format!("pairs/{folder}/{i}.png"))).unwrap();
    }
    for from in ["a", "b", "c"] {
        for to in ["", "a", "b", "c"] {
            symlink(Path::new("..").join(to), place.path(&format!("pairs/{from}/to-{to}")))
                .unwrap();
        }
    }
    symlink("nowhere.png", place.path("pairs/a/dangling.png")).unwrap();
    let ran = place.run("pairs pairs --resize --recursive --output all --json");
    ran.ends(0, &["dangling.png is skipped"]);
    assert!(ran.printed().contains("\"written\":3"), "{}", ran.printed());
    assert_eq!(place.names("all"), ["a-0.png", "b-1.png", "c-2.png"], "not by way of the links");
    // A link that leads out of the folder is followed.
    fs::create_dir(place.path("links")).unwrap();
    for name in ["one", "two"] {
        symlink("../pairs", place.path(&format!("links/{name}"))).unwrap();
    }
    place.run("pairs links --resize --recursive --output out").ends(0, &["dangling"]);
    assert_eq!(place.names("out"), ["one-a-0.png", "one-b-1.png", "one-c-2.png"]);
}

#[test]
fn bmp_gif_tiff_and_every_spelling_of_an_ending_are_read() {
    let place = Place::new();
    let files = ["a.BMP", "b.gif", "c.tif", "d.TIFF", "e.JPG", "f.JPEG", "g.Png", "h.WebP"];
    for (i, file) in files.iter().enumerate() {
        save(&place, &format!("in/{file}"), i as u32, true);
    }
    // The bytes count, not the ending.
    fs::rename(place.path("in/g.Png"), place.path("in/g.jpg")).unwrap();
    assert_eq!(place.result("pairs in --grayscale --output out")["written"], 8);
    for (file, i) in [("a", 0), ("c", 2), ("d", 3), ("g", 6), ("h", 7)] {
        let b = crop_imm(&place.picture(&format!("out/{file}.png")), 256, 0, 256, 256).to_image();
        assert!(b == half(i, true), "{file}");
    }
}

#[test]
fn partners_are_found_in_every_layout() {
    for (a, b, arguments) in [
        (&["A/1.png", "A/2.png"][..], &["B/1.JPG", "B/2.jpeg"][..], "A --combine B"),
        (&["A/1.png", "A/2.bmp"], &["B/1.gif", "B/2.tif"], "A --combine B"),
        (&["A/train/1.png", "A/val/1.png"], &["B/train/1.png", "B/val/1.JPG"], "A --combine B"),
        (
            &["d/train_A/1.png", "d/val_A/1.png"],
            &["d/train_B/1.png", "d/val_B/1.png"],
            "d --combine d",
        ),
        (
            &["d/trainA/1.png", "d/trainA/2.png"],
            &["d/trainB/1.png", "d/trainB/2.png"],
            "d/trainA --combine d/trainB",
        ),
        (&["d/A/1.png", "d/A/2.png"], &["d/B/1.png", "d/B/2.png"], "d --combine d/B"),
        (&["d/1_A.png", "d/2_A.png"], &["d/1_B.jpg", "d/2_B.jpg"], "d --combine d"),
        (&["A/1-a.png", "A/2-a.png"], &["B/1-b.png", "B/2-b.png"], "A --combine B"),
    ] {
        let place = Place::new();
        for (i, (a, b)) in a.iter().zip(b).enumerate() {
            save(&place, a, i as u32, false);
            save(&place, b, i as u32, true);
        }
        let ran = place.run(&format!("pairs {arguments} --output out --strict"));
        ran.ends(0, &[]);
        let names = place.names("out");
        assert_eq!(names.len(), 2, "{arguments}: {names:?}");
        for (i, name) in names.iter().enumerate() {
            let pair = place.picture(&format!("out/{name}"));
            let middle = *pair.get_pixel(384, 128);
            let expected = *half(i as u32, true).get_pixel(128, 128);
            // A JPEG and a GIF change colours a little.
            let apart = (0..3).map(|c| middle[c].abs_diff(expected[c])).max().unwrap();
            assert!(apart < 8, "{arguments}: {name} has the other's B");
        }
    }
}

#[test]
fn those_without_a_partner_are_named_and_none_is_taken_twice() {
    let place = Place::new();
    for file in ["A/x/1.png", "A/y/1.png", "A/2.png", "A/3.png"] {
        save(&place, file, 1, false);
    }
    for file in ["B/1.png", "B/2.png", "B/2.jpg", "B/3.png", "B/4.png"] {
        save(&place, file, 1, true);
    }
    let ran = place.run("pairs A --combine B --output out");
    ran.ends(
        0,
        &[
            "x/1.png",
            "y/1.png",
            "could belong to",
            "B/2.jpg and B/2.png",
            "belong to no A: B/4.png",
        ],
    );
    assert_eq!(place.names("out"), ["3.png"]);
    place.run("pairs A --combine B --output strict --strict").ends(1, &["could belong to"]);
}

#[test]
fn a_folder_without_pictures_says_where_they_are() {
    let place = Place::new();
    save(&place, "pix/train_A/1.png", 0, false);
    save(&place, "pix/train_B/1.png", 0, true);
    save(&place, "deep/val/1.png", 0, true);
    let train = "train --output run --max-steps 1 --device cpu --input";
    place.run(&format!("{train} pix")).ends(
        1,
        &[
            "pix holds no pictures",
            "pix2pix pairs pix/train_A --combine pix/train_B",
            "input/empty",
        ],
    );
    place.run(&format!("{train} deep")).ends(1, &["deep/val does", "input/empty"]);
    place.run("translate deep out --model m").ends(1, &["deep/val does"]);
    place.run("pairs deep --resize --output out").ends(1, &["deep/val does"]);
}

/// Half a JPEG was learned from, its lower half grey.
#[test]
fn cut_off_pictures_are_named_and_passed_over() {
    let place = Place::with_pairs(2);
    for i in 0..2 {
        let png = place.path(&format!("pairs/{i}.png"));
        image::open(&png).unwrap().into_rgb8().save(png.with_extension("jpg")).unwrap();
        fs::remove_file(png).unwrap();
    }
    let whole = fs::read(place.path("pairs/0.jpg")).unwrap();
    fs::write(place.path("pairs/cut.jpg"), &whole[..whole.len() * 2 / 3]).unwrap();
    fs::write(place.path("pairs/tail.jpg"), [&whole[..], &[0; 4096]].concat()).unwrap();
    let ran = place.run(&format!("{SMALL} --output run --max-steps 1"));
    ran.ends(0, &["cut.jpg is skipped", "cut off", "1 of 4 pictures are skipped"]);
    place.run("pairs pairs --split --held-out 1 --output split").ends(0, &[]);
    place
        .run("test --checkpoint run --input pairs --output tested --device cpu --strict")
        .ends(1, &["cut.jpg", "cut off"]);
}
