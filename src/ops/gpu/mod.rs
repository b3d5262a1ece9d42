//! The operations on a GPU: Burn's own, wherever there is none of ours.

mod convolve;

use std::ops::Range;

use burn::backend::ops::{
    ActivationOps, ConvOptions, ConvTransposeOptions, FloatTensorOps, ModuleOps,
};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Cube, Scalar, TensorMetadata, get_or_init_device_settings};
use burn::tensor::{Shape, Slice};

use crate::ops::shape::{Geometry, Separable};
use crate::ops::{Direction, Operations, Rates, separable};

type Float = FloatTensor<Cube>;

impl Operations for Cube {
    fn down(large: Float, weight: Float, geometry: Geometry) -> Float {
        if convolve::takes(&large) {
            return convolve::down(large, weight, geometry);
        }
        Cube::conv2d(large, weight, None, options(geometry))
    }

    fn up(small: Float, weight: Float, geometry: Geometry) -> Float {
        if convolve::takes(&small) {
            return convolve::up(small, weight, geometry);
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

    fn normalize(x: Float, gamma: Float, beta: Float, epsilon: f64) -> (Float, Float, Float) {
        let done = Cube::batch_norm_train(x, gamma, beta, epsilon);
        (done.output, done.mean, done.variance)
    }

    fn normalize_backward(
        x: Float,
        gradient: Float,
        gamma: Float,
        mean: Float,
        variance: Float,
        epsilon: f64,
    ) -> (Float, Float, Float) {
        let done = Cube::batch_norm_train_backward(x, gamma, mean, variance, epsilon, gradient);
        (done.x_grad, done.gamma_grad, done.beta_grad)
    }

    fn rectify(x: Float, slope: f64) -> Float {
        Cube::leaky_relu(x, Scalar::Float(slope))
    }

    fn rectify_backward(x: Float, gradient: Float, slope: f64) -> Float {
        let kind = get_or_init_device_settings::<Cube>(&x.device()).bool_dtype;
        let not_positive = Cube::float_lower_equal_elem(x, Scalar::Float(0.0), kind);
        let scaled = Cube::float_mul_scalar(gradient.clone(), Scalar::Float(slope));
        Cube::float_mask_where(gradient, not_positive, scaled)
    }

    fn rectify_joined(first: Float, second: Float, slope: f64) -> Float {
        Self::rectify(Cube::float_cat(vec![first, second], 1), slope)
    }

    fn rectify_joined_backward(
        output: Float,
        gradient: Float,
        [c, d]: [usize; 2],
        slope: f64,
    ) -> (Float, Float) {
        let [batch, _, height, width] = output.shape().dims::<4>();
        let gradient = Self::rectify_backward(output, gradient, slope);
        let part = |channels: Range<usize>| {
            let ranges = [0..batch, channels, 0..height, 0..width];
            Cube::float_slice(gradient.clone(), &ranges.map(Slice::from))
        };
        (part(0..c), part(c..c + d))
    }

    fn tanh(x: Float) -> Float {
        Cube::float_tanh(x)
    }

    fn tanh_backward(output: Float, gradient: Float) -> Float {
        let square = Cube::float_mul(output.clone(), output);
        let lost = Cube::float_mul(gradient.clone(), square);
        Cube::float_sub(gradient, lost)
    }

    fn sum_of_squares(x: Float) -> Float {
        Cube::float_sum(Cube::float_mul(x.clone(), x))
    }

    fn adam(
        weight: Float,
        gradient: Float,
        first: Float,
        second: Float,
        rates: Rates,
    ) -> (Float, Float, Float) {
        let Rates { beta1, beta2, epsilon, step_size, clip } = rates;
        let times = |tensor, factor: f64| Cube::float_mul_scalar(tensor, Scalar::Float(factor));
        let gradient = if clip == 1.0 { gradient } else { times(gradient, clip) };
        let square = Cube::float_mul(gradient.clone(), gradient.clone());
        let first = Cube::float_add(times(first, beta1), times(gradient, 1.0 - beta1));
        let second = Cube::float_add(times(second, beta2), times(square, 1.0 - beta2));
        let root = Cube::float_add_scalar(Cube::float_sqrt(second.clone()), Scalar::Float(epsilon));
        let change = Cube::float_div(times(first.clone(), step_size), root);
        (Cube::float_sub(weight, change), first, second)
    }
}

fn options(geometry: Geometry) -> ConvOptions<2> {
    ConvOptions::new([geometry.stride; 2], [1, 1], [1, 1], 1)
}
