//! One step of pix2pix.py: losses and gradients of both networks at the same weights, then the discriminator's
//! update, then the generator's.
//!
//! ```text
//! input ─ G ─ fake ─ D (real pair, fake pair) ─┬─ D's loss ─ D's gradients
//!                                              └─ G's loss ─ through D (its weights held) and G ─ G's gradients
//! ```
//!
//! Both gradients come from one pass of the fake pair. Burn's graph serves one backward pass, so it is the generator's
//! alone: the discriminator is gone back through by hand.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};
use serde::Serialize;

use super::adam::Adam;
use super::loss::l1;
use super::options::TrainOptions;
use super::trace::Trace;
use crate::device::values;
use crate::error::{Error, Result};
use crate::model::{Discriminator, Generator, Mode};
use crate::ops;

/// Pictures for one step: `[B, in, S, S]` and `[B, out, S, S]` in [-1, 1].
#[derive(Debug, Clone)]
pub struct Batch {
    pub input: Tensor<4>,
    pub target: Tensor<4>,
}

/// The losses of a step, each a mean over the batch, unweighted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Losses {
    /// `None` where no discriminator is trained.
    pub discriminator: Option<f64>,
    /// The generator's loss before the discriminator.
    pub gan: Option<f64>,
    pub l1: f64,
}

/// Norms of the whole gradients.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GradientNorms {
    pub discriminator: Option<f64>,
    pub generator: f64,
}

/// A network, and the gradients of its parameters in their order, `[n]` each; `None` for one that does not learn.
struct Half<M> {
    network: M,
    gradients: Vec<Option<Tensor<1>>>,
}

/// Both networks' gradients at the same weights, before either is updated.
pub struct Pending {
    generator: Half<Generator>,
    discriminator: Option<Half<Discriminator>>,
    /// Losses and squared norms on the device: `[3]` or, with a discriminator, `[5]`.
    numbers: Tensor<1>,
}

/// How one step runs.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    pub options: &'a TrainOptions,
    pub mode: Mode,
    /// Whether the discriminator pushes the generator yet.
    pub pushes: bool,
    /// For each parameter of the generator, in the order of `named_parameters`, whether it learns.
    pub learns: &'a [bool],
}

impl Pending {
    /// Losses and gradients of both networks, queued on the device.
    pub fn compute(
        generator: &Generator,
        discriminator: Option<&Discriminator>,
        batch: Batch,
        plan: Plan,
        trace: &mut Trace,
    ) -> Self {
        let Batch { input, target } = batch;
        let (loss, gan_weight) = (plan.options.loss, plan.options.gan_weight);
        let tracked = track(generator, plan.learns.iter().copied());
        let fake = trace.phase("generator forward", || tracked.forward(input.clone(), plan.mode));

        let difference = l1(target.clone(), fake.clone());
        let l1 = difference.clone().inner();
        let mut total = difference * plan.options.l1_weight;
        let mut numbers = Vec::with_capacity(5);
        let discriminator = discriminator.map(|network| {
            // Two passes, each with its own batch statistics, as in the original.
            let [real_pass, fake_pass] = trace.phase("discriminator forward", || {
                [target, fake.clone().inner()].map(|picture| network.pass(input.clone(), picture))
            });
            let fake_logits = fake_pass.logits.clone();
            let (d_loss, [of_real, of_fake]) =
                loss.discriminator_gradients(real_pass.logits.clone(), fake_logits.clone());
            let (gan, of_gan) = loss.generator_gradient(fake_logits);
            numbers.extend([d_loss, l1.clone(), gan]);
            let gradients = trace.phase("discriminator backward", || {
                let real = network.parameter_gradients(&real_pass, of_real);
                drop(real_pass);
                let fake = network.parameter_gradients(&fake_pass, of_fake);
                real.into_iter().zip(fake).map(|(real, fake)| Some(real + fake)).collect()
            });
            if plan.pushes && gan_weight > 0.0 {
                // A loss whose gradient is the one that comes back through the discriminator.
                let push = trace.phase("discriminator backward", || {
                    network.target_gradient(&fake_pass, of_gan * gan_weight)
                });
                total = total.clone() + (fake.clone() * push).sum();
            }
            Half { network: network.clone(), gradients }
        });
        if discriminator.is_none() {
            numbers.push(l1);
        }
        drop(fake);
        let gradients = trace.phase("generator backward", || {
            let mut take = Take { gradients: total.backward(), taken: Vec::new() };
            tracked.visit(&mut take);
            take.taken
        });
        let generator = Half { network: generator.clone(), gradients };

        trace.phase("gradient norms", || {
            numbers.push(generator.squared_norm());
            numbers.extend(discriminator.as_ref().map(Half::squared_norm));
        });
        Self { generator, discriminator, numbers: Tensor::cat(numbers, 0) }
    }

    /// The losses, and the norms of the gradients.
    ///
    /// # Errors
    /// `train/diverged`: one of them is not a finite number. `device/lost`.
    pub async fn numbers(&self) -> Result<(Losses, GradientNorms)> {
        let numbers: Vec<f64> =
            values(self.numbers.clone()).await?.into_iter().map(f64::from).collect();
        let finite = |name: &str, value: f64| {
            if value.is_finite() {
                Ok(value)
            } else {
                Err(Error::Diverged { what: name.into(), found: value })
            }
        };
        let norm = |name, squared: f64| finite(name, squared.sqrt());
        let d_name = "the discriminator's loss";
        let (g_norm, d_norm) = ("the generator's gradient", "the discriminator's gradient");
        match numbers[..] {
            [discriminator, l1, gan, generator_norm, discriminator_norm] => Ok((
                Losses {
                    discriminator: Some(finite(d_name, discriminator)?),
                    gan: Some(finite("the generator's GAN loss", gan)?),
                    l1: finite("the L1 loss", l1)?,
                },
                GradientNorms {
                    generator: norm(g_norm, generator_norm)?,
                    discriminator: Some(norm(d_norm, discriminator_norm)?),
                },
            )),
            [l1, generator_norm] => Ok((
                Losses { discriminator: None, gan: None, l1: finite("the L1 loss", l1)? },
                GradientNorms { generator: norm(g_norm, generator_norm)?, discriminator: None },
            )),
            _ => unreachable!("compute made two numbers or five"),
        }
    }

    /// The discriminator after its update, where there is one.
    pub fn update_discriminator(
        &mut self,
        adam: &mut Adam,
        norms: GradientNorms,
        learning_rate: f64,
        options: &TrainOptions,
    ) -> Option<Discriminator> {
        let Half { network, gradients } = self.discriminator.take()?;
        let norm = norms.discriminator.expect("where there are gradients, there is their norm");
        Some(adam.update(network, gradients, norm, learning_rate, options))
    }

    /// The generator after its update.
    pub fn update_generator(
        self,
        adam: &mut Adam,
        norms: GradientNorms,
        learning_rate: f64,
        options: &TrainOptions,
    ) -> Generator {
        let Half { network, gradients } = self.generator;
        adam.update(network, gradients, norms.generator, learning_rate, options)
    }

    /// The generator's gradient of each parameter that learns, in the order of its parameters.
    pub fn generator_gradients(&self) -> Vec<Option<Tensor<1>>> {
        self.generator.gradients.clone()
    }

    /// The discriminator's, likewise.
    pub fn discriminator_gradients(&self) -> Vec<Option<Tensor<1>>> {
        self.discriminator.as_ref().map(|half| half.gradients.clone()).unwrap_or_default()
    }
}

impl<M> Half<M> {
    /// `[1]`
    fn squared_norm(&self) -> Tensor<1> {
        let squares = self.gradients.iter().flatten().cloned().map(ops::sum_of_squares);
        squares.reduce(|a, b| a + b).expect("the last layer always learns")
    }
}

/// Takes the gradients out of Burn's hands, in the order of the parameters.
struct Take {
    gradients: Gradients,
    taken: Vec<Option<Tensor<1>>>,
}

impl ModuleVisitor for Take {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = param.val().grad_remove(&mut self.gradients);
        self.taken.push(gradient.map(|gradient| gradient.flatten(0, D - 1)));
    }
}

/// The network with those of its parameters watched that learn.
fn track<M: Module>(network: &M, learns: impl Iterator<Item = bool>) -> M {
    network.clone().map(&mut Track(learns))
}

struct Track<I>(I);

impl<I: Iterator<Item = bool>> ModuleMapper for Track<I> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let learns = self.0.next().expect("one choice for each parameter of the network");
        let (id, tensor, _) = param.consume();
        let tensor = tensor.inner();
        Param::initialized(id, if learns { tensor.autodiff().require_grad() } else { tensor })
    }
}
