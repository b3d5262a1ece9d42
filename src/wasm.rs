//! The JavaScript boundary: the only file that names wasm-bindgen. Each method checks its arguments,
//! calls the session and converts the result.

use std::rc::Rc;

use image::RgbaImage;
use js_sys::{
    ArrayBuffer, Error as JsError, Function, Promise, Reflect, Uint8Array, Uint8ClampedArray,
    WebAssembly,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::ImageData;

use crate::device::{self, Choice, Kind};
use crate::error::Error;
use crate::model::GeneratorConfig;
use crate::session::{Pix2Pix, TranslateOptions};
use crate::weights::{Bytes, Dtype};

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
#[serde(deny_unknown_fields, default)]
struct LoadOptions {
    device: Choice,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct SaveOptions {
    dtype: Dtype,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    device: Kind,
    adapter: &'a str,
    reason: &'a str,
    format: &'a str,
    dtype: &'a str,
    bytes: f64,
    parameters: usize,
    ngf: usize,
    depth: usize,
    size: usize,
    in_channels: usize,
    out_channels: usize,
    bias: bool,
    running_statistics: bool,
    ndf: Option<usize>,
    ignored: &'a [String],
}

#[wasm_bindgen]
impl Model {
    /// Reads a weights file onto a device. `options`: `{ device }`; `on_progress(loaded, total)` in bytes.
    pub async fn load(
        bytes: Uint8Array,
        options: JsValue,
        on_progress: Option<Function>,
    ) -> Result<Model, JsValue> {
        let options: LoadOptions = plain(options, "load")?;
        let opened = device::open(options.device).await.map_err(throw)?;
        let mut report = |loaded: u64, total: u64| {
            if let Some(f) = &on_progress {
                // A listener that throws must not spoil the loading.
                let _ = f.call2(&JsValue::NULL, &(loaded as f64).into(), &(total as f64).into());
            }
        };
        let session = Pix2Pix::load(&Outside(bytes), opened, &mut report).map_err(throw)?;
        Ok(Model { session: Rc::new(session) })
    }

    /// The picture for a sketch: `ImageData -> Promise<ImageData>`.
    pub fn translate(&self, sketch: ImageData, options: JsValue) -> Result<Promise, JsValue> {
        let options: TranslateOptions = plain(options, "translate")?;
        let session = self.session.clone();
        let (width, height) = (sketch.width(), sketch.height());
        let sketch = RgbaImage::from_raw(width, height, sketch.data().0)
            .expect("an ImageData has four bytes a pixel");
        Ok(future_to_promise(async move {
            let picture = session.translate(sketch, &options).await.map_err(throw)?;
            let (width, height) = picture.dimensions();
            // A copy of its own: an ImageData keeps the array that it is given, and a view of WebAssembly's
            // memory would show whatever comes to lie there next.
            let data = Uint8ClampedArray::from(picture.as_raw().as_slice());
            ImageData::new_with_js_u8_clamped_array_and_sh(&data, width, height).map(JsValue::from)
        }))
    }

    /// The model as a `.safetensors` file: `Promise<Uint8Array>`. `options`: `{ dtype: 'f32' | 'f16' }`.
    pub fn save(&self, options: JsValue) -> Result<Promise, JsValue> {
        let options: SaveOptions = plain(options, "save")?;
        let session = self.session.clone();
        Ok(future_to_promise(async move {
            let file = session.save(options.dtype).await.map_err(throw)?;
            Ok(Uint8Array::from(file.as_slice()).into())
        }))
    }

    /// Bytes of WebAssembly's memory, which never shrinks: the peak so far.
    pub fn memory() -> f64 {
        let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
        let buffer: ArrayBuffer = memory.buffer().unchecked_into();
        buffer.byte_length().into()
    }

    /// What was loaded, where it runs, and why there.
    #[wasm_bindgen(getter)]
    pub fn info(&self) -> Result<JsValue, JsValue> {
        let (model, opened) = (self.session.model(), self.session.opened());
        let GeneratorConfig { in_channels, out_channels, ngf, depth, bias, .. } = model.config;
        let info = Info {
            device: opened.kind,
            adapter: &opened.adapter,
            reason: &opened.reason,
            format: model.format,
            dtype: model.dtype,
            bytes: self.session.bytes() as f64,
            parameters: self.session.parameters(),
            ngf,
            depth,
            size: model.config.size(),
            in_channels,
            out_channels,
            bias,
            running_statistics: model.config.running_statistics,
            ndf: model.discriminator.as_ref().map(|(_, config)| config.ndf),
            ignored: &model.ignored,
        };
        serde_wasm_bindgen::to_value(&info).map_err(JsValue::from)
    }
}

/// A file that lies in JavaScript's memory; only the piece that is read enters WebAssembly's.
struct Outside(Uint8Array);

impl Bytes for Outside {
    fn len(&self) -> u64 {
        self.0.length().into()
    }

    fn read(&self, offset: u64, into: &mut [u8]) {
        let start = offset as u32;
        self.0.subarray(start, start + into.len() as u32).copy_to(into);
    }
}

/// Options as they come from JavaScript; a field that we don't know is refused by its name.
///
/// serde-wasm-bindgen asks an object only for the fields of the struct, so that an unknown one would go
/// unseen; a JSON value has them all.
fn plain<T: DeserializeOwned + Default>(options: JsValue, method: &str) -> Result<T, JsValue> {
    if options.is_undefined() || options.is_null() {
        return Ok(T::default());
    }
    let refuse = |e: &dyn std::fmt::Display| {
        throw(Error::Options { detail: format!("the options of {method}: {e}") })
    };
    let mut value: serde_json::Value =
        serde_wasm_bindgen::from_value(options).map_err(|e| refuse(&e))?;
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, field| !field.is_null()); // `undefined` means the default
    }
    serde_json::from_value(value).map_err(|e| refuse(&e))
}

/// A JavaScript error with our code.
fn throw(error: Error) -> JsValue {
    let js = JsError::new(&error.to_string());
    Reflect::set(&js, &"code".into(), &error.code().into())
        .expect("a new error object takes a property");
    js.unchecked_into()
}
