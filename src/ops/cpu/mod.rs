//! The CPU backend: tensors as slices, and back.

mod adam;
mod convolve;
mod normalize;
mod parallel;
mod rectify;
mod sum;

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Shape, TensorData};

use self::convolve::Geometry;
use crate::ops::{Operations, Rates};

type Float = FloatTensor<Flex>;

impl Operations for Flex {
    fn down(large: Float, weight: Float, stride: usize) -> Float {
        let [large, weight] = [large, weight].map(contiguous);
        let geometry = Geometry::of_large(large.shape().dims(), weight.shape()[0], stride);
        tensor(geometry.down(slice(&large), slice(&weight)), small_shape(geometry))
    }

    fn up(small: Float, weight: Float, stride: usize) -> Float {
        let [small, weight] = [small, weight].map(contiguous);
        let geometry = Geometry::of_small(small.shape().dims(), weight.shape()[1], stride);
        let [channels, height, width] = geometry.large;
        tensor(
            geometry.up(slice(&small), slice(&weight)),
            [geometry.batch, channels, height, width],
        )
    }

    fn weight_gradient(large: Float, small: Float, weight: Float, stride: usize) -> Float {
        let [large, small] = [large, small].map(contiguous);
        let [channels, ..] = small.shape().dims::<4>()[1..] else {
            unreachable!("it has four dimensions")
        };
        let geometry = Geometry::of_large(large.shape().dims(), channels, stride);
        tensor(geometry.weight_gradient(slice(&large), slice(&small)), weight.shape().dims::<4>())
    }

    fn normalize(x: Float, gamma: Float, beta: Float, epsilon: f64) -> (Float, Float, Float) {
        let [x, gamma, beta] = [x, gamma, beta].map(contiguous);
        let shape: [usize; 4] = x.shape().dims();
        let [_, channels, height, width] = shape;
        let done = normalize::forward(
            slice(&x),
            channels,
            height * width,
            slice(&gamma),
            slice(&beta),
            epsilon,
        );
        (
            tensor(done.output, shape),
            tensor(done.mean, [channels]),
            tensor(done.variance, [channels]),
        )
    }

    fn normalize_backward(
        x: Float,
        gradient: Float,
        gamma: Float,
        mean: Float,
        variance: Float,
        epsilon: f64,
    ) -> (Float, Float, Float) {
        let [x, gradient, gamma, mean, variance] =
            [x, gradient, gamma, mean, variance].map(contiguous);
        let shape: [usize; 4] = x.shape().dims();
        let [_, channels, height, width] = shape;
        let done = normalize::backward(
            slice(&x),
            slice(&gradient),
            channels,
            height * width,
            slice(&gamma),
            (slice(&mean), slice(&variance)),
            epsilon,
        );
        (tensor(done.input, shape), tensor(done.gamma, [channels]), tensor(done.beta, [channels]))
    }

    fn rectify(x: Float, slope: f64) -> Float {
        let mut x = contiguous(x);
        rectify::forward(x.storage_mut(), slope as f32);
        x
    }

    fn rectify_backward(x: Float, gradient: Float, slope: f64) -> Float {
        let [x, mut gradient] = [x, gradient].map(contiguous);
        rectify::backward(slice(&x), gradient.storage_mut(), slope as f32);
        gradient
    }

    fn sum_of_squares(x: Float) -> Float {
        tensor(vec![sum::of_squares(slice(&contiguous(x)))], [1])
    }

    fn adam(
        weight: Float,
        gradient: Float,
        first: Float,
        second: Float,
        rates: Rates,
    ) -> (Float, Float, Float) {
        let [mut weight, gradient, mut first, mut second] =
            [weight, gradient, first, second].map(contiguous);
        // Written over where nobody else holds them, copied where somebody does.
        let into = [weight.storage_mut(), first.storage_mut(), second.storage_mut()];
        adam::update(into, slice(&gradient), rates);
        (weight, first, second)
    }
}

fn small_shape(geometry: Geometry) -> [usize; 4] {
    let [channels, height, width] = geometry.small;
    [geometry.batch, channels, height, width]
}

/// With its numbers in a row, and nothing beside them.
fn contiguous(tensor: Float) -> Float {
    let whole = tensor.layout().num_elements() * size_of::<f32>() == tensor.bytes().len();
    if tensor.is_contiguous() && whole { tensor } else { tensor.to_contiguous() }
}

fn slice(tensor: &Float) -> &[f32] {
    tensor.as_slice().expect("it was made contiguous, and networks are of single precision")
}

fn tensor<const D: usize>(numbers: Vec<f32>, shape: [usize; D]) -> Float {
    FlexTensor::from_data(TensorData::new(numbers, Shape::new(shape)))
}
