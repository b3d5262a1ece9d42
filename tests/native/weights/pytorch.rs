//! Files of pytorch-CycleGAN-and-pix2pix, as PyTorch wrote them, against what PyTorch made of them.

use burn::tensor::{Device, Tensor, TensorData};
use pix2pix_web::model::{
    Discriminator, DiscriminatorConfig, GeneratorConfig, Layout, Mode, Norm, Patch, Statistics,
};
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

/// `make.py` filled PyTorch's modules from a file of ours, strictly: what they make is what ours make.
#[test]
fn pytorch_makes_the_pictures_of_what_is_written_for_it() {
    let model = load(include_bytes!("../../fixtures/pytorch/written.safetensors")).unwrap();
    let (discriminator, _) = model.discriminator.as_ref().expect("the file has both");
    let output = model.generator.forward(ramp(3, 256), Mode::default());
    let output = block_on(reference::numbers(output)).into_iter().step_by(7).collect();
    let logits = discriminator.forward(ramp(3, 256), ramp(3, 256));
    let logits = block_on(reference::numbers(logits));
    for (ours, name) in [(output, "written.batch"), (logits, "written.logits")] {
        let error = largest_difference(ours, &their_values(name));
        println!("{name}: {error:.1e}");
        assert!(error < 1e-4, "{name}: {error}");
    }
}

/// `--norm none` puts nothing where the others have a norm, and gives no inner convolution a bias.
#[test]
fn a_network_without_normalisation_is_told_from_one_of_instance_normalisation() {
    let device = Device::flex();
    let config =
        GeneratorConfig { layout: Layout::PyTorch, norm: Norm::None, ngf: 2, ..Default::default() };
    let (generator, discriminator) =
        (config.init(&device, 7), DiscriminatorConfig::beside(&config, 2).init(&device, 8));
    let contents = weights::Contents {
        generator: Some(&generator),
        config: &config,
        discriminator: Some(&discriminator),
        training: None,
        card: None,
    };
    let mut file = Vec::new();
    let mut sink = |piece| file.extend(piece);
    block_on(weights::write(contents, Format::PyTorch, Dtype::F32, &mut sink)).unwrap();
    let names: Vec<_> =
        weights::describe(&file).unwrap().tensors.into_iter().map(|tensor| tensor.name).collect();
    assert!(names.contains(&"model.model.1.model.1.weight".into()), "{names:?}");
    let biases: Vec<_> = names.iter().filter(|name| name.ends_with("bias")).collect();
    assert_eq!(biases, ["model.0.bias", "model.11.bias", "model.model.3.bias"]);
    let again = load(&file).unwrap();
    assert_eq!(again.config, config);
    assert_eq!(numbers(&again.generator), numbers(&generator));
    let (_, read) = again.discriminator.expect("it was written");
    assert_eq!((read.layout, read.norm), (Layout::PyTorch, Norm::None));
}

/// Its discriminators of other patches: `patches.py` says how PyTorch wrote them.
const PATCHES: [(Patch, Norm, &str, &[u8]); 6] = [
    (
        Patch::Of1,
        Norm::Batch,
        "1-batch",
        include_bytes!("../../fixtures/pytorch/patch-1-batch-D.pth"),
    ),
    (
        Patch::Of1,
        Norm::Instance,
        "1-instance",
        include_bytes!("../../fixtures/pytorch/patch-1-instance-D.pth"),
    ),
    (
        Patch::Of16,
        Norm::Batch,
        "16-batch",
        include_bytes!("../../fixtures/pytorch/patch-16-batch-D.pth"),
    ),
    (
        Patch::Of34,
        Norm::Instance,
        "34-instance",
        include_bytes!("../../fixtures/pytorch/patch-34-instance-D.pth"),
    ),
    (
        Patch::Of142,
        Norm::Batch,
        "142-batch",
        include_bytes!("../../fixtures/pytorch/patch-142-batch-D.pth"),
    ),
    (
        Patch::Of286,
        Norm::Batch,
        "286-batch",
        include_bytes!("../../fixtures/pytorch/patch-286-batch-D.pth"),
    ),
];

#[test]
fn its_discriminators_of_other_patches_judge_as_pytorchs() {
    let device = Device::flex();
    let values =
        SafeTensors::deserialize(include_bytes!("../../fixtures/pytorch/patches.safetensors"));
    let values = values.unwrap();
    for (patch, norm, name, file) in PATCHES {
        let config = GeneratorConfig { layout: Layout::PyTorch, norm, ..Default::default() };
        let load = |file: &[u8]| weights::load_discriminator(&file.to_vec(), &device, &config);
        let discriminator = load(file).unwrap();
        assert_eq!(discriminator.patch(), patch, "{name}");
        let description = weights::describe(&file.to_vec()).unwrap();
        assert_eq!(description.discriminator.map(|found| found.patch), Some(patch));
        let logits = discriminator.forward(ramp(3, 128), -ramp(3, 128));
        let logits = block_on(reference::numbers(logits)).into_iter().step_by(7).collect();
        let raw = values.tensor(name).unwrap().data();
        let theirs: Vec<f32> =
            raw.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let error = largest_difference(logits, &theirs);
        println!("{name}: {error:.1e}");
        assert!(error < 1e-4, "{name}: {error}");

        // The way back: each name and shape that `load_state_dict(strict=True)` asks for, and the values.
        let contents = weights::Contents {
            generator: None,
            config: &config,
            discriminator: Some(&discriminator),
            training: None,
            card: None,
        };
        let mut written = Vec::new();
        let mut sink = |piece| written.extend(piece);
        block_on(weights::write(contents, Format::PyTorch, Dtype::F32, &mut sink)).unwrap();
        let listed = |file: &Vec<u8>| {
            let tensors = weights::describe(file).unwrap().tensors.into_iter();
            let mut listed: Vec<_> = tensors.map(|t| (t.name, t.shape, t.dtype)).collect();
            listed.sort();
            listed
        };
        assert_eq!(listed(&written), listed(&file.to_vec()), "{name}");
        let [again, first] =
            [load(&written).unwrap(), discriminator].map(|d| super::read(d.named_parameters()));
        assert_eq!(again, first, "{name}");
    }
    let config = GeneratorConfig { layout: Layout::PyTorch, ..Default::default() };
    let file = include_bytes!("../../fixtures/pytorch/patch-1-checkpoint-D.pth").to_vec();
    let within = weights::load_discriminator(&file, &device, &config).unwrap();
    assert_eq!(within.patch(), Patch::Of1);
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

/// Files that PyTorch wrote in other ways: `tests/fixtures/pytorch/make.py` says how.
const VARIED: [(&str, &[u8]); 9] = [
    ("legacy-G", include_bytes!("../../fixtures/pytorch/legacy-G.pth")),
    ("data-parallel-G", include_bytes!("../../fixtures/pytorch/data-parallel-G.pth")),
    ("state-dict-G", include_bytes!("../../fixtures/pytorch/state-dict-G.pth")),
    ("checkpoint-G", include_bytes!("../../fixtures/pytorch/checkpoint-G.pth")),
    ("both", include_bytes!("../../fixtures/pytorch/both.pth")),
    ("128-G", include_bytes!("../../fixtures/pytorch/128-G.pth")),
    ("grey-G", include_bytes!("../../fixtures/pytorch/grey-G.pth")),
    ("tracked-instance-G", include_bytes!("../../fixtures/pytorch/tracked-instance-G.pth")),
    ("module-G", include_bytes!("../../fixtures/pytorch/module-G.pth")),
];
const CHECKPOINT_D: &[u8] = include_bytes!("../../fixtures/pytorch/checkpoint-D.pth");
const QUANTISED: &[u8] = include_bytes!("../../fixtures/pytorch/quantised-G.pth");

fn varied(name: &str) -> &'static [u8] {
    VARIED.iter().find(|(found, _)| *found == name).expect("it is one of them").1
}

/// What PyTorch made of them.
fn their_values(name: &str) -> Vec<f32> {
    let values = include_bytes!("../../fixtures/pytorch/varied.safetensors");
    let file = SafeTensors::deserialize(values).unwrap();
    let raw = file.tensor(name).unwrap_or_else(|_| panic!("{name} is there")).data();
    raw.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// The picture that `make.py` gives each network.
fn ramp(channels: usize, side: usize) -> Tensor<4> {
    let value = |i: usize| (i * 7919 % 2001) as f32 / 1000.0 - 1.0;
    let values: Vec<_> = (0..channels * side * side).map(value).collect();
    Tensor::from_data(TensorData::new(values, [1, channels, side, side]), &Device::flex())
}

/// The old format, another wrapper, a whole training, the module itself: each is the network in it.
#[test]
fn a_pth_is_read_however_pytorch_wrote_it() {
    for (name, file) in VARIED {
        let model = load(file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let config = &model.config;
        let instance = name == "tracked-instance-G";
        assert_eq!(config.norm, if instance { Norm::Instance } else { Norm::Batch }, "{name}");
        assert_eq!(config.in_channels, if name == "grey-G" { 1 } else { 3 }, "{name}");
        assert_eq!(config.depth, if name == "128-G" { 7 } else { 5 }, "{name}");
        let mut cases = vec![(Statistics::Batch, "batch")];
        if config.running_statistics {
            cases.push((Statistics::Running, "running"));
        }
        assert_eq!(cases.len(), if instance { 1 } else { 2 });
        for (statistics, kind) in cases {
            let mode = Mode { statistics, ..Mode::default() };
            let output = model.generator.forward(ramp(config.in_channels, config.size()), mode);
            let output = block_on(reference::numbers(output)).into_iter().step_by(7).collect();
            let error = largest_difference(output, &their_values(&format!("{name}.{kind}")));
            println!("{name}, {kind}: {error:.1e}");
            assert!(error < 1e-4, "{name}, {kind}: {error}");
        }
    }
}

/// One file holds it beside its generator and two optimisers, one under `model`.
#[test]
fn a_discriminator_within_a_checkpoint_judges_as_pytorchs() {
    let model = load(varied("both")).unwrap();
    assert!(model.ignored.iter().any(|name| name == "optimizer_D.state.0.exp_avg"));
    let (within, _) = model.discriminator.as_ref().expect("the file has one");
    let alone = weights::load_discriminator(&CHECKPOINT_D.to_vec(), &Device::flex(), &model.config);
    for discriminator in [within, &alone.unwrap()] {
        let logits = discriminator.forward(ramp(3, 32), ramp(3, 32));
        let logits = block_on(reference::numbers(logits));
        let error = largest_difference(logits, &their_values("both.logits"));
        println!("{error:.1e}");
        assert!(error < 1e-4, "{error}");
    }
}

/// Its pickle asks for `os.mkdir`.
#[test]
fn no_function_that_a_pickle_asks_for_is_run() {
    assert!(varied("state-dict-G").windows(5).any(|window| window == b"mkdir"));
    load(varied("state-dict-G")).unwrap();
    assert!(!std::path::Path::new("made-by-a-pickle").exists());
}

/// A class of tensors that no network has, and an operation that no network needs.
#[test]
fn what_a_pickle_asks_for_and_no_network_needs_is_refused_by_name() {
    let refused = |file: &[u8], what: &str| {
        let error = load(file).err().expect("it is refused");
        assert_eq!(error.code(), "weights/unsupported", "{error}");
        assert!(error.to_string().contains(what), "{error}");
    };
    refused(QUANTISED, "torch.QInt8Storage");
    // Each of a file's four pickles begins with its protocol; the weights are in the last.
    let mut file = varied("legacy-G").to_vec();
    let starts: Vec<_> =
        (0..file.len() - 1).filter(|i| file[*i..].starts_with(b"\x80\x02")).collect();
    let at = starts[3] + 2;
    file[at] = 0x82;
    refused(&file, "Ext1");
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
