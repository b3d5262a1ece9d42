//! A training: options, pairs, optimisers and the count of steps. The networks belong to the session.

use std::collections::BTreeMap;

use image::RgbaImage;
use serde::Serialize;
use web_time::Instant;

use super::adam::Adam;
use super::average::Averages;
use super::checkpoint::{self, Parameters, State};
use super::options::TrainOptions;
use super::stage::Progress;
use super::step::{GradientNorms, Losses, Pending, Plan};
use super::trace::Trace;
use super::weight_average;
use crate::data::{Batch, Pairs, ReadPair, ReadPhoto};
use crate::device::Opened;
use crate::error::{Error, Result};
use crate::model::{Discriminator, Generator, GeneratorConfig, Mode, NamedParameter, Statistics};
use crate::random::{Purpose, Random};
use crate::weights::Training;

/// The two networks; the discriminator is there unless the training is of the generator alone.
#[derive(Debug, Clone)]
pub struct Networks {
    pub generator: Generator,
    /// The moving average of its weights, where a training keeps one.
    pub average: Option<Generator>,
    pub discriminator: Option<Discriminator>,
}

impl Networks {
    /// The generator that paints: the average, where there is one.
    pub fn shown(&self) -> &Generator {
        self.average.as_ref().unwrap_or(&self.generator)
    }
}

/// What a step did.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Steps of this training so far, 1 at first.
    pub step: u64,
    /// At the weights before this step.
    pub losses: Losses,
    pub averages: Losses,
    pub raw_averages: Losses,
    pub gradient_norms: GradientNorms,
    pub learning_rate: f64,
    /// Names of the pairs that it learned from.
    pub pairs: Vec<String>,
    /// Chrome trace JSON, where this step was traced. The session fills it in, once the device has run it all.
    pub trace: Option<String>,
}

/// A training under way.
pub struct Trainer {
    config: GeneratorConfig,
    state: State,
    pairs: Pairs,
    last: Option<NamedBatch>,
    /// Whether the next step is traced.
    traced: bool,
    generator: NetworkOptimiser,
    discriminator: NetworkOptimiser,
}

/// A step's batch, with the names of its pairs.
#[derive(Debug, Clone)]
pub struct NamedBatch {
    pub batch: Batch,
    pub names: Vec<String>,
}

/// One network's optimiser, and which parameters it updates.
#[derive(Debug)]
struct NetworkOptimiser {
    adam: Adam,
    parameters: Parameters,
}

impl NetworkOptimiser {
    fn new(parameters: Parameters) -> Self {
        Self { adam: Adam::new(parameters.len()), parameters }
    }
}

impl Trainer {
    /// A training from its beginning, of networks that are as far as `progress` says.
    pub fn new(
        config: &GeneratorConfig,
        networks: &Networks,
        options: TrainOptions,
        mut progress: Progress,
    ) -> Self {
        progress.training_begun(options.warmup);
        let [generator, discriminator] = parameters(networks).map(NetworkOptimiser::new);
        let state = State {
            options,
            step: 0,
            progress,
            averages: Averages::default(),
            updates: BTreeMap::new(),
        };
        Self::idle(config, state, generator, discriminator)
    }

    /// A training as a checkpoint has it, without its pairs; and the moving average of the generator's weights, where it
    /// has one.
    ///
    /// # Errors
    /// `weights/…`: what the file says of the training contradicts itself or its networks.
    pub fn restore(
        config: &GeneratorConfig,
        networks: &Networks,
        training: Training,
    ) -> Result<(Self, Option<Generator>)> {
        let mut state = checkpoint::read_state(&training, config)?;
        let mut tensors = training.tensors;
        let [generator, discriminator] = parameters(networks);
        let mut restored = |parameters: Parameters| -> Result<NetworkOptimiser> {
            let updates = &mut state.updates;
            let adam = checkpoint::take_adam(&mut tensors, updates, &parameters)?;
            Ok(NetworkOptimiser { adam, parameters })
        };
        let generator = restored(generator)?;
        let discriminator = restored(discriminator)?;
        let average = checkpoint::take_average(&mut tensors, config)?;
        if let Some((name, tensor)) = tensors.into_iter().next() {
            return Err(Error::Unknown { name, found: format!("{:?}", tensor.dims()) });
        }
        Ok((Self::idle(config, state, generator, discriminator), average))
    }

    /// Without pairs, and before its next step.
    fn idle(
        config: &GeneratorConfig,
        state: State,
        generator: NetworkOptimiser,
        discriminator: NetworkOptimiser,
    ) -> Self {
        let (config, pairs) = (config.clone(), Pairs::default());
        Self { config, state, pairs, last: None, traced: false, generator, discriminator }
    }

    /// The part of a checkpoint that is not weights.
    pub fn store(&self, average: Option<&Generator>) -> Training {
        let Self { generator, discriminator, .. } = self;
        checkpoint::store(
            &self.state,
            [
                (&generator.adam, &generator.parameters),
                (&discriminator.adam, &discriminator.parameters),
            ],
            average,
        )
    }

    pub fn step(&self) -> u64 {
        self.state.step
    }

    pub fn options(&self) -> &TrainOptions {
        &self.state.options
    }

    /// Takes other options from the next step on. A new `warmup` counts from here.
    pub fn set_options(&mut self, options: TrainOptions) {
        if options.warmup != self.state.options.warmup {
            self.state.progress.warmup_changed(options.warmup);
        }
        self.state.options = options;
    }

    /// How far the networks have come.
    pub fn progress(&self) -> Progress {
        self.state.progress
    }

    /// The discriminator was replaced by one of random weights. Its optimiser is reset.
    pub fn discriminator_made(&mut self, discriminator: &Discriminator) {
        self.discriminator = NetworkOptimiser::new(counts(discriminator.named_parameters()));
        self.state.progress.discriminator_made();
    }

    /// The discriminator was replaced by a trained one. Its optimiser is reset.
    pub fn discriminator_loaded(&mut self, discriminator: &Discriminator) {
        self.discriminator = NetworkOptimiser::new(counts(discriminator.named_parameters()));
        self.state.progress.discriminator_loaded(self.state.options.warmup);
    }

    /// # Errors
    /// `pair/size`, `pair/kind`, `image/unreadable`, `options/invalid` (scaleSize).
    pub fn add(&mut self, name: String, input: RgbaImage, target: RgbaImage) -> Result<()> {
        let augment = self.options().augment(&self.config)?;
        self.pairs.add(name, input, target, &augment)
    }

    /// Adds a pair that is read on demand.
    pub fn add_read(&mut self, name: String, read: ReadPair) {
        self.pairs.add_read(name, read);
    }

    /// # Errors
    /// `pair/kind`, `image/unreadable`, `options/invalid` (scaleSize).
    pub fn add_photo(&mut self, name: String, photo: RgbaImage) -> Result<()> {
        let augment = self.options().augment(&self.config)?;
        self.pairs.add_photo(name, photo, &augment)
    }

    /// Adds a photograph to colour that is read on demand.
    pub fn add_read_photo(&mut self, name: String, read: ReadPhoto) {
        self.pairs.add_read_photo(name, read);
    }

    /// Forgets the pairs.
    pub fn clear(&mut self) {
        self.pairs = Pairs::default();
        self.last = None;
    }

    /// Records a timeline of the next step.
    pub fn trace_next(&mut self) {
        self.traced = true;
    }

    /// The last step's batch.
    pub fn last(&self) -> Option<&NamedBatch> {
        self.last.as_ref()
    }

    /// The next step's batch, and its timeline so far. The trainer stays as it is: reading a pair may ask it.
    ///
    /// # Errors
    /// `train/no-pairs`; what reading a pair says, see [`Pairs::batch`].
    pub fn next_batch(&self, opened: &Opened) -> Result<(NamedBatch, Trace)> {
        let State { options, step, .. } = &self.state;
        let due = options.trace_every.is_some_and(|every| (step + 1).is_multiple_of(every.max(1)));
        let traced = self.traced || due;
        let mut trace = if traced { Trace::recording(opened.timestamps) } else { Trace::off() };
        let augment = options.augment(&self.config)?;
        let (batch, names) =
            trace.phase("pairs", || self.pairs.batch(*step, &augment, &opened.device))?;
        Ok((NamedBatch { batch, names }, trace))
    }

    /// The next step's losses and gradients, queued on the device.
    pub fn compute(
        &mut self,
        networks: &Networks,
        next: NamedBatch,
        mut trace: Trace,
    ) -> StepInFlight {
        self.traced = false;
        self.last = Some(next.clone());
        let NamedBatch { batch, names } = next;
        let State { options, progress, step, .. } = &self.state;
        let seed = u64::from(options.seed);
        let random = |purpose| Random::stream(seed, purpose, step + 1).bits();
        let dropout = options.dropout.then(|| random(Purpose::Dropout));
        let slopes = Some(random(Purpose::Slopes));
        let learns: Vec<bool> = (self.generator.parameters.iter())
            .map(|(name, _)| options.learns(&self.config, name.layer))
            .collect();
        let plan = Plan {
            options,
            mode: Mode { statistics: Statistics::Batch, dropout, slopes },
            pushes: progress.pushes(options.warmup),
            learns: &learns,
        };
        let discriminator = networks.discriminator.as_ref().filter(|_| !options.generator_only);
        let pending = Pending::compute(&networks.generator, discriminator, batch, plan, &mut trace);
        StepInFlight { pending, trace, names, queued: Instant::now() }
    }

    /// Updates the discriminator, then the generator. Nobody else should hold `networks`, so that each old weight is
    /// freed as the new one is made.
    pub fn finish(
        &mut self,
        networks: Networks,
        step: StepInFlight,
        (losses, gradient_norms): (Losses, GradientNorms),
    ) -> (Networks, Report, Trace) {
        let StepInFlight { mut pending, mut trace, names, queued } = step;
        let options = &self.state.options;
        trace.add("waiting for the losses", queued);
        let Networks { generator: old, average, discriminator: untouched } = networks;
        let average = average.or_else(|| options.average.map(|_| old.clone()));
        // `pending` holds the weights of what is updated, alone from here on: they are written over.
        drop(old);
        let untouched = untouched.filter(|_| !pending.updates_discriminator());
        let step = self.state.step + 1;
        let learning_rate = options.learning_rate(step);
        let discriminator = trace.phase("discriminator update", || {
            pending.update_discriminator(
                &mut self.discriminator.adam,
                gradient_norms,
                learning_rate,
                options,
            )
        });
        let generator = trace.phase("generator update", || {
            let updated = pending.update_generator(
                &mut self.generator.adam,
                gradient_norms,
                learning_rate,
                options,
            );
            let parameters = self.generator.parameters.iter();
            let learning =
                parameters.map(|(name, _)| (*name, options.learns(&self.config, name.layer)));
            options.kernels.project(updated, learning)
        });
        let average = options.average.zip(average).map(|(decay, average)| {
            trace.phase("average of the weights", || {
                weight_average::add(average, &generator, decay, step)
            })
        });
        self.state.step = step;
        self.state.progress.stepped(discriminator.is_some(), self.state.options.warmup);
        self.state.averages.add(&losses);
        let report = Report {
            step,
            losses,
            averages: self.state.averages.debiased(),
            raw_averages: self.state.averages.raw(),
            gradient_norms,
            learning_rate,
            pairs: names,
            trace: None,
        };
        let discriminator = discriminator.or(untouched);
        (Networks { generator, average, discriminator }, report, trace)
    }
}

/// A step whose gradients are queued, and whose updates are still to be made.
pub struct StepInFlight {
    pub pending: Pending,
    trace: Trace,
    names: Vec<String>,
    queued: Instant,
}

/// The generator's parameters and the discriminator's, in the order of their optimisers' moments.
fn parameters(networks: &Networks) -> [Parameters; 2] {
    let discriminator = networks.discriminator.as_ref().map(Discriminator::named_parameters);
    [counts(networks.generator.named_parameters()), counts(discriminator.unwrap_or_default())]
}

fn counts(parameters: Vec<NamedParameter>) -> Parameters {
    parameters.into_iter().map(|p| (p.name, p.shape.iter().product())).collect()
}
