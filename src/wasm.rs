//! The JavaScript boundary: here, in `convert` and in `device::web` alone is wasm-bindgen named. Each method checks its arguments,
//! calls the session and converts the result.

mod convert;
#[cfg(feature = "threads")]
mod threads;

use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Function, Promise, Uint8Array, WebAssembly};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::ImageData;

use crate::device::{self, Choice, Kind, Opened};
use crate::image::{EdgeOptions, edges};
use crate::model::{
    Activation, Color, Convolution, Direction, GeneratorConfig, Layout, Norm, Patch,
};
use crate::session::{
    ColorizeOptions, CreateConfig, EvaluateOptions, Evaluation, Pix2Pix, SaveWhat, TranslateOptions,
};
use crate::train::TrainOptions;
use crate::weights::{Bytes, Card, Dtype, Files, Format};

use convert::{
    JsBytes, dab_object, fields, from_js, image_data, picture, preview_object, set, split_restart,
    to_js_error,
};

#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// A loaded model. Shared by its running translations, so that none borrows it across an await.
#[wasm_bindgen]
pub struct Model {
    session: Rc<Pix2Pix>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct LoadOptions {
    device: Choice,
    /// Why it is this device, where the caller chose it: a phrase for a person.
    reason: Option<String>,
    /// See [`Pix2Pix::pack_kernels`].
    kernel_dtype: Dtype,
}

impl LoadOptions {
    async fn open(self) -> Result<Opened, JsValue> {
        let mut opened = device::open(self.device).await.map_err(to_js_error)?;
        if let Some(reason) = self.reason {
            opened.reason = reason;
        }
        Ok(opened)
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct SaveOptions {
    what: SaveWhat,
    format: FileFormat,
    dtype: Option<Dtype>,
    card: Option<Value>,
}

/// The formats that a page writes.
#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum FileFormat {
    #[default]
    Safetensors,
    Pict,
}

/// [`CreateConfig`] as JavaScript writes it. The channels follow from colours and direction.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct NewModel {
    ngf: usize,
    max_width: Option<usize>,
    ndf: Option<usize>,
    patch: Patch,
    depth: usize,
    color: Color,
    direction: Direction,
    layout: Layout,
    convolution: Convolution,
    activation: Activation,
    norm: Norm,
    /// Default: what the others ask for.
    bias: Option<bool>,
    dropout: f64,
    seed: u32,
}

impl Default for NewModel {
    fn default() -> Self {
        let GeneratorConfig {
            ngf,
            max_width,
            depth,
            color,
            layout,
            convolution,
            activation,
            norm,
            dropout,
            ..
        } = GeneratorConfig::default();
        let (ndf, patch, direction, bias, seed) = (None, Patch::Of70, Direction::AtoB, None, 0);
        Self {
            ngf,
            max_width,
            ndf,
            patch,
            depth,
            color,
            direction,
            layout,
            convolution,
            activation,
            norm,
            bias,
            dropout,
            seed,
        }
    }
}

impl From<NewModel> for CreateConfig {
    fn from(new: NewModel) -> Self {
        let NewModel { ngf, max_width, ndf, patch, depth, color, direction, .. } = new;
        let NewModel { layout, convolution, activation, norm, bias, dropout, seed, .. } = new;
        let [in_channels, out_channels] = color.channels(direction);
        let generator = GeneratorConfig {
            in_channels,
            out_channels,
            color,
            ngf,
            max_width,
            depth,
            layout,
            convolution,
            activation,
            norm,
            dropout,
            ..Default::default()
        };
        let bias = bias.unwrap_or(generator.has_biases_by_default());
        Self { generator: GeneratorConfig { bias, ..generator }, ndf, patch, seed }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    device: Kind,
    adapter: &'a str,
    reason: &'a str,
    kernel_dtype: &'a str,
    kernel_reason: String,
    format: &'a str,
    dtype: &'a str,
    bytes: f64,
    parameters: usize,
    ngf: usize,
    max_width: Option<usize>,
    depth: usize,
    size: usize,
    in_channels: usize,
    out_channels: usize,
    color: Color,
    convolution: Convolution,
    activation: Activation,
    norm: Norm,
    bias: bool,
    running_statistics: bool,
    ndf: Option<usize>,
    patch: Option<Patch>,
    step: u64,
    card: Option<Card>,
    ignored: &'a [String],
}

/// Reads a model onto a device, as [`Model::load`] says.
async fn read(
    bytes: &dyn Bytes,
    options: JsValue,
    on_progress: Option<Function>,
) -> Result<Model, JsValue> {
    let options: LoadOptions = from_js(options, "load")?;
    let kernel_dtype = options.kernel_dtype;
    let opened = options.open().await?;
    let mut report = |loaded: u64, total: u64| {
        if let Some(f) = &on_progress {
            // A listener that throws must not spoil the loading.
            let _ = f.call2(&JsValue::NULL, &(loaded as f64).into(), &(total as f64).into());
        }
    };
    let session = Pix2Pix::load(bytes, opened, &mut report).map_err(to_js_error)?;
    session.pack_kernels(kernel_dtype).await.map_err(to_js_error)?;
    Ok(Model { session: Rc::new(session) })
}

#[wasm_bindgen]
impl Model {
    /// Reads a weights file onto a device. `options`: `{ device, reason, kernelDtype }`; `on_progress(loaded, total)` in bytes.
    pub async fn load(
        bytes: Uint8Array,
        options: JsValue,
        on_progress: Option<Function>,
    ) -> Result<Model, JsValue> {
        read(&JsBytes(bytes), options, on_progress).await
    }

    /// Reads several files that belong together, those of a TensorFlow checkpoint, as [`Model::load`] reads one: `contents`
    /// by their `names`.
    pub async fn load_files(
        names: Vec<String>,
        contents: Vec<Uint8Array>,
        options: JsValue,
        on_progress: Option<Function>,
    ) -> Result<Model, JsValue> {
        let contents = contents.into_iter().map(|bytes| Box::new(JsBytes(bytes)) as Box<dyn Bytes>);
        read(&Files::new(names.into_iter().zip(contents)), options, on_progress).await
    }

    /// A model with random weights. `config`: `{ ngf, maxWidth, ndf, patch, depth, color, direction, layout, convolution, norm,
    /// bias, dropout, seed }`; `options`: `{ device, reason, kernelDtype }`.
    pub async fn create(config: JsValue, options: JsValue) -> Result<Model, JsValue> {
        let config: NewModel = from_js(config, "create")?;
        let options: LoadOptions = from_js(options, "create")?;
        let kernel_dtype = options.kernel_dtype;
        let opened = options.open().await?;
        let session = Pix2Pix::create(&config.into(), opened).map_err(to_js_error)?;
        session.pack_kernels(kernel_dtype).await.map_err(to_js_error)?;
        Ok(Model { session: Rc::new(session) })
    }

    /// Does what the first picture does once, and where `train` has the options of a training, its first step: a promise of
    /// nothing.
    pub fn warm_up(&self, train: JsValue) -> Result<Promise, JsValue> {
        let options = if train.is_undefined() {
            None
        } else {
            let changes = fields(train, "warmUp")?;
            Some(self.session.options().with(changes).map_err(to_js_error)?)
        };
        let session = self.session.clone();
        Ok(future_to_promise(async move {
            session.warm_up(options).await.map_err(to_js_error)?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// The picture for a sketch: `ImageData -> Promise<ImageData>`.
    pub fn translate(&self, sketch: ImageData, options: JsValue) -> Result<Promise, JsValue> {
        let options: TranslateOptions = from_js(options, "translate")?;
        let session = self.session.clone();
        let sketch = picture(&sketch)?; // as it is now
        Ok(future_to_promise(async move {
            let picture = session.translate(sketch, &options).await.map_err(to_js_error)?;
            image_data(&picture).map(JsValue::from)
        }))
    }

    /// A photograph in the model's colours, as large as it is: `ImageData -> Promise<ImageData>`. `options`:
    /// `{ dropout, seed, statistics }`.
    pub fn colorize(&self, photo: ImageData, options: JsValue) -> Result<Promise, JsValue> {
        let options: ColorizeOptions = from_js(options, "colorize")?;
        let session = self.session.clone();
        let photo = picture(&photo)?;
        Ok(future_to_promise(async move {
            let picture = session.colorize(photo, &options).await.map_err(to_js_error)?;
            image_data(&picture).map(JsValue::from)
        }))
    }

    /// Begins a training, or continues it with other options. `options`: those of training, and `restart`.
    pub fn begin(&self, options: JsValue) -> Result<(), JsValue> {
        let (changes, restart) = split_restart(fields(options, "train")?).map_err(to_js_error)?;
        let begun = if restart {
            TrainOptions::default().with(changes).and_then(|options| self.session.restart(options))
        } else {
            self.session.options().with(changes).and_then(|options| self.session.begin(options))
        };
        begun.map_err(to_js_error)
    }

    /// Gives the training a pair to learn from.
    pub fn add(&self, name: String, input: &ImageData, target: &ImageData) -> Result<(), JsValue> {
        self.session.add(name, picture(input)?, picture(target)?).map_err(to_js_error)
    }

    /// Gives the training of a model of Lab a photograph to learn from.
    pub fn add_photo(&self, name: String, photo: &ImageData) -> Result<(), JsValue> {
        self.session.add_photo(name, picture(photo)?).map_err(to_js_error)
    }

    /// One step of training: a promise of its losses, averages and so on.
    pub fn step(&self) -> Promise {
        let session = self.session.clone();
        future_to_promise(async move {
            let report = session.step().await.map_err(to_js_error)?;
            serde_wasm_bindgen::to_value(&report).map_err(JsValue::from)
        })
    }

    /// The last step's first pair through the networks as they are now.
    pub fn preview(&self) -> Promise {
        let session = self.session.clone();
        future_to_promise(async move {
            let preview = session.preview().await.map_err(to_js_error)?;
            preview_object(&preview).map(JsValue::from)
        })
    }

    /// Forgets the training's pairs.
    pub fn end(&self) -> Result<(), JsValue> {
        self.session.end().map_err(to_js_error)
    }

    /// A pair through the networks, and how far output and target are apart. `options`: `{ dropout, spreadHints }`.
    pub fn evaluate(
        &self,
        name: String,
        input: &ImageData,
        target: &ImageData,
        options: JsValue,
    ) -> Result<Promise, JsValue> {
        let options: EvaluateOptions = from_js(options, "evaluate")?;
        let session = self.session.clone();
        let (input, target) = (picture(input)?, picture(target)?);
        Ok(future_to_promise(async move {
            let evaluation = session.evaluate(name, input, target, options).await;
            evaluation_object(&evaluation.map_err(to_js_error)?)
        }))
    }

    /// A photograph through the networks of a model of Lab, likewise.
    pub fn evaluate_photo(
        &self,
        name: String,
        photo: &ImageData,
        options: JsValue,
    ) -> Result<Promise, JsValue> {
        let options: EvaluateOptions = from_js(options, "evaluate")?;
        let session = self.session.clone();
        let photo = picture(photo)?;
        Ok(future_to_promise(async move {
            let evaluation = session.evaluate_photo(name, photo, options).await;
            evaluation_object(&evaluation.map_err(to_js_error)?)
        }))
    }

    /// Takes the discriminator of a file to train with.
    pub fn load_discriminator(&self, bytes: Uint8Array) -> Result<(), JsValue> {
        self.session.load_discriminator(&JsBytes(bytes)).map_err(to_js_error)
    }

    /// About how many bytes a training with these options takes on the device.
    pub fn training_memory(&self, options: JsValue) -> Result<f64, JsValue> {
        let changes = fields(options, "trainingMemory")?;
        let options = self.session.options().with(changes);
        let bytes = options.and_then(|options| self.session.training_memory(&options));
        bytes.map(|bytes| bytes as f64).map_err(to_js_error)
    }

    /// The model as a file, in pieces: `Promise<Uint8Array[]>`.
    /// `options`: `{ what: 'generator' | 'discriminator' | 'networks' | 'checkpoint', format: 'safetensors' | 'pict',
    /// dtype: 'f32' | 'f16' | 'q8', card }`; a `.pict` is `q8`.
    pub fn save(&self, options: JsValue) -> Result<Promise, JsValue> {
        let SaveOptions { what, format, dtype, card } = from_js(options, "save")?;
        let (format, usual) = match format {
            FileFormat::Safetensors => (Format::Ours, Dtype::F32),
            FileFormat::Pict => (Format::Pict, Dtype::Q8),
        };
        let dtype = dtype.unwrap_or(usual);
        let session = self.session.clone();
        if let Some(card) = card {
            let card = Card::parse(&card.to_string());
            card.and_then(|card| session.set_card(card)).map_err(to_js_error)?;
        }
        Ok(future_to_promise(async move {
            let pieces = Array::new();
            let mut sink = |piece: Vec<u8>| {
                pieces.push(&Uint8Array::from(piece.as_slice()));
            };
            session.save(what, format, dtype, &mut sink).await.map_err(to_js_error)?;
            Ok(pieces.into())
        }))
    }

    /// Bytes of WebAssembly's memory, which never shrinks: the peak so far.
    pub fn memory() -> f64 {
        let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
        let buffer: ArrayBuffer = memory.buffer().unchecked_into();
        buffer.byte_length().into()
    }

    /// Bytes that the GPU's memory pools hold, which rarely shrink; `undefined` on the CPU.
    pub fn device_memory(&self) -> Option<f64> {
        self.session.device_memory().map(|bytes| bytes as f64)
    }

    /// What was loaded, where it runs, and why there.
    #[wasm_bindgen(getter)]
    pub fn info(&self) -> Result<JsValue, JsValue> {
        let (origin, opened) = (self.session.origin(), self.session.opened());
        let config = self.session.config();
        let GeneratorConfig {
            in_channels,
            out_channels,
            color,
            ngf,
            max_width,
            depth,
            convolution,
            activation,
            norm,
            bias,
            ..
        } = *config;
        let kernels = self.session.kept_kernels();
        let info = Info {
            device: opened.kind,
            adapter: &opened.adapter,
            reason: &opened.reason,
            kernel_dtype: kernels.dtype.name(),
            kernel_reason: kernels.reason,
            format: origin.format(),
            dtype: origin.dtype(),
            bytes: origin.bytes() as f64,
            parameters: self.session.parameters(),
            ngf,
            max_width,
            depth,
            size: config.size(),
            in_channels,
            out_channels,
            color,
            convolution,
            activation,
            norm,
            bias,
            running_statistics: config.running_statistics,
            ndf: self.session.ndf(),
            patch: self.session.patch(),
            step: self.session.step_count(),
            card: self.session.card(),
            ignored: origin.ignored(),
        };
        // The card's scores are an object by name.
        let objects = Serializer::new().serialize_maps_as_objects(true);
        info.serialize(&objects).map_err(JsValue::from)
    }
}

fn evaluation_object(Evaluation { preview, l1 }: &Evaluation) -> Result<JsValue, JsValue> {
    let object = preview_object(preview)?;
    set(&object, "l1", *l1);
    Ok(object.into())
}

/// A sketch out of a photo, as large as it. `options`: `{ strength }`, 0 to 1.
#[wasm_bindgen]
pub fn detect_edges(photo: &ImageData, options: JsValue) -> Result<ImageData, JsValue> {
    let options: EdgeOptions = from_js(options, "detect")?;
    image_data(&edges(picture(photo)?, &options).map_err(to_js_error)?)
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SuggestOptions {
    seed: u32,
}

/// Colour hints for a sketch that has none: `[{ x, y, radius, color }]`, in pixels of the sketch, `color` as `#rrggbb`.
/// `options`: `{ seed }`.
#[wasm_bindgen]
pub fn suggest_hints(sketch: &ImageData, options: JsValue) -> Result<Array, JsValue> {
    let options: SuggestOptions = from_js(options, "suggestHints")?;
    let dabs = crate::image::suggest_hints(picture(sketch)?, options.seed);
    Ok(dabs.iter().map(dab_object).collect())
}
