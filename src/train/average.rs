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
    /// Losses so far.
    count: u64,
}

impl Average {
    fn add(&mut self, loss: f64) {
        self.value = DECAY * self.value + (1.0 - DECAY) * loss;
        self.count = self.count.saturating_add(1); // it may come from a file
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_begin_at_zero_and_are_corrected_for_it() {
        let mut averages = Averages::default();
        let losses = |l1| Losses { discriminator: None, gan: Some(1.0), l1 };
        averages.add(&losses(2.0));
        assert!((averages.raw().l1 - 0.02).abs() < 1e-15);
        assert!((averages.debiased().l1 - 2.0).abs() < 1e-12);
        averages.add(&losses(4.0));
        // 0.99 · 0.02 + 0.01 · 4, over 1 - 0.99².
        assert!((averages.debiased().l1 - 0.0598 / 0.0199).abs() < 1e-12);
        assert_eq!(averages.raw().discriminator, None, "none was trained");
        assert!((averages.debiased().gan.unwrap() - 1.0).abs() < 1e-12);
    }
}
