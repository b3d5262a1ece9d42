//! Moving averages of the losses, as pix2pix.py shows them.

use serde::{Deserialize, Serialize};

use super::step::Losses;

/// tf.train.ExponentialMovingAverage's decay in the original.
const DECAY: f64 = 0.99;

/// Exponential moving averages that start at zero.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Averages {
    discriminator: Average,
    gan: Average,
    l1: Average,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Average {
    value: f64,
    /// Losses taken in so far.
    count: u64,
}

impl Average {
    fn add(&mut self, loss: f64) {
        self.value = DECAY * self.value + (1.0 - DECAY) * loss;
        self.count += 1;
    }

    fn raw(&self) -> Option<f64> {
        (self.count > 0).then_some(self.value)
    }

    /// Corrected for the start at zero: after one loss it is that loss.
    fn debiased(&self) -> Option<f64> {
        self.raw().map(|value| value / (1.0 - DECAY.powf(self.count as f64)))
    }
}

impl Averages {
    pub fn add(&mut self, losses: &Losses) {
        self.l1.add(losses.l1);
        for (average, loss) in
            [(&mut self.discriminator, losses.discriminator), (&mut self.gan, losses.gan)]
        {
            if let Some(loss) = loss {
                average.add(loss);
            }
        }
    }

    /// Corrected for their start at zero.
    pub fn debiased(&self) -> Losses {
        self.losses(Average::debiased)
    }

    /// As the original shows them.
    pub fn raw(&self) -> Losses {
        self.losses(Average::raw)
    }

    fn losses(&self, of: fn(&Average) -> Option<f64>) -> Losses {
        Losses {
            discriminator: of(&self.discriminator),
            gan: of(&self.gan),
            l1: of(&self.l1).unwrap_or(0.0),
        }
    }
}
