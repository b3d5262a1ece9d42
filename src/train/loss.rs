//! The losses of pix2pix.py, from the discriminator's logits, and two others.

use burn::tensor::activation::{log_sigmoid, relu, sigmoid};
use burn::tensor::{Gradients, Tensor};
use serde::{Deserialize, Serialize};

/// The original's EPS.
const EPS: f64 = 1e-12;

/// How the two networks judge the discriminator's map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GanLoss {
    /// The original's: cross-entropy for the discriminator, `-log D(fake)` for the generator. Computed from
    /// logits, so that the gradient lives on where the sigmoid saturates.
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

impl GanLoss {
    /// The discriminator's loss: `[B, 1, h, w]` logits of real and of fake pairs -> `[1]`.
    pub fn discriminator(self, real: Tensor<4>, fake: Tensor<4>) -> Tensor<1> {
        match self {
            // -log(sigmoid(x)) and -log(1 - sigmoid(x)) = -log(sigmoid(-x))
            GanLoss::Vanilla => -(log_sigmoid(real) + log_sigmoid(-fake)).mean(),
            GanLoss::VanillaEps => {
                -((sigmoid(real) + EPS).log() + (-sigmoid(fake) + 1.0 + EPS).log()).mean()
            }
            GanLoss::Lsgan => ((real - 1.0).square() + fake.square()).mean() / 2.0,
            GanLoss::Hinge => (relu(-real + 1.0) + relu(fake + 1.0)).mean(),
        }
    }

    /// The generator's loss before the discriminator: `[B, 1, h, w]` logits -> `[1]`.
    pub fn generator(self, fake: Tensor<4>) -> Tensor<1> {
        match self {
            GanLoss::Vanilla => -log_sigmoid(fake).mean(),
            GanLoss::VanillaEps => -(sigmoid(fake) + EPS).log().mean(),
            GanLoss::Lsgan => (fake - 1.0).square().mean() / 2.0,
            GanLoss::Hinge => -fake.mean(),
        }
    }
}

impl GanLoss {
    /// The discriminator's loss, and its gradients: of the real pairs' logits, and of the fake ones'.
    pub fn discriminator_gradients(
        self,
        real: Tensor<4>,
        fake: Tensor<4>,
    ) -> (Tensor<1>, [Tensor<4>; 2]) {
        let [real, fake] = [real, fake].map(|logits| logits.autodiff().require_grad());
        let loss = self.discriminator(real.clone(), fake.clone());
        let gradients = loss.backward();
        (loss.inner(), [real, fake].map(|logits| of(&logits, &gradients)))
    }

    /// The generator's loss before the discriminator, and its gradient.
    pub fn generator_gradient(self, fake: Tensor<4>) -> (Tensor<1>, Tensor<4>) {
        let fake = fake.autodiff().require_grad();
        let loss = self.generator(fake.clone());
        let gradients = loss.backward();
        (loss.inner(), of(&fake, &gradients))
    }
}

fn of(logits: &Tensor<4>, gradients: &Gradients) -> Tensor<4> {
    logits.grad(gradients).expect("the loss is made of them")
}

/// Mean absolute difference: two of `[B, C, H, W]` -> `[1]`.
pub fn l1(target: Tensor<4>, output: Tensor<4>) -> Tensor<1> {
    (target - output).abs().mean()
}
