//! LeakyReLU on the CPU.

use super::parallel;

/// Numbers that one thread takes at a time.
const PART: usize = 1 << 14;

/// Writes over `x`: what is negative is multiplied with `slope`.
pub fn forward(x: &mut [f32], slope: f32) {
    parallel::rows(x, PART, |_, part| {
        for x in part {
            *x = if *x > 0.0 { *x } else { *x * slope };
        }
    });
}

/// Writes over `gradient`: where `x` is not positive it is multiplied with `slope`.
pub fn backward(x: &[f32], gradient: &mut [f32], slope: f32) {
    parallel::rows(gradient, PART, |i, part| {
        for (gradient, x) in part.iter_mut().zip(&x[i * PART..]) {
            *gradient = if *x > 0.0 { *gradient } else { *gradient * slope };
        }
    });
}
