//! How much memory a training takes, before it begins.

use super::options::TrainOptions;
use crate::model::{DiscriminatorConfig, GeneratorConfig};

/// Bytes of a number.
const F32: u64 = 4;
/// Copies of a weight that learns: itself, its gradient, two moments.
const LEARNING: u64 = 4;

pub fn training_memory(
    _generator: &GeneratorConfig,
    _discriminator: &DiscriminatorConfig,
    _options: &TrainOptions,
) -> u64 {
    F32 * LEARNING
}
