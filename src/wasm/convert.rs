//! Between JavaScript's values and ours.

use image::RgbaImage;
use js_sys::{
    Array, Error as JsError, Float32Array, Object, Reflect, Uint8Array, Uint8ClampedArray,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::ImageData;

use crate::error::Error;
use crate::image::Dab;
use crate::json;
use crate::session::{Preview, ScoreMap};
use crate::weights::Bytes;

/// # Errors
/// `image/unreadable`: the pixels are not 8 bits a channel, or they were transferred elsewhere, which leaves an
/// ImageData its size and no bytes.
pub fn picture(data: &ImageData) -> Result<RgbaImage, JsValue> {
    let (width, height) = (data.width(), data.height());
    let refused = |why: &str| {
        let detail = format!("it is {width} by {height} pixels and {why}");
        to_js_error(Error::Picture { detail })
    };
    // Not by ImageData's own getter, which throws a TypeError of the copy for either.
    let bytes =
        Reflect::get(data, &"data".into())?.dyn_into::<Uint8ClampedArray>().map_err(|_| {
            refused("has more than 8 bits a channel. Give one of pixelFormat rgba-unorm8")
        })?;
    // A copy of a transferred array throws too.
    let whole = u64::from(bytes.length()) == 4 * u64::from(width) * u64::from(height);
    let bytes = if whole { bytes.to_vec() } else { Vec::new() };
    RgbaImage::from_raw(width, height, bytes)
        .ok_or_else(|| refused("has none of their bytes: they were transferred. Give a copy"))
}

pub fn image_data(picture: &RgbaImage) -> Result<ImageData, JsValue> {
    let (width, height) = picture.dimensions();
    // A copy of its own: an ImageData keeps the array that it is given, and a view of WebAssembly's
    // memory would show whatever comes to lie there next.
    let data = Uint8ClampedArray::from(picture.as_raw().as_slice());
    ImageData::new_with_js_u8_clamped_array_and_sh(&data, width, height)
}

pub fn preview_object(preview: &Preview) -> Result<Object, JsValue> {
    let object = Object::new();
    set(&object, "name", preview.name.as_str());
    set(&object, "input", image_data(&preview.input)?);
    set(&object, "output", image_data(&preview.output)?);
    set(&object, "target", image_data(&preview.target)?);
    if let Some([real, fake]) = &preview.maps {
        set(&object, "real", map_object(real));
        set(&object, "fake", map_object(fake));
    }
    Ok(object)
}

fn map_object(map: &ScoreMap) -> Object {
    let object = Object::new();
    set(&object, "width", map.width as f64);
    set(&object, "height", map.height as f64);
    set(&object, "values", Float32Array::from(map.values.as_slice()));
    object
}

pub fn dab_object(dab: &Dab) -> Object {
    let object = Object::new();
    set(&object, "x", dab.x);
    set(&object, "y", dab.y);
    set(&object, "radius", dab.radius);
    let [red, green, blue] = dab.color;
    set(&object, "color", format!("#{red:02x}{green:02x}{blue:02x}"));
    object
}

pub fn set(object: &Object, name: &str, value: impl Into<JsValue>) {
    Reflect::set(object, &name.into(), &value.into()).expect("a new object takes a property");
}

#[wasm_bindgen]
extern "C" {
    /// A `Uint8Array` as it is: browsers have longer ones than 32 bits count, js-sys has not.
    type LongArray;

    #[wasm_bindgen(method, getter)]
    fn length(this: &LongArray) -> f64;

    #[wasm_bindgen(method)]
    fn subarray(this: &LongArray, start: f64, end: f64) -> Uint8Array;
}

/// A file that lies in JavaScript's memory; only the piece that is read enters WebAssembly's.
pub struct JsBytes(pub Uint8Array);

impl JsBytes {
    fn long(&self) -> &LongArray {
        self.0.unchecked_ref()
    }
}

impl Bytes for JsBytes {
    fn len(&self) -> u64 {
        self.long().length() as u64
    }

    fn read(&self, offset: u64, into: &mut [u8]) {
        let start = offset as f64;
        self.long().subarray(start, start + into.len() as f64).copy_to(into);
    }
}

/// Options as they come from JavaScript; null stands for a default, and a field that we don't know is refused by its name.
pub fn from_js<T: DeserializeOwned + Default>(
    options: JsValue,
    method: &str,
) -> Result<T, JsValue> {
    json::parse(fields(options, method)?).map_err(|why| refuse(method, &why))
}

/// Takes `restart` out of the options of a training; null stands for its default, false.
///
/// # Errors
/// `options/invalid`: it is no boolean.
pub fn split_restart(mut options: Value) -> Result<(Value, bool), Error> {
    let restart = options.as_object_mut().and_then(|fields| fields.remove("restart"));
    match restart {
        None | Some(Value::Null) => Ok((options, false)),
        Some(Value::Bool(restart)) => Ok((options, restart)),
        Some(other) => {
            Err(Error::options("train", format!("restart is {other}, expected true or false")))
        }
    }
}

/// Options as a JSON object, without those that are `undefined`.
///
/// serde-wasm-bindgen asks an object only for the fields of the struct, so that an unknown one would go
/// unseen; a JSON value has them all. But it has no NaN and no infinity, and would take them for null.
pub fn fields(options: JsValue, method: &str) -> Result<Value, JsValue> {
    if options.is_undefined() || options.is_null() {
        return Ok(Value::Null);
    }
    let options = match options.dyn_into::<Object>() {
        Ok(object) => object,
        Err(other) => return Err(refuse(method, &format!("expected an object, found {other:?}"))),
    };
    let given = Object::new();
    for entry in Object::entries(&options) {
        let entry: Array = entry.unchecked_into();
        let (name, value) = (entry.get(0), entry.get(1));
        if value.is_undefined() {
            continue;
        }
        if let Some(number) = value.as_f64().filter(|number| !number.is_finite()) {
            let name = name.as_string().unwrap_or_default();
            return Err(refuse(method, &format!("{name} is {number}, expected a number")));
        }
        Reflect::set(&given, &name, &value).expect("a new object takes a property");
    }
    serde_wasm_bindgen::from_value(given.into()).map_err(|e| refuse(method, &e))
}

fn refuse(method: &str, why: &dyn std::fmt::Display) -> JsValue {
    to_js_error(Error::options(method, why))
}

/// A JavaScript error with our code.
pub fn to_js_error(error: Error) -> JsValue {
    let js = JsError::new(&error.to_string());
    Reflect::set(&js, &"code".into(), &error.code().into())
        .expect("a new error object takes a property");
    js.unchecked_into()
}
