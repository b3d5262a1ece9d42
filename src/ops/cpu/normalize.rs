//! Batch normalisation on the CPU: one pass for the statistics and one for the result, and as few back.

use super::parallel;

/// The numbers of a channel that are added in single precision before the sum goes on in double.
const BLOCK: usize = 256;

/// What [`forward`] gives.
pub struct Normalized {
    pub output: Vec<f32>,
    /// `[C]`
    pub mean: Vec<f32>,
    /// Biased, `[C]`.
    pub variance: Vec<f32>,
}

/// What [`backward`] gives.
pub struct Gradients {
    pub input: Vec<f32>,
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
}

/// The planes of one channel, one for each picture of the batch.
struct Planes<'a> {
    numbers: &'a [f32],
    channels: usize,
    pixels: usize,
}

impl<'a> Planes<'a> {
    fn of(&self, channel: usize) -> impl Iterator<Item = &'a [f32]> + Clone {
        self.numbers.chunks_exact(self.pixels).skip(channel).step_by(self.channels)
    }

    fn count(&self) -> f64 {
        (self.numbers.len() / self.channels) as f64
    }
}

/// `[B, C, H·W]`, normalised over batch and pixels.
pub fn forward(
    x: &[f32],
    channels: usize,
    pixels: usize,
    gamma: &[f32],
    beta: &[f32],
    epsilon: f64,
) -> Normalized {
    let planes = Planes { numbers: x, channels, pixels };
    let count = planes.count();
    let statistics = parallel::map(channels, |channel| {
        let mean = planes.of(channel).map(|plane| sum(plane, |x| x)).sum::<f64>() / count;
        let middle = mean as f32;
        let squares = |plane: &[f32]| sum(plane, |x| (x - middle) * (x - middle));
        (middle, (planes.of(channel).map(squares).sum::<f64>() / count) as f32)
    });
    let mut output = vec![0.0; x.len()];
    parallel::rows(&mut output, pixels, |i, plane| {
        let channel = i % channels;
        let (mean, variance) = statistics[channel];
        let scale = gamma[channel] * deviation(variance, epsilon).recip();
        let shift = beta[channel] - mean * scale;
        for (y, x) in plane.iter_mut().zip(&x[i * pixels..]) {
            *y = x * scale + shift;
        }
    });
    let (mean, variance) = statistics.into_iter().unzip();
    Normalized { output, mean, variance }
}

/// The gradients of the input, of gamma and of beta, given that of the output.
pub fn backward(
    x: &[f32],
    gradient: &[f32],
    channels: usize,
    pixels: usize,
    gamma: &[f32],
    (mean, variance): (&[f32], &[f32]),
    epsilon: f64,
) -> Gradients {
    let planes = Planes { numbers: x, channels, pixels };
    let gradients = Planes { numbers: gradient, channels, pixels };
    let count = planes.count();
    let sums = parallel::map(channels, |channel| {
        let (middle, scale) = (mean[channel], deviation(variance[channel], epsilon).recip());
        let of_beta = gradients.of(channel).map(|plane| sum(plane, |g| g)).sum::<f64>();
        let of_gamma = (planes.of(channel).zip(gradients.of(channel)))
            .map(|(x, g)| sum_of_two(x, g, |x, g| (x - middle) * scale * g))
            .sum::<f64>();
        (of_gamma, of_beta)
    });
    let mut input = vec![0.0; x.len()];
    parallel::rows(&mut input, pixels, |i, plane| {
        let channel = i % channels;
        let (of_gamma, of_beta) = sums[channel];
        let (middle, inverse) = (mean[channel], deviation(variance[channel], epsilon).recip());
        let scale = gamma[channel] * inverse;
        let (of_beta, slope) = ((of_beta / count) as f32, (of_gamma / count) as f32 * inverse);
        let inputs = x[i * pixels..].iter().zip(&gradient[i * pixels..]);
        for (to, (x, g)) in plane.iter_mut().zip(inputs) {
            *to = scale * (g - of_beta - (x - middle) * slope);
        }
    });
    let (gamma, beta) = sums.into_iter().map(|(g, b)| (g as f32, b as f32)).unzip();
    Gradients { input, gamma, beta }
}

fn deviation(variance: f32, epsilon: f64) -> f32 {
    (f64::from(variance) + epsilon).sqrt() as f32
}

fn sum(numbers: &[f32], of: impl Fn(f32) -> f32) -> f64 {
    sum_of_two(numbers, numbers, |x, _| of(x))
}

/// In eight lanes, so that the compiler adds eight numbers at once, and by blocks, so that none is lost.
fn sum_of_two(a: &[f32], b: &[f32], of: impl Fn(f32, f32) -> f32) -> f64 {
    let block = |(a, b): (&[f32], &[f32])| {
        let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
        let mut lanes = [0f32; 8];
        for (a, b) in a.iter().zip(b) {
            for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
                *lane += of(*a, *b);
            }
        }
        let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| of(*a, *b)).sum();
        f64::from(lanes.iter().sum::<f32>() + rest)
    };
    a.chunks(BLOCK).zip(b.chunks(BLOCK)).map(block).sum()
}
