//! A model on its device and its training, if it has one: all state of this crate is here. No JavaScript types.
//!
//! [`Pix2Pix`] is what callers hold. It joins a `Model` (config, networks, device) and a `Training` (stage, trainer),
//! which know each other only by what its methods pass between them.

mod memory;
mod model;
mod training;

use image::RgbaImage;

pub use model::{
    ColorizeOptions, CreateConfig, EvaluateOptions, Evaluation, KeptKernels, Origin, Preview,
    SaveWhat, ScoreMap, TranslateOptions,
};

use crate::data::{ReadPair, ReadPhoto};
use crate::device::Opened;
use crate::error::{Error, Result};
use crate::image::{Canvas, Frame};
use crate::model::{GeneratorConfig, Mode, Patch};
use crate::train::{Networks, Progress, Report, TrainOptions, training_memory};
use crate::weights::{Bytes, Card, Dtype, Format, LoadProgress};
use memory::translation_memory;
use model::Model;
use training::Training;

/// A generator, and perhaps its discriminator and a training, on a device.
///
/// ```
/// use image::RgbaImage;
/// use pix2pix_web::device::{self, Choice};
/// use pix2pix_web::model::GeneratorConfig;
/// use pix2pix_web::session::CreateConfig;
/// use pix2pix_web::train::TrainOptions;
/// use pix2pix_web::{Pix2Pix, TranslateOptions};
///
/// # pollster::block_on(async {
/// let generator = GeneratorConfig { depth: 5, ngf: 1, ..Default::default() };
/// let config = CreateConfig { generator, seed: 1, ..Default::default() };
/// let model = Pix2Pix::create(&config, device::open(Choice::Cpu).await?)?;
///
/// model.begin(TrainOptions { batch_size: 2, ..Default::default() })?;
/// let (sketch, photo) = (RgbaImage::new(32, 32), RgbaImage::new(32, 32));
/// model.add("a pair".into(), sketch.clone(), photo)?;
/// let report = model.step().await?;
/// assert_eq!((report.step, report.pairs.len()), (1, 2));
///
/// let picture = model.translate(sketch, &TranslateOptions::default()).await?;
/// assert_eq!(picture.dimensions(), (32, 32));
/// # Ok::<_, pix2pix_web::Error>(())
/// # }).unwrap();
/// ```
pub struct Pix2Pix {
    model: Model,
    training: Training,
}

impl Pix2Pix {
    /// Reads a weights file onto an open device. A checkpoint brings its training along.
    ///
    /// # Errors
    /// `weights/…`, see [`crate::weights::load`].
    pub fn load(bytes: &dyn Bytes, opened: Opened, progress: LoadProgress) -> Result<Self> {
        let (model, stored) = Model::load(bytes, opened, progress)?;
        let training = match stored {
            Some(stored) => Training::restore(&model, stored)?,
            None => Training::none(Progress::of_a_file()),
        };
        Ok(Self { model, training })
    }

    /// Both networks with random weights, as the original starts from.
    ///
    /// # Errors
    /// `options/invalid`: a width or a depth that can't be.
    pub fn create(config: &CreateConfig, opened: Opened) -> Result<Self> {
        let model = Model::create(config, opened)?;
        Ok(Self { model, training: Training::none(Progress::of_new_networks()) })
    }

    pub fn config(&self) -> &GeneratorConfig {
        self.model.config()
    }

    pub fn origin(&self) -> &Origin {
        self.model.origin()
    }

    /// What the model's file says of it to people. A training that begins makes another model of it, which has no title, licence
    /// or scores yet; see [`Card::made_from`].
    pub fn card(&self) -> Option<Card> {
        self.model.card()
    }

    /// Gives the model another card, which its files hold from now on. What it was made from stays, and so do the classes of its
    /// maps where the card has none.
    ///
    /// # Errors
    /// `weights/card`.
    pub fn set_card(&self, card: Card) -> Result<()> {
        self.model.set_card(card)
    }

    pub fn opened(&self) -> &Opened {
        self.model.opened()
    }

    /// Width of the discriminator's first layer, where there is one.
    pub fn ndf(&self) -> Option<usize> {
        self.model.ndf()
    }

    /// What each of the discriminator's logits judges, where there is one.
    pub fn patch(&self) -> Option<Patch> {
        self.model.patch()
    }

    /// Weights and biases of the generator.
    pub fn parameters(&self) -> usize {
        self.model.parameters()
    }

    /// Steps of the training so far.
    pub fn step_count(&self) -> u64 {
        self.training.step_count()
    }

    /// The training's options, or the defaults where there is none.
    pub fn options(&self) -> TrainOptions {
        self.training.options()
    }

    /// Bytes that the GPU's memory pools hold, those kept for reuse among them; `None` on the CPU.
    pub fn device_memory(&self) -> Option<u64> {
        self.opened().device.memory_pool_usage().map(|usage| usage.bytes_reserved)
    }

    /// How the device keeps the kernels that [`Pix2Pix::translate`] and [`Pix2Pix::colorize`] multiply by.
    pub fn kept_kernels(&self) -> KeptKernels {
        self.model.kept_kernels()
    }

    /// Has a GPU keep a copy of the generator's kernels in fewer bits to translate by, until the model learns: of layers of few pixels
    /// hardly more than the kernels is read. [`Dtype::F16`] rounds each weight to 16 bits, [`Dtype::Q8`] to one of 256 values.
    ///  A few layers are tried first; where the GPU does not give what the CPU does, where there is no GPU, or no full
    /// convolution, they stay as they are, and
    /// [`Pix2Pix::kept_kernels`] says why.
    ///
    /// # Errors
    /// `device/lost`.
    pub async fn pack_kernels(&self, dtype: Dtype) -> Result<()> {
        self.model.pack_kernels(dtype).await
    }

    /// The networks as they are now. They share their tensors.
    pub fn networks(&self) -> Networks {
        self.model.networks()
    }

    /// Does once what the first picture does and later ones don't, and with `train` what the first step of a training with these
    /// options does: the device's programs are compiled, and weights are laid out. Nothing of the model changes. A training's
    /// memory is taken for that, and given back.
    ///
    /// # Errors
    /// As [`Pix2Pix::begin`] and [`Pix2Pix::step`]; `device/lost`.
    pub async fn warm_up(&self, train: Option<TrainOptions>) -> Result<()> {
        if let Some(options) = train {
            self.training.warm_up(&self.model, options).await?;
        }
        // The picture is read from the device, behind everything that was queued.
        self.model.warm_up().await
    }

    /// The picture for a sketch of any size.
    ///
    /// # Errors
    /// `model/running-statistics`, `model/channels`, `model/not-finite`, `image/unreadable` (no pixels), `image/size` (`size` is
    /// no multiple of the network's, or too large), `device/lost`.
    pub async fn translate(
        &self,
        sketch: RgbaImage,
        options: &TranslateOptions,
    ) -> Result<RgbaImage> {
        self.model.translate(sketch, options).await
    }

    /// [`Pix2Pix::translate`] of a sketch that [`crate::image::fit`] or [`crate::image::fit_to`] has brought to what the
    /// network sees already, for callers that read ahead: of a large picture only that has to stay in memory. `options.fit`
    /// and `options.size` do not matter.
    ///
    /// # Errors
    /// `model/running-statistics`, `model/channels`, `model/not-finite`, `image/size`, `device/lost`.
    ///
    /// # Panics
    /// If there are more or fewer values than the frame has.
    pub async fn translate_fitted(
        &self,
        planes: Vec<f32>,
        frame: Frame,
        options: &TranslateOptions,
    ) -> Result<RgbaImage> {
        self.model.translate_fitted(planes, frame, options).await
    }

    /// A photograph in the model's colours, as large as it is and as light in every pixel. The model, one of Lab, sees it
    /// squashed into its square, or to `options.size`; its colours are enlarged to the photograph's size. Transparency counts as
    /// white.
    ///
    /// # Errors
    /// `model/channels`: the model does not turn lightness into colours. `model/running-statistics`, `model/not-finite`,
    /// `image/unreadable` (no pixels), `image/size`, `device/lost`.
    pub async fn colorize(&self, photo: RgbaImage, options: &ColorizeOptions) -> Result<RgbaImage> {
        self.model.colorize(photo, options).await
    }

    /// The model as a file, given to `sink` in pieces. Its card says the steps of the training, where that of a generator alone
    /// would not tell them; an ONNX file has no place for a card.
    ///
    /// # Errors
    /// `device/lost`, `train/none` (a checkpoint where nothing was trained, the discriminator of a model without one),
    /// `weights/incompatible` (what the format can't hold), `weights/nan`.
    pub async fn save(
        &self,
        what: SaveWhat,
        format: Format,
        dtype: Dtype,
        sink: &mut dyn FnMut(Vec<u8>),
    ) -> Result<()> {
        let training = match what {
            SaveWhat::Checkpoint => Some(self.training.store(&self.model)?),
            _ => None,
        };
        self.model.save(what, training.as_ref(), self.step_count(), format, dtype, sink).await
    }

    /// Begins a training, or continues the model's own with other options. The pairs are still to be added.
    ///
    /// # Errors
    /// `options/invalid`, `image/size` (of the squares that are cut out), `model/channels`, `model/untrainable`, `train/running`.
    pub fn begin(&self, options: TrainOptions) -> Result<()> {
        self.training.begin(&self.model, options, false)
    }

    /// Begins a training with new optimisers, at step 0. What the networks have learned stays.
    ///
    /// # Errors
    /// As [`Pix2Pix::begin`].
    pub fn restart(&self, options: TrainOptions) -> Result<()> {
        self.training.begin(&self.model, options, true)
    }

    /// Gives the training a pair to learn from.
    ///
    /// # Errors
    /// `pair/size`, `pair/kind` (the model learns to colour), `image/unreadable`, `train/none` (not begun), `train/running`
    /// (from within [`ReadPair`]).
    pub fn add(&self, name: String, input: RgbaImage, target: RgbaImage) -> Result<()> {
        self.training.change(|trainer| trainer.add(name, input, target))
    }

    /// Adds a pair that is read on demand, for those that have thousands; a pair that can't be read fails the step that
    /// needs it.
    ///
    /// # Errors
    /// `train/none` (not begun), `train/running` (from within [`ReadPair`]).
    pub fn add_from(&self, name: String, read: ReadPair) -> Result<()> {
        self.training.change(|trainer| {
            trainer.add_read(name, read);
            Ok(())
        })
    }

    /// Gives the training of a model of Lab a photograph to learn from: its lightness and its colours are the pair.
    ///
    /// # Errors
    /// `pair/kind` (the model is of RGB), `image/unreadable`, `train/none` (not begun), `train/running` (from within
    /// [`ReadPhoto`]).
    pub fn add_photo(&self, name: String, photo: RgbaImage) -> Result<()> {
        self.training.change(|trainer| trainer.add_photo(name, photo))
    }

    /// Adds a photograph that is read on demand, likewise.
    ///
    /// # Errors
    /// `train/none` (not begun), `train/running` (from within [`ReadPhoto`]).
    pub fn add_photo_from(&self, name: String, read: ReadPhoto) -> Result<()> {
        self.training.change(|trainer| {
            trainer.add_read_photo(name, read);
            Ok(())
        })
    }

    /// Records a timeline of the next step, whatever `traceEvery` says.
    ///
    /// # Errors
    /// `train/none` (not begun), `train/running` (from within [`ReadPair`]).
    pub fn trace_next(&self) -> Result<()> {
        self.training.change(|trainer| {
            trainer.trace_next();
            Ok(())
        })
    }

    /// Forgets the pairs, and keeps the optimisers.
    ///
    /// # Errors
    /// `train/running` (from within [`ReadPair`]).
    pub fn end(&self) -> Result<()> {
        let ended = self.training.change(|trainer| {
            trainer.clear();
            Ok(())
        });
        match ended {
            Err(Error::NotTrained { .. }) => Ok(()), // nothing to forget
            other => other,
        }
    }

    /// One step: an update of the discriminator and one of the generator. A step that fails updates neither.
    ///
    /// # Errors
    /// `train/no-pairs`, `train/diverged`, `train/running`, `train/none`, `device/lost`; of pairs that are read on demand
    /// `image/unreadable` and `pair/size`.
    pub async fn step(&self) -> Result<Report> {
        self.training.step(&self.model).await
    }

    /// The last step's first pair through the networks as they are now, without dropout.
    ///
    /// # Errors
    /// `train/none` (no step yet), `model/not-finite`, `device/lost`.
    pub async fn preview(&self) -> Result<Preview> {
        let (name, batch) = self.training.last_pair()?;
        Ok(self.model.judge(name, batch, Mode::default(), true).await?.preview)
    }

    /// A pair through the networks, whole, framed as the training frames it.
    ///
    /// # Errors
    /// `pair/size`, `pair/kind` (the model learns to colour), `image/unreadable`, `image/size`, `model/channels`,
    /// `model/not-finite`, `device/lost`.
    pub async fn evaluate(
        &self,
        name: String,
        input: RgbaImage,
        target: RgbaImage,
        options: EvaluateOptions,
    ) -> Result<Evaluation> {
        let fit = self.options().fit;
        let batch = self.model.pair(&name, [input, target], fit, options)?;
        self.model.judge(name, batch, options.mode(), false).await
    }

    /// A photograph through the networks of a model of Lab, whole, framed as the training frames it: its lightness and its
    /// colours are the pair. All pictures, and what they are compared by, are of RGB.
    ///
    /// # Errors
    /// `pair/kind` (the model is of RGB), `options/invalid` (hints), `image/unreadable`, `image/size`, `model/channels`,
    /// `model/not-finite`, `device/lost`.
    pub async fn evaluate_photo(
        &self,
        name: String,
        photo: RgbaImage,
        options: EvaluateOptions,
    ) -> Result<Evaluation> {
        if options.spread_hints {
            return Err(self.model.no_hints("evaluate"));
        }
        let batch = self.model.photo(&name, photo, self.options().fit, options)?;
        self.model.judge(name, batch, options.mode(), false).await
    }

    /// Replaces the discriminator by that of a file.
    ///
    /// # Errors
    /// `weights/…`, see [`crate::weights::load_discriminator`]; `model/untrainable`: its patches are too large for the model's
    /// pictures; `train/running`.
    pub fn load_discriminator(&self, bytes: &dyn Bytes) -> Result<()> {
        self.training.load_discriminator(&self.model, bytes)
    }

    /// Replaces the discriminator by one of random weights, of this width and with these patches; where they are left out, of
    /// those that the model's own has. [`Pix2Pix::begin`] makes one as wide as the generator, with patches of 70 pixels, where
    /// there is none.
    ///
    /// # Errors
    /// `options/invalid`: a width that can't be, or a patch that is too large for the model's pictures; `train/running`.
    pub fn create_discriminator(
        &self,
        ndf: Option<usize>,
        patch: Option<Patch>,
        seed: u32,
    ) -> Result<()> {
        self.training.create_discriminator(&self.model, ndf, patch, seed)
    }

    /// About how many bytes a picture on this canvas, whole or in tiles, takes on the device, besides the weights.
    pub fn translation_memory(&self, canvas: Canvas, tiles: bool) -> u64 {
        translation_memory(self.opened().kind, self.config(), canvas, tiles)
    }

    /// About how many bytes a training with these options takes on the device.
    ///
    /// # Errors
    /// `options/invalid`, `image/size` (of the squares that are cut out).
    pub fn training_memory(&self, options: &TrainOptions) -> Result<u64> {
        options.check()?;
        let discriminator = self.model.discriminator_config(None, None);
        training_memory(self.opened().kind, self.config(), &discriminator, options)
    }
}
