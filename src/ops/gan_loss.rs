//! How two networks are judged by the discriminator's logits.

use serde::{Deserialize, Serialize};

/// The original's EPS.
pub(super) const EPS: f32 = 1e-12;

/// How the two networks judge the discriminator's map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum GanLoss {
    /// The original's: cross-entropy for the discriminator, `-log D(fake)` for the generator. Computed from
    /// logits, so that the gradient does not vanish where the sigmoid saturates.
    #[default]
    Vanilla,
    /// The original's literal form, `-log(D + 1e-12)`. In single precision `1 - D` and its gradient are zero
    /// from logits of 17 on. For comparison.
    VanillaEps,
    /// Least squares (Mao et al. 2017, eq. 9 with labels 0 and 1).
    Lsgan,
    /// Hinge (Lim and Ye 2017).
    Hinge,
}

/// Of one logit: a loss and its slope.
pub(super) type Term = [f32; 2];

impl GanLoss {
    /// The discriminator's loss and the generator's; the slopes of the former by the logits of real pairs and then of as many
    /// fake ones, and those of the latter by the logits of the fake ones.
    pub(super) fn of_logits(self, logits: &[f32]) -> ([f32; 2], Vec<f32>, Vec<f32>) {
        let (real, fake) = logits.split_at(logits.len() / 2);
        let count = fake.len();
        let sum_and_slopes = |logits: &[f32], of: &dyn Fn(f32) -> [f32; 2]| {
            let mut sum = 0.0;
            let slopes = logits.iter().map(|logit| {
                let [value, slope] = of(*logit);
                sum += f64::from(value);
                slope / count as f32
            });
            let slopes: Vec<f32> = slopes.collect();
            (sum / count as f64, slopes)
        };
        let (of_real, real) = sum_and_slopes(real, &|logit| self.of_real(logit));
        let (of_push, push) = sum_and_slopes(fake, &|logit| self.of_push(logit));
        let (of_fake, fake) = sum_and_slopes(fake, &|logit| self.of_fake(logit));
        ([(of_real + of_fake) as f32, of_push as f32], [real, fake].concat(), push)
    }

    /// The discriminator's, of a real pair.
    pub(super) fn of_real(self, logit: f32) -> Term {
        match self {
            Self::Vanilla => softplus(-logit, -1.0),
            Self::VanillaEps => log_sigmoid_eps(logit),
            Self::Lsgan => [(logit - 1.0).powi(2) / 2.0, logit - 1.0],
            Self::Hinge if logit < 1.0 => [1.0 - logit, -1.0],
            Self::Hinge => [0.0, 0.0],
        }
    }

    /// The discriminator's, of a fake pair.
    pub(super) fn of_fake(self, logit: f32) -> Term {
        match self {
            Self::Vanilla => softplus(logit, 1.0),
            Self::VanillaEps => {
                let d = sigmoid(logit);
                let other = 1.0 - d + EPS;
                [-other.ln(), d * (1.0 - d) / other]
            }
            Self::Lsgan => [logit.powi(2) / 2.0, logit],
            Self::Hinge if logit > -1.0 => [1.0 + logit, 1.0],
            Self::Hinge => [0.0, 0.0],
        }
    }

    /// The generator's, of a fake pair.
    pub(super) fn of_push(self, logit: f32) -> Term {
        match self {
            Self::Vanilla | Self::VanillaEps | Self::Lsgan => self.of_real(logit),
            Self::Hinge => [-logit, -1.0],
        }
    }
}

/// `log(1 + e^x)`, without an overflow, where `x` is the logit times `sign`; the slope is the logit's.
fn softplus(x: f32, sign: f32) -> Term {
    [x.max(0.0) + (-x.abs()).exp().ln_1p(), sign * sigmoid(x)]
}

/// `-log(D + EPS)`
fn log_sigmoid_eps(logit: f32) -> Term {
    let d = sigmoid(logit);
    [-(d + EPS).ln(), -d * (1.0 - d) / (d + EPS)]
}

/// Without an overflow.
fn sigmoid(x: f32) -> f32 {
    let e = (-x.abs()).exp();
    if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOSSES: [GanLoss; 4] =
        [GanLoss::Vanilla, GanLoss::VanillaEps, GanLoss::Lsgan, GanLoss::Hinge];

    /// Against differences of the losses themselves, away from where the hinges bend.
    #[test]
    fn slopes_are_those_of_the_losses() {
        const STEP: f32 = 1.0 / 64.0;
        for loss in LOSSES {
            let terms: [&dyn Fn(f32) -> Term; 3] =
                [&|x| loss.of_real(x), &|x| loss.of_fake(x), &|x| loss.of_push(x)];
            for of in terms {
                for x in [-2.5, -1.5, -0.25, 0.5, 2.0] {
                    let slope = (of(x + STEP)[0] - of(x - STEP)[0]) / (2.0 * STEP);
                    // Round-off of the loss, 1e-7, over the step, and the third derivative times its square.
                    assert!((of(x)[1] - slope).abs() < 1e-4, "{loss:?} at {x}");
                }
            }
        }
    }

    /// The reason for losses from logits.
    #[test]
    fn the_gradient_does_not_vanish_where_the_discriminator_is_sure() {
        assert_eq!(GanLoss::Vanilla.of_push(-100.0), [100.0, -1.0]);
        let [value, slope] = GanLoss::VanillaEps.of_push(-100.0);
        // -ln(1e-12) is all that it can say.
        assert!((value - 27.63).abs() < 0.01 && slope.abs() < 1e-6, "{value}, {slope}");
    }
}
