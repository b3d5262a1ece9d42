//! `pix2pix export`: the generator alone, for the page and the package. `pix2pix convert`: a model into another format.

use std::fs;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use pix2pix_web::Pix2Pix;
use pix2pix_web::device::{self, Choice};
use pix2pix_web::session::SaveWhat;
use pix2pix_web::weights::{Dtype, Format, eight_bit_fidelity};
use pollster::block_on;
use serde_json::json;

use crate::card::CardOptions;
use crate::checkpoint_dir::save_model;
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::model_file::ModelFile;
use crate::whole;

/// Below this many dB the pictures of a model in 8 bits are visibly others.
const VISIBLE: f64 = 30.0;

/// Write the generator alone, for the page and the package
#[derive(Args)]
pub struct Export {
    /// A checkpoint, a folder with one, or a model file of any format
    #[arg(long, alias = "model", value_name = "PATH")]
    checkpoint: PathBuf,
    /// The file to write
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    encoding: Encoding,
    #[command(flatten)]
    card: CardOptions,
}

/// Write a model in another format; a discriminator goes with it where the format has room, a training does not
#[derive(Args)]
pub struct Convert {
    /// A model file of any format, or a folder with a checkpoint
    input: PathBuf,
    /// The file to write
    output: PathBuf,
    #[command(flatten)]
    encoding: Encoding,
    #[command(flatten)]
    card: CardOptions,
    /// The generator alone
    #[arg(long, conflicts_with = "discriminator_only")]
    generator_only: bool,
    /// The discriminator alone, to train another generator against
    #[arg(long)]
    discriminator_only: bool,
}

/// How a model file is written.
#[derive(Args)]
struct Encoding {
    /// [default: pict or onnx where the output's name says so, else pix2pix-web]
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// How values are stored [default: f32, in a .pict q8]
    #[arg(long, value_enum)]
    dtype: Option<Dtype>,
    /// Write over an existing file
    #[arg(long, short)]
    force: bool,
}

/// A format of the library, or the one of TensorFlow's that suits the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileFormat {
    Given(Format),
    TensorFlow,
}

impl ValueEnum for FileFormat {
    fn value_variants<'a>() -> &'a [Self] {
        const {
            &[
                FileFormat::Given(Format::Ours),
                FileFormat::TensorFlow,
                FileFormat::Given(Format::TensorFlow2017),
                FileFormat::Given(Format::TensorFlow2018),
                FileFormat::Given(Format::PyTorch),
                FileFormat::Given(Format::Pict),
                FileFormat::Given(Format::Onnx),
            ]
        }
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            FileFormat::Given(format) => format.to_possible_value(),
            FileFormat::TensorFlow => Some(
                PossibleValue::new("tensorflow")
                    .help("The names of 2018 for a model with biases, else those of 2017"),
            ),
        }
    }
}

pub fn export(export: &Export, console: &Console) -> Result<()> {
    let Export { checkpoint, output, encoding, card } = export;
    Writing { output, encoding, card, what: SaveWhat::Generator }.run(checkpoint, console)
}

pub fn convert(convert: &Convert, console: &Console) -> Result<()> {
    let Convert { input, output, encoding, card, .. } = convert;
    let what = match (convert.generator_only, convert.discriminator_only) {
        (true, _) => SaveWhat::Generator,
        (_, true) => SaveWhat::Discriminator,
        _ => SaveWhat::Networks,
    };
    Writing { output, encoding, card, what }.run(input, console)
}

/// A model file to be written.
struct Writing<'a> {
    output: &'a Path,
    encoding: &'a Encoding,
    card: &'a CardOptions,
    what: SaveWhat,
}

impl Writing<'_> {
    fn run(self, input: &Path, console: &Console) -> Result<()> {
        let Self { output, encoding, card, .. } = self;
        if output.exists() && !encoding.force {
            return Err(Failure::exists(output, "--force"));
        }
        if output.file_name().is_none() {
            return Err(Failure::usage(format!("{} names no file to write", output.display())));
        }
        // At most two pictures are computed.
        let model = ModelFile::open(input)?.load(block_on(device::open(Choice::Cpu))?)?;
        let format = self.format(&model);
        card.apply(&model)?;
        if !format.holds_card() && card.are_given() {
            let message = format!(
                "{} files have no place for a card: leave --card and --thumbnail out",
                format.name()
            );
            return Err(Failure::usage(message));
        }
        if !format.holds_card() && model.card().is_some() {
            console.note(&format!(
                "{} files have no place for the model's card: it is left out",
                format.name()
            ));
        }
        let usual = if format == Format::Pict { Dtype::Q8 } else { Dtype::F32 };
        let dtype = encoding.dtype.unwrap_or(usual);
        // These have no room for a discriminator beside the generator.
        let generator_alone = matches!(format, Format::Pict | Format::Onnx);
        let left_out = generator_alone && self.what == SaveWhat::Networks;
        let what = if left_out { SaveWhat::Generator } else { self.what };
        if left_out && model.ndf().is_some() {
            let name = format.name();
            console.note(&format!(
                "a .{name} holds the generator alone: the discriminator is left out"
            ));
        }
        if self.what == SaveWhat::Networks && model.step_count() > 0 {
            console.note("the training is left out: it stays in the checkpoint");
        }
        whole::write_synced(output, |into| save_model(&model, what, format, dtype, into))?;
        let bytes =
            fs::metadata(output).map_err(|e| Failure::file(output, "can't be read", e))?.len();
        let fidelity = (dtype == Dtype::Q8 && what != SaveWhat::Discriminator)
            .then(|| self.fidelity(&model, format, console))
            .transpose()?
            .filter(|db| db.is_finite());
        let (format, dtype) = (format.name(), dtype.name());
        let cost = fidelity.map(|db| format!(", {db:.1} dB from 32 bits")).unwrap_or_default();
        let (path, megabytes) = (output.display(), bytes as f64 / 1e6);
        let text = format!("wrote {path}: {format}, {dtype}, {megabytes:.1} MB{cost}");
        let object = json!({
            "event": "wrote", "path": path.to_string(), "format": format, "dtype": dtype, "bytes": bytes, "psnr": fidelity,
        });
        console.result(&text, object);
        Ok(())
    }

    /// How close 8 bits keep the model's picture of a test drawing, in dB; a warning where that can be seen.
    fn fidelity(&self, model: &Pix2Pix, format: Format, console: &Console) -> Result<f64> {
        let generator = model.networks().generator;
        let db = block_on(eight_bit_fidelity(&generator, model.config(), format))?;
        if db < VISIBLE {
            console.warn(&format!(
                "8 bits change this model's pictures visibly: {db:.1} dB from 32 bits on a test drawing. Write \
                 .safetensors with --dtype f16 to keep them"
            ));
        }
        Ok(db)
    }

    fn format(&self, model: &Pix2Pix) -> Format {
        let extension = self.output.extension();
        let is = |name| extension.is_some_and(|found| found.eq_ignore_ascii_case(name));
        match self.encoding.format {
            Some(FileFormat::Given(format)) => format,
            Some(FileFormat::TensorFlow) => Format::tensorflow(model.config()),
            None if is("pict") => Format::Pict,
            None if is("onnx") => Format::Onnx,
            None => Format::Ours,
        }
    }
}
