//! LeakyReLU on the CPU.

use super::parallel;

/// The values that one thread processes at a time.
const PART: usize = 1 << 14;

/// Overwrites `x`: values that are not positive are multiplied by `slope`.
pub fn forward(x: &mut [f32], slope: f32) {
    parallel::rows(x, PART, |_, part| part.iter_mut().for_each(|x| *x = rectified(*x, *x, slope)));
}

/// [`forward`] of a copy.
pub fn forward_copied(x: &[f32], slope: f32) -> Vec<f32> {
    parallel::mapped(x.len(), PART, |i| ([&x[i * PART..]], move |[x]| rectified(x, x, slope)))
}

/// [`forward`] of the channels of two batches of pictures of `pixels` pixels one behind the other: `[B, C, H·W]` and
/// `[B, D, H·W]` -> `[B, C + D, H·W]`.
pub fn forward_joined(
    parts: [&[f32]; 2],
    channels: [usize; 2],
    pixels: usize,
    slope: f32,
) -> Vec<f32> {
    let all = channels[0] + channels[1];
    parallel::mapped(parts[0].len() + parts[1].len(), pixels, |i| {
        let (picture, channel) = (i / all, i % all);
        let (part, channel) = match channel.checked_sub(channels[0]) {
            None => (0, channel),
            Some(channel) => (1, channel),
        };
        let plane = &parts[part][(picture * channels[part] + channel) * pixels..];
        ([plane], move |[x]| rectified(x, x, slope))
    })
}

/// The gradients of the two parts of [`forward_joined`], from its output and the gradient of that.
///
/// # Panics
/// If the output and its gradient differ in length.
pub fn backward_joined(
    output: &[f32],
    gradient: &[f32],
    channels: [usize; 2],
    pixels: usize,
    slope: f32,
) -> [Vec<f32>; 2] {
    assert_eq!(output.len(), gradient.len(), "the output and the gradient differ in length");
    let all = channels[0] + channels[1];
    let pictures = output.len() / (all * pixels);
    [0, 1].map(|part| {
        let count = pictures * channels[part] * pixels;
        parallel::mapped(count, pixels, |i| {
            let (picture, channel) = (i / channels[part], i % channels[part]);
            let plane = (picture * all + part * channels[0] + channel) * pixels;
            let inputs = [output, gradient].map(|values| &values[plane..]);
            (inputs, move |[output, gradient]| rectified(output, gradient, slope))
        })
    })
}

/// `value` where `x` is positive, and `slope` times it elsewhere.
fn rectified(x: f32, value: f32, slope: f32) -> f32 {
    if x > 0.0 { value } else { value * slope }
}

/// Overwrites `gradient`: where `x` is not positive it is multiplied by `slope`.
///
/// # Panics
/// If the two slices differ in length.
pub fn backward(x: &[f32], gradient: &mut [f32], slope: f32) {
    assert_eq!(x.len(), gradient.len(), "the input and the gradient differ in length");
    parallel::rows(gradient, PART, |i, part| {
        for (gradient, x) in part.iter_mut().zip(&x[i * PART..]) {
            *gradient = rectified(*x, *gradient, slope);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_each_sign_in_each_part() {
        let x: Vec<f32> = (0..2 * PART + 3).map(|i| [-2.0, 0.0, 3.0][i % 3]).collect();
        let mut y = x.clone();
        assert_eq!(forward_copied(&x, 0.25), {
            forward(&mut y, 0.25);
            y.clone()
        });
        assert!(y.iter().enumerate().all(|(i, y)| *y == [-0.5, 0.0, 3.0][i % 3]));
        let mut gradient = vec![8.0; x.len()];
        backward(&x, &mut gradient, 0.25);
        assert!(gradient.iter().enumerate().all(|(i, g)| *g == [2.0, 2.0, 8.0][i % 3]));
        forward(&mut y, 0.0);
        assert!(y.iter().enumerate().all(|(i, y)| *y == [0.0, 0.0, 3.0][i % 3]));
    }

    /// Two pictures of two pixels, one channel and two.
    #[test]
    fn channels_are_joined_picture_by_picture() {
        let joined = forward_joined(
            [&[1., -1., 2., -2.], &[3., -3., 4., -4., 5., -5., 6., -6.]],
            [1, 2],
            2,
            0.5,
        );
        assert_eq!(joined, [1., -0.5, 3., -1.5, 4., -2., 2., -1., 5., -2.5, 6., -3.]);
        let gradient: Vec<f32> = (1..=12).map(|i| i as f32).collect();
        let [first, second] = backward_joined(&joined, &gradient, [1, 2], 2, 0.5);
        assert_eq!(first, [1., 1., 7., 4.]);
        assert_eq!(second, [3., 2., 5., 3., 9., 5., 11., 6.]);
    }

    #[test]
    #[should_panic(expected = "differ in length")]
    fn a_longer_gradient_is_refused() {
        backward(&[1.0; 3], &mut [1.0; 4], 0.2);
    }
}
