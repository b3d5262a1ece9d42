//! Work on all threads where there are any: rayon's, natively and in a page whose engine has them; elsewhere one after the
//! other. Whether there are threads is decided here alone.

#[cfg(any(not(target_arch = "wasm32"), feature = "threads"))]
mod threads {
    pub use rayon::prelude::*;

    /// How many there are.
    pub use rayon::current_num_threads as threads;
}

/// Rayon's names for what the standard library does on one thread.
#[cfg(all(target_arch = "wasm32", not(feature = "threads")))]
mod threads {
    use std::ops::Range;
    use std::slice::ChunksMut;

    pub fn threads() -> usize {
        1
    }

    pub trait ParallelSliceMut {
        fn par_chunks_mut(&mut self, length: usize) -> ChunksMut<'_, f32>;
    }

    impl ParallelSliceMut for [f32] {
        fn par_chunks_mut(&mut self, length: usize) -> ChunksMut<'_, f32> {
            self.chunks_mut(length)
        }
    }

    pub trait IntoParallelIterator {
        fn into_par_iter(self) -> Self;
    }

    impl IntoParallelIterator for Range<usize> {
        fn into_par_iter(self) -> Self {
            self
        }
    }
}

pub use threads::threads;
use threads::*;

/// Calls `work` with each row of `length` values and the row's index. The last row may be shorter.
pub fn rows(values: &mut [f32], length: usize, work: impl Fn(usize, &mut [f32]) + Sync + Send) {
    values.par_chunks_mut(length).enumerate().for_each(|(i, row)| work(i, row));
}

/// The results of `work` for 0 … count - 1, in order.
pub fn map<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    (0..count).into_par_iter().map(work).collect()
}

/// Calls `work` with the rows of three slices of equal length, and their index.
///
/// # Panics
/// If the slices differ in length.
pub fn three_rows(
    [a, b, c]: [&mut [f32]; 3],
    length: usize,
    work: impl Fn(usize, [&mut [f32]; 3]) + Sync + Send,
) {
    assert_eq!([b.len(), c.len()], [a.len(); 2], "the three slices differ in length");
    let rows = a.par_chunks_mut(length).zip(b.par_chunks_mut(length)).zip(c.par_chunks_mut(length));
    rows.enumerate().for_each(|(i, ((a, b), c))| work(i, [a, b, c]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_results_keep_their_order() {
        let mut values = vec![0.0; 10];
        rows(&mut values, 4, |i, row| row.fill((10 * i + row.len()) as f32));
        assert_eq!(values, [4., 4., 4., 4., 14., 14., 14., 14., 22., 22.]);
        assert_eq!(map(1000, |i| i * i), (0..1000).map(|i| i * i).collect::<Vec<_>>());
    }

    #[test]
    fn three_slices_go_side_by_side() {
        let [mut a, mut b, mut c] = [vec![1.0; 5], vec![2.0; 5], vec![0.0; 5]];
        three_rows([&mut a, &mut b, &mut c], 2, |i, [a, b, c]| {
            for ((a, b), c) in a.iter().zip(b.iter()).zip(c) {
                *c = a + b + i as f32;
            }
        });
        assert_eq!(c, [3., 3., 4., 4., 5.]);
    }

    #[test]
    #[should_panic(expected = "differ in length")]
    fn three_slices_of_different_lengths_are_refused() {
        three_rows([&mut [0.0; 5], &mut [0.0; 5], &mut [0.0; 4]], 2, |_, _| ());
    }
}
