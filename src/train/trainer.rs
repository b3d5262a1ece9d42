//! A training: options, pairs, optimisers and the count of steps. The networks belong to the session.

use std::collections::BTreeMap;

use image::RgbaImage;
use serde::Serialize;
use web_time::Instant;

use super::adam::Adam;
use super::average::Averages;
use super::checkpoint::{self, Parameters, State};
use super::options::TrainOptions;
use super::pairs::{Pairs, ReadPair};
use super::stage::Progress;
use super::step::{Batch, GradientNorms, Losses, Pending, Plan};
use super::trace::Trace;
use crate::device::Opened;
use crate::error::{Error, Result};
use crate::model::{Discriminator, Generator, GeneratorConfig, Mode, NamedParameter, Statistics};
use crate::random::Random;
use crate::weights::Training;

/// The stream of random numbers for dropout.
const DROPOUT: u64 = 3;

/// The two networks; the discriminator is there unless the training is of the generator alone.
#[derive(Debug, Clone)]
pub struct Networks {
    pub generator: Generator,
    pub discriminator: Option<Discriminator>,
}

/// What a step tells.
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
    last: Option<Last>,
    /// Whether the next step is traced.
    traced: bool,
    generator: Optimised,
    discriminator: Optimised,
}

/// The last step's batch, for a preview.
#[derive(Debug, Clone)]
pub struct Last {
    pub batch: Batch,
    pub names: Vec<String>,
}

/// One network's optimiser with the names of what it updates.
#[derive(Debug)]
struct Optimised {
    adam: Adam,
    parameters: Parameters,
}

impl Optimised {
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
        let [generator, discriminator] = parameters(networks).map(Optimised::new);
        let state = State {
            options,
            step: 0,
            progress,
            averages: Averages::default(),
            updates: BTreeMap::new(),
        };
        Self::idle(config, state, generator, discriminator)
    }

    /// A training as a checkpoint has it, without its pairs.
    ///
    /// # Errors
    /// `weights/…`: what the file says of the training contradicts itself or its networks.
    pub fn restore(
        config: &GeneratorConfig,
        networks: &Networks,
        training: Training,
    ) -> Result<Self> {
        let mut state = checkpoint::read_state(&training)?;
        let mut tensors = training.tensors;
        let [generator, discriminator] = parameters(networks);
        let mut restored = |parameters: Parameters| -> Result<Optimised> {
            let updates = &mut state.updates;
            let adam = checkpoint::take_adam(&mut tensors, updates, &parameters)?;
            Ok(Optimised { adam, parameters })
        };
        let generator = restored(generator)?;
        let discriminator = restored(discriminator)?;
        if let Some((name, tensor)) = tensors.into_iter().next() {
            return Err(Error::Unknown { name, found: format!("{:?}", tensor.dims()) });
        }
        Ok(Self::idle(config, state, generator, discriminator))
    }

    /// Without pairs, and before its next step.
    fn idle(
        config: &GeneratorConfig,
        state: State,
        generator: Optimised,
        discriminator: Optimised,
    ) -> Self {
        let (config, pairs) = (config.clone(), Pairs::default());
        Self { config, state, pairs, last: None, traced: false, generator, discriminator }
    }

    /// The part of a checkpoint that is not weights.
    pub fn store(&self) -> Training {
        let Self { generator, discriminator, .. } = self;
        checkpoint::store(
            &self.state,
            [
                (&generator.adam, &generator.parameters),
                (&discriminator.adam, &discriminator.parameters),
            ],
        )
    }

    pub fn step(&self) -> u64 {
        self.state.step
    }

    pub fn options(&self) -> &TrainOptions {
        &self.state.options
    }

    /// Goes on with other options. A new `warmup` begins now.
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
        self.discriminator = Optimised::new(counts(discriminator.named_parameters()));
        self.state.progress.discriminator_made();
    }

    /// The discriminator was replaced by a trained one. Its optimiser is reset.
    pub fn discriminator_loaded(&mut self, discriminator: &Discriminator) {
        self.discriminator = Optimised::new(counts(discriminator.named_parameters()));
        self.state.progress.discriminator_loaded(self.state.options.warmup);
    }

    /// # Errors
    /// `pair/size`, `image/unreadable`, `options/invalid` (scaleSize).
    pub fn add(&mut self, name: String, input: RgbaImage, target: RgbaImage) -> Result<()> {
        let side = self.options().scale_size(self.config.size())?;
        self.pairs.add(name, input, target, side, &self.state.options)
    }

    /// Takes a pair that is read whenever it is needed.
    pub fn add_read(&mut self, name: String, read: ReadPair) {
        self.pairs.add_read(name, read);
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
    pub fn last(&self) -> Option<&Last> {
        self.last.as_ref()
    }

    /// The next step's losses and gradients, and what the step will need to end.
    ///
    /// # Errors
    /// `train/no-pairs`; what reading a pair says, see [`Pairs::batch`].
    pub fn compute(&mut self, networks: &Networks, opened: &Opened) -> Result<Begun> {
        if self.pairs.is_empty() {
            return Err(Error::NoPairs);
        }
        let options = &self.state.options;
        let step = self.state.step + 1;
        let due = options.trace_every.is_some_and(|every| step.is_multiple_of(every.max(1)));
        let traced = std::mem::take(&mut self.traced) || due;
        let mut trace = if traced { Trace::recording(opened.timestamps) } else { Trace::off() };
        let (batch, names) = trace.phase("pairs", || {
            self.pairs.batch(self.state.step, self.config.size(), options, &opened.device)
        })?;
        self.last = Some(Last { batch: batch.clone(), names: names.clone() });
        let seed = u64::from(options.seed);
        let dropout = options.dropout.then(|| Random::stream(seed, DROPOUT, step).bits());
        let learns: Vec<bool> = (self.generator.parameters.iter())
            .map(|(name, _)| options.learns(&self.config, name.layer))
            .collect();
        let plan = Plan {
            options,
            mode: Mode { statistics: Statistics::Batch, dropout },
            pushes: self.state.progress.pushes(options.warmup),
            learns: &learns,
        };
        let discriminator = networks.discriminator.as_ref().filter(|_| !options.generator_only);
        let pending = Pending::compute(&networks.generator, discriminator, batch, plan, &mut trace);
        Ok(Begun { pending, trace, names, queued: Instant::now() })
    }

    /// Updates the discriminator, then the generator. `networks` must be let go of by others, so that the old weights
    /// are freed as the new ones come.
    pub fn finish(
        &mut self,
        networks: Networks,
        begun: Begun,
        (losses, gradient_norms): (Losses, GradientNorms),
    ) -> (Networks, Report, Trace) {
        let Begun { mut pending, mut trace, names, queued } = begun;
        trace.add("waiting for the losses", queued);
        let Networks { generator: old, discriminator: untouched } = networks;
        drop(old); // `pending` holds the weights
        let options = &self.state.options;
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
            pending.update_generator(
                &mut self.generator.adam,
                gradient_norms,
                learning_rate,
                options,
            )
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
        (Networks { generator, discriminator }, report, trace)
    }
}

/// A step whose gradients are under way.
pub struct Begun {
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
