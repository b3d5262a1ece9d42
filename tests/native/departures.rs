//! What a training does that pix2pix.py does not: each is an option, and off by default.

use image::{Rgba, RgbaImage};
use pix2pix_web::session::SaveWhat;
use pix2pix_web::weights::Dtype;
use pix2pix_web::{Pix2Pix, TranslateOptions};
use pollster::block_on;
use serde_json::{Value, json};

use crate::training::{begin, load, saved, small, train, weights};

fn sketch(color: [u8; 3]) -> RgbaImage {
    RgbaImage::from_fn(64, 64, |x, y| {
        let distance = (x as f32 - 32.0).hypot(y as f32 - 32.0);
        let [r, g, b] = match distance as i32 {
            0..4 => color,
            19 | 20 => [0; 3],
            _ => [255; 3],
        };
        Rgba([r, g, b, 255])
    })
}

fn painted(model: &Pix2Pix, options: TranslateOptions) -> RgbaImage {
    block_on(model.translate(sketch([220, 30, 40]), &options)).unwrap()
}

#[test]
fn a_training_with_all_of_them_resumes_to_the_bit() {
    let options = json!({ "seed": 5, "hints": 0.7, "recolor": 0.5, "spreadHints": true, "kernels": "linear",
        "chromaWeight": 0.1, "saturationWeight": 1, "average": 0.9, "batchSize": 2 });
    let whole = small(1);
    begin(&whole, options.clone());
    train(&whole, 6);
    let first = small(1);
    begin(&first, options);
    train(&first, 3);
    let resumed = load(&saved(&first, SaveWhat::Checkpoint, Dtype::F32));
    begin(&resumed, Value::Null);
    train(&resumed, 3);
    assert_eq!(weights(&resumed), weights(&whole));
    let [resumed, whole] =
        [resumed, whole].map(|model| saved(&model, SaveWhat::Generator, Dtype::F32));
    assert_eq!(resumed, whole, "the averages, too");
}

/// Each option changes what is learned.
#[test]
fn each_of_them_does_something() {
    let after = |options: Value| {
        let model = small(1);
        begin(&model, json!({ "seed": 5 }));
        begin(&model, options);
        train(&model, 2);
        weights(&model)
    };
    let without = after(json!({}));
    for options in [
        json!({ "kernels": "balanced" }),
        json!({ "chromaWeight": 0.1 }),
        // Nothing is saturated yet.
        json!({ "learningRate": 0.5, "saturationWeight": 100 }),
    ] {
        let mut before = options.clone();
        before.as_object_mut().unwrap().retain(|name, _| name == "learningRate");
        let before = if before == json!({}) { without.clone() } else { after(before) };
        assert_ne!(after(options.clone()), before, "{options}");
    }
    let hinted = |spread: bool| after(json!({ "hints": 1, "spreadHints": spread }));
    assert_ne!(hinted(true), hinted(false));
    // Of hinted pairs chroma counts in full.
    let with_hints = |weight: f64| after(json!({ "hints": 1, "chromaWeight": weight }));
    assert_eq!(with_hints(0.1), with_hints(0.9));
}

/// The average is what paints and what is exported; the checkpoint goes on from the weights themselves.
#[test]
fn the_average_paints_and_is_exported() {
    let model = small(1);
    begin(&model, json!({ "average": 0.9, "learningRate": 0.01 }));
    train(&model, 4);
    let plain = TranslateOptions::default();
    let exported = load(&saved(&model, SaveWhat::Generator, Dtype::F32));
    assert_eq!(painted(&exported, plain.clone()), painted(&model, plain.clone()));
    let [generator, _] = weights(&model);
    let [averaged, _] = weights(&exported);
    assert_ne!(generator, averaged);
    let [kept, _] = weights(&load(&saved(&model, SaveWhat::Checkpoint, Dtype::F32)));
    assert_eq!(kept, generator);
    // Without the option the weights themselves paint again, from the next step on.
    begin(&model, json!({ "average": null, "learningRate": 1e-9 }));
    train(&model, 1);
    let exported = load(&saved(&model, SaveWhat::Generator, Dtype::F32));
    assert_eq!(weights(&exported)[0], weights(&model)[0]);
}

#[test]
fn hints_spread_and_regions_get_colours_before_the_network_sees_them() {
    let model = small(1);
    let given = painted(&model, TranslateOptions::default());
    let spread = TranslateOptions { spread_hints: true, ..Default::default() };
    assert_ne!(painted(&model, spread.clone()), given);
    let filled = pix2pix_web::image::spread(sketch([220, 30, 40]));
    let by_hand = block_on(model.translate(filled, &TranslateOptions::default())).unwrap();
    assert_eq!(painted(&model, spread.clone()), by_hand);

    let colored = |color: [u8; 3], colors: Option<u32>| {
        let options = TranslateOptions { colors, ..spread.clone() };
        block_on(model.translate(sketch(color), &options)).unwrap()
    };
    let white = [255; 3];
    assert_ne!(colored(white, Some(1)), colored(white, None));
    assert_ne!(colored(white, Some(1)), colored(white, Some(2)));
    assert_eq!(colored(white, Some(1)), colored(white, Some(1)));
    let red = [220, 30, 40];
    assert_eq!(colored(red, Some(1)), colored(red, None), "what has a hint is left alone");
}
