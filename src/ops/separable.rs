//! Separable convolutions by Burn's own operations: what a GPU runs. The weight gradient of a convolution in as many
//! groups as channels would be one operation for each of them there; so it is one for each tap.

use burn::backend::ops::ConvOptions;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{Shape, Slice};

use pix2pix_kernels::shape::{SIDE, Separable, TAPS};

/// The output, `[B, D, H', W']`.
pub fn forward<B: Backend>(
    x: FloatTensor<B>,
    depthwise: FloatTensor<B>,
    pointwise: FloatTensor<B>,
    sizes: Separable,
) -> FloatTensor<B> {
    let middle = each_channel::<B>(padded::<B>(x, sizes), depthwise, sizes);
    let output = B::float_matmul(across::<B>(pointwise, sizes), flat::<B>(middle));
    B::float_reshape(output, Shape::new(sizes.output_shape()))
}

/// The gradients of the input and of both kernels, from that of the output.
pub fn backward<B: Backend>(
    x: FloatTensor<B>,
    depthwise: FloatTensor<B>,
    pointwise: FloatTensor<B>,
    gradient: FloatTensor<B>,
    sizes: Separable,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let [c_in, c_out] = sizes.channels;
    let [height, width] = sizes.output();
    let padded = padded::<B>(x, sizes);
    let middle = flat::<B>(each_channel::<B>(padded.clone(), depthwise.clone(), sizes));
    let gradient = flat::<B>(gradient); // [B, D, H'·W']

    let of_pointwise = B::float_matmul(gradient.clone(), B::float_swap_dims(middle, 1, 2));
    let of_pointwise = B::float_sum_dim(of_pointwise, 0); // [B, D, C] -> [1, D, C]
    let of_pointwise = B::float_reshape(of_pointwise, Shape::new([c_out, c_in, 1, 1]));

    let weights = B::float_swap_dims(across::<B>(pointwise, sizes), 1, 2);
    let of_middle = B::float_matmul(weights, gradient);
    let of_middle = B::float_reshape(of_middle, Shape::new([sizes.batch, c_in, height, width]));

    let taps = (0..TAPS).map(|tap| {
        let from = |at: usize, count: usize| {
            let end = at + (count - 1) * sizes.stride() + 1;
            Slice::new(at as isize, Some(end as isize), sizes.stride() as isize)
        };
        let places =
            [Slice::full(), Slice::full(), from(tap / SIDE, height), from(tap % SIDE, width)];
        let seen = B::float_slice(padded.clone(), &places); // [B, C, H', W']
        let sum = B::float_sum_dims(B::float_mul(seen, of_middle.clone()), &[3, 2, 0]);
        B::float_reshape(sum, Shape::new([c_in, 1]))
    });
    let of_depthwise = B::float_cat(taps.collect(), 1); // 16 of [C, 1] -> [C, 16]
    let of_depthwise = B::float_reshape(of_depthwise, Shape::new([1, c_in, SIDE, SIDE]));

    let kernels = B::float_reshape(depthwise, Shape::new([c_in, 1, SIDE, SIDE]));
    let of_padded = B::conv2d_x_backward(padded, kernels, of_middle, options(sizes));
    let inner = B::float_slice(of_padded, &inner(sizes));
    (folded::<B>(inner, sizes), of_depthwise, of_pointwise)
}

/// `[B, C, H, W]`, enlarged where the sizes say so, in its border of zeros.
fn padded<B: Backend>(x: FloatTensor<B>, sizes: Separable) -> FloatTensor<B> {
    let ([batch, channels, height, width], times) = (sizes.input_shape(), sizes.enlarged());
    let x = if times == 1 {
        x
    } else {
        let apart = B::float_reshape(x, Shape::new([batch, channels, height, 1, width, 1]));
        let side_by_side =
            B::float_expand(apart, Shape::new([batch, channels, height, times, width, times]));
        let shape = Shape::new([batch, channels, height * times, width * times]);
        B::float_reshape(side_by_side, shape)
    };
    let [rows, columns] = sizes.padded();
    let (device, kind) = (x.device(), x.dtype().into());
    let zeros = B::float_zeros(Shape::new([batch, channels, rows, columns]), &device, kind);
    B::float_slice_assign(zeros, &inner(sizes), x)
}

/// Where the picture lies in its border.
fn inner(sizes: Separable) -> [Slice; 4] {
    let [rows, columns] =
        sizes.input.map(|side| Slice::new(1, Some(1 + (side * sizes.enlarged()) as isize), 1));
    [Slice::full(), Slice::full(), rows, columns]
}

/// The gradient of a picture, from that of the enlarged one: each pixel's is the sum of those of its copies.
fn folded<B: Backend>(gradient: FloatTensor<B>, sizes: Separable) -> FloatTensor<B> {
    let ([batch, channels, height, width], times) = (sizes.input_shape(), sizes.enlarged());
    if times == 1 {
        return gradient;
    }
    let apart = Shape::new([batch, channels, height, times, width, times]);
    let sums = B::float_sum_dims(B::float_reshape(gradient, apart), &[5, 3]);
    B::float_reshape(sums, Shape::new([batch, channels, height, width]))
}

/// Each channel by its kernel: `[B, C, H', W']`.
fn each_channel<B: Backend>(
    padded: FloatTensor<B>,
    depthwise: FloatTensor<B>,
    sizes: Separable,
) -> FloatTensor<B> {
    let shape = Shape::new([sizes.channels[0], 1, SIDE, SIDE]);
    B::conv2d(padded, B::float_reshape(depthwise, shape), None, options(sizes))
}

fn options(sizes: Separable) -> ConvOptions<2> {
    ConvOptions::new([sizes.stride(); 2], [0, 0], [1, 1], sizes.channels[0])
}

/// The weights across channels for every picture, `[B, D, C]`.
fn across<B: Backend>(pointwise: FloatTensor<B>, sizes: Separable) -> FloatTensor<B> {
    let [c_in, c_out] = sizes.channels;
    let one = B::float_reshape(pointwise, Shape::new([1, c_out, c_in]));
    B::float_expand(one, Shape::new([sizes.batch, c_out, c_in]))
}

/// `[B, C, H, W] -> [B, C, H·W]`
fn flat<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let [batch, channels, height, width] = x.shape().dims();
    B::float_reshape(x, Shape::new([batch, channels, height * width]))
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
    use burn::backend::flex::FlexTensor;
    use burn::tensor::TensorData;

    use super::*;
    use crate::ops::{Direction, Operations};
    use crate::random::Random;

    /// Both are held against plain loops elsewhere, this one on a GPU alone: here it is held against the CPU's own.
    #[test]
    fn burns_operations_say_what_our_own_say() {
        for (x, c_out, direction) in [
            ([1, 3, 8, 6], 5, Direction::Down),
            ([2, 4, 2, 2], 1, Direction::Down),
            ([3, 5, 1, 1], 7, Direction::Up),
            ([2, 3, 5, 4], 2, Direction::Up),
        ] {
            let mut random = Random::new(5);
            let mut tensor = |shape: [usize; 4]| -> FlexTensor {
                let count = shape.iter().product();
                let values: Vec<f32> = (0..count).map(|_| random.normal_pair()[0] as f32).collect();
                FlexTensor::from_data(TensorData::new(values, Shape::new(shape)))
            };
            let (depthwise, pointwise) = ([1, x[1], 4, 4], [c_out, x[1], 1, 1]);
            let sizes = Separable::of(x, depthwise, pointwise, direction);
            let [x, depthwise, pointwise, gradient] =
                [x, depthwise, pointwise, sizes.output_shape()].map(&mut tensor);
            let ours = Flex::separable(x.clone(), depthwise.clone(), pointwise.clone(), sizes);
            let theirs = forward::<Flex>(x.clone(), depthwise.clone(), pointwise.clone(), sizes);
            let [a, b] = [ours, theirs].map(|tensor| tensor.into_data());
            a.assert_approx_eq::<f32>(&b, burn::tensor::Tolerance::absolute(1e-4));
            let arguments = (x, depthwise, pointwise, gradient);
            let (x, depthwise, pointwise, gradient) = arguments.clone();
            let ours = Flex::separable_backward(x, depthwise, pointwise, gradient, sizes);
            let (x, depthwise, pointwise, gradient) = arguments;
            let theirs = backward::<Flex>(x, depthwise, pointwise, gradient, sizes);
            for (ours, theirs) in [(ours.0, theirs.0), (ours.1, theirs.1), (ours.2, theirs.2)] {
                let [a, b] = [ours, theirs].map(|tensor| tensor.into_data());
                a.assert_approx_eq::<f32>(&b, burn::tensor::Tolerance::absolute(1e-4));
            }
        }
    }
}
