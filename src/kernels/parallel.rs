//! Work on all threads where there are any: rayon's natively, a pool of our own in a page whose engine has them; elsewhere
//! one after the other. Whether there are threads is decided here alone.

use std::marker::PhantomData;
use std::mem::MaybeUninit;

#[cfg(all(target_arch = "wasm32", feature = "threads"))]
use super::pool::Pool;

/// How many values a thread is worth.
const PART: usize = 1 << 14;

/// Pieces of work for each of several threads, as some threads are slower.
pub const SHARES: usize = 8;

/// The threads of a page.
#[cfg(all(target_arch = "wasm32", feature = "threads"))]
pub static POOL: Pool = Pool::new();

/// How many threads there are.
fn threads() -> usize {
    #[cfg(not(target_arch = "wasm32"))]
    return rayon::current_num_threads();
    #[cfg(all(target_arch = "wasm32", feature = "threads"))]
    return POOL.threads();
    #[cfg(all(target_arch = "wasm32", not(feature = "threads")))]
    1
}

/// Into how many pieces work is divided at the least, where that costs little: some threads are slower, and none should wait
/// long for another.
pub fn shares() -> usize {
    match threads() {
        1 => 1,
        threads => threads * SHARES,
    }
}

/// Calls `work` once with each index below `count`.
fn each(count: usize, work: impl Fn(usize) + Sync + Send) {
    #[cfg(not(target_arch = "wasm32"))]
    {
        use rayon::prelude::*;
        (0..count).into_par_iter().for_each(work);
    }
    #[cfg(all(target_arch = "wasm32", feature = "threads"))]
    POOL.each(count, &work);
    #[cfg(all(target_arch = "wasm32", not(feature = "threads")))]
    (0..count).for_each(work);
}

/// The rows of a slice, of `length` values each; the last one may be shorter.
struct Rows<'a, T> {
    first: *mut T,
    count: usize,
    length: usize,
    slice: PhantomData<&'a mut [T]>,
}

// SAFETY: threads get other rows each, by the promise of `Rows::row`.
unsafe impl<T: Send> Sync for Rows<'_, T> {}
// SAFETY: it is the slice that it is of.
unsafe impl<T: Send> Send for Rows<'_, T> {}

impl<'a, T> Rows<'a, T> {
    fn of(values: &'a mut [T], length: usize) -> Self {
        let (first, count) = (values.as_mut_ptr(), values.len());
        Self { first, count, length, slice: PhantomData }
    }

    fn len(&self) -> usize {
        self.count.div_ceil(self.length)
    }

    /// # Safety
    /// No row is asked for twice.
    #[expect(clippy::mut_from_ref, reason = "each row is another part of the slice")]
    unsafe fn row(&self, i: usize) -> &mut [T] {
        let first = i * self.length;
        assert!(first < self.count, "there is no such row");
        let length = self.length.min(self.count - first);
        // SAFETY: within the slice, and nobody else has this row.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(first), length) }
    }
}

/// Calls `work` with each row of `length` values and the row's index. The last row may be shorter.
pub fn rows(values: &mut [f32], length: usize, work: impl Fn(usize, &mut [f32]) + Sync + Send) {
    let rows = Rows::of(values, length);
    // SAFETY: each index comes once.
    each(rows.len(), |i| work(i, unsafe { rows.row(i) }));
}

/// Every `count`th row of a slice.
pub struct Column<'a> {
    rows: &'a Rows<'a, f32>,
    first: usize,
    count: usize,
}

impl Column<'_> {
    /// Its row `i`.
    pub fn row(&mut self, i: usize) -> &mut [f32] {
        // SAFETY: no other column has it, and it can't be asked for again while it is held.
        unsafe { self.rows.row(i * self.count + self.first) }
    }
}

/// Calls `work` with each of `count` columns, and its index, of a matrix whose elements are rows of `length` values.
pub fn columns(
    values: &mut [f32],
    length: usize,
    count: usize,
    work: impl Fn(usize, Column) + Sync + Send,
) {
    let rows = Rows::of(values, length);
    each(count, |first| work(first, Column { rows: &rows, first, count }));
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
    let rows = [a, b, c].map(|values| Rows::of(values, length));
    // SAFETY: each index comes once.
    each(rows[0].len(), |i| work(i, rows.each_ref().map(|rows| unsafe { rows.row(i) })));
}

/// The results of `work` for 0 … count - 1, in order.
pub fn map<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    // SAFETY: the one value of each row is written.
    unsafe {
        written(count, 1, |i, row| {
            row[0].write(work(i));
        })
    }
}

/// `count` values in rows of `length`, the last of which may be shorter: `row` tells the inputs of a row, and how its values
/// are computed from theirs.
///
/// # Panics
/// If an input is shorter than its row.
pub fn mapped<'a, const N: usize, F: Fn([f32; N]) -> f32>(
    count: usize,
    length: usize,
    row: impl Fn(usize) -> ([&'a [f32]; N], F) + Sync + Send,
) -> Vec<f32> {
    let write = |i: usize, to: &mut [MaybeUninit<f32>]| {
        let (inputs, value) = row(i);
        let inputs = inputs.map(|input| &input[..to.len()]);
        for (j, to) in to.iter_mut().enumerate() {
            to.write(value(inputs.map(|input| input[j])));
        }
    };
    // SAFETY: all values of a row are written.
    unsafe { written(count, length, write) }
}

/// `count` zeros.
pub fn zeros(count: usize) -> Vec<f32> {
    // SAFETY: all are written.
    unsafe { written(count, PART, |_, row| row.fill(MaybeUninit::new(0.0))) }
}

/// `count` values that `write` writes in rows of `length`; the last row may be shorter.
///
/// # Safety
/// It writes every value of the row that it is called with.
unsafe fn written<T: Send>(
    count: usize,
    length: usize,
    write: impl Fn(usize, &mut [MaybeUninit<T>]) + Sync + Send,
) -> Vec<T> {
    let mut values = Vec::with_capacity(count);
    let rows = Rows::of(&mut values.spare_capacity_mut()[..count], length);
    // SAFETY: each index comes once.
    each(rows.len(), |i| write(i, unsafe { rows.row(i) }));
    // SAFETY: the caller's promise, for every row.
    unsafe { values.set_len(count) };
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A matrix of 3 x 4 elements of two values.
    #[test]
    fn each_column_has_its_rows() {
        let mut values = vec![0.0; 24];
        columns(&mut values, 2, 4, |i, mut column| {
            (0..3).for_each(|j| column.row(j).fill((10 * j + i) as f32));
        });
        let expected = (0..3).flat_map(|j| (0..4).flat_map(move |i| [(10 * j + i) as f32; 2]));
        assert_eq!(values, expected.collect::<Vec<_>>());
        let beyond = std::panic::catch_unwind(|| {
            columns(&mut [0.0; 24], 2, 4, |_, mut column| column.row(3).fill(0.0));
        });
        assert!(beyond.is_err(), "a row that is not there");
    }

    #[test]
    fn rows_and_results_keep_their_order() {
        let mut values = vec![0.0; 10];
        rows(&mut values, 4, |i, row| row.fill((10 * i + row.len()) as f32));
        assert_eq!(values, [4., 4., 4., 4., 14., 14., 14., 14., 22., 22.]);
        assert_eq!(map(1000, |i| i * i), (0..1000).map(|i| i * i).collect::<Vec<_>>());
    }

    #[test]
    fn fresh_values_come_from_their_inputs() {
        for count in [0, 1, 8, 10] {
            let inputs: Vec<f32> = (0..10).map(|i| i as f32).collect();
            let values = mapped(count, 4, |i| {
                ([&inputs[4 * i..], &[1.0; 4]], move |[a, b]| a + b + 10.0 * i as f32)
            });
            let expected = [1., 2., 3., 4., 15., 16., 17., 18., 29., 30.];
            assert_eq!(values, expected[..count]);
        }
        assert_eq!(zeros(PART + 3), vec![0.0; PART + 3]);
    }

    #[test]
    #[should_panic(expected = "out of range")]
    fn an_input_shorter_than_its_row_is_refused() {
        mapped(8, 4, |i| ([&[1.0; 7][4 * i..]], |[a]: [f32; 1]| a));
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
