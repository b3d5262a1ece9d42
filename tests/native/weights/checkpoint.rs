//! Checkpoints that the original wrote itself, of both years, against what it computed from them.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor};
use image::RgbaImage;
use pix2pix_web::model::Mode;
use pix2pix_web::session::SaveWhat;
use pix2pix_web::train::TrainOptions;
use pix2pix_web::weights::{self, Bytes, Dtype, Files, Format, Loaded};
use pix2pix_web::{Error, Pix2Pix, Result, device};
use pollster::block_on;
use safetensors::SafeTensors;
use serde_json::Value;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use crate::reference;

/// A file's name and bytes.
type Named = (&'static str, Vec<u8>);

const INDEX: &str = "model-3.index";
const VALUES: &str = "model-3.data-00000-of-00001";

macro_rules! fixture {
    ($year:literal, $file:literal) => {
        include_bytes!(concat!("../../fixtures/tensorflow/", $year, "/", $file))
    };
}

macro_rules! original {
    ($year:literal, $format:ident) => {
        Original {
            year: $year,
            format: Format::$format,
            index: fixture!($year, "model-3.index"),
            values: fixture!($year, "model-3.data-00000-of-00001"),
            latest: fixture!($year, "checkpoint"),
            options: fixture!($year, "options.json"),
            truth: fixture!($year, "reference.safetensors"),
        }
    };
}

/// A checkpoint of pix2pix.py's.
struct Original {
    year: &'static str,
    format: Format,
    index: &'static [u8],
    values: &'static [u8],
    latest: &'static [u8],
    options: &'static [u8],
    /// What it computed.
    truth: &'static [u8],
}

const ORIGINALS: [Original; 2] =
    [original!("2017", TensorFlow2017), original!("2018", TensorFlow2018)];

impl Original {
    fn files(&self) -> Vec<Named> {
        let files = [
            ("checkpoint", self.latest),
            (VALUES, self.values),
            (INDEX, self.index),
            ("options.json", self.options),
        ];
        files.map(|(name, bytes)| (name, bytes.to_vec())).into()
    }

    /// What `values.py` read from it.
    fn read_by_python(&self) -> Value {
        let all: Value =
            serde_json::from_str(include_str!("../../fixtures/tensorflow/values.json")).unwrap();
        all[self.year].clone()
    }

    fn session(&self) -> Pix2Pix {
        let opened = block_on(device::open(device::Choice::Cpu)).unwrap();
        Pix2Pix::load(&together(self.files()), opened, &mut |_, _| ()).unwrap()
    }
}

fn together(files: Vec<Named>) -> Files {
    Files::new(files.into_iter().map(|(name, bytes)| (name.into(), Box::new(bytes) as _)))
}

fn zipped(files: &[Named], method: CompressionMethod, folder: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = SimpleFileOptions::default().compression_method(method);
        archive.start_file(format!("{folder}{name}"), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn load(file: &dyn Bytes) -> Result<Loaded> {
    weights::load(file, &Device::flex(), &mut |done, all| assert!(done <= all))
}

fn refusal(files: Vec<Named>) -> Error {
    load(&together(files)).err().expect("it is refused")
}

/// One file in another's place.
fn with(mut files: Vec<Named>, name: &'static str, bytes: Vec<u8>) -> Vec<Named> {
    files.retain(|(other, _)| *other != name);
    files.push((name, bytes));
    files
}

fn tensors(file: &[u8]) -> BTreeMap<String, Vec<f32>> {
    let file = SafeTensors::deserialize(file).unwrap();
    let floats = |raw: &[u8]| raw.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    file.tensors().into_iter().map(|(name, tensor)| (name, floats(tensor.data()))).collect()
}

/// The session's training as a checkpoint of ours: its tensors and its state.
fn checkpoint(session: &Pix2Pix) -> (BTreeMap<String, Vec<f32>>, Value) {
    let mut file = Vec::new();
    let mut sink = |piece| file.extend(piece);
    block_on(session.save(SaveWhat::Checkpoint, Format::Ours, Dtype::F32, &mut sink)).unwrap();
    let (_, header) = SafeTensors::read_metadata(&file).unwrap();
    let state = &header.metadata().as_ref().unwrap()["pix2pix-web/training"];
    (tensors(&file), serde_json::from_str(state).unwrap())
}

#[test]
fn a_checkpoint_makes_the_pictures_and_maps_that_the_original_makes() {
    let device = Device::flex();
    let [input, target] = ["inputs", "targets"].map(|which| reference::pictures(which, 1, &device));
    for original in &ORIGINALS {
        let model = load(&together(original.files())).unwrap();
        assert_eq!((model.format, model.dtype, model.config.ngf), (original.format, "f32", 4));
        let (discriminator, config) = model.discriminator.as_ref().expect("it holds both networks");
        assert_eq!(config.ndf, 4);
        let output = model.generator.forward(input.clone(), Mode::default());
        let map =
            |picture: &Tensor<4>| sigmoid(discriminator.forward(input.clone(), picture.clone()));
        let truth = tensors(original.truth);
        for (name, ours) in [
            ("outputs", output.clone()),
            ("predict_real", map(&target)),
            ("predict_fake", map(&output)),
        ] {
            let ours = block_on(reference::numbers(ours.permute([0, 2, 3, 1])));
            let pairs = ours.iter().zip(&truth[name]);
            let error = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            println!("{}, {name}: {error:.1e}", original.year);
            assert_eq!(ours.len(), truth[name].len());
            // Both are single precision.
            assert!(error < 1e-4, "{}, {name}: {error}", original.year);
        }
    }
}

/// However the files come, they are the same model.
#[test]
fn files_together_and_in_an_archive_are_read_alike() {
    for original in &ORIGINALS {
        let expected = super::numbers(&load(&together(original.files())).unwrap().generator);
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            for folder in ["", "runs/emoji/"] {
                let mut files = original.files();
                files.push(("._model-3.index", b"of a Mac".to_vec()));
                files.push(("model-3.meta", b"a graph".to_vec()));
                let archive = zipped(&files, method, folder);
                let model = load(&archive).unwrap();
                assert_eq!(super::numbers(&model.generator), expected, "{method} in {folder:?}");
                assert!(model.training.is_some() && model.discriminator.is_some());
                let options = weights::options(&archive).unwrap().unwrap();
                assert_eq!(options.as_bytes(), original.options);
            }
        }
        // Without its options and its list it is a checkpoint all the same.
        let bare = original.files().into_iter().filter(|(name, _)| name.starts_with("model"));
        let model = load(&together(bare.collect())).unwrap();
        assert_eq!(super::numbers(&model.generator), expected);
    }
}

#[test]
fn of_several_checkpoints_the_latest_is_read() {
    let [old, new] = &ORIGINALS;
    let both = |latest: &str| {
        together(vec![
            ("model-3.index", old.index.to_vec()),
            ("model-3.data-00000-of-00001", old.values.to_vec()),
            ("model-12.index", new.index.to_vec()),
            ("model-12.data-00000-of-00001", new.values.to_vec()),
            ("checkpoint", latest.as_bytes().to_vec()),
        ])
    };
    for (latest, format) in [
        ("model_checkpoint_path: \"model-3\"\n", old.format),
        ("model_checkpoint_path: \"/home/a/run/model-3\"\n", old.format),
        (
            "all_model_checkpoint_paths: \"model-3\"\nmodel_checkpoint_path: \"model-12\"",
            new.format,
        ),
        // It is not there any more: of those that are, 12 comes after 3.
        ("model_checkpoint_path: \"model-99\"", new.format),
        ("", new.format),
    ] {
        assert_eq!(load(&both(latest)).unwrap().format, format, "{latest}");
    }
}

/// Adam's slots, the counts and the averages, as NumPy reads them.
#[test]
fn the_training_is_taken_over() {
    for original in &ORIGINALS {
        let expected = original.read_by_python();
        let session = original.session();
        assert_eq!(session.step_count(), 3);
        let options: Value = serde_json::from_slice(original.options).unwrap();
        let ours = session.options();
        assert_eq!(
            (ours.seed.into(), ours.scale_size.map(Into::into), ours.learning_rate.into()),
            (options["seed"].clone(), Some(options["scale_size"].clone()), options["lr"].clone())
        );

        let (tensors, state) = checkpoint(&session);
        let moments = expected["moments"].as_object().unwrap();
        assert_eq!(tensors.keys().filter(|name| name.starts_with("adam.")).count(), moments.len());
        for (name, expected) in moments {
            let ours = &tensors[name];
            assert_eq!(ours.len() as u64, expected["count"], "{name}");
            for (at, value) in expected["at"]
                .as_array()
                .unwrap()
                .iter()
                .zip(expected["values"].as_array().unwrap())
            {
                let ours = ours[at.as_u64().unwrap() as usize];
                assert_eq!(ours, value.as_f64().unwrap() as f32, "{name} at {at}");
            }
            let sum: f64 = ours.iter().map(|value| f64::from(value.abs())).sum();
            let expected = expected["sum"].as_f64().unwrap();
            // In another order.
            assert!((sum - expected).abs() <= 1e-12 * expected, "{name}: {sum}, {expected}");
        }
        // 0.999 to the power of 3 and 1.
        let power = expected["scalars"]["generator_train/beta2_power"].as_f64().unwrap();
        assert!((power - 0.999f64.powi(4)).abs() < 1e-6);
        let updates = state["updates"].as_object().unwrap();
        assert_eq!(2 * updates.len(), moments.len());
        assert!(updates.values().all(|updates| *updates == 3));
        for (ours, theirs) in [
            ("discriminator", "discriminator_loss/Mean"),
            ("gan", "generator_loss/Mean"),
            ("l1", "generator_loss/Mean_1"),
        ] {
            let theirs = &expected["scalars"][format!("{theirs}/ExponentialMovingAverage")];
            assert_eq!(&state["averages"][ours]["value"], theirs, "{ours}");
            assert_eq!(state["averages"][ours]["count"], 3);
        }
    }
}

/// The next update is Adam's fourth: with its moments, and corrected for four.
#[test]
fn the_next_step_is_the_originals_fourth() {
    for original in &ORIGINALS {
        let session = original.session();
        let (before, _) = checkpoint(&session);
        session.begin(session.options()).unwrap();
        let picture =
            |shade| RgbaImage::from_fn(256, 256, |x, y| [x as u8, y as u8, shade, 255].into());
        session.add("pair".into(), picture(0), picture(200)).unwrap();
        assert_eq!(block_on(session.step()).unwrap().step, 4);
        let (after, state) = checkpoint(&session);
        let TrainOptions { learning_rate, beta1, beta2, epsilon, .. } = session.options();
        let step_size = learning_rate * (1.0 - beta2.powi(4)).sqrt() / (1.0 - beta1.powi(4));
        let mut moved = 0;
        for name in state["updates"].as_object().unwrap().keys() {
            assert_eq!(state["updates"][name], 4, "{name}");
            let moment = |which: &str| &after[&format!("adam.{which}.{name}")];
            for (i, (before, after)) in before[name].iter().zip(&after[name]).enumerate() {
                let [m, v] = ["first", "second"].map(|which| f64::from(moment(which)[i]));
                let expected = f64::from(*before) - step_size * m / (v.sqrt() + epsilon);
                // Of single precision, and of weights around 1 at most.
                assert!((f64::from(*after) - expected).abs() < 2e-7, "{name}: {after}, {expected}");
                moved += usize::from(before != after);
            }
        }
        assert!(moved > 100_000, "{moved} weights");
        // The fourth moments continue the third ones: half of each, and half of a gradient.
        let kernel = "adam.second.generator.encoder_1.conv.weight";
        let decays = before[kernel].iter().zip(&after[kernel]);
        assert!(decays.clone().all(|(third, fourth)| *fourth >= 0.998 * third));
        assert!(decays.into_iter().any(|(third, fourth)| fourth != third));
    }
}

/// What is left over says so: the original's moving averages of batches, which it never updates.
#[test]
fn what_no_network_needs_is_ignored() {
    for original in &ORIGINALS {
        let ignored = load(&together(original.files())).unwrap().ignored;
        let is_moving =
            |name: &String| name.ends_with("/moving_mean") || name.ends_with("/moving_variance");
        assert!(ignored.iter().all(is_moving), "{ignored:?}");
        assert_eq!(ignored.is_empty(), original.format == Format::TensorFlow2017);
    }
}

#[test]
fn a_missing_file_is_named() {
    let files = ORIGINALS[0].files();
    let without = |name: &str| files.iter().filter(|(other, _)| *other != name).cloned().collect();
    let error = refusal(without(VALUES));
    assert_eq!(error.code(), "weights/missing");
    assert!(error.to_string().starts_with("model-3.data-00000-of-00001 is missing"), "{error}");
    let error = refusal(without(INDEX));
    assert_eq!(error.code(), "weights/format");
    assert!(error.to_string().contains("none of them is the .index"), "{error}");
    for (name, bytes) in files {
        let alone = load(&bytes).err().expect("one file is no checkpoint");
        assert_eq!(alone.code(), "weights/format", "{name}");
        let is_of_checkpoint = alone.to_string().contains("model-N.index");
        assert_eq!(is_of_checkpoint, name != "options.json", "{name}: {alone}");
    }
}

#[test]
fn a_cut_off_file_is_refused() {
    for original in &ORIGINALS {
        let files = original.files();
        for length in [0, 7, 48, 1000, original.index.len() - 1] {
            let error = refusal(with(files.clone(), INDEX, original.index[..length].to_vec()));
            assert_eq!(error.code(), "weights/index", "{length}: {error}");
        }
        for length in [0, 1, 4000, original.values.len() - 1] {
            let error = refusal(with(files.clone(), VALUES, original.values[..length].to_vec()));
            assert_eq!(error.code(), "weights/truncated", "{length}: {error}");
            assert!(error.to_string().contains(VALUES), "{error}");
        }
        let archive = zipped(&files, CompressionMethod::Deflated, "");
        for length in [200, archive.len() / 2, archive.len() - 30] {
            let error = load(&archive[..length].to_vec()).err().expect("it is cut off");
            assert_eq!(error.code(), "weights/format", "{length}: {error}");
            assert!(error.to_string().contains("cut off"), "{length}: {error}");
        }
    }
}

#[test]
fn bytes_that_are_not_those_that_were_written_are_refused() {
    let flipped = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    for original in &ORIGINALS {
        let files = original.files();
        for at in [5, 300, original.index.len() - 60] {
            let error = refusal(with(files.clone(), INDEX, flipped(original.index, at)));
            assert_eq!(error.code(), "weights/checksum", "{at}: {error}");
        }
        // Of the first kernel, of a moment of it, and of the step, which comes last.
        for (at, tensor) in [
            (100, "discriminator/layer_1"),
            (2000, "discriminator/layer_1"),
            (original.values.len() - 8, "global_step"),
        ] {
            let error = refusal(with(files.clone(), VALUES, flipped(original.values, at)));
            assert_eq!(error.code(), "weights/checksum", "{at}: {error}");
            assert!(error.to_string().contains(tensor), "{at}: {error}");
        }
    }
}

/// What `convert` writes of it: networks alone, which come back.
#[test]
fn it_is_written_in_other_formats() {
    for original in &ORIGINALS {
        let model = load(&together(original.files())).unwrap();
        for format in [Format::Ours, original.format] {
            let contents = weights::Contents { training: None, ..model.contents() };
            let mut file = Vec::new();
            block_on(weights::write(contents, format, Dtype::F32, &mut |piece| file.extend(piece)))
                .unwrap();
            let again = load(&file).unwrap();
            assert_eq!(super::numbers(&again.generator), super::numbers(&model.generator));
            assert_eq!(again.config, model.config);
        }
    }
}
