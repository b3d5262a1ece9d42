//! Adam's update on the CPU, in one pass over the numbers.

use super::parallel;
use crate::ops::Rates;

/// Numbers that one thread takes at a time.
const PART: usize = 1 << 14;

/// Writes over the weights, the first and the second moments, `[n]` each.
pub fn update(into: [&mut [f32]; 3], gradient: &[f32], rates: Rates) {
    let Rates { beta1, beta2, epsilon, step_size, clip } = rates;
    let [beta1, beta2, keep1, keep2] = [1.0 - beta1, 1.0 - beta2, beta1, beta2].map(|x| x as f32);
    let [epsilon, step_size, clip] = [epsilon, step_size, clip].map(|x| x as f32);
    parallel::three_rows(into, PART, |i, [weight, first, second]| {
        let gradient = &gradient[i * PART..][..weight.len()];
        let moments = first.iter_mut().zip(second);
        for ((weight, gradient), (first, second)) in weight.iter_mut().zip(gradient).zip(moments) {
            let gradient = gradient * clip;
            *first = keep1 * *first + beta1 * gradient;
            *second = keep2 * *second + beta2 * (gradient * gradient);
            *weight -= step_size * *first / (second.sqrt() + epsilon);
        }
    });
}
