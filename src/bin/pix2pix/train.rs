//! `pix2pix train`: a training from new weights, from a model, or from a checkpoint.

use std::env;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use clap::Args;
use pix2pix_web::Pix2Pix;
use pix2pix_web::device::Choice;
use pix2pix_web::model::{
    Activation, Color, Convolution, Direction, GeneratorConfig, Layout, Norm, Patch,
};
use pix2pix_web::session::CreateConfig;
use pix2pix_web::train::TrainOptions;
use serde_json::json;

use crate::card::CardOptions;
use crate::checkpoint_dir;
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::folder;
use crate::interrupt;
use crate::learning::Learning;
use crate::model_file::ModelFile;
use crate::on_device;
use crate::pair::{self, Framing, Photo, Tally};
use crate::steps::{Every, Run};
use crate::stored_options::StoredOptions;

/// Widths of new networks.
const WIDTH: usize = 64;

/// Train on a folder of A|B pictures, or of photographs to colour
#[derive(Args)]
pub struct Train {
    /// A folder of A|B pictures, with --lab-colorization of photographs: .jpg, or where there are none .png, .webp, .bmp,
    /// .gif, .tif
    #[arg(long, short, alias = "input_dir", value_name = "DIR")]
    input: PathBuf,
    /// The folder for checkpoints, options.json, losses.csv and pictures
    #[arg(long, short, alias = "output_dir", value_name = "DIR")]
    output: PathBuf,
    /// Resume this training: a checkpoint, or a folder with one. Its options are kept but for those given here
    #[arg(long, value_name = "PATH", conflicts_with_all = ["generator", "discriminator"])]
    checkpoint: Option<PathBuf>,
    /// Begin with the weights of this model instead of random ones
    #[arg(long, value_name = "PATH")]
    generator: Option<PathBuf>,
    /// Begin with the discriminator of this file
    #[arg(long, value_name = "PATH")]
    discriminator: Option<PathBuf>,
    /// Stop after N steps of this run; wins over --max-epochs
    #[arg(long, alias = "max_steps", value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_steps: Option<u64>,
    /// Stop after every pair was seen N times in this run
    #[arg(long, alias = "max_epochs", value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_epochs: Option<u64>,
    /// Which half is the input [default: AtoB]
    #[arg(
        long,
        alias = "which-direction",
        alias = "which_direction",
        value_enum,
        ignore_case = true
    )]
    direction: Option<Direction>,
    /// Learn to colour photographs: A is a photograph's lightness and B its colours, in CIE Lab
    #[arg(long, alias = "lab_colorization")]
    lab_colorization: bool,
    /// Width of a new generator's first layer [default: 64]
    #[arg(long, value_name = "N")]
    ngf: Option<usize>,
    /// Width of a new discriminator's first layer [default: 64]
    #[arg(long, value_name = "N")]
    ndf: Option<usize>,
    /// Pixels on a side of what a new discriminator judges at once: 1 and 16 look at texture alone, 286 at the whole
    /// [default: 70, as in the original]
    #[arg(long, value_enum, value_name = "PIXELS")]
    patch: Option<Patch>,
    /// How often a new generator halves its pictures, 5 to 9: they are 2^N pixels on a side [default: 8, and so 256]
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// The most channels of a new generator's layers, less than 8 times its ngf [default: 8 times ngf, as in the original]
    #[arg(long, value_name = "N")]
    max_width: Option<usize>,
    /// The layout of a new generator and discriminator [default: tensorflow]
    #[arg(long)]
    layout: Option<Layout>,
    /// A new generator has separable convolutions, an eighth of the weights, and as the original's biases
    #[arg(long, alias = "separable_conv")]
    separable_conv: bool,
    /// What stands before the convolutions of a new generator's encoder [default: leakyrelu, as in the original]
    #[arg(long, value_enum)]
    activation: Option<Activation>,
    /// The normalisation of a new generator and discriminator; none goes with biases [default: batch]
    #[arg(long, value_enum)]
    norm: Option<Norm>,
    /// New networks have biases, as in the original's layout of 2018
    #[arg(long)]
    bias: bool,
    #[command(flatten)]
    learning: Learning,
    #[command(flatten)]
    card: CardOptions,
    #[command(flatten)]
    every: Every,
    /// Pairs are kept in memory if they fit into this, else each is read when a step needs it
    #[arg(long, value_name = "MB", default_value_t = 2048)]
    cache_mb: u64,
    /// The halves of each picture are a pair, also where they look like one picture
    #[arg(long)]
    halves: bool,
    /// A picture that can't be used is an error
    #[arg(long)]
    strict: bool,
    /// Give up the training whose later checkpoints lie in the output folder
    #[arg(long)]
    force: bool,
    /// Where the networks run
    #[arg(long, value_enum, default_value_t)]
    device: Choice,
}

impl Train {
    fn convolution(&self) -> Convolution {
        match self.separable_conv {
            true => Convolution::Separable,
            false => Convolution::Full,
        }
    }

    /// Whether so many bytes of pairs are kept; says where they are not.
    fn keeps(&self, bytes: u64, console: &Console) -> bool {
        let keeps = bytes <= self.cache_mb.saturating_mul(1_000_000);
        if !keeps {
            let (all, most) = (bytes / 1_000_000, self.cache_mb);
            console.note(&format!(
                "the pairs would take {all} MB, and --cache-mb is {most}: each is read when it is needed"
            ));
        }
        keeps
    }
}

pub fn run(train: &Train, console: &Console) -> Result<()> {
    if train.max_steps.or(train.max_epochs).is_none() {
        return Err(Failure::usage("how long? Give --max-steps or --max-epochs"));
    }
    let files = folder::pictures(&train.input, console)?;
    interrupt::watch();
    let (model, direction) = begin(train, console)?;
    if model.config().color == Color::Rgb && !train.halves {
        pair::refuse_single_pictures(&train.input, &files)?;
    }
    let output = &train.output;
    fs::create_dir_all(output).map_err(|e| Failure::file(output, "can't be made", e))?;
    check_output(train, model.step_count())?;

    let pairs = match model.config().color {
        Color::Rgb => give_pairs(train, &model, direction, &files, console)?,
        Color::Lab => give_photos(train, &model, &files, console)?,
    };
    let epoch = (pairs as u64).div_ceil(model.options().batch_size as u64);
    let epochs = || train.max_epochs.and_then(|epochs| epoch.checked_mul(epochs));
    let steps = train.max_steps.or_else(epochs).and_then(|steps| {
        // The step of the whole training is counted too.
        model.step_count().checked_add(steps).map(|_| steps)
    });
    let Some(steps) = steps else {
        return Err(Failure::usage("that many steps can't be counted: give fewer"));
    };
    describe(&model, console, pairs, steps, direction)?;
    store_options(&model, output, direction)?;
    Run::new(model, steps, epoch, &train.every, output, console)?.steps()
}

/// Looks at every photograph, likewise.
fn give_photos(
    train: &Train,
    model: &Pix2Pix,
    files: &[PathBuf],
    console: &Console,
) -> Result<usize> {
    let side = model.options().scale_size(model.config().size())?;
    let keeps = train.keeps(files.len() as u64 * 3 * 4 * (side as u64).pow(2), console);
    let mut tally = Tally::default();
    let read = |file: &Path| Photo::read(file).map(|photo| (file.to_path_buf(), photo));
    let count = Photo::reading(console, train.strict).each(files, read, |(file, photo)| {
        tally.count_photo(&photo);
        if keeps {
            return Ok(model.add_photo(photo.name, photo.picture)?);
        }
        let read = move || Photo::read(&file).map(|photo| photo.picture);
        Ok(model.add_photo_from(photo.name, Box::new(read))?)
    })?;
    tally.tell_of_photos(console);
    Ok(count)
}

/// Looks at every picture, so that the broken ones are known before the training and not in the midst of it.
fn give_pairs(
    train: &Train,
    model: &Pix2Pix,
    direction: Direction,
    files: &[PathBuf],
    console: &Console,
) -> Result<usize> {
    let side = model.options().scale_size(model.config().size())?;
    let keeps = train.keeps(files.len() as u64 * 2 * 3 * (side as u64).pow(2), console);
    let framing = Framing { direction, side, fit: model.options().fit };
    let mut tally = Tally::default();
    let read = |file: &Path| framing.read(file).map(|pair| (file.to_path_buf(), pair));
    let reading = framing.reading(console, train.strict);
    let count = reading.each(files, read, |(file, pair)| {
        tally.count(&pair);
        if keeps {
            return Ok(model.add(pair.name, pair.input, pair.target)?);
        }
        let read = move || framing.read(&file).map(|pair| (pair.input, pair.target));
        Ok(model.add_from(pair.name, Box::new(read))?)
    })?;
    tally.tell(train.halves, console);
    Ok(count)
}

/// The model with its training begun, and the direction in which it learns.
fn begin(train: &Train, console: &Console) -> Result<(Pix2Pix, Direction)> {
    let opened = on_device::open(train.device, console)?;
    let seed = train.learning.seed.unwrap_or_else(random_seed);
    let mut direction = train.direction;
    let model = if let Some(path) = &train.checkpoint {
        let file = ModelFile::open(path)?;
        let model = file.load(opened)?;
        let path = &file.path;
        if model.step_count() == 0 {
            let message = format!(
                "{} holds no training: begin with its weights, --generator",
                path.display()
            );
            return Err(Failure::new("train/none", message));
        }
        console.note(&format!("resuming {} at step {}", path.display(), model.step_count()));
        direction = direction.or(file.options()?.map(|stored| stored.direction));
        model
    } else {
        match &train.generator {
            Some(path) => ModelFile::open(path)?.load(opened)?,
            None => {
                let ngf = train.ngf.unwrap_or(WIDTH);
                let (max_width, layout) = (train.max_width, train.layout.unwrap_or_default());
                let (convolution, norm) = (train.convolution(), train.norm.unwrap_or_default());
                let activation = train.activation.unwrap_or_default();
                let depth = train.depth.unwrap_or(GeneratorConfig::default().depth);
                let color = if train.lab_colorization { Color::Lab } else { Color::Rgb };
                let [in_channels, out_channels] = color.channels(direction.unwrap_or_default());
                let generator = GeneratorConfig {
                    in_channels,
                    out_channels,
                    color,
                    ngf,
                    max_width,
                    depth,
                    layout,
                    convolution,
                    activation,
                    norm,
                    ..Default::default()
                };
                let bias = train.bias || generator.has_biases_by_default();
                let generator = GeneratorConfig { bias, ..generator };
                let ndf = Some(train.ndf.unwrap_or(WIDTH));
                let patch = train.patch.unwrap_or_default();
                Pix2Pix::create(&CreateConfig { generator, ndf, patch, seed }, opened)?
            }
        }
    };
    check_color(train, &model)?;
    if let Some(path) = &train.discriminator {
        let file = ModelFile::open(path)?;
        let loaded = model.load_discriminator(&*file.bytes);
        loaded.map_err(|e| Failure::about(e, &file.path))?;
    }
    let asks_for_one = train.ndf.is_some() || train.patch.is_some();
    if model.ndf().is_none() && asks_for_one && !train.learning.generator_only {
        model.create_discriminator(train.ndf, train.patch, seed)?;
    }
    if train.checkpoint.is_some() {
        model.begin(train.learning.over(model.options()))?;
    } else {
        model.restart(train.learning.over(TrainOptions { seed, ..Default::default() }))?;
    }
    train.card.apply(&model)?;
    let alone = model.options().generator_only;
    let found = [
        ("ngf", train.ngf, Some(model.config().ngf)),
        ("depth", train.depth, Some(model.config().depth)),
        ("ndf", train.ndf, model.ndf()),
        ("patch", train.patch.map(Patch::pixels), model.patch().map(Patch::pixels)),
    ];
    for (name, given, found) in found {
        if let (Some(given), Some(found)) = (given, found)
            && given != found
            && !(["ndf", "patch"].contains(&name) && alone)
        {
            let message = format!(
                "--{name} is {given}, but the networks that this begins with have {found}: leave it out"
            );
            return Err(Failure::usage(message));
        }
    }
    let GeneratorConfig { layout, norm, convolution, activation, .. } = *model.config();
    let others = [
        ("layout", train.layout.is_some_and(|given| given != layout)),
        ("norm", train.norm.is_some_and(|given| given != norm)),
        ("activation", train.activation.is_some_and(|given| given != activation)),
        ("separable-conv", train.separable_conv && convolution != Convolution::Separable),
    ];
    if let Some((name, _)) = others.into_iter().find(|(_, differs)| *differs) {
        let message =
            format!("--{name} is not that of the networks that this begins with: leave it out");
        return Err(Failure::usage(message));
    }
    let direction = model.config().direction().or(direction).unwrap_or_default();
    Ok((model, direction))
}

/// What is said of colours and direction must be so in the networks that this begins with.
fn check_color(train: &Train, model: &Pix2Pix) -> Result<()> {
    let made_for = model.config().direction();
    if train.lab_colorization && made_for.is_none() {
        let message = "--lab-colorization is given, but the networks that this begins with are of RGB: leave it out";
        return Err(Failure::usage(message));
    }
    match (train.direction, made_for) {
        (Some(given), Some(made_for)) if given != made_for => {
            let message = format!(
                "--direction is {given:?}, but the networks that this begins with learn {made_for:?}: leave it out"
            );
            Err(Failure::usage(message))
        }
        _ => Ok(()),
    }
}

/// Checkpoints of later steps would be taken for this training's.
fn check_output(train: &Train, start: u64) -> Result<()> {
    match checkpoint_dir::latest_step(&train.output)? {
        Some(latest) if latest > start && !train.force => {
            let dir = train.output.display();
            let message = format!(
                "{dir} holds a training of {latest} steps: resume it by --checkpoint {dir}, choose another folder, \
                 or give it up with --force"
            );
            Err(Failure::new("output/exists", message))
        }
        _ => Ok(()),
    }
}

fn describe(
    model: &Pix2Pix,
    console: &Console,
    pairs: usize,
    steps: u64,
    direction: Direction,
) -> Result<()> {
    let options = model.options();
    let memory = model.training_memory(&options)?;
    let (ngf, seed) = (model.config().ngf, options.seed);
    let ndf = model.ndf().map(|ndf| format!(", ndf {ndf}")).unwrap_or_default();
    let other = model.patch().filter(|patch| *patch != Patch::default());
    let patch = other.map(|patch| format!(", patches of {} pixels", patch.pixels()));
    let patch = patch.unwrap_or_default();
    let text = format!(
        "{pairs} pairs, {direction:?}, ngf {ngf}{ndf}{patch}, {:.1} million weights in the generator, seed {seed}, {steps} steps; \
         about {:.1} GB of memory",
        model.parameters() as f64 / 1e6,
        memory as f64 / 1e9
    );
    let object = json!({
        "event": "begin", "pairs": pairs, "direction": direction, "ngf": ngf, "ndf": model.ndf(), "patch": model.patch(),
        "seed": seed,
        "step": model.step_count(), "steps": steps, "device": on_device::kind(model.opened().kind),
        "adapter": model.opened().adapter,
    });
    console.progress(&text, object);
    Ok(())
}

fn store_options(model: &Pix2Pix, output: &Path, direction: Direction) -> Result<()> {
    let stored = StoredOptions {
        direction,
        ngf: Some(model.config().ngf),
        ndf: model.ndf(),
        patch: model.patch(),
        train: serde_json::to_value(model.options()).expect("numbers and names are JSON"),
        version: env!("CARGO_PKG_VERSION").into(),
        command: env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect(),
    };
    stored.write(output)
}

fn random_seed() -> u32 {
    RandomState::new().hash_one(0) as u32
}
