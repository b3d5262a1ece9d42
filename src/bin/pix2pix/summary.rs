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
use crate::whole;

const HEAD: &str = "step,epoch,discrim_loss,gen_loss_GAN,gen_loss_L1,step_discrim_loss,step_gen_loss_GAN,step_gen_loss_L1,\
discriminator_gradient,generator_gradient,learning_rate,images_per_second";

pub struct Summary {
    path: PathBuf,
    file: File,
}

impl Summary {
    /// Opens the folder's table for a training that resumes from `step`. Lines of later steps belong to a training that
    /// was given up, and go; so does a line that was not written to its end.
    pub fn open(dir: &Path, step: u64) -> Result<Self> {
        let path = dir.join("losses.csv");
        let before = if step > 0 && path.exists() {
            fs::read_to_string(&path).map_err(|e| Failure::file(&path, "can't be read", e))?
        } else {
            String::new()
        };
        let table = earlier_lines(&before, step);
        whole::write_synced(&path, |file| Ok(file.write_all(table.as_bytes())))?;
        let file = OpenOptions::new().append(true).open(&path);
        let file = file.map_err(|e| Failure::file(&path, "can't be written", e))?;
        Ok(Self { path, file })
    }

    /// Makes the lines so far last, before a checkpoint of the same steps is saved.
    pub fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(|e| Failure::file(&self.path, "can't be written", e))
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
        // At once, so that a line is rarely torn.
        let line = line.join(",") + "\n";
        self.file
            .write_all(line.as_bytes())
            .map_err(|e| Failure::file(&self.path, "can't be written", e))
    }
}

/// The head and the whole lines of a table up to a step.
fn earlier_lines(table: &str, step: u64) -> String {
    let columns = HEAD.split(',').count();
    let earlier = |line: &&str| {
        let mut fields = line.trim_end_matches(['\r', '\n']).split(',');
        let whole = line.ends_with('\n') && fields.clone().count() == columns;
        whole && fields.next().and_then(|of| of.parse::<u64>().ok()).is_some_and(|of| of <= step)
    };
    let lines = table.split_inclusive('\n').filter(earlier);
    std::iter::once(HEAD).chain(["\n"]).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn torn_lines_and_later_steps_go() {
        let line = |step: u64| format!("{step},1,0.5,0.5,0.5,0.5,0.5,0.5,1,1,0.0002,3.000\n");
        let head = format!("{HEAD}\n");
        let table = [head.clone(), line(1), line(2), line(3)].concat();
        assert_eq!(earlier_lines(&table, 2), [head.clone(), line(1), line(2)].concat());
        // Torn within a number, between two, and before the end of the line alone.
        for torn in ["2", "2,1,0.5", line(2).trim_end()] {
            let table = [&head, &line(1), torn].concat();
            assert_eq!(earlier_lines(&table, 9), [head.clone(), line(1)].concat(), "{torn}");
        }
        assert_eq!(earlier_lines("", 5), head);
    }
}
