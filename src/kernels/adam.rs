//! Adam's update on the CPU, in one pass over the values.

use super::parallel;
use crate::shape::Rates;

/// The values that one thread updates at a time.
const PART: usize = 1 << 14;

/// Overwrites the weights and their first and second moments, `[n]` each.
///
/// # Panics
/// If the four slices differ in length.
pub fn update(into: [&mut [f32]; 3], gradient: &[f32], rates: Rates) {
    let Rates { beta1, beta2, epsilon, step_size, clip } = rates;
    let [keep1, keep2] = [beta1, beta2].map(|beta| beta as f32);
    let [add1, add2] = [beta1, beta2].map(|beta| (1.0 - beta) as f32);
    let [epsilon, step_size, clip] = [epsilon, step_size, clip].map(|x| x as f32);
    assert_eq!(into[0].len(), gradient.len(), "the weights and their gradient differ in length");
    parallel::three_rows(into, PART, |i, [weight, first, second]| {
        let gradient = &gradient[i * PART..][..weight.len()];
        let moments = first.iter_mut().zip(second);
        for ((weight, gradient), (first, second)) in weight.iter_mut().zip(gradient).zip(moments) {
            let gradient = gradient * clip;
            *first = keep1 * *first + add1 * gradient;
            *second = keep2 * *second + add2 * (gradient * gradient);
            *weight -= step_size * *first / (second.sqrt() + epsilon);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    const RATES: Rates =
        Rates { beta1: 0.5, beta2: 0.999, epsilon: 1e-8, step_size: 1e-3, clip: 1.0 };

    /// They were updated as far as they went, and the rest was left as it was.
    #[test]
    fn unequal_lengths_are_refused() {
        let n = PART + 3;
        for lengths in [[n - 1, n, n, n], [n, n - 1, n, n], [n, n, n - 1, n], [n, n, n, n - 1]] {
            for lengths in [lengths, lengths.map(|length| 2 * n - length)] {
                let refused = catch_unwind(|| {
                    let [mut weight, mut first, mut second, gradient] =
                        lengths.map(|length| vec![0.0; length]);
                    update([&mut weight, &mut first, &mut second], &gradient, RATES);
                });
                assert!(refused.is_err(), "{lengths:?}");
            }
        }
    }

    #[test]
    fn every_value_is_updated_wherever_it_lies() {
        for n in [1, PART - 1, PART, PART + 1, 2 * PART + 7] {
            let [mut weight, mut first, mut second] = [vec![1.0; n], vec![0.0; n], vec![0.0; n]];
            update([&mut weight, &mut first, &mut second], &vec![2.0; n], RATES);
            // m = 0.5 · 2, v = 0.001 · 4, w = 1 - 0.001 · m / √v; each rounded once or twice.
            for (values, expected) in
                [(weight, 1.0 - 1e-3 / 4e-3f64.sqrt()), (first, 1.0), (second, 4e-3)]
            {
                let room = 4.0 * f64::from(f32::EPSILON) * expected;
                assert!(values.iter().all(|x| (f64::from(*x) - expected).abs() <= room), "{n}");
            }
        }
    }
}
