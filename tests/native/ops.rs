//! Our operations on the CPU against Burn's own: values and gradients.

use burn::tensor::activation::leaky_relu;
use burn::tensor::module::{batch_norm_train, conv_transpose2d, conv2d};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, Tensor, TensorData};
use pix2pix_web::ops;
use pix2pix_web::random::Random;

/// Both sum up to 4,096 products in single precision, in different orders.
const TOLERANCE: f32 = 1e-4;

fn random<const D: usize>(shape: [usize; D], seed: u64, device: &Device) -> Tensor<D> {
    let mut random = Random::new(seed);
    let count: usize = shape.iter().product();
    let numbers: Vec<f32> = (0..count).map(|_| random.normal_pair()[0] as f32).collect();
    Tensor::from_data(TensorData::new(numbers, shape), device)
}

fn check<const D: usize>(what: &str, ours: Tensor<D>, burns: Tensor<D>) {
    assert_eq!(ours.dims(), burns.dims(), "{what}");
    let numbers = |tensor: Tensor<D>| tensor.into_data().try_into_vec::<f32>().unwrap();
    let (ours, burns) = (numbers(ours), numbers(burns));
    let largest = burns.iter().fold(1f32, |largest, x| largest.max(x.abs()));
    for (i, (a, b)) in ours.iter().zip(&burns).enumerate() {
        assert!((a - b).abs() <= TOLERANCE * largest, "{what}: {a} and {b} at {i}");
    }
}

/// Runs both on the same inputs, and compares the results and each input's gradient.
fn compare<const D: usize>(
    what: &str,
    inputs: (Tensor<4>, Tensor<D>),
    ours: impl Fn(Tensor<4>, Tensor<D>) -> Tensor<4>,
    burns: impl Fn(Tensor<4>, Tensor<D>) -> Tensor<4>,
) {
    let run = |of: &dyn Fn(Tensor<4>, Tensor<D>) -> Tensor<4>| {
        let (a, b) = (inputs.0.clone().require_grad(), inputs.1.clone().require_grad());
        let result = of(a.clone(), b.clone());
        // Not the sum alone, whose gradient is the same everywhere.
        let weights = random(result.dims(), 9, &result.device());
        let gradients = (result.clone() * weights).sum().backward();
        (result.inner(), a.grad(&gradients).unwrap(), b.grad(&gradients).unwrap())
    };
    let (ours, burns) = (run(&ours), run(&burns));
    check(what, ours.0, burns.0);
    check(&format!("{what}: the first gradient"), ours.1, burns.1);
    check(&format!("{what}: the second gradient"), ours.2, burns.2);
}

/// Every kind of layer of both networks: wide, narrow, of one pixel, at both strides, in batches.
#[test]
fn convolutions_are_burns() {
    let device = Device::flex().autodiff();
    for (batch, [c_in, c_out], side, stride) in [
        (1, [3, 8], 16, 2),
        (2, [8, 16], 8, 2),
        (1, [16, 16], 2, 2),
        (3, [5, 7], 4, 2),
        (1, [16, 32], 8, 1),
        (2, [32, 1], 7, 1), // narrow
        (2, [16, 2], 5, 1), // narrow, two channels
    ] {
        let what = format!("{batch} times {c_in} to {c_out} of {side} at stride {stride}");
        let large = random([batch, c_in, side, side], 1, &device);
        let weight = random([c_out, c_in, 4, 4], 2, &device);
        let options = ConvOptions::new([stride; 2], [1, 1], [1, 1], 1);
        compare(
            &what,
            (large, weight),
            |x, weight| ops::down(x, weight, stride),
            |x, weight| conv2d(x, weight, None, options.clone()),
        );
    }
}

#[test]
fn transposed_convolutions_are_burns() {
    let device = Device::flex().autodiff();
    for (batch, [c_in, c_out], side) in
        [(1, [8, 3], 8), (2, [16, 8], 4), (1, [16, 16], 1), (3, [7, 5], 2)]
    {
        let what = format!("{batch} times {c_in} to {c_out} of {side}");
        let small = random([batch, c_in, side, side], 1, &device);
        let weight = random([c_in, c_out, 4, 4], 2, &device);
        let options = ConvTransposeOptions::new([2, 2], [1, 1], [0, 0], [1, 1], 1);
        compare(
            &what,
            (small, weight),
            |x, weight| ops::up(x, weight, 2),
            |x, weight| conv_transpose2d(x, weight, None, options.clone()),
        );
    }
}

#[test]
fn normalisation_and_rectifiers_are_burns() {
    let device = Device::flex().autodiff();
    for (batch, channels, side) in [(1, 4, 33), (3, 5, 8), (2, 3, 1)] {
        let what = format!("{batch} of {channels} channels of {side}");
        let x = random([batch, channels, side, side], 1, &device) * 3.0 + 5.0;
        let beta = random([channels], 3, &device);
        compare(
            &format!("{what}, gamma"),
            (x.clone(), random([channels], 2, &device)),
            |x, gamma| ops::normalize(x, gamma, beta.clone(), 1e-5).0,
            |x, gamma| batch_norm_train(x, gamma, beta.clone(), 1e-5).output,
        );
        compare(
            &format!("{what}, beta"),
            (x.clone(), beta.clone()),
            |x, beta| ops::normalize(x, Tensor::ones_like(&beta), beta, 1e-5).0,
            |x, beta| batch_norm_train(x, Tensor::ones_like(&beta), beta, 1e-5).output,
        );
        for slope in [0.2, 0.0] {
            compare(
                &format!("{what}, slope {slope}"),
                (x.clone() - 5.0, random([1], 4, &device)),
                |x, factor| ops::rectify(x, slope) * factor.reshape([1, 1, 1, 1]),
                |x, factor| leaky_relu(x, slope) * factor.reshape([1, 1, 1, 1]),
            );
        }
    }
}

/// Also where the numbers do not fill the parts that they are summed in.
#[test]
fn every_number_is_in_the_sum_of_squares() {
    let device = Device::flex();
    for length in [1, 17, 1 << 14, (1 << 14) + 5, 3 * (1 << 14) - 1] {
        let numbers = random([length], 1, &device);
        let exact = numbers.clone().into_data().iter::<f64>().map(|x| x * x).sum::<f64>();
        let sum: f32 = ops::sum_of_squares(numbers).into_scalar();
        let off = (f64::from(sum) - exact).abs() / exact;
        assert!(off < 1e-6, "{length}: off by {off:e} of it");
    }
}
