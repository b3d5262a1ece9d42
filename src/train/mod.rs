//! Training, one step at a time, as pix2pix.py trains.
//!
//! ```text
//! pairs ─> Pairs::batch ─> Pending::compute ─> losses, gradients ─> Adam ─> networks
//!                              (step)                                (D's, then G's)
//! ```
//!
//! A [`Trainer`] holds what lasts from step to step, and nothing of it is random: the same options, pairs and
//! device give the same run, and a run that was saved and resumed gives the same weights.

mod adam;
mod average;
mod checkpoint;
mod kernels;
mod loss;
mod memory;
mod options;
mod pairs;
mod stage;
mod step;
mod trace;
mod trainer;

pub use adam::Adam;
pub use average::Averages;
pub use loss::{GanLoss, l1};
pub use memory::training_memory;
pub use options::{Decay, Freeze, Lines, TrainOptions};
pub use pairs::{Pairs, ReadPair, check_shapes};
pub use stage::{Progress, Stage};
pub use step::{Batch, GradientNorms, Losses, Pending, Plan};
pub use trace::Trace;
pub use trainer::{Networks, Report, Trainer};
