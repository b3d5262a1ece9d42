//! Convolutions of 4 x 4 on the CPU.
//!
//! ```text
//! down               small[s, y, x] = Σ W[s, l, u, v] · large[l, stride·y + u - 1, stride·x + v - 1]
//! up                 its transpose: each value of small is added, times W, to the pixels that it came from
//! weight_gradient    dW[s, l, u, v] = Σ small[s, y, x] · large[l, stride·y + u - 1, stride·x + v - 1]
//! ```
//!
//! `large` is the picture with more pixels, `[L, H, W]`, `small` the one with fewer, `[S, h, w]`. Padding is 1; `H = 2h`
//! at stride 2 and `H = h + 1` at stride 1. The way is chosen by the sizes alone:
//!
//! - `winograd`: pictures of many pixels; 16 multiplications where the definition has 36;
//! - `direct`: the inner layers, of few pixels and many channels, which are bound by reading the weights, and those of
//!   few channels;
//! - `narrow`: a single output channel from many, as the last layer of the discriminator has.

mod direct;
mod narrow;
mod winograd;

use super::parallel;
use crate::shape::Geometry;

/// A convolution's weights, as the network holds them or as [`transform_down`] and [`transform_up`] made them of these.
#[derive(Clone, Copy)]
pub enum Weights<'a> {
    /// `[S, L, 4, 4]`
    Plain(&'a [f32]),
    Transformed(&'a [f32]),
}

impl<'a> Weights<'a> {
    fn plain(self) -> &'a [f32] {
        match self {
            Self::Plain(weight) => weight,
            Self::Transformed(_) => panic!("no weights are transformed for these sizes"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Direct,
    Narrow,
    Winograd,
}

/// From this side of `small` on the weights, which are transformed at each call, are few beside the pixels. A processor
/// multiplies faster natively, but reads its memory no faster.
const WINOGRAD_SIDE: usize = if cfg!(target_arch = "wasm32") { 15 } else { 30 };

/// With fewer channels there are too few products for what it costs to transform the pictures.
const WINOGRAD_CHANNELS: usize = 8;

impl Way {
    fn of(geometry: &Geometry) -> Self {
        let [small_channels, height, width] = geometry.small;
        let [large_channels, ..] = geometry.large;
        if geometry.stride == 1 && small_channels * 4 <= large_channels {
            Self::Narrow
        } else if height.min(width) >= WINOGRAD_SIDE
            && small_channels.min(large_channels) >= WINOGRAD_CHANNELS
        {
            Self::Winograd
        } else {
            Self::Direct
        }
    }
}

/// `[B, L, H, W]` and `[S, L, 4, 4]` -> `[B, S, h, w]`
///
/// # Panics
/// If the weights are transformed, and these sizes go another way than that of [`transform_down`].
pub fn down(geometry: &Geometry, large: &[f32], weights: Weights) -> Vec<f32> {
    let mut small = parallel::zeros(geometry.batch * geometry.small_len());
    let pictures =
        large.chunks_exact(geometry.large_len()).zip(small.chunks_exact_mut(geometry.small_len()));
    for (large, small) in pictures {
        match Way::of(geometry) {
            Way::Direct => direct::down(geometry, large, weights.plain(), small),
            Way::Narrow => narrow::down(geometry, large, weights.plain(), small),
            Way::Winograd => winograd::down(geometry, large, weights, small),
        }
    }
    small
}

/// The weights of [`down`] transformed, where transforming them is part of its way.
pub fn transform_down(geometry: &Geometry, weight: &[f32]) -> Option<Vec<f32>> {
    (Way::of(geometry) == Way::Winograd).then(|| winograd::transform_down(geometry, weight))
}

/// `[B, S, h, w]` and `[S, L, 4, 4]` -> `[B, L, H, W]`
///
/// # Panics
/// If the weights are transformed, and these sizes go another way than that of [`transform_up`].
pub fn up(geometry: &Geometry, small: &[f32], weights: Weights) -> Vec<f32> {
    let mut large = parallel::zeros(geometry.batch * geometry.large_len());
    let pictures =
        small.chunks_exact(geometry.small_len()).zip(large.chunks_exact_mut(geometry.large_len()));
    for (small, large) in pictures {
        match Way::of(geometry) {
            Way::Direct => direct::up(geometry, small, weights.plain(), large),
            Way::Narrow => narrow::up(geometry, small, weights.plain(), large),
            Way::Winograd => winograd::up(geometry, small, weights, large),
        }
    }
    large
}

/// The weights of [`up`] transformed, where transforming them is part of its way.
pub fn transform_up(geometry: &Geometry, weight: &[f32]) -> Option<Vec<f32>> {
    (Way::of(geometry) == Way::Winograd).then(|| winograd::transform_up(geometry, weight))
}

/// `[B, L, H, W]` and `[B, S, h, w]`, one of them a gradient, -> `[S, L, 4, 4]`
pub fn weight_gradient(geometry: &Geometry, large: &[f32], small: &[f32]) -> Vec<f32> {
    let mut weight = parallel::zeros(geometry.small[0] * geometry.taps());
    let pictures =
        large.chunks_exact(geometry.large_len()).zip(small.chunks_exact(geometry.small_len()));
    for (i, (large, small)) in pictures.enumerate() {
        let keep = i > 0;
        match Way::of(geometry) {
            Way::Direct => direct::weight_gradient(geometry, large, small, &mut weight, keep),
            Way::Narrow => narrow::weight_gradient(geometry, large, small, &mut weight, keep),
            Way::Winograd => winograd::weight_gradient(geometry, large, small, &mut weight, keep),
        }
    }
    weight
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Of each way, both strides, both parities of the sides, `H ≠ W`, and channels that fill no tile.
    const SIZES: [([usize; 4], usize, usize, Way); 17] = [
        // [B, S, h, w], L, stride
        ([1, 5, 1, 1], 3, 2, Way::Direct),
        ([2, 9, 4, 3], 7, 2, Way::Direct),
        ([1, 16, 8, 8], 16, 2, Way::Direct),
        ([3, 3, 9, 2], 33, 2, Way::Direct),
        ([1, 64, 41, 38], 3, 2, Way::Direct),
        // The lines of a channel in parts.
        ([1, 12, 40, 9], 3, 2, Way::Direct),
        ([1, 5, 39, 7], 4, 1, Way::Direct),
        ([1, 10, 5, 6], 9, 1, Way::Direct),
        ([2, 7, 29, 31], 5, 1, Way::Direct),
        ([1, 3, 7, 9], 17, 1, Way::Narrow),
        ([3, 1, 30, 33], 4, 1, Way::Narrow),
        ([3, 17, 33, 31], 9, 2, Way::Winograd),
        ([1, 8, 30, 45], 8, 2, Way::Winograd),
        ([1, 13, 32, 36], 70, 2, Way::Winograd),
        ([2, 140, 30, 30], 11, 2, Way::Winograd),
        ([1, 20, 31, 32], 12, 1, Way::Winograd),
        ([2, 9, 31, 30], 33, 1, Way::Winograd),
    ];

    /// The results of the three functions by their definition, in double precision.
    fn definition(geometry: &Geometry, [large, small, weight]: [&[f32]; 3]) -> [Vec<f64>; 3] {
        let [channels, height, width] = geometry.large;
        let [small_channels, small_height, small_width] = geometry.small;
        let [mut down, mut up, mut gradient] =
            [small.len(), large.len(), weight.len()].map(|length| vec![0.0; length]);
        let positions = |a: usize, b: usize| (0..a).flat_map(move |i| (0..b).map(move |j| (i, j)));
        for (b, s) in positions(geometry.batch, small_channels) {
            for (y, x) in positions(small_height, small_width) {
                let at = ((b * small_channels + s) * small_height + y) * small_width + x;
                for (u, v) in positions(4, 4) {
                    let (row, column) = (y * geometry.stride + u, x * geometry.stride + v);
                    if !(1..=height).contains(&row) || !(1..=width).contains(&column) {
                        continue;
                    }
                    for l in 0..channels {
                        let of_large = ((b * channels + l) * height + row - 1) * width + column - 1;
                        let of_weight = ((s * channels + l) * 4 + u) * 4 + v;
                        let [p, q, w] = [large[of_large], small[at], weight[of_weight]];
                        let [p, q, w] = [p, q, w].map(f64::from);
                        down[at] += p * w;
                        up[of_large] += q * w;
                        gradient[of_weight] += p * q;
                    }
                }
            }
        }
        [down, up, gradient]
    }

    fn compare(geometry: &Geometry, random: &mut Random) {
        let mut values =
            |count| (0..count).map(|_| random.normal_pair()[0] as f32).collect::<Vec<_>>();
        let large = values(geometry.batch * geometry.large_len());
        let small = values(geometry.batch * geometry.small_len());
        let weight = values(geometry.small[0] * geometry.taps());
        let ours = [
            down(geometry, &large, Weights::Plain(&weight)),
            up(geometry, &small, Weights::Plain(&weight)),
            weight_gradient(geometry, &large, &small),
        ];
        let truth = definition(geometry, [&large, &small, &weight]);
        for ((ours, truth), name) in ours.iter().zip(truth).zip(["down", "up", "gradient"]) {
            let squares: f64 = truth.iter().map(|x| x * x).sum();
            let rms = (squares / truth.len() as f64).sqrt();
            let errors = ours.iter().zip(&truth).map(|(x, y)| (f64::from(*x) - y).abs());
            let worst = errors.fold(0.0, |worst: f64, error| worst.max(error / rms));
            // A NaN is no less than the bound.
            assert!(
                worst < 1e-5 && ours.iter().all(|x| x.is_finite()),
                "{name}: {worst}, {geometry:?}"
            );
        }
    }

    #[test]
    fn every_way_is_the_definition() {
        let mut random = Random::new(3);
        for (small, channels, stride, way) in SIZES {
            let geometry = Geometry::of_small(small, [small[1], channels, 4, 4], stride);
            assert_eq!(Way::of(&geometry), way, "{geometry:?}");
            compare(&geometry, &mut random);
        }
    }

    #[test]
    fn sizes_at_random_are_the_definition() {
        let mut random = Random::new(11);
        for i in 0..60 {
            let mut up_to = |most: usize| 1 + (random.uniform() * most as f64) as usize;
            let small = [up_to(2), up_to(20), up_to(36), up_to(36)];
            let geometry = Geometry::of_small(small, [small[1], up_to(20), 4, 4], 1 + i % 2);
            compare(&geometry, &mut random);
        }
    }

    /// Each thread does other rows, and none adds to another's sums.
    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn any_number_of_threads_computes_the_same() {
        for (small, channels, stride, _) in SIZES {
            let geometry = Geometry::of_small(small, [small[1], channels, 4, 4], stride);
            let values = |count: usize| (0..count).map(|i| (i as f32).sin()).collect::<Vec<_>>();
            let large = values(geometry.batch * geometry.large_len());
            let small = values(geometry.batch * geometry.small_len());
            let weight = values(geometry.small[0] * geometry.taps());
            let by = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| {
                    [
                        down(&geometry, &large, Weights::Plain(&weight)),
                        up(&geometry, &small, Weights::Plain(&weight)),
                        weight_gradient(&geometry, &large, &small),
                    ]
                })
            };
            let one = by(1);
            assert!([2, 3, 7].into_iter().all(|threads| by(threads) == one), "{geometry:?}");
        }
    }
}
