//! `pix2pix translate`: pictures for sketches, with the options of the package's `translate`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use image::{DynamicImage, ImageFormat, RgbaImage};
use pix2pix_web::image::decode;
use pix2pix_web::{Pix2Pix, TranslateOptions};
use pollster::block_on;
use serde_json::json;

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::folder;
use crate::gallery::write_picture;
use crate::interrupt;
use crate::on_device::{self, DeviceName};

/// Turn a sketch into a picture, or a folder of sketches into a folder of pictures
#[derive(Args)]
pub struct Translate {
    /// A picture, a folder, or - for stdin
    input: PathBuf,
    /// A .png, .jpg or .webp, a folder for a folder, or - for a PNG on stdout
    output: PathBuf,
    /// A model file of any format, a checkpoint, or a folder with one
    #[arg(long, short, alias = "checkpoint", value_name = "PATH")]
    model: PathBuf,
    /// How a picture becomes a square: whole on white, the middle, or squashed
    #[arg(long, value_parser = ["contain", "cover", "stretch"], default_value = "contain")]
    fit: String,
    /// The input's aspect ratio again, or all that the network gave
    #[arg(long = "output", value_parser = ["aspect", "square"], default_value = "aspect")]
    shape: String,
    /// The picture's own mean and variance, or those stored with the weights
    #[arg(long, value_parser = ["batch", "running"], default_value = "batch")]
    statistics: String,
    /// Keep dropout on, as the original does
    #[arg(long)]
    dropout: bool,
    /// Decides the dropout
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u32,
    /// Write over what is there
    #[arg(long, short)]
    force: bool,
    /// A picture that can't be used is an error
    #[arg(long)]
    strict: bool,
    #[arg(long, value_enum, default_value_t = DeviceName::Auto)]
    device: DeviceName,
}

pub fn run(translate: &Translate, console: &Console) -> Result<()> {
    let works = translate.works()?;
    for work in &works {
        if work.to.exists() && !is_pipe(&work.to) && !translate.force {
            return Err(Failure::exists(&work.to));
        }
    }
    let file = on_device::model_file(&translate.model)?;
    let model = on_device::load(&file, on_device::open(translate.device, console)?)?;
    match &works[..] {
        [Work { from, to }] if !translate.input.is_dir() => {
            let sketch = decode(&read(from)?).map_err(|e| Failure::about(e, from))?;
            write(&block_on(model.translate(sketch, &translate.options()))?, to)?;
            told(from, to, console);
            Ok(())
        }
        works => translate.folder(&model, works, console),
    }
}

/// What becomes what.
struct Work {
    from: PathBuf,
    to: PathBuf,
}

impl Translate {
    fn works(&self) -> Result<Vec<Work>> {
        let Self { input, output, .. } = self;
        if !input.is_dir() {
            let to = if output.is_dir() { inside(output, input) } else { output.clone() };
            let writes = ImageFormat::from_path(&to).is_ok_and(|format| format.writing_enabled());
            if !is_pipe(&to) && !writes {
                let message = format!("{} should end with .png, .jpg or .webp", to.display());
                return Err(Failure::usage(message));
            }
            return Ok(vec![Work { from: input.clone(), to }]);
        }
        let files = folder::all_pictures(input, false)?;
        if files.is_empty() {
            return Err(folder::empty(input));
        }
        let mut taken = BTreeMap::new();
        for from in &files {
            let to = inside(output, from);
            if let Some(other) = taken.insert(to.clone(), from) {
                let (from, other, to) = (from.display(), other.display(), to.display());
                let message = format!("{other} and {from} would both become {to}: rename one");
                return Err(Failure::new("output/exists", message));
            }
        }
        Ok(files.into_iter().map(|from| Work { to: inside(output, &from), from }).collect())
    }

    fn options(&self) -> TranslateOptions {
        let value = json!({
            "dropout": self.dropout, "seed": self.seed, "statistics": self.statistics, "fit": self.fit,
            "output": self.shape,
        });
        serde_json::from_value(value).expect("the command line knows the same words")
    }

    fn folder(&self, model: &Pix2Pix, works: &[Work], console: &Console) -> Result<()> {
        interrupt::watch();
        fs::create_dir_all(&self.output)
            .map_err(|e| Failure::file(&self.output, "can't be made", e))?;
        let files: Vec<PathBuf> = works.iter().map(|work| work.from.clone()).collect();
        let read = |file: &Path| Ok((file.to_path_buf(), folder::read_picture(file)?.0));
        folder::each(&files, self.strict, console, read, |(from, sketch)| {
            let picture = block_on(model.translate(sketch, &self.options()))?;
            let to = inside(&self.output, &from);
            write(&picture, &to)?;
            told(&from, &to, console);
            Ok(())
        })?;
        Ok(())
    }
}

fn is_pipe(path: &Path) -> bool {
    path == Path::new("-")
}

fn inside(folder: &Path, file: &Path) -> PathBuf {
    folder.join(format!("{}.png", folder::name(file)))
}

fn read(from: &Path) -> Result<Vec<u8>> {
    if !is_pipe(from) {
        return on_device::read(from);
    }
    let mut bytes = Vec::new();
    let read = io::stdin().read_to_end(&mut bytes);
    read.map_err(|e| Failure::file(from, "can't be read", e))?;
    Ok(bytes)
}

fn write(picture: &RgbaImage, to: &Path) -> Result<()> {
    if !is_pipe(to) {
        return write_picture(picture, to);
    }
    let mut png = Cursor::new(Vec::new());
    let encoded =
        DynamicImage::from(picture.clone()).into_rgb8().write_to(&mut png, ImageFormat::Png);
    encoded.expect("a picture fits into memory as a PNG");
    io::stdout().write_all(&png.into_inner()).map_err(|e| Failure::file(to, "can't be written", e))
}

/// Where the picture itself goes to stdout, nothing else does.
fn told(from: &Path, to: &Path, console: &Console) {
    if !is_pipe(to) {
        let object = json!({ "event": "translated", "input": from, "output": to });
        console.progress(&format!("{} -> {}", from.display(), to.display()), object);
    }
}
