//! Each operation and its gradient on any device, against plain loops in double precision.
//!
//! The room of every comparison is derived, not measured. A float32 sum of n terms, in whatever order and with or without
//! fused products, is off by at most n + 1 roundings of the sum of the terms' absolute values, which the loops add up
//! beside the sum itself. As roundings have both signs, √n of them are likely, and 4 √n are not exceeded in practice
//! (Higham and Mary 2019, "A new approach to probabilistic rounding error analysis"). Where a result is a formula, its
//! roundings are counted.

use burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use pix2pix_web::ops::{self, Direction, GanLoss, PackedWeights, Rates, Update, Updated};
use pix2pix_web::random::Random;

use super::numbers;

/// One rounding in float32, relative.
const ROUNDING: f64 = f32::EPSILON as f64 / 2.0;

/// A true value, and how far a float32 result may be from it.
#[derive(Debug, Clone, Copy, Default)]
struct Truth {
    value: f64,
    room: f64,
}

impl Truth {
    /// The sum with another.
    fn add(&mut self, value: f64, room: f64) {
        self.value += value;
        self.room += room + ROUNDING * self.value.abs();
    }
}

/// A true sum.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    value: f64,
    /// The sum of the terms' absolute values.
    magnitude: f64,
    terms: f64,
}

impl Sum {
    fn add(&mut self, term: f64) {
        self.value += term;
        self.magnitude += term.abs();
        self.terms += 1.0;
    }

    fn truth(&self) -> Truth {
        let roundings = (self.terms + 1.0).min(4.0 * self.terms.sqrt());
        Truth { value: self.value, room: roundings * ROUNDING * self.magnitude }
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::default();
        terms.into_iter().for_each(|term| sum.add(term));
        sum
    }
}

/// Normally distributed values on the device, and the same in double precision.
pub fn random<const D: usize>(
    shape: [usize; D],
    seed: u64,
    device: &Device,
) -> (Tensor<D>, Vec<f64>) {
    let mut random = Random::new(seed);
    let count = shape.iter().product();
    let values = (0..count).map(|_| random.normal_pair()[0] as f32).collect();
    on_device(values, shape, device)
}

/// The same as part of a larger tensor, so that the rows do not follow each other in memory.
fn random_view(shape: [usize; 4], seed: u64, device: &Device) -> (Tensor<4>, Vec<f64>) {
    let [b, c, h, w] = shape;
    let (whole, values) = random([b, c, h, w + 3], seed, device);
    let rows = values.chunks_exact(w + 3).flat_map(|row| row[2..][..w].to_vec());
    (whole.narrow(3, 2, w), rows.collect())
}

fn on_device<const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &Device,
) -> (Tensor<D>, Vec<f64>) {
    let exact = values.iter().copied().map(f64::from).collect();
    (Tensor::from_data(TensorData::new(values, shape), device), exact)
}

/// Asserts that every element is within its room.
async fn check<const D: usize>(what: &str, ours: Tensor<D>, truth: &[Truth]) {
    let ours = numbers(ours).await;
    assert_eq!(ours.len(), truth.len(), "{what}");
    let mut worst = 0f64;
    for (i, (ours, Truth { value, room })) in ours.into_iter().zip(truth).enumerate() {
        let error = (f64::from(ours) - value).abs();
        assert!(error <= *room, "{what}: {ours} at {i}, should be {value} within {room:e}");
        worst = worst.max(if error > 0.0 { error / room } else { 0.0 });
    }
    println!("{what}: {worst:.2} of its room");
}

/// Batch; channels, height and width of the picture with more pixels; channels of the other one; stride.
/// Wide and narrow layers, at both strides; outputs of 1 x 1; batches of 1 to 3; H != W; odd sides; channels that are no
/// multiple of anything; one layer that is large enough for more than one thread.
const CONVOLUTIONS: [(usize, [usize; 3], usize, usize); 12] = [
    (1, [3, 8, 6], 8, 2),
    (2, [5, 6, 10], 7, 2),
    (3, [6, 2, 4], 4, 2),
    (1, [16, 2, 2], 13, 2),
    (2, [24, 34, 20], 40, 2),
    (1, [9, 6, 9], 5, 1),
    (3, [33, 7, 4], 1, 1), // narrow
    (2, [17, 5, 8], 3, 1), // narrow
    (1, [8, 2, 2], 2, 1),  // narrow
    (2, [2, 2, 3], 3, 1),
    (1, [9, 60, 66], 11, 2), // many pixels
    (1, [8, 32, 34], 9, 1),  // many pixels
];

/// [`ops::down`] and [`ops::up`]: the output, and the gradients of the input and of the weights.
pub async fn convolutions(device: &Device) {
    let device = &device.clone().autodiff();
    for (batch, large_sizes, small_channels, stride) in CONVOLUTIONS {
        let [large_channels, height, width] = large_sizes;
        let side = |large: usize| if stride == 1 { large - 1 } else { large / 2 };
        let large_shape = [batch, large_channels, height, width];
        let small_shape = [batch, small_channels, side(height), side(width)];
        let weight_shape = [small_channels, large_channels, 4, 4];
        let (weight, weight_values) = random(weight_shape, 1, device);

        // Each picture is the input of one of the two, and the gradient of the output of the other.
        let (large, large_values) = random_view(large_shape, 2, device);
        let (small, small_values) = random(small_shape, 3, device);
        let mut down = vec![Sum::default(); small_values.len()];
        let mut up = vec![Sum::default(); large_values.len()];
        let mut of_weight = vec![Sum::default(); weight_values.len()];
        for_each_product(large_shape, small_shape, stride, |l, s, w| {
            down[s].add(large_values[l] * weight_values[w]);
            up[l].add(small_values[s] * weight_values[w]);
            of_weight[w].add(large_values[l] * small_values[s]);
        });
        let [down, up, of_weight] =
            [down, up, of_weight].map(|sums| sums.iter().map(Sum::truth).collect::<Vec<_>>());

        let what = format!("{large_shape:?} by {weight_shape:?} at stride {stride}");
        let [a, b] = [weight.clone(), weight].map(Tensor::require_grad);
        let x = large.clone().require_grad();
        let y = ops::down(x.clone(), a.clone(), stride);
        assert_eq!(y.dims(), small_shape, "{what}: down");
        let gradients = (y.clone() * small.clone()).sum().backward();
        check(&format!("{what}: down"), y.inner(), &down).await;
        let gradient = x.grad(&gradients).expect("it is tracked");
        check(&format!("{what}: down, gradient of the input"), gradient, &up).await;
        let gradient = a.grad(&gradients).expect("it is tracked");
        check(&format!("{what}: down, gradient of the weights"), gradient, &of_weight).await;

        let x = small.require_grad();
        let y = ops::up(x.clone(), b.clone(), stride);
        assert_eq!(y.dims(), large_shape, "{what}: up");
        let gradients = (y.clone() * large).sum().backward();
        check(&format!("{what}: up"), y.inner(), &up).await;
        let gradient = x.grad(&gradients).expect("it is tracked");
        check(&format!("{what}: up, gradient of the input"), gradient, &down).await;
        let gradient = b.grad(&gradients).expect("it is tracked");
        check(&format!("{what}: up, gradient of the weights"), gradient, &of_weight).await;
    }
}

/// Batch; channels, height and width of the picture with more pixels; channels of the other one; stride. Each takes a way of its
/// own on a GPU: tiles of a product of many and of few rows, of many and of few columns, terms that are shared, few pixels, and few
/// channels.
const LARGER_CONVOLUTIONS: [(usize, [usize; 3], usize, usize); 15] = [
    (1, [3, 64, 48], 20, 2),  // the first layer of the generator, and its last
    (2, [6, 32, 24], 64, 2),  // that of the discriminator
    (1, [130, 2, 2], 96, 2),  // 1 x 1 pixels, by shared terms
    (3, [66, 4, 4], 130, 2),  // 2 x 2
    (1, [128, 8, 8], 100, 2), // 4 x 4
    (1, [20, 48, 40], 70, 2),
    (1, [33, 14, 12], 65, 1),
    (1, [260, 12, 11], 1, 1), // the last layer of the discriminator
    (1, [64, 12, 13], 72, 1),
    (1, [70, 2, 6], 37, 2),  // few pixels, all in one row
    (16, [35, 2, 2], 41, 2), // as many pictures as are few pixels
    (2, [34, 4, 3], 39, 1),  // few pixels, 2 x 3 - 1
    (2, [40, 9, 14], 1, 1),  // one channel, of two pictures
    (2, [33, 12, 10], 3, 2), // three
    (1, [7, 40, 36], 90, 2),
];

/// How many more, of sizes at random.
const RANDOM_CONVOLUTIONS: usize = 8;

/// [`ops::down`] and [`ops::up`] with both gradients, at sizes for which plain loops would take too long, against the CPU's,
/// which are held against those loops at smaller ones.
///
/// A running sum of n terms of like size is off by some 0.4 √n roundings of the sum's, so by 4 √n of the outputs' root mean
/// square at most, on both devices together; and a product, or one of the few outputs that are much larger, by a few more.
pub async fn convolutions_like_the_cpu(device: &Device) {
    let mut random_sizes = Random::new(7);
    let random_sizes = (0..RANDOM_CONVOLUTIONS).map(|_| {
        let mut below = |n| 1 + random_sizes.below(n);
        let stride = below(2);
        let [height, width] =
            [below(10), below(10)].map(|side| if stride == 2 { 2 * side } else { 1 + side });
        (below(3), [below(48), height, width], below(48), stride)
    });
    for (batch, large, small_channels, stride) in
        LARGER_CONVOLUTIONS.into_iter().chain(random_sizes)
    {
        let [large_channels, height, width] = large;
        let side = |large: usize| if stride == 1 { large - 1 } else { large / 2 };
        let large_shape = [batch, large_channels, height, width];
        let small_shape = [batch, small_channels, side(height), side(width)];
        let weight_shape = [small_channels, large_channels, 4, 4];
        let mut values = Vec::new();
        for device in [device.clone(), Device::flex()] {
            let device = device.autodiff();
            let (weight, _) = random(weight_shape, 1, &device);
            let (large, _) = random(large_shape, 2, &device);
            let (small, _) = random(small_shape, 3, &device);
            let [weight, large, small] = [weight, large, small].map(Tensor::require_grad);
            let down = ops::down(large.clone(), weight.clone(), stride);
            let up = ops::up(small.clone(), weight.clone(), stride);
            let of_down = (down.clone() * small.clone().detach()).sum().backward();
            let of_up = (up.clone() * large.clone().detach()).sum().backward();
            let mut of_device = vec![numbers(down.inner()).await, numbers(up.inner()).await];
            for (gradients, input) in [(of_down, large), (of_up, small)] {
                for tensor in [input, weight.clone()] {
                    let gradient = tensor.grad(&gradients).expect("it is tracked");
                    of_device.push(numbers(gradient).await);
                }
            }
            values.push(of_device);
        }
        let pixels = batch * side(height) * side(width);
        let terms = (16 * large_channels).max(16 * small_channels).max(pixels);
        let room = (4.0 * (terms as f64).sqrt() + 16.0) * ROUNDING;
        let mut worst = 0f64;
        for (which, (ours, cpus)) in values[0].iter().zip(&values[1]).enumerate() {
            let squares: f64 = cpus.iter().map(|x| f64::from(*x).powi(2)).sum();
            let scale = (squares / cpus.len() as f64).sqrt();
            for (i, (a, b)) in ours.iter().zip(cpus).enumerate() {
                let error = f64::from(a - b).abs() / scale;
                let what =
                    format!("{large_shape:?} by {weight_shape:?} at stride {stride}, {which}");
                assert!(
                    error <= room,
                    "{what}: {a} at {i}, the CPU's is {b}: {error:e} of {room:e}"
                );
                worst = worst.max(error / room);
            }
        }
        println!("{large_shape:?} by {weight_shape:?} at stride {stride}: {worst:.2} of its room");
    }
}

/// Convolutions by packed weights against those by the values that they stand for, which are summed in the same order: apart by no
/// more than a compiler may make of them.
pub async fn packed_convolutions(device: &Device) {
    assert!(PackedWeights::fit(device) && !PackedWeights::fit(&Device::flex()));
    // Tiles of many rows and of few, terms that are shared, few pixels, few channels.
    for which in [0, 3, 4, 6, 12] {
        let (batch, [large_channels, height, width], small_channels, stride) =
            LARGER_CONVOLUTIONS[which];
        let side = |large: usize| if stride == 1 { large - 1 } else { large / 2 };
        let shape = [small_channels, large_channels, 4, 4];
        let (large, _) = random([batch, large_channels, height, width], 1, device);
        let (small, _) = random([batch, small_channels, side(height), side(width)], 2, device);
        let mut random = Random::new(3);
        let count = shape.iter().product();
        let weights: Vec<f32> = (0..count).map(|_| random.normal_pair()[0] as f32).collect();
        let codes: Vec<u8> = (0..count).map(|_| random.below(256) as u8).collect();
        let book = std::array::from_fn(|_| random.normal_pair()[1] as f32);
        let halves = PackedWeights::halves(&weights, shape, device);
        let coded = PackedWeights::codes(&book, &codes, shape, device);
        for (how, (packed, values)) in [("halves", halves), ("codes", coded)] {
            let plain = Tensor::<1>::from_floats(&values[..], device).reshape(shape);
            let down = packed.convolve(large.clone(), stride, Direction::Down);
            let up = packed.convolve(small.clone(), stride, Direction::Up);
            let pairs = [
                ("down", down, ops::down(large.clone(), plain.clone(), stride)),
                ("up", up, ops::up(small.clone(), plain, stride)),
            ];
            for (direction, by_packed, by_plain) in pairs {
                let what = format!("{shape:?} in {how} at stride {stride}, {direction}");
                let (a, b) = (numbers(by_packed).await, numbers(by_plain).await);
                let scale = b.iter().fold(0f32, |most, x| most.max(x.abs()));
                let room = 64.0 * f32::EPSILON * scale;
                let worst = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(a.len() == b.len() && scale > 0.0, "{what}");
                assert!(worst <= room, "{what}: {worst:e} of {room:e}");
            }
        }
    }
}

/// Every finite half, as a picture of a single one in one channel shows the weights of that channel: of four such pictures together
/// by tiles, of each by the kernel for few pixels.
pub async fn every_half_is_itself(device: &Device) {
    let halves = (0..=u16::MAX).map(f16::from_bits).filter(|half| half.is_finite());
    let (values, shape): (Vec<f32>, _) = (halves.map(f16::to_f32).collect(), [4, 992, 4, 4]);
    let (packed, same) = PackedWeights::halves(&values, shape, device);
    assert_eq!(values, same);
    let mut single = vec![0f32; 4 * 4 * 9];
    (0..4).for_each(|s| single[(s * 4 + s) * 9 + 4] = 1.0);
    let single = Tensor::<1>::from_floats(&single[..], device).reshape([4, 4, 3, 3]);
    let see = |pictures: Tensor<4>| packed.convolve(pictures, 2, Direction::Up); // [B, 992, 6, 6]
    let apart = single.clone().split(1, 0).into_iter().map(see).collect();
    for seen in [see(single), Tensor::cat(apart, 0)] {
        let seen = numbers(seen.slice([0..4, 0..992, 1..5, 1..5])).await;
        for (seen, value) in seen.into_iter().zip(&values) {
            assert_eq!(seen, *value, "{value:e}");
        }
    }
}

/// Calls `visit` for each product of a convolution, with the indices of its elements of large, small and weight.
fn for_each_product(
    large: [usize; 4],
    small: [usize; 4],
    stride: usize,
    mut visit: impl FnMut(usize, usize, usize),
) {
    let ([batch, channels, height, width], [_, small_channels, h, w]) = (large, small);
    for (b, s, y, x) in indices([batch, small_channels, h, w]) {
        for (_, l, i, j) in indices([1, channels, 4, 4]) {
            // With a padding of 1.
            let (row, column) =
                ((y * stride + i).wrapping_sub(1), (x * stride + j).wrapping_sub(1));
            if row < height && column < width {
                visit(
                    ((b * channels + l) * height + row) * width + column,
                    ((b * small_channels + s) * h + y) * w + x,
                    ((s * channels + l) * 4 + i) * 4 + j,
                );
            }
        }
    }
}

/// Batch; channels, height and width of the input; channels of the output; the way.
const SEPARABLE: [([usize; 4], usize, Direction); 6] = [
    ([1, 3, 8, 6], 5, Direction::Down),
    ([3, 6, 2, 4], 1, Direction::Down),
    ([2, 9, 20, 34], 12, Direction::Down),
    ([1, 4, 1, 1], 7, Direction::Up),
    ([3, 5, 4, 3], 2, Direction::Up),
    ([2, 12, 19, 17], 9, Direction::Up),
];

/// [`ops::separable`]: the output, and the gradients of the input and of both kernels. Each is a sum of products of three.
pub async fn separable_convolutions(device: &Device) {
    let device = &device.clone().autodiff();
    for (shape, c_out, direction) in SEPARABLE {
        let [batch, c_in, height, width] = shape;
        let (enlarged, stride) = if direction == Direction::Up { (2, 1) } else { (1, 2) };
        let [rows, columns] = [height, width].map(|side| side * enlarged / stride);
        let (x, xs) = random_view(shape, 1, device);
        let (depthwise, kernels) = random([1, c_in, 4, 4], 2, device);
        let (pointwise, across) = random([c_out, c_in, 1, 1], 3, device);
        let (r, rs) = random([batch, c_out, rows, columns], 4, device); // the gradient of the output

        let mut sums = [rs.len(), xs.len(), kernels.len(), across.len()]
            .map(|count| vec![Sum::default(); count]);
        for (b, d, y, x) in indices([batch, c_out, rows, columns]) {
            for (_, c, i, j) in indices([1, c_in, 4, 4]) {
                // With a padding of 1 before.
                let [row, column] =
                    [y * stride + i, x * stride + j].map(|at| at.wrapping_sub(1) / enlarged);
                if y * stride + i == 0 || x * stride + j == 0 || row >= height || column >= width {
                    continue;
                }
                let of_r = ((b * c_out + d) * rows + y) * columns + x;
                let of_x = ((b * c_in + c) * height + row) * width + column;
                let (of_kernel, of_across) = ((c * 4 + i) * 4 + j, d * c_in + c);
                let (x, kernel) = (xs[of_x], kernels[of_kernel]);
                let (across, r) = (across[of_across], rs[of_r]);
                sums[0][of_r].add(x * kernel * across);
                sums[1][of_x].add(r * kernel * across);
                sums[2][of_kernel].add(r * x * across);
                sums[3][of_across].add(r * x * kernel);
            }
        }
        let [output, of_x, of_kernels, of_across] =
            sums.map(|sums| sums.iter().map(Sum::truth).collect::<Vec<_>>());

        let what = format!("{shape:?}, separable, {direction:?} to {c_out} channels");
        let [x, depthwise, pointwise] = [x, depthwise, pointwise].map(Tensor::require_grad);
        let y = ops::separable(x.clone(), depthwise.clone(), pointwise.clone(), direction);
        assert_eq!(y.dims(), [batch, c_out, rows, columns], "{what}");
        let gradients = (y.clone() * r).sum().backward();
        check(&what, y.inner(), &output).await;
        for (name, tensor, truth) in [
            ("input", x, &of_x),
            ("channels' kernels", depthwise, &of_kernels),
            ("weights across channels", pointwise, &of_across),
        ] {
            let gradient = tensor.grad(&gradients).expect("it is tracked");
            check(&format!("{what}: gradient of the {name}"), gradient, truth).await;
        }
    }
}

fn indices([a, b, c, d]: [usize; 4]) -> impl Iterator<Item = (usize, usize, usize, usize)> {
    (0..a * b * c * d).map(move |i| (i / d / c / b, i / d / c % b, i / d % c, i % d))
}

/// Shapes and groups: channels of one pixel; of few; of many, which a GPU cuts into parts, of one picture and of more.
const NORMALIZED: [([usize; 4], usize); 11] = [
    ([1, 4, 9, 5], 1),
    ([3, 5, 4, 7], 1),
    ([4, 5, 4, 7], 2),
    ([3, 5, 4, 7], 3),
    ([2, 3, 1, 1], 1),
    ([1, 3, 1, 1], 1),
    ([2, 9, 16, 11], 1),
    ([3, 2, 80, 70], 1),
    ([1, 3, 130, 127], 1),
    ([2, 1, 97, 345], 1),
    ([2, 2, 97, 345], 2),
];

/// [`ops::normalize`]: the output, the statistics, and the gradients of the input, gamma and beta.
pub async fn normalization(device: &Device) {
    const EPSILON: f64 = 1e-5;
    let device = &device.clone().autodiff();
    for (shape, groups) in NORMALIZED {
        let [batch, channels, height, width] = shape;
        let pixels = height * width;
        let (x, values) = random_view(shape, 1, device);
        let (gamma, gammas) = random([channels], 2, device);
        let (beta, betas) = random([channels], 3, device);
        let (r, rs) = random(shape, 4, device); // the gradient of the output

        // Of the channels of all groups.
        let channel_of =
            |i: usize| i / pixels / channels / (batch / groups) * channels + i / pixels % channels;
        let of_channel = |c: usize| (0..values.len()).filter(move |i| channel_of(*i) == c);
        let count = (batch / groups * pixels) as f64;
        // Every sum over a channel has `count` terms, so that its mean is off by some √count roundings of the largest of
        // them, and by four of its own. Six times that covers the formulas, in which up to three sums meet.
        let roundings = 6.0 * (count.sqrt() + 4.0) * ROUNDING;
        let mut truth: [Vec<Truth>; 6] = Default::default();
        let [outputs, means, variances, of_x, of_gamma, of_beta] = &mut truth;
        outputs.resize(values.len(), Truth::default());
        of_x.resize(values.len(), Truth::default());
        of_gamma.resize(channels, Truth::default());
        of_beta.resize(channels, Truth::default());
        for c in 0..groups * channels {
            let (gamma, beta) = (gammas[c % channels], betas[c % channels]);
            let mean = of_channel(c).map(|i| values[i]).sum::<f64>() / count;
            let variance = of_channel(c).map(|i| (values[i] - mean).powi(2)).sum::<f64>() / count;
            let deviation = (variance + EPSILON).sqrt();
            let normalized = |i: usize| (values[i] - mean) / deviation;
            let g = of_channel(c).map(|i| rs[i]).collect::<Sum>();
            let gx = of_channel(c).map(|i| rs[i] * normalized(i)).collect::<Sum>();
            // The largest value; the same in units of the deviation, by which an error of the mean grows, and with its
            // square one of the variance; the largest normalised value, which that error is multiplied by.
            let largest = of_channel(c).map(|i| values[i].abs()).fold(0.0, f64::max);
            let scale = (largest / deviation).max(1.0);
            let extreme = of_channel(c).map(|i| normalized(i).abs()).fold(0.0, f64::max);
            let of_normalized = roundings * scale * (1.0 + extreme * scale);
            means.push(Truth { value: mean, room: roundings * largest });
            variances.push(Truth { value: variance, room: roundings * largest.powi(2) });
            of_gamma[c % channels].add(gx.value, of_normalized * g.magnitude);
            let Truth { value, room } = g.truth();
            of_beta[c % channels].add(value, room);
            let largest_r = of_channel(c).map(|i| rs[i].abs()).fold(0.0, f64::max);
            for i in of_channel(c) {
                let value = normalized(i) * gamma + beta;
                let room = of_normalized * gamma.abs() + roundings * beta.abs();
                outputs[i] = Truth { value, room };
                let slope = g.value / count + normalized(i) * gx.value / count;
                let value = gamma / deviation * (rs[i] - slope);
                // The statistics' errors in the normalised values, those of the three terms, and that of the deviation.
                let terms = largest_r * (2.0 * extreme * of_normalized + 3.0 * roundings);
                let room =
                    (gamma / deviation).abs() * terms + value.abs() * roundings * scale.powi(2);
                of_x[i] = Truth { value, room };
            }
        }

        let x = x.require_grad();
        let (gamma, beta) = (gamma.require_grad(), beta.require_grad());
        let (y, statistics) =
            ops::normalize(x.clone(), gamma.clone(), beta.clone(), groups, EPSILON);
        let gradients = ops::dot(y.clone(), r).backward();
        let what = format!("{shape:?} in {groups} groups");
        check(&format!("{what} normalised"), y.inner(), outputs).await;
        check(&format!("{what}: the mean"), statistics.mean.inner(), means).await;
        check(&format!("{what}: the variance"), statistics.variance.inner(), variances).await;
        let gradient = x.grad(&gradients).expect("it is tracked");
        check(&format!("{what}: gradient of the input"), gradient, of_x).await;
        let gradient = gamma.grad(&gradients).expect("it is tracked");
        check(&format!("{what}: gradient of gamma"), gradient, of_gamma).await;
        let gradient = beta.grad(&gradients).expect("it is tracked");
        check(&format!("{what}: gradient of beta"), gradient, of_beta).await;
    }
}

/// [`ops::rectify`]: the output and the gradient, at zero too.
pub async fn rectifiers(device: &Device) {
    let device = &device.clone().autodiff();
    for (shape, slope) in [([3, 5, 7, 4], 0.2), ([3, 5, 7, 4], 0.0), ([1, 1, 1, 1], 0.2)] {
        let (_, mut values) = random(shape, 1, device);
        for (i, zero) in [0.0, -0.0].into_iter().enumerate() {
            if let Some(value) = values.get_mut(i + 1) {
                *value = zero;
            }
        }
        let (x, _) = on_device(values.iter().map(|x| *x as f32).collect(), shape, device);
        let (r, rs) = random(shape, 2, device);
        let x = x.require_grad();
        let y = ops::rectify(x.clone(), slope);
        let gradients = ops::dot(y.clone(), r).backward();
        // Two roundings: the slope's, and the product's.
        let scaled = |value: f64, by: f64| Truth {
            value: value * by,
            room: 2.0 * ROUNDING * (value * by).abs(),
        };
        let factor = |x: f64| if x > 0.0 { 1.0 } else { slope };
        let outputs: Vec<_> = values.iter().map(|x| scaled(*x, factor(*x))).collect();
        let of_x: Vec<_> = values.iter().zip(&rs).map(|(x, r)| scaled(*r, factor(*x))).collect();
        check(&format!("slope {slope}"), y.inner(), &outputs).await;
        let gradient = x.grad(&gradients).expect("it is tracked");
        check(&format!("slope {slope}: gradient"), gradient, &of_x).await;
    }
}

/// [`ops::tanh`]: the output and the gradient, also where it is flat.
pub async fn tangents(device: &Device) {
    let device = &device.clone().autodiff();
    for (shape, scale) in [([3, 5, 7, 4], 1.0), ([2, 3, 5, 5], 6.0), ([1, 1, 1, 1], 0.01)] {
        let (_, values) = random(shape, 1, device);
        let (x, values) =
            on_device(values.iter().map(|x| (x * scale) as f32).collect(), shape, device);
        let (r, rs) = random(shape, 2, device);
        let x = x.require_grad();
        let y = ops::tanh(x.clone());
        let gradients = ops::dot(y.clone(), r).backward();
        // A GPU's is made of exponentials, each exact to 3 + 2 |x| units in the last place (the specification of WGSL).
        let outputs: Vec<_> = (values.iter())
            .map(|x| Truth { value: x.tanh(), room: (8.0 + 4.0 * x.abs()) * ROUNDING })
            .collect();
        let slopes = outputs.iter().zip(&rs).map(|(y, r)| Truth {
            value: r * (1.0 - y.value.powi(2)),
            room: r.abs() * (2.0 * y.room + 4.0 * ROUNDING),
        });
        let slopes: Vec<_> = slopes.collect();
        check(&format!("tanh, up to {scale}"), y.inner(), &outputs).await;
        let gradient = x.grad(&gradients).expect("it is tracked");
        check(&format!("tanh, up to {scale}: gradient"), gradient, &slopes).await;
    }
}

/// [`ops::join`]: the output and both gradients.
pub async fn joined_channels(device: &Device) {
    let device = &device.clone().autodiff();
    for ([batch, c, height, width], d, slope) in [
        ([1, 3, 5, 4], 2, 0.0),
        ([3, 1, 7, 2], 6, 0.2),
        ([2, 4, 1, 1], 4, 1.0),
        ([1, 9, 6, 6], 5, 0.2),
    ] {
        let (first, firsts) = random_view([batch, c, height, width], 1, device);
        let (second, seconds) = random([batch, d, height, width], 2, device);
        let (r, rs) = random([batch, c + d, height, width], 3, device);
        let pixels = height * width;
        let mut truth: [Vec<Truth>; 3] = Default::default();
        let [outputs, of_first, of_second] = &mut truth;
        let scaled = |value: f64, x: f64| {
            let value = if x > 0.0 { value } else { value * slope };
            Truth { value, room: 2.0 * ROUNDING * value.abs() }
        };
        for (i, r) in rs.iter().enumerate() {
            let (b, channel, pixel) = (i / pixels / (c + d), i / pixels % (c + d), i % pixels);
            let (x, gradients) = if channel < c {
                (firsts[(b * c + channel) * pixels + pixel], &mut *of_first)
            } else {
                (seconds[(b * d + channel - c) * pixels + pixel], &mut *of_second)
            };
            outputs.push(scaled(x, x));
            gradients.push(scaled(*r, x));
        }
        let (first, second) = (first.require_grad(), second.require_grad());
        let y = ops::join(first.clone(), second.clone(), slope);
        assert_eq!(y.dims(), [batch, c + d, height, width]);
        let gradients = ops::dot(y.clone(), r).backward();
        let what = format!("{c} channels and {d}, slope {slope}");
        check(&what, y.inner(), outputs).await;
        for (name, x, truth) in [("first", first, &*of_first), ("second", second, &*of_second)] {
            let gradient = x.grad(&gradients).expect("it is tracked");
            check(&format!("{what}: gradient of the {name}"), gradient, truth).await;
        }
    }
}

/// [`ops::l1`], [`ops::dot`] and the gradients of both pictures.
pub async fn sums_of_pairs(device: &Device) {
    let device = &device.clone().autodiff();
    for shape in [[1, 3, 5, 4], [3, 2, 7, 9], [1, 1, 1, 1], [2, 3, 160, 70]] {
        let (a, xs) = random_view(shape, 1, device);
        let (b, ys) = random(shape, 2, device);
        let count = xs.len() as f64;
        let sum: Sum = xs.iter().zip(&ys).map(|(x, y)| (x - y).abs()).collect();
        // Each difference is rounded too, to a share of it.
        let Truth { value, room } = sum.truth();
        let mean = Truth { value: value / count, room: (room + 4.0 * ROUNDING * value) / count };
        let slopes = |sign: f64| {
            let slope = |(x, y): (&f64, &f64)| sign * (x - y).signum() * 3.0 / count;
            let truth = |value: f64| Truth { value, room: 4.0 * ROUNDING * value.abs() };
            xs.iter().zip(&ys).map(slope).map(truth).collect::<Vec<_>>()
        };
        let (a, b) = (a.require_grad(), b.require_grad());
        let products: Sum = xs.iter().zip(&ys).map(|(x, y)| x * y).collect();
        let found = ops::dot(a.clone(), b.clone());
        check(&format!("{shape:?}: the products"), found.clone().inner(), &[products.truth()])
            .await;
        let gradients = found.backward();
        for (name, x, other) in [("first", &a, &ys), ("second", &b, &xs)] {
            let gradient = x.grad(&gradients).expect("it is tracked");
            let other: Vec<_> = other.iter().map(|x| Truth { value: *x, room: 0.0 }).collect();
            check(&format!("{shape:?}: the products' gradient of the {name}"), gradient, &other)
                .await;
        }
        let found = ops::l1(a.clone(), b.clone());
        let gradients = (found.clone() * 3.0).backward();
        check(&format!("{shape:?}: L1"), found.inner(), &[mean]).await;
        for (name, x, sign) in [("first", a, 1.0), ("second", b, -1.0)] {
            let gradient = x.grad(&gradients).expect("it is tracked");
            check(&format!("{shape:?}: L1's gradient of the {name}"), gradient, &slopes(sign))
                .await;
        }
    }
}

/// [`ops::gan_losses`]: both losses and the three slopes, also of logits at which a sigmoid saturates.
pub async fn gan_losses(device: &Device) {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    // log(1 + e^x)
    let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
    for loss in [GanLoss::Vanilla, GanLoss::VanillaEps, GanLoss::Lsgan, GanLoss::Hinge] {
        // Where 1 - D has lost its digits in single precision, the literal form is another.
        let scales = if loss == GanLoss::VanillaEps { [0.5, 1.0] } else { [1.0, 40.0] };
        for (scale, shape) in scales.into_iter().zip([[1, 1, 30, 30], [3, 1, 5, 7]]) {
            let logits = |seed| {
                let (_, values) = random(shape, seed, device);
                on_device(values.iter().map(|x| (scale * x) as f32).collect(), shape, device)
            };
            let ((real, reals), (fake, fakes)) = (logits(1), logits(2));
            let of_real = |x: f64| match loss {
                GanLoss::Vanilla | GanLoss::VanillaEps => (softplus(-x), -sigmoid(-x)),
                GanLoss::Lsgan => ((x - 1.0).powi(2) / 2.0, x - 1.0),
                GanLoss::Hinge => ((1.0 - x).max(0.0), if x < 1.0 { -1.0 } else { 0.0 }),
            };
            let of_fake = |x: f64| match loss {
                GanLoss::Vanilla | GanLoss::VanillaEps => (softplus(x), sigmoid(x)),
                GanLoss::Lsgan => (x.powi(2) / 2.0, x),
                GanLoss::Hinge => ((1.0 + x).max(0.0), if x > -1.0 { 1.0 } else { 0.0 }),
            };
            let of_push = |x: f64| if loss == GanLoss::Hinge { (-x, -1.0) } else { of_real(x) };
            let count = reals.len() as f64;
            let judged: Sum = reals
                .iter()
                .map(|x| of_real(*x).0)
                .chain(fakes.iter().map(|x| of_fake(*x).0))
                .collect();
            let pushed: Sum = fakes.iter().map(|x| of_push(*x).0).collect();
            // A GPU's exponentials and logarithms are exact to some units in the last place, more for large arguments
            // (the specification of WGSL: 3 + 2 |x|, and 2^-21 absolutely).
            let of_terms = 24.0 * ROUNDING * (1.0 + 2.0 * scale);
            let mean = |sum: Sum, terms: f64| {
                let Truth { value, room } = sum.truth();
                Truth {
                    value: value / count,
                    room: (room + of_terms * sum.magnitude) / count + of_terms * terms,
                }
            };
            let slopes = |values: &[f64], of: &dyn Fn(f64) -> (f64, f64)| {
                let slope = |x: &f64| {
                    let slope = of(*x).1;
                    Truth { value: slope / count, room: of_terms * (slope.abs() + 1.0) / count }
                };
                values.iter().map(slope).collect::<Vec<_>>()
            };
            let found = ops::gan_losses(Tensor::cat(vec![real, fake], 0), loss);
            let what = format!("{loss:?}, logits up to some {scale}");
            check(
                &format!("{what}: both losses"),
                found.values,
                &[mean(judged, 2.0), mean(pushed, 1.0)],
            )
            .await;
            let of_judge = [slopes(&reals, &of_real), slopes(&fakes, &of_fake)].concat();
            check(&format!("{what}: judge"), found.of_judge, &of_judge).await;
            check(&format!("{what}: push"), found.of_push, &slopes(&fakes, &of_push)).await;
        }
    }
}

/// Tensors and channels of more workgroups than fit in one dimension, 65,535 of 256 threads: each against its own parts.
pub async fn more_workgroups_than_a_dimension_has(device: &Device) {
    const PERIOD: usize = 4099; // its square is 16,801,801
    let (pattern, _) = random([1, 1, 1, PERIOD], 1, device);
    let (r, _) = random([1, 1, 1, PERIOD], 2, device);
    let many = |x: Tensor<4>, rows: usize| x.repeat(&[1, 1, rows, 1]);
    let same = async |what: &str, large: Tensor<4>, small: Tensor<4>| {
        let differences = ops::sum_of_squares(vec![(large - small).flatten(0, 3)]);
        assert_eq!(numbers(differences).await, [0.0], "{what}");
    };
    let y = ops::rectify(pattern.clone(), 0.2);
    same("rectified", ops::rectify(many(pattern.clone(), PERIOD), 0.2), y).await;
    let [x, other] = [&pattern, &r].map(|x| many(x.clone(), PERIOD / 2 + 1));
    let joined = ops::join(x, other, 0.0);
    let [first, second] = [0, 1].map(|i| joined.clone().narrow(1, i, 1));
    same("joined, the first", first, ops::rectify(pattern, 0.0)).await;
    same("joined, the second", second, ops::rectify(r, 0.0)).await;

    // Of two pixels -a and a the normalised values are -1 and 1, but for epsilon.
    const CHANNELS: usize = 65_536 + 9;
    let x: Vec<f32> = (0..2 * CHANNELS).map(|i| [-9.0, 9.0][i % 2] - i as f32 / 1e3).collect();
    let (x, _) = on_device(x, [1, CHANNELS, 1, 2], device);
    let [gamma, beta] = [2.0, 1.0].map(|value| Tensor::full([CHANNELS], value, device));
    let (y, statistics) = ops::normalize(x, gamma, beta, 1, 1e-12);
    for (i, y) in numbers(y).await.into_iter().enumerate() {
        assert!((y - [-1.0, 3.0][i % 2]).abs() < 1e-4, "{y} at {i}");
    }
    for variance in numbers(statistics.variance).await {
        assert!((variance / 81.0 - 1.0).abs() < 1e-3, "{variance}");
    }
}

/// Values of every size: nothing that a finite result can be computed of comes out as infinite or as no number.
pub async fn extremes(device: &Device) {
    let sizes = [1e-38f32, 1e-30, 1e-3, 1.0, 1e3, 1e18];
    for size in sizes {
        let (x, _) =
            on_device([1.0, -1.0, 0.5, 0.0].map(|x| x * size).to_vec(), [1, 1, 2, 2], device);
        let [gamma, beta] = [1.0, 0.0].map(|value| Tensor::full([1], value, device));
        let (y, _) = ops::normalize(x.clone(), gamma, beta, 1, 1e-5);
        let losses = ops::gan_losses(x.clone().repeat(&[2, 1, 1, 1]), GanLoss::Vanilla);
        let values = [
            numbers(y).await,
            numbers(ops::tanh(x.clone())).await,
            numbers(ops::rectify(x.clone(), 0.2)).await,
            numbers(losses.values).await,
            numbers(losses.of_judge).await,
            numbers(losses.of_push).await,
        ];
        assert!(values.iter().flatten().all(|x| x.is_finite()), "of size {size:e}: {values:?}");
    }
    // A channel far from zero keeps its digits.
    let (x, _) =
        on_device((0..400).map(|i| 4096.0 + (i % 2) as f32).collect(), [1, 1, 20, 20], device);
    let [gamma, beta] = [1.0, 0.0].map(|value| Tensor::full([1], value, device));
    let (y, statistics) = ops::normalize(x, gamma, beta, 1, 1e-5);
    assert_eq!(numbers(statistics.mean).await, [4096.5]);
    assert_eq!(numbers(statistics.variance).await, [0.25]);
    assert!(numbers(y).await.iter().all(|y| (y.abs() - 1.0).abs() < 1e-4));
}

/// [`ops::sum_of_squares`], of one tensor and of more than one launch takes.
pub async fn sums_of_squares(device: &Device) {
    let lengths = [1, 2, 17, 1000, 4099, 70_000, 1, 3];
    for lengths in lengths.iter().map(|length| vec![*length]).chain([lengths.repeat(7)]) {
        let (tensors, values): (Vec<_>, Vec<_>) =
            (1..).zip(&lengths).map(|(seed, length)| random([*length], seed, device)).unzip();
        let sum: Sum = values.iter().flatten().map(|x| x * x).collect();
        let what = format!("the squares of {} tensors", lengths.len());
        check(&what, ops::sum_of_squares(tensors), &[sum.truth()]).await;
    }
}

/// [`ops::adam`], clipped or not, from moments at zero and from others; alone, and with more others than one launch takes.
pub async fn adam(device: &Device) {
    let rates = Rates { beta1: 0.5, beta2: 0.999, epsilon: 1e-8, step_size: 1e-2, clip: 1.0 };
    let cases = [(1, 1.0, 0.0), (17, 0.25, 0.0), (1001, 1.0, 0.5), ((1 << 14) + 5, 0.25, 0.5)];
    for cases in
        cases.iter().map(|case| vec![*case]).chain([cases.repeat(5), [cases[2]; 20].into()])
    {
        let (mut updates, mut truths) = (Vec::new(), Vec::new());
        for (seed, (length, clip, start)) in (0..).step_by(4).zip(&cases) {
            let (update, truth) =
                update(*length, *start, Rates { clip: *clip, ..rates }, seed, device);
            updates.push(update);
            truths.push(truth);
        }
        let updated = ops::adam(updates);
        assert_eq!(updated.len(), cases.len());
        for ((length, clip, start), (updated, truth)) in
            cases.iter().zip(updated.into_iter().zip(truths))
        {
            let what = format!("{length} weights, clip {clip}, moments from {start}");
            let Updated { weight, moments } = updated;
            let [first, second] = [0, *length].map(|at| moments.clone().narrow(0, at, *length));
            for (name, ours, truth) in [
                ("weights", weight, &truth[0]),
                ("first", first, &truth[1]),
                ("second", second, &truth[2]),
            ] {
                check(&format!("Adam, {what}: {name}"), ours, truth).await;
            }
        }
    }
}

/// A random update from moments of the size `start`; the true weights, first and second moments behind it.
fn update(
    length: usize,
    start: f64,
    rates: Rates,
    seed: u64,
    device: &Device,
) -> (Update, [Vec<Truth>; 3]) {
    let (weight, weights) = random([length], seed + 1, device);
    let (gradient, gradients) = random([length], seed + 2, device);
    let [(first, firsts), (second, seconds)] = [3, 4].map(|which| {
        let (_, values) = random([length], seed + which, device);
        let moments = values.into_iter().map(|x| (x * start) as f32);
        // A second moment is a mean of squares.
        let moments = moments.map(|x| if which == 4 { x * x } else { x });
        on_device(moments.collect(), [length], device)
    });
    let mut truth: [Vec<Truth>; 3] = Default::default();
    for (((w, g), m), v) in weights.iter().zip(&gradients).zip(&firsts).zip(&seconds) {
        let g = rates.clip * g;
        let terms = [rates.beta1 * m, (1.0 - rates.beta1) * g];
        let m: Sum = terms.into_iter().collect();
        let v = rates.beta2 * v + (1.0 - rates.beta2) * g * g;
        let by = rates.step_size / (v.sqrt() + rates.epsilon);
        // Each constant is rounded, each product and the sum: at most six roundings of a moment. The root, the sum
        // and the quotient are off by at most two units in the last place each on a GPU.
        let w = Truth {
            value: w - by * m.value,
            room: ROUNDING * (w.abs() + by * m.value.abs()) + 24.0 * ROUNDING * by * m.magnitude,
        };
        let m = Truth { value: m.value, room: 6.0 * ROUNDING * m.magnitude };
        let v = Truth { value: v, room: 8.0 * ROUNDING * v };
        for (truths, truth) in truth.iter_mut().zip([w, m, v]) {
            truths.push(truth);
        }
    }
    let moments = Tensor::cat(vec![first, second], 0);
    (Update { weight, gradient, moments, rates }, truth)
}
