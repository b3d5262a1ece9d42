//! `losses.csv`: a line for each summary of a training.
//!
//! The original writes event files for TensorBoard. The crates that write them are not kept up: one needs `protoc` for
//! its build, the other two major versions of `image` and `protobuf` that get no fixes any more. So there is this table,
//! which a spreadsheet or three lines of Python draw, and `--display-every` for the pictures.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use pix2pix_web::train::Report;

use crate::failure::{Failure, Result};

const HEAD: &str = "step,epoch,discrim_loss,gen_loss_GAN,gen_loss_L1,step_discrim_loss,step_gen_loss_GAN,step_gen_loss_L1,\
discriminator_gradient,generator_gradient,learning_rate,images_per_second";

pub struct Summary {
    path: PathBuf,
    file: File,
}

impl Summary {
    /// Opens the folder's table for a training that goes on from `step`. Lines of later steps are of a training that was
    /// given up, and go.
    pub fn open(dir: &Path, step: u64) -> Result<Self> {
        let path = dir.join("losses.csv");
        let failed = |e| Failure::file(&path, "can't be written", e);
        let before = if step > 0 && path.exists() {
            fs::read_to_string(&path).map_err(|e| Failure::file(&path, "can't be read", e))?
        } else {
            String::new()
        };
        let earlier = |line: &&str| {
            let of = line.split(',').next().and_then(|of| of.parse::<u64>().ok());
            of.is_some_and(|of| of <= step)
        };
        let mut table = format!("{HEAD}\n");
        for line in before.lines().filter(earlier) {
            table.push_str(line);
            table.push('\n');
        }
        fs::write(&path, table).map_err(failed)?;
        let file = OpenOptions::new().append(true).open(&path).map_err(failed)?;
        Ok(Self { path, file })
    }

    pub fn add(&mut self, report: &Report, epoch: u64, images_per_second: f64) -> Result<()> {
        let Report { step, losses, raw_averages, gradient_norms, learning_rate, .. } = report;
        let maybe = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
        let line = [
            step.to_string(),
            epoch.to_string(),
            maybe(raw_averages.discriminator),
            maybe(raw_averages.gan),
            raw_averages.l1.to_string(),
            maybe(losses.discriminator),
            maybe(losses.gan),
            losses.l1.to_string(),
            maybe(gradient_norms.discriminator),
            gradient_norms.generator.to_string(),
            learning_rate.to_string(),
            format!("{images_per_second:.3}"),
        ];
        writeln!(self.file, "{}", line.join(","))
            .map_err(|e| Failure::file(&self.path, "can't be written", e))
    }
}
