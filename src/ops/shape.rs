//! What an operation is told besides its tensors: of no device.

/// What an update is made with; see [`crate::train::Adam`].
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    pub beta1: f64,
    pub beta2: f64,
    pub epsilon: f64,
    /// With both corrections.
    pub step_size: f64,
    /// What the gradient is multiplied with: 1, unless it is clipped.
    pub clip: f64,
}
