//! What the channels of a network's pictures are.

use serde::{Deserialize, Serialize};

/// What the channels of a network's pictures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// Red, green and blue of both sides of a pair, where there are three channels.
    #[default]
    Rgb,
    /// CIE Lab of one photograph, as with pix2pix.py's `--lab_colorization`: the side of one channel is its lightness, that
    /// of two its colours, a and b.
    Lab,
}

/// Which of a pair's sides is the input; the other one is the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Direction {
    #[default]
    #[cfg_attr(feature = "cli", value(name = "AtoB"))]
    AtoB,
    #[cfg_attr(feature = "cli", value(name = "BtoA"))]
    BtoA,
}

impl Color {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Channels of the input and of the output. In Lab, A is lightness and B colours.
    ///
    /// ```
    /// use pix2pix_web::model::{Color, Direction};
    ///
    /// assert_eq!(Color::Lab.channels(Direction::AtoB), [1, 2]);
    /// assert_eq!(Color::Rgb.channels(Direction::BtoA), [3, 3]);
    /// ```
    pub fn channels(self, direction: Direction) -> [usize; 2] {
        match (self, direction) {
            (Self::Rgb, _) => [3, 3],
            (Self::Lab, Direction::AtoB) => [1, 2],
            (Self::Lab, Direction::BtoA) => [2, 1],
        }
    }

    /// The direction of a network of these channels; `None` in RGB, where they are the same in both, and for channels that
    /// Lab does not have.
    pub fn direction(self, channels: [usize; 2]) -> Option<Direction> {
        let directions = [Direction::AtoB, Direction::BtoA].into_iter();
        let mut fitting = directions.filter(|direction| self.channels(*direction) == channels);
        fitting.next().filter(|_| self == Self::Lab)
    }

    /// What such channels are in a file that does not say: pix2pix.py has no others.
    pub(crate) fn of_channels(channels: [usize; 2]) -> Self {
        match channels {
            [1, 2] | [2, 1] => Self::Lab,
            _ => Self::Rgb,
        }
    }
}
