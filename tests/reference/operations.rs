//! Each operation and its gradient on any device, against plain loops in double precision.
//!
//! The room of every comparison is derived, not measured. A float32 sum of n terms, in whatever order and with or without
//! fused products, is off by at most n + 1 roundings of the sum of the terms' absolute values, which the loops add up
//! beside the sum itself. As roundings have both signs, √n of them are likely, and 4 √n are not exceeded in practice
//! (Higham and Mary 2019, "A new approach to probabilistic rounding error analysis"). Where a result is a formula, its
//! roundings are counted.

use burn::tensor::{Device, Tensor, TensorData};
use pix2pix_web::ops::{self, Direction, Rates};
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
fn random<const D: usize>(shape: [usize; D], seed: u64, device: &Device) -> (Tensor<D>, Vec<f64>) {
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
/// own on a GPU: tiles of a product of many and of few rows, of many and of few columns, and terms that are shared.
const LARGER_CONVOLUTIONS: [(usize, [usize; 3], usize, usize); 9] = [
    (1, [3, 64, 48], 20, 2),  // the first layer of the generator, and its last
    (2, [6, 32, 24], 64, 2),  // that of the discriminator
    (1, [130, 2, 2], 96, 2),  // 1 x 1 pixels, by shared terms
    (3, [66, 4, 4], 130, 2),  // 2 x 2
    (1, [128, 8, 8], 100, 2), // 4 x 4
    (1, [20, 48, 40], 70, 2),
    (1, [33, 14, 12], 65, 1),
    (1, [260, 12, 11], 1, 1), // the last layer of the discriminator
    (1, [64, 12, 13], 72, 1),
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

/// [`ops::normalize`]: the output, the statistics, and the gradients of the input, gamma and beta.
pub async fn normalization(device: &Device) {
    const EPSILON: f64 = 1e-5;
    let device = &device.clone().autodiff();
    for shape in [[1, 4, 9, 5], [3, 5, 4, 7], [2, 3, 1, 1], [1, 3, 1, 1], [2, 9, 16, 11]] {
        let [batch, channels, height, width] = shape;
        let pixels = height * width;
        let (x, values) = random_view(shape, 1, device);
        let (gamma, gammas) = random([channels], 2, device);
        let (beta, betas) = random([channels], 3, device);
        let (r, rs) = random(shape, 4, device); // the gradient of the output

        let channel_of = |i: usize| i / pixels % channels;
        let of_channel = |c: usize| (0..values.len()).filter(move |i| channel_of(*i) == c);
        let count = (batch * pixels) as f64;
        // Every sum over a channel has `count` terms, so that its mean is off by some √count roundings of the largest of
        // them, and by four of its own. Six times that covers the formulas, in which up to three sums meet.
        let roundings = 6.0 * (count.sqrt() + 4.0) * ROUNDING;
        let mut truth: [Vec<Truth>; 6] = Default::default();
        let [outputs, means, variances, of_x, of_gamma, of_beta] = &mut truth;
        outputs.resize(values.len(), Truth::default());
        of_x.resize(values.len(), Truth::default());
        for c in 0..channels {
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
            of_gamma.push(Truth { value: gx.value, room: of_normalized * g.magnitude });
            of_beta.push(g.truth());
            let largest_r = of_channel(c).map(|i| rs[i].abs()).fold(0.0, f64::max);
            for i in of_channel(c) {
                let value = normalized(i) * gammas[c] + betas[c];
                let room = of_normalized * gammas[c].abs() + roundings * betas[c].abs();
                outputs[i] = Truth { value, room };
                let slope = g.value / count + normalized(i) * gx.value / count;
                let value = gammas[c] / deviation * (rs[i] - slope);
                // The statistics' errors in the normalised values, those of the three terms, and that of the deviation.
                let terms = largest_r * (2.0 * extreme * of_normalized + 3.0 * roundings);
                let room =
                    (gammas[c] / deviation).abs() * terms + value.abs() * roundings * scale.powi(2);
                of_x[i] = Truth { value, room };
            }
        }

        let x = x.require_grad();
        let (gamma, beta) = (gamma.require_grad(), beta.require_grad());
        let (y, statistics) = ops::normalize(x.clone(), gamma.clone(), beta.clone(), EPSILON);
        let gradients = (y.clone() * r).sum().backward();
        check(&format!("{shape:?} normalised"), y.inner(), outputs).await;
        check(&format!("{shape:?}: the mean"), statistics.mean.inner(), means).await;
        check(&format!("{shape:?}: the variance"), statistics.variance.inner(), variances).await;
        let gradient = x.grad(&gradients).expect("it is tracked");
        check(&format!("{shape:?}: gradient of the input"), gradient, of_x).await;
        let gradient = gamma.grad(&gradients).expect("it is tracked");
        check(&format!("{shape:?}: gradient of gamma"), gradient, of_gamma).await;
        let gradient = beta.grad(&gradients).expect("it is tracked");
        check(&format!("{shape:?}: gradient of beta"), gradient, of_beta).await;
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
        let gradients = (y.clone() * r).sum().backward();
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
        let gradients = (y.clone() * r).sum().backward();
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

/// [`ops::sum_of_squares`]
pub async fn sums_of_squares(device: &Device) {
    for length in [1, 2, 17, 1000, 4099] {
        let (x, values) = random([length], 1, device);
        let sum: Sum = values.iter().map(|x| x * x).collect();
        check(&format!("the squares of {length}"), ops::sum_of_squares(x), &[sum.truth()]).await;
    }
}

/// [`ops::adam`], clipped or not, from moments at zero and from others.
pub async fn adam(device: &Device) {
    let rates = Rates { beta1: 0.5, beta2: 0.999, epsilon: 1e-8, step_size: 1e-2, clip: 1.0 };
    for (length, clip, start) in
        [(1, 1.0, 0.0), (17, 0.25, 0.0), (1001, 1.0, 0.5), ((1 << 14) + 5, 0.25, 0.5)]
    {
        let rates = Rates { clip, ..rates };
        let (weight, weights) = random([length], 1, device);
        let (gradient, gradients) = random([length], 2, device);
        let [(first, firsts), (second, seconds)] = [3, 4].map(|seed| {
            let (_, values) = random([length], seed, device);
            let moments = values.into_iter().map(|x| (x * start) as f32);
            // A second moment is a mean of squares.
            let moments = moments.map(|x| if seed == 4 { x * x } else { x });
            on_device(moments.collect(), [length], device)
        });
        let mut truth: [Vec<Truth>; 3] = Default::default();
        for (((w, g), m), v) in weights.iter().zip(&gradients).zip(&firsts).zip(&seconds) {
            let g = clip * g;
            let terms = [rates.beta1 * m, (1.0 - rates.beta1) * g];
            let m: Sum = terms.into_iter().collect();
            let v = rates.beta2 * v + (1.0 - rates.beta2) * g * g;
            let by = rates.step_size / (v.sqrt() + rates.epsilon);
            // Each constant is rounded, each product and the sum: at most six roundings of a moment. The root, the sum
            // and the quotient are off by at most two units in the last place each on a GPU.
            let w = Truth {
                value: w - by * m.value,
                room: ROUNDING * (w.abs() + by * m.value.abs())
                    + 24.0 * ROUNDING * by * m.magnitude,
            };
            let m = Truth { value: m.value, room: 6.0 * ROUNDING * m.magnitude };
            let v = Truth { value: v, room: 8.0 * ROUNDING * v };
            for (truths, truth) in truth.iter_mut().zip([w, m, v]) {
                truths.push(truth);
            }
        }
        let what = format!("{length} weights, clip {clip}, moments from {start}");
        let (weight, [first, second]) = ops::adam(weight, gradient, [first, second], rates);
        for (name, ours, truth) in [
            ("weights", weight, &truth[0]),
            ("first", first, &truth[1]),
            ("second", second, &truth[2]),
        ] {
            check(&format!("Adam, {what}: {name}"), ours, truth).await;
        }
    }
}
