//! Photographs coloured in Lab, `--lab_colorization` of pix2pix.py: against the original's values, and from end to end.

use image::{Rgba, RgbaImage};
use pix2pix_web::data::lab_square;
use pix2pix_web::device::{self, Choice};
use pix2pix_web::image::{Fit, lab_to_rgb, rgb_to_lab};
use pix2pix_web::model::{Color, Direction, GeneratorConfig, Statistics};
use pix2pix_web::session::{ColorizeOptions, CreateConfig, EvaluateOptions, SaveWhat};
use pix2pix_web::train::TrainOptions;
use pix2pix_web::weights::{Dtype, Format};
use pix2pix_web::{Pix2Pix, TranslateOptions};
use pollster::block_on;
use safetensors::SafeTensors;
use serde_json::{Value, json};

use crate::reference::{self, steps, tensors};
use crate::training::{load, saved, small, train, weights};

/// Both sides are float32: 1e-4 of L and 1e-5 of RGB are a few hundred units of round-off.
const LAB_TOLERANCE: f32 = 0.01;
const RGB_TOLERANCE: f32 = 1e-4;

fn pixels(name: &str) -> Vec<[f32; 3]> {
    let (_, values) = tensors(reference::LAB).remove(name).expect("the fixture has it");
    values.as_chunks().0.to_vec()
}

/// The largest difference.
fn apart(ours: impl Iterator<Item = [f32; 3]>, theirs: &[[f32; 3]]) -> f32 {
    let ours: Vec<[f32; 3]> = ours.collect();
    assert_eq!(ours.len(), theirs.len());
    let pairs = ours.as_flattened().iter().zip(theirs.as_flattened());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn colours_are_turned_as_the_original_turns_them() {
    let (rgb, lab) = (pixels("grid/rgb"), pixels("grid/lab"));
    let there = apart(rgb.iter().copied().map(rgb_to_lab), &lab);
    let back = apart(lab.iter().copied().map(lab_to_rgb), &pixels("grid/rgb_back"));
    println!("a grid of colours: Lab is off by at most {there:.1e}, RGB by {back:.1e}");
    assert!(there < LAB_TOLERANCE && back < RGB_TOLERANCE);
}

/// Of the rows that the fixture has.
#[test]
fn colours_and_lightness_become_the_picture_of_the_original() {
    let lab = tensors(reference::LAB);
    let (lightness, colors) = (&lab["run/lightness"].1, &lab["run/outputs"].1);
    let ours = lightness
        .iter()
        .zip(colors.as_chunks().0)
        .map(|(lightness, [a, b])| lab_to_rgb([(lightness + 1.0) * 50.0, a * 110.0, b * 110.0]));
    let error = apart(ours, &pixels("run/output_rgb"));
    println!("the coloured picture is off by at most {error:.1e}");
    assert!(error < RGB_TOLERANCE);
}

/// 256 by 256, the target of the reference's first pair.
fn photo() -> RgbaImage {
    let file = SafeTensors::deserialize(reference::LAB).unwrap();
    let rgb = file.tensor("target_rgb").unwrap().data();
    let rgba = rgb.as_chunks().0.iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect();
    RgbaImage::from_raw(256, 256, rgba).unwrap()
}

#[test]
fn a_photograph_becomes_the_input_and_the_target_of_the_original() {
    let square = lab_square(photo(), 256, Fit::Stretch);
    let truth = tensors(steps::LAB);
    for (which, channels) in [("inputs", 1), ("targets", 2)] {
        let mut planes = Vec::new();
        square.planes(channels, &mut planes);
        let (shape, theirs) = &truth[which];
        assert_eq!(shape[3], channels);
        let ours = |i: usize| planes[i % channels * 256 * 256 + i / channels];
        let error = (0..planes.len()).map(|i| (ours(i) - theirs[i]).abs()).fold(0.0, f32::max);
        println!("{which} are off by at most {error:.1e}");
        assert!(error < LAB_TOLERANCE / 110.0);
    }
}

/// The most that two pictures are apart, of 255.
fn bytes_apart(a: &RgbaImage, b: &RgbaImage) -> u8 {
    assert_eq!(a.dimensions(), b.dimensions());
    a.iter().zip(b.iter()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[test]
fn the_networks_of_the_reference_colour_its_photograph() {
    let model = load(reference::LAB_WEIGHTS);
    assert_eq!(model.config().direction(), Some(Direction::AtoB));
    let plain = TranslateOptions::default();
    let translated = block_on(model.translate(photo(), &plain)).unwrap();
    let rows = pixels("run/output_rgb");
    let mut errors = Vec::new();
    for (i, theirs) in rows.iter().enumerate() {
        let ours = translated.get_pixel((i % 256) as u32, (4 * (i / 256)) as u32);
        errors.extend((0..3).map(|c| ours[c].abs_diff((theirs[c] * 255.5) as u8)));
    }
    // Values between two bytes may be rounded to either.
    assert!(errors.iter().all(|error| *error <= 1));
    let other = errors.iter().filter(|error| **error > 0).count();
    assert!(other * 100 < errors.len(), "{other} of {} are of another byte", errors.len());

    let evaluation = block_on(model.evaluate_photo("a".into(), photo(), Default::default()));
    let evaluation = evaluation.unwrap();
    assert!(bytes_apart(&evaluation.preview.output, &translated) <= 1);
    assert!(bytes_apart(&evaluation.preview.target, &photo()) <= 1);
    assert!(evaluation.preview.input.pixels().all(|p| p[0] == p[1] && p[1] == p[2]));
    // L1 is that of the pictures, but for their rounding.
    let pairs = evaluation.preview.output.iter().zip(evaluation.preview.target.iter());
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let l1 = sum as f64 / (3.0 * 256.0 * 256.0 * 255.0);
    assert!((evaluation.l1 - l1).abs() < 2e-3, "{} and {l1}", evaluation.l1);

    // Of a photograph as large as the network's square nothing is scaled.
    let colored = block_on(model.colorize(photo(), &ColorizeOptions::default())).unwrap();
    assert!(bytes_apart(&colored, &translated) <= 1);
}

/// Of depth 6: its photographs are of 64 by 64.
fn lab(direction: Direction) -> Pix2Pix {
    let [in_channels, out_channels] = Color::Lab.channels(direction);
    let generator = GeneratorConfig {
        in_channels,
        out_channels,
        color: Color::Lab,
        ngf: 4,
        depth: 6,
        ..Default::default()
    };
    let opened = block_on(device::open(Choice::Cpu)).unwrap();
    Pix2Pix::create(
        &CreateConfig { generator, ndf: Some(3), seed: 1, ..Default::default() },
        opened,
    )
    .unwrap()
}

/// A disc of one colour on another.
fn disc(i: u32) -> RgbaImage {
    RgbaImage::from_fn(96, 64, |x, y| {
        let inside = (x as f32 - 40.0 - 5.0 * i as f32).hypot(y as f32 - 30.0) < 20.0;
        Rgba(if inside { [200, 80 * i as u8, 30, 255] } else { [20, 30, 90, 255] })
    })
}

fn begin(model: &Pix2Pix, changes: Value) {
    model.begin(model.options().with(changes).unwrap()).unwrap();
    for i in 0..3 {
        model.add_photo(format!("photo {i}"), disc(i)).unwrap();
    }
}

#[test]
fn it_learns_and_resumes_to_the_bit_in_both_directions() {
    for direction in [Direction::AtoB, Direction::BtoA] {
        let options = json!({ "seed": 5, "batchSize": 2, "learningRate": 2e-3 });
        let whole = lab(direction);
        begin(&whole, options.clone());
        let reports = train(&whole, 16);
        let (first, last) = (&reports[0].losses, &reports[15].losses);
        assert!(last.l1 < 0.8 * first.l1, "{direction:?}: {first:?}, {last:?}");

        let half = lab(direction);
        begin(&half, options);
        train(&half, 7);
        let resumed = load(&saved(&half, SaveWhat::Checkpoint, Dtype::F32));
        assert_eq!(resumed.config(), half.config());
        begin(&resumed, Value::Null);
        train(&resumed, 9);
        assert_eq!(weights(&resumed), weights(&whole), "{direction:?}");
        let preview = block_on(resumed.preview()).unwrap();
        assert_eq!(preview.output.dimensions(), (64, 64));
    }
}

/// What the other side shows is grey.
#[test]
fn lightness_is_shown_in_grey() {
    let model = lab(Direction::BtoA);
    let is_grey = |picture: &RgbaImage| picture.pixels().all(|p| p[0] == p[1] && p[1] == p[2]);
    let evaluation = block_on(model.evaluate_photo("a".into(), disc(1), Default::default()));
    let preview = evaluation.unwrap().preview;
    assert!(is_grey(&preview.output) && is_grey(&preview.target) && !is_grey(&preview.input));
    let translated = block_on(model.translate(disc(1), &TranslateOptions::default())).unwrap();
    assert!(is_grey(&translated));
    assert_eq!(translated.dimensions(), (64, 43));
}

#[test]
fn every_format_keeps_it() {
    for direction in [Direction::AtoB, Direction::BtoA] {
        let model = lab(direction);
        let plain = TranslateOptions::default();
        let expected = block_on(model.translate(disc(1), &plain)).unwrap();
        for (format, dtype) in [
            (Format::Ours, Dtype::F32),
            (Format::TensorFlow2017, Dtype::F32),
            (Format::TensorFlow2018, Dtype::F32),
            (Format::Pict, Dtype::Q8),
        ] {
            let mut file = Vec::new();
            let mut sink = |piece: Vec<u8>| file.extend(piece);
            block_on(model.save(SaveWhat::Generator, format, dtype, &mut sink)).unwrap();
            let loaded = load(&file);
            assert_eq!(loaded.config().direction(), Some(direction), "{format:?}");
            let found = block_on(loaded.translate(disc(1), &plain)).unwrap();
            let most = if dtype == Dtype::Q8 { 24 } else { 0 };
            assert!(bytes_apart(&found, &expected) <= most, "{format:?}");
        }
    }
}

/// Channels alone do not make it Lab where a file says otherwise, and no other format could say so.
#[test]
fn other_networks_of_such_channels_are_not_taken_for_it() {
    let generator =
        GeneratorConfig { in_channels: 1, out_channels: 2, ngf: 2, depth: 5, ..Default::default() };
    let opened = block_on(device::open(Choice::Cpu)).unwrap();
    let model = Pix2Pix::create(
        &CreateConfig { generator, ndf: None, seed: 1, ..Default::default() },
        opened,
    )
    .unwrap();
    let loaded = load(&saved(&model, SaveWhat::Generator, Dtype::F32));
    assert_eq!(loaded.config().color, Color::Rgb);
    let error = block_on(loaded.translate(disc(1), &TranslateOptions::default())).unwrap_err();
    assert_eq!(error.code(), "model/channels");
    let sink: &mut dyn FnMut(Vec<u8>) = &mut |_| ();
    let saved = model.save(SaveWhat::Generator, Format::TensorFlow2017, Dtype::F32, sink);
    assert_eq!(block_on(saved).unwrap_err().code(), "weights/incompatible");
}

#[test]
fn a_photograph_of_any_size_keeps_its_size_and_its_lightness() {
    let model = lab(Direction::AtoB);
    let options = ColorizeOptions::default();
    for (width, height) in [(1, 1), (7, 300), (300, 200), (64, 64)] {
        let photo = RgbaImage::from_fn(width, height, |x, y| {
            let grey = 60 + ((x * 5 + y * 3) % 120) as u8;
            Rgba([grey, grey, grey, 255])
        });
        let colored = block_on(model.colorize(photo.clone(), &options)).unwrap();
        assert_eq!(colored.dimensions(), (width, height));
        let lightness =
            |p: &Rgba<u8>| rgb_to_lab([p[0], p[1], p[2]].map(|b| f32::from(b) / 255.0))[0];
        let pixels = colored.pixels().zip(photo.pixels());
        let off: f32 = pixels.map(|(new, old)| (lightness(new) - lightness(old)).abs()).sum();
        // A byte is 0.4 of L; some colours of a new network are none that sRGB has in that lightness.
        assert!(off / ((width * height) as f32) < 1.0, "{width} by {height}: {off}");
    }
    let dropped = ColorizeOptions { dropout: true, ..options };
    let colored = |options: &ColorizeOptions| block_on(model.colorize(disc(1), options)).unwrap();
    assert_ne!(colored(&dropped), colored(&options));
    assert_ne!(colored(&dropped), colored(&ColorizeOptions { seed: 1, ..dropped }));
    let code = |model: &Pix2Pix, photo, options| {
        block_on(model.colorize(photo, &options)).map_err(|error| error.code()).err()
    };
    assert_eq!(code(&model, RgbaImage::new(0, 5), options), Some("image/unreadable"));
    let running = ColorizeOptions { statistics: Statistics::Running, ..options };
    assert_eq!(code(&model, disc(1), running), Some("model/running-statistics"));
    assert_eq!(code(&small(1), disc(1), options), Some("model/channels"));
    assert_eq!(code(&lab(Direction::BtoA), disc(1), options), Some("model/channels"));
}

#[test]
fn what_is_for_sketches_is_refused() {
    let model = lab(Direction::AtoB);
    for changes in [json!({ "hints": 0.5 }), json!({ "lines": "varied" })] {
        let options = TrainOptions::default().with(changes).unwrap();
        assert_eq!(model.begin(options).unwrap_err().code(), "options/invalid");
    }
    for options in [
        TranslateOptions { spread_hints: true, ..Default::default() },
        TranslateOptions { colors: Some(1), ..Default::default() },
    ] {
        let error = block_on(model.translate(disc(1), &options)).unwrap_err();
        assert_eq!(error.code(), "options/invalid");
    }
    let spread = EvaluateOptions { spread_hints: true, ..Default::default() };
    let evaluated = block_on(model.evaluate_photo("a".into(), disc(1), spread));
    assert_eq!(evaluated.err().map(|error| error.code()), Some("options/invalid"));

    begin(&model, Value::Null);
    assert_eq!(model.add("a".into(), disc(1), disc(1)).unwrap_err().code(), "pair/kind");
    let evaluated = block_on(model.evaluate("a".into(), disc(1), disc(1), Default::default()));
    assert_eq!(evaluated.err().map(|error| error.code()), Some("pair/kind"));
    let rgb = small(1);
    rgb.begin(TrainOptions::default()).unwrap();
    assert_eq!(rgb.add_photo("a".into(), disc(1)).unwrap_err().code(), "pair/kind");
    let evaluated = block_on(rgb.evaluate_photo("a".into(), disc(1), Default::default()));
    assert_eq!(evaluated.err().map(|error| error.code()), Some("pair/kind"));
}
