//! The training of a model: how far its networks are, and the trainer, once one was begun.

use std::cell::{Cell, RefCell};

use image::{Rgba, RgbaImage};

use super::model::Model;
use crate::data::Batch;
use crate::error::{Error, Result};
use crate::model::{Color, Discriminator, Patch};
use crate::train::{Progress, Report, TrainOptions, Trainer};
use crate::weights::{self, Bytes};

/// A training, begun or not.
pub(super) struct Training {
    state: RefCell<State>,
    /// Whether a step is under way.
    stepping: Cell<bool>,
}

/// The progress of the networks is known from their first day on; the trainer takes it over.
enum State {
    NotBegun(Progress),
    Begun(Box<Trainer>),
}

impl State {
    fn trainer(&self) -> Result<&Trainer> {
        match self {
            State::NotBegun(_) => Err(NOT_BEGUN),
            State::Begun(trainer) => Ok(trainer),
        }
    }

    fn trainer_mut(&mut self) -> Result<&mut Trainer> {
        match self {
            State::NotBegun(_) => Err(NOT_BEGUN),
            State::Begun(trainer) => Ok(trainer),
        }
    }

    fn progress(&self) -> Progress {
        match self {
            State::NotBegun(progress) => *progress,
            State::Begun(trainer) => trainer.progress(),
        }
    }
}

const NOT_BEGUN: Error = Error::NotTrained { what: "training under way" };

/// Marks a step as under way until it is dropped, which a caller that gives the step up does too.
struct Stepping<'a>(&'a Cell<bool>);

impl<'a> Stepping<'a> {
    fn begin(stepping: &'a Cell<bool>) -> Self {
        stepping.set(true);
        Self(stepping)
    }
}

impl Drop for Stepping<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl Training {
    pub fn none(progress: Progress) -> Self {
        Self { state: RefCell::new(State::NotBegun(progress)), stepping: Cell::new(false) }
    }

    /// The training of a checkpoint.
    pub fn restore(model: &Model, stored: weights::Training) -> Result<Self> {
        let (trainer, average) = Trainer::restore(model.config(), &model.networks(), stored)?;
        model.set_average(average);
        let state = RefCell::new(State::Begun(Box::new(trainer)));
        Ok(Self { state, stepping: Cell::new(false) })
    }

    /// The part of a checkpoint that is not weights.
    pub fn store(&self, model: &Model) -> Result<weights::Training> {
        match &*self.state.borrow() {
            State::Begun(trainer) => Ok(trainer.store(model.networks().average.as_ref())),
            State::NotBegun(_) => {
                Err(Error::NotTrained { what: "training to save as a checkpoint" })
            }
        }
    }

    pub fn step_count(&self) -> u64 {
        self.state.borrow().trainer().map_or(0, Trainer::step)
    }

    pub fn options(&self) -> TrainOptions {
        self.state
            .borrow()
            .trainer()
            .map_or_else(|_| TrainOptions::default(), |t| t.options().clone())
    }

    pub fn begin(&self, model: &Model, options: TrainOptions, restart: bool) -> Result<()> {
        self.check(model, &options)?;
        if model.patch().is_none() && !options.generator_only {
            let discriminator = model.new_discriminator(None, None, options.seed)?;
            self.replace_discriminator(model, discriminator, Came::New);
        }
        let state = &mut *self.state.borrow_mut();
        match state {
            State::Begun(trainer) if !restart => {
                trainer.set_options(options);
                trainer.clear();
            }
            _ => {
                if matches!(state, State::Begun(_)) || !model.is_new() {
                    model.becomes_descendant();
                }
                let (networks, progress) = (model.networks(), state.progress());
                let trainer = Trainer::new(model.config(), &networks, options, progress);
                *state = State::Begun(Box::new(trainer));
            }
        }
        Ok(())
    }

    /// Whether the model can be trained with these options on its device, now.
    fn check(&self, model: &Model, options: &TrainOptions) -> Result<()> {
        self.check_idle()?;
        model.check_channels()?;
        options.check()?;
        options.check_for(model.config())?;
        let checked = model.config().check_trainable();
        checked.map_err(|e| Error::Untrainable { detail: e.to_string() })?;
        if let Some(patch) = model.patch() {
            model.check_patch(patch)?;
        }
        model.check_batch(options)
    }

    /// Makes a step with these options that leaves everything as it was: of networks that share their weights with the model's
    /// until they are updated, and a picture of no meaning. Its updates are queued on the device.
    pub async fn warm_up(&self, model: &Model, options: TrainOptions) -> Result<()> {
        self.check(model, &options)?;
        // The discriminator pushes the generator in later steps, if not in the first.
        let options = TrainOptions { warmup: Some(0), trace_every: None, ..options };
        let mut networks = model.networks();
        if networks.discriminator.is_none() && !options.generator_only {
            networks.discriminator = Some(model.new_discriminator(None, None, options.seed)?);
        }
        let mut trainer = Trainer::new(model.config(), &networks, options, Progress::of_a_file());
        let side = model.config().size() as u32;
        let picture =
            RgbaImage::from_fn(side, side, |x, y| Rgba([x as u8, y as u8, (x ^ y) as u8, 255]));
        let name = "warm-up".to_string();
        match model.config().color {
            Color::Rgb => trainer.add(name, picture.clone(), picture)?,
            Color::Lab => trainer.add_photo(name, picture)?,
        }
        let (batch, trace) = trainer.next_batch(model.opened())?;
        let step = trainer.compute(&networks, batch, trace);
        let measured = step.pending.losses().await?;
        trainer.finish(networks, step, measured);
        Ok(())
    }

    /// Changes the trainer between its steps, or while one waits for the device.
    ///
    /// # Errors
    /// `train/none` (not begun), `train/running` (while a batch is being read); what `change` says.
    pub fn change<T>(&self, change: impl FnOnce(&mut Trainer) -> Result<T>) -> Result<T> {
        let mut state = self.state.try_borrow_mut().map_err(|_| Error::Running)?;
        change(state.trainer_mut()?)
    }

    pub async fn step(&self, model: &Model) -> Result<Report> {
        self.check_idle()?;
        let stepping = Stepping::begin(&self.stepping);
        // Shared while pairs are read: those that are read on demand may ask the model.
        let (batch, trace) = self.state.borrow().trainer()?.next_batch(model.opened())?;
        let step = self.change(|trainer| Ok(trainer.compute(&model.networks(), batch, trace)))?;
        let measured = step.pending.losses().await?;
        let (mut report, trace) = self.change(|trainer| {
            Ok(model.update(|networks| {
                let (networks, report, trace) = trainer.finish(networks, step, measured);
                (networks, (report, trace))
            }))
        })?;
        drop(stepping);
        report.trace = trace.json().await;
        Ok(report)
    }

    /// The last step's first pair, by its name.
    pub fn last_pair(&self) -> Result<(String, Batch)> {
        let state = self.state.borrow();
        let last = state.trainer().ok().and_then(Trainer::last);
        let last = last.ok_or(Error::NotTrained { what: "step to look at" })?;
        let [input, target] =
            [&last.batch.input, &last.batch.target].map(|tensor| tensor.clone().narrow(0, 0, 1));
        let name = last.names.first().expect("a batch has a pair").clone();
        let hinted = last.batch.hinted[..1].to_vec();
        Ok((name, Batch { input, target, hinted }))
    }

    pub fn load_discriminator(&self, model: &Model, bytes: &dyn Bytes) -> Result<()> {
        self.check_idle()?;
        let device = &model.opened().device;
        let network = weights::load_discriminator(bytes, device, model.config())?;
        model.check_patch(network.patch())?;
        self.replace_discriminator(model, network, Came::Trained);
        Ok(())
    }

    pub fn create_discriminator(
        &self,
        model: &Model,
        ndf: Option<usize>,
        patch: Option<Patch>,
        seed: u32,
    ) -> Result<()> {
        self.check_idle()?;
        let network = model.new_discriminator(ndf, patch, seed)?;
        self.replace_discriminator(model, network, Came::New);
        Ok(())
    }

    fn replace_discriminator(&self, model: &Model, network: Discriminator, came: Came) {
        match (&mut *self.state.borrow_mut(), came) {
            (State::NotBegun(progress), Came::New) => progress.discriminator_made(),
            (State::NotBegun(progress), Came::Trained) => progress.discriminator_loaded(None),
            (State::Begun(trainer), Came::New) => trainer.discriminator_made(&network),
            (State::Begun(trainer), Came::Trained) => trainer.discriminator_loaded(&network),
        }
        model.replace_discriminator(network);
    }

    fn check_idle(&self) -> Result<()> {
        if self.stepping.get() { Err(Error::Running) } else { Ok(()) }
    }
}

/// How a discriminator came to its model.
enum Came {
    /// With random weights.
    New,
    /// From a file.
    Trained,
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// A caller that drops the future of a step gives the step up, and may make another.
    #[test]
    fn a_step_that_is_given_up_is_not_under_way() {
        let stepping = Cell::new(false);
        let step = async {
            let _stepping = Stepping::begin(&stepping);
            std::future::pending::<()>().await;
        };
        {
            let mut step = pin!(step);
            let mut context = Context::from_waker(Waker::noop());
            assert_eq!(step.as_mut().poll(&mut context), Poll::Pending);
            assert!(stepping.get());
        }
        // `pin!` drops what it pinned with the block that it stands in.
        assert!(!stepping.get());
    }
}
