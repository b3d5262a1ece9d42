//! Work on rows, on all threads where there are any: natively by rayon, in the page one after the other.

/// Gives each row of `length` numbers to `work`, with its number.
#[cfg(not(target_arch = "wasm32"))]
pub fn rows(numbers: &mut [f32], length: usize, work: impl Fn(usize, &mut [f32]) + Sync + Send) {
    use rayon::prelude::*;

    numbers.par_chunks_mut(length).enumerate().for_each(|(i, row)| work(i, row));
}

#[cfg(target_arch = "wasm32")]
pub fn rows(numbers: &mut [f32], length: usize, work: impl Fn(usize, &mut [f32])) {
    numbers.chunks_mut(length).enumerate().for_each(|(i, row)| work(i, row));
}

/// `work` of 0 … count - 1, in order.
#[cfg(not(target_arch = "wasm32"))]
pub fn map<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    use rayon::prelude::*;

    (0..count).into_par_iter().map(work).collect()
}

#[cfg(target_arch = "wasm32")]
pub fn map<T>(count: usize, work: impl Fn(usize) -> T) -> Vec<T> {
    (0..count).map(work).collect()
}

/// Gives the rows of three slices of one length to `work`, with their number.
#[cfg(not(target_arch = "wasm32"))]
pub fn three_rows(
    [a, b, c]: [&mut [f32]; 3],
    length: usize,
    work: impl Fn(usize, [&mut [f32]; 3]) + Sync + Send,
) {
    use rayon::prelude::*;

    let rows = a.par_chunks_mut(length).zip(b.par_chunks_mut(length)).zip(c.par_chunks_mut(length));
    rows.enumerate().for_each(|(i, ((a, b), c))| work(i, [a, b, c]));
}

#[cfg(target_arch = "wasm32")]
pub fn three_rows(
    [a, b, c]: [&mut [f32]; 3],
    length: usize,
    work: impl Fn(usize, [&mut [f32]; 3]),
) {
    let rows = a.chunks_mut(length).zip(b.chunks_mut(length)).zip(c.chunks_mut(length));
    rows.enumerate().for_each(|(i, ((a, b), c))| work(i, [a, b, c]));
}
