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
use super::loss::{gradient_below_floor, l1_of_lightness_and_chroma};
use super::options::TrainOptions;
use super::trace::Trace;
use crate::data::Batch;
use crate::device::values;
use crate::error::{Error, Result};
use crate::model::{Discriminator, Generator, Mode};
use crate::ops::{self, GanLosses};

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
    measured: Measured,
}

/// What a step measures, on the device.
struct Measured {
    /// `[1]`
    l1: Tensor<1>,
    /// `[1]`
    generator_squared_norm: Tensor<1>,
    /// Where one is trained.
    discriminator: Option<MeasuredDiscriminator>,
}

struct MeasuredDiscriminator {
    /// Its loss, and the generator's before it: `[2]`.
    losses: Tensor<1>,
    /// `[1]`
    squared_norm: Tensor<1>,
}

impl Measured {
    /// All values in one transfer from the device.
    ///
    /// # Errors
    /// `train/diverged`: one of them is not finite. `device/lost`.
    async fn read(&self) -> Result<(Losses, GradientNorms)> {
        let mut tensors = vec![self.l1.clone(), self.generator_squared_norm.clone()];
        if let Some(MeasuredDiscriminator { losses, squared_norm }) = &self.discriminator {
            tensors.extend([losses, squared_norm].map(Tensor::clone));
        }
        let mut values = values(Tensor::cat(tensors, 0)).await?.into_iter().map(f64::from);
        let mut next = |what| finite(what, values.next().expect("one of each"));
        let l1 = next("the L1 loss")?;
        let generator = next("the generator's gradient")?.sqrt();
        let (mut discriminator, mut gan, mut discriminator_norm) = (None, None, None);
        if self.discriminator.is_some() {
            discriminator = Some(next("the discriminator's loss")?);
            gan = Some(next("the generator's GAN loss")?);
            discriminator_norm = Some(next("the discriminator's gradient")?.sqrt());
        }
        let losses = Losses { discriminator, gan, l1 };
        Ok((losses, GradientNorms { generator, discriminator: discriminator_norm }))
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

        let difference = ops::l1(target.clone(), fake.clone());
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
            total = total + ops::dot(before_tanh, missing * l1_weight);
        }
        let judged = discriminator.map(|network| {
            // Real and fake pairs in one pass, each by their own batch statistics, as in the original's two.
            let pass = trace.phase("discriminator forward", || {
                network.pass(input.clone(), [target, fake.clone().inner()])
            });
            let GanLosses { values, of_judge, of_push } =
                ops::gan_losses(pass.logits.clone(), loss);
            let gradients = trace.phase("discriminator backward", || {
                network.parameter_gradients(&pass, of_judge).into_iter().map(Some).collect()
            });
            if plan.pushes && gan_weight > 0.0 {
                // A loss whose gradient is the one that comes back through the discriminator.
                let push = trace.phase("discriminator backward", || {
                    network.target_gradient(&pass, of_push * gan_weight)
                });
                total = total.clone() + ops::dot(fake.clone(), push);
            }
            (NetworkGradients { network: network.clone(), gradients }, values)
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
                .map(|(network, losses)| {
                    let squared_norm = network.squared_norm();
                    (network, MeasuredDiscriminator { losses, squared_norm })
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
        self.measured.read().await
    }

    pub fn updates_discriminator(&self) -> bool {
        self.discriminator.is_some()
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
        // The last layer always learns.
        ops::sum_of_squares(self.gradients.iter().flatten().cloned().collect())
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
