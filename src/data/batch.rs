//! What one step of a training sees.

use burn::tensor::Tensor;

/// Pictures for one step: `[B, in, S, S]` and `[B, out, S, S]` in [-1, 1].
#[derive(Debug, Clone)]
pub struct Batch {
    pub input: Tensor<4>,
    pub target: Tensor<4>,
    /// For each pair, whether its sketch has colour hints.
    pub hinted: Vec<bool>,
}
