//! The operations in which the time goes, as one differentiable operation each: the two convolutions, the
//! normalisation, Adam's update; and their gradients, for a backward pass by hand.
//!
//! On the CPU they are our own; on a GPU they are Burn's. Each enters Burn by its backend extension.

mod autodiff;
mod cpu;
#[cfg(any(target_arch = "wasm32", feature = "wgpu", feature = "cuda"))]
mod gpu;
mod shape;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

pub use shape::Rates;

/// What a backend must know besides Burn's own operations. Operations are `[S, L, 4, 4]`, S and L being the channels of the
/// picture with fewer pixels and of the one with more; padding is 1.
#[backend_extension(
    Cube: cfg(any(target_arch = "wasm32", feature = "wgpu", feature = "cuda")),
    Flex,
    Autodiff
)]
pub trait Operations: Backend {
    /// A convolution: `[B, L, H, W] -> [B, S, H/2, W/2]` at stride 2, `[B, S, H-1, W-1]` at stride 1.
    fn down(
        large: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self>;

    /// Its transpose: `[B, S, h, w] -> [B, L, 2h, 2w]` at stride 2, `[B, L, h+1, w+1]` at stride 1.
    fn up(small: FloatTensor<Self>, weight: FloatTensor<Self>, stride: usize) -> FloatTensor<Self>;

    /// The gradient of the kernel of either, one of the two pictures being a gradient itself.
    fn weight_gradient(
        large: FloatTensor<Self>,
        small: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self>;

    /// Batch normalisation of `[B, C, H, W]` by its own statistics: the result, the mean and the biased variance.
    fn normalize(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// The gradients of [`Operations::normalize`]'s input, gamma and beta.
    fn normalize_backward(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// `x` where it is positive, `slope * x` elsewhere: LeakyReLU, and at slope 0 ReLU.
    fn rectify(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self>;

    /// The gradient of [`Operations::rectify`]'s input.
    fn rectify_backward(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        slope: f64,
    ) -> FloatTensor<Self>;

    /// The sum of the squares of `[n]` numbers: `[1]`.
    fn sum_of_squares(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Adam's update of `[n]` weights: the weights and both moments.
    fn adam(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        rates: Rates,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

/// See [`Operations::down`].
pub fn down(large: Tensor<4>, weight: Tensor<4>, stride: usize) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::down(large.into_dispatch(), weight.into_dispatch(), stride))
}

/// See [`Operations::up`].
pub fn up(small: Tensor<4>, weight: Tensor<4>, stride: usize) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::up(small.into_dispatch(), weight.into_dispatch(), stride))
}

/// See [`Operations::weight_gradient`]; outside of any graph.
pub fn weight_gradient(
    large: Tensor<4>,
    small: Tensor<4>,
    weight: Tensor<4>,
    stride: usize,
) -> Tensor<4> {
    let [large, small, weight] = [large, small, weight].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::weight_gradient(large, small, weight, stride))
}

/// The mean and the biased variance of each channel, `[C]`.
#[derive(Debug, Clone)]
pub struct BatchMoments {
    mean: Tensor<1>,
    variance: Tensor<1>,
}

/// See [`Operations::normalize`]: `[B, C, H, W] -> [B, C, H, W]`, and what it normalised by.
pub fn normalize(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
) -> (Tensor<4>, BatchMoments) {
    let [x, gamma, beta] = [x.into_dispatch(), gamma.into_dispatch(), beta.into_dispatch()];
    let (output, mean, variance) = Dispatch::normalize(x, gamma, beta, epsilon);
    let [mean, variance] = [mean, variance].map(Tensor::from_dispatch);
    (Tensor::from_dispatch(output), BatchMoments { mean, variance })
}

/// See [`Operations::normalize_backward`]: the gradients of the input, gamma and beta; outside of any graph.
pub fn normalize_backward(
    x: Tensor<4>,
    gradient: Tensor<4>,
    gamma: Tensor<1>,
    BatchMoments { mean, variance }: BatchMoments,
    epsilon: f64,
) -> (Tensor<4>, [Tensor<1>; 2]) {
    let [x, gradient] = [x, gradient].map(Tensor::into_dispatch);
    let [gamma, mean, variance] = [gamma, mean, variance].map(Tensor::into_dispatch);
    let (input, gamma, beta) =
        Dispatch::normalize_backward(x, gradient, gamma, mean, variance, epsilon);
    (Tensor::from_dispatch(input), [gamma, beta].map(Tensor::from_dispatch))
}

/// See [`Operations::rectify`].
pub fn rectify(x: Tensor<4>, slope: f64) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::rectify(x.into_dispatch(), slope))
}

/// See [`Operations::rectify_backward`]; outside of any graph. At a slope above 0 what [`rectify`] gave serves as well as
/// what it was given: both have the same sign.
pub fn rectify_backward(x: Tensor<4>, gradient: Tensor<4>, slope: f64) -> Tensor<4> {
    let [x, gradient] = [x, gradient].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::rectify_backward(x, gradient, slope))
}

/// See [`Operations::sum_of_squares`]; outside of any graph.
pub fn sum_of_squares(x: Tensor<1>) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::sum_of_squares(x.into_dispatch()))
}

/// See [`Operations::adam`].
pub fn adam(
    weight: Tensor<1>,
    gradient: Tensor<1>,
    [first, second]: [Tensor<1>; 2],
    rates: Rates,
) -> (Tensor<1>, [Tensor<1>; 2]) {
    let [weight, gradient, first, second] =
        [weight, gradient, first, second].map(Tensor::into_dispatch);
    let (weight, first, second) = Dispatch::adam(weight, gradient, first, second, rates);
    (Tensor::from_dispatch(weight), [first, second].map(Tensor::from_dispatch))
}
