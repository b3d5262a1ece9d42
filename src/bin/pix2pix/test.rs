//! `pix2pix test`: a model on pairs that it has not seen; pictures, and how far they are off.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use image::RgbaImage;
use pix2pix_web::Pix2Pix;
use pix2pix_web::data::hints::{self, Hints};
use pix2pix_web::data::square;
use pix2pix_web::device::Choice;
use pix2pix_web::image::{Canvas, Size};
use pix2pix_web::model::{Color, Direction};
use pix2pix_web::random::Random;
use pix2pix_web::score::{Score, score};
use pix2pix_web::session::{EvaluateOptions, Evaluation};
use pollster::block_on;
use serde_json::json;

use crate::aspect::AspectRatio;
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::folder::{self, Names};
use crate::gallery::Gallery;
use crate::interrupt;
use crate::model_file::ModelFile;
use crate::on_device;
use crate::pair::{self, Framing, Pair, Photo, Tally};

/// Test a model on a folder of A|B pictures, or of photographs to colour: pictures, a gallery, and L1, PSNR, SSIM
#[derive(Args)]
pub struct Test {
    /// A checkpoint, a folder with one, or a model file of any format
    #[arg(long, alias = "model", value_name = "PATH")]
    checkpoint: PathBuf,
    /// A folder of A|B pictures, or for a model of --lab-colorization of photographs: .jpg, or where there are none .png,
    /// .webp, .bmp, .gif, .tif
    #[arg(long, short, alias = "input_dir", value_name = "DIR")]
    input: PathBuf,
    /// The folder for images/ and index.html
    #[arg(long, short, alias = "output_dir", value_name = "DIR")]
    output: PathBuf,
    /// Which half is the input [default: that of the training, else AtoB]
    #[arg(
        long,
        alias = "which-direction",
        alias = "which_direction",
        value_enum,
        ignore_case = true
    )]
    direction: Option<Direction>,
    /// Without dropout: a picture gives one answer. The original keeps it on
    #[arg(long)]
    no_dropout: bool,
    /// Decides the dropout
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u32,
    /// Pixels on a side of the squares that pairs are brought to, a multiple of the network's [default: the network's]
    #[arg(long, value_name = "N")]
    size: Option<u32>,
    #[command(flatten)]
    aspect: AspectRatio,
    /// Lay N colour hints of the target into each input: the same for every model
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=1000))]
    hints: u16,
    /// The hints fill the regions that they lie in: for models that were trained with --spread-hints
    #[arg(long, requires = "hints")]
    spread_hints: bool,
    /// Only the first N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// The halves of each picture are a pair, also where they look like one picture
    #[arg(long)]
    halves: bool,
    /// A picture that can't be used is an error
    #[arg(long)]
    strict: bool,
    /// Where the networks run
    #[arg(long, value_enum, default_value_t)]
    device: Choice,
}

pub fn run(test: &Test, console: &Console) -> Result<()> {
    let mut files = folder::pictures(&test.input, console)?;
    files.truncate(test.limit.map_or(usize::MAX, |limit| limit.try_into().unwrap_or(usize::MAX)));
    interrupt::watch();
    let file = ModelFile::open(&test.checkpoint)?;
    let stored = file.options()?.map(|stored| stored.direction);
    let direction = test.direction.or(stored).unwrap_or_default();
    let model = file.load(on_device::open(test.device, console)?)?;
    let path = file.path;
    drop(file.bytes);
    let is_lab = model.config().color == Color::Lab;
    let unit = model.config().size();
    if let Some(side) = test.size {
        Canvas::new(Size::Of(side, side), (side, side), unit)?;
    }
    let side = test.size.map_or(unit, |side| side as usize);
    if is_lab && test.hints > 0 {
        let message = "--hints are for sketches, and this model colours photographs: leave it out";
        return Err(Failure::usage(message));
    }
    if let Some(made_for) = model.config().direction()
        && test.direction.is_some_and(|given| given != made_for)
    {
        return Err(Failure::usage(format!(
            "this model works {made_for:?}: leave --direction out"
        )));
    }
    if !is_lab && !test.halves {
        pair::refuse_single_pictures(&test.input, &files)?;
    }
    let gallery = Gallery::open(&test.output, false, &["input", "output", "target"])?;
    let mut tested = Tested {
        test,
        gallery,
        names: Names::default(),
        scores: Vec::new(),
        computing: Duration::ZERO,
    };
    let mut tally = Tally::default();
    let used = if is_lab {
        Photo::reading(console, test.strict).each(&files, Photo::read, |photo| {
            tally.count_photo(&photo);
            tested.add(photo.name, |name, options| {
                block_on(model.evaluate_photo(name, photo.picture, options))
            })
        })?
    } else {
        let framing = Framing { direction, side, fit: model.options().fit };
        let read = |file: &Path| framing.read(file);
        framing.reading(console, test.strict).each(&files, read, |mut pair| {
            tally.count(&pair);
            if test.hints > 0 {
                pair.input = hinted(&pair, side, &model, test, tested.scores.len() as u64);
            }
            tested.add(pair.name, |name, options| {
                block_on(model.evaluate(name, pair.input, pair.target, options))
            })
        })?
    };
    match is_lab {
        true => tally.tell_of_photos(console),
        false => tally.tell(test.halves, console),
    }

    let Score { l1, psnr, ssim } = Score::mean(&tested.scores);
    let rate = used as f64 / tested.computing.as_secs_f64();
    let index = tested.gallery.index();
    let text = format!(
        "{used} pictures: L1 {l1:.4}, PSNR {psnr:.2} dB, SSIM {ssim:.4}; {rate:.1} images/s\nwrote {}",
        index.display()
    );
    let object = json!({
        "event": "tested", "model": path.display().to_string(), "step": model.step_count(), "pictures": used, "l1": l1, "psnr": psnr,
        "ssim": ssim, "imagesPerSecond": rate, "dropout": !test.no_dropout, "index": index.display().to_string(),
    });
    console.result(&text, object);
    Ok(())
}

/// A test under way.
struct Tested<'a> {
    test: &'a Test,
    gallery: Gallery,
    names: Names,
    scores: Vec<Score>,
    /// In the networks.
    computing: Duration,
}

impl Tested<'_> {
    /// Scores and shows what `evaluate` makes of one more example. The dropout of each has a seed of its own.
    fn add(
        &mut self,
        name: String,
        evaluate: impl FnOnce(String, EvaluateOptions) -> pix2pix_web::Result<Evaluation>,
    ) -> Result<()> {
        let seed = self.test.seed.wrapping_add(self.scores.len() as u32);
        let dropout = Some(seed).filter(|_| !self.test.no_dropout);
        let name = self.names.unique(name);
        let began = Instant::now();
        let options = EvaluateOptions { dropout, size: self.test.size, ..Default::default() };
        let preview = evaluate(name, options)?.preview;
        self.computing += began.elapsed();
        self.scores.push(score(&preview.output, &preview.target));
        let [input, output, target] = [preview.input, preview.output, preview.target]
            .map(|picture| self.test.aspect.of(picture));
        let pictures = [("inputs", &input), ("outputs", &output), ("targets", &target)];
        self.gallery.add(0, &preview.name, &pictures)
    }
}

/// The input with strokes of the target's colours, whose places depend on the pair's place in the folder alone.
fn hinted(pair: &Pair, side: usize, model: &Pix2Pix, test: &Test, place: u64) -> RgbaImage {
    let fit = model.options().fit;
    let [input, target] =
        [&pair.input, &pair.target].map(|picture| square(picture.clone(), side, fit));
    let mut random = Random::new(place);
    let hints =
        Hints { count: test.hints.into(), colors: hints::Colors::Exact, spread: test.spread_hints };
    RgbaImage::from(&hints::lay(&input, &target, hints, &mut random))
}
