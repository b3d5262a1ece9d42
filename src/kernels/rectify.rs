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

/// `value` where `x` is positive, and `slope` times it elsewhere.
pub fn rectified(x: f32, value: f32, slope: f32) -> f32 {
    if x > 0.0 { value } else { value * slope }
}

/// Overwrites `gradient`: where the output of `forward` is not positive it is multiplied by `slope`.
///
/// # Panics
/// If the two slices differ in length.
pub fn backward(output: &[f32], gradient: &mut [f32], slope: f32) {
    assert_eq!(output.len(), gradient.len(), "the output and the gradient differ in length");
    parallel::rows(gradient, PART, |i, part| {
        for (gradient, output) in part.iter_mut().zip(&output[i * PART..]) {
            *gradient = rectified(*output, *gradient, slope);
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
        backward(&y, &mut gradient, 0.25);
        assert!(gradient.iter().enumerate().all(|(i, g)| *g == [2.0, 2.0, 8.0][i % 3]));
        forward(&mut y, 0.0);
        assert!(y.iter().enumerate().all(|(i, y)| *y == [0.0, 0.0, 3.0][i % 3]));
    }

    #[test]
    #[should_panic(expected = "differ in length")]
    fn a_longer_gradient_is_refused() {
        backward(&[1.0; 3], &mut [1.0; 4], 0.2);
    }
}
