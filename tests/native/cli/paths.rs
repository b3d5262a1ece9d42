//! Paths that are not Unicode: every command takes them, in every place, and prints its results.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use image::imageops::crop_imm;
use serde_json::Value;

use super::{Place, Ran, ab};

/// `text` with a byte after it that no UTF-8 has.
fn odd(text: &str) -> OsString {
    OsString::from_vec([text.as_bytes(), b"\xE9"].concat())
}

fn names(place: &Place, folder: &OsStr) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(place.0.path().join(folder)).unwrap();
    let mut names: Vec<Vec<u8>> =
        entries.map(|entry| entry.unwrap().file_name().into_vec()).collect();
    names.sort();
    names
}

/// Words between spaces; those that end with `*` get the odd byte.
fn run(place: &Place, arguments: &str) -> Ran {
    let mut command = place.command("--json");
    for word in arguments.split(' ') {
        match word.strip_suffix('*') {
            Some(word) => command.arg(odd(word)),
            None => command.arg(word),
        };
    }
    Ran(command.output().unwrap())
}

#[test]
fn every_command_takes_them() {
    let place = Place::new();
    let root = place.0.path();
    for folder in ["pairs", "b"] {
        fs::create_dir(root.join(odd(folder))).unwrap();
        for i in 0..2 {
            let mut name = odd(&format!("{i}"));
            name.push(".png");
            let picture = match folder {
                "pairs" => ab(i),
                _ => crop_imm(&ab(i), 256, 0, 256, 256).to_image(),
            };
            let format = image::ImageFormat::Png;
            picture.save_with_format(root.join(odd(folder)).join(name), format).unwrap();
        }
    }
    for arguments in [
        "train --input pairs* --output run* --max-steps 2 --ngf 1 --ndf 1 --device cpu --display-every 1 --trace-every 2 --summary-every 1",
        "train --input pairs* --output run* --checkpoint run* --max-steps 1 --device cpu",
        "test --checkpoint run* --input pairs* --output tested* --device cpu",
        "export --checkpoint run* --output model*",
        "convert model* converted* --format tensorflow",
        "info run*",
        "info converted*",
        "translate b* drawn* --model model* --device cpu",
        "translate b* drawn* --model model* --device cpu --skip-existing",
        "pairs b* --edges --output edges* --held-out 5",
        "pairs b* --combine b* --output nothing*",
        "pairs b* --split --output split*",
        "pairs edges* --recursive --resize --output again*",
        "completions man --output man*",
        "completions zsh --output zsh*",
    ] {
        let ran = run(&place, arguments);
        let code = if arguments.contains("nothing") { 1 } else { 0 };
        assert_eq!(ran.code(), code, "{arguments}: {}", ran.said());
        for line in ran.0.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            serde_json::from_slice::<Value>(line).unwrap_or_else(|e| panic!("{arguments}: {e}"));
        }
    }
    // The names of files are kept to the byte.
    assert_eq!(names(&place, &odd("drawn")), [b"0\xE9.png", b"1\xE9.png"]);
    let stored = fs::read(root.join(odd("run")).join("options.json")).unwrap();
    let stored: Value = serde_json::from_slice(&stored).unwrap();
    assert!(stored["command"].to_string().contains("run\u{fffd}"));
    for arguments in ["translate b*.png x.png --model m*", "info none*", "--mode x* --input_dir a*"]
    {
        let code = run(&place, arguments).code();
        assert!(code == 1 || code == 2, "{arguments}: {code}");
    }
    // Two names that look alike as text have pictures of their own.
    let twice = root.join("twice");
    fs::create_dir(&twice).unwrap();
    for (i, name) in [&b"x\xE8.png"[..], b"x\xE9.png"].into_iter().enumerate() {
        ab(i as u32)
            .save_with_format(twice.join(OsStr::from_bytes(name)), image::ImageFormat::Png)
            .unwrap();
    }
    assert_eq!(
        run(&place, "test --checkpoint run* --input twice --output both --device cpu").code(),
        0
    );
    assert_eq!(place.names("both/images").len(), 2 * 3);
}
