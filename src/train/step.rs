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
use burn::tensor::{Gradients, Tensor, TensorData};
use serde::Serialize;

use super::adam::Adam;
use super::loss::{gradient_below_floor, l1, l1_of_lightness_and_chroma};
use super::options::TrainOptions;
use super::trace::Trace;
use crate::data::Batch;
use crate::device::values;
use crate::error::{Error, Result};
use crate::model::{Discriminator, Generator, Mode};
use crate::ops;

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

/// A network and the gradients of its parameters in their order, flat: `[n]` each; `None` for one that does not learn.
struct NetworkGradients<M> {
    network: M,
    gradients: Vec<Option<Tensor<1>>>,
}

/// Both networks' gradients at the same weights, before either is updated.
pub struct Pending {
    generator: NetworkGradients<Generator>,
    discriminator: Option<NetworkGradients<Discriminator>>,
    measured: Measured<Tensor<1>>,
}

/// What a step measures of the generator and, where one is trained, of the discriminator: on the device `[1]` each.
struct Measured<T> {
    l1: T,
    generator_squared_norm: T,
    discriminator: Option<MeasuredDiscriminator<T>>,
}

struct MeasuredDiscriminator<T> {
    loss: T,
    gan: T,
    squared_norm: T,
}

impl Measured<Tensor<1>> {
    /// All values in one transfer from the device.
    ///
    /// # Errors
    /// `device/lost`.
    async fn read(&self) -> Result<Measured<f64>> {
        let mut tensors = vec![self.l1.clone(), self.generator_squared_norm.clone()];
        if let Some(MeasuredDiscriminator { loss, gan, squared_norm }) = &self.discriminator {
            tensors.extend([loss, gan, squared_norm].map(Tensor::clone));
        }
        let mut values = values(Tensor::cat(tensors, 0)).await?.into_iter().map(f64::from);
        let mut next = || values.next().expect("one value of each tensor");
        Ok(Measured {
            l1: next(),
            generator_squared_norm: next(),
            discriminator: self.discriminator.as_ref().map(|_| MeasuredDiscriminator {
                loss: next(),
                gan: next(),
                squared_norm: next(),
            }),
        })
    }
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
        let Batch { input, target, hinted } = batch;
        let TrainOptions { loss, gan_weight, l1_weight, slope_floor, .. } = *plan.options;
        let tracked = track(generator, plan.learns.iter().copied());
        let before_tanh = trace
            .phase("generator forward", || tracked.forward_before_tanh(input.clone(), plan.mode));
        let fake = ops::tanh(before_tanh.clone());

        let difference = l1(target.clone(), fake.clone());
        let l1 = difference.clone().inner();
        let mut total = match plan.options.chroma_weight {
            None => difference,
            Some(weight) => {
                let weights = chroma_weights(&hinted, weight, &input);
                l1_of_lightness_and_chroma(target.clone(), fake.clone(), weights)
            }
        } * l1_weight;
        if slope_floor > 0.0 {
            // A loss whose gradient is what is missing.
            let missing = gradient_below_floor(target.clone(), fake.clone().inner(), slope_floor);
            total = total + (before_tanh * missing * l1_weight).sum();
        }
        let judged = discriminator.map(|network| {
            // Two passes, each with its own batch statistics, as in the original.
            let [real_pass, fake_pass] = trace.phase("discriminator forward", || {
                [target, fake.clone().inner()].map(|picture| network.pass(input.clone(), picture))
            });
            let fake_logits = fake_pass.logits.clone();
            let (d_loss, [of_real, of_fake]) =
                loss.discriminator_gradients(real_pass.logits.clone(), fake_logits.clone());
            let (gan, of_gan) = loss.generator_gradient(fake_logits);
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
            (NetworkGradients { network: network.clone(), gradients }, d_loss, gan)
        });
        drop(fake);
        let gradients = trace.phase("generator backward", || {
            let mut collect =
                CollectGradients { gradients: total.backward(), collected: Vec::new() };
            tracked.visit(&mut collect);
            collect.collected
        });
        let generator = NetworkGradients { network: generator.clone(), gradients };

        trace.phase("gradient norms", || {
            let generator_squared_norm = generator.squared_norm();
            let (discriminator, measured) = judged
                .map(|(network, loss, gan)| {
                    let squared_norm = network.squared_norm();
                    (network, MeasuredDiscriminator { loss, gan, squared_norm })
                })
                .unzip();
            let measured = Measured { l1, generator_squared_norm, discriminator: measured };
            Self { generator, discriminator, measured }
        })
    }

    /// The losses, and the norms of the gradients.
    ///
    /// # Errors
    /// `train/diverged`: one of them is not finite. `device/lost`.
    pub async fn losses(&self) -> Result<(Losses, GradientNorms)> {
        let Measured { l1, generator_squared_norm, discriminator } = self.measured.read().await?;
        let (d_loss, gan, d_norm) = match discriminator {
            Some(MeasuredDiscriminator { loss, gan, squared_norm }) => (
                Some(finite("the discriminator's loss", loss)?),
                Some(finite("the generator's GAN loss", gan)?),
                Some(finite("the discriminator's gradient", squared_norm.sqrt())?),
            ),
            None => (None, None, None),
        };
        let losses = Losses { discriminator: d_loss, gan, l1: finite("the L1 loss", l1)? };
        let generator = finite("the generator's gradient", generator_squared_norm.sqrt())?;
        Ok((losses, GradientNorms { generator, discriminator: d_norm }))
    }

    /// The discriminator after its update, where there is one.
    pub fn update_discriminator(
        &mut self,
        adam: &mut Adam,
        norms: GradientNorms,
        learning_rate: f64,
        options: &TrainOptions,
    ) -> Option<Discriminator> {
        let NetworkGradients { network, gradients } = self.discriminator.take()?;
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
        let NetworkGradients { network, gradients } = self.generator;
        adam.update(network, gradients, norms.generator, learning_rate, options)
    }

    /// The generator's gradient of each parameter that learns, in the order of its parameters.
    pub fn generator_gradients(&self) -> Vec<Option<Tensor<1>>> {
        self.generator.gradients.clone()
    }

    /// The discriminator's, likewise.
    pub fn discriminator_gradients(&self) -> Vec<Option<Tensor<1>>> {
        self.discriminator.as_ref().map(|d| d.gradients.clone()).unwrap_or_default()
    }
}

/// For each picture of a batch like `input` the weight of its chroma: hints tell a colour, and lines don't. `[B, 1, 1, 1]`
fn chroma_weights(hinted: &[bool], weight: f64, input: &Tensor<4>) -> Tensor<4> {
    let weights = hinted.iter().map(|hinted| if *hinted { 1.0 } else { weight as f32 });
    let data = TensorData::new(weights.collect::<Vec<f32>>(), [hinted.len(), 1, 1, 1]);
    Tensor::from_data(data, &input.device())
}

/// # Errors
/// `train/diverged`.
fn finite(what: &str, value: f64) -> Result<f64> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::Diverged { what: what.into(), found: value })
    }
}

impl<M> NetworkGradients<M> {
    /// `[1]`
    fn squared_norm(&self) -> Tensor<1> {
        let squares = self.gradients.iter().flatten().cloned().map(ops::sum_of_squares);
        squares.reduce(|a, b| a + b).expect("the last layer always learns")
    }
}

/// Moves the gradients out of Burn's table, in the order of the parameters.
struct CollectGradients {
    gradients: Gradients,
    collected: Vec<Option<Tensor<1>>>,
}

impl ModuleVisitor for CollectGradients {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = param.val().grad_remove(&mut self.gradients);
        self.collected.push(gradient.map(|gradient| gradient.flatten(0, D - 1)));
    }
}

/// The network, those of its parameters that learn being tracked for a backward pass.
fn track<M: Module>(network: &M, learns: impl Iterator<Item = bool>) -> M {
    network.clone().map(&mut TrackParameters(learns))
}

struct TrackParameters<I>(I);

impl<I: Iterator<Item = bool>> ModuleMapper for TrackParameters<I> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let learns = self.0.next().expect("one choice for each parameter of the network");
        let (id, tensor, _) = param.consume();
        let tensor = tensor.inner();
        Param::initialized(id, if learns { tensor.autodiff().require_grad() } else { tensor })
    }
}
