//! The operations on the CPU: tensors to the kernels' slices and back.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Shape, TensorData};

use pix2pix_kernels::convolve::Weights;
use pix2pix_kernels::shape::{Direction, Geometry, Rates, Separable};
use pix2pix_kernels::{adam, convolve, join, loss, normalize, rectify, separable, sum, tanh};

use crate::ops::{GanLoss, Operations, Packing};

type Float = FloatTensor<Flex>;

impl Operations for Flex {
    fn down(large: Float, weight: Float, geometry: Geometry) -> Float {
        let [large, weight] = [large, weight].map(contiguous);
        let small = convolve::down(&geometry, slice(&large), Weights::Plain(slice(&weight)));
        tensor(small, geometry.small_shape())
    }

    fn up(small: Float, weight: Float, geometry: Geometry) -> Float {
        let [small, weight] = [small, weight].map(contiguous);
        let large = convolve::up(&geometry, slice(&small), Weights::Plain(slice(&weight)));
        tensor(large, geometry.large_shape())
    }

    fn weight_gradient(large: Float, small: Float, weight: Float, geometry: Geometry) -> Float {
        let [large, small] = [large, small].map(contiguous);
        let gradient = convolve::weight_gradient(&geometry, slice(&large), slice(&small));
        tensor(gradient, weight.shape().dims::<4>())
    }

    fn transform(weight: Float, geometry: Geometry, direction: Direction) -> Float {
        let weight = contiguous(weight);
        let transformed = match direction {
            Direction::Down => convolve::transform_down(&geometry, slice(&weight)),
            Direction::Up => convolve::transform_up(&geometry, slice(&weight)),
        };
        match transformed {
            Some(values) => {
                let count = values.len();
                tensor(values, [count])
            }
            None => {
                let count = weight.layout().num_elements();
                weight.reshape(Shape::new([count]))
            }
        }
    }

    fn convolve_transformed(
        x: Float,
        transformed: Float,
        geometry: Geometry,
        direction: Direction,
    ) -> Float {
        let [x, transformed] = [x, transformed].map(contiguous);
        let (x, weights) = (slice(&x), Weights::Transformed(slice(&transformed)));
        match direction {
            Direction::Down => {
                tensor(convolve::down(&geometry, x, weights), geometry.small_shape())
            }
            Direction::Up => tensor(convolve::up(&geometry, x, weights), geometry.large_shape()),
        }
    }

    fn convolve_packed(
        _x: Float,
        _words: IntTensor<Self>,
        _packing: Packing,
        _geometry: Geometry,
        _direction: Direction,
    ) -> Float {
        unreachable!("packed weights do not fit the CPU")
    }

    fn separable(x: Float, depthwise: Float, pointwise: Float, sizes: Separable) -> Float {
        let [x, depthwise, pointwise] = [x, depthwise, pointwise].map(contiguous);
        let output = separable::forward(&sizes, slice(&x), slice(&depthwise), slice(&pointwise));
        tensor(output, sizes.output_shape())
    }

    fn separable_backward(
        x: Float,
        depthwise: Float,
        pointwise: Float,
        gradient: Float,
        sizes: Separable,
    ) -> (Float, Float, Float) {
        let shapes = [&depthwise, &pointwise].map(|kernel| kernel.shape().dims::<4>());
        let [x, depthwise, pointwise, gradient] =
            [x, depthwise, pointwise, gradient].map(contiguous);
        let [x, of_depthwise, of_pointwise] = separable::backward(
            &sizes,
            slice(&x),
            slice(&depthwise),
            slice(&pointwise),
            slice(&gradient),
        );
        (
            tensor(x, sizes.input_shape()),
            tensor(of_depthwise, shapes[0]),
            tensor(of_pointwise, shapes[1]),
        )
    }

    fn normalize(
        x: Float,
        gamma: Float,
        beta: Float,
        groups: usize,
        epsilon: f64,
    ) -> (Float, Float, Float) {
        let [x, gamma, beta] = [x, gamma, beta].map(contiguous);
        let shape: [usize; 4] = x.shape().dims();
        let [_, channels, height, width] = shape;
        let sizes = normalize::Sizes { groups, channels, pixels: height * width };
        let done = normalize::forward(slice(&x), sizes, slice(&gamma), slice(&beta), epsilon);
        (
            tensor(done.output, shape),
            tensor(done.mean, [groups * channels]),
            tensor(done.variance, [groups * channels]),
        )
    }

    fn normalize_backward(
        x: Float,
        gradient: Float,
        gamma: Float,
        mean: Float,
        variance: Float,
        groups: usize,
        epsilon: f64,
    ) -> (Float, Float, Float) {
        let [x, gradient, gamma, mean, variance] =
            [x, gradient, gamma, mean, variance].map(contiguous);
        let shape: [usize; 4] = x.shape().dims();
        let [_, channels, height, width] = shape;
        let sizes = normalize::Sizes { groups, channels, pixels: height * width };
        let done = normalize::backward(
            slice(&x),
            slice(&gradient),
            sizes,
            slice(&gamma),
            (slice(&mean), slice(&variance)),
            epsilon,
        );
        (tensor(done.input, shape), tensor(done.gamma, [channels]), tensor(done.beta, [channels]))
    }

    fn rectify(x: Float, slope: f64) -> Float {
        let (mut x, slope) = (contiguous(x), slope as f32);
        if let Some(values) = x.try_storage_mut() {
            rectify::forward(values, slope);
            return x;
        }
        tensor(rectify::forward_copied(slice(&x), slope), x.shape().dims::<4>())
    }

    fn rectify_backward(output: Float, gradient: Float, slope: f64) -> Float {
        let [output, mut gradient] = [output, gradient].map(contiguous);
        rectify::backward(slice(&output), gradient.storage_mut(), slope as f32);
        gradient
    }

    fn join(first: Float, second: Float, slope: f64) -> Float {
        let [first, second] = [first, second].map(contiguous);
        let [[batch, c, height, width], [_, d, ..]] =
            [&first, &second].map(|x| x.shape().dims::<4>());
        let inputs = [slice(&first), slice(&second)];
        let output = join::forward(inputs, [c, d], height * width, slope as f32);
        tensor(output, [batch, c + d, height, width])
    }

    fn join_backward(
        output: Float,
        gradient: Float,
        channels: usize,
        slope: f64,
    ) -> (Float, Float) {
        let [output, gradient] = [output, gradient].map(contiguous);
        let [batch, both, height, width] = output.shape().dims::<4>();
        let channels = [channels, both - channels];
        let (output, gradient) = (slice(&output), slice(&gradient));
        let [first, second] =
            join::backward(output, gradient, channels, height * width, slope as f32);
        let [c, d] = channels;
        (tensor(first, [batch, c, height, width]), tensor(second, [batch, d, height, width]))
    }

    fn tanh(x: Float) -> Float {
        let mut x = contiguous(x);
        tanh::forward(x.storage_mut());
        x
    }

    fn tanh_backward(output: Float, gradient: Float) -> Float {
        let [output, mut gradient] = [output, gradient].map(contiguous);
        tanh::backward(slice(&output), gradient.storage_mut());
        gradient
    }

    fn gan_losses(logits: Float, loss: GanLoss) -> (Float, Float, Float) {
        let logits = contiguous(logits);
        let shape @ [pairs, maps, height, width] = logits.shape().dims::<4>();
        let (values, of_judge, of_push) = loss.of_logits(slice(&logits));
        let of_push = tensor(of_push, [pairs / 2, maps, height, width]);
        (tensor(values.into(), [2]), tensor(of_judge, shape), of_push)
    }

    fn l1(a: Float, b: Float) -> Float {
        let [a, b] = [a, b].map(contiguous);
        tensor(vec![loss::l1(slice(&a), slice(&b))], [1])
    }

    fn l1_backward(a: Float, b: Float, gradient: Float) -> Float {
        let [a, b, gradient] = [a, b, gradient].map(contiguous);
        let of_a = loss::l1_backward(slice(&a), slice(&b), slice(&gradient)[0]);
        tensor(of_a, a.shape().dims::<4>())
    }

    fn dot(a: Float, b: Float) -> Float {
        let [a, b] = [a, b].map(contiguous);
        tensor(vec![loss::dot(slice(&a), slice(&b))], [1])
    }

    fn sum_of_squares(x: Float) -> Float {
        tensor(vec![sum::of_squares(slice(&contiguous(x)))], [1])
    }

    fn adam(weight: Float, gradient: Float, moments: Float, rates: Rates) -> (Float, Float) {
        let [mut weight, gradient, mut moments] = [weight, gradient, moments].map(contiguous);
        // Overwritten where no other tensor shares them, else copied first.
        let weights = weight.storage_mut::<f32>();
        let (first, second) = moments.storage_mut().split_at_mut(weights.len());
        adam::update([weights, first, second], slice(&gradient), rates);
        (weight, moments)
    }
}

/// Contiguous, and filling its whole storage.
fn contiguous(tensor: Float) -> Float {
    let whole = tensor.layout().num_elements() * size_of::<f32>() == tensor.bytes().len();
    if tensor.is_contiguous() && whole { tensor } else { tensor.to_contiguous() }
}

fn slice(tensor: &Float) -> &[f32] {
    tensor.as_slice().expect("it was made contiguous, and the networks run in f32")
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Float {
    FlexTensor::from_data(TensorData::new(values, Shape::new(shape)))
}
