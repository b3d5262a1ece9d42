//! A sum of squares on the CPU.

use super::parallel;

/// Numbers that one thread takes at a time.
const PART: usize = 1 << 14;
/// Sums that grow side by side.
const LANES: usize = 16;

/// Parts in single precision, their sum in double.
pub fn of_squares(numbers: &[f32]) -> f32 {
    let parts = parallel::map(numbers.len().div_ceil(PART), |i| {
        let part = &numbers[i * PART..numbers.len().min((i + 1) * PART)];
        let mut sums = [0.0f32; LANES];
        for numbers in part.chunks(LANES) {
            for (sum, number) in sums.iter_mut().zip(numbers) {
                *sum += number * number;
            }
        }
        sums.into_iter().map(f64::from).sum::<f64>()
    });
    parts.into_iter().sum::<f64>() as f32
}
