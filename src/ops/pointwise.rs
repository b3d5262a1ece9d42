//! Convolutions of 1 x 1: products of matrices, by Burn's own on every device.

use burn::tensor::Tensor;

/// A convolution of 1 x 1 without a bias: `[B, C, H, W] -> [B, D, H, W]`. The weights are `[D, C, 1, 1]`.
///
/// # Panics
/// If the weights are of other channels or another size.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use pix2pix_web::ops;
///
/// let device = Device::flex();
/// let x = Tensor::<4>::ones([2, 3, 5, 4], &device);
/// let y = ops::pointwise(x, Tensor::ones([7, 3, 1, 1], &device));
/// assert_eq!(y.dims(), [2, 7, 5, 4]);
/// assert_eq!(y.slice([0..1, 0..1, 0..1, 0..1]).into_scalar::<f32>(), 3.0);
/// ```
pub fn pointwise(x: Tensor<4>, weight: Tensor<4>) -> Tensor<4> {
    let [batch, c_in, height, width] = x.dims();
    let [c_out, ..] = weight.dims();
    assert_eq!(weight.dims(), [c_out, c_in, 1, 1], "a weight for each pair of channels");
    let weight = weight.reshape([1, c_out, c_in]).expand([batch, c_out, c_in]);
    weight.matmul(flat(x)).reshape([batch, c_out, height, width])
}

/// The gradient of the input of [`pointwise`], `[B, C, H, W]`, from that of its output.
pub(crate) fn pointwise_input_gradient(gradient: Tensor<4>, weight: Tensor<4>) -> Tensor<4> {
    pointwise(gradient, weight.swap_dims(0, 1))
}

/// The gradient of the weights of [`pointwise`], `[D, C, 1, 1]`, from its input and the gradient of its output.
pub(crate) fn pointwise_weight_gradient(x: Tensor<4>, gradient: Tensor<4>) -> Tensor<4> {
    let [[_, c_in, ..], [_, c_out, ..]] = [x.dims(), gradient.dims()];
    let products = flat(gradient).matmul(flat(x).swap_dims(1, 2)); // [B, D, H·W] and [B, H·W, C] -> [B, D, C]
    products.sum_dim(0).reshape([c_out, c_in, 1, 1])
}

/// `[B, C, H, W] -> [B, C, H·W]`
fn flat(x: Tensor<4>) -> Tensor<3> {
    let [batch, channels, height, width] = x.dims();
    x.reshape([batch, channels, height * width])
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};

    use super::*;

    /// By loops over single values.
    #[test]
    fn each_pixel_is_a_sum_over_its_channels() {
        let device = Device::flex();
        let ([batch, c_in, height, width], c_out) = ([2, 3, 4, 5], 6);
        let random = |shape: [usize; 4]| {
            Tensor::<4>::random(shape, Distribution::Uniform(-1.0, 1.0), &device)
        };
        let (x, weight) = (random([batch, c_in, height, width]), random([c_out, c_in, 1, 1]));
        let output = pointwise(x.clone(), weight.clone());
        assert_eq!(output.dims(), [batch, c_out, height, width]);
        let values = |tensor: Tensor<4>| tensor.into_data().try_to_vec::<f32>().unwrap();
        let [x, weight, output] = [x, weight, output].map(values);
        let pixels = height * width;
        for (i, found) in output.into_iter().enumerate() {
            let (picture, to, pixel) = (i / pixels / c_out, i / pixels % c_out, i % pixels);
            let from = |c: usize| x[(picture * c_in + c) * pixels + pixel];
            let expected: f32 = (0..c_in).map(|c| weight[to * c_in + c] * from(c)).sum();
            assert!((found - expected).abs() < 1e-6, "{i}: {found}, expected {expected}");
        }
    }
}
