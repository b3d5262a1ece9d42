//! The discriminator's backward pass by hand. One forward pass of the fake pair serves two backward passes, the
//! discriminator's and the generator's, and Burn's graph serves one.

use std::ops::Range;

use burn::tensor::Tensor;

use super::activation::Activation;
use super::block::Layer;
use super::layer::{Conv, Convolution, LayerSpec};
use super::norm::{Normalized, last_batch};
use super::patchgan::Discriminator;
use crate::ops;

/// A forward pass of the PatchGAN with all that a backward pass needs of it: of N batches of pairs that follow each other,
/// each normalised by its own statistics.
#[derive(Debug)]
pub struct Pass {
    /// Of the input and of the target.
    channels: [usize; 2],
    layers: Vec<Kept>,
    /// N
    batches: usize,
    /// `[N·B, 1, 30, 30]`, by patches of 70 pixels.
    pub logits: Tensor<4>,
}

/// What a layer's backward pass needs of its forward pass.
#[derive(Debug)]
struct Kept {
    /// Of the convolution, behind the activation: `[N·B, in, H, W]`.
    input: Tensor<4>,
    normalized: Option<Normalized>,
}

/// The gradients between a layer's convolution and its norm.
struct Inner {
    /// Of the convolution's output: `[B, out, H', W']`.
    convolution: Tensor<4>,
    /// Of gamma and beta, `[C]` each.
    norm: Option<[Tensor<1>; 2]>,
}

impl Discriminator {
    /// Of an input with each of N targets, by the statistics of each batch of pairs: `[B, in, 256, 256]` and N of
    /// `[B, out, 256, 256]` -> logits `[N·B, 1, 30, 30]`.
    pub(crate) fn pass<const N: usize>(&self, input: Tensor<4>, targets: [Tensor<4>; N]) -> Pass {
        let channels = [input.dims()[1], targets[0].dims()[1]];
        let pairs = targets.map(|target| ops::join(input.clone(), target, 1.0));
        let mut x = Tensor::cat(pairs.into(), 0); // [N·B, in + out, 256, 256]
        let mut layers = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let (output, kept) = layer.forward_kept(x, N);
            layers.push(kept);
            x = output;
        }
        Pass { channels, layers, batches: N, logits: x }
    }

    /// The gradient of every parameter, flat, in the order of `named_parameters`, from the gradient of the logits,
    /// `[N·B, 1, 30, 30]`.
    pub(crate) fn parameter_gradients(&self, pass: &Pass, logits: Tensor<4>) -> Vec<Tensor<1>> {
        let mut found = Vec::with_capacity(self.layers.len());
        self.walk_back(pass, logits, |layer, kept, inner| {
            found.push(layer.parameter_gradients(kept, inner));
        });
        found.into_iter().rev().flatten().collect()
    }

    /// The gradient of the last batch's targets, `[B, out, 256, 256]`, from that of its logits, `[B, 1, 30, 30]`; the weights
    /// are constants.
    pub(crate) fn target_gradient(&self, pass: &Pass, logits: Tensor<4>) -> Tensor<4> {
        let pass = &pass.last_batch();
        let first = self.walk_back(pass, logits, |_, _, _| ());
        let [input, target] = pass.channels;
        let of_target = input..input + target;
        self.layers[0].input_gradient(&pass.layers[0], first.convolution, of_target)
    }

    /// From the gradient of the logits to those within the first layer; `visit` sees those within each, the last layer
    /// first.
    fn walk_back(
        &self,
        pass: &Pass,
        logits: Tensor<4>,
        mut visit: impl FnMut(&Layer, &Kept, &Inner),
    ) -> Inner {
        let mut gradient = logits;
        for (i, (layer, kept)) in self.layers.iter().zip(&pass.layers).enumerate().rev() {
            let inner = layer.norm_backward(kept, gradient);
            visit(layer, kept, &inner);
            if i == 0 {
                return inner;
            }
            let all = 0..layer.spec.channels[0];
            gradient = layer.input_gradient(kept, inner.convolution, all);
        }
        unreachable!("a PatchGAN has layers");
    }
}

impl Pass {
    fn last_batch(&self) -> Self {
        let Self { channels, layers, batches, logits } = self;
        let layers = layers.iter().map(|kept| Kept {
            input: last_batch(&kept.input, *batches),
            normalized: kept.normalized.as_ref().map(Normalized::last_batch),
        });
        let (layers, logits) = (layers.collect(), last_batch(logits, *batches));
        Self { channels: *channels, layers, batches: 1, logits }
    }
}

impl Layer {
    /// The forward pass by the statistics of each of N batches: `[N·B, in, H, W] -> [N·B, out, H', W']`.
    fn forward_kept(&self, x: Tensor<4>, batches: usize) -> (Tensor<4>, Kept) {
        let LayerSpec { activation, running, dropout, convolution, .. } = self.spec;
        let is_rectifier =
            matches!(activation, None | Some(Activation::LeakyRelu | Activation::Relu));
        let is_known =
            is_rectifier && !running && dropout.is_none() && convolution == Convolution::Full;
        assert!(is_known, "the backward pass knows none of the rest");
        let input = self.activate(x, None);
        let x = self.convolve(input.clone());
        let Some(normalize) = &self.normalize else {
            return (x, Kept { input, normalized: None });
        };
        let (output, normalized) = normalize.forward_kept(x, batches);
        (output, Kept { input, normalized: Some(normalized) })
    }

    fn full_weight(&self) -> Tensor<4> {
        self.weight().expect("the forward pass refuses other convolutions")
    }

    /// From the output's gradient through the norm.
    fn norm_backward(&self, kept: &Kept, gradient: Tensor<4>) -> Inner {
        let (Some(normalize), Some(normalized)) = (&self.normalize, &kept.normalized) else {
            return Inner { convolution: gradient, norm: None };
        };
        let (convolution, norm) = normalize.backward(normalized, gradient);
        Inner { convolution, norm: Some(norm) }
    }

    /// The gradients of the parameters, flat, in the order of [`Layer::collect`].
    fn parameter_gradients(&self, kept: &Kept, inner: &Inner) -> Vec<Tensor<1>> {
        let (input, output) = (kept.input.clone(), inner.convolution.clone());
        let bias = self.bias.as_ref().map(|_| {
            let sum = output.clone().sum_dim(0).sum_dim(2).sum_dim(3); // [B, C, H', W'] -> [1, C, 1, 1]
            sum.flatten(0, 3)
        });
        let weight = self.full_weight();
        let weight = match self.spec.conv {
            Conv::Down { stride } => ops::weight_gradient(input, output, weight, stride),
            Conv::Up => ops::weight_gradient(output, input, weight, 2),
            Conv::Pixel => ops::pointwise_weight_gradient(input, output),
        };
        let mut gradients = vec![weight.flatten(0, 3)];
        gradients.extend(bias);
        gradients.extend(inner.norm.iter().flatten().cloned());
        gradients
    }

    /// From the gradient of the convolution's output to that of some channels of the layer's input: `[B, C, H, W]`.
    fn input_gradient(
        &self,
        kept: &Kept,
        convolution: Tensor<4>,
        channels: Range<usize>,
    ) -> Tensor<4> {
        let of_input = |x: Tensor<4>, dim| match channels.len() == self.spec.channels[0] {
            true => x,
            false => x.narrow(dim, channels.start, channels.len()),
        };
        let dim = if self.spec.conv == Conv::Up { 0 } else { 1 }; // [in, out, 4, 4] or [out, in, 4, 4]
        let weight = of_input(self.full_weight(), dim);
        let gradient = match self.spec.conv {
            Conv::Down { stride } => ops::up(convolution, weight, stride),
            Conv::Up => ops::down(convolution, weight, 2),
            Conv::Pixel => ops::pointwise_input_gradient(convolution, weight),
        };
        match self.spec.activation.and_then(Activation::slope) {
            Some(slope) => {
                let input = of_input(kept.input.clone(), 1); // [B, in, H, W] -> [B, C, H, W]
                ops::rectify_backward(input, gradient, slope)
            }
            None => gradient,
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
    use burn::tensor::{Device, Distribution, Gradients};

    use super::super::norm::Norm;
    use super::super::parameters::RandomInit;
    use super::super::{DiscriminatorConfig, LayerName, Mode, Patch};
    use super::*;
    use crate::random::Random;

    /// The parameters become leaves of Burn's graph.
    struct Track;

    impl ModuleMapper for Track {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (id, tensor, _) = param.consume();
            Param::initialized(id, tensor.inner().autodiff().require_grad())
        }
    }

    struct Take {
        gradients: Gradients,
        taken: Vec<Tensor<1>>,
    }

    impl ModuleVisitor for Take {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = param.val().grad_remove(&mut self.gradients);
            self.taken.push(gradient.expect("every parameter learns").flatten(0, D - 1));
        }
    }

    /// The largest difference, as a part of the largest true value.
    fn off_by<const D: usize>(ours: Tensor<D>, truth: Tensor<D>) -> f32 {
        assert_eq!(ours.dims(), truth.dims());
        let largest = truth.clone().abs().max().into_scalar::<f32>();
        assert!(largest > 0.0);
        (ours - truth).abs().max().into_scalar::<f32>() / largest
    }

    /// Both sides are the same operations; some sums have another order.
    const ROUND_OFF: f32 = 1e-5;

    /// Holds both backward passes of a network of these layers against Burn's graph of its forward pass.
    fn compare(layers: Vec<LayerSpec>, channels: [usize; 2]) {
        let device = Device::flex();
        let Ok(network) = Discriminator::build(
            layers,
            &mut RandomInit { device: &device, random: Random::new(7) },
        );
        let random = |shape| Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), &device);
        let [input, target] = channels.map(|c| random([2, c, 32, 32]));
        let pass = network.pass(input.clone(), [target.clone()]);
        let of_logits = random(pass.logits.dims());

        let tracked = network.clone().map(&mut Track);
        let target = target.autodiff().require_grad();
        let mut x = Tensor::cat(vec![input.autodiff(), target.clone()], 1);
        for layer in &tracked.layers {
            x = layer.forward(layer.activate(x, None), Mode::default());
        }
        assert!(off_by(pass.logits.clone(), x.clone().inner()) == 0.0);
        let mut gradients = (x * of_logits.clone().autodiff()).sum().backward();
        let of_target = target.grad_remove(&mut gradients).expect("it is a leaf");
        let mut take = Take { gradients, taken: Vec::new() };
        tracked.visit(&mut take);

        assert!(off_by(network.target_gradient(&pass, of_logits.clone()), of_target) < ROUND_OFF);
        let ours = network.parameter_gradients(&pass, of_logits);
        let names = network.named_parameters().into_iter().map(|parameter| parameter.name);
        assert_eq!(ours.len(), take.taken.len());
        for ((name, ours), truth) in names.zip(ours).zip(take.taken) {
            // Before a norm a bias's gradient is zero, and both sides are round-off.
            if truth.clone().abs().max().into_scalar::<f32>() < 1e-5 {
                continue;
            }
            let error = off_by(ours, truth);
            assert!(error < ROUND_OFF, "{name} is off by {error}");
        }
    }

    #[test]
    fn both_passes_go_back_as_burns_graph_does() {
        for bias in [false, true] {
            let config = DiscriminatorConfig { ndf: 2, bias, ..Default::default() };
            compare(config.layers(), [3, 3]);
        }
        let config = DiscriminatorConfig { ndf: 3, in_channels: 1, ..Default::default() };
        compare(config.layers(), [1, 3]);
    }

    /// The original passes real and fake pairs one after the other.
    #[test]
    fn two_batches_in_one_pass_are_two_passes() {
        let device = Device::flex();
        for norm in [Norm::Batch, Norm::Instance, Norm::None] {
            let bias = norm == Norm::None;
            let config = DiscriminatorConfig { ndf: 3, norm, bias, ..Default::default() };
            let network = config.init(&device, 7);
            let random = |shape| Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), &device);
            let [input, real, fake] = [(); 3].map(|_| random([2, 3, 32, 32]));
            let passes = [&real, &fake].map(|target| network.pass(input.clone(), [target.clone()]));
            let both = network.pass(input, [real, fake]);
            let logits = Tensor::cat(passes.iter().map(|pass| pass.logits.clone()).collect(), 0);
            assert!(off_by(both.logits.clone(), logits) < ROUND_OFF, "{norm:?}");

            let of_each = [(); 2].map(|_| random(passes[0].logits.dims()));
            let of_both = Tensor::cat(of_each.to_vec(), 0);
            let [real, fake] = [0, 1]
                .map(|i| network.parameter_gradients(&passes[i], of_each[i].clone()).into_iter());
            let together = network.parameter_gradients(&both, of_both);
            for (together, (real, fake)) in together.into_iter().zip(real.zip(fake)) {
                let sum = real + fake;
                // Before a norm a bias's gradient is zero, and both sides are round-off.
                if sum.clone().abs().max().into_scalar::<f32>() > 1e-5 {
                    assert!(off_by(together, sum) < ROUND_OFF, "{norm:?}");
                }
            }
            let target = network.target_gradient(&passes[1], of_each[1].clone());
            let found = network.target_gradient(&both, of_each[1].clone());
            assert!(off_by(found, target) < ROUND_OFF, "{norm:?}");
        }
    }

    #[test]
    fn every_patch_goes_back_as_burns_graph_does() {
        for patch in [Patch::Of1, Patch::Of16, Patch::Of34] {
            let config = DiscriminatorConfig { ndf: 2, patch, ..Default::default() };
            compare(config.layers(), [3, 3]);
        }
    }

    #[test]
    fn a_norm_over_each_picture_goes_back_as_burns_graph_does() {
        let mut layers = DiscriminatorConfig { ndf: 2, ..Default::default() }.layers();
        let inner = layers.iter_mut().filter(|layer| layer.norm != Norm::None);
        inner.for_each(|layer| layer.norm = Norm::Instance);
        compare(layers, [3, 3]);
    }

    #[test]
    fn every_kind_of_layer_goes_back_as_burns_graph_does() {
        let row = |n, activation, conv, channels, norm: Norm| LayerSpec {
            name: LayerName::Layer(n),
            activation,
            conv,
            convolution: Convolution::Full,
            channels,
            bias: norm == Norm::None,
            norm,
            running: false,
            dropout: None,
        };
        let convs = [Conv::Down { stride: 1 }, Conv::Down { stride: 2 }, Conv::Up, Conv::Pixel];
        for conv in convs {
            for activation in [None, Some(Activation::LeakyRelu), Some(Activation::Relu)] {
                for norm in [Norm::None, Norm::Batch, Norm::Instance] {
                    let outer = |n, stride, channels| {
                        row(n, None, Conv::Down { stride }, channels, Norm::None)
                    };
                    let [first, last] = [outer(1, 2, [4, 3]), outer(3, 1, [2, 1])];
                    compare(vec![first, row(2, activation, conv, [3, 2], norm), last], [1, 3]);
                }
            }
        }
    }
}
