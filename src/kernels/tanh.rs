//! The hyperbolic tangent on the CPU, without a call or a branch for each value, so that the compiler makes vectors of it.

use super::parallel;

/// The values that one thread processes at a time.
const PART: usize = 1 << 14;

/// From here on the tangent of a smaller argument is a polynomial, as the other formula would cancel.
const SMALL: f32 = 0.625;

/// Of this argument it is 1 in single precision.
const LARGE: f32 = 9.1;

/// Overwrites `x`.
pub fn forward(x: &mut [f32]) {
    parallel::rows(x, PART, |_, part| part.iter_mut().for_each(|x| *x = tanh(*x)));
}

/// Overwrites `gradient`, by the output of `forward`.
///
/// # Panics
/// If the two slices differ in length.
pub fn backward(output: &[f32], gradient: &mut [f32]) {
    assert_eq!(output.len(), gradient.len(), "the output and the gradient differ in length");
    parallel::rows(gradient, PART, |i, part| {
        for (gradient, output) in part.iter_mut().zip(&output[i * PART..]) {
            *gradient *= 1.0 - output * output;
        }
    });
}

/// By Moshier's Cephes library (`tanhf`, `expf`): `x + x³ · P(x²)`, or `1 - 2 / (e^2x + 1)` further out.
#[inline(always)]
fn tanh(x: f32) -> f32 {
    let square = x * x;
    let small = polynomial(
        square,
        [-5.704_988_7e-3, 2.063_908_9e-2, -5.373_971_6e-2, 1.333_144_2e-1, -3.333_328_2e-1],
    );
    let small = x + x * square * small;
    let size = x.abs();
    let large = 1.0 - 2.0 / (exp(2.0 * if size < LARGE { size } else { LARGE }) + 1.0);
    let far = if size < SMALL { small } else { large.copysign(x) };
    // Neither comparison holds for a NaN.
    if size >= 0.0 { far } else { x }
}

/// `e^x` for 0 … 2 · LARGE: `2^n · e^r`, with |r| no more than half of ln 2.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let n = (x * std::f32::consts::LOG2_E + 0.5) as i32;
    let count = n as f32;
    // ln 2 in two parts, the first of few bits, so that its product is exact.
    let r = x - count * 0.693_359_4 + count * 2.121_944_4e-4;
    let p = polynomial(
        r,
        [1.987_569_2e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5],
    );
    let power = f32::from_bits(((n + 127) as u32) << 23);
    (p * r * r + r + 1.0) * power
}

/// Coefficients from the highest power down.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    coefficients.into_iter().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(x: f32) -> f32 {
        let mut values = [x];
        forward(&mut values);
        values[0]
    }

    /// Every float of a dense walk through all sizes, of both signs.
    #[test]
    fn it_is_the_tangent_within_two_units_in_the_last_place() {
        let mut worst: f64 = 0.0;
        let sizes = (0..0x7f80_0000u32).step_by(997).map(f32::from_bits);
        for x in sizes.flat_map(|x| [x, -x]) {
            let truth = f64::from(x).tanh();
            let unit = (truth.abs() * f64::from(f32::EPSILON)).max(f64::from(f32::MIN_POSITIVE));
            worst = worst.max((f64::from(of(x)) - truth).abs() / unit);
        }
        assert!(worst < 2.0, "{worst}");
    }

    #[test]
    fn what_has_no_size() {
        assert_eq!([of(0.0), of(f32::INFINITY), of(f32::NEG_INFINITY)], [0.0, 1.0, -1.0]);
        assert!(of(f32::NAN).is_nan());
    }

    #[test]
    fn the_gradient_is_the_slope() {
        let x: Vec<f32> = (0..PART + 9).map(|i| (i as f32 / 999.0).sin() * 3.0).collect();
        let mut output = x.clone();
        forward(&mut output);
        let mut gradient = vec![2.0; x.len()];
        backward(&output, &mut gradient);
        for (x, gradient) in x.into_iter().zip(gradient) {
            let slope = 1.0 - f64::from(x).tanh().powi(2);
            assert!((f64::from(gradient) - 2.0 * slope).abs() < 1e-6, "{x}: {gradient}");
        }
    }

    #[test]
    #[should_panic(expected = "differ in length")]
    fn a_longer_gradient_is_refused() {
        backward(&[1.0; 3], &mut [1.0; 4]);
    }
}
