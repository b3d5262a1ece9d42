//! Weights files: every format and layout, and every way to be broken.

mod card;
mod checkpoint;
mod eight_bits;
mod onnx;
mod pytorch;
mod writing;

use burn::tensor::Device;
use pix2pix_web::model::{
    Activation, Convolution, DiscriminatorConfig, Generator, GeneratorConfig, Layout,
    NamedParameter, Norm, ParameterName,
};
use pix2pix_web::weights::{self, Dtype, Format, Loaded};
use pix2pix_web::{Error, Result};
use pollster::block_on;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype as Stored, TensorView};

use crate::reference;

const PICT: &[u8] = include_bytes!("../fixtures/rgb-generator.pict");

fn load(bytes: &[u8]) -> Result<Loaded> {
    weights::load(&bytes.to_vec(), &Device::flex(), &mut |_, _| ())
}

/// A parameter with its shape and values.
type Read = (ParameterName, Vec<usize>, Vec<f32>);

fn read(parameters: Vec<NamedParameter>) -> Vec<Read> {
    let read = |p: NamedParameter| (p.name, p.shape, block_on(reference::numbers(p.values)));
    parameters.into_iter().map(read).collect()
}

fn numbers(generator: &Generator) -> Vec<Read> {
    read(generator.named_parameters())
}

fn save(model: &Loaded, dtype: Dtype) -> Vec<u8> {
    let discriminator = model.discriminator.as_ref().map(|(network, _)| network);
    block_on(reference::file(&model.generator, &model.config, discriminator, dtype))
}

#[test]
fn our_own_format_gives_the_same_numbers_back() {
    for bytes in
        [reference::RGB_WEIGHTS, reference::CLASSIC_WEIGHTS, reference::SEPARABLE_WEIGHTS, PICT]
    {
        let model = load(bytes).unwrap();
        let again = load(&save(&model, Dtype::F32)).unwrap();
        assert_eq!(again.format, Format::Ours);
        assert_eq!(again.config, model.config);
        assert_eq!(again.discriminator.is_some(), model.discriminator.is_some());
        assert_eq!(numbers(&again.generator), numbers(&model.generator));
    }
}

#[test]
fn half_precision_is_read_back_as_written() {
    let model = load(PICT).unwrap();
    let again = load(&save(&model, Dtype::F16)).unwrap();
    assert_eq!(again.dtype, "f16");
    for ((name, _, ours), (_, _, theirs)) in
        numbers(&model.generator).into_iter().zip(numbers(&again.generator))
    {
        for (a, b) in ours.into_iter().zip(theirs) {
            assert_eq!(half::f16::from_f32(a).to_f32(), b, "{name}");
        }
    }
}

#[test]
fn pict_gives_the_values_of_its_code_book() {
    let model = load(PICT).unwrap();
    assert_eq!((model.format, model.dtype), (Format::Pict, "q8"));
    assert_eq!(model.config, GeneratorConfig { ngf: 4, bias: true, ..Default::default() });
    // The code book lies behind the list of tensors and two lengths.
    let list = u32::from_be_bytes(PICT[..4].try_into().unwrap()) as usize;
    let book = &PICT[4 + list + 4..][..1024];
    let book: Vec<f32> = book.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let exact = load(reference::RGB_WEIGHTS).unwrap();
    for ((name, _, quantised), (_, _, exact)) in
        numbers(&model.generator).into_iter().zip(numbers(&exact.generator))
    {
        for (q, x) in quantised.into_iter().zip(exact) {
            let nearest = book.iter().map(|v| (v - x).abs()).fold(f32::INFINITY, f32::min);
            assert!(book.contains(&q), "{name}: {q} is in the book");
            // The file's writer and f32 may round a tie to either side.
            assert!((q - x).abs() <= nearest + 1e-6, "{name}: {q} is the nearest to {x}");
        }
    }
}

#[test]
fn both_tensorflow_layouts_are_recognised() {
    let modern = load(reference::RGB_WEIGHTS).unwrap();
    assert_eq!((modern.format, modern.config.bias), (Format::TensorFlow2018, true));
    let classic = load(reference::CLASSIC_WEIGHTS).unwrap();
    assert_eq!((classic.format, classic.config.bias), (Format::TensorFlow2017, false));
    for model in [modern, classic] {
        assert_eq!((model.config.ngf, model.config.depth), (4, 8));
        let (_, config) = model.discriminator.expect("the file has one");
        assert_eq!((config.ndf, config.bias), (4, model.config.bias));
    }
}

/// Sizes other than the fixtures': the shapes alone say what the network is.
#[test]
fn the_config_comes_from_the_shapes() {
    let device = Device::flex();
    for config in [
        GeneratorConfig { ngf: 6, ..Default::default() },
        GeneratorConfig { ngf: 2, in_channels: 1, out_channels: 2, ..Default::default() },
        GeneratorConfig { ngf: 3, depth: 6, bias: true, ..Default::default() },
        GeneratorConfig { ngf: 2, running_statistics: true, ..Default::default() },
        GeneratorConfig {
            convolution: Convolution::Separable,
            ngf: 3,
            max_width: Some(5),
            ..Default::default()
        },
        GeneratorConfig { norm: Norm::None, ngf: 2, bias: true, ..Default::default() },
        GeneratorConfig {
            layout: Layout::PyTorch,
            norm: Norm::Instance,
            ngf: 2,
            bias: true,
            ..Default::default()
        },
    ] {
        let generator = config.init(&device, 7);
        let file = block_on(reference::file(&generator, &config, None, Dtype::F32));
        let model = load(&file).unwrap();
        assert_eq!(model.config, config);
        assert_eq!(numbers(&model.generator), numbers(&generator));
    }
}

/// Every activation, in every number type: the note says it, and where there is none the names of what it learns.
#[test]
fn an_activation_comes_back_by_its_note_or_by_what_it_learned() {
    use Activation::{Elu, LeakyRelu, PRelu, RRelu, Relu, SRelu, Sigmoid, Tanh};
    for activation in [Sigmoid, Tanh, Relu, LeakyRelu, Elu, PRelu, RRelu, SRelu] {
        let config = GeneratorConfig { ngf: 2, depth: 5, activation, ..Default::default() };
        let generator = config.init(&Device::flex(), 7);
        let file = |dtype| block_on(reference::file(&generator, &config, None, dtype));
        for dtype in [Dtype::F32, Dtype::F16, Dtype::Q8] {
            let model = load(&file(dtype)).unwrap();
            assert_eq!(model.config, config);
            // What an activation learns is no kernel, and not stored in 8 bits.
            let room = if dtype == Dtype::F16 { 1e-3 } else { 0.0 };
            let ours = numbers(&model.generator).into_iter().zip(numbers(&generator));
            for ((name, _, read), (_, _, written)) in
                ours.filter(|((name, ..), _)| name.part.is_of_activation())
            {
                let apart = read.iter().zip(&written).map(|(a, b)| (a - b).abs());
                assert!(apart.fold(0.0, f32::max) <= room, "{name} in {dtype:?}");
            }
        }
        let whole = file(Dtype::F32);
        let file = SafeTensors::deserialize(&whole).unwrap();
        let without = safetensors::serialize(file.tensors(), None).unwrap();
        let found = load(&without).unwrap().config.activation;
        let expected = if activation.parts().is_empty() { LeakyRelu } else { activation };
        assert_eq!(found, expected);
        let noted = String::from_utf8_lossy(&whole).contains(activation.name());
        assert_eq!(noted, activation != LeakyRelu, "files of before say nothing");
    }
}

/// A note of an activation whose parameters are others than those that are there.
#[test]
fn a_note_of_another_activation_is_refused() {
    let config =
        GeneratorConfig { ngf: 2, depth: 5, activation: Activation::PRelu, ..Default::default() };
    let generator = config.init(&Device::flex(), 7);
    let file = block_on(reference::file(&generator, &config, None, Dtype::F32));
    for (other, code) in
        [("srelu", "weights/missing"), ("rrelu", "weights/unknown"), ("swish", "weights/index")]
    {
        let mut changed = file.clone();
        let at = file.windows(5).position(|word| word == b"prelu").expect("it is noted");
        changed[at..at + 5].copy_from_slice(other.as_bytes());
        let error = load(&changed).err().expect("it is refused");
        assert_eq!(error.code(), code, "{error}");
    }
}

/// The fixture of 2018 as names, shapes and numbers, to be changed and packed again.
struct Draft(Vec<(String, Stored, Vec<usize>, Vec<u8>)>);

impl Draft {
    fn new() -> Self {
        let file = SafeTensors::deserialize(reference::RGB_WEIGHTS).unwrap();
        let tensors = file.tensors().into_iter();
        Self(tensors.map(|(n, t)| (n, t.dtype(), t.shape().to_vec(), t.data().to_vec())).collect())
    }

    fn add(&mut self, name: &str, dtype: Stored, shape: &[usize]) {
        let bytes = shape.iter().product::<usize>() * dtype.bitsize() / 8;
        self.0.push((name.into(), dtype, shape.to_vec(), vec![0; bytes]));
    }

    fn tensor(&mut self, name: &str) -> &mut (String, Stored, Vec<usize>, Vec<u8>) {
        self.0.iter_mut().find(|t| t.0 == name).expect("the fixture has it")
    }

    fn bytes(&self) -> Vec<u8> {
        let views = self.0.iter().map(|(name, dtype, shape, data)| {
            (name, TensorView::new(*dtype, shape.clone(), data).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    }

    fn error(&self) -> Error {
        load(&self.bytes()).err().expect("the file is refused")
    }
}

#[test]
fn what_training_leaves_behind_is_ignored_and_listed() {
    let mut draft = Draft::new();
    let extras = [
        ("global_step", Stored::I64, &[][..]),
        ("beta1_power", Stored::F32, &[]),
        ("generator_train/beta2_power", Stored::F32, &[]),
        ("generator/encoder_1/conv2d/kernel/Adam", Stored::F32, &[4, 4, 3, 4]),
        ("discriminator/layer_1/conv2d/kernel/Adam_1", Stored::F32, &[4, 4, 6, 4]),
        ("generator/encoder_2/batch_normalization/moving_mean", Stored::F32, &[8]),
        ("generator/encoder_2/batch_normalization/moving_variance", Stored::F32, &[8]),
        ("generator_loss/Mean/ExponentialMovingAverage", Stored::F32, &[]),
    ];
    for (name, dtype, shape) in extras {
        draft.add(name, dtype, shape);
    }
    let model = load(&draft.bytes()).unwrap();
    let mut names = extras.map(|e| e.0.to_string());
    names.sort();
    assert_eq!(model.ignored, names);
    assert!(!model.config.running_statistics, "moving averages that the original never updates");
}

#[test]
fn a_missing_tensor_is_named_with_the_shape_that_it_should_have() {
    for (name, shape) in [
        ("generator/encoder_3/conv2d/kernel", "[4, 4, 8, 16]"),
        ("generator/decoder_8/batch_normalization/gamma", "[32]"),
        ("generator/encoder_8/conv2d/bias", "[32]"),
        ("discriminator/layer_5/conv2d/kernel", "[4, 4, 32, 1]"),
        ("generator/encoder_1/conv2d/kernel", "a kernel [4, 4, in, out]"),
        ("generator/decoder_1/conv2d_transpose/kernel", "a kernel [4, 4, out, in]"),
        ("discriminator/layer_1/conv2d/kernel", "a kernel [4, 4, in, out]"),
    ] {
        let mut draft = Draft::new();
        draft.0.retain(|t| t.0 != name);
        let expected = Error::Missing { name: name.into(), expected: shape.into() };
        assert_eq!(draft.error(), expected);
        assert_eq!(expected.code(), "weights/missing");
    }
}

#[test]
fn an_unknown_tensor_is_named() {
    let mut draft = Draft::new();
    draft.add("generator/encoder_2/attention/kernel", Stored::F32, &[7]);
    let error = draft.error();
    assert_eq!(error.code(), "weights/unknown");
    assert!(error.to_string().contains("generator/encoder_2/attention/kernel of shape [7]"));
}

#[test]
fn a_misshapen_tensor_is_named_with_both_shapes() {
    let mut draft = Draft::new();
    let tensor = draft.tensor("generator/encoder_3/conv2d/kernel");
    tensor.2 = vec![4, 4, 16, 8];
    let error = draft.error();
    assert_eq!(error.code(), "weights/shape");
    assert_eq!(
        error.to_string(),
        "generator/encoder_3/conv2d/kernel is [4, 4, 16, 8], expected [4, 4, 8, 16]"
    );

    let mut draft = Draft::new();
    draft.tensor("generator/encoder_1/conv2d/kernel").2 = vec![3, 4, 4, 4];
    let error = draft.error();
    assert!(error.to_string().contains("expected a kernel [4, 4, in, out]"), "{error}");
}

#[test]
fn nan_and_infinity_are_named_with_their_place() {
    for value in [f32::NAN, f32::INFINITY] {
        let mut draft = Draft::new();
        let data = &mut draft.tensor("generator/decoder_4/conv2d_transpose/kernel").3;
        data[400..404].copy_from_slice(&value.to_le_bytes());
        let error = draft.error();
        assert_eq!(error.code(), "weights/nan");
        let place = "generator/decoder_4/conv2d_transpose/kernel holds";
        assert!(error.to_string().starts_with(place), "{error}");
        assert!(error.to_string().contains("at index 100"), "{error}");
    }
}

#[test]
fn a_number_type_that_weights_do_not_have_is_named() {
    let mut draft = Draft::new();
    draft.tensor("generator/encoder_2/conv2d/bias").1 = Stored::I32;
    let error = draft.error();
    assert_eq!(error.code(), "weights/dtype");
    assert!(error.to_string().contains("generator/encoder_2/conv2d/bias is stored as I32"));
}

/// The field says nothing in PyTorch's layout; a new model of instance normalisation was written so that its file was
/// refused.
#[test]
fn a_model_of_pytorchs_layout_is_read_back_whatever_its_field_for_biases_says() {
    for norm in [Norm::Batch, Norm::Instance, Norm::None] {
        for bias in [false, true] {
            let layout = Layout::PyTorch;
            let config = GeneratorConfig { layout, norm, bias, ngf: 2, ..Default::default() };
            let generator = config.init(&Device::flex(), 7);
            let file = block_on(reference::file(&generator, &config, None, Dtype::F32));
            let model = load(&file).unwrap();
            assert_eq!(model.config.layers(), config.layers());
            assert_eq!(numbers(&model.generator), numbers(&generator));
        }
    }
}

#[test]
fn separable_convolutions_are_told_by_their_names() {
    let model = load(reference::SEPARABLE_WEIGHTS).unwrap();
    assert_eq!((model.format, model.dtype), (Format::TensorFlow2018, "f32"));
    let convolution = Convolution::Separable;
    let expected = GeneratorConfig { ngf: 4, bias: true, convolution, ..Default::default() };
    assert_eq!(model.config, expected);
    assert_eq!(model.discriminator.expect("the file has one").1.ndf, 4);
    assert!(model.ignored.is_empty());
}

/// A kernel of the other kind, and one of another shape.
#[test]
fn half_a_separable_convolution_is_refused_by_name() {
    let whole = safetensors::SafeTensors::deserialize(reference::SEPARABLE_WEIGHTS).unwrap();
    let changed = |name: &str, by: Option<(&str, Vec<usize>)>| {
        let zeros = vec![0; 4 * 4 * 4 * 64 * 64];
        let views = whole.tensors().into_iter().filter_map(|(found, view)| {
            if found != name {
                return Some((found, view));
            }
            let (other, shape) = by.clone()?;
            let bytes = &zeros[..4 * shape.iter().product::<usize>()];
            Some((other.into(), TensorView::new(Stored::F32, shape, bytes).unwrap()))
        });
        let file = safetensors::serialize(views.collect::<Vec<_>>(), None).unwrap();
        let error = load(&file).err().expect("it is refused");
        (error.code(), error.to_string())
    };
    let [depthwise, pointwise] = ["depthwise", "pointwise"]
        .map(|kind| format!("generator/encoder_3/separable_conv2d/{kind}_kernel"));
    let (code, said) = changed(&depthwise, None);
    assert_eq!(code, "weights/missing");
    assert!(said.contains(&depthwise) && said.contains("[4, 4, 8, 1]"), "{said}");
    let (code, said) = changed(&depthwise, Some((&depthwise, vec![4, 4, 8, 2])));
    assert_eq!(code, "weights/shape");
    assert!(said.contains(&depthwise), "{said}");
    let (code, said) = changed(&pointwise, Some((&pointwise, vec![4, 4, 8, 16])));
    assert_eq!(code, "weights/shape");
    assert!(said.contains("a kernel [1, 1, in, out]"), "{said}");
    let full = "generator/encoder_3/conv2d/kernel";
    let (code, _) = changed(&pointwise, Some((full, vec![4, 4, 8, 16])));
    assert!(["weights/missing", "weights/shape"].contains(&code), "{code}");
}

/// A norm in the one and none in the other.
#[test]
fn a_discriminator_of_another_norm_is_refused() {
    let device = Device::flex();
    let of = |norm| GeneratorConfig { norm, bias: true, ngf: 1, ..Default::default() };
    let file = |norm| {
        let config = of(norm);
        let discriminator = DiscriminatorConfig::beside(&config, 1).init(&device, 8);
        let generator = config.init(&device, 7);
        block_on(reference::file(&generator, &config, Some(&discriminator), Dtype::F32))
    };
    let beside = |discriminator, generator| {
        let loaded = weights::load_discriminator(&file(discriminator), &device, &of(generator));
        loaded.err().map(|error| error.code())
    };
    assert_eq!(beside(Norm::None, Norm::None), None);
    assert_eq!(beside(Norm::Batch, Norm::Instance), None, "their tensors are the same");
    assert_eq!(beside(Norm::Batch, Norm::None), Some("weights/unsupported"));
    assert_eq!(beside(Norm::None, Norm::Batch), Some("weights/missing"));
    let both = load(&file(Norm::None)).unwrap();
    assert_eq!(both.discriminator.expect("the file has one").1.norm, Norm::None);
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let ours = save(&load(PICT).unwrap(), Dtype::F32);
    for whole in [PICT, reference::CLASSIC_WEIGHTS, &ours] {
        for part in [0, 3, 8, 9, 100, 2000, whole.len() / 2, whole.len() - 1] {
            let error = load(&whole[..part]).err().expect("the file is refused");
            let code = error.code();
            assert!(
                ["weights/truncated", "weights/format", "weights/index"].contains(&code),
                "{error}"
            );
            if part > 2000 {
                assert_eq!(code, "weights/truncated", "{error}");
            }
        }
        let mut longer = whole.to_vec();
        longer.push(0);
        assert_eq!(load(&longer).err().expect("the file is refused").code(), "weights/index");
    }
}

/// What other files are is tested where it is told, in `weights/container/foreign.rs`.
#[test]
fn other_files_are_refused_with_what_they_are_and_what_to_do() {
    let error = load(b"PK\x03\x04 a PyTorch file").err().expect("the file is refused");
    assert_eq!(error.code(), "weights/format");
    assert_eq!(
        error.to_string(),
        "this is not a weights file: a zip archive that is cut off or damaged. Download it again"
    );
    let mut draft = Draft::new();
    draft.0.clear();
    draft.add("model.1.weight", Stored::F32, &[64, 3, 7, 7]);
    let error = draft.error();
    assert_eq!(error.code(), "weights/unsupported");
    assert!(error.to_string().contains("ResNet, with a tensor model.1.weight"));
}

/// A length in the message is where something ends in the file, whichever check found it.
#[test]
fn a_file_that_is_cut_off_is_said_to_end_where_it_ends() {
    let ours = save(&load(PICT).unwrap(), Dtype::F32);
    for whole in [PICT, reference::CLASSIC_WEIGHTS, &ours] {
        for part in [20, 100, whole.len() / 2, whole.len() - 1] {
            let Err(Error::Truncated { end, bytes, place }) = load(&whole[..part]) else {
                panic!("{part} of {} bytes", whole.len());
            };
            assert_eq!(bytes, part as u64);
            assert!(end > bytes && end <= whole.len() as u64, "{place} ends at byte {end}");
        }
    }
}

#[test]
fn metadata_that_contradicts_the_shapes_is_refused() {
    let device = Device::flex();
    let config = GeneratorConfig { ngf: 2, ..Default::default() };
    let said = GeneratorConfig { ngf: 64, ..Default::default() };
    let file = block_on(reference::file(&config.init(&device, 7), &said, None, Dtype::F32));
    let error = load(&file).err().expect("the file is refused");
    assert_eq!(error.code(), "weights/index");
    assert!(error.to_string().contains("ngf: 64"), "{error}");
}
