//! Products of matrices of any layout.

use super::kernel::{COLUMNS, Into, LONGEST, Left, ROWS, Right, tile_column};
use super::{parallel, scratch};

/// A matrix within a slice: element `(i, j)` has the index `i * strides[0] + j * strides[1]`.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    pub values: &'a [f32],
    pub strides: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// Row-major, each row of `length` elements.
    pub fn new(values: &'a [f32], length: usize) -> Self {
        Self { values, strides: [length, 1] }
    }

    pub fn transposed(self) -> Self {
        let [rows, columns] = self.strides;
        Self { strides: [columns, rows], ..self }
    }
}

/// `into = left · right`, of `[m, k]` and `[k, n]`; `into` is row-major. Where `keep`, it is added to what is there.
///
/// # Panics
/// If a slice is too short for its matrix.
pub fn product(into: &mut [f32], sizes: [usize; 3], left: Matrix, right: Matrix, keep: bool) {
    let [m, k, n] = sizes;
    assert_eq!(into.len(), m * n, "the result has another size");
    let [down, across] = right.strides;
    for at in (0..k).step_by(LONGEST) {
        let terms = (k - at).min(LONGEST);
        let panel = terms * COLUMNS;
        scratch::with(n.div_ceil(COLUMNS) * panel, |panels| {
            parallel::rows(panels, panel, |i, panel| {
                let first = i * COLUMNS;
                let count = (n - first).min(COLUMNS);
                for (row, to) in panel.chunks_exact_mut(COLUMNS).enumerate() {
                    let from = &right.values[(at + row) * down + first * across..];
                    to[count..].fill(0.0);
                    to[..count]
                        .iter_mut()
                        .zip(from.iter().step_by(across))
                        .for_each(|(to, x)| *to = *x);
                }
            });
            parallel::rows(into, ROWS * n, |block, rows| {
                let from = &left.values[block * ROWS * left.strides[0] + at * left.strides[1]..];
                for (i, panel) in panels.chunks_exact(panel).enumerate() {
                    let first = i * COLUMNS;
                    let into = Into {
                        rows: rows.len() / n,
                        values: &mut rows[first..],
                        stride: n,
                        columns: (n - first).min(COLUMNS),
                        keep: keep || at > 0,
                    };
                    let [down, across] = left.strides;
                    let left = Left::Apart(from, down, across);
                    tile_column(terms, left, Right(panel, COLUMNS), into);
                }
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_product_of_any_layout() {
        let (left, right) = ([1., 2., 3., 4., 5., 6.], [1., 0., 2., 1., 0., 3.]);
        let mut into = [1.0; 4];
        product(&mut into, [2, 3, 2], Matrix::new(&left, 3), Matrix::new(&right, 2), false);
        assert_eq!(into, [5., 11., 14., 23.]);
        product(&mut into, [2, 3, 2], Matrix::new(&left, 3), Matrix::new(&right, 2), true);
        assert_eq!(into, [10., 22., 28., 46.], "added to what was there");
        let (left, right) = ([1., 4., 2., 5., 3., 6.], [1., 2., 0., 0., 1., 3.]);
        let [left, right] = [(&left, 2), (&right, 3)].map(|(m, n)| Matrix::new(m, n).transposed());
        product(&mut into, [2, 3, 2], left, right, false);
        assert_eq!(into, [5., 11., 14., 23.], "both transposed");
    }

    /// More than a tile in each direction, and sums that are cut.
    #[test]
    fn a_product_of_any_size() {
        let mut random = Random::new(1);
        for [m, k, n] in
            [[1, 1, 1], [ROWS + 1, 3, COLUMNS + 1], [3, LONGEST + 5, 2 * COLUMNS], [20, 1040, 33]]
        {
            let mut values =
                |count| (0..count).map(|_| random.uniform() as f32 - 0.5).collect::<Vec<_>>();
            let (left, right, mut into) = (values(m * k), values(k * n), vec![f32::NAN; m * n]);
            product(&mut into, [m, k, n], Matrix::new(&left, k), Matrix::new(&right, n), false);
            for (at, value) in into.iter().enumerate() {
                let (i, j) = (at / n, at % n);
                let terms =
                    (0..k).map(|x| f64::from(left[i * k + x]) * f64::from(right[x * n + j]));
                let truth: f64 = terms.sum();
                assert!(
                    (f64::from(*value) - truth).abs() < 1e-5 * (k as f64).sqrt(),
                    "{m} {k} {n} at {at}"
                );
            }
        }
    }

    #[test]
    #[should_panic(expected = "another size")]
    fn a_result_of_another_size_is_refused() {
        let values = [0.0; 6];
        product(&mut [0.0; 5], [2, 3, 2], Matrix::new(&values, 3), Matrix::new(&values, 2), false);
    }
}
