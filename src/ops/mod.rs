//! The operations in which the time goes: the convolutions, normalisation, the rectifiers, the losses, Adam's update.
//! Each is one differentiable operation to Burn, and its gradient can be called without a graph.
//!
//! On the CPU they are our own (`cpu`); on a GPU they are Burn's wherever there is none of ours (`gpu`). They enter Burn
//! by its backend extension. The functions here check their arguments, so that every device refuses the same ones.

mod autodiff;
mod cpu;
mod gan_loss;
#[cfg(any(feature = "webgpu", feature = "wgpu", feature = "cuda"))]
mod gpu;
mod packed;
mod pointwise;
#[cfg(any(feature = "webgpu", feature = "wgpu", feature = "cuda", test))]
mod separable;

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

pub use gan_loss::GanLoss;
pub use packed::{PackedWeights, Packing};
pub use pix2pix_kernels::shape::{Direction, Rates};
use pix2pix_kernels::shape::{Geometry, Separable};
pub use pointwise::pointwise;
pub(crate) use pointwise::{pointwise_input_gradient, pointwise_weight_gradient};

/// What a backend must implement besides Burn's own operations; the functions below say what each computes.
#[backend_extension(
    Cube: cfg(any(feature = "webgpu", feature = "wgpu", feature = "cuda")),
    Flex,
    Autodiff
)]
pub(crate) trait Operations: Backend {
    fn down(
        large: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;

    fn up(
        small: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;

    fn weight_gradient(
        large: FloatTensor<Self>,
        small: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;

    /// The weights as this device multiplies by them in `direction`, flat; where it has no form of its own, the same
    /// values.
    fn transform(
        weight: FloatTensor<Self>,
        geometry: Geometry,
        direction: Direction,
    ) -> FloatTensor<Self>;

    /// `down` or `up` by transformed weights.
    fn convolve_transformed(
        x: FloatTensor<Self>,
        transformed: FloatTensor<Self>,
        geometry: Geometry,
        direction: Direction,
    ) -> FloatTensor<Self>;

    /// `down` or `up` by packed weights, on a device that they fit.
    fn convolve_packed(
        x: FloatTensor<Self>,
        words: IntTensor<Self>,
        packing: Packing,
        geometry: Geometry,
        direction: Direction,
    ) -> FloatTensor<Self>;

    fn separable(
        x: FloatTensor<Self>,
        depthwise: FloatTensor<Self>,
        pointwise: FloatTensor<Self>,
        sizes: Separable,
    ) -> FloatTensor<Self>;

    /// The gradients of the input and of both kernels.
    fn separable_backward(
        x: FloatTensor<Self>,
        depthwise: FloatTensor<Self>,
        pointwise: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        sizes: Separable,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// The output, the mean and the biased variance.
    fn normalize(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        groups: usize,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// The gradients of the input, gamma and beta.
    fn normalize_backward(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        groups: usize,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn rectify(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self>;

    /// The gradient of the input of `rectify`, from its output and the gradient of that.
    fn rectify_backward(
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        slope: f64,
    ) -> FloatTensor<Self>;

    fn join(first: FloatTensor<Self>, second: FloatTensor<Self>, slope: f64) -> FloatTensor<Self>;

    /// The gradients of both inputs of `join`, from its output and the gradient of that; `channels` are the first's.
    fn join_backward(
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        channels: usize,
        slope: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    fn tanh(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The gradient of the input of `tanh`, from its output and the gradient of that.
    fn tanh_backward(output: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Both losses and both slopes, as [`GanLosses`] holds them.
    fn gan_losses(
        logits: FloatTensor<Self>,
        loss: GanLoss,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn l1(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The gradient of the first input of `l1`, from both and the gradient of the output.
    fn l1_backward(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    fn dot(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self>;

    fn sum_of_squares(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The weights and the moments, as [`Updated`] holds them.
    fn adam(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        rates: Rates,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// A convolution of 4 x 4 with a padding of 1 and without a bias: `[B, L, H, W] -> [B, S, H/2, W/2]` at stride 2,
/// `[B, S, H-1, W-1]` at stride 1. The weights are `[S, L, 4, 4]`.
///
/// # Panics
/// If the weights are of other channels, or the input has no whole output: at stride 2 both sides must be even, at
/// stride 1 at least 2.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use pix2pix_web::ops;
///
/// let device = Device::flex();
/// let x = Tensor::<4>::ones([1, 3, 8, 6], &device);
/// let weight = Tensor::ones([5, 3, 4, 4], &device);
/// let y = ops::down(x, weight.clone(), 2);
/// assert_eq!(y.dims(), [1, 5, 4, 3]);
/// assert_eq!(ops::up(y, weight, 2).dims(), [1, 3, 8, 6]);
/// ```
pub fn down(large: Tensor<4>, weight: Tensor<4>, stride: usize) -> Tensor<4> {
    let geometry = Geometry::of_large(large.dims(), weight.dims(), stride);
    Tensor::from_dispatch(Dispatch::down(large.into_dispatch(), weight.into_dispatch(), geometry))
}

/// The transpose of [`down`]: `[B, S, h, w] -> [B, L, 2h, 2w]` at stride 2, `[B, L, h+1, w+1]` at stride 1. The
/// weights are `[S, L, 4, 4]`.
///
/// # Panics
/// If the weights are of other channels.
pub fn up(small: Tensor<4>, weight: Tensor<4>, stride: usize) -> Tensor<4> {
    let geometry = Geometry::of_small(small.dims(), weight.dims(), stride);
    Tensor::from_dispatch(Dispatch::up(small.into_dispatch(), weight.into_dispatch(), geometry))
}

/// A separable convolution without a bias, as pix2pix.py's `--separable_conv` has it: each channel by a kernel of its own,
/// `[1, C, 4, 4]`, then across the channels, `[D, C, 1, 1]`. Down: `[B, C, H, W] -> [B, D, H/2, W/2]`, at stride 2 with a
/// padding of 1. Up: `[B, C, h, w] -> [B, D, 2h, 2w]`, enlarged to the nearest pixel, then at stride 1 with a padding of
/// one before and two behind. What lies between the two halves is computed again for the gradients and not kept.
///
/// # Panics
/// If the weights are of other channels, or the input has an odd side on the way down.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use pix2pix_web::ops::{self, Direction};
///
/// let device = Device::flex();
/// let x = Tensor::<4>::ones([1, 3, 8, 6], &device);
/// let (depthwise, pointwise) =
///     (Tensor::ones([1, 3, 4, 4], &device), Tensor::ones([5, 3, 1, 1], &device));
/// let y = ops::separable(x, depthwise, pointwise, Direction::Down);
/// assert_eq!(y.dims(), [1, 5, 4, 3]);
/// // Three channels of 16 ones; in a corner, of nine.
/// assert_eq!(y.clone().slice([0..1, 0..1, 1..2, 1..2]).into_scalar::<f32>(), 48.0);
/// assert_eq!(y.slice([0..1, 0..1, 0..1, 0..1]).into_scalar::<f32>(), 27.0);
/// ```
pub fn separable(
    x: Tensor<4>,
    depthwise: Tensor<4>,
    pointwise: Tensor<4>,
    direction: Direction,
) -> Tensor<4> {
    let sizes = Separable::of(x.dims(), depthwise.dims(), pointwise.dims(), direction);
    let [x, depthwise, pointwise] = [x, depthwise, pointwise].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::separable(x, depthwise, pointwise, sizes))
}

/// The gradient of the weights of [`down`] or [`up`], `[S, L, 4, 4]`: one of the two pictures is the input, the other
/// the gradient of the output. Not differentiable.
pub(crate) fn weight_gradient(
    large: Tensor<4>,
    small: Tensor<4>,
    weight: Tensor<4>,
    stride: usize,
) -> Tensor<4> {
    untracked(&large);
    let geometry = Geometry::of_large(large.dims(), weight.dims(), stride);
    assert_eq!(
        small.dims(),
        geometry.small_shape(),
        "of an input and an output of one convolution"
    );
    let [large, small, weight] = [large, small, weight].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::weight_gradient(large, small, weight, geometry))
}

/// The weights of a convolution as a device multiplies by them: to convolve again and again by the same weights costs no
/// transformation then, but memory.
#[derive(Debug, Clone)]
pub(crate) struct TransformedWeights {
    values: Tensor<1>,
    /// For pictures of this size.
    geometry: Geometry,
    direction: Direction,
}

impl TransformedWeights {
    /// Of weights `[S, L, 4, 4]` for an input of `[B, C, H, W]`, or none where the device multiplies by them as they are.
    pub fn new(
        weight: Tensor<4>,
        input: [usize; 4],
        stride: usize,
        direction: Direction,
    ) -> Option<Self> {
        untracked(&weight);
        let geometry = Geometry::of_input(input, weight.dims(), stride, direction);
        let plain = weight.dims().iter().product::<usize>();
        let values = Dispatch::transform(weight.into_dispatch(), geometry, direction);
        let values = Tensor::<1>::from_dispatch(values);
        (values.dims() != [plain]).then_some(Self { values, geometry, direction })
    }

    /// [`down`] or [`up`].
    ///
    /// # Panics
    /// If the input is of another size or other channels.
    pub fn convolve(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, rest @ ..] = x.dims();
        let geometry = Geometry { batch, ..self.geometry };
        let input = match self.direction {
            Direction::Down => geometry.large,
            Direction::Up => geometry.small,
        };
        assert_eq!(rest, input, "the weights were transformed for pictures of another size");
        let [x, values] = [x.into_dispatch(), self.values.clone().into_dispatch()];
        Tensor::from_dispatch(Dispatch::convolve_transformed(x, values, geometry, self.direction))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.dims()[0]
    }
}

/// What [`normalize`] normalised by.
#[derive(Debug, Clone)]
pub struct BatchStatistics {
    /// Of each channel, one group after the other: `[G · C]`.
    pub mean: Tensor<1>,
    /// Of each channel, biased (divided by the count, not by one less): `[G · C]`.
    pub variance: Tensor<1>,
}

/// Normalisation of `[B, C, H, W]`, whose pictures make G groups of B / G, by each group's own statistics: `(x - mean) /
/// √(variance + epsilon) · gamma + beta` for each channel. One group is batch normalisation, a group for each picture is
/// instance normalisation. `gamma` and `beta` are `[C]`. The statistics are outside of any graph.
///
/// # Panics
/// If gamma or beta is not `[C]`, or the pictures make no such groups.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use pix2pix_web::ops;
///
/// let device = Device::flex();
/// let x = Tensor::<4>::from_floats([[[[1.0, 3.0], [5.0, 7.0]]]], &device);
/// let (gamma, beta) = (Tensor::ones([1], &device), Tensor::zeros([1], &device));
/// let (y, statistics) = ops::normalize(x, gamma, beta, 1, 1e-5);
/// assert_eq!(y.dims(), [1, 1, 2, 2]);
/// assert_eq!(statistics.mean.into_scalar::<f32>(), 4.0);
/// assert_eq!(statistics.variance.into_scalar::<f32>(), 5.0);
/// ```
pub fn normalize(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    groups: usize,
    epsilon: f64,
) -> (Tensor<4>, BatchStatistics) {
    let [batch, channels, _, _] = x.dims();
    assert_eq!(
        [gamma.dims(), beta.dims()],
        [[channels]; 2],
        "gamma and beta are one value a channel"
    );
    assert!(
        groups > 0 && batch.is_multiple_of(groups),
        "{batch} pictures make no {groups} groups of as many"
    );
    let [x, gamma, beta] = [x.into_dispatch(), gamma.into_dispatch(), beta.into_dispatch()];
    let (output, mean, variance) = Dispatch::normalize(x, gamma, beta, groups, epsilon);
    let [mean, variance] = [mean, variance].map(Tensor::from_dispatch);
    (Tensor::from_dispatch(output), BatchStatistics { mean, variance })
}

/// The gradients of the input, gamma and beta of [`normalize`], from that of its output. Not differentiable.
pub(crate) fn normalize_backward(
    x: Tensor<4>,
    gradient: Tensor<4>,
    gamma: Tensor<1>,
    BatchStatistics { mean, variance }: BatchStatistics,
    groups: usize,
    epsilon: f64,
) -> (Tensor<4>, [Tensor<1>; 2]) {
    untracked(&x);
    assert_eq!(x.dims(), gradient.dims(), "an input and its output have one shape");
    let [x, gradient] = [x, gradient].map(Tensor::into_dispatch);
    let [gamma, mean, variance] = [gamma, mean, variance].map(Tensor::into_dispatch);
    let (input, gamma, beta) =
        Dispatch::normalize_backward(x, gradient, gamma, mean, variance, groups, epsilon);
    (Tensor::from_dispatch(input), [gamma, beta].map(Tensor::from_dispatch))
}

/// `x` where it is positive, `slope * x` elsewhere: LeakyReLU, and ReLU at slope 0.
///
/// # Panics
/// If the slope is negative: the output's sign would not be the input's.
pub fn rectify(x: Tensor<4>, slope: f64) -> Tensor<4> {
    assert!(slope >= 0.0, "a rectifier's slope is at least 0, and this one is {slope}");
    Tensor::from_dispatch(Dispatch::rectify(x.into_dispatch(), slope))
}

/// The gradient of the input of [`rectify`], from its output and the gradient of that. Not differentiable.
pub(crate) fn rectify_backward(output: Tensor<4>, gradient: Tensor<4>, slope: f64) -> Tensor<4> {
    untracked(&output);
    assert_eq!(output.dims(), gradient.dims(), "an output and its gradient have one shape");
    let [output, gradient] = [output, gradient].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::rectify_backward(output, gradient, slope))
}

/// The channels of one picture and then those of another, through [`rectify`], which leaves them as they are at slope 1:
/// `[B, C, H, W]` and `[B, D, H, W] -> [B, C + D, H, W]`.
///
/// # Panics
/// If the two differ in more than their channels, or the slope is negative.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use pix2pix_web::ops;
///
/// let device = Device::flex();
/// let [x, y] = [1.0, -1.0].map(|value| Tensor::<4>::full([2, 3, 5, 4], value, &device));
/// let joined = ops::join(x, y, 0.25);
/// assert_eq!(joined.dims(), [2, 6, 5, 4]);
/// // Of each picture as many ones as there are minus quarters.
/// assert_eq!(joined.sum().into_scalar::<f32>(), 120.0 - 0.25 * 120.0);
/// ```
pub fn join(first: Tensor<4>, second: Tensor<4>, slope: f64) -> Tensor<4> {
    let ([b, _, h, w], [batch, _, height, width]) = (first.dims(), second.dims());
    assert_eq!([b, h, w], [batch, height, width], "pictures of equal number and size");
    assert!(slope >= 0.0, "a rectifier's slope is at least 0, and this one is {slope}");
    let [first, second] = [first, second].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::join(first, second, slope))
}

/// The hyperbolic tangent.
pub fn tanh(x: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::tanh(x.into_dispatch()))
}

/// What the discriminator's logits say of both networks, see [`gan_losses`].
#[derive(Debug, Clone)]
pub struct GanLosses {
    /// The discriminator's loss, and the generator's before it: `[2]`.
    pub values: Tensor<1>,
    /// The slope of the discriminator's loss by all logits: `[2·B, 1, h, w]`.
    pub of_judge: Tensor<4>,
    /// The slope of the generator's loss by the logits of the fake pairs: `[B, 1, h, w]`.
    pub of_push: Tensor<4>,
}

/// The losses of both networks, means over the logits of B real pairs and then of as many fake ones, `[2·B, 1, h, w]`, with
/// their gradients. Not differentiable.
///
/// # Panics
/// If there are not as many fake pairs as real ones, or the logits are of an autodiff device.
pub fn gan_losses(logits: Tensor<4>, loss: GanLoss) -> GanLosses {
    untracked(&logits);
    assert!(logits.dims()[0].is_multiple_of(2), "logits of real pairs and of as many fake ones");
    let (values, of_judge, of_push) = Dispatch::gan_losses(logits.into_dispatch(), loss);
    let [of_judge, of_push] = [of_judge, of_push].map(Tensor::from_dispatch);
    GanLosses { values: Tensor::from_dispatch(values), of_judge, of_push }
}

/// The mean absolute difference: two of `[B, C, H, W]` -> `[1]`.
///
/// # Panics
/// If the two differ in shape.
pub fn l1(a: Tensor<4>, b: Tensor<4>) -> Tensor<1> {
    assert_eq!(a.dims(), b.dims(), "two pictures of one shape");
    let [a, b] = [a, b].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::l1(a, b))
}

/// The sum of the products: two of `[B, C, H, W]` -> `[1]`. Each is the gradient of the other.
///
/// # Panics
/// If the two differ in shape.
pub fn dot(a: Tensor<4>, b: Tensor<4>) -> Tensor<1> {
    assert_eq!(a.dims(), b.dims(), "two pictures of one shape");
    let [a, b] = [a, b].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::dot(a, b))
}

/// The sum of the squares of all elements of some tensors: `[1]`. Not differentiable.
///
/// # Panics
/// If there is no tensor, or on one of an autodiff device.
pub fn sum_of_squares(tensors: Vec<Tensor<1>>) -> Tensor<1> {
    tensors.iter().for_each(untracked);
    #[cfg(any(feature = "webgpu", feature = "wgpu", feature = "cuda"))]
    let tensors = match gpu::sum_of_squares(tensors) {
        Ok(sum) => return sum,
        Err(tensors) => tensors,
    };
    let squares = tensors.into_iter().map(|x| Dispatch::sum_of_squares(x.into_dispatch()));
    let squares = squares.map(Tensor::from_dispatch);
    squares.reduce(|a, b| a + b).expect("a sum is of at least one tensor")
}

/// What [`adam`] updates of one parameter, and by what.
#[derive(Debug)]
pub struct Update {
    /// `[n]`
    pub weight: Tensor<1>,
    /// `[n]`
    pub gradient: Tensor<1>,
    /// The first moments and then the second, `[2·n]`: of two tensors a GPU could update fewer parameters in a launch.
    pub moments: Tensor<1>,
    pub rates: Rates,
}

/// What [`adam`] made of one parameter.
#[derive(Debug)]
pub struct Updated {
    /// `[n]`
    pub weight: Tensor<1>,
    /// The first moments and then the second, `[2·n]`.
    pub moments: Tensor<1>,
}

/// Adam's updates of some parameters, in their order. What nobody else holds is written over. Not differentiable.
///
/// ```text
/// g = clip · gradient
/// m = beta1 · m + (1 - beta1) · g
/// v = beta2 · v + (1 - beta2) · g²
/// w = w - step_size · m / (√v + epsilon)
/// ```
///
/// # Panics
/// If the tensors of a parameter are not of these lengths, or one is of an autodiff device.
pub fn adam(updates: Vec<Update>) -> Vec<Updated> {
    for Update { weight, gradient, moments, .. } in &updates {
        [weight, gradient, moments].into_iter().for_each(untracked);
        let [n] = weight.dims();
        assert_eq!(
            [gradient.dims(), moments.dims()],
            [[n], [2 * n]],
            "Adam's weights, gradient and moments are [n], [n] and [2n]"
        );
    }
    #[cfg(any(feature = "webgpu", feature = "wgpu", feature = "cuda"))]
    let updates = match gpu::adam(updates) {
        Ok(updated) => return updated,
        Err(updates) => updates,
    };
    let update = |Update { weight, gradient, moments, rates }| {
        let [weight, gradient, moments] = [weight, gradient, moments].map(Tensor::into_dispatch);
        let (weight, moments) = Dispatch::adam(weight, gradient, moments, rates);
        let [weight, moments] = [weight, moments].map(Tensor::from_dispatch);
        Updated { weight, moments }
    };
    updates.into_iter().map(update).collect()
}

/// Refuses a tensor whose operations are recorded: the caller's operation has no gradient.
fn untracked<const D: usize>(tensor: &Tensor<D>) {
    assert!(
        !tensor.is_autodiff(),
        "this operation is not differentiable: call it on `inner()` tensors"
    );
}
