//! Every reader of files from outside, each with small files that it reads, and with what holds for any file.
//!
//! Shared by the fuzz targets and by the tests on stable Rust (`tests/native/hostile.rs`).

pub mod checkpoints;

use burn::tensor::Device;
use pix2pix_web::model::{
    Activation, Convolution, DiscriminatorConfig, GeneratorConfig, Kernels, Layout, Norm, Patch,
};
use pix2pix_web::weights::{self, Bytes, Card, Contents, Dtype, Files, Format};
use pix2pix_web::{Error, Pix2Pix, device, image};
use pollster::block_on;

/// A reader of files.
#[derive(Clone, Copy)]
pub struct Reader {
    pub name: &'static str,
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Reads a file, and panics where what it finds is impossible.
    pub read: fn(&[u8]) -> Outcome,
}

/// The error's code, or `None` for a file that was read.
pub type Outcome = Option<&'static str>;

pub const READERS: [Reader; 11] = [
    Reader { name: "ours", seeds: ours, read: load },
    Reader { name: "tensorflow", seeds: tensorflow, read: load },
    Reader { name: "pict", seeds: pict, read: load },
    Reader { name: "pytorch", seeds: pytorch, read: load_pytorch },
    Reader { name: "onnx", seeds: onnx, read: load },
    Reader { name: "tensorflow_checkpoint", seeds: tensorflow_checkpoints, read: load_checkpoint },
    Reader { name: "archive", seeds: archives, read: restore },
    Reader { name: "discriminator", seeds: discriminators, read: load_discriminator },
    Reader { name: "checkpoint", seeds: checkpoints, read: restore },
    Reader { name: "describe", seeds: all_weights, read: describe },
    Reader { name: "picture", seeds: pictures, read: decode },
];

/// The smallest network that can be trained.
fn config(bias: bool) -> GeneratorConfig {
    GeneratorConfig { ngf: 1, depth: 5, bias, ..Default::default() }
}

fn file(bias: bool, format: Format, dtype: Dtype, both: bool) -> Vec<u8> {
    file_of(config(bias), format, dtype, both)
}

fn separable() -> GeneratorConfig {
    GeneratorConfig { convolution: Convolution::Separable, ..config(true) }
}

fn file_of(config: GeneratorConfig, format: Format, dtype: Dtype, both: bool) -> Vec<u8> {
    file_with(config, Patch::default(), format, dtype, both)
}

fn file_with(
    config: GeneratorConfig,
    patch: Patch,
    format: Format,
    dtype: Dtype,
    both: bool,
) -> Vec<u8> {
    file_held(Kernels::Free, config, patch, format, dtype, both)
}

fn file_held(
    kernels: Kernels,
    config: GeneratorConfig,
    patch: Patch,
    format: Format,
    dtype: Dtype,
    both: bool,
) -> Vec<u8> {
    let generator = config.init(&Device::flex(), 7);
    let names: Vec<_> = generator.named_parameters().into_iter().map(|p| (p.name, true)).collect();
    let generator = kernels.project(generator, names.into_iter());
    let discriminator = DiscriminatorConfig { patch, ..DiscriminatorConfig::beside(&config, 1) };
    let discriminator = discriminator.init(&Device::flex(), 8);
    let card = card();
    let contents = Contents {
        generator: Some(&generator),
        config: &config,
        discriminator: Some(&discriminator).filter(|_| both),
        training: None,
        card: Some(&card).filter(|_| !both),
    };
    let mut file = Vec::new();
    block_on(weights::write(contents, format, dtype, &mut |piece| file.extend(piece)))
        .expect("the format holds these");
    file
}

/// With every field.
fn card() -> Card {
    let picture = ::image::RgbaImage::from_pixel(2, 2, [200, 20, 20, 255].into());
    let mut card = Card::parse(
        r##"{
            "title": "Harbours", "licence": { "name": "CC-BY-4.0", "url": "https://example.org/by" }, "credits": ["A. Sailor"],
            "data": "300 photographs", "steps": 7500, "scores": { "L1": 0.1 },
            "classes": [{ "name": "sea", "color": "#2060c0" }, { "name": "boat", "color": "#ffffff" }],
            "madeFrom": [{ "title": "Ships", "licence": { "name": "MIT" }, "credits": ["B. Sailor"] }]
        }"##,
    )
    .expect("it is within the limits");
    card.thumbnail = Some(weights::thumbnail(picture).expect("it is small"));
    card
}

fn ours() -> Vec<Vec<u8>> {
    let file = |bias, dtype, both| file(bias, Format::Ours, dtype, both);
    let none = GeneratorConfig { norm: Norm::None, ..config(true) };
    let srelu = GeneratorConfig { activation: Activation::SRelu, ..config(false) };
    vec![
        file(false, Dtype::F32, true),
        file(true, Dtype::F16, false),
        file(true, Dtype::Q8, true),
        file_of(separable(), Format::Ours, Dtype::F32, false),
        file_of(none, Format::Ours, Dtype::F16, true),
        file_of(srelu, Format::Ours, Dtype::Q8, false),
        file_with(config(false), Patch::Of1, Format::Ours, Dtype::Q8, true),
        file_held(Kernels::Linear, config(false), Patch::Of1, Format::Ours, Dtype::Q8, false),
        file_with(config(false), Patch::Of16, Format::Ours, Dtype::F32, true),
    ]
}

fn tensorflow() -> Vec<Vec<u8>> {
    vec![
        file(false, Format::TensorFlow2017, Dtype::F32, true),
        file(true, Format::TensorFlow2018, Dtype::F16, true),
        file_of(separable(), Format::TensorFlow2018, Dtype::F32, true),
        file_with(config(true), Patch::Of1, Format::TensorFlow2018, Dtype::F32, true),
    ]
}

fn pict() -> Vec<Vec<u8>> {
    vec![
        file(true, Format::Pict, Dtype::Q8, false),
        file_of(separable(), Format::Pict, Dtype::Q8, false),
    ]
}

/// Archives that PyTorch wrote; of discriminators, which are the smaller networks.
fn pytorch() -> Vec<Vec<u8>> {
    vec![
        include_bytes!("../fixtures/pytorch/batch-D.pth").to_vec(),
        include_bytes!("../fixtures/pytorch/patch-1-batch-D.pth").to_vec(),
    ]
}

/// Ours, and those that PyTorch exported, whose graphs are gone through.
fn onnx() -> Vec<Vec<u8>> {
    vec![
        file(true, Format::Onnx, Dtype::F32, false),
        include_bytes!("../fixtures/pytorch/script-batch-training.onnx").to_vec(),
        include_bytes!("../fixtures/pytorch/script-instance.onnx").to_vec(),
    ]
}

/// As parts that are put together with the right checksums.
fn tensorflow_checkpoints() -> Vec<Vec<u8>> {
    let of = |bias, format| checkpoints::with_training(&file(bias, format, Dtype::F32, true));
    let of_2018 = of(true, Format::TensorFlow2018);
    let block = checkpoints::block_and_values(&of_2018);
    vec![of(false, Format::TensorFlow2017), of_2018, block]
}

/// Zip archives of a checkpoint.
fn archives() -> Vec<Vec<u8>> {
    let files = checkpoints::checkpoint(&tensorflow_checkpoints()[0]);
    let methods = [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated];
    methods.map(|method| checkpoints::zipped(&files, method)).into()
}

fn discriminators() -> Vec<Vec<u8>> {
    let config = config(false);
    let discriminator = DiscriminatorConfig { ndf: 1, ..Default::default() };
    let discriminator = discriminator.init(&Device::flex(), 8);
    let contents = Contents {
        generator: None,
        config: &config,
        discriminator: Some(&discriminator),
        training: None,
        card: None,
    };
    let formats = [Format::Ours, Format::TensorFlow2017, Format::TensorFlow2018];
    let files = formats.map(|format| {
        let mut file = Vec::new();
        block_on(weights::write(contents, format, Dtype::F32, &mut |piece| file.extend(piece)))
            .expect("the format holds these");
        file
    });
    files.into()
}

fn checkpoints() -> Vec<Vec<u8>> {
    use ::image::RgbaImage;
    use pix2pix_web::session::{CreateConfig, SaveWhat};

    let opened = block_on(device::open(device::Choice::Cpu)).expect("the CPU is always there");
    let new =
        CreateConfig { generator: config(false), ndf: Some(1), seed: 7, ..Default::default() };
    let model = Pix2Pix::create(&new, opened).expect("the config can be");
    model.begin(Default::default()).expect("it can be trained");
    let picture = || RgbaImage::from_fn(32, 32, |x, y| [x as u8, y as u8, 7, 255].into());
    model.add("pair".into(), picture(), picture()).expect("it is a pair");
    block_on(model.step()).expect("the step is made");
    let mut file = Vec::new();
    let mut sink = |piece| file.extend(piece);
    block_on(model.save(SaveWhat::Checkpoint, Format::Ours, Dtype::F32, &mut sink))
        .expect("a training can be saved");
    vec![file]
}

fn all_weights() -> Vec<Vec<u8>> {
    [ours(), tensorflow(), pict(), pytorch(), onnx(), archives(), discriminators(), checkpoints()]
        .concat()
}

fn pictures() -> Vec<Vec<u8>> {
    use ::image::{DynamicImage, ImageFormat, RgbaImage};

    let picture = RgbaImage::from_fn(9, 7, |x, y| [20 * x as u8, 30 * y as u8, 200, 255].into());
    let picture = DynamicImage::from(picture);
    let formats = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP];
    let files = formats.map(|format| {
        let picture =
            if format == ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture.clone() };
        let mut file = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut file, format).expect("the format holds it");
        file.into_inner()
    });
    files.into()
}

fn outcome<T>(result: Result<T, Error>) -> Outcome {
    let error = result.err()?;
    let message = error.to_string();
    assert!(!message.is_empty() && message.len() < 5_000, "{} bytes", message.len());
    Some(error.code())
}

fn is_of_weights(found: Outcome) -> Outcome {
    assert!(found.is_none_or(|code| code.starts_with("weights/")), "{found:?}");
    found
}

fn load(bytes: &[u8]) -> Outcome {
    let file = bytes.to_vec();
    let loaded = weights::load(&file, &Device::flex(), &mut |done, all| assert!(done <= all));
    if let Ok(loaded) = &loaded {
        assert!(loaded.config.size() <= 1024, "{:?}", loaded.config);
        assert!(weights::describe(&file).is_ok());
    }
    is_of_weights(outcome(loaded))
}

fn load_pytorch(bytes: &[u8]) -> Outcome {
    let config = GeneratorConfig { layout: Layout::PyTorch, ..config(false) };
    is_of_weights(outcome(weights::load_discriminator(&bytes.to_vec(), &Device::flex(), &config)))
}

fn load_checkpoint(bytes: &[u8]) -> Outcome {
    let files = checkpoints::checkpoint(bytes);
    let files = files.into_iter().map(|(name, bytes)| (name, Box::new(bytes) as Box<dyn Bytes>));
    restore_from(&Files::new(files))
}

fn load_discriminator(bytes: &[u8]) -> Outcome {
    let loaded = weights::load_discriminator(&bytes.to_vec(), &Device::flex(), &config(false));
    is_of_weights(outcome(loaded))
}

fn restore(bytes: &[u8]) -> Outcome {
    restore_from(&bytes.to_vec())
}

fn restore_from(file: &dyn Bytes) -> Outcome {
    let opened = block_on(device::open(device::Choice::Cpu)).expect("the CPU is always there");
    is_of_weights(outcome(Pix2Pix::load(file, opened, &mut |_, _| ())))
}

fn describe(bytes: &[u8]) -> Outcome {
    let description = weights::describe(&bytes.to_vec());
    if let Ok(description) = &description {
        for tensor in &description.tensors {
            assert!(tensor.count() <= 8 * description.bytes, "{tensor:?}");
        }
    }
    is_of_weights(outcome(description))
}

fn decode(bytes: &[u8]) -> Outcome {
    let found = outcome(image::decode(bytes));
    assert!(found.is_none_or(|code| code == "image/unreadable"), "{found:?}");
    found
}
