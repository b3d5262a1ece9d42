//! One training step against the original's: losses, gradients, and Adam.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use pix2pix_web::data::Batch;
use pix2pix_web::model::{LayerName, Mode, NamedParameter, Network, ParameterName, Part};
use pix2pix_web::train::{
    Adam, GradientNorms, Losses, Networks, Pending, Plan, Trace, TrainOptions,
};
use serde::Deserialize;

use super::{
    CLASSIC_WEIGHTS, LAB_WEIGHTS, Pictures, RGB_WEIGHTS, SEPARABLE_WEIGHTS, load, numbers,
    pictures, tensors,
};

const RGB: &[u8] = include_bytes!("../fixtures/rgb-train.safetensors");
const RGB_BATCH3: &[u8] = include_bytes!("../fixtures/rgb-batch3-train.safetensors");
pub const LAB: &[u8] = include_bytes!("../fixtures/lab-train.safetensors");
const CLASSIC: &[u8] = include_bytes!("../fixtures/classic-train.safetensors");
const SEPARABLE: &[u8] = include_bytes!("../fixtures/separable-train.safetensors");
const ERRORS: &str = include_str!("../fixtures/gradient-errors.json");
const HISTORY: &str = include_str!("../fixtures/rgb-history.json");

/// A case of the reference: the weights, and one step's truth in double precision.
pub struct Case {
    pub name: &'static str,
    weights: &'static [u8],
    truth: &'static [u8],
    pictures: Pictures,
    naming: Naming,
    /// Some inputs of rectifiers are so near to zero that float32 may find another slope: see [`Room::kinks`].
    has_kinks: bool,
}

/// The share of its norm that each gradient may be off by at least.
const SHARE: f64 = 1e-3;

/// What a device's gradients may be off by.
pub struct Room {
    /// A multiple of what the original's own float32 run was off by.
    pub original: f64,
    /// In the case whose rectifiers have such inputs, a share of the gradient's norm.
    pub kinks: f64,
}

impl Room {
    /// Of one input of decoder_3, in row 13, column 22 and channel 13, the truth is -8.1e-6 where others are 0.3. In double
    /// precision the other slope changes the gradient of encoder_2's beta by 1.2e-2 of its norm, and the others by less.
    pub const CPU: Self = Self { original: 2.0, kinks: 2e-2 };
}

/// The names of TensorFlow's layers, which changed between the versions of pix2pix.py.
#[derive(Clone, Copy, PartialEq)]
enum Naming {
    Of2017,
    Of2018,
    /// Of 2018, with `--separable_conv`.
    Separable,
}

pub const CASES: [Case; 5] = [
    Case {
        name: "rgb",
        weights: RGB_WEIGHTS,
        truth: RGB,
        pictures: Pictures::First(1),
        naming: Naming::Of2018,
        has_kinks: false,
    },
    Case {
        name: "rgb-batch3",
        weights: RGB_WEIGHTS,
        truth: RGB_BATCH3,
        pictures: Pictures::First(3),
        naming: Naming::Of2018,
        has_kinks: false,
    },
    Case {
        name: "lab",
        weights: LAB_WEIGHTS,
        truth: LAB,
        pictures: Pictures::Of(LAB),
        naming: Naming::Of2018,
        has_kinks: false,
    },
    CLASSIC_CASE,
    SEPARABLE_CASE,
];

const CLASSIC_CASE: Case = Case {
    name: "classic",
    weights: CLASSIC_WEIGHTS,
    truth: CLASSIC,
    pictures: Pictures::First(1),
    naming: Naming::Of2017,
    has_kinks: false,
};

const SEPARABLE_CASE: Case = Case {
    name: "separable",
    weights: SEPARABLE_WEIGHTS,
    truth: SEPARABLE,
    pictures: Pictures::First(1),
    naming: Naming::Separable,
    has_kinks: true,
};

impl Case {
    fn batch(&self, device: &Device) -> Batch {
        let [input, target] = ["inputs", "targets"].map(|which| self.pictures.get(which, device));
        let hinted = vec![false; input.dims()[0]];
        Batch { input, target, hinted }
    }
}

/// TensorFlow's name of our parameter.
fn theirs(name: ParameterName, naming: Naming) -> String {
    let (layer, classic) = (name.layer, naming == Naming::Of2017);
    if naming == Naming::Separable && layer.network() == Network::Generator {
        let part = match name.part {
            Part::Depthwise => "depthwise_kernel",
            Part::Pointwise => "pointwise_kernel",
            Part::Bias => "bias",
            _ => return theirs(name, Naming::Of2018),
        };
        return format!("generator/{layer}/separable_conv2d/{part}");
    }
    let part = match (name.part, matches!(layer, LayerName::Decoder(_)), classic) {
        (Part::Weight, false, false) => "conv2d/kernel",
        (Part::Weight, true, false) => "conv2d_transpose/kernel",
        (Part::Weight, false, true) => "conv/filter",
        (Part::Weight, true, true) => "deconv/filter",
        (Part::Bias, false, _) => "conv2d/bias",
        (Part::Bias, true, _) => "conv2d_transpose/bias",
        (Part::Gamma, _, false) => "batch_normalization/gamma",
        (Part::Beta, _, false) => "batch_normalization/beta",
        (Part::Gamma, _, true) => "batchnorm/scale",
        (Part::Beta, _, true) => "batchnorm/offset",
        _ => panic!("the reference has no {name}"),
    };
    format!("{}/{layer}/{part}", layer.network())
}

/// How far one tensor's gradient is from the truth, as a norm.
pub struct GradientError {
    pub name: String,
    /// Of the true gradient.
    pub norm: f64,
    pub error: f64,
    /// The error of the original's own float32 run.
    pub original: f64,
}

pub struct StepErrors {
    /// Discriminator, GAN, L1: absolute.
    pub losses: [f64; 3],
    pub gradients: Vec<GradientError>,
}

impl StepErrors {
    pub fn summary(&self) -> String {
        let [d, gan, l1] = self.losses;
        let is_zero = |g: &&GradientError| g.norm < 1e-6;
        let (zeros, others): (Vec<_>, Vec<_>) = self.gradients.iter().partition(is_zero);
        let worst = others.iter().map(|g| g.error / g.norm).fold(0.0, f64::max);
        let zero = zeros.iter().map(|g| g.error).fold(0.0, f64::max);
        format!(
            "losses off by {d:.1e}, {gan:.1e}, {l1:.1e}; {} gradients by at most {worst:.1e} of their norm, \
             {} true zeros by {zero:.1e}",
            others.len(),
            zeros.len()
        )
    }

    /// Losses absolutely.
    pub fn check(&self, case: &Case, losses: f64, room: &Room) {
        assert!(self.losses.iter().all(|e| *e < losses), "{}: {:?}", case.name, self.losses);
        // A true zero is round-off of the sums that it is the difference of.
        let largest = self.gradients.iter().map(|g| g.norm).fold(0.0, f64::max);
        let floor = room.original * f64::from(f32::EPSILON) * largest;
        let share = if case.has_kinks { room.kinks } else { SHARE };
        for GradientError { name, norm, error, original } in &self.gradients {
            let allowed = (share * norm).max(room.original * original).max(floor);
            assert!(
                *error <= allowed,
                "{}: {name} is off by {error:e}, allowed {allowed:e}",
                case.name
            );
        }
    }
}

/// One step's losses and gradients, from the options' default losses.
pub async fn step_errors(case: &Case, options: &TrainOptions, device: &Device) -> StepErrors {
    let loaded = load(case.weights, device);
    let discriminator = loaded.discriminator.map(|(network, _)| network);
    let networks = Networks { generator: loaded.generator, average: None, discriminator };
    let (pending, losses, _) = step(&networks, case.batch(device), options).await;

    let truth = tensors(case.truth);
    let loss = |name: &str| f64::from(truth[&format!("loss/{name}")].1[0]);
    let losses = [
        losses.discriminator.expect("one is trained") - loss("discrim_loss"),
        losses.gan.expect("one is trained") - loss("gen_loss_GAN"),
        losses.l1 - loss("gen_loss_L1"),
    ];

    let mut gradients = Vec::new();
    let mut compare = Compare { case, truth: &truth, gradients: &mut gradients };
    let names = networks.generator.named_parameters();
    compare.all(names, pending.generator_gradients()).await;
    let names = networks.discriminator.as_ref().expect("the fixture has one").named_parameters();
    compare.all(names, pending.discriminator_gradients()).await;
    let compared = truth.keys().filter(|name| name.starts_with("grad/")).count();
    assert_eq!(gradients.len(), compared, "every gradient of the reference was compared");
    StepErrors { losses: losses.map(f64::abs), gradients }
}

async fn step(
    networks: &Networks,
    batch: Batch,
    options: &TrainOptions,
) -> (Pending, Losses, GradientNorms) {
    let learns = vec![true; networks.generator.named_parameters().len()];
    let plan = Plan { options, mode: Mode::default(), pushes: true, learns: &learns };
    let discriminator = networks.discriminator.as_ref();
    let pending =
        Pending::compute(&networks.generator, discriminator, batch, plan, &mut Trace::off());
    let (losses, norms) = pending.losses().await.expect("the losses are finite");
    (pending, losses, norms)
}

struct Compare<'a> {
    case: &'a Case,
    truth: &'a BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    gradients: &'a mut Vec<GradientError>,
}

impl Compare<'_> {
    async fn all(&mut self, parameters: Vec<NamedParameter>, ours: Vec<Option<Tensor<1>>>) {
        let runs: BTreeMap<String, Run> =
            serde_json::from_str(ERRORS).expect("the fixture is JSON");
        for (NamedParameter { name, shape, .. }, ours) in parameters.into_iter().zip(ours) {
            let in_case = theirs(name, self.case.naming);
            let (file_shape, values) = &self.truth[&format!("grad/{in_case}")];
            let truth = our_order(&shape, file_shape, values);
            let ours = numbers(ours.expect("every parameter learns")).await;
            let norm = length(truth.iter().copied());
            let error = length(ours.iter().zip(&truth).map(|(a, b)| a - b));
            assert!(error.is_finite(), "{in_case} is finite");
            // Both kernels of a separable convolution are judged as the one that it stands for.
            let part = if name.part.is_kernel() { Part::Weight } else { name.part };
            let of_run = theirs(name.layer.part(part), Naming::Of2018);
            let original = original_error(&runs, self.case, &of_run, norm);
            self.gradients.push(GradientError { name: in_case, norm, error, original });
        }
    }
}

/// For each gradient of one of the original's own float32 runs: the true norm, and the norm of the run's error.
type Run = BTreeMap<String, [f64; 2]>;

/// What the original's own float32 run would be off by. Cases without such a run are judged by the worse of the two
/// that there are, in proportion to the gradient's norm.
fn original_error(runs: &BTreeMap<String, Run>, case: &Case, name: &str, norm: f64) -> f64 {
    if let Some(run) = runs.get(case.name) {
        return run[name][1];
    }
    // encoder_8 has a gradient here and none at batch size 1: its beta, which has one there, stands for it.
    let beta = "generator/encoder_8/batch_normalization/beta";
    let name = if name.contains("encoder_8") { beta } else { name };
    let errors = runs.values().map(|run| {
        let [true_norm, error] = run[name];
        if true_norm > 1e-6 { error / true_norm * norm } else { error }
    });
    errors.fold(0.0, f64::max)
}

/// Of the cases that have one, the largest difference of a parameter after one Adam step with the file's own gradients from `after_adam_step`, in units
/// of what rounding allows: both sides round the weight once, and its change, which the first step limits to the
/// learning rate, by at most 24 roundings (counted in `operations::adam`).
pub async fn adam_error(device: &Device) -> f64 {
    let mut worst = 0f64;
    for case in [&CLASSIC_CASE, &SEPARABLE_CASE] {
        worst = worst.max(adam_error_of(case, device).await);
    }
    worst
}

async fn adam_error_of(case: &Case, device: &Device) -> f64 {
    let loaded = load(case.weights, device);
    let truth = tensors(case.truth);
    let discriminator = loaded.discriminator.expect("the fixture has one").0;
    let mut worst = 0f64;
    for parameters in [loaded.generator.named_parameters(), discriminator.named_parameters()] {
        for NamedParameter { name, shape, values } in parameters {
            let theirs = theirs(name, case.naming);
            let in_order = |which: &str| {
                let (file_shape, values) = &truth[&format!("{which}/{theirs}")];
                our_order(&shape, file_shape, values)
            };
            let gradient = in_order("grad");
            let gradient =
                Tensor::from_data(TensorData::new(gradient.clone(), [gradient.len()]), device);
            let rate = 2e-4;
            let after = Adam::new(1).update_one(values, gradient, rate, &TrainOptions::default());
            for (ours, theirs) in numbers(after).await.iter().zip(in_order("after_adam_step")) {
                // Two roundings are one epsilon.
                let allowed = f64::from(f32::EPSILON) * (f64::from(theirs.abs()) + 25.0 * rate);
                worst = worst.max(f64::from((ours - theirs).abs()) / allowed);
            }
        }
    }
    worst
}

#[derive(Deserialize)]
pub struct Recorded {
    pub before: OriginalLosses,
    pub ema: OriginalLosses,
}

#[derive(Deserialize)]
pub struct OriginalLosses {
    pub discrim_loss: f64,
    #[serde(rename = "gen_loss_GAN")]
    pub gan: f64,
    #[serde(rename = "gen_loss_L1")]
    pub l1: f64,
}

impl OriginalLosses {
    pub fn losses(&self) -> Losses {
        Losses { discriminator: Some(self.discrim_loss), gan: Some(self.gan), l1: self.l1 }
    }
}

/// Six steps of the original on the pairs of `rgb`, in turn.
pub fn history() -> Vec<Recorded> {
    serde_json::from_str(HISTORY).expect("the fixture is JSON")
}

/// Our losses in those six steps.
pub async fn six_steps(device: &Device) -> Vec<Losses> {
    let loaded = load(RGB_WEIGHTS, device);
    let discriminator = loaded.discriminator.map(|(network, _)| network);
    let mut networks = Networks { generator: loaded.generator, average: None, discriminator };
    let mut generator_adam = Adam::new(networks.generator.named_parameters().len());
    let named = networks.discriminator.as_ref().expect("the fixture has one").named_parameters();
    let mut discriminator_adam = Adam::new(named.len());
    let options = TrainOptions::default();
    let mut all = Vec::new();
    for i in 0..6 {
        let picture = |which| pictures(which, 3, device).narrow(0, i % 3, 1);
        let hinted = vec![false];
        let batch = Batch { input: picture("inputs"), target: picture("targets"), hinted };
        let (mut pending, losses, norms) = step(&networks, batch, &options).await;
        let rate = options.learning_rate;
        networks.discriminator =
            pending.update_discriminator(&mut discriminator_adam, norms, rate, &options);
        networks.generator = pending.update_generator(&mut generator_adam, norms, rate, &options);
        all.push(losses);
    }
    all
}

fn length(values: impl Iterator<Item = f32>) -> f64 {
    values.map(|v| f64::from(v).powi(2)).sum::<f64>().sqrt()
}

/// Numbers of a kernel `[h, w, b, a]` in the order of ours, `[a, b, h, w]`; others as they are.
fn our_order(shape: &[usize], file_shape: &[usize], values: &[f32]) -> Vec<f32> {
    let &[a, b, h, w] = shape else {
        assert_eq!(shape, file_shape);
        return values.to_vec();
    };
    assert_eq!(file_shape, [h, w, b, a]);
    let mut ours = Vec::with_capacity(values.len());
    for i in 0..a {
        for j in 0..b {
            ours.extend((0..h * w).map(|k| values[(k * b + j) * a + i]));
        }
    }
    ours
}
