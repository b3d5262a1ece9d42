//! `pix2pix export`: the generator alone, for the page and the package. `pix2pix convert`: a model into another format.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use pix2pix_web::Pix2Pix;
use pix2pix_web::device::{self, Choice};
use pix2pix_web::session::SaveWhat;
use pix2pix_web::weights::{Dtype, Format};
use pollster::block_on;
use serde_json::json;

use crate::checkpoint_dir::{save_model, write_whole};
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::on_device;

/// Write the generator alone, for the page and the package
#[derive(Args)]
pub struct Export {
    /// A checkpoint, a folder with one, or a model file of any format
    #[arg(long, alias = "model", value_name = "PATH")]
    checkpoint: PathBuf,
    /// The file to write
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// [default: as the output's name ends]
    #[arg(long, value_enum)]
    format: Option<ExportFormat>,
    /// How numbers are stored [default: f32, in a .pict q8]
    #[arg(long, value_enum)]
    dtype: Option<DtypeName>,
    /// Write over what is there
    #[arg(long, short)]
    force: bool,
}

/// Write a model in another format; a discriminator goes with it where the format has room, a training does not
#[derive(Args)]
pub struct Convert {
    /// A model file of any format, or a folder with a checkpoint
    input: PathBuf,
    /// The file to write
    output: PathBuf,
    /// [default: pict where the output's name says so, else pix2pix-web]
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// How numbers are stored [default: f32, in a .pict q8]
    #[arg(long, value_enum)]
    dtype: Option<DtypeName>,
    /// The generator alone
    #[arg(long, conflicts_with = "discriminator_only")]
    generator_only: bool,
    /// The discriminator alone, to train another generator against
    #[arg(long)]
    discriminator_only: bool,
    /// Write over what is there
    #[arg(long, short)]
    force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    Safetensors,
    /// The 8-bit format of the original's browser demo
    Pict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatName {
    /// Our own .safetensors
    #[value(name = "pix2pix-web")]
    Ours,
    /// .safetensors with the original's names: those of 2018 for a model with biases, else those of 2017
    Tensorflow,
    #[value(name = "tensorflow-2017")]
    Tensorflow2017,
    #[value(name = "tensorflow-2018")]
    Tensorflow2018,
    /// The 8-bit format of the original's browser demo
    Pict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DtypeName {
    F32,
    F16,
    Q8,
}

pub fn export(export: &Export, console: &Console) -> Result<()> {
    let format = match export.format {
        Some(ExportFormat::Safetensors) => Some(FormatName::Ours),
        Some(ExportFormat::Pict) => Some(FormatName::Pict),
        None => None,
    };
    let Export { checkpoint, output, dtype, force, .. } = export;
    Writing { output, format, dtype: *dtype, force: *force, what: SaveWhat::Generator }
        .run(checkpoint, console)
}

pub fn convert(convert: &Convert, console: &Console) -> Result<()> {
    let Convert { input, output, format, dtype, force, .. } = convert;
    let what = match (convert.generator_only, convert.discriminator_only) {
        (true, _) => SaveWhat::Generator,
        (_, true) => SaveWhat::Discriminator,
        _ => SaveWhat::Networks,
    };
    Writing { output, format: *format, dtype: *dtype, force: *force, what }.run(input, console)
}

/// A model file to be written.
struct Writing<'a> {
    output: &'a Path,
    format: Option<FormatName>,
    dtype: Option<DtypeName>,
    force: bool,
    what: SaveWhat,
}

impl Writing<'_> {
    fn run(self, input: &Path, console: &Console) -> Result<()> {
        let Self { output, force, .. } = self;
        if output.exists() && !force {
            return Err(Failure::exists(output));
        }
        let file = on_device::model_file(input)?;
        // Nothing is computed.
        let model = on_device::load(&file, block_on(device::open(Choice::Cpu))?)?;
        let format = self.format(&model);
        let dtype = match self.dtype {
            Some(DtypeName::F32) => Dtype::F32,
            Some(DtypeName::F16) => Dtype::F16,
            Some(DtypeName::Q8) => Dtype::Q8,
            None if format == Format::Pict => Dtype::Q8,
            None => Dtype::F32,
        };
        // A .pict has no room for a discriminator beside the generator.
        let left_out = format == Format::Pict && self.what == SaveWhat::Networks;
        let what = if left_out { SaveWhat::Generator } else { self.what };
        if left_out && model.ndf().is_some() {
            console.note("a .pict holds the generator alone: the discriminator is left out");
        }
        if self.what == SaveWhat::Networks && model.step_count() > 0 {
            console.note("the training is left out: it stays in the checkpoint");
        }
        write_whole(output, |into| save_model(&model, what, format, dtype, into))?;
        let bytes =
            fs::metadata(output).map_err(|e| Failure::file(output, "can't be read", e))?.len();
        let (format, dtype) = (format.name(), dtype.name());
        let text =
            format!("wrote {}: {format}, {dtype}, {:.1} MB", output.display(), bytes as f64 / 1e6);
        let object = json!({
            "event": "wrote", "path": output, "format": format, "dtype": dtype, "bytes": bytes,
        });
        console.result(&text, object);
        Ok(())
    }

    fn format(&self, model: &Pix2Pix) -> Format {
        let is_pict =
            self.output.extension().is_some_and(|found| found.eq_ignore_ascii_case("pict"));
        match self.format {
            Some(FormatName::Ours) => Format::Ours,
            Some(FormatName::Tensorflow) => Format::tensorflow(model.config()),
            Some(FormatName::Tensorflow2017) => Format::TensorFlow2017,
            Some(FormatName::Tensorflow2018) => Format::TensorFlow2018,
            Some(FormatName::Pict) => Format::Pict,
            None if is_pict => Format::Pict,
            None => Format::Ours,
        }
    }
}
