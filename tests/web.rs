//! In headless Chrome: the networks on both devices against the original's numbers, and the bindings.
#![cfg(target_arch = "wasm32")]
#![allow(dead_code)] // of what the native tests use of `reference`

mod reference;

use js_sys::{
    Array, Float32Array, Function, Object, Promise, Reflect, Uint8Array, Uint8ClampedArray,
};
use pix2pix_web::device::{self, Choice, Kind};
use pix2pix_web::train::TrainOptions;
use pix2pix_web::wasm::{Model, detect_edges};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::*;
use web_sys::ImageData;

use reference::operations;
use reference::steps::{self, Room};

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

/// The generated picture is eight times further from the truth than on the CPU, and some of the discriminator's gradients
/// with it: up to 3.3 times the original's own error. Of encoder_5's 2,048 outputs, 0.06 in size, the smallest is 3.2e-5,
/// and four are below 6e-5. In double precision, by L1 alone, the other slope for the first changes that encoder's weights'
/// gradients by 0.10 and 0.07 of their norms, which is what was measured, and encoder_2's beta's, which is a hundredth of others,
/// by 0.12 to 0.15 with the next; of that 0.28 was measured, and the rest is not explained.
const WEBGPU: Room = Room { original: 4.0, kinks: 0.4 };

async fn steps_match(choice: Choice, room: &Room) {
    let opened = open(choice).await;
    for case in &steps::CASES {
        let errors = steps::step_errors(case, &TrainOptions::default(), &opened.device).await;
        console_log!("{} on {:?}: {}", case.name, opened.kind, errors.summary());
        errors.check(case, 1e-4, room);
    }
    let adam = steps::adam_error(&opened.device).await;
    console_log!("Adam on {:?}: off by at most {adam:.2} of what rounding allows", opened.kind);
    assert!(adam <= 1.0);
}

/// See `reference::operations`, which says where each tolerance comes from.
async fn operations_match(choice: Choice) {
    let device = open(choice).await.device;
    operations::convolutions(&device).await;
    breathe().await;
    operations::separable_convolutions(&device).await;
    operations::normalization(&device).await;
    operations::rectifiers(&device).await;
    operations::tangents(&device).await;
    operations::joined_channels(&device).await;
    breathe().await;
    operations::sums_of_pairs(&device).await;
    operations::gan_losses(&device).await;
    operations::extremes(&device).await;
    breathe().await;
    operations::more_workgroups_than_a_dimension_has(&device).await;
    breathe().await;
    operations::sums_of_squares(&device).await;
    operations::adam(&device).await;
}

#[wasm_bindgen_test]
async fn cpu_operations_and_their_gradients_are_exact() {
    operations_match(Choice::Cpu).await;
}

#[wasm_bindgen_test]
async fn webgpu_operations_and_their_gradients_are_exact() {
    operations_match(Choice::WebGpu).await;
    operations::convolutions_like_the_cpu(&open(Choice::WebGpu).await.device).await;
}

#[wasm_bindgen_test]
async fn webgpu_convolves_by_packed_weights() {
    let device = open(Choice::WebGpu).await.device;
    operations::every_half_is_itself(&device).await;
    operations::packed_convolutions(&device).await;
}

#[wasm_bindgen_test]
async fn webgpu_paints_by_kernels_in_fewer_bits() {
    let opened = open(Choice::WebGpu).await;
    reference::packed::pictures(opened, |line| console_log!("{line}")).await;
}

#[wasm_bindgen_test]
async fn a_picture_and_a_step_are_few_launches() {
    let opened = open(Choice::WebGpu).await;
    reference::launches::a_picture_and_a_step_are_few(opened, |line| console_log!("{line}")).await;
}

/// On demand: `cargo test … --test web -- --nocapture --include-ignored beside_burns`.
#[wasm_bindgen_test]
#[ignore = "it prints times and tests nothing"]
async fn convolutions_beside_burns() {
    let device = open(Choice::WebGpu).await.device;
    reference::speed::convolutions_beside_burns(&device, |line| console_log!("{line}")).await;
}

#[wasm_bindgen_test]
#[ignore = "it prints a table and tests nothing"]
async fn roofline() {
    for ngf in [16, 64] {
        let opened = open(Choice::WebGpu).await;
        reference::launches::table(opened, ngf, |line| console_log!("{line}")).await;
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

/// Losses, every gradient, and Adam.
#[wasm_bindgen_test]
async fn cpu_training_matches_the_original() {
    steps_match(Choice::Cpu, &Room::CPU).await;
}

#[wasm_bindgen_test]
async fn webgpu_training_matches_the_original() {
    steps_match(Choice::WebGpu, &WEBGPU).await;
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
    // A copy: an ImageData over WebAssembly's memory would outlive the pixels there.
    let pixels = Uint8ClampedArray::from(&pixels[..]);
    ImageData::new_with_js_u8_clamped_array_and_sh(&pixels, width, height).unwrap()
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
    let array: Uint8ClampedArray = get(&picture, "data").unchecked_into();
    assert_eq!(array.buffer().byte_length(), 4 * 256 * 256, "a buffer of its own");
    let before = array.to_vec();
    translate(&model, sketch(64, 64), JsValue::UNDEFINED).await;
    assert_eq!(array.to_vec(), before);
}

/// Three calls before any has ended: each returns its own sketch's picture, and not that of another call.
#[wasm_bindgen_test]
async fn overlapping_translations_all_come() {
    for device in ["cpu", "webgpu"] {
        let model = model(device).await;
        let sketches = || [sketch(64, 64), sketch(96, 64), sketch(64, 96)];
        let mut alone = Vec::new();
        for sketch in sketches() {
            alone.push(translate(&model, sketch, JsValue::UNDEFINED).await);
        }
        let calls: Array = sketches()
            .map(|sketch| JsValue::from(model.translate(sketch, JsValue::UNDEFINED).unwrap()))
            .into_iter()
            .collect();
        let pictures: Array =
            JsFuture::from(js_sys::Promise::all(&calls)).await.unwrap().unchecked_into();
        assert_eq!(pictures.length(), 3);
        for (picture, alone) in pictures.iter().zip(&alone) {
            let picture: ImageData = picture.unchecked_into();
            let size = |picture: &ImageData| (picture.width(), picture.height());
            assert_eq!(size(&picture), size(alone), "{device}");
            assert!(picture.data() == alone.data(), "{device}: the picture of one call alone");
        }
        assert!(alone[0].data() != alone[1].data(), "sketches with pictures of their own");
    }
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
    for unknown in [true.into(), JsValue::NULL] {
        let error = model.translate(sketch(8, 8), object(&[("colour", unknown)])).unwrap_err();
        assert_eq!(code(&error), "options/invalid");
    }
    let running = object(&[("statistics", "running".into())]);
    let error = JsFuture::from(model.translate(sketch(8, 8), running).unwrap()).await.unwrap_err();
    assert_eq!(code(&error), "model/running-statistics");
    translate(&model, sketch(8, 8), JsValue::UNDEFINED).await; // still usable
}

/// A training of a small new model, step by step.
struct Training(Model);

impl Training {
    async fn new(device: &str, ngf: u32, options: &[(&str, JsValue)]) -> Self {
        let config = object(&[("ngf", ngf.into()), ("depth", 6.into()), ("seed", 1.into())]);
        let model = Model::create(config, object(&[("device", device.into())])).await.unwrap();
        let training = Self(model);
        training.begin(options);
        training
    }

    fn begin(&self, options: &[(&str, JsValue)]) {
        self.0.begin(object(options)).unwrap();
        self.0.add("a ring".into(), &sketch(64, 64), &sketch(64, 64)).unwrap();
    }

    async fn step(&self) -> JsValue {
        JsFuture::from(self.0.step()).await.expect("the step succeeds")
    }

    async fn l1(&self) -> f64 {
        get(&get(&self.step().await, "losses"), "l1").as_f64().unwrap()
    }
}

#[wasm_bindgen_test]
async fn both_devices_learn_the_same() {
    let mut curves = Vec::new();
    for device in ["cpu", "webgpu"] {
        let training = Training::new(device, 2, &[("learningRate", 2e-3.into())]).await;
        let mut curve = Vec::new();
        for _ in 0..6 {
            curve.push(training.l1().await);
        }
        console_log!("L1 on {device}: {curve:.4?}");
        assert!(curve[5] < curve[0]);
        curves.push(curve);
    }
    // Round-off grows from step to step.
    for (a, b) in curves[0].iter().zip(&curves[1]) {
        assert!((a - b).abs() < 0.02 * a, "{curves:?}");
    }
}

/// Where its tensors lie in memory must not matter: sums go in one order.
#[wasm_bindgen_test]
async fn the_cpu_gives_the_same_numbers_wherever_they_lie() {
    let mut curves = Vec::new();
    let mut held = Vec::new();
    for i in 0..6 {
        held.push(vec![0u8; 8 + 8 * i]); // moves what comes after it
        let training = Training::new("cpu", 4, &[("batchSize", 2.into())]).await;
        let mut curve = Vec::new();
        for _ in 0..3 {
            held.push(vec![0u8; 24 + 8 * i]);
            curve.push(training.l1().await);
        }
        curves.push(curve);
    }
    drop(held);
    assert!(curves.iter().all(|curve| *curve == curves[0]), "{curves:?}");
}

#[wasm_bindgen_test]
async fn a_step_tells_what_it_did() {
    let training = Training::new("cpu", 2, &[("traceEvery", 1.into())]).await;
    let step = training.step().await;
    assert_eq!(get(&step, "step"), 1);
    assert!(get(&get(&step, "losses"), "discriminator").as_f64().unwrap() > 0.0);
    assert!(
        get(&get(&step, "rawAverages"), "l1").as_f64()
            < get(&get(&step, "averages"), "l1").as_f64()
    );
    assert!(get(&get(&step, "gradientNorms"), "generator").as_f64().unwrap() > 0.0);
    assert_eq!(get(&step, "learningRate"), 2e-4);
    assert_eq!(get(&get(&step, "pairs"), "0"), "a ring");
    assert!(get(&step, "trace").as_string().unwrap().contains("generator backward"));
    let preview = JsFuture::from(training.0.preview()).await.unwrap();
    assert_eq!(get(&get(&preview, "output"), "width"), 64);
    let fake = get(&preview, "fake");
    let side = get(&fake, "width").as_f64().unwrap();
    let values: Float32Array = get(&fake, "values").unchecked_into();
    assert_eq!(f64::from(values.length()), side * get(&fake, "height").as_f64().unwrap());
    assert!(values.to_vec().iter().all(|v| (0.0..=1.0).contains(v)));
    assert_eq!(get(&training.0.info().unwrap(), "step"), 1);
}

/// Every kernel is on the timeline, with the device's own times.
#[wasm_bindgen_test]
async fn webgpu_kernels_are_traced() {
    let training = Training::new("webgpu", 2, &[("traceEvery", 2.into())]).await;
    assert!(get(&training.step().await, "trace").is_undefined());
    let trace = get(&training.step().await, "trace").as_string().unwrap();
    let trace: serde_json::Value = serde_json::from_str(&trace).unwrap();
    let of = |cat: &str| {
        let events = trace["traceEvents"].as_array().unwrap().iter();
        events.filter(|e| e["cat"] == cat).cloned().collect::<Vec<_>>()
    };
    let kernels = of("kernel");
    let total: f64 = kernels.iter().map(|k| k["dur"].as_f64().unwrap()).sum();
    let last = kernels.iter().map(|k| k["ts"].as_f64().unwrap()).fold(0.0, f64::max);
    let names: std::collections::BTreeSet<_> =
        kernels.iter().map(|k| k["name"].as_str().unwrap()).collect();
    console_log!(
        "{} kernels, {:.0} ms in all, the last at {:.0} ms: {names:?}",
        kernels.len(),
        total / 1e3,
        last / 1e3
    );
    assert!(kernels.len() > 100);
    assert!(total > 0.0 && last > 0.0);
    assert!(of("phase").iter().any(|p| p["name"] == "generator backward"));
    assert!(get(&training.step().await, "trace").is_undefined(), "nothing is watched any more");
}

#[wasm_bindgen_test]
async fn training_errors_have_their_codes() {
    let training = Training::new("cpu", 2, &[]).await;
    let model = &training.0;
    for options in [
        ("learningRate", "fast".into()),
        ("restart", "yes".into()),
        ("sped", 1.into()),
        ("sped", JsValue::NULL),
    ] {
        assert_eq!(code(&model.begin(object(&[options])).unwrap_err()), "options/invalid");
    }
    model.begin(object(&[("restart", JsValue::NULL), ("clip", JsValue::NULL)])).unwrap();
    let moved = sketch(8, 8);
    let transfer = "new MessageChannel().port1.postMessage(null, [image.data.buffer])";
    Function::new_with_args("image", transfer).call1(&JsValue::NULL, &moved).unwrap();
    let error = model.add("moved".into(), &moved, &sketch(8, 8)).unwrap_err();
    assert_eq!(code(&error), "image/unreadable");
    let error = model.add("odd".into(), &sketch(10, 10), &sketch(20, 10)).unwrap_err();
    assert_eq!(code(&error), "pair/size");
    model.begin(JsValue::UNDEFINED).unwrap();
    assert_eq!(code(&JsFuture::from(model.step()).await.unwrap_err()), "train/no-pairs");
    let error = model.load_discriminator(Uint8Array::from(PICT)).unwrap_err();
    assert_eq!(code(&error), "weights/missing");
}

#[wasm_bindgen_test]
async fn a_sketch_is_made_of_a_photo() {
    // A black disc and a pale one, on transparent, which counts as white.
    let disc = |i: usize, x: f32| ((i % 64) as f32 - x).hypot((i / 64) as f32 - 32.0) < 12.0;
    let pixels = (0..64 * 64).flat_map(|i| match [disc(i, 16.0), disc(i, 48.0)] {
        [true, _] => [0, 0, 0, 255],
        [_, true] => [225, 225, 225, 255],
        _ => [0, 0, 0, 0],
    });
    let pixels = Uint8ClampedArray::from(&pixels.collect::<Vec<u8>>()[..]);
    let photo = ImageData::new_with_js_u8_clamped_array_and_sh(&pixels, 64, 64).unwrap();
    // The pixels of lines, left and right.
    let ink = |options: JsValue| {
        let lines = detect_edges(&photo, options).unwrap();
        assert_eq!((lines.width(), lines.height()), (64, 64));
        let mut ink = [0; 2];
        for (i, pixel) in lines.data().chunks_exact(4).enumerate() {
            ink[i % 64 / 32] += usize::from(pixel[0] == 0);
        }
        ink
    };
    let [strong, _] = ink(JsValue::UNDEFINED);
    assert!(strong > 50);
    let [few, many] = [0, 1].map(|strength| ink(object(&[("strength", strength.into())])));
    assert!(few[0] > 50 && few[1] == 0, "strength 0 draws the black disc alone: {few:?}");
    assert!(many[0] > 50 && many[1] > 50, "strength 1 draws the pale one too: {many:?}");
    let error = detect_edges(&photo, object(&[("strength", 2.into())])).unwrap_err();
    assert_eq!(code(&error), "options/invalid");
}

/// On WebGPU a step waits for its numbers, and another may be asked for meanwhile.
#[wasm_bindgen_test]
async fn overlapping_steps_are_refused() {
    let Training(model) = Training::new("webgpu", 2, &[]).await;
    let first = model.step();
    let second = JsFuture::from(model.step()).await.unwrap_err();
    assert_eq!(code(&second), "train/running");
    JsFuture::from(first).await.unwrap();
    JsFuture::from(model.step()).await.unwrap();
}

/// Lets the browser do other things: the driver of the tests gives up on a page that is busy for 5 seconds.
async fn breathe() {
    let set_timeout: Function = get(&js_sys::global(), "setTimeout").unchecked_into();
    let wait = Promise::new(&mut |resolve, _| {
        set_timeout.call1(&JsValue::UNDEFINED, &resolve).unwrap();
    });
    JsFuture::from(wait).await.unwrap();
}

/// Memory of a training does not grow: gradients, graphs and old weights are freed.
#[wasm_bindgen_test]
async fn memory_does_not_grow_while_training() {
    let training = Training::new("cpu", 16, &[]).await;
    let mut after = Vec::new();
    for step in 1..=200 {
        training.step().await;
        breathe().await;
        if [20, 200].contains(&step) {
            after.push(Model::memory());
        }
    }
    console_log!("WebAssembly memory, ngf 16 at 64x64: {after:?} bytes after 20 and 200 steps");
    // Blocks of many sizes leave gaps: the native tests count what is really allocated.
    assert!(after[1] < 1.05 * after[0]);
}

#[wasm_bindgen_test]
async fn device_memory_does_not_grow_while_training() {
    let training = Training::new("webgpu", 2, &[]).await;
    let mut after = Vec::new();
    // Within the first thirty steps the pools still find what sizes there are.
    for step in 1..=100 {
        training.step().await;
        if [40, 100].contains(&step) {
            after.push(training.0.device_memory().expect("WebGPU has pools"));
        }
    }
    console_log!("pools of the GPU, ngf 2 at 64x64: {after:?} bytes after 40 and 100 steps");
    assert!(after[0] > 0.0 && after[1] <= after[0]);
    assert_eq!(Training::new("cpu", 2, &[]).await.0.device_memory(), None);
}

/// The files of a checkpoint of the original's are one model, and so they are without what no model needs.
#[wasm_bindgen_test]
async fn the_files_of_a_checkpoint_are_one_model() {
    let files: [(&str, &[u8]); 3] = [
        ("model-3.index", include_bytes!("fixtures/tensorflow/2018/model-3.index")),
        (
            "model-3.data-00000-of-00001",
            include_bytes!("fixtures/tensorflow/2018/model-3.data-00000-of-00001"),
        ),
        ("options.json", include_bytes!("fixtures/tensorflow/2018/options.json")),
    ];
    let load = async |files: &[(&str, &[u8])]| {
        let names = files.iter().map(|(name, _)| name.to_string()).collect();
        let contents = files.iter().map(|(_, bytes)| Uint8Array::from(*bytes)).collect();
        let options = object(&[("device", "cpu".into())]);
        Model::load_files(names, contents, options, None).await
    };
    let info = load(&files).await.expect("the fixture loads").info().unwrap();
    assert_eq!(get(&info, "format"), "tensorflow-2018");
    assert_eq!(get(&info, "step"), 3);
    let error = load(&files[..1]).await.err().expect("the values are missing");
    assert_eq!(code(&error), "weights/missing");
}

#[wasm_bindgen_test]
async fn a_saved_model_gives_the_same_picture() {
    let saved = model("webgpu").await;
    let pieces: Array =
        JsFuture::from(saved.save(JsValue::UNDEFINED).unwrap()).await.unwrap().unchecked_into();
    let file: Vec<u8> =
        pieces.iter().flat_map(|piece| piece.unchecked_into::<Uint8Array>().to_vec()).collect();
    let loaded =
        Model::load(Uint8Array::from(&file[..]), object(&[("device", "cpu".into())]), None)
            .await
            .unwrap();
    assert_eq!(get(&loaded.info().unwrap(), "format"), "pix2pix-web");
    let before = translate(&model("cpu").await, sketch(256, 256), JsValue::UNDEFINED).await.data();
    let after = translate(&loaded, sketch(256, 256), JsValue::UNDEFINED).await.data();
    assert_same(&before, &after);
}
