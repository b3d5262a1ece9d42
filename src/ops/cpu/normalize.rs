//! Batch normalisation on the CPU: two passes for the statistics and one for the output; two passes backward.

use super::parallel;

/// The values that are summed in single precision; the sums of these blocks are summed in double.
const BLOCK: usize = 256;

/// The output of [`forward`].
pub struct Normalized {
    pub output: Vec<f32>,
    /// `[C]`
    pub mean: Vec<f32>,
    /// Biased, `[C]`.
    pub variance: Vec<f32>,
}

/// The output of [`backward`].
pub struct Gradients {
    pub input: Vec<f32>,
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
}

/// `[B, C, H·W]`, of which the planes of one channel are asked for.
struct Planes<'a> {
    values: &'a [f32],
    channels: usize,
    pixels: usize,
}

impl<'a> Planes<'a> {
    /// One plane for each picture of the batch.
    fn of(&self, channel: usize) -> impl Iterator<Item = &'a [f32]> + Clone {
        self.values.chunks_exact(self.pixels).skip(channel).step_by(self.channels)
    }

    /// Values of one channel.
    fn count(&self) -> f64 {
        (self.values.len() / self.channels) as f64
    }
}

/// Normalises each channel of `[B, C, H·W]` over the batch and the pixels.
pub fn forward(
    x: &[f32],
    channels: usize,
    pixels: usize,
    gamma: &[f32],
    beta: &[f32],
    epsilon: f64,
) -> Normalized {
    let planes = Planes { values: x, channels, pixels };
    let count = planes.count();
    let statistics = parallel::map(channels, |channel| {
        let mean = planes.of(channel).map(|plane| sum(plane, |x| x)).sum::<f64>() / count;
        let middle = mean as f32;
        let squares = |plane: &[f32]| sum(plane, |x| (x - middle) * (x - middle));
        (middle, (planes.of(channel).map(squares).sum::<f64>() / count) as f32)
    });
    let output = parallel::mapped(x.len(), pixels, |i| {
        let channel = i % channels;
        let (mean, variance) = statistics[channel];
        let scale = gamma[channel] * deviation(variance, epsilon).recip();
        let shift = beta[channel] - mean * scale;
        ([&x[i * pixels..]], move |[x]| x * scale + shift)
    });
    let (mean, variance) = statistics.into_iter().unzip();
    Normalized { output, mean, variance }
}

/// The gradients of the input, gamma and beta, from that of the output.
///
/// # Panics
/// If the input and the gradient differ in length.
pub fn backward(
    x: &[f32],
    gradient: &[f32],
    channels: usize,
    pixels: usize,
    gamma: &[f32],
    (mean, variance): (&[f32], &[f32]),
    epsilon: f64,
) -> Gradients {
    assert_eq!(x.len(), gradient.len(), "the input and the gradient differ in length");
    let planes = Planes { values: x, channels, pixels };
    let gradients = Planes { values: gradient, channels, pixels };
    let count = planes.count();
    let sums = parallel::map(channels, |channel| {
        let (middle, scale) = (mean[channel], deviation(variance[channel], epsilon).recip());
        let of_beta = gradients.of(channel).map(|plane| sum(plane, |g| g)).sum::<f64>();
        let of_gamma = (planes.of(channel).zip(gradients.of(channel)))
            .map(|(x, g)| sum_of_two(x, g, |x, g| (x - middle) * scale * g))
            .sum::<f64>();
        (of_gamma, of_beta)
    });
    let input = parallel::mapped(x.len(), pixels, |i| {
        let channel = i % channels;
        let (of_gamma, of_beta) = sums[channel];
        let (middle, inverse) = (mean[channel], deviation(variance[channel], epsilon).recip());
        let scale = gamma[channel] * inverse;
        let (of_beta, slope) = ((of_beta / count) as f32, (of_gamma / count) as f32 * inverse);
        let inputs = [x, gradient].map(|values| &values[i * pixels..]);
        (inputs, move |[x, g]| scale * (g - of_beta - (x - middle) * slope))
    });
    let (gamma, beta) = sums.into_iter().map(|(g, b)| (g as f32, b as f32)).unzip();
    Gradients { input, gamma, beta }
}

fn deviation(variance: f32, epsilon: f64) -> f32 {
    (f64::from(variance) + epsilon).sqrt() as f32
}

fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f64 {
    sum_of_two(values, values, |x, _| of(x))
}

/// In eight lanes, so that the compiler adds eight values at once, and by blocks, so that small values are not lost
/// in a large sum.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of these would be lost, or counted twice, at a length that fills neither lanes nor blocks.
    #[test]
    fn every_value_is_in_the_sum() {
        for length in [0, 1, 7, 8, 9, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 11] {
            let values: Vec<f32> = (0..length).map(|i| i as f32).collect();
            let exact = (length * length.saturating_sub(1) / 2) as f64;
            assert_eq!(sum(&values, |x| x), exact, "{length}");
            assert_eq!(sum_of_two(&values, &vec![2.0; length], |a, b| a * b), 2.0 * exact);
        }
    }

    /// A mean of a thousand deviations: in single precision the sum of squares less the square of the sum would
    /// be wrong in its first digit.
    #[test]
    fn a_large_mean_costs_no_precision() {
        let x: Vec<f32> = (0..1 << 16).map(|i| 1000.0 + [-1.0, 1.0][i % 2]).collect();
        let done = forward(&x, 1, x.len(), &[3.0], &[0.5], 0.0);
        assert_eq!((done.mean[0], done.variance[0]), (1000.0, 1.0));
        // x · 3 + (0.5 - 3000): one rounding at 3000, of half a unit in the last place.
        let room = 3000.0 * f32::EPSILON;
        assert!(
            done.output.iter().enumerate().all(|(i, y)| (y - [-2.5, 3.5][i % 2]).abs() <= room)
        );
    }

    #[test]
    #[should_panic(expected = "differ in length")]
    fn a_shorter_gradient_is_refused() {
        backward(&[1.0; 4], &[1.0; 2], 1, 2, &[1.0], (&[1.0], &[1.0]), 1e-5);
    }
}
