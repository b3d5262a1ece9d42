//! Training on the CPU backend: one step against the original's values, and what holds from step to step.

use std::rc::Rc;

use burn::tensor::{Device, Tensor};
use image::{Rgba, RgbaImage};
use pix2pix_web::device::{self, Choice};
use pix2pix_web::model::{
    Activation, Convolution, GeneratorConfig, Layout, NamedParameter, Norm, ParameterName, Part,
    Patch, Statistics,
};
use pix2pix_web::session::{CreateConfig, EvaluateOptions, SaveWhat};
use pix2pix_web::train::{
    Adam, Averages, Decay, Freeze, GanLoss, Kernels, Networks, Report, TrainOptions,
};
use pix2pix_web::weights::{Contents, Dtype, Format, write};
use pix2pix_web::{Error, Pix2Pix, TranslateOptions};
use pollster::block_on;
use serde_json::{Value, json};

use crate::counting::{alone, live, peak};
use crate::reference;
use crate::reference::steps::{self, Room};

#[test]
fn losses_and_gradients_match_the_original() {
    for loss in [GanLoss::Vanilla, GanLoss::VanillaEps] {
        let options = TrainOptions { loss, ..Default::default() };
        for case in &steps::CASES {
            let errors = block_on(steps::step_errors(case, &options, &Device::flex()));
            println!("{}, {loss:?}: {}", case.name, errors.summary());
            // A loss is a mean of values near 1: 2.4e-7, two units of round-off, was measured, and 20 times that is allowed.
            errors.check(case, 5e-6, &Room::CPU);
        }
    }
}

#[test]
fn adam_matches_the_original() {
    let error = block_on(steps::adam_error(&Device::flex()));
    println!("after one Adam step weights differ by at most {error:.2} of what rounding allows");
    assert!(error <= 1.0);
}

/// The first step agrees but for round-off: a few units of 1.2e-7. It grows from step to step, as Adam divides by the root of
/// small second moments: 1e-4 by the sixth step was measured, and 20 times that is allowed, on other processors too.
#[test]
fn six_steps_follow_the_original() {
    let ours = block_on(steps::six_steps(&Device::flex()));
    for (i, (ours, theirs)) in ours.iter().zip(steps::history()).enumerate() {
        let theirs = theirs.before.losses();
        println!("step {}: ours {ours:.4?}, the original's {theirs:.4?}", i + 1);
        let off = |a: f64, b: f64| (a / b - 1.0).abs();
        let tolerance = if i == 0 { 2e-6 } else { 2e-3 };
        assert!(off(ours.l1, theirs.l1) < tolerance);
        assert!(off(ours.gan.unwrap(), theirs.gan.unwrap()) < tolerance);
        assert!(off(ours.discriminator.unwrap(), theirs.discriminator.unwrap()) < tolerance);
    }
}

#[test]
fn averages_match_the_original() {
    let mut averages = Averages::default();
    for recorded in steps::history() {
        let losses = recorded.before.losses();
        let first = averages == Averages::default();
        averages.add(&losses);
        let (raw, theirs) = (averages.raw(), recorded.ema.losses());
        for (a, b) in [
            (raw.l1, theirs.l1),
            (raw.gan.unwrap(), theirs.gan.unwrap()),
            (raw.discriminator.unwrap(), theirs.discriminator.unwrap()),
        ] {
            assert!((a - b).abs() < 1e-6, "{a} and {b}"); // theirs are float32
        }
        if first {
            assert!((averages.debiased().l1 - losses.l1).abs() < 1e-12);
        }
    }
}

/// A model of random weights with depth 6, so that its pictures are of 64 by 64.
pub fn small(seed: u32) -> Pix2Pix {
    let generator = GeneratorConfig { ngf: 4, depth: 6, ..Default::default() };
    let opened = block_on(device::open(Choice::Cpu)).unwrap();
    Pix2Pix::create(&CreateConfig { generator, ndf: Some(4), seed, ..Default::default() }, opened)
        .unwrap()
}

/// A disc of one colour on another, as lines and as a picture.
fn pair(i: u32) -> (RgbaImage, RgbaImage) {
    let (x, y, r) = (24.0 + 5.0 * i as f32, 30.0, 12.0 + 3.0 * i as f32);
    let distance = |px: u32, py: u32| ((px as f32 - x).hypot(py as f32 - y) - r) as i32;
    let lines = RgbaImage::from_fn(64, 64, |px, py| {
        if distance(px, py) == 0 { Rgba([0, 0, 0, 255]) } else { Rgba([255; 4]) }
    });
    let picture = RgbaImage::from_fn(64, 64, |px, py| {
        if distance(px, py) < 0 {
            Rgba([200, 80 * i as u8, 30, 255])
        } else {
            Rgba([20, 30, 90, 255])
        }
    });
    (lines, picture)
}

/// The model's options with `changes`.
fn options(model: &Pix2Pix, changes: Value) -> TrainOptions {
    model.options().with(changes).unwrap()
}

pub fn begin(model: &Pix2Pix, changes: Value) {
    model.begin(options(model, changes)).unwrap();
    for i in 0..3 {
        let (input, target) = pair(i);
        model.add(format!("pair {i}"), input, target).unwrap();
    }
}

pub fn train(model: &Pix2Pix, steps: usize) -> Vec<Report> {
    (0..steps).map(|_| block_on(model.step()).unwrap()).collect()
}

pub type Weights = Vec<(ParameterName, Vec<f32>)>;

pub fn weights(model: &Pix2Pix) -> [Weights; 2] {
    let Networks { generator, discriminator, .. } = model.networks();
    let read = |parameters: Vec<NamedParameter>| {
        parameters.into_iter().map(|p| (p.name, block_on(reference::numbers(p.values)))).collect()
    };
    let discriminator = discriminator.map(|network| network.named_parameters());
    [read(generator.named_parameters()), read(discriminator.unwrap_or_default())]
}

pub fn saved(model: &Pix2Pix, what: SaveWhat, dtype: Dtype) -> Vec<u8> {
    let mut file = Vec::new();
    block_on(model.save(what, Format::Ours, dtype, &mut |piece| file.extend(piece))).unwrap();
    file
}

pub fn load(file: &[u8]) -> Pix2Pix {
    let opened = block_on(device::open(Choice::Cpu)).unwrap();
    Pix2Pix::load(&file.to_vec(), opened, &mut |_, _| ()).unwrap()
}

#[test]
fn one_seed_gives_one_run_and_another_seed_another() {
    let run = |seed: u32| {
        let model = small(1);
        begin(&model, json!({ "seed": seed, "batchSize": 2 }));
        let losses: Vec<_> = train(&model, 4).into_iter().map(|r| (r.losses.l1, r.pairs)).collect();
        (losses, weights(&model))
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3).0, run(4).0);
    assert_ne!(weights(&small(1)), weights(&small(2)));
}

#[test]
fn a_warm_up_leaves_everything_as_it_was() {
    for options in
        [json!({}), json!({ "batchSize": 2, "clip": 1 }), json!({ "generatorOnly": true })]
    {
        let run = |warms_up: bool| {
            let model = small(1);
            let warm_up = || {
                let options = self::options(&model, options.clone());
                block_on(model.warm_up(warms_up.then_some(options))).unwrap();
            };
            warm_up();
            assert_eq!(model.step_count(), 0);
            begin(&model, options.clone());
            let mut reports = train(&model, 2);
            warm_up();
            reports.extend(train(&model, 2));
            let sketch = pair(9).0;
            let picture = block_on(model.translate(sketch, &TranslateOptions::default())).unwrap();
            (
                reports.iter().map(|report| report.losses).collect::<Vec<_>>(),
                weights(&model),
                picture,
            )
        };
        assert!(run(true) == run(false), "{options}");
    }
}

/// A file without a discriminator gets one when its training begins, and not before.
#[test]
fn a_warm_up_adds_no_discriminator() {
    let model = load(&saved(&small(1), SaveWhat::Generator, Dtype::F32));
    block_on(model.warm_up(Some(TrainOptions::default()))).unwrap();
    assert_eq!(model.ndf(), None);
    let options = TrainOptions { batch_size: 65, ..Default::default() };
    assert_eq!(block_on(model.warm_up(Some(options))).unwrap_err().code(), "options/invalid");
}

/// As those of a GPU, whose buffers are of a size at most. The largest tensor of this training is the discriminator's input: a
/// real and a fake pair of three channels each.
#[test]
fn a_batch_is_refused_whose_tensors_a_device_does_not_take() {
    let generator = GeneratorConfig { ngf: 4, depth: 6, ..Default::default() };
    let largest = 2 * 6 * 64 * 64 * 4;
    let open = |largest_tensor| {
        let opened = block_on(device::open(Choice::Cpu)).unwrap();
        let config = CreateConfig { generator: generator.clone(), seed: 1, ..Default::default() };
        Pix2Pix::create(&config, device::Opened { largest_tensor, ..opened }).unwrap()
    };
    let begin = |model: &Pix2Pix, batch_size| {
        model.begin(TrainOptions { batch_size, ..Default::default() })
    };
    let model = open(Some(largest));
    begin(&model, 1).unwrap();
    let error = begin(&model, 2).unwrap_err();
    assert_eq!(error.code(), "options/invalid");
    assert!(error.to_string().contains("smaller batchSize"), "{error}");
    begin(&open(None), 2).unwrap();
}

#[test]
fn every_pair_comes_once_in_a_round() {
    let model = small(1);
    begin(&model, json!({ "generatorOnly": true }));
    for _ in 0..3 {
        let mut seen: Vec<_> = train(&model, 3).into_iter().flat_map(|r| r.pairs).collect();
        seen.sort();
        assert_eq!(seen, ["pair 0", "pair 1", "pair 2"]);
    }
}

/// Optimisers, averages, step, seed and options come back: the next steps are the same to the bit.
#[test]
fn a_resumed_training_gives_the_weights_of_an_uninterrupted_one() {
    let options = json!({ "seed": 5, "learningRate": 1e-3, "clip": 1.0, "batchSize": 2, "warmup": 2,
        "decay": { "from": 3, "to": 9 } });
    let whole = small(1);
    begin(&whole, options.clone());
    let expected = train(&whole, 6);

    let first = small(1);
    begin(&first, options);
    train(&first, 3);
    let resumed = load(&saved(&first, SaveWhat::Checkpoint, Dtype::F32));
    assert_eq!(resumed.step_count(), 3);
    begin(&resumed, Value::Null);
    for (report, expected) in train(&resumed, 3).iter().zip(&expected[3..]) {
        assert_eq!(format!("{report:?}"), format!("{expected:?}"));
    }
    assert_eq!(weights(&resumed), weights(&whole));
}

#[test]
fn a_checkpoint_that_contradicts_its_networks_is_refused() {
    let model = small(1);
    begin(&model, Value::Null);
    train(&model, 1);
    let file = saved(&model, SaveWhat::Checkpoint, Dtype::F32);
    let fails = |from: &str, to: &str| {
        let mut file = file.clone();
        let at = file.windows(from.len()).position(|w| w == from.as_bytes()).expect("it is there");
        file[at..at + to.len()].copy_from_slice(to.as_bytes());
        let opened = block_on(device::open(Choice::Cpu)).unwrap();
        Pix2Pix::load(&file, opened, &mut |_, _| ()).err().expect("it is refused")
    };
    let error = fails(
        "adam.first.generator.encoder_2.conv.weight",
        "adam.first.generator.encoder_9.conv.weight",
    );
    assert_eq!(error.code(), "weights/missing");
    assert!(error.to_string().contains("adam.first.generator.encoder_2.conv.weight"), "{error}");
    let error = fails(r#"\"step\":1"#, r#"\"stop\":1"#);
    assert_eq!(error.code(), "weights/index");
}

#[test]
fn each_kind_of_file_holds_what_it_says() {
    let model = small(1);
    begin(&model, Value::Null);
    train(&model, 1);
    let [generator, discriminator] = weights(&model);
    let only = load(&saved(&model, SaveWhat::Generator, Dtype::F32));
    assert_eq!((weights(&only), only.step_count()), ([generator.clone(), vec![]], 0));
    // Without a discriminator the networks are the generator.
    let alone = saved(&only, SaveWhat::Networks, Dtype::F32);
    assert!(alone == saved(&only, SaveWhat::Generator, Dtype::F32));
    let both = load(&saved(&model, SaveWhat::Networks, Dtype::F32));
    assert_eq!((weights(&both), both.step_count()), ([generator, discriminator], 0));
    let d_file = saved(&model, SaveWhat::Discriminator, Dtype::F32);
    only.load_discriminator(&d_file).unwrap();
    assert_eq!(weights(&only), weights(&both));
    let mut nothing = |_| ();
    let error = block_on(both.save(SaveWhat::Checkpoint, Format::Ours, Dtype::F32, &mut nothing))
        .unwrap_err();
    assert_eq!(error.code(), "train/none");
    // Optimisers are in no other format, and not in 8 bits.
    for (format, dtype) in [(Format::TensorFlow2017, Dtype::F32), (Format::Ours, Dtype::Q8)] {
        let error = block_on(model.save(SaveWhat::Checkpoint, format, dtype, &mut nothing));
        assert_eq!(error.unwrap_err().code(), "weights/incompatible");
        load(&saved(&model, SaveWhat::Networks, dtype));
    }
}

fn changed(before: &Weights, after: &Weights) -> Vec<ParameterName> {
    let changed = before.iter().zip(after).filter(|(a, b)| a != b);
    changed.map(|(a, _)| a.0).collect()
}

/// To the bit: what does not learn does not change.
#[test]
fn what_is_frozen_stays() {
    let frozen = [Freeze::None, Freeze::Encoder, Freeze::Inner];
    let kernels = [Kernels::Free, Kernels::Linear];
    for (freeze, kernels) in frozen.into_iter().flat_map(|freeze| kernels.map(|k| (freeze, k))) {
        let model = small(1);
        let before = weights(&model);
        // Two pairs: at 1 by 1 the norm of one pair's values is zero, and the innermost layers get no gradient.
        begin(&model, json!({ "freeze": freeze, "kernels": kernels, "batchSize": 2 }));
        train(&model, 2);
        let after = weights(&model);
        let changed_generator = changed(&before[0], &after[0]);
        let options = TrainOptions { freeze, ..Default::default() };
        let expected: Vec<ParameterName> = (before[0].iter().map(|(name, _)| *name))
            .filter(|name| options.learns(model.config(), name.layer))
            .collect();
        assert_eq!(changed_generator, expected, "{freeze:?}, {kernels:?}");
        assert_eq!(changed(&before[1], &after[1]).len(), before[1].len(), "D learns");
    }
}

#[test]
fn a_frozen_network_needs_no_optimiser_state() {
    let moments = |freeze: Freeze| {
        let model = small(1);
        begin(&model, json!({ "freeze": freeze, "generatorOnly": true }));
        train(&model, 1);
        let file = saved(&model, SaveWhat::Checkpoint, Dtype::F32);
        file.len() - saved(&model, SaveWhat::Networks, Dtype::F32).len()
    };
    assert!(moments(Freeze::Inner) < moments(Freeze::None) / 2);
}

#[test]
fn the_generator_alone_learns_by_l1() {
    let model = small(1);
    let before = weights(&model);
    begin(&model, json!({ "generatorOnly": true, "learningRate": 2e-3 }));
    let reports = train(&model, 30);
    assert!(reports.iter().all(|r| r.losses.gan.is_none() && r.losses.discriminator.is_none()));
    assert!(reports[29].losses.l1 < 0.6 * reports[0].losses.l1, "{:?}", reports[29].losses);
    assert_eq!(changed(&before[1], &weights(&model)[1]), Vec::<ParameterName>::new());
}

/// A generator that learns from the discriminator and from L1 moves elsewhere than one that learns from L1 alone.
#[test]
fn a_new_discriminator_learns_before_it_pushes() {
    let generator_of = |options: Value, steps: usize| {
        let model = load(&saved(&small(1), SaveWhat::Generator, Dtype::F32));
        begin(&model, options);
        let reports = train(&model, steps);
        assert_eq!(reports[0].losses.discriminator.is_some(), reports[0].losses.gan.is_some());
        weights(&model)
    };
    let alone = |steps| generator_of(json!({ "generatorOnly": true }), steps)[0].clone();
    let default = generator_of(json!({}), 20);
    assert_eq!(default[0], alone(20), "20 steps of warm-up by default");
    assert!(!default[1].is_empty());
    assert_ne!(generator_of(json!({}), 21)[0], alone(21));
    assert_ne!(generator_of(json!({ "warmup": 2 }), 3)[0], alone(3));
}

/// A training that failed, or was broken off in the warm-up, leaves a discriminator that is still new.
#[test]
fn a_new_discriminator_stays_new_until_its_warm_up_is_over() {
    let run = |first: usize| {
        let model = load(&saved(&small(1), SaveWhat::Generator, Dtype::F32));
        begin(&model, json!({ "l1Weight": 0, "ganWeight": 0 })); // the generator stays where it is
        train(&model, first);
        model.restart(TrainOptions::default()).unwrap();
        begin(&model, json!({}));
        train(&model, 1);
        weights(&model)[0].clone()
    };
    let alone = {
        let model = load(&saved(&small(1), SaveWhat::Generator, Dtype::F32));
        begin(&model, json!({ "generatorOnly": true }));
        train(&model, 1);
        weights(&model)[0].clone()
    };
    assert_eq!(run(3), alone, "still new after 3 steps");
    assert_ne!(run(25), alone, "no longer after 25");
}

/// The weights of the generator after one step with `options`, of a model that `before` prepared.
fn generator_after_a_step(before: impl Fn(&Pix2Pix), options: Value) -> Weights {
    let model = small(1);
    before(&model);
    begin(&model, options);
    train(&model, 1);
    weights(&model)[0].clone()
}

/// In steps without a discriminator it learns nothing: it is as new after them as before.
#[test]
fn a_discriminator_that_did_not_learn_beside_the_generator_is_still_new() {
    let alone = json!({ "generatorOnly": true });
    let both = json!({ "generatorOnly": null });
    let train_alone = |model: &Pix2Pix| {
        begin(model, alone.clone());
        train(model, 1);
    };
    let by_l1 = generator_after_a_step(train_alone, alone.clone());
    assert_eq!(generator_after_a_step(train_alone, both.clone()), by_l1);
    // The discriminator warmed up with the generator before that, but not to the end.
    let with_a_pause = |model: &Pix2Pix| {
        begin(model, json!({ "warmup": 2 }));
        train(model, 1);
        begin(model, alone.clone());
        train(model, 5);
    };
    let by_l1 = generator_after_a_step(with_a_pause, alone.clone());
    assert_eq!(generator_after_a_step(with_a_pause, both.clone()), by_l1);
    // A new model's two networks learn side by side.
    let by_l1 = generator_after_a_step(|_| (), alone.clone());
    assert_ne!(generator_after_a_step(|_| (), both.clone()), by_l1);
}

/// A training that is given up leaves the generator as far as it had come, however often it is begun again.
#[test]
fn a_generator_that_learned_before_a_restart_is_not_new() {
    let restarted = |times: usize| {
        move |model: &Pix2Pix| {
            begin(model, json!({ "generatorOnly": true }));
            train(model, 3);
            for _ in 0..times {
                let options = TrainOptions { generator_only: true, ..Default::default() };
                model.restart(options).unwrap();
            }
            model.restart(TrainOptions::default()).unwrap();
        }
    };
    for times in [0, 1, 2] {
        let by_l1 = generator_after_a_step(restarted(times), json!({ "generatorOnly": true }));
        assert_eq!(generator_after_a_step(restarted(times), json!({})), by_l1, "{times}");
    }
}

/// A new discriminator gets a new optimiser: the moments of another network are none of its own.
#[test]
fn a_discriminator_made_in_a_training_has_an_optimiser_of_its_own() {
    for ndf in [4, 6] {
        let model = small(1);
        begin(&model, json!({ "learningRate": 1e-3 }));
        train(&model, 3);
        model.create_discriminator(Some(ndf), None, 7).unwrap();
        let before = weights(&model);
        train(&model, 1);
        let after = weights(&model);
        assert_eq!(changed(&before[1], &after[1]).len(), before[1].len(), "ndf {ndf}");
        for ((name, a), (_, b)) in before[1].iter().zip(&after[1]) {
            let moved = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(
                (0.9e-3..1.1e-3).contains(&moved),
                "first step of Adam: {name} moved by {moved}"
            );
        }
        let again = load(&saved(&model, SaveWhat::Checkpoint, Dtype::F32));
        assert_eq!((again.ndf(), again.step_count()), (Some(ndf), 4));
    }
    // New beside a generator that has learned, it warms up.
    let made = |options: Value| {
        let made_late = |model: &Pix2Pix| {
            begin(model, json!({}));
            train(model, 2);
            model.create_discriminator(Some(4), None, 7).unwrap();
        };
        generator_after_a_step(made_late, options)
    };
    assert_eq!(made(json!({})), made(json!({ "generatorOnly": true })));
}

/// A checkpoint says how far the discriminator is, so that a resumed training warms it up as an uninterrupted one does.
#[test]
fn a_checkpoint_of_the_generator_alone_keeps_its_discriminator_new() {
    let generator_of = |options: Value| {
        let model = small(1);
        begin(&model, json!({ "generatorOnly": true }));
        train(&model, 2);
        let resumed = load(&saved(&model, SaveWhat::Checkpoint, Dtype::F32));
        begin(&resumed, options);
        train(&resumed, 1);
        weights(&resumed)[0].clone()
    };
    let both = generator_of(json!({ "generatorOnly": false }));
    assert_eq!(both, generator_of(json!({ "generatorOnly": true })));
}

/// The checkpoint `file` with its training's state changed.
fn with_state(file: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let mut header: Value = serde_json::from_slice(&file[8..8 + length]).unwrap();
    let stored = &mut header["__metadata__"]["pix2pix-web/training"];
    let mut state: Value = serde_json::from_str(stored.as_str().unwrap()).unwrap();
    change(&mut state);
    *stored = state.to_string().into();
    let mut header = serde_json::to_vec(&header).unwrap();
    header.resize(header.len().next_multiple_of(8), b' ');
    [&(header.len() as u64).to_le_bytes()[..], &header, &file[8 + length..]].concat()
}

/// Version 0.1 wrote after which step the discriminator pushes: such a training resumes to the bit.
#[test]
fn a_checkpoint_of_version_0_1_resumes_to_the_bit() {
    for (before, pushes_after) in [(1, 3), (4, 3), (2, 0)] {
        let options = json!({ "warmup": pushes_after, "learningRate": 1e-3 });
        let whole = small(1);
        begin(&whole, options.clone());
        train(&whole, before);
        let file = saved(&whole, SaveWhat::Checkpoint, Dtype::F32);
        let resumed = load(&with_state(&file, |state| {
            state.as_object_mut().unwrap().remove("progress").expect("it is there");
            state["pushes_after"] = json!(pushes_after);
        }));
        begin(&resumed, Value::Null);
        train(&whole, 4);
        train(&resumed, 4);
        assert_eq!(weights(&resumed), weights(&whole), "{before} steps of {pushes_after}");
    }
}

#[test]
fn running_statistics_are_not_used_after_training() {
    let generator =
        GeneratorConfig { ngf: 2, depth: 6, running_statistics: true, ..Default::default() };
    let opened = block_on(device::open(Choice::Cpu)).unwrap();
    let model = Pix2Pix::create(
        &CreateConfig { generator, ndf: None, seed: 1, ..Default::default() },
        opened,
    )
    .unwrap();
    let options = TranslateOptions { statistics: Statistics::Running, ..Default::default() };
    let translate = || block_on(model.translate(pair(1).0, &options));
    translate().unwrap();
    begin(&model, json!({}));
    train(&model, 1);
    let stale = |error: Error| {
        assert_eq!(error.code(), "model/running-statistics");
        assert!(error.to_string().contains("trained since"), "{error}");
    };
    stale(translate().unwrap_err());
    let resumed = load(&saved(&model, SaveWhat::Checkpoint, Dtype::F32));
    model.restart(TrainOptions::default()).unwrap();
    stale(translate().unwrap_err());
    resumed.restart(TrainOptions::default()).unwrap();
    stale(block_on(resumed.translate(pair(1).0, &options)).unwrap_err());
    let error = block_on(small(1).translate(pair(1).0, &options)).unwrap_err().to_string();
    assert!(error.contains("it was made without"), "{error}");
}

#[test]
fn other_losses_teach_too() {
    for loss in ["lsgan", "hinge", "vanilla-eps"] {
        let model = small(2);
        begin(&model, json!({ "loss": loss, "learningRate": 1e-3 }));
        let reports = train(&model, 20);
        let (first, last) = (&reports[0].averages, &reports[19].averages);
        assert!(last.discriminator < first.discriminator, "{loss}: {last:?}");
        assert!(last.l1 < first.l1, "{loss}: {last:?}");
    }
}

#[test]
fn clipping_scales_the_gradient_of_each_network() {
    // After one step the first moment is half of the gradient that Adam was given.
    let norms = |clip: f64| {
        let model = small(1);
        begin(&model, json!({ "clip": clip }));
        let report = train(&model, 1).remove(0);
        let file = saved(&model, SaveWhat::Checkpoint, Dtype::F32);
        let file = safetensors::SafeTensors::deserialize(&file).unwrap();
        let norm = |network: &str| {
            let first = format!("adam.first.{network}");
            let moments = file.tensors().into_iter().filter(|(name, _)| name.starts_with(&first));
            let bytes = moments.flat_map(|(_, view)| view.data().to_vec()).collect::<Vec<u8>>();
            let values = bytes.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b)));
            2.0 * values.map(|v| v * v).sum::<f64>().sqrt()
        };
        let given = report.gradient_norms;
        [
            (norm("generator"), given.generator),
            (norm("discriminator"), given.discriminator.unwrap()),
        ]
    };
    // Norms are of sums of about 10^5 squares in single precision: their round-off is far below 1e-4.
    for (seen, whole) in norms(1e9) {
        assert!((seen / whole - 1.0).abs() < 1e-4, "{seen} of {whole}");
    }
    for (seen, whole) in norms(0.25) {
        assert!(whole > 0.25 && (seen / 0.25 - 1.0).abs() < 1e-4, "{seen} of {whole}");
    }
}

/// Against the formula in double precision, where the moments count and the corrections matter.
#[test]
fn adam_goes_on_as_its_formula_says() {
    let device = Device::flex();
    let options = TrainOptions { beta1: 0.7, beta2: 0.95, epsilon: 1e-3, ..Default::default() };
    let (mut w, mut m, mut v) = (0.5f64, 0.0f64, 0.0f64);
    let tensor = |x: f64| Tensor::<1>::from_floats([x as f32], &device);
    let mut weight = tensor(w);
    let mut adam = Adam::new(1);
    for (t, gradient) in [(1, 0.3), (2, -0.1), (3, 0.02), (4, 0.4)] {
        m = 0.7 * m + 0.3 * gradient;
        v = 0.95 * v + 0.05 * gradient * gradient;
        let rate = 0.01 * (1.0 - 0.95f64.powi(t)).sqrt() / (1.0 - 0.7f64.powi(t));
        w -= rate * m / (v.sqrt() + 1e-3);
        weight = adam.update_one(weight, tensor(gradient), 0.01, &options);
        let ours = f64::from(block_on(reference::numbers(weight.clone()))[0]);
        // Each of the four updates rounds a weight below 0.5 by at most 1.5e-8.
        assert!((ours - w).abs() < 1e-7, "update {t}: {ours} and {w}");
    }
}

/// A parameter that was frozen for long begins like any other: its first step is as large as the learning rate.
#[test]
fn what_is_unfrozen_late_takes_no_leap() {
    let model = small(1);
    begin(&model, json!({ "freeze": "inner", "batchSize": 2 }));
    train(&model, 200);
    let before = weights(&model);
    begin(&model, json!({ "freeze": "none" }));
    train(&model, 1);
    let after = weights(&model);
    let frozen = TrainOptions { freeze: Freeze::Inner, ..Default::default() };
    for ((name, a), (_, b)) in before[0].iter().zip(&after[0]) {
        if frozen.learns(model.config(), name.layer) {
            continue;
        }
        let largest = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!((1.9e-4..2.1e-4).contains(&largest), "{name} moved by {largest}");
    }
}

/// One pair, learned by heart.
#[test]
fn one_pair_is_learned_by_heart() {
    let generator = GeneratorConfig { ngf: 8, depth: 6, ..Default::default() };
    let opened = block_on(device::open(Choice::Cpu)).unwrap();
    let model = Pix2Pix::create(
        &CreateConfig { generator, ndf: None, seed: 1, ..Default::default() },
        opened,
    )
    .unwrap();
    // What to learn by heart must not move.
    let options = TrainOptions {
        learning_rate: 2e-3,
        dropout: false,
        flip: false,
        scale_size: Some(64),
        ..Default::default()
    };
    model.begin(options).unwrap();
    let (input, target) = pair(1);
    model.add("the pair".into(), input.clone(), target.clone()).unwrap();
    let reports = train(&model, 200);
    let losses = &reports[199].losses;
    let l1 =
        block_on(model.evaluate("the pair".into(), input, target, Default::default())).unwrap().l1;
    println!("one pair, 200 steps: {losses:.3?}, L1 {l1:.4} of 1");
    assert!(losses.l1 < 0.05);
    assert!(l1 < 0.025, "half of that, as [0, 1] is half as wide as [-1, 1]");
}

/// The weights are those before the step that diverged, and the model stays usable.
#[test]
fn a_training_that_diverges_keeps_the_last_good_weights() {
    let model = small(1);
    begin(&model, json!({ "learningRate": 1e-3 }));
    train(&model, 1);
    model.begin(options(&model, json!({ "l1Weight": 1e39 }))).unwrap();
    let (input, target) = pair(1);
    model.add("a pair".into(), input.clone(), target).unwrap();
    let before = weights(&model);
    let error = block_on(model.step()).unwrap_err();
    assert_eq!(error.code(), "train/diverged");
    assert!(error.to_string().contains("the generator's gradient"), "{error}");
    assert_eq!(weights(&model), before);
    assert_eq!(model.step_count(), 1);
    block_on(model.translate(input, &Default::default())).unwrap();
    begin(&model, json!({ "l1Weight": 100 }));
    train(&model, 1);
}

#[test]
fn pictures_that_do_not_fit_on_each_other_are_refused() {
    let model = small(1);
    begin(&model, Value::Null);
    let add = |a: (u32, u32), b: (u32, u32)| {
        model.add("cat.png".into(), RgbaImage::new(a.0, a.1), RgbaImage::new(b.0, b.1))
    };
    let error = add((100, 100), (100, 50)).unwrap_err();
    let sizes = Error::PairSize { name: "cat.png".into(), input: (100, 100), target: (100, 50) };
    assert_eq!(error, sizes);
    assert_eq!(error.code(), "pair/size");
    assert!(error.to_string().contains("cat.png") && error.to_string().contains("100 by 50"));
    add((100, 50), (201, 100)).unwrap(); // the same shape, but for rounding
    assert_eq!(add((0, 0), (5, 5)).unwrap_err().code(), "image/unreadable");
}

#[test]
fn what_can_not_be_is_refused() {
    let model = small(1);
    let wrong = [
        TrainOptions { batch_size: 0, ..Default::default() },
        TrainOptions { learning_rate: f64::NAN, ..Default::default() },
        TrainOptions { decay: Some(Decay { from: 5, to: 5 }), ..Default::default() },
        TrainOptions { scale_size: Some(63), ..Default::default() },
    ];
    for options in wrong {
        assert_eq!(model.begin(options.clone()).unwrap_err().code(), "options/invalid");
        assert_eq!(model.restart(options).unwrap_err().code(), "options/invalid");
    }
    assert_eq!(block_on(model.step()).unwrap_err().code(), "train/none", "not begun");
    model.begin(TrainOptions::default()).unwrap();
    assert_eq!(block_on(model.step()).unwrap_err().code(), "train/no-pairs");
    for (ngf, depth) in [(0, 8), (8, 4), (8, 10), (1000, 8)] {
        let generator = GeneratorConfig { ngf, depth, ..Default::default() };
        let opened = block_on(device::open(Choice::Cpu)).unwrap();
        let error = Pix2Pix::create(
            &CreateConfig { generator, ndf: None, seed: 0, ..Default::default() },
            opened,
        )
        .err();
        assert_eq!(error.expect("it is refused").code(), "options/invalid");
    }
}

/// What a checkpoint says of its training is checked when it is read, and is the file's fault.
#[test]
fn a_checkpoint_with_options_that_can_not_be_is_refused() {
    let model = small(1);
    begin(&model, Value::Null);
    train(&model, 1);
    let file = saved(&model, SaveWhat::Checkpoint, Dtype::F32);
    load(&with_state(&file, |_| ()));
    for (path, value, word) in [
        ("/options", json!({ "batchSize": 0 }), "batchSize is 0"),
        ("/options", json!({ "batchSize": 1_000_000_000 }), "batchSize"),
        ("/options", json!({ "scaleSize": 63 }), "scaleSize"),
        ("/options", json!({ "cropSize": 96 }), "multiples of 64"),
        ("/options", json!({ "cropSize": 1u64 << 40 }), "at most 4096"),
        ("/options", json!({ "sped": 1 }), "sped"),
        ("", json!({ "step": u64::MAX }), "step"),
    ] {
        let file = with_state(&file, |state| {
            let object = state.pointer_mut(path).unwrap().as_object_mut().unwrap();
            object.extend(value.as_object().unwrap().clone());
        });
        let opened = block_on(device::open(Choice::Cpu)).unwrap();
        let error = Pix2Pix::load(&file, opened, &mut |_, _| ()).err().expect("it is refused");
        assert_eq!(error.code(), "weights/index", "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
    // A resumed training steps without being begun again.
    let resumed = load(&file);
    let (input, target) = pair(0);
    resumed.add("a pair".into(), input, target).unwrap();
    train(&resumed, 1);
}

/// A file of a generator with random weights.
fn generator_file(config: &GeneratorConfig) -> Vec<u8> {
    let generator = config.init(&Device::flex(), 1);
    let contents = Contents::of_generator(&generator, config);
    let mut file = Vec::new();
    let mut sink = |piece| file.extend(piece);
    block_on(write(contents, Format::Ours, Dtype::F32, &mut sink)).unwrap();
    file
}

/// It is the model that can't be trained: nothing is wrong with the options.
#[test]
fn a_model_that_can_not_be_trained_says_why() {
    for (config, word) in [
        (GeneratorConfig { ngf: 2, depth: 4, ..Default::default() }, "depth is 4"),
        (GeneratorConfig { ngf: 1, depth: 10, ..Default::default() }, "depth is 10"),
    ] {
        let model = load(&generator_file(&config));
        for generator_only in [false, true] {
            let options = TrainOptions { generator_only, ..Default::default() };
            for error in [model.begin(options.clone()), model.restart(options)] {
                let error = error.unwrap_err();
                assert_eq!(error.code(), "model/untrainable");
                assert!(error.to_string().contains(word), "{error}");
            }
        }
        assert_eq!(model.ndf(), None, "no discriminator was made for it");
    }
}

/// A pair's hints fill their regions as those of a sketch to translate do.
#[test]
fn hints_are_spread_in_an_evaluation() {
    let model = small(1);
    let (mut input, target) = pair(1);
    for (x, y) in (25..33).flat_map(|x| (26..34).map(move |y| (x, y))) {
        input.put_pixel(x, y, Rgba([230, 20, 20, 255]));
    }
    let output = |spread_hints| {
        let options = EvaluateOptions { spread_hints, ..Default::default() };
        let evaluation = model.evaluate("a pair".into(), input.clone(), target.clone(), options);
        block_on(evaluation).unwrap().preview.output
    };
    let translated = |spread_hints| {
        let options = TranslateOptions { spread_hints, ..Default::default() };
        block_on(model.translate(input.clone(), &options)).unwrap()
    };
    assert_ne!(output(true), output(false));
    for spread_hints in [false, true] {
        assert_eq!(output(spread_hints), translated(spread_hints));
    }
}

/// The step that finds it changes nothing; the update before it did the harm, and the message says so. A picture of such
/// weights is refused, where NaN would come out as black.
#[test]
fn weights_that_an_update_spoilt_are_told_and_make_no_picture() {
    let model = small(1);
    begin(&model, json!({ "learningRate": 1e30 }));
    train(&model, 1);
    let before = weights(&model);
    let error = block_on(model.step()).unwrap_err();
    assert_eq!(error.code(), "train/diverged");
    assert!(error.to_string().contains("the updates before it may have spoilt the weights"));
    assert_eq!(weights(&model), before);
    let (input, target) = pair(1);
    let codes = [
        block_on(model.translate(input.clone(), &Default::default())).err(),
        block_on(model.evaluate("a pair".into(), input, target, Default::default())).err(),
        block_on(model.preview()).err(),
    ];
    for error in codes {
        assert_eq!(error.expect("it is refused").code(), "model/not-finite");
    }
}

/// Reading a pair may ask the model that is trained with it, and is refused what would change it.
#[test]
fn a_pair_that_is_read_on_demand_may_ask_its_model() {
    let model = Rc::new(small(1));
    model.begin(TrainOptions::default()).unwrap();
    let asked = model.clone();
    let read = move || {
        assert_eq!((asked.step_count(), asked.options().batch_size), (0, 1));
        let (input, target) = pair(1);
        block_on(asked.translate(input.clone(), &Default::default()))?;
        let refused = [
            asked.add("another".into(), input.clone(), target.clone()),
            asked.begin(TrainOptions::default()),
            asked.restart(TrainOptions::default()),
            asked.create_discriminator(Some(4), None, 1),
            asked.trace_next(),
            asked.end(),
            block_on(asked.step()).map(|_| ()),
        ];
        assert_eq!(refused, [(); 7].map(|()| Err(Error::Running)));
        Ok((input, target))
    };
    model.add_from("a pair".into(), Box::new(read)).unwrap();
    assert_eq!(train(&model, 1)[0].pairs, ["a pair"]);
    model.end().unwrap();
    // One that can't be read fails its step, and the model stays usable.
    let unreadable = || Err(Error::Picture { detail: "it is gone".into() });
    model.add_from("gone".into(), Box::new(unreadable)).unwrap();
    for _ in 0..2 {
        assert_eq!(block_on(model.step()).unwrap_err().code(), "image/unreadable");
    }
    model.end().unwrap();
    begin(&model, Value::Null);
    train(&model, 1);
}

/// At batch size 2 it is another network than with batch norm, and it learns.
#[test]
fn a_generator_with_instance_norm_learns() {
    let generator =
        GeneratorConfig { ngf: 4, depth: 6, norm: Norm::Instance, ..Default::default() };
    let opened = block_on(device::open(Choice::Cpu)).unwrap();
    let model = Pix2Pix::create(
        &CreateConfig { generator, ndf: Some(4), seed: 1, ..Default::default() },
        opened,
    )
    .unwrap();
    begin(&model, json!({ "batchSize": 2, "learningRate": 2e-3 }));
    let reports = train(&model, 30);
    let (first, last) = (&reports[0], &reports[29]);
    assert!(last.averages.l1 < 0.8 * first.losses.l1, "{:?}", last.averages);
    let batch = small(1);
    begin(&batch, json!({ "batchSize": 2, "learningRate": 2e-3 }));
    assert_ne!(train(&batch, 1)[0].losses.l1, first.losses.l1);
}

/// All but the original's.
const ACTIVATIONS: [Activation; 7] = [
    Activation::Sigmoid,
    Activation::Tanh,
    Activation::Relu,
    Activation::Elu,
    Activation::PRelu,
    Activation::RRelu,
    Activation::SRelu,
];

/// Each variant of the networks learns, as a whole and with its inner layers frozen, and resumes to the bit.
#[test]
fn every_variant_learns_and_resumes() {
    let small = GeneratorConfig { ngf: 4, depth: 6, bias: true, ..Default::default() };
    for generator in [
        GeneratorConfig { convolution: Convolution::Separable, ..small.clone() },
        GeneratorConfig {
            convolution: Convolution::Separable,
            norm: Norm::Instance,
            ..small.clone()
        },
        GeneratorConfig { norm: Norm::None, ..small.clone() },
        GeneratorConfig { layout: Layout::PyTorch, norm: Norm::Instance, ..small.clone() },
    ]
    .into_iter()
    .chain(ACTIVATIONS.map(|activation| GeneratorConfig { activation, ..small.clone() }))
    {
        let new = || {
            let opened = block_on(device::open(Choice::Cpu)).unwrap();
            let config = CreateConfig {
                generator: generator.clone(),
                ndf: Some(4),
                seed: 1,
                ..Default::default()
            };
            Pix2Pix::create(&config, opened).unwrap()
        };
        let options = json!({ "batchSize": 2, "learningRate": 2e-3, "seed": 5 });
        let whole = new();
        begin(&whole, options.clone());
        let reports = train(&whole, 30);
        let (first, last) = (reports[0].losses.l1, reports[29].averages.l1);
        assert!(last < 0.9 * first, "{generator:?}: {first}, then {last}");

        let part = new();
        begin(&part, options.clone());
        train(&part, 4);
        let resumed = load(&saved(&part, SaveWhat::Checkpoint, Dtype::F32));
        begin(&resumed, Value::Null);
        train(&resumed, 2);
        let straight = new();
        begin(&straight, options);
        train(&straight, 6);
        assert_eq!(weights(&resumed), weights(&straight), "{generator:?}");

        let before = weights(&resumed)[0].clone();
        begin(&resumed, json!({ "freeze": "inner" }));
        train(&resumed, 1);
        for ((name, before), (_, after)) in before.into_iter().zip(&weights(&resumed)[0]) {
            let inner = resumed.config().inner_side(name.layer) <= 8;
            // A bias before a norm has no gradient but round-off.
            assert!(!inner || before == *after, "{generator:?}: {name} is frozen");
            // A threshold that no input is beyond has no gradient.
            let learns =
                name.part.is_kernel() || matches!(name.part, Part::Slope | Part::LeftSlope);
            assert!(inner || !learns || before != *after, "{name} learns");
        }
    }
}

/// Squares of twice the network's side are another training; they are kept in its checkpoint, and it resumes to the bit.
#[test]
fn larger_squares_are_learned_from_and_kept() {
    let options = json!({ "cropSize": 128, "seed": 5, "batchSize": 2, "learningRate": 2e-3 });
    let whole = small(1);
    begin(&whole, options.clone());
    let reports = train(&whole, 20);
    assert!(reports[19].averages.l1 < 0.8 * reports[0].losses.l1, "{:?}", reports[19].averages);
    let preview = block_on(whole.preview()).unwrap();
    assert_eq!(preview.output.dimensions(), (128, 128));
    assert_eq!(preview.maps.expect("it has a discriminator")[0].width, 14);

    let part = small(1);
    begin(&part, options.clone());
    train(&part, 2);
    let resumed = load(&saved(&part, SaveWhat::Checkpoint, Dtype::F32));
    begin(&resumed, Value::Null);
    assert_eq!(resumed.options().crop_size, Some(128));
    train(&resumed, 2);
    let straight = small(1);
    begin(&straight, options);
    train(&straight, 4);
    assert_eq!(weights(&resumed), weights(&straight));

    // Both names of the network's own size.
    let losses = |options| {
        let model = small(1);
        begin(&model, options);
        train(&model, 1)[0].losses
    };
    assert_eq!(losses(json!({ "cropSize": 64 })), losses(json!({})));
}

#[test]
fn squares_that_can_not_be_name_the_nearest() {
    let model = small(1);
    for (crop_size, nearest) in
        [(0, 64), (63, 64), (100, 128), (95, 64), (4097, 4096), (usize::MAX, 4096)]
    {
        let options = TrainOptions { crop_size: Some(crop_size), ..Default::default() };
        for error in [
            model.begin(options.clone()).unwrap_err(),
            model.training_memory(&options).unwrap_err(),
        ] {
            assert_eq!(error.code(), "image/size");
            let said = format!("The nearest that can is {nearest} by {nearest}");
            assert!(error.to_string().contains(&said), "{error}");
        }
    }
    let options =
        TrainOptions { crop_size: Some(128), scale_size: Some(127), ..Default::default() };
    let error = model.begin(options).unwrap_err().to_string();
    assert!(error.contains("scaleSize is 127, expected 128 to 512"), "{error}");
}

/// Graphs, gradients and old weights are freed: what is allocated after 200 steps is what was after 20.
#[test]
fn memory_does_not_grow() {
    alone();
    let model = small(1);
    begin(&model, json!({ "batchSize": 2 }));
    train(&model, 20);
    let before = live();
    train(&model, 180);
    let grown = live() - before;
    println!("{before} bytes after 20 steps, {grown} more after 200");
    // Burn's tables of graph nodes are shared with the tests beside this one, and keep room for more entries than
    // before. One bias that leaked in each step would be as much.
    assert!(grown < 180 * 4 * 32, "{grown}");
}

#[test]
fn a_timeline_is_recorded_in_every_nth_step() {
    let model = small(1);
    begin(&model, json!({ "traceEvery": 2 }));
    let reports = train(&model, 4);
    let traced: Vec<bool> = reports.iter().map(|r| r.trace.is_some()).collect();
    assert_eq!(traced, [false, true, false, true]);
    let trace: Value = serde_json::from_str(reports[1].trace.as_ref().unwrap()).unwrap();
    let events = trace["traceEvents"].as_array().unwrap().iter().filter(|e| e["ph"] == "X");
    let events: Vec<&Value> = events.collect();
    let names: Vec<&str> = events.iter().map(|e| e["name"].as_str().unwrap()).collect();
    for name in [
        "pairs",
        "generator forward",
        "discriminator backward",
        "generator backward",
        "generator update",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    for event in &events {
        assert!(event["ts"].as_f64().unwrap() >= 0.0 && event["dur"].as_f64().unwrap() >= 0.0);
    }
    let backward = events.iter().find(|e| e["name"] == "generator backward").unwrap();
    assert!(backward["dur"].as_f64().unwrap() > 0.0);
}

/// The estimate against what the allocator counts, for the paper's size of pictures. It is a model of the peak with whole
/// numbers of copies: 0.92 to 1.16 was measured, and what a person decides by it is whether a device has twice as much.
#[test]
fn the_memory_of_a_training_is_known_before_it_begins() {
    alone();
    let full = |ngf| GeneratorConfig { ngf, ..Default::default() };
    let separable = |ngf| GeneratorConfig { convolution: Convolution::Separable, ..full(ngf) };
    let none = |ngf| GeneratorConfig { norm: Norm::None, bias: true, ..full(ngf) };
    let activated = |activation| GeneratorConfig { activation, ..full(16) };
    let patches = [Patch::Of1, Patch::Of16, Patch::Of286];
    let patches = patches.map(|patch| (full(16), patch, json!({})));
    let cases = [
        (full(8), json!({})),
        (full(8), json!({ "batchSize": 2 })),
        (full(16), json!({})),
        (full(16), json!({ "freeze": "inner" })),
        (full(16), json!({ "freeze": "encoder" })),
        (full(16), json!({ "generatorOnly": true })),
        (full(16), json!({ "average": 0.9 })),
        (separable(8), json!({})),
        (separable(16), json!({ "batchSize": 2 })),
        (separable(16), json!({ "generatorOnly": true })),
        (none(16), json!({})),
        (activated(Activation::Elu), json!({})),
        (activated(Activation::RRelu), json!({ "batchSize": 2 })),
        (activated(Activation::SRelu), json!({})),
        (GeneratorConfig { depth: 7, ..full(16) }, json!({ "cropSize": 256 })),
    ];
    let cases = cases.map(|(generator, options)| (generator, Patch::default(), options));
    for (generator, patch, options) in cases.into_iter().chain(patches) {
        let mut estimate = 0;
        let counted = peak(|| {
            let opened = block_on(device::open(Choice::Cpu)).unwrap();
            let config = CreateConfig { generator: generator.clone(), ndf: None, patch, seed: 0 };
            let model = Pix2Pix::create(&config, opened).unwrap();
            let options_now = model.options().with(options.clone()).unwrap();
            estimate = model.training_memory(&options_now).unwrap();
            begin(&model, options.clone());
            train(&model, 2);
        });
        let ratio = estimate as f64 / counted as f64;
        let GeneratorConfig { ngf, convolution, norm, activation, .. } = generator;
        println!(
            "ngf {ngf} {convolution:?} {norm:?} {activation:?} {patch:?} {options}: estimate {estimate}, counted {counted}, {ratio:.2}"
        );
        assert!((0.85..1.2).contains(&ratio), "{patch:?} {options}: {ratio}");
    }
}
