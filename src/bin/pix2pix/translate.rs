//! `pix2pix translate`: pictures for sketches, with the options of the package's `translate`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use image::buffer::ConvertBuffer;
use image::{ImageFormat, RgbImage, RgbaImage};
use pix2pix_web::device::Choice;
use pix2pix_web::image::{Canvas, Fit, Output, Size, check_pixels, decode, fit_to};
use pix2pix_web::model::Statistics;
use pix2pix_web::session::KeptKernels;
use pix2pix_web::weights::Dtype;
use pix2pix_web::{Pix2Pix, TranslateOptions};
use pollster::block_on;
use serde_json::json;

use crate::aspect::AspectRatio;
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::folder::{self, Reading};
use crate::gallery::write_picture;
use crate::interrupt;
use crate::model_file::ModelFile;
use crate::on_device;
use crate::size::size;

/// What a picture can be written as.
const WRITTEN: [ImageFormat; 3] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP];

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
    /// How a picture becomes a square
    #[arg(long, value_enum, default_value_t)]
    fit: Fit,
    /// The shape of the result
    // `--output` is its old name: elsewhere that is a path.
    #[arg(long, alias = "output", value_enum, default_value_t, conflicts_with = "aspect_ratio")]
    shape: Output,
    /// The size at which the network sees the sketch: N, WxH, or native for its own [default: the network's square]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    size: Option<Size>,
    /// The network sees the sketch in overlapping squares of its own size, which are blended: for pictures too large to be
    /// made at once [the size is then by default the sketch's own]
    #[arg(long)]
    tiles: bool,
    // Of the whole square: with --fit stretch the sketch was squashed into it.
    #[command(flatten)]
    aspect: AspectRatio,
    /// Which mean and variance batch normalisation takes
    #[arg(long, value_enum, default_value_t)]
    statistics: Statistics,
    /// Colour hints fill the regions that they lie in: for models that were trained with --spread-hints
    #[arg(long)]
    spread_hints: bool,
    /// Colour the regions that lines close, or all but close: those without a colour hint get one, by this seed
    #[arg(long, value_name = "SEED")]
    colors: Option<u32>,
    /// Keep dropout on, as the original does
    #[arg(long)]
    dropout: bool,
    /// Decides the dropout
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u32,
    /// Write over existing files
    #[arg(long, short)]
    force: bool,
    /// Pass over pictures whose output exists: goes on with a run that was interrupted
    #[arg(long, conflicts_with = "force")]
    skip_existing: bool,
    /// A picture that can't be used is an error
    #[arg(long)]
    strict: bool,
    /// Where the network runs
    #[arg(long, value_enum, default_value_t)]
    device: Choice,
    /// In how many bits a GPU keeps the kernels that it translates by
    #[arg(long, value_enum, default_value_t)]
    kernel_dtype: Dtype,
}

pub fn run(translate: &Translate, console: &Console) -> Result<()> {
    let mut works = translate.works()?;
    let exists = |work: &Work| !is_pipe(&work.to) && work.to.exists();
    if translate.skip_existing {
        let before = works.len();
        works.retain(|work| !exists(work));
        let existed = before - works.len();
        if existed > 0 {
            console.note(&format!("{existed} of {before} exist already"));
        }
    } else if let Some(work) = works.iter().find(|work| exists(work))
        && !translate.force
    {
        return Err(Failure::exists(&work.to, "--force or --skip-existing"));
    }
    if works.is_empty() {
        return Ok(());
    }
    let file = ModelFile::open(&translate.model)?;
    let model = file.load(on_device::open(translate.device, console)?)?;
    drop(file);
    block_on(model.pack_kernels(translate.kernel_dtype))?;
    let KeptKernels { dtype, reason } = model.kept_kernels();
    if dtype != translate.kernel_dtype {
        console.warn(&format!("the kernels stay in 32 bits: {reason}"));
    }
    match &works[..] {
        [Work { from, to }] if !translate.input.is_dir() => {
            let sketch = decode(&read(from)?).map_err(|e| Failure::about(e, from))?;
            let picture = block_on(model.translate(sketch, &translate.options()))?;
            write(&translate.aspect.of(picture), to)?;
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
            if !is_pipe(&to) && !is_written(&to) {
                let message = format!("{} should end with .png, .jpg or .webp", to.display());
                return Err(Failure::usage(message));
            }
            return Ok(vec![Work { from: input.clone(), to }]);
        }
        if is_pipe(output) {
            return Err(Failure::usage("the pictures of a folder go into a folder, not to stdout"));
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
        let Self {
            dropout,
            seed,
            statistics,
            fit,
            shape,
            size,
            tiles,
            spread_hints,
            colors,
            aspect,
            ..
        } = *self;
        let output = if aspect.is_given() { Output::Square } else { shape };
        TranslateOptions {
            dropout,
            seed,
            statistics,
            fit,
            output,
            size: size.unwrap_or_default(),
            tiles,
            spread_hints,
            colors,
            weights_cache: None,
        }
    }

    fn folder(&self, model: &Pix2Pix, works: &[Work], console: &Console) -> Result<()> {
        interrupt::watch();
        fs::create_dir_all(&self.output)
            .map_err(|e| Failure::file(&self.output, "can't be made", e))?;
        let files: Vec<PathBuf> = works.iter().map(|work| work.from.clone()).collect();
        let (unit, options) = (model.config().size(), self.options());
        // Of each, three planes of f32 are kept.
        let canvas = |picture| Canvas::whole_or_tiled(options.tiles, options.size, picture, unit);
        let kept = match options.size {
            Size::Native => u64::MAX,
            Size::Network if options.tiles => u64::MAX,
            Size::Network | Size::Of(..) => 3 * 4 * canvas((1, 1))?.pixels() as u64,
        };
        let reading = Reading { console, strict: self.strict, copies: 1, kept };
        let read = |file: &Path| {
            let (sketch, _) = folder::read_picture(file)?;
            check_pixels("it", &sketch)?;
            let canvas = canvas(sketch.dimensions())?;
            Ok((file.to_path_buf(), fit_to(sketch, canvas, options.fit, options.hints())))
        };
        reading.each(&files, read, |(from, (planes, frame))| {
            let picture = block_on(model.translate_fitted(planes, frame, &options))?;
            let to = inside(&self.output, &from);
            write(&self.aspect.of(picture), &to)?;
            told(&from, &to, console);
            Ok(())
        })?;
        Ok(())
    }
}

/// Whether a path's ending is that of a picture that is written.
pub fn is_written(path: &Path) -> bool {
    ImageFormat::from_path(path).is_ok_and(|format| WRITTEN.contains(&format))
}

fn is_pipe(path: &Path) -> bool {
    path == Path::new("-")
}

fn inside(folder: &Path, file: &Path) -> PathBuf {
    let mut name = folder::name(file);
    name.push(".png");
    folder.join(name)
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
    let opaque: RgbImage = picture.convert();
    let encoded = opaque.write_to(&mut png, ImageFormat::Png);
    encoded.expect("a picture fits into memory as a PNG");
    let mut stdout = io::stdout();
    let written = stdout.write_all(&png.into_inner()).and_then(|()| stdout.flush());
    written.map_err(|e| Failure::file(to, "can't be written", e))
}

/// Where the picture itself goes to stdout, nothing else does.
fn told(from: &Path, to: &Path, console: &Console) {
    if !is_pipe(to) {
        let [from, to] = [from, to].map(|path| path.display().to_string());
        let text = format!("{from} -> {to}");
        console.progress(&text, json!({ "event": "translated", "input": from, "output": to }));
    }
}
