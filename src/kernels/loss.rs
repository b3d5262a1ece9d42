//! Sums over two pictures: terms in single precision, their sums in double.

use super::parallel;

/// The values that one thread sums at a time.
const PART: usize = 1 << 14;

/// The mean of the absolute differences.
///
/// # Panics
/// If the two slices differ in length.
pub fn l1(a: &[f32], b: &[f32]) -> f32 {
    (sum_of_pairs(a, b, |a, b| (a - b).abs()) / a.len() as f64) as f32
}

/// The sum of the products.
///
/// # Panics
/// If the two slices differ in length.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    sum_of_pairs(a, b, |a, b| a * b) as f32
}

fn sum_of_pairs(a: &[f32], b: &[f32], of: impl Fn(f32, f32) -> f32 + Sync + Send) -> f64 {
    assert_eq!(a.len(), b.len(), "the two pictures differ in length");
    let sums = parallel::map(a.len().div_ceil(PART), |i| {
        let part = i * PART..a.len().min((i + 1) * PART);
        let pairs = a[part.clone()].iter().zip(&b[part]);
        pairs.map(|(a, b)| f64::from(of(*a, *b))).sum::<f64>()
    });
    sums.into_iter().sum()
}

/// The gradient of `a` of [`l1`], from that of the mean.
///
/// # Panics
/// If the two slices differ in length.
pub fn l1_backward(a: &[f32], b: &[f32], gradient: f32) -> Vec<f32> {
    assert_eq!(a.len(), b.len(), "the two pictures differ in length");
    let share = gradient / a.len() as f32;
    let mut of_a = vec![0.0; a.len()];
    parallel::rows(&mut of_a, PART, |i, part| {
        for (to, (a, b)) in part.iter_mut().zip(a[i * PART..].iter().zip(&b[i * PART..])) {
            let difference = a - b;
            *to = if difference > 0.0 {
                share
            } else if difference < 0.0 {
                -share
            } else {
                0.0
            };
        }
    });
    of_a
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Also where the values do not fill the parts that they are summed in. No sum is rounded.
    #[test]
    fn every_pair_counts() {
        for length in [1, PART - 1, PART, PART + 1, 2 * PART + 7] {
            let (a, b) = (vec![1.5; length], vec![-0.5; length]);
            assert_eq!([l1(&a, &b), dot(&a, &b)], [2.0, -0.75 * length as f32]);
            let share = 8.0 / length as f32;
            assert_eq!(l1_backward(&a, &b, 8.0), vec![share; length]);
            assert_eq!(l1_backward(&b, &a, 8.0), vec![-share; length]);
            assert_eq!(l1_backward(&a, &a, 8.0), vec![0.0; length]);
        }
    }

    #[test]
    #[should_panic(expected = "differ in length")]
    fn a_shorter_picture_is_refused() {
        l1(&[1.0; 3], &[1.0; 2]);
    }
}
