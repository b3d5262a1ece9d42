//! The original's numbers, and our networks measured against them, on any device.
//! Shared by `parity.rs` (native) and `web.rs` (browser).

#[cfg(any(target_arch = "wasm32", feature = "wgpu"))]
pub mod launches;
pub mod operations;
pub mod packed;
pub mod roofline;
#[cfg(any(target_arch = "wasm32", feature = "wgpu"))]
pub mod speed;
pub mod steps;

use std::collections::BTreeMap;

use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor, TensorData};
use pix2pix_web::model::{Discriminator, Generator, GeneratorConfig, LayerName, LayerOutput, Mode};
use pix2pix_web::weights::{self, Contents, Dtype, Format, Loaded};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype as Stored;
use serde::Deserialize;

pub const RGB_WEIGHTS: &[u8] = include_bytes!("../fixtures/rgb-weights.safetensors");
pub const LAB_WEIGHTS: &[u8] = include_bytes!("../fixtures/lab-weights.safetensors");
pub const CLASSIC_WEIGHTS: &[u8] = include_bytes!("../fixtures/classic-weights.safetensors");
pub const SEPARABLE_WEIGHTS: &[u8] = include_bytes!("../fixtures/separable-weights.safetensors");
const PAIRS: &[u8] = include_bytes!("../fixtures/pairs.safetensors");
const RGB: &[u8] = include_bytes!("../fixtures/rgb-forward.safetensors");
const RGB_BATCH3: &[u8] = include_bytes!("../fixtures/rgb-batch3-forward.safetensors");
const CLASSIC: &[u8] = include_bytes!("../fixtures/classic-forward.safetensors");
const SEPARABLE: &[u8] = include_bytes!("../fixtures/separable-forward.safetensors");
/// Networks of Lab; besides their forward pass a grid of colours in sRGB and in Lab, a photograph, and some rows of the
/// original's float32 run with their picture.
pub const LAB: &[u8] = include_bytes!("../fixtures/lab-forward.safetensors");
const RGB_LAYERS: &str = include_str!("../fixtures/rgb-layers.json");

pub fn load(bytes: &[u8], device: &Device) -> Loaded {
    weights::load(&bytes.to_vec(), device, &mut |_, _| ()).expect("the reference's weights load")
}

/// The networks as a file of our own naming.
pub async fn file(
    generator: &Generator,
    config: &GeneratorConfig,
    discriminator: Option<&Discriminator>,
    dtype: Dtype,
) -> Vec<u8> {
    let contents =
        Contents { generator: Some(generator), config, discriminator, training: None, card: None };
    let mut file = Vec::new();
    let written =
        weights::write(contents, Format::Ours, dtype, &mut |piece| file.extend(piece)).await;
    written.expect("the device gives its numbers");
    file
}

/// The first `count` source pictures of `inputs` or `targets`, `[count, 3, 256, 256]` in [-1, 1].
pub fn pictures(which: &str, count: usize, device: &Device) -> Tensor<4> {
    let file = SafeTensors::deserialize(PAIRS).expect("the fixture is whole");
    let bytes = file.tensor(which).expect("the fixture has it").data();
    let values: Vec<f32> =
        bytes[..count * 256 * 256 * 3].iter().map(|b| *b as f32 / 255.0 * 2.0 - 1.0).collect();
    let nhwc = Tensor::<4>::from_data(TensorData::new(values, [count, 256, 256, 3]), device);
    nhwc.permute([0, 3, 1, 2])
}

/// The tensors of a fixture of floats, with their shapes.
pub fn tensors(file: &[u8]) -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
    let file = SafeTensors::deserialize(file).expect("the fixture is whole");
    let floats = file.tensors().into_iter().filter(|(_, view)| view.dtype() == Stored::F32);
    let tensors = floats.map(|(name, view)| {
        let values = view.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
        (name, (view.shape().to_vec(), values.collect()))
    });
    tensors.collect()
}

/// A tensor of four axes.
fn nhwc(file: &[u8], name: &str, device: &Device) -> Tensor<4> {
    let (shape, values) = tensors(file).remove(name).expect("the fixture has it");
    let shape: [usize; 4] = shape.try_into().expect("pictures have four axes");
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// A case of the reference: the weights, the pictures and the truth, in double precision.
pub struct Case {
    pub name: &'static str,
    weights: &'static [u8],
    truth: &'static [u8],
    pictures: Pictures,
}

/// Where a case's inputs and targets are.
#[derive(Clone, Copy)]
enum Pictures {
    /// The first pairs of the fixture that the cases share.
    First(usize),
    /// In a file of their own: colours in Lab.
    Of(&'static [u8]),
}

impl Pictures {
    /// `inputs` or `targets`: `[B, C, 256, 256]`.
    fn get(self, which: &str, device: &Device) -> Tensor<4> {
        match self {
            Pictures::First(count) => pictures(which, count, device),
            Pictures::Of(file) => nhwc(file, which, device).permute([0, 3, 1, 2]),
        }
    }
}

pub const CASES: [Case; 5] = [
    Case { name: "rgb", weights: RGB_WEIGHTS, truth: RGB, pictures: Pictures::First(1) },
    Case {
        name: "rgb-batch3",
        weights: RGB_WEIGHTS,
        truth: RGB_BATCH3,
        pictures: Pictures::First(3),
    },
    Case { name: "lab", weights: LAB_WEIGHTS, truth: LAB, pictures: Pictures::Of(steps::LAB) },
    Case {
        name: "classic",
        weights: CLASSIC_WEIGHTS,
        truth: CLASSIC,
        pictures: Pictures::First(1),
    },
    Case {
        name: "separable",
        weights: SEPARABLE_WEIGHTS,
        truth: SEPARABLE,
        pictures: Pictures::First(1),
    },
];

/// The largest absolute differences from the truth: output, real map, fake map.
pub async fn forward_errors(case: &Case, device: &Device) -> [f32; 3] {
    let loaded = load(case.weights, device);
    let (discriminator, _) = loaded.discriminator.as_ref().expect("the fixture has one");
    let [inputs, targets] = ["inputs", "targets"].map(|which| case.pictures.get(which, device));
    let outputs = loaded.generator.forward(inputs.clone(), Mode::default());
    assert_eq!(outputs.dims(), targets.dims());
    let real = sigmoid(discriminator.forward(inputs.clone(), targets));
    assert_eq!(real.dims(), [inputs.dims()[0], 1, 30, 30]);
    let fake = sigmoid(discriminator.forward(inputs, outputs.clone()));
    [
        error(outputs, case.truth, "outputs").await,
        error(real, case.truth, "predict_real").await,
        error(fake, case.truth, "predict_fake").await,
    ]
}

async fn error(ours: Tensor<4>, truth: &[u8], name: &str) -> f32 {
    let file = SafeTensors::deserialize(truth).expect("the fixture is whole");
    let truth = file.tensor(name).expect("the fixture has it");
    let nhwc = ours.permute([0, 2, 3, 1]);
    assert_eq!(nhwc.dims(), truth.shape(), "{name}");
    let ours = numbers(nhwc).await;
    let truth = truth.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
    assert!(ours.iter().all(|v| v.is_finite()), "{name} is finite");
    ours.iter().zip(truth).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

pub async fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let data = tensor.into_data_async().await.expect("the device gives its numbers");
    data.try_to_vec::<f32>().expect("the networks run in f32")
}

#[derive(Deserialize)]
struct Layer {
    shape: [usize; 4],
    mean: f64,
    std: f64,
    min: f64,
    max: f64,
    first: [f64; 4],
    last: [f64; 4],
}

/// How far each layer is from the original's own float32 run, by the layer's name: the mean and the standard
/// deviation absolutely, and its extremes, first and last four values (NHWC) as a part of its largest value.
pub async fn layer_errors(device: &Device) -> BTreeMap<String, [f64; 2]> {
    let truth: BTreeMap<String, Layer> =
        serde_json::from_str(RGB_LAYERS).expect("the fixture is JSON");
    let loaded = load(RGB_WEIGHTS, device);
    let (output, layers) =
        loaded.generator.forward_with_layers(pictures("inputs", 1, device), Mode::default());
    let mut seen = vec![("generator/decoder_1/Tanh".to_string(), output)];
    for LayerOutput { name, convolution, norm } in layers {
        let operation = match name {
            LayerName::Decoder(_) => "conv2d_transpose",
            _ => "conv2d",
        };
        seen.push((format!("generator/{name}/{operation}/BiasAdd"), convolution));
        let normalized = format!("generator/{name}/batch_normalization/FusedBatchNormV3");
        seen.extend(norm.map(|norm| (normalized, norm)));
    }
    let mut errors = BTreeMap::new();
    for (layer, x) in seen {
        let truth = truth.get(&layer).unwrap_or_else(|| panic!("the reference has {layer}"));
        let nhwc = x.permute([0, 2, 3, 1]);
        assert_eq!(nhwc.dims(), truth.shape, "{layer}");
        let v: Vec<f64> = numbers(nhwc).await.into_iter().map(f64::from).collect();
        let n = v.len() as f64;
        let mean = v.iter().sum::<f64>() / n;
        let std = (v.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        let min = v.iter().copied().fold(f64::INFINITY, f64::min);
        let max = v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let statistics = (mean - truth.mean).abs().max((std - truth.std).abs());
        let first = v.iter().zip(truth.first).map(|(a, b)| a - b);
        let last = v[v.len() - 4..].iter().zip(truth.last).map(|(a, b)| a - b);
        let values = first.chain(last).chain([min - truth.min, max - truth.max]);
        let largest = truth.max.abs().max(truth.min.abs());
        errors.insert(layer, [statistics, values.map(f64::abs).fold(0.0, f64::max) / largest]);
    }
    assert_eq!(errors.len(), truth.len(), "every layer of the reference was compared");
    errors
}
