//! Each convolution of both networks beside Burn's own on the same device, which stays the fallback where ours can't run. It
//! prints and asserts nothing: a time is no matter of a test.

use std::time::Duration;

use burn::tensor::module::{conv_transpose2d, conv2d};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, Tensor};
use pix2pix_web::model::Conv;
use pix2pix_web::ops;
use web_time::Instant;

use super::numbers;
use super::operations::random;
use super::roofline::{Product, layers};

/// Channels of the first layers.
const NGF: usize = 16;
/// Of one product, ours and Burn's after each other.
const ROUNDS: usize = 12;
/// How long one product is repeated in a round, at the least, and how often at the most.
const LEAST: Duration = Duration::from_millis(8);
const MOST: usize = 32;

/// A line for each product of each layer: how many times as long Burn's takes, by the least times of some rounds, and the median
/// of each round's own ratio. `say` prints it.
pub async fn convolutions_beside_burns(device: &Device, say: impl Fn(String)) {
    for layer in layers(NGF, 2).into_iter().flatten() {
        let name = layer.spec.name.to_string();
        for product in [Product::Output, Product::OfInput, Product::OfWeight] {
            let tracked = device.clone().autodiff();
            let device = if product == Product::Output { device } else { &tracked };
            let (mut x, _) = random(layer.input(), 1, device);
            let (mut weight, _) = random(layer.weight(), 2, device);
            match product {
                Product::Output => {}
                Product::OfInput => x = x.require_grad(),
                Product::OfWeight => weight = weight.require_grad(),
            }
            let convolve =
                |is_burns| convolve(layer.spec.conv, x.clone(), weight.clone(), is_burns);
            let wanted = match product {
                Product::Output => None,
                Product::OfInput => Some(&x),
                Product::OfWeight => Some(&weight),
            };
            let (mut ratios, mut least) = (Vec::new(), [f64::INFINITY; 2]);
            let mut counts = [1, 1];
            for round in 0..=ROUNDS {
                let mut times = [0.0; 2];
                for which in [0, 1] {
                    let time = time(|| convolve(which == 1), wanted, counts[which]).await;
                    times[which] = time.as_secs_f64() / counts[which] as f64;
                    let enough = (LEAST.as_secs_f64() / times[which]).ceil() as usize;
                    counts[which] = counts[which].max(enough.clamp(1, MOST));
                }
                // The first round compiles the kernels.
                if round > 0 {
                    ratios.push(times[1] / times[0]);
                    least = [0, 1].map(|which| times[which].min(least[which]));
                }
            }
            ratios.sort_by(f64::total_cmp);
            say(format!(
                "{name} {:?} {product:?}: {:.2}, median {:.2}",
                layer.input(),
                least[1] / least[0],
                ratios[ROUNDS / 2]
            ));
        }
    }
}

/// How long so many outputs take, or of one tensor so many gradients, until a value of the last is there.
async fn time(
    convolve: impl Fn() -> Tensor<4>,
    wanted: Option<&Tensor<4>>,
    count: usize,
) -> Duration {
    let outputs: Vec<_> = wanted.into_iter().flat_map(|_| 0..count).map(|_| convolve()).collect();
    if let Some(last) = outputs.last() {
        arrived(last.clone()).await;
    }
    let began = Instant::now();
    let last = match wanted {
        None => (0..count).map(|_| convolve()).last(),
        Some(wanted) => {
            let gradient = |output: Tensor<4>| wanted.grad(&output.backward());
            outputs.into_iter().map(gradient).last().flatten()
        }
    };
    arrived(last.expect("at least one is computed")).await;
    began.elapsed()
}

pub fn convolve(conv: Conv, x: Tensor<4>, weight: Tensor<4>, is_burns: bool) -> Tensor<4> {
    match (conv, is_burns) {
        (Conv::Up, false) => ops::up(x, weight, 2),
        (Conv::Up, true) => {
            let options = ConvTransposeOptions::new([2, 2], [1, 1], [0, 0], [1, 1], 1);
            conv_transpose2d(x, weight, None, options)
        }
        (Conv::Down { stride }, false) => ops::down(x, weight, stride),
        (Conv::Down { stride }, true) => {
            conv2d(x, weight, None, ConvOptions::new([stride; 2], [1, 1], [1, 1], 1))
        }
        (Conv::Pixel, _) => unreachable!("no layer of these networks is of single pixels"),
    }
}

/// Waits until the device has computed a tensor.
async fn arrived(x: Tensor<4>) {
    numbers(x.slice([0..1, 0..1, 0..1, 0..1])).await;
}
