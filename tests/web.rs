//! In headless Chrome: the networks on both devices against the original's numbers, and the bindings.
#![cfg(target_arch = "wasm32")]

mod reference;

use js_sys::{Array, Object, Reflect, Uint8Array};
use pix2pix_web::device::{self, Choice, Kind};
use pix2pix_web::wasm::Model;
use wasm_bindgen::prelude::*;
use wasm_bindgen::{Clamped, JsCast};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::*;
use web_sys::ImageData;

wasm_bindgen_test_configure!(run_in_browser);

const PICT: &[u8] = include_bytes!("fixtures/rgb-generator.pict");

async fn open(choice: Choice) -> device::Opened {
    // No adapter is a failure here: CI has a software one.
    device::open(choice).await.expect("the device opens")
}

async fn forward_matches(choice: Choice, tolerance: f32) {
    let opened = open(choice).await;
    for case in &reference::CASES {
        let errors = reference::forward_errors(case, &opened.device).await;
        console_log!("{} on {:?}: at most {errors:?} off", case.name, opened.kind);
        assert!(errors.iter().all(|e| *e < tolerance), "{}: {errors:?}", case.name);
    }
}

async fn layers_match(choice: Choice, tolerance: f64) {
    let opened = open(choice).await;
    for (layer, errors) in reference::layer_errors(&opened.device).await {
        assert!(errors.iter().all(|e| *e < tolerance), "{layer}: {errors:?}");
    }
}

/// The truth is in double precision, ours in float32.
#[wasm_bindgen_test]
async fn cpu_forward_matches_the_original() {
    forward_matches(Choice::Cpu, 1e-4).await;
}

/// A shader compiler may reorder sums and contract products, so that WebGPU gets ten times the room.
#[wasm_bindgen_test]
async fn webgpu_forward_matches_the_original() {
    forward_matches(Choice::WebGpu, 1e-3).await;
}

#[wasm_bindgen_test]
async fn cpu_layers_match_the_original() {
    layers_match(Choice::Cpu, 1e-4).await;
}

#[wasm_bindgen_test]
async fn webgpu_layers_match_the_original() {
    layers_match(Choice::WebGpu, 1e-3).await;
}

#[wasm_bindgen_test]
async fn auto_prefers_the_cpu_to_a_software_adapter() {
    let opened = open(Choice::Auto).await;
    assert_eq!(opened.kind, Kind::Cpu);
    assert!(opened.reason.contains("software"), "{}", opened.reason);
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value).unwrap();
    }
    object.into()
}

fn get(object: &JsValue, field: &str) -> JsValue {
    Reflect::get(object, &field.into()).unwrap()
}

fn code(error: &JsValue) -> String {
    get(error, "code").as_string().expect("the error has a code")
}

async fn model(device: &str) -> Model {
    let options = object(&[("device", device.into())]);
    Model::load(Uint8Array::from(PICT), options, None).await.expect("the fixture loads")
}

/// A ring off the middle, black on transparent. (Not a pattern that repeats: its inner layers would be constant,
/// and the batch norm there would blow round-off up to full size.)
fn sketch(width: u32, height: u32) -> ImageData {
    let pixels: Vec<u8> = (0..width * height)
        .flat_map(|i| {
            let x = (i % width) as f32 / width as f32 - 0.4;
            let y = (i / width) as f32 / height as f32 - 0.55;
            let ink = (x.hypot(y) - 0.3).abs() < 0.01;
            if ink { [0, 0, 0, 255] } else { [0, 0, 0, 0] }
        })
        .collect();
    ImageData::new_with_u8_clamped_array_and_sh(Clamped(&pixels), width, height).unwrap()
}

/// Whether two devices gave the same picture: a mean difference under a fiftieth of a step of 255.
///
/// The fixture's weights are random, and behind its inner layers a batch norm over a handful of nearly equal
/// numbers magnifies round-off, so that single pixels may be some steps apart. (The trained models' pictures are
/// held to two steps by the tests of the page.)
fn assert_same(a: &[u8], b: &[u8]) {
    assert_eq!(a.len(), b.len());
    let sum: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let mean = sum as f64 / a.len() as f64;
    assert!(mean < 0.02, "{mean} steps apart");
}

async fn translate(model: &Model, sketch: ImageData, options: JsValue) -> ImageData {
    let promise = model.translate(sketch, options).expect("the options are good");
    JsFuture::from(promise).await.expect("the picture comes").unchecked_into()
}

#[wasm_bindgen_test]
async fn both_devices_give_the_same_picture() {
    let on_cpu = translate(&model("cpu").await, sketch(300, 200), JsValue::UNDEFINED).await;
    let on_gpu = translate(&model("webgpu").await, sketch(300, 200), JsValue::UNDEFINED).await;
    assert_eq!((on_cpu.width(), on_cpu.height()), (256, 171), "the aspect ratio of what went in");
    assert_same(&on_cpu.data(), &on_gpu.data());
}

/// An ImageData over WebAssembly's own memory would change under the caller's hands.
#[wasm_bindgen_test]
async fn a_picture_stays_as_it_was_given() {
    let model = model("cpu").await;
    let picture = translate(&model, sketch(256, 256), JsValue::UNDEFINED).await;
    let array: js_sys::Uint8ClampedArray = get(&picture, "data").unchecked_into();
    assert_eq!(array.buffer().byte_length(), 4 * 256 * 256, "a buffer of its own");
    let before = array.to_vec();
    translate(&model, sketch(64, 64), JsValue::UNDEFINED).await;
    assert_eq!(array.to_vec(), before);
}

#[wasm_bindgen_test]
async fn overlapping_translations_all_come() {
    let model = model("cpu").await;
    let calls: Array = (0..3)
        .map(|_| JsValue::from(model.translate(sketch(64, 64), JsValue::UNDEFINED).unwrap()))
        .collect();
    let pictures: Array =
        JsFuture::from(js_sys::Promise::all(&calls)).await.unwrap().unchecked_into();
    assert_eq!(pictures.length(), 3);
}

#[wasm_bindgen_test]
async fn dropout_repeats_with_its_seed_on_both_devices() {
    let seeded = |seed: u32| object(&[("dropout", true.into()), ("seed", seed.into())]);
    let cpu = model("cpu").await;
    let first = translate(&cpu, sketch(256, 256), seeded(1)).await.data();
    let again = translate(&cpu, sketch(256, 256), seeded(1)).await.data();
    let other = translate(&cpu, sketch(256, 256), seeded(2)).await.data();
    let plain = translate(&cpu, sketch(256, 256), JsValue::UNDEFINED).await.data();
    assert!(first == again, "one seed, one picture");
    assert!(first != other && first != plain, "another seed, another picture");
    let on_gpu = translate(&model("webgpu").await, sketch(256, 256), seeded(1)).await.data();
    assert_same(&first, &on_gpu); // the same masks
}

#[wasm_bindgen_test]
async fn info_says_what_was_loaded() {
    let model = model("auto").await;
    let info = model.info().unwrap();
    assert_eq!(get(&info, "device"), "cpu");
    assert_eq!(get(&info, "format"), "pict");
    assert_eq!(get(&info, "dtype"), "q8");
    assert_eq!(get(&info, "ngf"), 4);
    assert_eq!(get(&info, "size"), 256);
    assert_eq!(get(&info, "bytes"), PICT.len() as f64);
    assert_eq!(get(&info, "bias"), true);
}

#[wasm_bindgen_test]
async fn progress_ends_at_the_size_of_the_file() {
    let seen = Array::new();
    let push = {
        let seen = seen.clone();
        Closure::<dyn FnMut(f64, f64)>::new(move |loaded, _total| {
            seen.push(&JsValue::from_f64(loaded));
        })
    };
    let listener = push.as_ref().unchecked_ref::<js_sys::Function>().clone();
    let options = object(&[("device", "cpu".into())]);
    Model::load(Uint8Array::from(PICT), options, Some(listener)).await.unwrap();
    let seen: Vec<f64> = seen.iter().filter_map(|v| v.as_f64()).collect();
    assert!(seen.is_sorted(), "{seen:?}");
    assert_eq!(*seen.last().unwrap(), PICT.len() as f64);
}

#[wasm_bindgen_test]
async fn errors_have_their_codes() {
    let load =
        |bytes: Vec<u8>, options| Model::load(Uint8Array::from(bytes.as_slice()), options, None);
    let error = load(b"<!doctype html><title>404</title>".to_vec(), JsValue::UNDEFINED)
        .await
        .err()
        .unwrap();
    assert_eq!(code(&error), "weights/format");
    let cut = PICT[..PICT.len() / 2].to_vec();
    let error = load(cut, JsValue::UNDEFINED).await.err().unwrap();
    assert_eq!(code(&error), "weights/truncated");
    let error = load(PICT.to_vec(), object(&[("devise", "cpu".into())])).await.err().unwrap();
    assert_eq!(code(&error), "options/invalid");
    assert!(get(&error, "message").as_string().unwrap().contains("devise"), "the field is named");

    let model = model("cpu").await;
    let error = model.translate(sketch(8, 8), object(&[("colour", true.into())])).unwrap_err();
    assert_eq!(code(&error), "options/invalid");
    let running = object(&[("statistics", "running".into())]);
    let error = JsFuture::from(model.translate(sketch(8, 8), running).unwrap()).await.unwrap_err();
    assert_eq!(code(&error), "model/running-statistics");
    translate(&model, sketch(8, 8), JsValue::UNDEFINED).await; // still usable
}

#[wasm_bindgen_test]
async fn a_saved_model_gives_the_same_picture() {
    let saved = model("webgpu").await;
    let file = JsFuture::from(saved.save(JsValue::UNDEFINED).unwrap()).await.unwrap();
    let loaded = Model::load(file.unchecked_into(), object(&[("device", "cpu".into())]), None)
        .await
        .unwrap();
    assert_eq!(get(&loaded.info().unwrap(), "format"), "pix2pix-web");
    let before = translate(&model("cpu").await, sketch(256, 256), JsValue::UNDEFINED).await.data();
    let after = translate(&loaded, sketch(256, 256), JsValue::UNDEFINED).await.data();
    assert_same(&before, &after);
}
