//! What the networks are made of, and what their options do.

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};
use pix2pix_web::model::{
    Convolution, DiscriminatorConfig, GeneratorConfig, LayerName, Mode, NamedParameter, Norm, Part,
    Statistics,
};
use pollster::block_on;

use crate::reference;

/// The counts of the paper's networks: ngf 64 and ndf 64, without biases.
#[test]
fn parameters_are_as_many_as_in_the_paper() {
    let device = Device::flex();
    // Kernels of 4x4, and a gamma and a beta behind layers 2 to 4.
    let kernels = 16 * (6 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512);
    let norms = 2 * (128 + 256 + 512);
    assert_eq!(DiscriminatorConfig::default().init(&device, 7).num_params(), kernels + norms);
    let classic = GeneratorConfig { ngf: 16, ..Default::default() };
    let modern = GeneratorConfig { bias: true, ..classic.clone() };
    let biases = modern.init(&device, 7).num_params() - classic.init(&device, 7).num_params();
    // Widths of encoder_1…8 and decoder_8…2 in multiples of 16, and the three output channels.
    assert_eq!(biases, 16 * (1 + 2 + 4 + 8 * 5) + 16 * (8 * 4 + 4 + 2 + 1) + 3);
}

#[test]
fn new_networks_start_as_the_original_does() {
    let device = Device::flex();
    let generator = GeneratorConfig { ngf: 8, bias: true, ..Default::default() }.init(&device, 7);
    for NamedParameter { name, values, .. } in generator.named_parameters() {
        let values = block_on(reference::numbers(values));
        let n = values.len() as f32;
        let mean = values.iter().sum::<f32>() / n;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n).sqrt();
        let (expected_mean, expected_deviation) = match name.part {
            Part::Weight => (0.0, 0.02),
            Part::Gamma => (1.0, 0.02),
            _ => (0.0, 0.0),
        };
        // Five standard errors.
        assert!(
            (mean - expected_mean).abs() <= 5.0 * expected_deviation / n.sqrt(),
            "{name}: {mean}"
        );
        let spread = (deviation - expected_deviation).abs();
        assert!(spread <= 5.0 * expected_deviation / (2.0 * n).sqrt(), "{name}: {deviation}");
    }
}

#[test]
fn other_depths_keep_the_shape_rule() {
    let device = Device::flex();
    let config = GeneratorConfig { ngf: 2, depth: 5, out_channels: 2, ..Default::default() };
    assert_eq!(config.size(), 32);
    let x = Tensor::random([2, 3, 32, 32], Distribution::Default, &device);
    assert_eq!(config.init(&device, 7).forward(x, Mode::default()).dims(), [2, 2, 32, 32]);
}

#[test]
fn dropout_is_off_unless_asked_for_and_repeats_with_its_seed() {
    let device = Device::flex();
    let generator = GeneratorConfig { ngf: 2, ..Default::default() }.init(&device, 7);
    let x = reference::pictures("inputs", 1, &device);
    let run = |dropout| {
        let mode = Mode { dropout, ..Mode::default() };
        block_on(reference::numbers(generator.forward(x.clone(), mode)))
    };
    assert_eq!(run(None), run(None));
    assert_eq!(run(Some(3)), run(Some(3)));
    assert_ne!(run(Some(3)), run(Some(4)));
    assert_ne!(run(Some(3)), run(None));
}

/// Over one picture alone the two are the same; over three, instance norm treats each as if it were alone.
#[test]
fn instance_norm_sees_each_picture_alone() {
    let device = Device::flex();
    let batch = reference::load(reference::CLASSIC_WEIGHTS, &device);
    let config = GeneratorConfig { norm: Norm::Instance, ..batch.config };
    let file = reference::file(&batch.generator, &config, None, Default::default());
    let instance = reference::load(&block_on(file), &device);
    assert_eq!(instance.config.norm, Norm::Instance);
    let three = reference::pictures("inputs", 3, &device);
    let together = instance.generator.forward(three.clone(), Mode::default());
    for i in 0..3 {
        let alone = batch.generator.forward(three.clone().narrow(0, i, 1), Mode::default());
        let difference = (together.clone().narrow(0, i, 1) - alone).abs().max();
        // The same numbers summed in another order.
        assert!(difference.into_scalar::<f32>() < 1e-5);
    }
}

/// The discriminator has the generator's norm: what it says of a picture does not hang on those beside it.
#[test]
fn a_discriminator_judges_by_the_norm_of_its_generator() {
    let device = Device::flex();
    let pictures = |which| reference::pictures(which, 2, &device).narrow(2, 0, 64).narrow(3, 0, 64);
    for (norm, alone) in [(Norm::Batch, false), (Norm::Instance, true), (Norm::None, true)] {
        let config = GeneratorConfig { ngf: 2, norm, bias: true, ..Default::default() };
        let discriminator = DiscriminatorConfig::beside(&config, 2).init(&device, 7);
        let [inputs, targets] = ["inputs", "targets"].map(pictures);
        let together = discriminator.forward(inputs.clone(), targets.clone());
        let second = |pictures: Tensor<4>| pictures.narrow(0, 1, 1);
        let apart = discriminator.forward(second(inputs), second(targets));
        let largest = apart.clone().abs().max().into_scalar::<f32>();
        let difference = (second(together) - apart).abs().max().into_scalar::<f32>();
        // The same numbers summed in another order, or another network.
        assert_eq!(difference < 1e-5 * largest, alone, "{norm:?}: {difference} of {largest}");
    }
}

/// A kernel of 4 x 4 for each channel and one weight for each pair: an eighth of the weights at the paper's widths.
#[test]
fn a_separable_generator_has_few_weights() {
    let full = GeneratorConfig { ngf: 16, bias: true, ..Default::default() };
    let separable = GeneratorConfig { convolution: Convolution::Separable, ..full.clone() };
    let [full, separable] =
        [full, separable].map(|config| config.init(&Device::flex(), 7).num_params());
    assert!((7 * separable..16 * separable).contains(&full), "{full} and {separable}");
}

/// New running statistics are mean 0 and variance 1: the norm then only scales by gamma.
#[test]
fn running_statistics_are_used_when_asked_for() {
    let device = Device::flex();
    let config = GeneratorConfig { ngf: 2, running_statistics: true, ..Default::default() };
    let generator = config.init(&device, 7);
    let x = reference::pictures("inputs", 1, &device);
    let mode = Mode { statistics: Statistics::Running, ..Mode::default() };
    let (_, layers) = generator.forward_with_layers(x, mode);
    let layer = layers.into_iter().find(|layer| layer.name == LayerName::Encoder(2));
    let layer = layer.expect("the network has it");
    let (conv, norm) = (layer.convolution, layer.norm.expect("the layer has one"));
    let name = LayerName::Encoder(2).part(Part::Gamma);
    let gamma = generator.named_parameters().into_iter().find(|parameter| parameter.name == name);
    let gamma = gamma.expect("the layer has one").values.reshape([1, -1, 1, 1]);
    let expected = conv * gamma / (1.0f32 + 1e-5).sqrt();
    assert!((expected - norm).abs().max().into_scalar::<f32>() < 1e-6);
}
