//! How far the two networks of a model have come, and with that, in which steps the discriminator pushes the generator.
//!
//! ```text
//!        the first step that trains it       its last step of warm-up
//! New ──────────────────────────> WarmingUp ──────────────────> Pushes
//!  └──── where the generator is new too: they learn side by side ──^
//! ```

use serde::{Deserialize, Serialize};

/// Steps in which a new discriminator learns before it pushes a generator that has learned already.
const WARMUP: u64 = 20;

/// How far a discriminator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Its weights are random.
    New,
    /// It learns, and the generator does not learn from it yet.
    WarmingUp {
        /// Steps of warm-up that are still to be made; steps that train the generator alone do not count.
        left: u64,
        /// Its weights were random when the warm-up began.
        from_new: bool,
    },
    /// The generator learns from it.
    Pushes,
}

/// How far both networks are. A model has one of these from its first day on, its training owns it, and a checkpoint
/// stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    generator_learned: bool,
    discriminator: Stage,
}

impl Progress {
    /// Both networks have random weights.
    pub fn of_new_networks() -> Self {
        Self { generator_learned: false, discriminator: Stage::New }
    }

    /// Networks of a file that says nothing of a training count as trained.
    pub fn of_a_file() -> Self {
        Self { generator_learned: true, discriminator: Stage::Pushes }
    }

    /// What a checkpoint of version 0.1 means: after `pushes_after` steps its discriminator pushes.
    pub fn of_step(step: u64, pushes_after: u64, discriminator_learns: bool) -> Self {
        let discriminator = match pushes_after.saturating_sub(step) {
            _ if !discriminator_learns => Stage::New,
            0 => Stage::Pushes,
            left => Stage::WarmingUp { left, from_new: true },
        };
        Self { generator_learned: true, discriminator }
    }

    /// The discriminator is replaced by one of random weights.
    pub fn discriminator_made(&mut self) {
        self.discriminator = Stage::New;
    }

    /// The discriminator is replaced by a trained one. `warmup` is the training's option, where there is a training.
    pub fn discriminator_loaded(&mut self, warmup: Option<u64>) {
        self.discriminator = Stage::after(warmup.unwrap_or(0), false);
    }

    /// A new training begins, with new optimisers.
    pub fn training_begun(&mut self, warmup: Option<u64>) {
        self.discriminator = match self.discriminator {
            Stage::New | Stage::WarmingUp { from_new: true, .. } => Stage::New,
            _ => Stage::after(warmup.unwrap_or(0), false),
        };
    }

    /// The training has another `warmup`: it counts from here. One that is still new is warmed up by what the options
    /// say when it begins to learn.
    pub fn warmup_changed(&mut self, warmup: Option<u64>) {
        self.discriminator = match self.discriminator {
            Stage::New => Stage::New,
            Stage::WarmingUp { from_new, .. } => Stage::after(warmup.unwrap_or(0), from_new),
            Stage::Pushes => Stage::after(warmup.unwrap_or(0), false),
        };
    }

    /// Whether the discriminator pushes in the next step that trains it.
    pub fn pushes(&self, warmup: Option<u64>) -> bool {
        self.left(warmup) == 0
    }

    /// A step was made.
    pub fn stepped(&mut self, trained_discriminator: bool, warmup: Option<u64>) {
        if trained_discriminator {
            let from_new = match self.discriminator {
                Stage::New => true,
                Stage::WarmingUp { from_new, .. } => from_new,
                Stage::Pushes => false,
            };
            self.discriminator = Stage::after(self.left(warmup).saturating_sub(1), from_new);
        }
        self.generator_learned = true;
    }

    /// Steps of warm-up before the discriminator pushes.
    fn left(&self, warmup: Option<u64>) -> u64 {
        match self.discriminator {
            // Two new networks learn side by side.
            Stage::New => warmup.unwrap_or(if self.generator_learned { WARMUP } else { 0 }),
            Stage::WarmingUp { left, .. } => left,
            Stage::Pushes => 0,
        }
    }
}

impl Stage {
    fn after(left: u64, from_new: bool) -> Self {
        if left == 0 { Stage::Pushes } else { Stage::WarmingUp { left, from_new } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In which of `steps` steps, counted from 1, the discriminator pushes for the first time.
    fn first_push(mut progress: Progress, warmup: Option<u64>, steps: u64) -> Option<u64> {
        (1..=steps).find(|_| {
            let pushes = progress.pushes(warmup);
            progress.stepped(true, warmup);
            pushes
        })
    }

    fn trained_alone(mut progress: Progress, steps: u64) -> Progress {
        (0..steps).for_each(|_| progress.stepped(false, None));
        progress
    }

    #[test]
    fn a_new_discriminator_warms_up_where_the_generator_has_learned() {
        let new = Progress::of_new_networks();
        assert_eq!(first_push(new, None, 30), Some(1), "two new networks learn side by side");
        assert_eq!(first_push(trained_alone(new, 1), None, 30), Some(21));
        let mut file = Progress::of_a_file();
        assert_eq!(first_push(file, None, 30), Some(1));
        file.discriminator_made();
        assert_eq!(first_push(file, None, 30), Some(21));
        assert_eq!(first_push(file, Some(0), 30), Some(1));
        assert_eq!(first_push(file, Some(3), 30), Some(4));
        assert_eq!(first_push(new, Some(3), 30), Some(4));
    }

    #[test]
    fn steps_of_the_generator_alone_are_no_warm_up() {
        let mut progress = trained_alone(Progress::of_new_networks(), 100);
        progress.stepped(true, None);
        assert_eq!(first_push(trained_alone(progress, 100), None, 30), Some(20));
    }

    #[test]
    fn a_new_training_warms_up_again_what_had_not_finished() {
        let mut file = Progress::of_a_file();
        file.discriminator_made();
        for (steps, push) in [(0, 21), (1, 21), (19, 21), (20, 1), (25, 1)] {
            let mut progress = file;
            (0..steps).for_each(|_| progress.stepped(true, None));
            progress.training_begun(None);
            assert_eq!(first_push(progress, None, 30), Some(push), "after {steps} steps");
        }
        // A trained one waits only where the options say so.
        let mut loaded = Progress::of_a_file();
        loaded.training_begun(Some(5));
        loaded.stepped(true, Some(5));
        assert_eq!(first_push(loaded, Some(5), 30), Some(5));
        loaded.training_begun(None);
        assert_eq!(first_push(loaded, None, 30), Some(1));
    }

    #[test]
    fn another_warmup_counts_from_where_it_is_set() {
        let mut progress = Progress::of_a_file();
        progress.warmup_changed(Some(4));
        assert_eq!(first_push(progress, Some(4), 30), Some(5));
        progress.stepped(true, Some(4));
        progress.warmup_changed(Some(2));
        assert_eq!(first_push(progress, Some(2), 30), Some(3));
        progress.warmup_changed(None);
        assert_eq!(first_push(progress, None, 30), Some(1));
        let mut new = trained_alone(Progress::of_new_networks(), 1);
        new.warmup_changed(None);
        assert_eq!(first_push(new, None, 30), Some(21), "the default of a new one");
    }

    #[test]
    fn a_loaded_discriminator_counts_as_trained() {
        let mut progress = trained_alone(Progress::of_new_networks(), 1);
        progress.discriminator_loaded(None);
        assert_eq!(first_push(progress, None, 30), Some(1));
        progress.discriminator_loaded(Some(2));
        assert_eq!(first_push(progress, Some(2), 30), Some(3));
    }

    #[test]
    fn checkpoints_of_version_0_1_mean_what_they_meant() {
        for (step, pushes_after, push) in [(3, 20, 18), (20, 20, 1), (25, 20, 1), (0, 0, 1)] {
            let progress = Progress::of_step(step, pushes_after, true);
            assert_eq!(first_push(progress, None, 30), Some(push), "{step} of {pushes_after}");
        }
        assert_eq!(first_push(Progress::of_step(100, 0, false), None, 30), Some(21));
    }
}
