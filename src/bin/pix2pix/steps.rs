//! The steps of a training, and what is written at intervals: progress, losses.csv, pictures, timelines, checkpoints.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use clap::Args;
use image::{Rgba, RgbaImage};
use pix2pix_web::session::ScoreMap;
use pix2pix_web::train::Report;
use pix2pix_web::{Error, Pix2Pix};
use pollster::block_on;
use serde_json::json;

use crate::aspect::AspectRatio;
use crate::checkpoint_dir;
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::gallery::Gallery;
use crate::interrupt;
use crate::summary::Summary;
use crate::whole;

/// How often each output is written; 0 = never.
#[derive(Args)]
pub struct Every {
    /// A line of losses.csv every N steps, 0 for never
    #[arg(long, alias = "summary_freq", value_name = "N", default_value_t = 100)]
    summary_every: u64,
    /// Report progress every N steps
    #[arg(long, alias = "progress_freq", value_name = "N", default_value_t = 50)]
    progress_every: u64,
    /// Write a timeline for Perfetto, trace-STEP.json, every N steps
    #[arg(long, alias = "trace_freq", value_name = "N", default_value_t = 0)]
    trace_every: u64,
    /// Write pictures of the last pair into images/ and index.html every N steps
    #[arg(long, alias = "display_freq", value_name = "N", default_value_t = 0)]
    display_every: u64,
    #[command(flatten)]
    aspect: AspectRatio,
    /// Save a checkpoint every N steps
    #[arg(long, alias = "save_freq", value_name = "N", default_value_t = 5000)]
    save_every: u64,
    /// How many checkpoints are kept
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
    /// `steps` more of a training that has its pairs; an `epoch` of steps sees all of them.
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
        let (gallery, end) = (None, start.saturating_add(steps));
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
                    // A picture that disappeared is no reason to lose what was learned.
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
                    self.console.warn(&format!("{}; the training continues", failure.message));
                }
            }
            if stops {
                saved?;
                let message =
                    format!("stopped at step {step}; it is saved, and --checkpoint resumes it");
                return Err(Failure::interrupted(message));
            }
        }
        saved.and(told)
    }

    /// Whether what is done every `every` steps is done at this one. The last step does all.
    fn due(&self, every: u64, step: u64) -> bool {
        every > 0 && (step.is_multiple_of(every) || step == self.end)
    }

    fn tell(&mut self, report: &Report) -> Result<()> {
        let step = report.step;
        let batch_size = self.model.options().batch_size as f64;
        let pictures = |steps: u64| steps as f64 * batch_size;
        let done = pictures(step - self.start);
        let rate = done / self.began.elapsed().as_secs_f64();
        let epoch = step.div_ceil(self.epoch);
        if self.due(self.every.progress_every, step) {
            let remaining = pictures(self.end - step) / rate;
            self.progress(report, epoch, rate, remaining);
        }
        if self.due(self.every.summary_every, step) {
            self.summary.add(report, epoch, rate)?;
        }
        if let Some(trace) = &report.trace {
            let path = self.output.join(format!("trace-{step}.json"));
            whole::write(&path, |file| file.write_all(trace.as_bytes()))?;
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
        let [input, output, target] = [preview.input, preview.output, preview.target]
            .map(|picture| self.every.aspect.of(picture));
        let mut pictures = vec![("inputs", &input), ("outputs", &output), ("targets", &target)];
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
        self.summary.sync()?;
        let path = checkpoint_dir::save(&self.model, self.output, self.every.keep)?;
        let object = json!({ "event": "saved", "step": self.model.step_count(), "path": path.display().to_string() });
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
