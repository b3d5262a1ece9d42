//! A sum of squares on the CPU.

use super::parallel;

/// The values that one thread sums at a time.
const PART: usize = 1 << 14;
/// Sums that grow side by side.
const LANES: usize = 16;

/// Parts are summed in single precision, their sums in double.
pub fn of_squares(values: &[f32]) -> f32 {
    let parts = parallel::map(values.len().div_ceil(PART), |i| {
        let part = &values[i * PART..values.len().min((i + 1) * PART)];
        let mut sums = [0.0f32; LANES];
        for values in part.chunks(LANES) {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value * value;
            }
        }
        sums.into_iter().map(f64::from).sum::<f64>()
    });
    parts.into_iter().sum::<f64>() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Also where the values do not fill the parts, or the lanes, that they are summed in. The sums are whole numbers
    /// below 2^24, so that none is rounded.
    #[test]
    fn every_value_is_in_the_sum() {
        for length in [0, 1, 15, 17, PART - 1, PART, PART + 5, 3 * PART - 1] {
            let values: Vec<f32> = (0..length).map(|i| (i % 4) as f32).collect();
            let exact: usize = (0..length).map(|i| (i % 4).pow(2)).sum();
            assert_eq!(of_squares(&values), exact as f32, "{length}");
        }
    }
}
