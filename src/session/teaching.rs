//! A model that learns: begin, give pairs, step; and look at what it makes of a pair.

use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use image::RgbaImage;
use serde_json::Value;

use super::{DISCRIMINATOR, Pix2Pix, Training, discriminator_config, refused, stream};
use crate::data::square;
use crate::device::values;
use crate::error::{Error, Result};
use crate::image::picture;
use crate::model::{Discriminator, Mode};
use crate::train::{
    Networks, ReadPair, Report, TrainOptions, Trainer, check_shapes, training_memory,
};
use crate::weights::{self, Bytes};

/// A pair through the networks.
pub struct Preview {
    pub name: String,
    pub input: RgbaImage,
    pub output: RgbaImage,
    pub target: RgbaImage,
    /// The discriminator's maps of the target and of the output.
    pub maps: Option<[ScoreMap; 2]>,
}

/// Probabilities, row by row.
pub struct ScoreMap {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

/// A pair that the model was tested on.
pub struct Evaluation {
    pub preview: Preview,
    /// Mean absolute difference of output and target, of 1.
    pub l1: f64,
}

impl Pix2Pix {
    /// Begins a training, or goes on with one, as yet without pairs. `changes` are options as a JSON object, which
    /// take the place of the defaults, or of those that the training had. `restart` forgets what it had.
    ///
    /// # Errors
    /// `options/invalid`, `model/channels`, `train/running`.
    pub fn begin(&self, changes: Value, restart: bool) -> Result<()> {
        self.check_idle()?;
        self.check_channels()?;
        let before = if restart { TrainOptions::default() } else { self.options() };
        let options = before.with(changes)?;
        options.scale_size(self.config.size())?;
        self.config.check_trainable().map_err(|error| Error::Options {
            detail: format!("this model can't be trained: its {error}"),
        })?;
        if self.ndf().is_none() && !options.generator_only {
            self.create_discriminator(self.config.ngf, options.seed)?;
        }
        let networks = self.networks();
        let training = &mut *self.training.borrow_mut();
        match training {
            Training::Begun(trainer) if !restart => {
                trainer.set_options(options);
                trainer.clear();
            }
            _ => {
                let progress = training.progress();
                let trainer = Trainer::new(&self.config, &networks, options, progress);
                *training = Training::Begun(Box::new(trainer));
            }
        }
        Ok(())
    }

    /// Gives the training a pair to learn from.
    ///
    /// # Errors
    /// `pair/size`, `image/unreadable`, `train/none` (not begun).
    pub fn add(&self, name: String, input: RgbaImage, target: RgbaImage) -> Result<()> {
        self.training.borrow_mut().begun()?.add(name, input, target)
    }

    /// Gives the training a pair that is read whenever it is needed, for those that have thousands; a pair that can't be
    /// read ends the step that needs it.
    ///
    /// # Errors
    /// `train/none` (not begun).
    pub fn add_from(&self, name: String, read: ReadPair) -> Result<()> {
        self.training.borrow_mut().begun()?.add_read(name, read);
        Ok(())
    }

    /// Records a timeline of the next step, whatever `traceEvery` says.
    ///
    /// # Errors
    /// `train/none` (not begun).
    pub fn trace_next(&self) -> Result<()> {
        self.training.borrow_mut().begun()?.trace_next();
        Ok(())
    }

    /// Forgets the pairs, and keeps the optimisers.
    pub fn end(&self) {
        if let Training::Begun(trainer) = &mut *self.training.borrow_mut() {
            trainer.clear();
        }
    }

    /// One step: an update of the discriminator and one of the generator. After an error the weights are as before.
    ///
    /// # Errors
    /// `train/no-pairs`, `train/diverged`, `train/running`, `train/none`, `device/lost`.
    pub async fn step(&self) -> Result<Report> {
        self.check_idle()?;
        let begun = {
            let mut training = self.training.borrow_mut();
            training.begun()?.compute(&self.networks(), &self.opened)?
        };
        self.stepping.set(true);
        let numbers = begun.pending.numbers().await;
        self.stepping.set(false);
        let numbers = numbers?;
        let (mut report, trace) = {
            let mut training = self.training.borrow_mut();
            let trainer = training.begun().expect("a training does not end while it steps");
            let networks =
                self.networks.take().expect("they are away only while an update is made");
            let (networks, report, trace) = trainer.finish(networks, begun, numbers);
            self.networks.replace(Some(networks));
            (report, trace)
        };
        report.trace = trace.json().await;
        Ok(report)
    }

    /// The last step's first pair through the networks as they are now, without dropout.
    ///
    /// # Errors
    /// `train/none` (no step yet), `device/lost`.
    pub async fn preview(&self) -> Result<Preview> {
        let last = self.training.borrow().trainer().and_then(|trainer| trainer.last().cloned());
        let Some(last) = last else {
            return Err(Error::NotTrained { what: "step to look at" });
        };
        let (input, target) = (last.batch.input.narrow(0, 0, 1), last.batch.target.narrow(0, 0, 1));
        let name = last.names.into_iter().next().expect("a batch has a pair");
        Ok(self.judge(name, input, target, Mode::default(), true).await?.preview)
    }

    /// A pair through the networks, whole, framed as the training frames it; with a seed for `dropout` it is kept on,
    /// as the original does at test time.
    ///
    /// # Errors
    /// `pair/size`, `image/unreadable`, `model/channels`, `device/lost`.
    pub async fn evaluate(
        &self,
        name: String,
        input: RgbaImage,
        target: RgbaImage,
        dropout: Option<u32>,
    ) -> Result<Evaluation> {
        self.check_channels()?;
        check_shapes(&name, &input, &target)?;
        let fit = self.options().fit;
        let size = self.config.size();
        let tensor = |picture| {
            let mut planes = Vec::with_capacity(3 * size * size);
            square(picture, size, fit).planes(&mut planes);
            self.pictures(planes)
        };
        let mode = Mode { dropout: dropout.map(u64::from), ..Mode::default() };
        self.judge(name, tensor(input), tensor(target), mode, false).await
    }

    /// `[1, 3, S, S]` each.
    async fn judge(
        &self,
        name: String,
        input: Tensor<4>,
        target: Tensor<4>,
        mode: Mode,
        maps: bool,
    ) -> Result<Evaluation> {
        let size = self.config.size();
        let Networks { generator, discriminator } = self.networks();
        let output = generator.forward(input.clone(), mode);
        let l1 = (output.clone() - target.clone()).abs().mean() / 2.0; // [-1, 1] is twice as wide as [0, 1]
        let maps = match discriminator.filter(|_| maps) {
            Some(network) => {
                let map =
                    |picture: &Tensor<4>| sigmoid(network.forward(input.clone(), picture.clone()));
                Some([score_map(map(&target)).await?, score_map(map(&output)).await?])
            }
            None => None,
        };
        let l1 = f64::from(values(l1).await?[0]);
        let [input, output, target] = [input, output, target].map(values);
        let preview = Preview {
            name,
            input: picture(&input.await?, size),
            output: picture(&output.await?, size),
            target: picture(&target.await?, size),
            maps,
        };
        Ok(Evaluation { preview, l1 })
    }

    /// Takes the discriminator of a file to train with.
    ///
    /// # Errors
    /// `weights/…`, see [`weights::load_discriminator`]; `train/running`.
    pub fn load_discriminator(&self, bytes: &dyn Bytes) -> Result<()> {
        self.check_idle()?;
        let network = weights::load_discriminator(bytes, &self.opened.device, &self.config)?;
        match &mut *self.training.borrow_mut() {
            Training::None(progress) => progress.discriminator_loaded(None),
            Training::Begun(trainer) => trainer.discriminator_loaded(&network),
        }
        self.replace_discriminator(network);
        Ok(())
    }

    /// Makes a discriminator with random weights to train with, instead of one as wide as the generator, which
    /// [`Pix2Pix::begin`] makes where there is none.
    ///
    /// # Errors
    /// `options/invalid`: a width that can't be; `train/running`.
    pub fn create_discriminator(&self, ndf: usize, seed: u32) -> Result<()> {
        self.check_idle()?;
        let config = discriminator_config(&self.config, ndf);
        config.check_trainable().map_err(refused)?;
        let network = config.init(&self.opened.device, stream(seed, DISCRIMINATOR));
        match &mut *self.training.borrow_mut() {
            Training::None(progress) => progress.discriminator_made(),
            Training::Begun(trainer) => trainer.discriminator_made(&network),
        }
        self.replace_discriminator(network);
        Ok(())
    }

    fn replace_discriminator(&self, network: Discriminator) {
        self.networks.replace(Some(Networks { discriminator: Some(network), ..self.networks() }));
    }

    /// About how many bytes a training takes on the device.
    ///
    /// # Errors
    /// `options/invalid`.
    pub fn training_memory(&self, changes: Value) -> Result<u64> {
        let options = self.options().with(changes)?;
        let ndf = self.ndf().unwrap_or(self.config.ngf);
        let discriminator = discriminator_config(&self.config, ndf);
        Ok(training_memory(self.opened.kind, &self.config, &discriminator, &options))
    }

    fn check_idle(&self) -> Result<()> {
        if self.stepping.get() {
            return Err(Error::Running);
        }
        Ok(())
    }
}

async fn score_map(map: Tensor<4>) -> Result<ScoreMap> {
    let [_, _, height, width] = map.dims();
    Ok(ScoreMap { width, height, values: values(map).await? })
}
