//! How pairs become batches; the defaults are pix2pix.py's.

use serde::{Deserialize, Serialize};

use crate::image::Fit;
use crate::model::Color;

/// What becomes of the sketches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Lines {
    /// They are cut out and mirrored with their targets, as in the original.
    #[default]
    Given,
    /// Two in three are drawn from the target at each step, as drawings by hand vary (see [`super::lines`]), and both
    /// sides of every pair are turned, scaled and bent a little: for sketches that were made by edge detection.
    Varied,
}

/// How [`super::Pairs`] makes its batches. A training takes these from [`crate::train::TrainOptions::augment`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AugmentOptions {
    /// Pixels on a side of the pictures in a batch. Default 256.
    pub size: usize,
    /// Pictures are resized to a square of this many pixels a side, at least `size`, before a part is cut out. Default
    /// 286.
    pub scale_size: usize,
    /// What the channels are. Of `Lab` the examples are single photographs, and nothing is varied but where they are cut and
    /// whether they are mirrored. Default `Rgb`.
    pub color: Color,
    /// Channels of the input and of the target. Default 3 and 3.
    pub channels: [usize; 2],
    /// Pairs in a batch. Default 1.
    pub batch_size: usize,
    /// Mirror at random. Default true.
    pub flip: bool,
    /// How a picture becomes a square. Default `Stretch`.
    pub fit: Fit,
    /// Default `Given`.
    pub lines: Lines,
    /// The share of sketches that get colour hints, 0 to 1. Default 0.
    pub hints: f64,
    /// The share of those whose targets have their colour channels exchanged, 0 to 1. Default 0.
    pub recolor: f64,
    /// Hints fill the regions that they lie in ([`crate::image::spread`]). Default false.
    pub spread_hints: bool,
    /// Decides the order, and all that is random. Default 0.
    pub seed: u32,
}

impl Default for AugmentOptions {
    fn default() -> Self {
        Self {
            size: 256,
            scale_size: 286,
            color: Color::Rgb,
            channels: [3, 3],
            batch_size: 1,
            flip: true,
            fit: Fit::Stretch,
            lines: Lines::Given,
            hints: 0.0,
            recolor: 0.0,
            spread_hints: false,
            seed: 0,
        }
    }
}
