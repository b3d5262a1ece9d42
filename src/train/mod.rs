//! Training, one step at a time, as pix2pix.py trains.
//!
//! ```text
//! pairs ─> Pairs::batch ─> Pending::compute ─> losses, gradients ─> Adam ─> networks
//!                              (step)                                (D's, then G's)
//! ```
//!
//! A [`Trainer`] holds what lasts from step to step. Its randomness comes from the seed: the same options, pairs and
//! device give the same run, and a run that was saved and resumed gives the same weights.

mod adam;
mod average;
mod checkpoint;
mod loss;
mod memory;
mod options;
mod stage;
mod step;
mod timings;
mod trace;
mod trainer;
mod weight_average;

pub use crate::data::Lines;
pub use crate::model::Kernels;
pub use crate::ops::{GanLoss, l1};
pub use adam::Adam;
pub use average::Averages;
pub(crate) use memory::POOLS;
pub use memory::{largest_tensor, training_memory};
pub use options::{Decay, Freeze, TrainOptions};
pub use stage::{Progress, Stage};
pub use step::{GradientNorms, Losses, Pending, Plan};
pub use trace::Trace;
pub use trainer::{Networks, Report, StepInFlight, Trainer};
