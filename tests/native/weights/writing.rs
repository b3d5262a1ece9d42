//! Files that we write: each format holds what it says, and refuses the rest.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use pix2pix_web::model::{
    Activation, Convolution, Discriminator, DiscriminatorConfig, GeneratorConfig, Layout, Mode,
    Network, Norm, Part,
};
use pix2pix_web::weights::{self, Contents, Description, Dtype, Format, Loaded, Training};
use pix2pix_web::{Error, Result};
use pollster::block_on;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype as Stored, TensorView};

use super::{PICT, load, numbers};
use crate::reference;

pub fn write(contents: Contents, format: Format, dtype: Dtype) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    block_on(weights::write(contents, format, dtype, &mut |piece| file.extend(piece)))?;
    Ok(file)
}

pub fn rewritten(bytes: &[u8], format: Format, dtype: Dtype) -> Vec<u8> {
    write(load(bytes).unwrap().contents(), format, dtype).unwrap()
}

/// A generator alone, as a `.pict` takes it.
pub fn alone(model: &Loaded) -> Contents<'_> {
    Contents { discriminator: None, ..model.contents() }
}

/// The output for a pair, and the discriminator's map.
fn outputs(model: &Loaded) -> [Vec<f32>; 2] {
    let device = Device::flex();
    let picture = |which| reference::pictures(which, 1, &device);
    let output = model.generator.forward(picture("inputs"), Mode::default());
    let map = match &model.discriminator {
        Some((network, _)) => network.forward(picture("inputs"), picture("targets")),
        None => Tensor::zeros([1, 1, 1, 1], &device),
    };
    [output, map].map(|tensor| block_on(reference::numbers(tensor)))
}

/// Number types, shapes and bytes by names.
pub type Tensors = BTreeMap<String, (Stored, Vec<usize>, Vec<u8>)>;

pub fn tensors(file: &[u8]) -> Tensors {
    let file = SafeTensors::deserialize(file).unwrap();
    let tensors = file.tensors().into_iter();
    tensors.map(|(name, t)| (name, (t.dtype(), t.shape().to_vec(), t.data().to_vec()))).collect()
}

/// The tensors of a file that are to be kept, as a file.
fn filtered(file: &[u8], keep: impl Fn(&str) -> bool) -> Vec<u8> {
    let tensors = tensors(file);
    let kept = tensors.iter().filter(|(name, _)| keep(name));
    let views = kept.map(|(name, (dtype, shape, data))| {
        (name, TensorView::new(*dtype, shape.clone(), data).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

/// The fixtures came out of the original: a file of ours has the same tensors, to the byte.
#[test]
fn tensorflow_files_are_those_of_the_original() {
    for (original, format) in [
        (reference::RGB_WEIGHTS, Format::TensorFlow2018),
        (reference::SEPARABLE_WEIGHTS, Format::TensorFlow2018),
        (reference::CLASSIC_WEIGHTS, Format::TensorFlow2017),
    ] {
        assert_eq!(Format::tensorflow(&load(original).unwrap().config), format);
        // By way of our own naming.
        let ours = rewritten(original, Format::Ours, Dtype::F32);
        let file = rewritten(&ours, format, Dtype::F32);
        assert!(tensors(&file) == tensors(original), "{}", format.name());
        let again = load(&file).unwrap();
        assert_eq!((again.format, again.dtype), (format, "f32"));
        assert_eq!(outputs(&again), outputs(&load(original).unwrap()));
    }
}

/// The layout of 2018 always has biases.
#[test]
fn a_model_without_biases_gets_zeros_where_the_format_has_them() {
    let model = load(reference::CLASSIC_WEIGHTS).unwrap();
    let file = write(model.contents(), Format::TensorFlow2018, Dtype::F32).unwrap();
    let again = load(&file).unwrap();
    assert_eq!(again.config, GeneratorConfig { bias: true, ..model.config.clone() });
    let (_, config) = again.discriminator.as_ref().expect("the file has one");
    assert!(config.bias);
    assert_eq!(tensors(&file).len(), tensors(reference::RGB_WEIGHTS).len());
    assert_eq!(outputs(&again), outputs(&model));

    let pict = load(&write(alone(&model), Format::Pict, Dtype::Q8).unwrap()).unwrap();
    assert!(pict.config.bias);
    let read = numbers(&pict.generator);
    let biases: Vec<_> = read.iter().filter(|(name, ..)| name.part == Part::Bias).collect();
    assert_eq!(biases.len(), 16);
    assert!(biases.iter().all(|(_, _, values)| values.iter().all(|v| *v == 0.0)));
    // So its picture is that of the same codes without them.
    let file = write(pict.contents(), Format::TensorFlow2018, Dtype::F32).unwrap();
    let without = load(&filtered(&file, |name| !name.ends_with("bias"))).unwrap();
    assert!(!without.config.bias);
    assert_eq!(outputs(&pict), outputs(&without));
}

#[test]
fn half_precision_is_the_same_in_every_format() {
    let rounded = |model: &Loaded| {
        let round = |values: Vec<f32>| -> Vec<f32> {
            values.into_iter().map(|v| half::f16::from_f32(v).to_f32()).collect()
        };
        numbers(&model.generator).into_iter().map(|(n, s, v)| (n, s, round(v))).collect::<Vec<_>>()
    };
    for (bytes, format) in [
        (reference::RGB_WEIGHTS, Format::TensorFlow2018),
        (reference::CLASSIC_WEIGHTS, Format::TensorFlow2017),
        (reference::CLASSIC_WEIGHTS, Format::Ours),
    ] {
        let model = load(bytes).unwrap();
        let again = load(&write(model.contents(), format, Dtype::F16).unwrap()).unwrap();
        assert_eq!(again.dtype, "f16");
        assert_eq!(numbers(&again.generator), rounded(&model));
    }
}

fn refusal(contents: Contents, format: Format, dtype: Dtype) -> Error {
    let error = write(contents, format, dtype).expect_err("the format can't hold it");
    assert_eq!(error.code(), "weights/incompatible");
    error
}

#[test]
fn what_a_format_cannot_hold_is_refused_with_what_can() {
    let device = Device::flex();
    let config = GeneratorConfig { ngf: 1, ..Default::default() };
    let generator = config.init(&device, 7);
    let contents = Contents::of_generator(&generator, &config);
    let says = |error: Error, what: &str, remedy: &str| {
        let text = error.to_string();
        assert!(text.contains(what) && text.contains(remedy), "{text}");
    };
    let [classic, modern, pict] = [Format::TensorFlow2017, Format::TensorFlow2018, Format::Pict];

    says(refusal(contents, pict, Dtype::F16), "pict can't hold values of 16 or 32 bits", "q8");
    for format in [classic, modern] {
        let error = refusal(contents, format, Dtype::Q8);
        says(error, &format!("{} can't hold 8-bit codes", format.name()), "f16");
    }

    let training = Training { state: "{}".into(), tensors: BTreeMap::new() };
    let checkpoint = Contents { training: Some(&training), ..contents };
    says(refusal(checkpoint, Format::Ours, Dtype::Q8), "training in 8 bits", "f32");
    says(refusal(checkpoint, classic, Dtype::F32), "state of a training", "pix2pix-web");

    let discriminator = |bias| DiscriminatorConfig { ndf: 1, bias, ..Default::default() };
    let plain = discriminator(false).init(&device, 7);
    let both = Contents { discriminator: Some(&plain), ..contents };
    says(refusal(both, pict, Dtype::Q8), "a discriminator", "generator alone");
    let biased = discriminator(true).init(&device, 7);
    let both = Contents { discriminator: Some(&biased), ..contents };
    says(refusal(both, classic, Dtype::F32), "tensorflow-2017 can't hold biases", "2018");

    for (config, what) in [
        (GeneratorConfig { norm: Norm::Instance, ..config.clone() }, "instance normalisation"),
        (GeneratorConfig { norm: Norm::None, bias: true, ..config.clone() }, "normalisation"),
        (GeneratorConfig { running_statistics: true, ..config.clone() }, "running statistics"),
        (GeneratorConfig { dropout: 0.25, ..config.clone() }, "a dropout of 0.25"),
        (GeneratorConfig { activation: Activation::Elu, ..config.clone() }, "an encoder with elu"),
        (GeneratorConfig { activation: Activation::SRelu, ..config.clone() }, "with srelu"),
    ] {
        let generator = config.init(&device, 7);
        let contents = Contents { generator: Some(&generator), config: &config, ..contents };
        for (format, dtype) in [(classic, Dtype::F32), (modern, Dtype::F16), (pict, Dtype::Q8)] {
            says(refusal(contents, format, dtype), what, "pix2pix-web");
        }
        write(contents, Format::Ours, Dtype::Q8).unwrap();
    }
    let pytorch = GeneratorConfig {
        layout: Layout::PyTorch,
        activation: Activation::PRelu,
        ..config.clone()
    };
    let generator = pytorch.init(&device, 7);
    let of_pytorch = Contents { generator: Some(&generator), config: &pytorch, ..contents };
    says(refusal(of_pytorch, Format::PyTorch, Dtype::F32), "an encoder with prelu", "pix2pix-web");
    let separable = GeneratorConfig { convolution: Convolution::Separable, ..config.clone() };
    let generator = separable.init(&device, 7);
    let of_separable = Contents { generator: Some(&generator), config: &separable, ..contents };
    says(refusal(of_separable, classic, Dtype::F32), "separable convolutions", "tensorflow-2018");
    says(refusal(of_separable, Format::PyTorch, Dtype::F32), "the other layout", "pix2pix-web");
    assert_eq!(Format::tensorflow(&separable), modern);
    let again = load(&write(of_separable, modern, Dtype::F32).unwrap()).unwrap();
    assert_eq!(again.config, GeneratorConfig { bias: true, ..separable });

    let config = GeneratorConfig { bias: true, ..config };
    let generator = config.init(&device, 7);
    let contents = Contents { generator: Some(&generator), config: &config, ..contents };
    says(refusal(contents, classic, Dtype::F32), "biases", "tensorflow-2018");
}

/// A discriminator whose numbers were multiplied.
fn scaled(factor: f32) -> Discriminator {
    use burn::module::{Module, ModuleMapper, Param};
    struct Scale(f32);
    impl ModuleMapper for Scale {
        fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
            parameter.map(|tensor| tensor * self.0)
        }
    }
    let config = DiscriminatorConfig { ndf: 1, ..Default::default() };
    config.init(&Device::flex(), 7).map(&mut Scale(factor))
}

#[test]
fn numbers_that_no_reader_takes_are_not_written() {
    let config = GeneratorConfig { ngf: 1, ..Default::default() };
    let generator = config.init(&Device::flex(), 7);
    let (large, lost) = (scaled(1e5), scaled(f32::NAN));
    let contents = |discriminator| Contents {
        generator: Some(&generator),
        config: &config,
        discriminator: Some(discriminator),
        training: None,
        card: None,
    };
    for dtype in [Dtype::F32, Dtype::F16, Dtype::Q8] {
        let error = write(contents(&lost), Format::Ours, dtype).unwrap_err();
        assert_eq!(error.code(), "weights/nan");
        assert!(error.to_string().starts_with("discriminator.layer_1.conv.weight holds NaN"));
    }
    let error = write(contents(&large), Format::Ours, Dtype::F16).unwrap_err();
    assert_eq!(error.code(), "weights/incompatible");
    assert!(error.to_string().starts_with("f16 can't hold"), "{error}");
    write(contents(&large), Format::Ours, Dtype::F32).unwrap();
}

#[test]
fn a_description_says_what_is_inside_without_loading_it() {
    let described = |bytes: &[u8]| weights::describe(&bytes.to_vec()).unwrap();
    let ndf = |description: &Description| description.discriminator.as_ref().map(|found| found.ndf);
    let model = load(reference::CLASSIC_WEIGHTS).unwrap();
    let whole = described(reference::CLASSIC_WEIGHTS);
    assert_eq!((whole.format, whole.dtype), (Format::TensorFlow2017, "f32"));
    assert_eq!((whole.generator.as_ref(), ndf(&whole)), (Some(&model.config), Some(4)));
    assert_eq!(whole.bytes, reference::CLASSIC_WEIGHTS.len() as u64);
    let count: usize = numbers(&model.generator).iter().map(|(_, _, values)| values.len()).sum();
    assert_eq!(whole.parameters(Network::Generator), count as u64);
    let kernel = whole.tensors.iter().find(|t| t.name == "generator/decoder_3/deconv/filter");
    assert_eq!(kernel.expect("it is there").shape, [4, 4, 8, 32]);

    let training = Training { state: r#"{"step":3}"#.into(), tensors: BTreeMap::new() };
    let checkpoint = Contents { training: Some(&training), ..model.contents() };
    let checkpoint = described(&write(checkpoint, Format::Ours, Dtype::F16).unwrap());
    assert_eq!(checkpoint.training.as_deref(), Some(r#"{"step":3}"#));
    assert_eq!((checkpoint.format, checkpoint.dtype), (Format::Ours, "f16"));

    let coded = described(&rewritten(PICT, Format::Ours, Dtype::Q8));
    assert_eq!((coded.dtype, ndf(&coded), coded.training), ("q8", None, None));
    let dtypes: Vec<_> = coded.tensors[..2].iter().map(|t| (t.dtype.as_str(), t.count())).collect();
    assert_eq!(dtypes, [("f32", 3), ("q8", 16 * 8 * 3)]); // decoder_1's bias and kernel

    // A discriminator alone, as the bundled ones are.
    let file = filtered(reference::RGB_WEIGHTS, |name| name.starts_with("discriminator"));
    let lone = described(&file);
    assert_eq!((&lone.generator, ndf(&lone), lone.dtype), (&None, Some(4), "f32"));

    assert_eq!(weights::describe(&b"what is this?".to_vec()).unwrap_err().code(), "weights/format");
}
