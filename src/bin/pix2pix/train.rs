//! `pix2pix train`: a training from new weights, from a model, or from a checkpoint.

use std::env;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use image::{Rgba, RgbaImage};
use pix2pix_web::model::GeneratorConfig;
use pix2pix_web::session::{CreateConfig, ScoreMap};
use pix2pix_web::train::Report;
use pix2pix_web::{Error, Pix2Pix};
use pollster::block_on;
use serde_json::json;

use crate::checkpoint_dir;
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::folder::{self, Converted, Direction};
use crate::gallery::Gallery;
use crate::interrupt;
use crate::learning::Learning;
use crate::on_device::{self, DeviceName};
use crate::stored_options::StoredOptions;
use crate::summary::Summary;

/// Widths of new networks.
const WIDTH: usize = 64;

/// Train on a folder of A|B pictures
#[derive(Args)]
pub struct Train {
    /// A folder of A|B pictures: .jpg, else .png, else .webp
    #[arg(long, short, alias = "input_dir", value_name = "DIR")]
    input: PathBuf,
    /// The folder for checkpoints, options.json, losses.csv and pictures
    #[arg(long, short, alias = "output_dir", value_name = "DIR")]
    output: PathBuf,
    /// Go on with this training: a checkpoint, or a folder with one. Its options are kept but for those given here
    #[arg(long, value_name = "PATH", conflicts_with_all = ["generator", "discriminator"])]
    checkpoint: Option<PathBuf>,
    /// Begin with the weights of this model instead of random ones
    #[arg(long, value_name = "FILE")]
    generator: Option<PathBuf>,
    /// Begin with the discriminator of this file
    #[arg(long, value_name = "FILE")]
    discriminator: Option<PathBuf>,
    /// Stop after so many steps of this run; wins over --max-epochs
    #[arg(long, alias = "max_steps", value_name = "N")]
    max_steps: Option<u64>,
    /// Stop after every pair was seen so often in this run
    #[arg(long, alias = "max_epochs", value_name = "N")]
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
    /// Width of a new generator's first layer [default: 64]
    #[arg(long, value_name = "N")]
    ngf: Option<usize>,
    /// Width of a new discriminator's first layer [default: 64]
    #[arg(long, value_name = "N")]
    ndf: Option<usize>,
    /// New networks have biases, as in the original's layout of 2018
    #[arg(long)]
    bias: bool,
    #[command(flatten)]
    learning: Learning,
    /// A line of losses.csv every so many steps, 0 for never
    #[arg(long, alias = "summary_freq", value_name = "STEPS", default_value_t = 100)]
    summary_every: u64,
    /// Tell of progress every so many steps
    #[arg(long, alias = "progress_freq", value_name = "STEPS", default_value_t = 50)]
    progress_every: u64,
    /// Write a timeline for Perfetto, trace-STEP.json, every so many steps
    #[arg(long, alias = "trace_freq", value_name = "STEPS", default_value_t = 0)]
    trace_every: u64,
    /// Write pictures of the last pair into images/ and index.html every so many steps
    #[arg(long, alias = "display_freq", value_name = "STEPS", default_value_t = 0)]
    display_every: u64,
    /// Save a checkpoint every so many steps
    #[arg(long, alias = "save_freq", value_name = "STEPS", default_value_t = 5000)]
    save_every: u64,
    /// So many checkpoints are kept
    #[arg(long, value_name = "N", default_value_t = 1)]
    keep: usize,
    /// A picture that can't be used is an error
    #[arg(long)]
    strict: bool,
    /// Give up the training whose later checkpoints lie in the output folder
    #[arg(long)]
    force: bool,
    #[arg(long, value_enum, default_value_t = DeviceName::Auto)]
    device: DeviceName,
}

pub fn run(train: &Train, console: &Console) -> Result<()> {
    if train.max_steps.or(train.max_epochs).is_none() {
        return Err(Failure::usage("how long? Give --max-steps or --max-epochs"));
    }
    let files = folder::pictures(&train.input)?;
    interrupt::watch();
    let (model, direction) = begin(train, console)?;
    let start = model.step_count();
    let output = &train.output;
    fs::create_dir_all(output).map_err(|e| Failure::file(output, "can't be made", e))?;
    check_output(train, start)?;

    let mut converted = Converted::default();
    let read = |file: &Path| folder::read_pair(file, direction);
    let pairs = folder::each(&files, train.strict, console, read, |pair| {
        converted.count(&pair);
        model.add(pair.name, pair.input, pair.target)
    })?;
    converted.tell(console);
    let batch_size = model.options().batch_size as u64;
    let epoch = (pairs as u64).div_ceil(batch_size);
    let steps = train.max_steps.unwrap_or_else(|| epoch * train.max_epochs.unwrap_or(0));
    describe(&model, console, pairs, steps, direction)?;
    store_options(&model, output, direction)?;

    let (end, summary) = (start + steps, Summary::open(output, start)?);
    let mut run = Run { train, console, model, summary, epoch, start, end, began: Instant::now() };
    run.steps()
}

/// The model with its training begun, and the direction in which it learns.
fn begin(train: &Train, console: &Console) -> Result<(Pix2Pix, Direction)> {
    let opened = on_device::open(train.device, console)?;
    let mut changes = train.learning.changes();
    let mut direction = train.direction;
    let model = if let Some(path) = &train.checkpoint {
        let file = on_device::model_file(path)?;
        let model = on_device::load(&file, opened)?;
        if model.step_count() == 0 {
            let message = format!(
                "{} holds no training: begin with its weights, --generator",
                file.display()
            );
            return Err(Failure::new("train/none", message));
        }
        console.note(&format!("going on with {} at step {}", file.display(), model.step_count()));
        direction = direction.or(StoredOptions::beside(&file)?.map(|stored| stored.direction));
        model
    } else {
        let seed = train.learning.seed.unwrap_or_else(random_seed);
        changes["seed"] = json!(seed);
        match &train.generator {
            Some(file) => on_device::load(file, opened)?,
            None => {
                let (ngf, bias) = (train.ngf.unwrap_or(WIDTH), train.bias);
                let generator = GeneratorConfig { ngf, bias, ..Default::default() };
                let ndf = Some(train.ndf.unwrap_or(WIDTH));
                Pix2Pix::create(&CreateConfig { generator, ndf, seed }, opened)?
            }
        }
    };
    if let Some(file) = &train.discriminator {
        let loaded = model.load_discriminator(&on_device::read(file)?);
        loaded.map_err(|e| Failure::about(e, file))?;
    }
    model.begin(changes, train.checkpoint.is_none())?;
    let alone = model.options().generator_only;
    let found = [("ngf", train.ngf, Some(model.config().ngf)), ("ndf", train.ndf, model.ndf())];
    for (name, given, found) in found {
        if let (Some(given), Some(found)) = (given, found)
            && given != found
            && !(name == "ndf" && alone)
        {
            let message = format!(
                "--{name} is {given}, but the networks that this begins with have {found}: leave it out"
            );
            return Err(Failure::usage(message));
        }
    }
    Ok((model, direction.unwrap_or_default()))
}

/// Checkpoints of later steps would be taken for this training's.
fn check_output(train: &Train, start: u64) -> Result<()> {
    match checkpoint_dir::latest_step(&train.output)? {
        Some(latest) if latest > start && !train.force => {
            let dir = train.output.display();
            let message = format!(
                "{dir} holds a training of {latest} steps: go on with it by --checkpoint {dir}, choose another folder, \
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
    let memory = model.training_memory(json!({}))?;
    let (ngf, seed) = (model.config().ngf, options.seed);
    let ndf = model.ndf().map(|ndf| format!(", ndf {ndf}")).unwrap_or_default();
    let text = format!(
        "{pairs} pairs, {direction:?}, ngf {ngf}{ndf}, {:.1} million weights in the generator, seed {seed}, {steps} steps; \
         about {:.1} GB of memory",
        model.parameters() as f64 / 1e6,
        memory as f64 / 1e9
    );
    let object = json!({
        "event": "begin", "pairs": pairs, "direction": direction, "ngf": ngf, "ndf": model.ndf(), "seed": seed,
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
        train: serde_json::to_value(model.options()).expect("numbers and names are JSON"),
        version: env!("CARGO_PKG_VERSION").into(),
        command: env::args().skip(1).collect(),
    };
    stored.write(output)
}

fn random_seed() -> u32 {
    RandomState::new().hash_one(0) as u32
}

/// The steps of one run of the command.
struct Run<'a> {
    train: &'a Train,
    console: &'a Console,
    model: Pix2Pix,
    summary: Summary,
    /// Steps in which every pair is seen once.
    epoch: u64,
    /// Steps of the whole training before this run, and after it.
    start: u64,
    end: u64,
    began: Instant,
}

impl Run<'_> {
    fn steps(&mut self) -> Result<()> {
        let bar = self.console.bar(self.end - self.start, "training");
        let mut saved = Ok(());
        for step in self.start + 1..=self.end {
            if self.train.trace_every > 0 && self.due(self.train.trace_every, step) {
                self.model.trace_next()?;
            }
            let report = match block_on(self.model.step()) {
                Err(error @ Error::Diverged { .. }) => return Err(error.into()),
                other => other?,
            };
            bar.add(1);
            self.tell(&report)?;
            let stops = interrupt::asked() && step < self.end;
            if stops || self.due(self.train.save_every, step) {
                saved = self.save();
                if let Err(failure) = &saved {
                    // Later there may be room again; the steps so far are worth more than an end here.
                    self.console.warn(&format!("{}; the training goes on", failure.message));
                }
            }
            if stops {
                saved?;
                let message =
                    format!("stopped at step {step}; it is saved, --checkpoint goes on with it");
                return Err(Failure::interrupted(message));
            }
        }
        saved
    }

    /// Whether something that is done every so often is done at this step. The last one does all.
    fn due(&self, every: u64, step: u64) -> bool {
        every > 0 && (step.is_multiple_of(every) || step == self.end)
    }

    fn tell(&mut self, report: &Report) -> Result<()> {
        let step = report.step;
        let batch_size = self.model.options().batch_size as u64;
        let done = ((step - self.start) * batch_size) as f64;
        let rate = done / self.began.elapsed().as_secs_f64();
        let epoch = step.div_ceil(self.epoch);
        if self.due(self.train.progress_every, step) {
            let remaining = ((self.end - step) * batch_size) as f64 / rate;
            self.progress(report, epoch, rate, remaining);
        }
        if self.due(self.train.summary_every, step) {
            self.summary.add(report, epoch, rate)?;
        }
        if let Some(trace) = &report.trace {
            let path = self.train.output.join(format!("trace-{step}.json"));
            fs::write(&path, trace).map_err(|e| Failure::file(&path, "can't be written", e))?;
        }
        if self.due(self.train.display_every, step) {
            self.display(step)?;
        }
        Ok(())
    }

    /// As the original prints it.
    fn progress(&self, report: &Report, epoch: u64, rate: f64, remaining: f64) {
        let losses = report.raw_averages;
        let step = (report.step - 1) % self.epoch + 1;
        let minutes = remaining as u64 / 60;
        let mut text = format!(
            "progress  epoch {epoch}  step {step}  image/sec {rate:.1}  remaining {minutes}m"
        );
        let named = [
            ("discrim_loss", losses.discriminator),
            ("gen_loss_GAN", losses.gan),
            ("gen_loss_L1", Some(losses.l1)),
        ];
        for (name, loss) in named {
            if let Some(loss) = loss {
                text.push_str(&format!("\n{name} {}", loss as f32));
            }
        }
        let object = json!({
            "event": "progress", "epoch": epoch, "step": report.step, "imagesPerSecond": rate,
            "remainingSeconds": remaining, "averages": losses, "losses": report.losses,
        });
        self.console.progress(&text, object);
    }

    fn display(&self, step: u64) -> Result<()> {
        let preview = block_on(self.model.preview())?;
        let maps = preview.maps.map(|maps| maps.map(|map| map_picture(&map)));
        let mut pictures = vec![
            ("inputs", &preview.input),
            ("outputs", &preview.output),
            ("targets", &preview.target),
        ];
        if let Some([real, fake]) = &maps {
            pictures.extend([("predict_real", real), ("predict_fake", fake)]);
        }
        let titles: Vec<&str> = pictures.iter().map(|(title, _)| *title).collect();
        Gallery::open(&self.train.output, true, &titles)?.add(step, &preview.name, &pictures)
    }

    fn save(&self) -> Result<()> {
        let path = checkpoint_dir::save(&self.model, &self.train.output, self.train.keep)?;
        let object = json!({ "event": "saved", "step": self.model.step_count(), "path": path });
        self.console.progress(&format!("saved {}", path.display()), object);
        Ok(())
    }
}

/// Probabilities as greys.
fn map_picture(map: &ScoreMap) -> RgbaImage {
    RgbaImage::from_fn(map.width as u32, map.height as u32, |x, y| {
        let grey = (map.values[y as usize * map.width + x as usize] * 255.0).round() as u8;
        Rgba([grey, grey, grey, 255])
    })
}
