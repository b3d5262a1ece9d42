//! What a training does that pix2pix.py does not: each is an option, and off by default.

use image::{Rgba, RgbaImage};
use pix2pix_web::device::{self, Choice};
use pix2pix_web::model::GeneratorConfig;
use pix2pix_web::session::{CreateConfig, SaveWhat};
use pix2pix_web::train::TrainOptions;
use pix2pix_web::weights::{Dtype, Format};
use pix2pix_web::{Pix2Pix, TranslateOptions};
use pollster::block_on;
use serde_json::{Value, json};

use crate::counting::{alone, live};
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
        "chromaWeight": 0.1, "slopeFloor": 0.1, "average": 0.9, "batchSize": 2 });
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
        // From 1 on it is the slope everywhere.
        json!({ "slopeFloor": 1 }),
    ] {
        assert_ne!(after(options.clone()), without, "{options}");
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

/// Of ngf 4 the original's inner layers have 32 channels.
#[test]
fn a_model_of_capped_width_is_told_from_the_shapes_of_every_format() {
    let generator =
        GeneratorConfig { ngf: 4, max_width: Some(12), depth: 6, bias: true, ..Default::default() };
    let opened = || block_on(device::open(Choice::Cpu)).unwrap();
    let config = CreateConfig { generator, ndf: Some(4), seed: 1, ..Default::default() };
    let model = Pix2Pix::create(&config, opened()).unwrap();
    assert!(model.parameters() * 4 < small(1).parameters());
    let picture = painted(&model, TranslateOptions::default());
    for format in [Format::Ours, Format::TensorFlow2018] {
        let mut file = Vec::new();
        let sink = &mut |piece| file.extend(piece);
        block_on(model.save(SaveWhat::Generator, format, Dtype::F32, sink)).unwrap();
        let loaded = load(&file);
        assert_eq!(loaded.config().max_width, Some(12), "{format:?}");
        assert_eq!(painted(&loaded, TranslateOptions::default()), picture, "{format:?}");
    }
    begin(&model, json!({}));
    train(&model, 1);
}

/// A disc on a background, both grey.
fn teach(model: &Pix2Pix, [disc, background]: [u8; 2], steps: usize) {
    let target = RgbaImage::from_fn(64, 64, |x, y| {
        let inside = (x as f32 - 32.0).hypot(y as f32 - 32.0) < 20.0;
        let grey = if inside { disc } else { background };
        Rgba([grey, grey, grey, 255])
    });
    model.add("disc".into(), sketch([255; 3]), target).unwrap();
    train(model, steps);
}

/// A model that has white backgrounds by heart is taught dark ones.
#[test]
fn a_white_background_is_learned_anew_sooner() {
    let options = |slope_floor: f64| TrainOptions {
        generator_only: true,
        learning_rate: 1e-3,
        dropout: false,
        slope_floor,
        ..Default::default()
    };
    let background_after = |white: &[u8], steps: usize, slope_floor: f64| {
        let model = load(white);
        model.restart(options(slope_floor)).unwrap();
        teach(&model, [200, 30], steps);
        let picture = painted(&model, TranslateOptions::default());
        let edge = picture.enumerate_pixels().filter(|(x, y, _)| *x < 6 || *y < 6);
        let lights: Vec<f64> = edge.map(|(.., p)| f64::from(p[0])).collect();
        lights.iter().sum::<f64>() / lights.len() as f64
    };
    // A single training is luck: of some models the first steps are much the same.
    let mut sums = [0.0; 2];
    for seed in 1..=4 {
        let white = small(seed);
        white.restart(options(0.0)).unwrap();
        teach(&white, [60, 255], 400);
        let white = saved(&white, SaveWhat::Generator, Dtype::F32);
        let of_seed = [0.0, 0.2].map(|floor| background_after(&white, 10, floor));
        println!("seed {seed}: background after 10 steps, of 255, and with a floor: {of_seed:.0?}");
        sums = [0, 1].map(|i| sums[i] + of_seed[i]);
    }
    assert!(sums[1] < 0.95 * sums[0], "{sums:?}");
}

/// Weights that are kept as the CPU multiplies by them are those of now: a training step, or another cache, changes what
/// is kept, and never the picture.
#[test]
fn transformed_weights_are_kept_for_the_next_picture_of_the_same_weights() {
    alone();
    let generator = GeneratorConfig { ngf: 8, depth: 7, ..Default::default() };
    let opened = block_on(device::open(Choice::Cpu)).unwrap();
    let model = Pix2Pix::create(
        &CreateConfig { generator, ndf: Some(4), seed: 1, ..Default::default() },
        opened,
    )
    .unwrap();
    let with =
        |weights_cache| painted(&model, TranslateOptions { weights_cache, ..Default::default() });
    let held = |work: &dyn Fn()| {
        let before = live();
        work();
        live() - before
    };

    let first = with(Some(0));
    assert_eq!(held(&|| assert_eq!(with(None), first)), 0, "it may be the only picture");
    let kept = held(&|| assert_eq!(with(None), first));
    // encoder_2 and decoder_2, of [16, 8] and [32, 8] kernels: 64 values of 4 bytes for each kernel.
    let outermost = (16 * 8 + 32 * 8) * 64 * 4;
    assert!((outermost..2 * outermost).contains(&kept), "{kept}");
    assert_eq!(held(&|| assert_eq!(with(None), first)), 0, "once");
    assert_eq!(held(&|| assert_eq!(with(Some(0)), first)), -kept);

    assert_eq!([with(None), with(None)], [first.clone(), first.clone()]);
    begin(&model, json!({ "learningRate": 0.01 }));
    train(&model, 1);
    let trained = load(&saved(&model, SaveWhat::Generator, Dtype::F32));
    let expected = painted(&trained, TranslateOptions::default());
    assert_ne!(expected, first);
    assert_eq!([with(None), with(None), with(None)], [(); 3].map(|()| expected.clone()));
}
