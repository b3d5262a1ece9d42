//! The binary as people run it: its files, its words, its exit codes.

mod completions;
mod folders;
mod lab;
#[cfg(target_os = "linux")]
mod memory;
mod models;
mod pairs;
#[cfg(unix)]
mod paths;
#[cfg(unix)]
mod pipes;
mod single;
mod training;
mod unfinished;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::{Rgba, RgbaImage};
use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own for each test, in which the binary runs.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// With a folder `pairs` of so many A|B pictures.
    fn with_pairs(count: u32) -> Self {
        let place = Self::new();
        fs::create_dir(place.path("pairs")).unwrap();
        for i in 0..count {
            ab(i).save(place.path(&format!("pairs/{i}.png"))).unwrap();
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn picture(&self, name: &str) -> RgbaImage {
        image::open(self.path(name)).unwrap().into_rgba8()
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap()
    }

    /// Names in a folder, in order.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pix2pix"));
        command.args(arguments.split(' ')).current_dir(self.0.path());
        command
    }

    /// Runs `pix2pix` with arguments that have no spaces in them.
    fn run(&self, arguments: &str) -> Ran {
        Ran(self.command(arguments).output().unwrap())
    }

    /// The object that it prints under `--json`.
    fn result(&self, arguments: &str) -> Value {
        let ran = self.run(&format!("{arguments} --json"));
        assert_eq!(ran.code(), 0, "{arguments}: {}", ran.said());
        let lines = ran.printed();
        serde_json::from_str(lines.lines().last().expect("it prints a result")).unwrap()
    }
}

struct Ran(Output);

impl Ran {
    fn code(&self) -> i32 {
        self.0.status.code().expect("it exits by itself")
    }

    fn printed(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    /// On stderr.
    fn said(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    fn ends(&self, code: i32, words: &[&str]) {
        let said = self.said();
        assert_eq!(self.code(), code, "{said}");
        for word in words {
            assert!(said.contains(word), "expected {word:?} in {said:?}");
        }
    }
}

/// Lines on the left, a disc of some colour on the right.
fn ab(i: u32) -> RgbaImage {
    let color = Rgba([(i * 70 % 256) as u8, (i * 40 % 256) as u8, 200, 255]);
    RgbaImage::from_fn(512, 256, |x, y| {
        let from_middle = (x % 256).abs_diff(128).pow(2) + y.abs_diff(128).pow(2);
        let radius = 50 + 10 * i;
        match x < 256 {
            true if from_middle.abs_diff(radius * radius) < 200 => Rgba([0, 0, 0, 255]),
            false if from_middle < radius * radius => color,
            _ => Rgba([255; 4]),
        }
    })
}

/// A training of small networks that takes little time.
const SMALL: &str = "train --input pairs --device cpu --ngf 4 --ndf 4 --summary-every 1";

/// The tensors of a safetensors file, as bytes; the order of the header may differ.
fn tensors(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    bytes[8 + header..].to_vec()
}

#[test]
fn help_names_the_exit_codes_and_examples() {
    let ran = Place::new().run("--help");
    assert_eq!(ran.code(), 0);
    for word in ["Exit codes", "130", "diverged", "pix2pix train --input"] {
        assert!(ran.printed().contains(word), "{word}");
    }
    assert!(Place::new().run("--version").printed().contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_mode_of_the_original_is_answered_with_a_subcommand() {
    let ran = Place::new().run("--mode train --input_dir a --output_dir b");
    ran.ends(2, &["pix2pix train --input_dir a --output_dir b"]);
}
