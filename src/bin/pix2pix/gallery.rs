//! `images/` and `index.html`: a row for each picture, as the original lays them out. Rows are appended.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use image::buffer::ConvertBuffer;
use image::{ImageFormat, RgbImage, RgbaImage};

use crate::failure::{Failure, Result};
use crate::whole;

/// What every folder of the gallery begins with. A browser ends the table by itself.
const HEAD: &str = "<!doctype html><meta charset=\"utf-8\"><title>pix2pix</title>\n\
<style>body{font:14px sans-serif}td,th{padding:2px 6px;text-align:left}img{display:block}</style>\n<table>\n";

/// A folder with pictures.
pub struct Gallery {
    dir: PathBuf,
    /// Whether the rows begin with a step.
    steps: bool,
}

impl Gallery {
    /// Makes the folder if need be. `columns`: what the pictures show, in their order.
    pub fn open(dir: &Path, steps: bool, columns: &[&str]) -> Result<Self> {
        let images = dir.join("images");
        fs::create_dir_all(&images).map_err(|e| Failure::file(&images, "can't be made", e))?;
        let gallery = Self { dir: dir.into(), steps };
        let mut head = String::from("<tr>");
        for title in
            steps.then_some("step").into_iter().chain(["name"]).chain(columns.iter().copied())
        {
            head.push_str(&format!("<th>{title}</th>"));
        }
        let begins = !gallery.index().exists();
        gallery.append(&format!("{}{head}</tr>\n", if begins { HEAD } else { "" }))?;
        Ok(gallery)
    }

    /// Writes the pictures, `images/NAME-WHAT.png` or `images/STEP-NAME-WHAT.png`, and a row that shows them.
    pub fn add(&self, step: u64, name: &str, pictures: &[(&str, &RgbaImage)]) -> Result<()> {
        let prefix = if self.steps { format!("{step:08}-") } else { String::new() };
        let mut row = String::from("<tr>");
        if self.steps {
            row.push_str(&format!("<td>{step}</td>"));
        }
        row.push_str(&format!("<td>{}</td>", escape(name)));
        for (what, picture) in pictures {
            let file = format!("{prefix}{name}-{what}.png");
            write_picture(picture, &self.dir.join("images").join(&file))?;
            row.push_str(&format!("<td><img src=\"images/{}\"></td>", encode(&file)));
        }
        row.push_str("</tr>\n");
        self.append(&row)
    }

    pub fn index(&self) -> PathBuf {
        self.dir.join("index.html")
    }

    fn append(&self, text: &str) -> Result<()> {
        let path = self.index();
        let write = || {
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            file.write_all(text.as_bytes())
        };
        write().map_err(|e| Failure::file(&path, "can't be written", e))
    }
}

/// An opaque picture as a PNG or, where the name says so, a JPEG or WebP; whole or not at all.
pub fn write_picture(picture: &RgbaImage, path: &Path) -> Result<()> {
    let format = ImageFormat::from_path(path).unwrap_or(ImageFormat::Png);
    let opaque: RgbImage = picture.convert();
    whole::write(path, |file| opaque.write_to(file, format).map_err(io::Error::other))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A file's name in an address.
fn encode(name: &str) -> String {
    let mut encoded = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                encoded.push(byte.into())
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}
