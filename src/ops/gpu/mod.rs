//! The operations on a GPU: Burn's own, wherever there is none of ours.

mod adam;
mod convolve;
mod join;
mod launch;
mod lists;
mod loss;
mod normalize;
mod rectify;
mod sum;
mod tanh;

use burn::backend::ops::{ConvOptions, ConvTransposeOptions, FloatTensorOps, ModuleOps};
use burn::backend::{Cube, TensorMetadata};
use burn::tensor::Shape;

use crate::ops::{Direction, GanLoss, Operations, Packing, Rates, separable};
use convolve::Weights;
use launch::Float;
pub use lists::{adam, packs, sum_of_squares};
use pix2pix_kernels::shape::{Geometry, Separable};

impl Operations for Cube {
    fn down(large: Float, weight: Float, geometry: Geometry) -> Float {
        if convolve::takes(&large) {
            return convolve::down(large, Weights::plain(weight), geometry);
        }
        Cube::conv2d(large, weight, None, options(geometry))
    }

    fn up(small: Float, weight: Float, geometry: Geometry) -> Float {
        if convolve::takes(&small) {
            return convolve::up(small, Weights::plain(weight), geometry);
        }
        let options = ConvTransposeOptions::new([geometry.stride; 2], [1, 1], [0, 0], [1, 1], 1);
        Cube::conv_transpose2d(small, weight, None, options)
    }

    fn weight_gradient(large: Float, small: Float, weight: Float, geometry: Geometry) -> Float {
        if convolve::takes(&large) {
            return convolve::weight_gradient(large, small, geometry);
        }
        Cube::conv2d_weight_backward(large, weight, small, options(geometry))
    }

    fn transform(weight: Float, _geometry: Geometry, _direction: Direction) -> Float {
        let count = weight.shape().num_elements();
        Cube::float_reshape(weight, Shape::new([count]))
    }

    fn convolve_transformed(
        _x: Float,
        _transformed: Float,
        _geometry: Geometry,
        _direction: Direction,
    ) -> Float {
        unreachable!("weights that are as they were are not kept as transformed ones")
    }

    fn convolve_packed(
        x: Float,
        words: Float,
        packing: Packing,
        geometry: Geometry,
        direction: Direction,
    ) -> Float {
        let weights = Weights::packed(words, packing);
        match direction {
            Direction::Down => convolve::down(x, weights, geometry),
            Direction::Up => convolve::up(x, weights, geometry),
        }
    }

    fn separable(x: Float, depthwise: Float, pointwise: Float, sizes: Separable) -> Float {
        separable::forward::<Cube>(x, depthwise, pointwise, sizes)
    }

    fn separable_backward(
        x: Float,
        depthwise: Float,
        pointwise: Float,
        gradient: Float,
        sizes: Separable,
    ) -> (Float, Float, Float) {
        separable::backward::<Cube>(x, depthwise, pointwise, gradient, sizes)
    }

    fn normalize(
        x: Float,
        gamma: Float,
        beta: Float,
        groups: usize,
        epsilon: f64,
    ) -> (Float, Float, Float) {
        let [output, mean, variance] = normalize::forward(x, gamma, beta, groups, epsilon);
        (output, mean, variance)
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
        let statistics = [mean, variance];
        let [x, gamma, beta] = normalize::backward(x, gradient, gamma, statistics, groups, epsilon);
        (x, gamma, beta)
    }

    fn rectify(x: Float, slope: f64) -> Float {
        rectify::forward(x, slope)
    }

    fn rectify_backward(output: Float, gradient: Float, slope: f64) -> Float {
        rectify::backward(output, gradient, slope)
    }

    fn join(first: Float, second: Float, slope: f64) -> Float {
        join::forward(first, second, slope)
    }

    fn join_backward(
        output: Float,
        gradient: Float,
        channels: usize,
        slope: f64,
    ) -> (Float, Float) {
        let [first, second] = join::backward(output, gradient, channels, slope);
        (first, second)
    }

    fn tanh(x: Float) -> Float {
        tanh::forward(x)
    }

    fn tanh_backward(output: Float, gradient: Float) -> Float {
        tanh::backward(output, gradient)
    }

    fn gan_losses(logits: Float, loss: GanLoss) -> (Float, Float, Float) {
        let [values, of_judge, of_push] = loss::gan(logits, loss);
        (values, of_judge, of_push)
    }

    fn l1(a: Float, b: Float) -> Float {
        loss::l1(a, b)
    }

    fn l1_backward(a: Float, b: Float, gradient: Float) -> Float {
        loss::l1_backward(a, b, gradient)
    }

    fn dot(a: Float, b: Float) -> Float {
        loss::dot(a, b)
    }

    fn sum_of_squares(x: Float) -> Float {
        sum::of_squares(vec![x])
    }

    fn adam(weight: Float, gradient: Float, moments: Float, rates: Rates) -> (Float, Float) {
        let updated = adam::update(vec![adam::Parameter { weight, gradient, moments, rates }]);
        let [weight, moments] = updated.into_iter().next().expect("one parameter went in");
        (weight, moments)
    }
}

fn options(geometry: Geometry) -> ConvOptions<2> {
    ConvOptions::new([geometry.stride; 2], [1, 1], [1, 1], 1)
}
