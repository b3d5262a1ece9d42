//! Batch normalisation on the CPU: two passes for the statistics and one for the output; two passes backward.

use super::parallel;

/// The values that are summed in single precision; the sums of these blocks are summed in double.
const BLOCK: usize = 256;

/// The output of [`forward`].
pub struct Normalized {
    pub output: Vec<f32>,
    /// `[G · C]`
    pub mean: Vec<f32>,
    /// Biased, `[G · C]`.
    pub variance: Vec<f32>,
}

/// The output of [`backward`].
pub struct Gradients {
    pub input: Vec<f32>,
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
}

/// The sizes of `[B, C, H·W]`, whose pictures are normalised in groups.
#[derive(Clone, Copy)]
pub struct Sizes {
    pub groups: usize,
    pub channels: usize,
    pub pixels: usize,
}

impl Sizes {
    /// The planes of a channel of a group, one for each picture of it. `i` counts the channels of all groups.
    fn planes<'a>(&self, values: &'a [f32], i: usize) -> impl Iterator<Item = &'a [f32]> + Clone {
        let (group, channel) = (i / self.channels, i % self.channels);
        let length = values.len() / self.groups;
        let values = &values[group * length..][..length];
        values.chunks_exact(self.pixels).skip(channel).step_by(self.channels)
    }

    /// Which channel of all groups' the `plane`-th plane of so many values is of.
    fn channel_of(&self, plane: usize, values: usize) -> usize {
        let planes = values / self.pixels / self.groups;
        plane / planes * self.channels + plane % self.channels
    }

    /// Values of one channel of a group.
    fn count(&self, values: usize) -> f64 {
        (values / self.channels / self.groups) as f64
    }
}

/// Normalises each channel of each group over its pictures and pixels.
pub fn forward(x: &[f32], sizes: Sizes, gamma: &[f32], beta: &[f32], epsilon: f64) -> Normalized {
    let Sizes { groups, channels, pixels } = sizes;
    let count = sizes.count(x.len());
    let statistics = parallel::map(groups * channels, |i| {
        let planes = sizes.planes(x, i);
        let mean = planes.clone().map(|plane| sum(plane, |x| x)).sum::<f64>() / count;
        let middle = mean as f32;
        let squares = |plane: &[f32]| sum(plane, |x| (x - middle) * (x - middle));
        (middle, (planes.map(squares).sum::<f64>() / count) as f32)
    });
    let output = parallel::mapped(x.len(), pixels, |i| {
        let channel = i % channels;
        let (mean, variance) = statistics[sizes.channel_of(i, x.len())];
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
    sizes: Sizes,
    gamma: &[f32],
    (mean, variance): (&[f32], &[f32]),
    epsilon: f64,
) -> Gradients {
    assert_eq!(x.len(), gradient.len(), "the input and the gradient differ in length");
    let Sizes { groups, channels, pixels } = sizes;
    let count = sizes.count(x.len());
    let sums = parallel::map(groups * channels, |i| {
        let (middle, scale) = (mean[i], deviation(variance[i], epsilon).recip());
        let of_beta = sizes.planes(gradient, i).map(|plane| sum(plane, |g| g)).sum::<f64>();
        let of_gamma = (sizes.planes(x, i).zip(sizes.planes(gradient, i)))
            .map(|(x, g)| sum_of_two(x, g, |x, g| (x - middle) * scale * g))
            .sum::<f64>();
        (of_gamma, of_beta)
    });
    let input = parallel::mapped(x.len(), pixels, |i| {
        let of_group = sizes.channel_of(i, x.len());
        let (of_gamma, of_beta) = sums[of_group];
        let (middle, variance) = (mean[of_group], variance[of_group]);
        let inverse = deviation(variance, epsilon).recip();
        let scale = gamma[i % channels] * inverse;
        let (of_beta, slope) = ((of_beta / count) as f32, (of_gamma / count) as f32 * inverse);
        let inputs = [x, gradient].map(|values| &values[i * pixels..]);
        (inputs, move |[x, g]| scale * (g - of_beta - (x - middle) * slope))
    });
    let of_channel = |channel: usize| sums.iter().skip(channel).step_by(channels);
    let all = 0..channels;
    let (gamma, beta) = all
        .map(|c| {
            let of_gamma = of_channel(c).map(|(gamma, _)| gamma).sum::<f64>();
            (of_gamma as f32, of_channel(c).map(|(_, beta)| beta).sum::<f64>() as f32)
        })
        .unzip();
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

    /// Of two pictures of two pixels.
    const TINY: Sizes = Sizes { groups: 1, channels: 1, pixels: 2 };

    /// A mean of a thousand deviations: in single precision the sum of squares less the square of the sum would
    /// be wrong in its first digit.
    #[test]
    fn a_large_mean_costs_no_precision() {
        let x: Vec<f32> = (0..1 << 16).map(|i| 1000.0 + [-1.0, 1.0][i % 2]).collect();
        let done = forward(&x, Sizes { pixels: x.len(), ..TINY }, &[3.0], &[0.5], 0.0);
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
        backward(&[1.0; 4], &[1.0; 2], TINY, &[1.0], (&[1.0], &[1.0]), 1e-5);
    }
}
