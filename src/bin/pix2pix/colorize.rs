//! `pix2pix colorize`: photographs in colours that a model gives them, as large as they are.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use pix2pix_web::device::Choice;
use pix2pix_web::image::Size;
use pix2pix_web::model::Statistics;
use pix2pix_web::session::ColorizeOptions;
use pollster::block_on;
use serde_json::json;

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::folder::{Names, Reading, read_picture};
use crate::gallery::write_picture;
use crate::interrupt;
use crate::model_file::ModelFile;
use crate::on_device;
use crate::size::size;
use crate::translate::is_written;

/// Colour photographs with a model of train --lab-colorization: each pixel stays as light as it is
#[derive(Args)]
pub struct Colorize {
    /// Photographs
    #[arg(required = true)]
    photos: Vec<PathBuf>,
    /// A .png, .jpg or .webp for one photograph, or a folder for PNGs of their names
    #[arg(long, short, value_name = "PATH")]
    output: PathBuf,
    /// A model file of any format, a checkpoint, or a folder with one
    #[arg(long, short, alias = "checkpoint", value_name = "PATH")]
    model: PathBuf,
    /// Which mean and variance batch normalisation takes
    #[arg(long, value_enum, default_value_t)]
    statistics: Statistics,
    /// The size to which a photograph is stretched for the network to see it: N, WxH, or native for the multiple of the
    /// network's sides that is next to its own [default: the network's square]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    size: Option<Size>,
    /// The network sees the photograph in overlapping squares of its own size, whose colours are blended [the size is then
    /// by default the photograph's own]
    #[arg(long)]
    tiles: bool,
    /// Keep dropout on, as the original does
    #[arg(long)]
    dropout: bool,
    /// Decides the dropout
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u32,
    /// Write over existing files
    #[arg(long, short)]
    force: bool,
    /// A photograph that can't be used is an error
    #[arg(long)]
    strict: bool,
    /// Where the network runs
    #[arg(long, value_enum, default_value_t)]
    device: Choice,
}

pub fn run(colorize: &Colorize, console: &Console) -> Result<()> {
    let Colorize { photos, output, statistics, size, tiles, dropout, seed, .. } = colorize;
    let targets = colorize.targets()?;
    if let Some(to) = targets.iter().find(|to| to.exists())
        && !colorize.force
    {
        return Err(Failure::exists(to, "--force"));
    }
    interrupt::watch();
    let model =
        ModelFile::open(&colorize.model)?.load(on_device::open(colorize.device, console)?)?;
    if !is_written(output) {
        fs::create_dir_all(output).map_err(|e| Failure::file(output, "can't be made", e))?;
    }
    let (dropout, seed, statistics) = (*dropout, *seed, *statistics);
    let (size, tiles) = (size.unwrap_or_default(), *tiles);
    let options = ColorizeOptions { size, tiles, dropout, seed, statistics };
    // What was decoded at once is kept until it is used: the budget of decoding is that of keeping.
    let reading = Reading { console, strict: colorize.strict, copies: 2, kept: 1 };
    let read = |from: &Path| Ok((from.to_path_buf(), read_picture(from)?.0));
    reading.each(photos, read, |(from, photo)| {
        let to = &targets[photos.iter().position(|photo| *photo == from).expect("it is of these")];
        write_picture(&block_on(model.colorize(photo, &options))?, to)?;
        let [from, to] = [&from, to].map(|path| path.display().to_string());
        let object = json!({ "event": "colorized", "input": from, "output": to });
        console.progress(&format!("{from} -> {to}"), object);
        Ok(())
    })?;
    Ok(())
}

impl Colorize {
    /// Where each photograph goes.
    fn targets(&self) -> Result<Vec<PathBuf>> {
        let Self { photos, output, .. } = self;
        if is_written(output) && !output.is_dir() {
            if photos.len() > 1 {
                let message = format!(
                    "{} is one picture for {} photographs: give a folder",
                    output.display(),
                    photos.len()
                );
                return Err(Failure::usage(message));
            }
            return Ok(vec![output.clone()]);
        }
        let mut names = Names::default();
        let name = |photo: &PathBuf| {
            let name = names.unique(crate::folder::name(photo).to_string_lossy().into_owned());
            output.join(format!("{name}.png"))
        };
        Ok(photos.iter().map(name).collect())
    }
}
