//! Networks on a device: loaded or made, translating, saved.

use std::cell::{Cell, RefCell};

use burn::module::Module;
use burn::tensor::activation::sigmoid;
use burn::tensor::{Tensor, TensorData};
use image::RgbaImage;
use serde::Deserialize;

use super::memory::{MOST, SAMPLE, largest_tensor, translation_memory};
use crate::data::{Batch, LabSquare, check_shapes, lab_square, lightness, square};
use crate::device::{Opened, values};
use crate::error::{Error, Result};
use crate::image::{
    Canvas, Fit, Frame, HintOptions, Output, Size, Tiles, check_pixels, colored, fit_to,
    lab_planes, on_white, picture, rgb_planes,
};
use crate::model::{
    Color, ConfigError, Direction, Discriminator, DiscriminatorConfig, Generator, GeneratorConfig,
    Mode, Patch, PreparedGenerator, Statistics,
};
use crate::random::{Purpose, Random};
use crate::train::{self, Networks, TrainOptions};
use crate::weights::{self, Bytes, Card, Contents, Dtype, Format, LoadProgress, Loaded, Packed};

/// Options of [`Pix2Pix::translate`](super::Pix2Pix::translate). The default is the picture that the model was made for.
///
/// ```
/// use pix2pix_web::TranslateOptions;
///
/// // As pix2pix.py tests: with dropout, which this seed decides.
/// let options = TranslateOptions { dropout: true, seed: 7, ..Default::default() };
/// assert_ne!(options, TranslateOptions::default());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TranslateOptions {
    /// Keep dropout on, as the original does at test time. Default false.
    pub dropout: bool,
    /// Seed of the dropout masks; the same seed drops the same values. Default 0.
    pub seed: u32,
    /// Default `Batch`.
    pub statistics: Statistics,
    /// How the sketch is brought to the network's square. Default `Contain`.
    pub fit: Fit,
    /// The shape of the picture. Default `Aspect`.
    pub output: Output,
    /// The size at which the network sees the sketch, and so that of the picture. Batch statistics are then of more pixels
    /// than the network was trained with, and the innermost layers have more than one pixel. Default `Network`.
    pub size: Size,
    /// The network sees the sketch in squares of its own size that overlap, and the picture is blended of what it makes of
    /// each. All are normalised by the statistics of some of them together, and dropout drops the same values in each. `size`
    /// may be anything from a tile's on, and is the sketch's own where it is left out. Default false.
    pub tiles: bool,
    /// Colour hints fill the regions that they lie in ([`crate::image::spread`]): for models that were trained so. Default
    /// false.
    pub spread_hints: bool,
    /// Regions that lines close, or all but close, and that have no colour hint get one, by this seed ([`crate::image::suggest_hints`]).
    /// Default: none.
    pub colors: Option<u32>,
    /// The most memory, in MiB, in which the CPU keeps weights in the form that it multiplies by, from the second picture of
    /// the same weights on: all of them take four times as much as the outer layers do in f32. The pictures are the same.
    /// Default 64, which is enough for all of an ngf of 32.
    pub weights_cache: Option<u32>,
}

/// Default of [`TranslateOptions::weights_cache`].
const WEIGHTS_CACHE: u32 = 64;

impl TranslateOptions {
    /// What becomes of a sketch's colour hints.
    pub fn hints(&self) -> HintOptions {
        HintOptions { colors: self.colors, spread: self.spread_hints }
    }
}

/// Options of [`Pix2Pix::colorize`](super::Pix2Pix::colorize).
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ColorizeOptions {
    /// The size to which the photograph is stretched for the network to see it. Default `Network`.
    pub size: Size,
    /// The network sees the photograph in squares that overlap, as with [`TranslateOptions::tiles`]. Default false.
    pub tiles: bool,
    /// Keep dropout on, as the original does at test time. Default false.
    pub dropout: bool,
    /// Seed of the dropout masks; the same seed drops the same values. Default 0.
    pub seed: u32,
    /// Default `Batch`.
    pub statistics: Statistics,
}

/// How [`Pix2Pix::evaluate`](super::Pix2Pix::evaluate) runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EvaluateOptions {
    /// Keep dropout on, as the original does at test time, by this seed. Default: off.
    pub dropout: Option<u32>,
    /// Pixels on a side of the squares, a multiple of the network's. Default: the network's.
    pub size: Option<u32>,
    /// Colour hints of the input fill the regions that they lie in ([`crate::image::spread`]): for models that were trained
    /// so. Default false.
    pub spread_hints: bool,
}

impl EvaluateOptions {
    pub(super) fn mode(self) -> Mode {
        Mode { dropout: self.dropout.map(u64::from), ..Mode::default() }
    }
}

/// What [`Pix2Pix::save`](super::Pix2Pix::save) puts into the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SaveWhat {
    #[default]
    Generator,
    /// The discriminator alone, for [`Pix2Pix::load_discriminator`](super::Pix2Pix::load_discriminator).
    Discriminator,
    /// The generator and, where there is one, the discriminator.
    Networks,
    /// All of a training.
    Checkpoint,
}

/// What [`Pix2Pix::create`](super::Pix2Pix::create) makes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateConfig {
    pub generator: GeneratorConfig,
    /// Width of the discriminator's first layer. Default: ngf.
    pub ndf: Option<usize>,
    /// What each of the discriminator's logits judges. Default `Of70`.
    #[serde(default)]
    pub patch: Patch,
    /// Decides the weights.
    pub seed: u32,
}

/// Where a model came from.
#[derive(Debug)]
pub enum Origin {
    /// It was made with random weights.
    New,
    /// It was read from a file of this format.
    File {
        format: Format,
        /// How its weights were stored: `f32`, `f16`, `q8`.
        dtype: &'static str,
        /// The size of the file.
        bytes: u64,
        /// Names of the tensors that the networks have no use for.
        ignored: Vec<String>,
    },
}

impl Origin {
    /// The name of the file's format, or `new`.
    pub fn format(&self) -> &'static str {
        match self {
            Origin::New => "new",
            Origin::File { format, .. } => format.name(),
        }
    }

    /// How the weights were stored; new ones are `f32`.
    pub fn dtype(&self) -> &'static str {
        match self {
            Origin::New => "f32",
            Origin::File { dtype, .. } => dtype,
        }
    }

    /// The size of the file, or 0.
    pub fn bytes(&self) -> u64 {
        match self {
            Origin::New => 0,
            Origin::File { bytes, .. } => *bytes,
        }
    }

    /// Names of the file's tensors that the networks have no use for.
    pub fn ignored(&self) -> &[String] {
        match self {
            Origin::New => &[],
            Origin::File { ignored, .. } => ignored,
        }
    }
}

/// A pair through the networks.
pub struct Preview {
    /// The pair's.
    pub name: String,
    /// All three as large as what the network saw.
    pub input: RgbaImage,
    pub output: RgbaImage,
    pub target: RgbaImage,
    /// The discriminator's maps of the target and of the output, where there is a discriminator.
    pub maps: Option<[ScoreMap; 2]>,
}

/// The probabilities that the discriminator gives each patch of a picture, row by row.
pub struct ScoreMap {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

/// A pair that the model was tested on.
pub struct Evaluation {
    pub preview: Preview,
    /// Mean absolute difference of output and target, on a scale of 0 to 1; of Lab that of their pictures.
    pub l1: f64,
}

/// The networks, what they are made of, and where they run.
pub(super) struct Model {
    config: GeneratorConfig,
    origin: Origin,
    opened: Opened,
    /// What its file says of it, and what the next one will.
    card: RefCell<Option<Card>>,
    /// Taken during the (synchronous) update.
    networks: RefCell<Option<Networks>>,
    /// The generator that is shown, for translating with it again and again.
    prepared: RefCell<Prepared>,
    /// Its kernels in fewer bits, where they are kept so.
    packed: RefCell<Packed>,
    /// How often the generator has changed.
    changes: Cell<u64>,
    /// Training does not update running statistics, as the original does not: after it they are of other weights.
    statistics_are_stale: Cell<bool>,
}

/// Why kernels that were packed are not any more.
const LEARNED: &str = "the model has learned since it was loaded";

/// How the device keeps the kernels that it translates by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptKernels {
    pub dtype: Dtype,
    /// Why: a phrase for a person.
    pub reason: String,
}

/// How the generator passes over a picture.
#[derive(Debug, Clone, Copy)]
struct Pass {
    mode: Mode,
    tiles: bool,
    /// [`TranslateOptions::weights_cache`].
    most: u32,
}

/// What is kept of the generator from one translation to the next.
#[derive(Debug, Default)]
enum Prepared {
    /// It has not translated since its weights changed.
    #[default]
    Unused,
    /// It may translate only once, so nothing is kept.
    UsedOnce,
    Kept {
        generator: PreparedGenerator,
        /// [`TranslateOptions::weights_cache`].
        most: u32,
    },
}

impl Model {
    /// The model of a file, and its training, if it is a checkpoint.
    pub fn load(
        bytes: &dyn Bytes,
        opened: Opened,
        progress: LoadProgress,
    ) -> Result<(Self, Option<weights::Training>)> {
        let Loaded { generator, config, discriminator, card, format, dtype, training, ignored } =
            weights::load(bytes, &opened.device, progress)?;
        let networks = Networks {
            generator,
            average: None,
            discriminator: discriminator.map(|(network, _)| network),
        };
        let origin = Origin::File { format, dtype, bytes: bytes.len(), ignored };
        let model = Self::new(config, origin, opened, networks);
        model.card.replace(card);
        model.statistics_are_stale.set(training.is_some());
        Ok((model, training))
    }

    pub fn create(new: &CreateConfig, opened: Opened) -> Result<Self> {
        let CreateConfig { generator: config, ndf, patch, seed } = new;
        config.check_trainable().map_err(refused)?;
        let ndf = ndf.unwrap_or(config.ngf);
        let discriminator =
            DiscriminatorConfig { patch: *patch, ..DiscriminatorConfig::beside(config, ndf) };
        check_new(&discriminator, config)?;
        let generator = config.init(&opened.device, stream(*seed, Purpose::GeneratorInit));
        let discriminator =
            discriminator.init(&opened.device, stream(*seed, Purpose::DiscriminatorInit));
        let networks = Networks { generator, average: None, discriminator: Some(discriminator) };
        Ok(Self::new(config.clone(), Origin::New, opened, networks))
    }

    fn new(config: GeneratorConfig, origin: Origin, opened: Opened, networks: Networks) -> Self {
        let networks = RefCell::new(Some(networks));
        Self {
            config,
            origin,
            opened,
            card: RefCell::default(),
            networks,
            prepared: RefCell::default(),
            packed: RefCell::default(),
            changes: Cell::default(),
            statistics_are_stale: Cell::default(),
        }
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

    /// Whether it was made with random weights.
    pub fn is_new(&self) -> bool {
        matches!(self.origin, Origin::New)
    }

    pub fn card(&self) -> Option<Card> {
        self.card.borrow().clone()
    }

    pub fn set_card(&self, card: Card) -> Result<()> {
        let card = card.in_place_of(self.card())?;
        self.card.replace(Some(card));
        Ok(())
    }

    /// What learns on from here is another model.
    pub fn becomes_descendant(&self) {
        let card = self.card.take().map(Card::of_descendant);
        self.card.replace(card.filter(|card| *card != Card::default()));
    }

    pub fn ndf(&self) -> Option<usize> {
        self.networks().discriminator.as_ref().map(Discriminator::ndf)
    }

    pub fn patch(&self) -> Option<Patch> {
        self.networks().discriminator.as_ref().map(Discriminator::patch)
    }

    pub fn parameters(&self) -> usize {
        self.networks().generator.num_params()
    }

    pub fn networks(&self) -> Networks {
        self.networks.borrow().clone().expect("they are taken only during an update")
    }

    /// Replaces the networks by what `update` makes of them. It must not ask the model.
    pub fn update<T>(&self, update: impl FnOnce(Networks) -> (Networks, T)) -> T {
        let networks = self.networks.take().expect("an update has no other within it");
        let (networks, made) = update(networks);
        self.set_networks(networks);
        self.statistics_are_stale.set(true);
        made
    }

    fn set_networks(&self, networks: Networks) {
        self.networks.replace(Some(networks));
        self.prepared.take();
        self.changes.set(self.changes.get() + 1);
        let mut packed = self.packed.borrow_mut();
        if let Packed::Kernels { .. } = *packed {
            *packed = Packed::left(LEARNED);
        }
    }

    pub fn replace_discriminator(&self, discriminator: Discriminator) {
        let discriminator = Some(discriminator);
        self.networks.replace(Some(Networks { discriminator, ..self.networks() }));
    }

    pub fn kept_kernels(&self) -> KeptKernels {
        let (dtype, reason) = match &*self.packed.borrow() {
            Packed::Kernels { dtype, .. } => {
                (*dtype, "asked for, and a few layers gave what they give on the CPU".into())
            }
            Packed::Left { why } => (Dtype::F32, why.clone()),
        };
        KeptKernels { dtype, reason }
    }

    /// Has the GPU keep the kernels so, if it multiplies by them right.
    pub async fn pack_kernels(&self, dtype: Dtype) -> Result<()> {
        let (networks, layers) = (self.networks(), self.config.layers());
        let changes = self.changes.get();
        let packed = weights::pack(networks.shown(), &layers, dtype, &self.opened.device).await?;
        let is_old = changes != self.changes.get();
        self.packed.replace(if is_old { Packed::left(LEARNED) } else { packed });
        self.prepared.take();
        Ok(())
    }

    /// Sets the moving average of the generator's weights.
    pub fn set_average(&self, average: Option<Generator>) {
        self.set_networks(Networks { average, ..self.networks() });
    }

    /// A discriminator of random weights to train beside the generator.
    pub fn new_discriminator(
        &self,
        ndf: Option<usize>,
        patch: Option<Patch>,
        seed: u32,
    ) -> Result<Discriminator> {
        let config = self.discriminator_config(ndf, patch);
        check_new(&config, &self.config)?;
        Ok(config.init(&self.opened.device, stream(seed, Purpose::DiscriminatorInit)))
    }

    /// The config of a discriminator of width `ndf` that judges by `patch`; where these are left out, they are those of the
    /// model's own, or of one as wide as the generator with the default patch.
    pub fn discriminator_config(
        &self,
        ndf: Option<usize>,
        patch: Option<Patch>,
    ) -> DiscriminatorConfig {
        let ndf = ndf.or(self.ndf()).unwrap_or(self.config.ngf);
        let patch = patch.or(self.patch()).unwrap_or_default();
        DiscriminatorConfig { patch, ..DiscriminatorConfig::beside(&self.config, ndf) }
    }

    /// Whether a discriminator has logits for the generator's pictures.
    ///
    /// # Errors
    /// `model/untrainable`.
    pub fn check_patch(&self, patch: Patch) -> Result<()> {
        let config = self.discriminator_config(None, Some(patch));
        let checked = config.check_side(self.config.size());
        checked.map_err(|e| Error::Untrainable { detail: format!("its discriminator's {e}") })
    }

    /// Whether the device takes the tensors of a training with these options.
    ///
    /// # Errors
    /// `options/invalid`; `image/size` (of the squares that are cut out).
    pub fn check_batch(&self, options: &TrainOptions) -> Result<()> {
        let discriminator = self.discriminator_config(None, None);
        let needed = train::largest_tensor(&self.config, &discriminator, options)?;
        let largest = self.opened.largest_tensor.unwrap_or(u64::MAX);
        if needed <= largest {
            return Ok(());
        }
        let megabytes = |bytes: u64| bytes / 1_000_000;
        let why = format!(
            "batches of {} would take {} MB in one buffer of the GPU, and {} MB are allowed: give a smaller batchSize or cropSize, \
             or train on the CPU",
            options.batch_size,
            megabytes(needed),
            megabytes(largest),
        );
        Err(Error::options("train", why))
    }

    pub async fn translate(
        &self,
        sketch: RgbaImage,
        options: &TranslateOptions,
    ) -> Result<RgbaImage> {
        check_pixels("it", &sketch)?;
        let canvas = self.canvas(options.size, options.tiles, sketch.dimensions())?;
        let (planes, frame) = fit_to(sketch, canvas, options.fit, options.hints());
        self.translate_fitted(planes, frame, options).await
    }

    pub async fn translate_fitted(
        &self,
        planes: Vec<f32>,
        frame: Frame,
        options: &TranslateOptions,
    ) -> Result<RgbaImage> {
        if self.config.color == Color::Lab && options.hints() != HintOptions::default() {
            return Err(self.no_hints("translate"));
        }
        let mode = self.mode(options.dropout, options.seed, options.statistics)?;
        self.check_channels()?;
        let size = frame.canvas().size();
        self.canvas(Size::Of(size.0, size.1), options.tiles, size)?;
        let pass = Pass {
            mode,
            tiles: options.tiles,
            most: options.weights_cache.unwrap_or(WEIGHTS_CACHE),
        };
        if self.config.color == Color::Rgb {
            let output = self.planes(planes, size, pass).await?;
            return frame.picture(&output, options.output);
        }
        let lab = lab_planes(&planes);
        let (lightness, colors) = lab.split_at(frame.canvas().pixels());
        let input = if self.config.in_channels == 1 { lightness } else { colors };
        let output = self.planes(input.to_vec(), size, pass).await?;
        frame.picture(&self.rgb(&output, lightness), options.output)
    }

    /// Makes a blank picture of the network's square as a second one is made, with weights that are kept, so that the next takes
    /// no longer than later ones.
    pub async fn warm_up(&self) -> Result<()> {
        let side = self.config.size();
        let most = WEIGHTS_CACHE;
        let generator = self.prepared(most, [side; 2]);
        self.prepared.replace(Prepared::Kept { generator, most });
        let planes = vec![1.0; self.config.in_channels * side * side];
        let pass = Pass { mode: Mode::default(), tiles: false, most };
        self.planes(planes, (side as u32, side as u32), pass).await.map(drop)
    }

    /// What the generator that is shown makes of planes of this width and height.
    async fn planes(&self, planes: Vec<f32>, size: (u32, u32), pass: Pass) -> Result<Vec<f32>> {
        let Pass { mode, tiles, most } = pass;
        let [inputs, outputs] = self.config.channels();
        if !tiles {
            return values(self.forward(self.tensor(planes, inputs, size), mode, most)).await;
        }
        let side = self.config.size();
        let square = (side as u32, side as u32);
        let tiles = Tiles::new([size.1 as usize, size.0 as usize], side);
        let places: Vec<_> = tiles.places().collect();
        let generator = self.prepared(most, [side; 2]);
        let statistics = (mode.statistics == Statistics::Batch).then(|| {
            let sample = sample(&places).map(|place| {
                self.tensor(tiles.cut(&planes, place), inputs, square) // [1, C, S, S]
            });
            generator.statistics(Tensor::cat(sample.collect(), 0), mode)
        });
        let mut blended = vec![0.0; outputs * planes.len() / inputs];
        for place in places {
            let tile = self.tensor(tiles.cut(&planes, place), inputs, square);
            let tile = match &statistics {
                Some(statistics) => generator.forward_by(tile, statistics, mode),
                None => generator.forward(tile, mode),
            };
            tiles.add(&values(tile).await?, place, &mut blended);
        }
        Ok(blended)
    }

    /// What the network sees a picture of this width and height in.
    fn canvas(&self, size: Size, tiles: bool, picture: (u32, u32)) -> Result<Canvas> {
        let unit = self.config.size();
        let canvas = Canvas::whole_or_tiled(tiles, size, picture, unit)?;
        self.check_canvas(canvas, tiles)?;
        Ok(canvas)
    }

    /// Refuses what would take more memory than there may be, or a larger tensor than the device takes. The network's own square
    /// is always tried.
    fn check_canvas(&self, canvas: Canvas, tiles: bool) -> Result<()> {
        let unit = self.config.size();
        if canvas.pixels() <= unit * unit {
            return Ok(());
        }
        let memory = translation_memory(self.opened.kind, &self.config, canvas, tiles);
        let tensor = largest_tensor(&self.config, canvas, tiles);
        let largest = self.opened.largest_tensor.unwrap_or(u64::MAX);
        let (needed, allowed, of) = match (memory > MOST, tensor > largest) {
            (true, _) => (memory, MOST, "of memory"),
            (_, true) => (tensor, largest, "in one buffer of the GPU"),
            _ => return Ok(()),
        };
        let (width, height) = canvas.size();
        let share = (MOST as f64 / memory as f64).min(largest as f64 / tensor as f64);
        let smaller = share.sqrt();
        let side =
            |side: u32| ((f64::from(side) * smaller) as u32 / unit as u32).max(1) * unit as u32;
        let gigabytes = |bytes: u64| bytes as f64 / 1e9;
        Err(Error::Size {
            size: (width, height),
            why: format!(
                "it would take about {:.2} GB {of}, and {:.2} GB are allowed{}",
                gigabytes(needed),
                gigabytes(allowed),
                if tiles { "" } else { "; in tiles it takes less" }
            ),
            nearest: (side(width), side(height)),
        })
    }

    pub async fn colorize(&self, photo: RgbaImage, options: &ColorizeOptions) -> Result<RgbaImage> {
        check_pixels("it", &photo)?;
        let GeneratorConfig { in_channels, out_channels, .. } = self.config;
        if self.config.direction() != Some(Direction::AtoB) {
            let needs = "colouring a photograph needs 1 into 2 of Lab: give a model of pix2pix train --lab-colorization";
            return Err(Error::Channels { in_channels, out_channels, needs });
        }
        let mode = self.mode(options.dropout, options.seed, options.statistics)?;
        let photo = on_white(photo);
        let size = self.canvas(options.size, options.tiles, photo.dimensions())?.size();
        let pass = Pass { mode, tiles: options.tiles, most: WEIGHTS_CACHE };
        let colors = self.planes(lightness(&photo, size), size, pass).await?;
        match colors.iter().find(|value| !value.is_finite()) {
            Some(found) => Err(Error::OutputNotFinite { found: *found }),
            None => Ok(colored(&photo, &colors, size)),
        }
    }

    fn mode(&self, dropout: bool, seed: u32, statistics: Statistics) -> Result<Mode> {
        if statistics == Statistics::Running {
            self.check_running_statistics()?;
        }
        Ok(Mode { statistics, dropout: dropout.then_some(seed.into()), ..Mode::default() })
    }

    /// Hints are for sketches.
    pub fn no_hints(&self, method: &str) -> Error {
        let why = "colour hints are for sketches, and this model colours photographs: leave spreadHints and colors out";
        Error::options(method, why)
    }

    /// A picture of the generator that is shown; up to `most` MiB of transformed weights are kept for the next.
    fn forward(&self, x: Tensor<4>, mode: Mode, most: u32) -> Tensor<4> {
        let [_, _, height, width] = x.dims();
        let size = [height, width];
        let plain = |next| {
            self.prepared.replace(next);
            self.networks().shown().forward(x.clone(), mode)
        };
        let is_packed = matches!(*self.packed.borrow(), Packed::Kernels { .. });
        let generator = match self.prepared.take() {
            _ if most == 0 && !is_packed => return plain(Prepared::Unused),
            Prepared::Unused if !is_packed => return plain(Prepared::UsedOnce),
            Prepared::Kept { generator, most: kept }
                if (kept, generator.size()) == (most, size) =>
            {
                generator
            }
            _ => self.prepared(most, size),
        };
        let output = generator.forward(x, mode);
        self.prepared.replace(Prepared::Kept { generator, most });
        output
    }

    /// The generator that is shown with its packed kernels, or with up to `most` MiB of transformed weights, for pictures of this
    /// height and width.
    fn prepared(&self, most: u32, size: [usize; 2]) -> PreparedGenerator {
        let networks = self.networks();
        match &*self.packed.borrow() {
            Packed::Kernels { weights, .. } => networks.shown().prepare_packed(weights, size),
            Packed::Left { .. } => networks.shown().prepare(u64::from(most) << 20, size),
        }
    }

    /// `steps`: of its training, for a card that does not say them.
    pub async fn save(
        &self,
        what: SaveWhat,
        training: Option<&weights::Training>,
        steps: u64,
        format: Format,
        dtype: Dtype,
        sink: &mut dyn FnMut(Vec<u8>),
    ) -> Result<()> {
        let networks = self.networks();
        let generator = match what {
            SaveWhat::Checkpoint => &networks.generator,
            _ => networks.shown(),
        };
        let discriminator = networks.discriminator.as_ref();
        if what == SaveWhat::Discriminator && discriminator.is_none() {
            return Err(Error::NotTrained { what: "discriminator to save" });
        }
        let mut card = self.card();
        if let Some(card) = card.as_mut().filter(|_| training.is_none() && steps > 0) {
            card.steps.get_or_insert(steps);
        }
        let contents = Contents {
            generator: Some(generator).filter(|_| what != SaveWhat::Discriminator),
            config: &self.config,
            discriminator: discriminator.filter(|_| what != SaveWhat::Generator),
            training,
            card: card.as_ref(),
        };
        weights::write(contents, format, dtype, sink).await
    }

    /// A pair as the networks see it, whole.
    pub fn pair(
        &self,
        name: &str,
        [input, target]: [RgbaImage; 2],
        fit: Fit,
        EvaluateOptions { spread_hints, size, .. }: EvaluateOptions,
    ) -> Result<Batch> {
        self.check_channels()?;
        if self.config.color == Color::Lab {
            return Err(Error::PairKind { name: name.into(), is_photo: false });
        }
        check_shapes(name, &input, &target)?;
        let size = self.evaluated_side(size)?;
        let [input, target] = [input, target].map(|picture| square(picture, size, fit));
        let input = if spread_hints { input.with_hints_spread() } else { input };
        let [input, target] = [input, target].map(|square| {
            let mut planes = Vec::with_capacity(3 * size * size);
            square.planes(&mut planes);
            self.tensor(planes, 3, (size as u32, size as u32))
        });
        Ok(Batch { input, target, hinted: vec![false] })
    }

    /// A photograph as the networks see it, whole: its two sides.
    pub fn photo(
        &self,
        name: &str,
        photo: RgbaImage,
        fit: Fit,
        EvaluateOptions { size, .. }: EvaluateOptions,
    ) -> Result<Batch> {
        self.check_channels()?;
        if self.config.color == Color::Rgb {
            return Err(Error::PairKind { name: name.into(), is_photo: true });
        }
        check_pixels(name, &photo)?;
        let square = lab_square(photo, self.evaluated_side(size)?, fit);
        let [input, target] = self.config.channels().map(|channels| self.side(&square, channels));
        Ok(Batch { input, target, hinted: vec![false] })
    }

    /// Pixels on a side of the squares of an evaluation.
    fn evaluated_side(&self, side: Option<u32>) -> Result<usize> {
        let side = side.unwrap_or(self.config.size() as u32);
        self.canvas(Size::Of(side, side), false, (side, side))?;
        Ok(side as usize)
    }

    /// What the networks make of a batch of one pair, with the discriminator's `maps` or without.
    pub async fn judge(
        &self,
        name: String,
        Batch { input, target, .. }: Batch,
        mode: Mode,
        maps: bool,
    ) -> Result<Evaluation> {
        let [_, _, height, width] = input.dims();
        let size = (width as u32, height as u32);
        let networks = self.networks();
        let output = networks.shown().forward(input.clone(), mode);
        let maps = match networks.discriminator.filter(|_| maps) {
            Some(network) => {
                let map =
                    |picture: &Tensor<4>| sigmoid(network.forward(input.clone(), picture.clone()));
                Some([score_map(map(&target)).await?, score_map(map(&output)).await?])
            }
            None => None,
        };
        let [input, output, target] = [input, output, target].map(values);
        let (input, output, target) = (input.await?, output.await?, target.await?);
        // In Lab the lightness that colours are shown with is the other side's.
        let lightness = if self.config.in_channels == 1 { &input } else { &target };
        let [input, output, target] =
            [&input, &output, &target].map(|planes| self.rgb(planes, lightness));
        let l1 = mean_difference(&output, &target) / 2.0; // [-1, 1] is twice as wide as [0, 1]
        let preview = Preview {
            name,
            input: picture(&input, size)?,
            output: picture(&output, size)?,
            target: picture(&target, size)?,
            maps,
        };
        Ok(Evaluation { preview, l1 })
    }

    /// Three planes of red, green and blue for what the networks see of a picture. In Lab, `lightness` is the plane that
    /// goes with colours, and lightness alone is grey, from black at -1 to white at 1, as the original shows both.
    fn rgb(&self, planes: &[f32], lightness: &[f32]) -> Vec<f32> {
        match self.config.color {
            Color::Rgb => planes.to_vec(),
            Color::Lab if planes.len() == lightness.len() => planes.repeat(3),
            Color::Lab => rgb_planes(lightness, planes),
        }
    }

    fn check_running_statistics(&self) -> Result<()> {
        let why = if !self.config.running_statistics {
            match &self.origin {
                Origin::New => "it was made without".into(),
                Origin::File { format, .. } => format!("its {} file stores none", format.name()),
            }
        } else if self.statistics_are_stale.get() {
            "it was trained since, and they are of the weights before".into()
        } else {
            return Ok(());
        };
        Err(Error::RunningStatistics { why })
    }

    /// # Errors
    /// `model/channels`.
    pub fn check_channels(&self) -> Result<()> {
        let GeneratorConfig { color, in_channels, out_channels, .. } = self.config;
        // A config of Lab has the right ones.
        if color == Color::Lab || self.config.channels() == [3, 3] {
            return Ok(());
        }
        let needs = "a picture needs 3 into 3, or 1 into 2 of Lab";
        Err(Error::Channels { in_channels, out_channels, needs })
    }

    /// What a network of so many channels sees of a photograph: `[1, 1, S, S]` or `[1, 2, S, S]`.
    fn side(&self, square: &LabSquare, channels: usize) -> Tensor<4> {
        let mut planes = Vec::with_capacity(channels * square.side().pow(2));
        square.planes(channels, &mut planes);
        let side = square.side() as u32;
        self.tensor(planes, channels, (side, side))
    }

    /// `[1, C, H, W]`
    fn tensor(&self, planes: Vec<f32>, channels: usize, (width, height): (u32, u32)) -> Tensor<4> {
        let data = TensorData::new(planes, [1, channels, height as usize, width as usize]);
        Tensor::from_data(data, &self.opened.device)
    }
}

/// The places of the tiles that the statistics are taken of, evenly among all.
fn sample(places: &[[usize; 2]]) -> impl Iterator<Item = [usize; 2]> + '_ {
    let count = places.len().min(SAMPLE);
    (0..count).map(move |i| places[(2 * i + 1) * places.len() / (2 * count)])
}

fn mean_difference(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>() / a.len() as f64
}

/// Whether a new discriminator can be trained beside a generator.
fn check_new(config: &DiscriminatorConfig, generator: &GeneratorConfig) -> Result<()> {
    let checked = config.check_trainable().and_then(|()| config.check_side(generator.size()));
    checked.map_err(refused)
}

/// A network can't be made of this config.
fn refused(error: ConfigError) -> Error {
    Error::Options { detail: format!("the config of create: {error}") }
}

/// The seed of a network's weights.
fn stream(seed: u32, purpose: Purpose) -> u64 {
    Random::stream(seed.into(), purpose, 0).bits()
}

async fn score_map(map: Tensor<4>) -> Result<ScoreMap> {
    let [_, _, height, width] = map.dims();
    Ok(ScoreMap { width, height, values: values(map).await? })
}
