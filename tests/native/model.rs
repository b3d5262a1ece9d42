//! What the networks are made of, and what their options do.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Distribution, Gradients, Tensor};
use pix2pix_web::model::{
    Activation, Convolution, DiscriminatorConfig, GeneratorConfig, LayerName, Mode, NamedParameter,
    Norm, Part, Statistics,
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

/// Along the gradient a loss rises as steeply as its length is: of every activation, in a whole generator, with what the
/// activation learns.
#[test]
fn a_generators_gradient_is_its_slope() {
    struct Take(Gradients, Vec<Tensor<1>>);

    impl ModuleVisitor for Take {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = param.val().grad_remove(&mut self.0).expect("it is a leaf");
            self.1.push(gradient.flatten(0, D - 1));
        }
    }

    /// Adds so much of each gradient.
    struct Along<'a>(std::slice::Iter<'a, Tensor<1>>, f64);

    impl ModuleMapper for Along<'_> {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let gradient = self.0.next().expect("one for each parameter").clone();
            let (id, tensor, _) = param.consume();
            let tensor = tensor.inner();
            let gradient = gradient.reshape(tensor.dims()) * self.1;
            Param::initialized(id, tensor + gradient)
        }
    }

    use Activation::{Elu, LeakyRelu, PRelu, RRelu, Relu, SRelu, Sigmoid, Tanh};
    for activation in [Sigmoid, Tanh, Relu, LeakyRelu, Elu, PRelu, RRelu, SRelu] {
        let config = GeneratorConfig { ngf: 4, depth: 3, activation, ..Default::default() };
        let device = Device::flex();
        let tracked = device.clone().autodiff();
        let generator = config.init(&tracked, 7);
        let random =
            |device: &Device| Tensor::<4>::random([2, 3, 16, 16], Distribution::Default, device);
        let (x, weights) = (random(&device), random(&device));
        let mode = Mode { slopes: Some(5), ..Mode::default() };
        let output = generator.forward(x.clone().autodiff(), mode);
        let gradients = (output * weights.clone().autodiff()).sum().backward();
        let mut take = Take(gradients, Vec::new());
        generator.visit(&mut take);
        let gradients = take.1;
        let square: f32 =
            gradients.iter().map(|g| g.clone().powi_scalar(2).sum().into_scalar::<f32>()).sum();
        // As far as the loss changes by about as much, whatever the gradient.
        let step = 0.003 / f64::from(square);
        let [higher, lower] = [step, -step].map(|step| {
            let moved = generator.clone().map(&mut Along(gradients.iter(), step));
            let output = moved.forward(x.clone(), mode);
            f64::from((output * weights.clone()).sum().into_scalar::<f32>())
        });
        let ratio = (higher - lower) / (2.0 * step * f64::from(square));
        println!("{activation:?}: {ratio}");
        // The loss is a sum of 1536 products in single precision, and of the step's higher orders the even ones cancel.
        assert!((ratio - 1.0).abs() < 0.01, "{activation:?}: {ratio}");
    }
}
