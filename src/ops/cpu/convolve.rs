//! Convolutions of 4 x 4 on the CPU, as products of matrices.
//!
//! ```text
//! columns(large)     [L·16, h·w]     each column holds the values of `large` under one position of the kernel (im2col)
//! down               small = W · columns(large)
//! up                 columns = Wᵀ · small, each value added to the pixel that it belongs to: down's transpose (col2im)
//! weight_gradient    dW = small · columns(large)ᵀ
//! ```
//!
//! `large` is the picture with more pixels, `[L, H, W]`, `small` the one with fewer, `[S, h, w]`, and `W` is
//! `[S, L·16]` in all three. Padding is 1; `H = 2h` at stride 2 and `H = h + 1` at stride 1.

use std::cell::RefCell;

use super::parallel;
use crate::ops::shape::{Geometry, SIDE, TAPS};

/// The largest buffer that a thread keeps for its next convolution, in elements (16 MiB): it holds the columns of every
/// layer of 256 x 256 pixels at ngf 64. Larger ones are freed after use.
const KEPT: usize = 1 << 22;

thread_local! {
    /// One buffer for the columns of all layers, so that the memory stays in the cache and is not allocated each time.
    static COLUMNS: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// A matrix within a slice: element `(i, j)` has the index `i * strides[0] + j * strides[1]`.
#[derive(Clone, Copy)]
struct Matrix<'a> {
    values: &'a [f32],
    strides: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// Row-major, each row of `length` elements.
    fn new(values: &'a [f32], length: usize) -> Self {
        Self { values, strides: [length, 1] }
    }

    fn transposed(self) -> Self {
        let [rows, columns] = self.strides;
        Self { strides: [columns, rows], ..self }
    }

    /// Whether the slice has every element of a matrix of this size.
    fn has(&self, rows: usize, columns: usize) -> bool {
        if rows == 0 || columns == 0 {
            return true;
        }
        let down = (rows - 1).checked_mul(self.strides[0]);
        let right = (columns - 1).checked_mul(self.strides[1]);
        let last = down.zip(right).and_then(|(down, right)| down.checked_add(right));
        last.is_some_and(|last| last < self.values.len())
    }
}

/// With far fewer output channels than input channels, it is cheaper to multiply first and move the values after.
fn is_narrow(geometry: &Geometry) -> bool {
    geometry.stride == 1 && geometry.small[0] * 4 <= geometry.large[0]
}

/// `[B, L, H, W]` and `[S, L, 4, 4]` -> `[B, S, h, w]`
pub fn down(geometry: &Geometry, large: &[f32], weight: &[f32]) -> Vec<f32> {
    let (taps, pixels) = (geometry.taps(), geometry.small_pixels());
    let mut small = vec![0.0; geometry.batch * geometry.small_len()];
    for (large, small) in
        large.chunks_exact(geometry.large_len()).zip(small.chunks_exact_mut(geometry.small_len()))
    {
        if is_narrow(geometry) {
            down_narrow(geometry, large, weight, small);
            continue;
        }
        with_columns(taps * pixels, |columns| {
            gather(geometry, large, columns);
            let sizes = [geometry.small[0], taps, pixels];
            product(small, sizes, Matrix::new(weight, taps), Matrix::new(columns, pixels), 0.0);
        });
    }
    small
}

/// `[B, S, h, w]` and `[S, L, 4, 4]` -> `[B, L, H, W]`
pub fn up(geometry: &Geometry, small: &[f32], weight: &[f32]) -> Vec<f32> {
    let (taps, pixels) = (geometry.taps(), geometry.small_pixels());
    let mut large = vec![0.0; geometry.batch * geometry.large_len()];
    for (small, large) in
        small.chunks_exact(geometry.small_len()).zip(large.chunks_exact_mut(geometry.large_len()))
    {
        if is_narrow(geometry) {
            up_narrow(geometry, small, weight, large);
            continue;
        }
        with_columns(taps * pixels, |columns| {
            let sizes = [taps, geometry.small[0], pixels];
            let weight = Matrix::new(weight, taps).transposed();
            product(columns, sizes, weight, Matrix::new(small, pixels), 0.0);
            scatter(geometry, columns, large);
        });
    }
    large
}

/// `[B, L, H, W]` and `[B, S, h, w]`, one of them a gradient, -> `[S, L, 4, 4]`
pub fn weight_gradient(geometry: &Geometry, large: &[f32], small: &[f32]) -> Vec<f32> {
    let (taps, pixels) = (geometry.taps(), geometry.small_pixels());
    let mut weight = vec![0.0; geometry.small[0] * taps];
    let pairs =
        large.chunks_exact(geometry.large_len()).zip(small.chunks_exact(geometry.small_len()));
    for (i, (large, small)) in pairs.enumerate() {
        let keep = if i == 0 { 0.0 } else { 1.0 };
        if is_narrow(geometry) {
            weight_gradient_narrow(geometry, large, small, &mut weight, keep);
            continue;
        }
        with_columns(taps * pixels, |columns| {
            gather(geometry, large, columns);
            let sizes = [geometry.small[0], pixels, taps];
            let columns = Matrix::new(columns, pixels).transposed();
            product(&mut weight, sizes, Matrix::new(small, pixels), columns, keep);
        });
    }
    weight
}

/// The columns of one picture; zero where the kernel lies over the padding.
fn gather(geometry: &Geometry, large: &[f32], columns: &mut [f32]) {
    let [_, height, width] = geometry.large;
    let [_, _, small_width] = geometry.small;
    parallel::rows(columns, geometry.small_pixels(), |row, column| {
        let (channel, [down, right]) = tap(row);
        let plane = &large[channel * height * width..][..height * width];
        let (first, end) = inside(geometry, right, small_width, width);
        for (y, line) in column.chunks_exact_mut(small_width).enumerate() {
            let Some(from) = (y * geometry.stride + down).checked_sub(1).filter(|y| *y < height)
            else {
                line.fill(0.0);
                continue;
            };
            line[..first].fill(0.0);
            line[end..].fill(0.0);
            let start = first * geometry.stride + right - 1;
            let source = &plane[from * width..][start..width];
            let line = &mut line[first..end];
            match geometry.stride {
                1 => line.copy_from_slice(&source[..line.len()]),
                _ => {
                    for (to, from) in line.iter_mut().zip(source.chunks(2)) {
                        *to = from[0];
                    }
                }
            }
        }
    });
}

/// Adds each value of the columns to its pixel. `large` must be zero before.
fn scatter(geometry: &Geometry, columns: &[f32], large: &mut [f32]) {
    let [_, height, width] = geometry.large;
    let [_, _, small_width] = geometry.small;
    let pixels = geometry.small_pixels();
    parallel::rows(large, height * width, |channel, plane| {
        for (i, column) in
            columns[channel * TAPS * pixels..][..TAPS * pixels].chunks_exact(pixels).enumerate()
        {
            let (_, [down, right]) = tap(i);
            let (first, end) = inside(geometry, right, small_width, width);
            for (y, line) in column.chunks_exact(small_width).enumerate() {
                let Some(to) = (y * geometry.stride + down).checked_sub(1).filter(|y| *y < height)
                else {
                    continue;
                };
                let start = first * geometry.stride + right - 1;
                let target = &mut plane[to * width..][start..width];
                let line = &line[first..end];
                match geometry.stride {
                    1 => add(target, line),
                    _ => {
                        for (to, from) in target.chunks_mut(2).zip(line) {
                            to[0] += from;
                        }
                    }
                }
            }
        }
    });
}

/// The range of positions `x` in a line of `small` at which column `right` of the kernel lies within the picture.
fn inside(geometry: &Geometry, right: usize, small_width: usize, width: usize) -> (usize, usize) {
    let first = usize::from(right == 0);
    // x · stride + right - 1 < width
    let end = (width + geometry.stride - right) / geometry.stride;
    (first, end.min(small_width))
}

// The narrow case: for each channel of `small` the picture is first multiplied by the 16 weights, `[16, L] · [L, H·W]`.

fn down_narrow(geometry: &Geometry, large: &[f32], weight: &[f32], small: &mut [f32]) {
    let pixels = geometry.large_pixels();
    let channels = geometry.large[0];
    for (kernel, small) in
        weight.chunks_exact(geometry.taps()).zip(small.chunks_exact_mut(geometry.small_pixels()))
    {
        with_columns(TAPS * pixels, |columns| {
            let kernel = Matrix::new(kernel, TAPS).transposed(); // [16, L]
            product(columns, [TAPS, channels, pixels], kernel, Matrix::new(large, pixels), 0.0);
            each_shift(geometry, |i, at, from, length| {
                add(&mut small[at..][..length], &columns[i * pixels + from..][..length]);
            });
        });
    }
}

fn up_narrow(geometry: &Geometry, small: &[f32], weight: &[f32], large: &mut [f32]) {
    let pixels = geometry.large_pixels();
    for (i, (kernel, small)) in weight
        .chunks_exact(geometry.taps())
        .zip(small.chunks_exact(geometry.small_pixels()))
        .enumerate()
    {
        let keep = if i == 0 { 0.0 } else { 1.0 };
        with_columns(TAPS * pixels, |columns| {
            spread(geometry, small, columns);
            let sizes = [geometry.large[0], TAPS, pixels];
            product(large, sizes, Matrix::new(kernel, TAPS), Matrix::new(columns, pixels), keep);
        });
    }
}

fn weight_gradient_narrow(
    geometry: &Geometry,
    large: &[f32],
    small: &[f32],
    weight: &mut [f32],
    keep: f32,
) {
    let pixels = geometry.large_pixels();
    for (kernel, small) in
        weight.chunks_exact_mut(geometry.taps()).zip(small.chunks_exact(geometry.small_pixels()))
    {
        with_columns(TAPS * pixels, |columns| {
            spread(geometry, small, columns);
            let sizes = [geometry.large[0], pixels, TAPS];
            let columns = Matrix::new(columns, pixels).transposed();
            product(kernel, sizes, Matrix::new(large, pixels), columns, keep);
        });
    }
}

/// One channel of `small`, once for each of the 16 weights, shifted to the pixels that the weight is multiplied by:
/// `[16, H·W]`.
fn spread(geometry: &Geometry, small: &[f32], columns: &mut [f32]) {
    let pixels = geometry.large_pixels();
    columns.fill(0.0);
    each_shift(geometry, |i, at, from, length| {
        columns[i * pixels + from..][..length].copy_from_slice(&small[at..][..length]);
    });
}

/// At stride 1, for each of the 16 weights and each line of `small`: calls `visit` with the weight's index, where the
/// part of the line begins that the weight takes from within the picture (an index into `small`), where that part
/// begins in `large`, and its length.
fn each_shift(geometry: &Geometry, mut visit: impl FnMut(usize, usize, usize, usize)) {
    let [_, height, width] = geometry.large;
    let [_, small_height, small_width] = geometry.small;
    for i in 0..TAPS {
        let (_, [down, right]) = tap(i);
        let (first, end) = inside(geometry, right, small_width, width);
        for y in 0..small_height {
            if let Some(from) = (y + down).checked_sub(1).filter(|y| *y < height) {
                visit(i, y * small_width + first, from * width + first + right - 1, end - first);
            }
        }
    }
}

/// For a row of the columns: its channel of `large`, and the row and column of its weight in the kernel.
fn tap(row: usize) -> (usize, [usize; 2]) {
    (row / TAPS, [row % TAPS / SIDE, row % SIDE])
}

fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

/// Lends a buffer of `count` elements to `work`; its contents are unspecified.
fn with_columns<T>(count: usize, work: impl FnOnce(&mut [f32]) -> T) -> T {
    // Taken out while it is lent: rayon may run another convolution on a thread that waits within a product.
    let mut columns = COLUMNS.with_borrow_mut(std::mem::take);
    if columns.len() < count {
        columns = vec![0.0; count];
    }
    let done = work(&mut columns[..count]);
    if columns.len() <= KEPT {
        COLUMNS.set(columns);
    }
    done
}

/// `into = keep · into + left · right`, of `[m, k]` and `[k, n]`; `into` is row-major.
///
/// # Panics
/// If a slice is too short for its matrix.
fn product(into: &mut [f32], sizes: [usize; 3], left: Matrix, right: Matrix, keep: f32) {
    let [m, k, n] = sizes;
    assert!(Matrix::new(into, n).has(m, n), "the result is too short");
    assert!(left.has(m, k), "the left matrix is too short");
    assert!(right.has(k, n), "the right matrix is too short");
    let [left_rows, left_columns] = left.strides.map(|s| s as isize);
    let [right_rows, right_columns] = right.strides.map(|s| s as isize);
    // SAFETY: the three asserts above: every element that the strides reach lies within its slice.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            into.as_mut_ptr(),
            1,
            n as isize,
            keep != 0.0,
            left.values.as_ptr(),
            left_columns,
            left_rows,
            right.values.as_ptr(),
            right_columns,
            right_rows,
            keep,
            1.0,
            false,
            false,
            false,
            parallel::of_product(sizes),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn random(count: usize, seed: u64) -> Vec<f32> {
        let mut random = Random::new(seed);
        (0..count).map(|_| random.normal_pair()[0] as f32).collect()
    }

    fn dot(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    }

    fn geometries() -> impl Iterator<Item = Geometry> {
        [
            ([1, 1, 1, 1], 2),
            ([2, 3, 5, 3], 2),
            ([3, 9, 2, 7], 2),
            ([1, 3, 1, 1], 1),
            ([3, 1, 4, 6], 1),
        ]
        .into_iter()
        .map(|(small, stride)| Geometry::of_small(small, [small[1], 4, 4, 4], stride))
    }

    /// `<gather(x), c> = <x, scatter(c)>`: all of a convolution that is not a product of matrices.
    #[test]
    fn scatter_is_the_transpose_of_gather() {
        for geometry in geometries() {
            let x = random(geometry.large_len(), 1);
            let c = random(geometry.taps() * geometry.small_pixels(), 2);
            let mut columns = vec![f32::NAN; c.len()]; // every element is written
            gather(&geometry, &x, &mut columns);
            let mut large = vec![0.0; x.len()];
            scatter(&geometry, &c, &mut large);
            let (a, b) = (dot(&columns, &c), dot(&x, &large));
            // Up to 16 values are added to a pixel, each addition rounded.
            let room =
                16.0 * f64::from(f32::EPSILON) * c.iter().map(|c| f64::from(c.abs())).sum::<f64>();
            assert!((a - b).abs() <= room, "{geometry:?}: {a} and {b}");
        }
    }

    /// What is multiplied before it is moved is what is moved before it is multiplied.
    #[test]
    fn the_shifts_of_the_narrow_case_are_those_of_gather() {
        for geometry in geometries().filter(|geometry| geometry.stride == 1) {
            let one = Geometry { large: [1, geometry.large[1], geometry.large[2]], ..geometry };
            let large = random(one.large_len(), 1);
            let (pixels, small_pixels) = (one.large_pixels(), one.small_pixels());
            let mut gathered = vec![0.0; TAPS * small_pixels];
            gather(&one, &large, &mut gathered);
            let mut shifted = vec![0.0; TAPS * small_pixels];
            each_shift(&one, |i, at, from, length| {
                let to = &mut shifted[i * small_pixels + at..][..length];
                to.copy_from_slice(&large[from..][..length]);
            });
            assert_eq!(gathered, shifted, "{geometry:?}");

            let small = random(small_pixels, 2);
            let mut spread_out = vec![f32::NAN; TAPS * pixels];
            spread(&one, &small, &mut spread_out);
            for i in 0..TAPS {
                let (a, b) = (
                    dot(&gathered[i * small_pixels..][..small_pixels], &small),
                    dot(&spread_out[i * pixels..][..pixels], &large),
                );
                // The same products, exact in double precision, in one order or another.
                assert!((a - b).abs() < 1e-12, "{geometry:?}, weight {i}: {a} and {b}");
            }
        }
    }

    #[test]
    fn a_product_of_any_layout() {
        let (left, right) = ([1., 2., 3., 4., 5., 6.], [1., 0., 2., 1., 0., 3.]);
        let mut into = [1.0; 4];
        product(&mut into, [2, 3, 2], Matrix::new(&left, 3), Matrix::new(&right, 2), 0.0);
        assert_eq!(into, [5., 11., 14., 23.]);
        product(&mut into, [2, 3, 2], Matrix::new(&left, 3), Matrix::new(&right, 2), 1.0);
        assert_eq!(into, [10., 22., 28., 46.], "added to what was there");
        let (left, right) = ([1., 4., 2., 5., 3., 6.], [1., 2., 0., 0., 1., 3.]);
        let [left, right] = [(&left, 2), (&right, 3)].map(|(m, n)| Matrix::new(m, n).transposed());
        product(&mut into, [2, 3, 2], left, right, 0.0);
        assert_eq!(into, [5., 11., 14., 23.], "both transposed");
    }

    /// The asserts are what the unsafe block rests on: also where the size of a matrix overflows.
    #[test]
    fn a_slice_too_short_for_its_matrix_is_refused() {
        let values = [0.0; 6];
        for (matrix, rows, columns, has) in [
            (Matrix::new(&values, 3), 2, 3, true),
            (Matrix::new(&values, 3).transposed(), 3, 2, true),
            (Matrix::new(&values, 3), 3, 3, false),
            (Matrix::new(&values, 3), 2, 4, false),
            (Matrix::new(&values, 3).transposed(), 2, 3, false),
            (Matrix::new(&values, 3), 0, 3, true),
            (Matrix::new(&[], 3), 0, 3, true),
            (Matrix::new(&[], 3), 1, 1, false),
            (Matrix::new(&values, usize::MAX / 2 + 1), 3, 1, false), // wraps to 0
            (Matrix::new(&values, usize::MAX), 2, 3, false),         // wraps to 1
        ] {
            assert_eq!(
                matrix.has(rows, columns),
                has,
                "{rows} x {columns} of {:?}",
                matrix.strides
            );
        }
    }

    /// As large a layer as there may be costs no memory once it is done.
    #[test]
    fn a_thread_keeps_no_more_than_its_bound() {
        let kept = || COLUMNS.with_borrow(Vec::len);
        with_columns(100, |columns| columns.fill(1.0));
        assert!(kept() >= 100);
        with_columns(KEPT + 1, |columns| assert_eq!(columns.len(), KEPT + 1));
        assert!(kept() <= KEPT);
        with_columns(KEPT, |columns| assert_eq!(columns.len(), KEPT));
        assert_eq!(kept(), KEPT);
    }
}
