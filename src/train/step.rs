//! One step of pix2pix.py: losses and gradients of both networks at the same weights, then the discriminator's
//! update, then the generator's.
//!
//! ```text
//! input ─ G ─ fake ─┬─ D (real pair, fake pair) ─ D's loss ─ D's gradients
//!                   └─ D (its weights held) ─ G's loss ─ through D and G ─ G's gradients
//! ```
//!
//! The original takes both gradients from one pass of the fake pair; Burn's graph serves one backward pass, so
//! the fake pair passes the discriminator twice. The numbers are the same.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};
use serde::Serialize;

use super::adam::Adam;
use super::loss::l1;
use super::options::TrainOptions;
use super::trace::Trace;
use crate::device::numbers;
use crate::error::{Error, Result};
use crate::model::{Discriminator, Generator, Mode};

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

/// A network whose parameters are watched, and their gradients.
struct Half<M> {
    tracked: M,
    gradients: Gradients,
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
        let held = fake.clone().inner(); // the discriminator's own loss stops here

        let mut numbers = Vec::with_capacity(5);
        let discriminator = discriminator.map(|network| {
            let tracked = track(network, std::iter::repeat(true));
            // Two passes, each with its own batch statistics, as in the original.
            let (real, fake) = trace.phase("discriminator forward", || {
                (
                    tracked.forward(input.clone(), target.clone()),
                    tracked.forward(input.clone(), held.clone()),
                )
            });
            let loss = loss.discriminator(real, fake);
            numbers.push(loss.clone().inner());
            let gradients = trace.phase("discriminator backward", || loss.backward());
            Half { tracked, gradients }
        });

        let difference = l1(target, fake.clone());
        let mut total = difference.clone() * plan.options.l1_weight;
        numbers.push(difference.inner());
        if let Some(half) = &discriminator {
            // The weights are held: only what passes through them matters.
            let network = half.tracked.valid();
            let pushes = plan.pushes && gan_weight > 0.0;
            let fake = if pushes { fake } else { held };
            let gan = trace
                .phase("discriminator forward", || loss.generator(network.forward(input, fake)));
            numbers.push(gan.clone().inner());
            if pushes {
                total = total + gan * gan_weight;
            }
        }
        let gradients = trace.phase("generator backward", || total.backward());
        let generator = Half { tracked, gradients };

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
            numbers(self.numbers.clone()).await?.into_iter().map(f64::from).collect();
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
        let Half { tracked, mut gradients } = self.discriminator.take()?;
        let norm = norms.discriminator.expect("where there are gradients, there is their norm");
        Some(adam.update(tracked, &mut gradients, norm, learning_rate, options))
    }

    /// The generator after its update.
    pub fn update_generator(
        self,
        adam: &mut Adam,
        norms: GradientNorms,
        learning_rate: f64,
        options: &TrainOptions,
    ) -> Generator {
        let Half { tracked, mut gradients } = self.generator;
        adam.update(tracked, &mut gradients, norms.generator, learning_rate, options)
    }

    /// The generator's gradient of each parameter that learns, in the order of its parameters.
    pub fn generator_gradients(&self) -> Vec<Option<Tensor<1>>> {
        self.generator.collect()
    }

    /// The discriminator's, likewise.
    pub fn discriminator_gradients(&self) -> Vec<Option<Tensor<1>>> {
        self.discriminator.as_ref().map(Half::collect).unwrap_or_default()
    }
}

impl<M: Module> Half<M> {
    /// `[1]`
    fn squared_norm(&self) -> Tensor<1> {
        let squares = self.collect().into_iter().flatten().map(|g| g.square().sum());
        squares.reduce(|a, b| a + b).expect("the last layer always learns")
    }

    fn collect(&self) -> Vec<Option<Tensor<1>>> {
        let mut collect = Collect { gradients: &self.gradients, found: Vec::new() };
        self.tracked.visit(&mut collect);
        collect.found
    }
}

struct Collect<'a> {
    gradients: &'a Gradients,
    found: Vec<Option<Tensor<1>>>,
}

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.found.push(param.val().grad(self.gradients).map(|g| g.flatten(0, D - 1)));
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
