//! PatchGANs of all sizes: trained, resumed, and kept in files.

use burn::tensor::Device;
use pix2pix_web::device::{self, Choice};
use pix2pix_web::model::{DiscriminatorConfig, GeneratorConfig, Layout, NamedParameter, Patch};
use pix2pix_web::session::{CreateConfig, SaveWhat};
use pix2pix_web::weights::{self, Contents, Dtype, Format};
use pix2pix_web::{Error, Pix2Pix, Result};
use pollster::block_on;
use serde_json::{Value, json};

use crate::reference;
use crate::training::{begin, load, saved, train, weights};

/// Pictures of 2^depth pixels a side.
fn create(patch: Patch, depth: usize) -> Result<Pix2Pix> {
    let generator = GeneratorConfig { ngf: 2, depth, ..Default::default() };
    let opened = block_on(device::open(Choice::Cpu)).unwrap();
    let config = CreateConfig { generator, ndf: Some(2), patch, seed: 1 };
    Pix2Pix::create(&config, opened)
}

/// To the bit, from a checkpoint as if never stopped.
#[test]
fn every_patch_trains_and_resumes() {
    for patch in Patch::ALL {
        let options = json!({ "seed": 5, "learningRate": 1e-3 });
        let whole = create(patch, 7).unwrap();
        let untrained = weights(&whole);
        begin(&whole, options.clone());
        let reports = train(&whole, 3);
        assert!(reports.iter().all(|report| report.losses.discriminator.is_some()));
        let preview = block_on(whole.preview()).unwrap();
        let side = DiscriminatorConfig { patch, ..Default::default() }.map_side(128);
        let [real, fake] = preview.maps.expect("a discriminator is trained");
        assert_eq!([real.width, real.height, fake.width], [side; 3], "{patch:?}");

        let first = create(patch, 7).unwrap();
        begin(&first, options);
        train(&first, 2);
        let resumed = load(&saved(&first, SaveWhat::Checkpoint, Dtype::F32));
        assert_eq!((resumed.patch(), resumed.step_count()), (Some(patch), 2));
        begin(&resumed, Value::Null);
        train(&resumed, 1);
        assert_eq!(weights(&resumed), weights(&whole), "{patch:?}");
        for (network, before) in weights(&whole).iter().zip(&untrained) {
            assert!(network.iter().zip(before).any(|(after, before)| after != before));
        }
    }
}

fn numbers(parameters: Vec<NamedParameter>) -> Vec<(String, Vec<f32>)> {
    let read = |p: NamedParameter| (p.name.to_string(), block_on(reference::numbers(p.values)));
    parameters.into_iter().map(read).collect()
}

#[test]
fn every_format_with_discriminators_keeps_the_patch() {
    let device = Device::flex();
    for (format, dtype) in [
        (Format::Ours, Dtype::F32),
        (Format::Ours, Dtype::F16),
        (Format::Ours, Dtype::Q8),
        (Format::TensorFlow2017, Dtype::F32),
        (Format::TensorFlow2018, Dtype::F32),
        (Format::PyTorch, Dtype::F32),
        (Format::Pict, Dtype::Q8),
        (Format::Onnx, Dtype::F32),
    ] {
        for patch in Patch::ALL {
            let layout =
                if format == Format::PyTorch { Layout::PyTorch } else { Layout::TensorFlow };
            let bias = format == Format::TensorFlow2018;
            let config = GeneratorConfig { ngf: 1, depth: 5, layout, bias, ..Default::default() };
            let generator = config.init(&device, 7);
            let judge = DiscriminatorConfig { patch, ..DiscriminatorConfig::beside(&config, 2) };
            let judge_network = judge.init(&device, 8);
            for alone in [false, true] {
                let contents = Contents {
                    generator: Some(&generator).filter(|_| !alone),
                    config: &config,
                    discriminator: Some(&judge_network),
                    training: None,
                    card: None,
                };
                let mut file = Vec::new();
                let mut sink = |piece| file.extend(piece);
                let written = block_on(weights::write(contents, format, dtype, &mut sink));
                if [Format::Pict, Format::Onnx].contains(&format) {
                    assert_eq!(written.unwrap_err().code(), "weights/incompatible");
                    continue;
                }
                written.unwrap();
                let described = weights::describe(&file).unwrap();
                assert_eq!(described.format, format);
                let found = described.discriminator.expect("it was written");
                assert_eq!((found.patch, found.ndf), (patch, 2), "{format:?}");
                let read = weights::load_discriminator(&file, &device, &config).unwrap();
                assert_eq!(read.patch(), patch);
                if dtype == Dtype::F32 {
                    let [read, ours] =
                        [&read, &judge_network].map(|network| numbers(network.named_parameters()));
                    assert_eq!(read, ours, "{format:?}, {patch:?}");
                }
            }
        }
    }
}

/// Nothing would be left of the pictures for the last layer.
#[test]
fn a_patch_that_is_too_large_for_the_pictures_is_refused() {
    let refused = |result: Result<()>, code: &str| {
        let error: Error = result.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        let words = "patch is 286, expected at most 70 for pictures of 32 by 32 pixels";
        assert!(error.to_string().contains(words), "{error}");
    };
    refused(create(Patch::Of286, 5).map(|_| ()), "options/invalid");
    let small = create(Patch::Of1, 5).unwrap();
    refused(small.create_discriminator(None, Some(Patch::Of286), 1), "options/invalid");
    let large = create(Patch::Of286, 7).unwrap();
    let discriminator = saved(&large, SaveWhat::Discriminator, Dtype::F32);
    refused(small.load_discriminator(&discriminator), "model/untrainable");
    assert_eq!(small.patch(), Some(Patch::Of1), "it is as it was");

    // A file may hold both, and still translates.
    let device = Device::flex();
    let config = small.config().clone();
    let judge = weights::load_discriminator(&discriminator, &device, &config).unwrap();
    let contents = Contents {
        generator: Some(&small.networks().generator),
        config: &config,
        discriminator: Some(&judge),
        training: None,
        card: None,
    };
    let mut file = Vec::new();
    let mut sink = |piece| file.extend(piece);
    block_on(weights::write(contents, Format::Ours, Dtype::F32, &mut sink)).unwrap();
    let both = load(&file);
    refused(both.begin(both.options()), "model/untrainable");
    let alone = both.options().with(json!({ "generatorOnly": true })).unwrap();
    refused(both.begin(alone), "model/untrainable");
    both.create_discriminator(None, Some(Patch::Of16), 1).unwrap();
    both.begin(both.options()).unwrap();
}
