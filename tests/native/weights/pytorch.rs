//! Files of pytorch-CycleGAN-and-pix2pix, as PyTorch wrote them, against what PyTorch made of them.

use burn::tensor::{Device, Tensor, TensorData};
use pix2pix_web::model::{Discriminator, DiscriminatorConfig, Layout, Mode, Norm, Statistics};
use pix2pix_web::weights::{self, Dtype, Format, Loaded};
use pollster::block_on;
use safetensors::SafeTensors;

use super::{load, numbers};
use crate::reference;

struct Kind {
    norm: Norm,
    generator: &'static [u8],
    discriminator: &'static [u8],
    values: &'static [u8],
}

const KINDS: [Kind; 2] = [
    Kind {
        norm: Norm::Batch,
        generator: include_bytes!("../../fixtures/pytorch/batch-G.pth"),
        discriminator: include_bytes!("../../fixtures/pytorch/batch-D.pth"),
        values: include_bytes!("../../fixtures/pytorch/batch.safetensors"),
    },
    Kind {
        norm: Norm::Instance,
        generator: include_bytes!("../../fixtures/pytorch/instance-G.pth"),
        discriminator: include_bytes!("../../fixtures/pytorch/instance-D.pth"),
        values: include_bytes!("../../fixtures/pytorch/instance.safetensors"),
    },
];

impl Kind {
    fn values(&self, name: &str) -> Vec<f32> {
        let file = SafeTensors::deserialize(self.values).unwrap();
        let raw = file.tensor(name).unwrap().data();
        raw.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }

    fn picture(&self, name: &str) -> Tensor<4> {
        let data = TensorData::new(self.values(name), [1, 3, 256, 256]);
        Tensor::from_data(data, &Device::flex())
    }

    fn discriminator(&self, model: &Loaded) -> Discriminator {
        let file = self.discriminator.to_vec();
        weights::load_discriminator(&file, &Device::flex(), &model.config).unwrap()
    }
}

fn largest_difference(ours: Vec<f32>, theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// A file of what was loaded, in PyTorch's names.
fn written(model: &Loaded, discriminator: Option<&Discriminator>) -> Vec<u8> {
    let contents = weights::Contents { discriminator, ..model.contents() };
    let mut file = Vec::new();
    let mut sink = |piece| file.extend(piece);
    block_on(weights::write(contents, Format::PyTorch, Dtype::F32, &mut sink)).unwrap();
    file
}

/// The code with which a format refuses a model.
fn refusal(model: &Loaded, format: Format, dtype: Dtype) -> &'static str {
    let mut sink = |_| ();
    block_on(weights::write(model.contents(), format, dtype, &mut sink)).unwrap_err().code()
}

#[test]
fn a_pth_makes_the_pictures_that_pytorch_makes() {
    for kind in &KINDS {
        let model = load(kind.generator).unwrap();
        assert_eq!((model.format, model.dtype), (Format::PyTorch, "f32"));
        assert_eq!((model.config.layout, model.config.norm), (Layout::PyTorch, kind.norm));
        assert_eq!(model.config.running_statistics, kind.norm == Norm::Batch);
        let input = kind.picture("input");
        let mut cases = vec![(Statistics::Batch, "output_batch_statistics")];
        if kind.norm == Norm::Batch {
            cases.push((Statistics::Running, "output_running_statistics"));
        }
        for (statistics, name) in cases {
            let mode = Mode { statistics, ..Mode::default() };
            let output = block_on(reference::numbers(model.generator.forward(input.clone(), mode)));
            let output = output.into_iter().step_by(7).collect();
            let error = largest_difference(output, &kind.values(name));
            println!("{:?}, {name}: {error:.1e}", kind.norm);
            assert!(error < 1e-4, "{:?}, {name}: {error}", kind.norm);
        }
        // Left over are counters, which no network needs.
        assert!(model.ignored.iter().all(|name| name.ends_with("num_batches_tracked")));
    }
}

#[test]
fn its_discriminator_judges_as_pytorchs() {
    for kind in &KINDS {
        let model = load(kind.generator).unwrap();
        let discriminator = kind.discriminator(&model);
        let input = kind.picture("input");
        let logits = discriminator.forward(input, kind.picture("target"));
        let logits = block_on(reference::numbers(logits));
        let error = largest_difference(logits, &kind.values("discriminator_real"));
        println!("{:?}: {error:.1e}", kind.norm);
        assert!(error < 1e-4, "{:?}: {error}", kind.norm);
    }
}

#[test]
fn a_discriminator_of_another_kind_is_refused() {
    let [batch, instance] = &KINDS;
    let refused = |generator, discriminator: &[u8]| {
        let config = load(generator).unwrap().config;
        let file = discriminator.to_vec();
        let loaded = weights::load_discriminator(&file, &Device::flex(), &config);
        loaded.err().map(|error| error.code())
    };
    assert_eq!(refused(batch.generator, batch.discriminator), None);
    assert_eq!(refused(instance.generator, batch.discriminator), Some("weights/unsupported"));
    assert_eq!(refused(reference::RGB_WEIGHTS, batch.discriminator), Some("weights/unsupported"));
}

/// Each name and shape that `load_state_dict(strict=True)` asks for, and the values that were read.
#[test]
fn what_is_written_for_pytorch_is_what_it_wrote() {
    for kind in &KINDS {
        let model = load(kind.generator).unwrap();
        let file = written(&model, None);
        let again = load(&file).unwrap();
        assert_eq!(again.config, model.config);
        assert_eq!(numbers(&again.generator), numbers(&model.generator));
        let listed = |file: &Vec<u8>| {
            let mut listed: Vec<_> = weights::describe(file)
                .unwrap()
                .tensors
                .into_iter()
                .map(|tensor| (tensor.name, tensor.shape, tensor.dtype))
                .collect();
            listed.sort();
            listed
        };
        assert_eq!(listed(&file), listed(&kind.generator.to_vec()));

        let discriminator = kind.discriminator(&model);
        let both = load(&written(&model, Some(&discriminator))).unwrap();
        let config = DiscriminatorConfig::beside(&model.config, 4);
        let (read, read_config) = both.discriminator.expect("it was written");
        assert_eq!(read_config.layers(), config.layers());
        let ours = super::read(discriminator.named_parameters());
        assert_eq!(super::read(read.named_parameters()), ours);
    }
}

/// Our own format keeps the layout, and pix2pix.py's have no place for it.
#[test]
fn a_model_of_this_layout_is_kept_in_our_format_alone() {
    for kind in &KINDS {
        let model = load(kind.generator).unwrap();
        let again = load(&super::save(&model, Dtype::F32)).unwrap();
        assert_eq!((again.format, again.config), (Format::Ours, model.config.clone()));
        for format in [Format::TensorFlow2017, Format::TensorFlow2018, Format::Pict] {
            let dtype = if format == Format::Pict { Dtype::Q8 } else { Dtype::F32 };
            assert_eq!(refusal(&model, format, dtype), "weights/incompatible");
        }
    }
    let model = load(reference::RGB_WEIGHTS).unwrap();
    assert_eq!(refusal(&model, Format::PyTorch, Dtype::F32), "weights/incompatible");
}

/// A damaged archive is an error with a code, never a panic or a network.
#[test]
fn a_damaged_pth_is_refused() {
    let file = KINDS[0].generator;
    for length in [200, 1000, file.len() / 2, file.len() - 30] {
        let error = load(&file[..length]).err().expect("it is cut off");
        assert!(error.code().starts_with("weights/"), "{error}");
    }
    let mut other = file.to_vec();
    let at = other.windows(12).position(|window| window == b"_rebuild_ten").unwrap();
    other[at..at + 12].copy_from_slice(b"_rebuild_xxx");
    let error = load(&other).err().expect("it asks for another function");
    assert!(["weights/unsupported", "weights/index"].contains(&error.code()), "{error}");
}
