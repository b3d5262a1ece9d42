//! `pix2pix test`: a model on pairs that it has not seen; pictures, and how far they are off.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use image::RgbaImage;
use pix2pix_web::Pix2Pix;
use pix2pix_web::data::{hints, square};
use pix2pix_web::random::Random;
use pix2pix_web::score::{Score, score};
use pollster::block_on;
use serde_json::json;

use crate::console::Console;
use crate::failure::Result;
use crate::folder::{self, Converted, Direction, Pair};
use crate::gallery::Gallery;
use crate::interrupt;
use crate::on_device::{self, DeviceName};
use crate::stored_options::StoredOptions;

/// Test a model on a folder of A|B pictures: pictures, a gallery, and L1, PSNR, SSIM
#[derive(Args)]
pub struct Test {
    /// A checkpoint, a folder with one, or a model file of any format
    #[arg(long, alias = "model", value_name = "PATH")]
    checkpoint: PathBuf,
    /// A folder of A|B pictures: .jpg, else .png, else .webp
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
    /// Lay so many colour hints of the target into each input: the same for every model
    #[arg(long, value_name = "N", default_value_t = 0)]
    hints: usize,
    /// Only the first so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// A picture that can't be used is an error
    #[arg(long)]
    strict: bool,
    #[arg(long, value_enum, default_value_t = DeviceName::Auto)]
    device: DeviceName,
}

pub fn run(test: &Test, console: &Console) -> Result<()> {
    let mut files = folder::pictures(&test.input)?;
    files.truncate(test.limit.unwrap_or(usize::MAX));
    interrupt::watch();
    let file = on_device::model_file(&test.checkpoint)?;
    let stored = StoredOptions::beside(&file)?.map(|stored| stored.direction);
    let direction = test.direction.or(stored).unwrap_or_default();
    let model = on_device::load(&file, on_device::open(test.device, console)?)?;
    let gallery = Gallery::open(&test.output, false, &["input", "output", "target"])?;

    let mut converted = Converted::default();
    let mut scores: Vec<Score> = Vec::new();
    let mut computing = Duration::ZERO;
    let read = |file: &Path| folder::read_pair(file, direction);
    let mut seeds = test.seed..;
    let used = folder::each(&files, test.strict, console, read, |mut pair| {
        converted.count(&pair);
        if test.hints > 0 {
            pair.input = hinted(&model, &pair, test.hints, scores.len() as u64);
        }
        let seed = seeds.next().filter(|_| !test.no_dropout);
        let began = Instant::now();
        let evaluation = block_on(model.evaluate(pair.name, pair.input, pair.target, seed))?;
        computing += began.elapsed();
        let preview = evaluation.preview;
        scores.push(score(&preview.output, &preview.target));
        let pictures = [
            ("inputs", &preview.input),
            ("outputs", &preview.output),
            ("targets", &preview.target),
        ];
        gallery.add(0, &preview.name, &pictures)
    })?;
    converted.tell(console);

    let Score { l1, psnr, ssim } = Score::mean(&scores);
    let rate = used as f64 / computing.as_secs_f64();
    let index = gallery.index();
    let text = format!(
        "{used} pictures: L1 {l1:.4}, PSNR {psnr:.2} dB, SSIM {ssim:.4}; {rate:.1} images/s\nwrote {}",
        index.display()
    );
    let object = json!({
        "event": "tested", "model": file, "step": model.step_count(), "pictures": used, "l1": l1, "psnr": psnr,
        "ssim": ssim, "imagesPerSecond": rate, "dropout": !test.no_dropout, "index": index,
    });
    console.result(&text, object);
    Ok(())
}

/// The input with strokes of the target's colours, whose places depend on the pair's number alone.
fn hinted(model: &Pix2Pix, pair: &Pair, count: usize, number: u64) -> RgbaImage {
    let fit = model.options().fit;
    let [input, target] =
        [&pair.input, &pair.target].map(|side| square(side.clone(), model.config().size(), fit));
    let mut random = Random::new(number);
    RgbaImage::from(&hints::lay(&input, &target, count, hints::Colors::Exact, &mut random))
}
