//! A model on its device: it is loaded or made, it translates, it is saved; in `teaching` it learns. No JavaScript
//! types here.

mod teaching;

use std::cell::{Cell, RefCell};

use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use image::RgbaImage;
use serde::Deserialize;

use crate::device::{Opened, values};
use crate::error::{Error, Result};
use crate::image::{Fit, Output, check_pixels, fit};
use crate::model::{ConfigError, DiscriminatorConfig, GeneratorConfig, Mode, Statistics};
use crate::random::Random;
use crate::train::{Networks, Progress, TrainOptions, Trainer};
use crate::weights::{self, Bytes, Contents, Dtype, Format, Loaded, OnTensor};

pub use teaching::{Evaluation, Preview, ScoreMap};

/// Options of [`Pix2Pix::translate`].
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TranslateOptions {
    /// Keep dropout on, as the original does at test time.
    pub dropout: bool,
    /// Seed of the dropout masks; the same seed drops the same values.
    pub seed: u32,
    pub statistics: Statistics,
    pub fit: Fit,
    pub output: Output,
}

/// What [`Pix2Pix::save`] puts into the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    #[default]
    Generator,
    /// The discriminator alone, for [`Pix2Pix::load_discriminator`].
    Discriminator,
    /// Both.
    Networks,
    /// All of a training.
    Checkpoint,
}

/// What [`Pix2Pix::create`] makes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateConfig {
    pub generator: GeneratorConfig,
    /// Width of the discriminator's first layer. Default: ngf.
    pub ndf: Option<usize>,
    pub seed: u32,
}

/// A generator, and perhaps its discriminator and a training, on a device.
pub struct Pix2Pix {
    config: GeneratorConfig,
    origin: Origin,
    opened: Opened,
    /// Empty only while an update is made, which waits for nothing.
    networks: RefCell<Option<Networks>>,
    training: RefCell<Training>,
    /// Whether a step waits for its numbers.
    stepping: Cell<bool>,
}

/// A model's training, or how far its networks are without one.
enum Training {
    None(Progress),
    Begun(Box<Trainer>),
}

impl Training {
    fn trainer(&self) -> Option<&Trainer> {
        match self {
            Training::None(_) => None,
            Training::Begun(trainer) => Some(trainer),
        }
    }

    /// # Errors
    /// `train/none`: not begun.
    fn begun(&mut self) -> Result<&mut Trainer> {
        match self {
            Training::None(_) => Err(Error::NotTrained { what: "training under way" }),
            Training::Begun(trainer) => Ok(trainer),
        }
    }

    fn progress(&self) -> Progress {
        match self {
            Training::None(progress) => *progress,
            Training::Begun(trainer) => trainer.progress(),
        }
    }
}

/// Where a model came from.
#[derive(Debug)]
pub struct Origin {
    /// The name of a [`Format`], or `new`.
    pub format: &'static str,
    pub dtype: &'static str,
    /// The size of the file.
    pub bytes: u64,
    pub ignored: Vec<String>,
}

/// The format of a model that came from no file.
const NEW: &str = "new";
/// The streams of random numbers of a new model.
const GENERATOR: u64 = 1;
const DISCRIMINATOR: u64 = 2;
impl Pix2Pix {
    /// Reads a weights file onto an open device. A checkpoint brings its training along.
    ///
    /// # Errors
    /// `weights/…`, see [`weights::load`].
    pub fn load(bytes: &dyn Bytes, opened: Opened, on_tensor: OnTensor) -> Result<Self> {
        let Loaded { generator, config, discriminator, format, dtype, training, ignored } =
            weights::load(bytes, &opened.device, on_tensor)?;
        let networks =
            Networks { generator, discriminator: discriminator.map(|(network, _)| network) };
        let training = match training {
            Some(training) => {
                Training::Begun(Box::new(Trainer::restore(&config, &networks, training)?))
            }
            None => Training::None(Progress::of_a_file()),
        };
        let origin = Origin { format, dtype, bytes: bytes.len(), ignored };
        Ok(Self::new(config, origin, opened, networks, training))
    }

    /// Both networks with random weights, as the original starts from.
    ///
    /// # Errors
    /// `options/invalid`: a width or a depth that can't be.
    pub fn create(new: &CreateConfig, opened: Opened) -> Result<Self> {
        let CreateConfig { generator: config, ndf, seed } = new;
        let ndf = ndf.unwrap_or(config.ngf);
        let discriminator = discriminator_config(config, ndf);
        let checked = config.check_trainable().and_then(|()| discriminator.check_trainable());
        checked.map_err(refused)?;
        let generator = config.init(&opened.device, stream(*seed, GENERATOR));
        let discriminator = discriminator.init(&opened.device, stream(*seed, DISCRIMINATOR));
        let networks = Networks { generator, discriminator: Some(discriminator) };
        let origin = Origin { format: NEW, dtype: "f32", bytes: 0, ignored: Vec::new() };
        let training = Training::None(Progress::of_new_networks());
        Ok(Self::new(config.clone(), origin, opened, networks, training))
    }

    fn new(
        config: GeneratorConfig,
        origin: Origin,
        opened: Opened,
        networks: Networks,
        training: Training,
    ) -> Self {
        let (networks, training) = (RefCell::new(Some(networks)), RefCell::new(training));
        Self { config, origin, opened, networks, training, stepping: Cell::new(false) }
    }

    pub fn config(&self) -> &GeneratorConfig {
        &self.config
    }

    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Width of the discriminator's first layer, where there is one.
    pub fn ndf(&self) -> Option<usize> {
        self.networks().discriminator.as_ref().map(|network| network.ndf())
    }

    /// Weights and biases of the generator.
    pub fn parameters(&self) -> usize {
        self.networks().generator.num_params()
    }

    /// Steps of the training so far.
    pub fn step_count(&self) -> u64 {
        self.training.borrow().trainer().map_or(0, Trainer::step)
    }

    /// The training's options, or the defaults where there is none.
    pub fn options(&self) -> TrainOptions {
        self.training.borrow().trainer().map(|t| t.options().clone()).unwrap_or_default()
    }

    /// Bytes that the GPU's memory pools hold, those kept for reuse among them; `None` on the CPU.
    pub fn device_memory(&self) -> Option<u64> {
        self.opened.device.memory_pool_usage().map(|usage| usage.bytes_reserved)
    }

    /// The networks as they are now. They share their tensors.
    pub fn networks(&self) -> Networks {
        self.networks.borrow().clone().expect("they are away only while an update is made")
    }

    /// The picture for a sketch of any size.
    ///
    /// # Errors
    /// `model/running-statistics`, `model/channels`, `image/unreadable` (no pixels), `device/lost`.
    pub async fn translate(
        &self,
        sketch: RgbaImage,
        options: &TranslateOptions,
    ) -> Result<RgbaImage> {
        if options.statistics == Statistics::Running {
            self.check_running_statistics()?;
        }
        self.check_channels()?;
        check_pixels("it", &sketch)?;
        let mut fitted = fit(sketch, self.config.size(), options.fit);
        let input = self.pictures(std::mem::take(&mut fitted.planes));
        let mode = Mode {
            statistics: options.statistics,
            dropout: options.dropout.then_some(options.seed.into()),
        };
        let output = self.networks().generator.forward(input, mode); // [1, 3, S, S]
        Ok(fitted.picture(&values(output).await?, options.output))
    }

    /// The model as a file, given to `sink` in pieces.
    ///
    /// # Errors
    /// `device/lost`, `train/none` (a checkpoint where nothing was trained, the discriminator of a model without one),
    /// `weights/incompatible` (what the format can't hold), `weights/nan`.
    pub async fn save(
        &self,
        what: What,
        format: Format,
        dtype: Dtype,
        sink: &mut dyn FnMut(Vec<u8>),
    ) -> Result<()> {
        let Networks { generator, discriminator } = self.networks();
        let training = self.training.borrow();
        let training = training.trainer().filter(|_| what == What::Checkpoint).map(Trainer::store);
        if what == What::Checkpoint && training.is_none() {
            return Err(Error::NotTrained { what: "training to save as a checkpoint" });
        }
        if what == What::Discriminator && discriminator.is_none() {
            return Err(Error::NotTrained { what: "discriminator to save" });
        }
        let contents = Contents {
            generator: Some(&generator).filter(|_| what != What::Discriminator),
            config: &self.config,
            discriminator: discriminator.as_ref().filter(|_| what != What::Generator),
            training: training.as_ref(),
        };
        weights::write(contents, format, dtype, sink).await
    }

    /// Training follows the original, which never updates them: they are of the weights before.
    fn check_running_statistics(&self) -> Result<()> {
        let why = if !self.config.running_statistics {
            format!("its {} file stores none", self.origin.format)
        } else if self.step_count() > 0 {
            "it was trained since, and they are of the weights before".into()
        } else {
            return Ok(());
        };
        Err(Error::RunningStatistics { why })
    }

    fn check_channels(&self) -> Result<()> {
        let GeneratorConfig { in_channels, out_channels, .. } = self.config;
        match (in_channels, out_channels) {
            (3, 3) => Ok(()),
            _ => Err(Error::Channels { in_channels, out_channels }),
        }
    }

    /// `[1, 3, S, S]`
    fn pictures(&self, planes: Vec<f32>) -> Tensor<4> {
        let size = self.config.size();
        Tensor::from_data(TensorData::new(planes, [1, 3, size, size]), &self.opened.device)
    }
}

/// A network can't be made of this config.
fn refused(error: ConfigError) -> Error {
    Error::Options { detail: format!("the config of create: {error}") }
}

/// A discriminator to train beside a generator.
fn discriminator_config(generator: &GeneratorConfig, ndf: usize) -> DiscriminatorConfig {
    let GeneratorConfig { in_channels, out_channels, bias, .. } = *generator;
    DiscriminatorConfig { in_channels, out_channels, ndf, bias }
}

fn stream(seed: u32, network: u64) -> u64 {
    Random::stream(seed.into(), network, 0).bits()
}
