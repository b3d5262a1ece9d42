//! The steps of a training, and what is done every so often: progress, losses.csv, pictures, timelines, checkpoints.

use std::fs;
use std::path::Path;
use std::time::Instant;

use clap::Args;
use image::{Rgba, RgbaImage};
use pix2pix_web::session::ScoreMap;
use pix2pix_web::train::Report;
use pix2pix_web::{Error, Pix2Pix};
use pollster::block_on;
use serde_json::json;

use crate::checkpoint_dir;
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::gallery::Gallery;
use crate::interrupt;
use crate::summary::Summary;

/// How often what is done, 0 for never.
#[derive(Args)]
pub struct Every {
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
}

/// The steps of one run of the command.
pub struct Run<'a> {
    every: &'a Every,
    output: &'a Path,
    console: &'a Console,
    model: Pix2Pix,
    summary: Summary,
    gallery: Option<Gallery>,
    /// Steps in which every pair is seen once.
    epoch: u64,
    /// Steps of the whole training before this run, and after it.
    start: u64,
    end: u64,
    began: Instant,
}

impl<'a> Run<'a> {
    /// So many steps of a training that has its pairs, an `epoch` of which sees all of them.
    pub fn new(
        model: Pix2Pix,
        steps: u64,
        epoch: u64,
        every: &'a Every,
        output: &'a Path,
        console: &'a Console,
    ) -> Result<Self> {
        let start = model.step_count();
        let (summary, began) = (Summary::open(output, start)?, Instant::now());
        let (gallery, end) = (None, start + steps);
        Ok(Self { every, output, console, model, summary, gallery, epoch, start, end, began })
    }

    pub fn steps(&mut self) -> Result<()> {
        let bar = self.console.bar(self.end - self.start, "training");
        let (mut saved, mut told) = (Ok(()), Ok(()));
        for step in self.start + 1..=self.end {
            if self.due(self.every.trace_every, step) {
                self.model.trace_next()?;
            }
            let report = match block_on(self.model.step()) {
                Ok(report) => report,
                Err(error) => {
                    // A picture that went away is no reason to lose what was learned.
                    let of_a_pair = matches!(error, Error::Picture { .. } | Error::PairSize { .. });
                    if of_a_pair && step > self.start + 1 {
                        self.save()?;
                    }
                    return Err(error.into());
                }
            };
            bar.add(1);
            // What can't be written may find room later; the steps so far are worth more than an end here.
            if let Err(failure) = self.tell(&report) {
                self.console.warn(&failure.message);
                told = Err(failure);
            }
            let stops = interrupt::asked() && step < self.end;
            if stops || self.due(self.every.save_every, step) {
                saved = self.save();
                if let Err(failure) = &saved
                    && !stops
                    && step < self.end
                {
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
        saved.and(told)
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
        if self.due(self.every.progress_every, step) {
            let remaining = ((self.end - step) * batch_size) as f64 / rate;
            self.progress(report, epoch, rate, remaining);
        }
        if self.due(self.every.summary_every, step) {
            self.summary.add(report, epoch, rate)?;
        }
        if let Some(trace) = &report.trace {
            let path = self.output.join(format!("trace-{step}.json"));
            fs::write(&path, trace).map_err(|e| Failure::file(&path, "can't be written", e))?;
        }
        if self.due(self.every.display_every, step) {
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

    fn display(&mut self, step: u64) -> Result<()> {
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
        if self.gallery.is_none() {
            let titles: Vec<&str> = pictures.iter().map(|(title, _)| *title).collect();
            self.gallery = Some(Gallery::open(self.output, true, &titles)?);
        }
        let gallery = self.gallery.as_ref().expect("it was opened above");
        gallery.add(step, &preview.name, &pictures)
    }

    fn save(&self) -> Result<()> {
        let path = checkpoint_dir::save(&self.model, self.output, self.every.keep)?;
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
