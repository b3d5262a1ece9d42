//! Convolutions of 4 by 4 on the CPU, as products of matrices.
//!
//! ```text
//! columns(large)     [L·16, h·w]     each column holds the numbers under one place of the kernel
//! down               small = W · columns(large)
//! up                 columns = Wᵀ · small, each number added where it came from: down's transpose
//! weight_gradient    dW = small · columns(large)ᵀ
//! ```
//!
//! `large` is the picture with more pixels, `[L, H, W]`, `small` the one with fewer, `[S, h, w]`, and `W` is
//! `[S, L·16]` in all three. Padding is 1; `H = 2h` at stride 2 and `H = h + 1` at stride 1.

use std::cell::RefCell;

use gemm::Parallelism;

use super::parallel;

/// The kernel's side, and how many numbers it has.
const SIDE: usize = 4;
const TAPS: usize = SIDE * SIDE;
/// Products of fewer multiplications than this stay on one thread.
#[cfg(not(target_arch = "wasm32"))]
const WORTH_THREADS: usize = 1 << 17;

thread_local! {
    /// One place for the columns of all layers: the memory stays in the cache, and is not asked for anew.
    static COLUMNS: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// The sizes of one layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    pub batch: usize,
    /// Channels, height and width of the picture with more pixels.
    pub large: [usize; 3],
    pub small: [usize; 3],
    pub stride: usize,
}

/// A matrix within a slice: element `(i, j)` lies at `i * rows + j * columns`.
#[derive(Clone, Copy)]
struct Matrix<'a> {
    numbers: &'a [f32],
    strides: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// Row by row, each of `length` numbers.
    fn new(numbers: &'a [f32], length: usize) -> Self {
        Self { numbers, strides: [length, 1] }
    }

    fn transposed(self) -> Self {
        let [rows, columns] = self.strides;
        Self { strides: [columns, rows], ..self }
    }
}

impl Geometry {
    /// Of a layer that gives `small`.
    pub fn of_small(small: [usize; 4], large_channels: usize, stride: usize) -> Self {
        let [batch, channels, height, width] = small;
        let large = |n: usize| if stride == 1 { n + 1 } else { n * stride };
        Self {
            batch,
            large: [large_channels, large(height), large(width)],
            small: [channels, height, width],
            stride,
        }
    }

    /// Of a layer that takes `large`.
    pub fn of_large(large: [usize; 4], small_channels: usize, stride: usize) -> Self {
        let [batch, channels, height, width] = large;
        let small = |n: usize| if stride == 1 { n - 1 } else { n / stride };
        Self {
            batch,
            large: [channels, height, width],
            small: [small_channels, small(height), small(width)],
            stride,
        }
    }

    fn large_pixels(&self) -> usize {
        self.large[1] * self.large[2]
    }

    fn small_pixels(&self) -> usize {
        self.small[1] * self.small[2]
    }

    fn large_len(&self) -> usize {
        self.large[0] * self.large_pixels()
    }

    fn small_len(&self) -> usize {
        self.small[0] * self.small_pixels()
    }

    /// Numbers of one kernel of `small`.
    fn taps(&self) -> usize {
        self.large[0] * TAPS
    }

    /// Where there are far fewer channels out than in, it is cheaper to multiply first and move after.
    fn is_narrow(&self) -> bool {
        self.stride == 1 && self.small[0] * 4 <= self.large[0]
    }

    /// `[B, L, H, W]` and `[S, L, 4, 4]` -> `[B, S, h, w]`
    pub fn down(&self, large: &[f32], weight: &[f32]) -> Vec<f32> {
        let (taps, pixels) = (self.taps(), self.small_pixels());
        let mut small = vec![0.0; self.batch * self.small_len()];
        for (large, small) in
            large.chunks_exact(self.large_len()).zip(small.chunks_exact_mut(self.small_len()))
        {
            if self.is_narrow() {
                self.down_narrow(large, weight, small);
                continue;
            }
            with_columns(taps * pixels, |columns| {
                self.gather(large, columns);
                let sizes = [self.small[0], taps, pixels];
                product(small, sizes, Matrix::new(weight, taps), Matrix::new(columns, pixels), 0.0);
            });
        }
        small
    }

    /// `[B, S, h, w]` and `[S, L, 4, 4]` -> `[B, L, H, W]`
    pub fn up(&self, small: &[f32], weight: &[f32]) -> Vec<f32> {
        let (taps, pixels) = (self.taps(), self.small_pixels());
        let mut large = vec![0.0; self.batch * self.large_len()];
        for (small, large) in
            small.chunks_exact(self.small_len()).zip(large.chunks_exact_mut(self.large_len()))
        {
            if self.is_narrow() {
                self.up_narrow(small, weight, large);
                continue;
            }
            with_columns(taps * pixels, |columns| {
                let sizes = [taps, self.small[0], pixels];
                let weight = Matrix::new(weight, taps).transposed();
                product(columns, sizes, weight, Matrix::new(small, pixels), 0.0);
                self.scatter(columns, large);
            });
        }
        large
    }

    /// `[B, L, H, W]` and `[B, S, h, w]`, one of them a gradient, -> `[S, L, 4, 4]`
    pub fn weight_gradient(&self, large: &[f32], small: &[f32]) -> Vec<f32> {
        let (taps, pixels) = (self.taps(), self.small_pixels());
        let mut weight = vec![0.0; self.small[0] * taps];
        let pairs = large.chunks_exact(self.large_len()).zip(small.chunks_exact(self.small_len()));
        for (i, (large, small)) in pairs.enumerate() {
            let keep = if i == 0 { 0.0 } else { 1.0 };
            if self.is_narrow() {
                self.weight_gradient_narrow(large, small, &mut weight, keep);
                continue;
            }
            with_columns(taps * pixels, |columns| {
                self.gather(large, columns);
                let sizes = [self.small[0], pixels, taps];
                let columns = Matrix::new(columns, pixels).transposed();
                product(&mut weight, sizes, Matrix::new(small, pixels), columns, keep);
            });
        }
        weight
    }

    /// The columns of one picture; zero where the kernel stands over the border.
    fn gather(&self, large: &[f32], columns: &mut [f32]) {
        let [_, height, width] = self.large;
        let [_, _, small_width] = self.small;
        parallel::rows(columns, self.small_pixels(), |row, column| {
            let (channel, [down, right]) = tap(row);
            let plane = &large[channel * height * width..][..height * width];
            let (first, end) = self.inside(right, small_width, width);
            for (y, line) in column.chunks_exact_mut(small_width).enumerate() {
                let Some(from) = (y * self.stride + down).checked_sub(1).filter(|y| *y < height)
                else {
                    line.fill(0.0);
                    continue;
                };
                line[..first].fill(0.0);
                line[end..].fill(0.0);
                let start = first * self.stride + right - 1;
                let source = &plane[from * width..][start..width];
                let line = &mut line[first..end];
                match self.stride {
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

    /// Adds each number of the columns to the place that it came from. `large` is zero before.
    fn scatter(&self, columns: &[f32], large: &mut [f32]) {
        let [_, height, width] = self.large;
        let [_, _, small_width] = self.small;
        let pixels = self.small_pixels();
        parallel::rows(large, height * width, |channel, plane| {
            for (i, column) in
                columns[channel * TAPS * pixels..][..TAPS * pixels].chunks_exact(pixels).enumerate()
            {
                let (_, [down, right]) = tap(i);
                let (first, end) = self.inside(right, small_width, width);
                for (y, line) in column.chunks_exact(small_width).enumerate() {
                    let Some(to) = (y * self.stride + down).checked_sub(1).filter(|y| *y < height)
                    else {
                        continue;
                    };
                    let start = first * self.stride + right - 1;
                    let target = &mut plane[to * width..][start..width];
                    let line = &line[first..end];
                    match self.stride {
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

    /// The places of a line, from the first to the end, at which the kernel's column `right` stands within the picture.
    fn inside(&self, right: usize, small_width: usize, width: usize) -> (usize, usize) {
        let first = usize::from(right == 0);
        // The last place x has x · stride + right - 1 < width.
        let end = (width + self.stride - right) / self.stride;
        (first, end.min(small_width))
    }

    // With few channels in `small`: the kernel's numbers times the picture first, `[16, L] · [L, H·W]`, for each of them.

    fn down_narrow(&self, large: &[f32], weight: &[f32], small: &mut [f32]) {
        let pixels = self.large_pixels();
        let channels = self.large[0];
        for (kernel, small) in
            weight.chunks_exact(self.taps()).zip(small.chunks_exact_mut(self.small_pixels()))
        {
            with_columns(TAPS * pixels, |columns| {
                let kernel = Matrix::new(kernel, TAPS).transposed(); // [16, L]
                product(columns, [TAPS, channels, pixels], kernel, Matrix::new(large, pixels), 0.0);
                self.each_shift(|i, at, from, length| {
                    add(&mut small[at..][..length], &columns[i * pixels + from..][..length]);
                });
            });
        }
    }

    fn up_narrow(&self, small: &[f32], weight: &[f32], large: &mut [f32]) {
        let pixels = self.large_pixels();
        for (i, (kernel, small)) in weight
            .chunks_exact(self.taps())
            .zip(small.chunks_exact(self.small_pixels()))
            .enumerate()
        {
            let keep = if i == 0 { 0.0 } else { 1.0 };
            with_columns(TAPS * pixels, |columns| {
                self.spread(small, columns);
                let sizes = [self.large[0], TAPS, pixels];
                product(
                    large,
                    sizes,
                    Matrix::new(kernel, TAPS),
                    Matrix::new(columns, pixels),
                    keep,
                );
            });
        }
    }

    fn weight_gradient_narrow(&self, large: &[f32], small: &[f32], weight: &mut [f32], keep: f32) {
        let pixels = self.large_pixels();
        for (kernel, small) in
            weight.chunks_exact_mut(self.taps()).zip(small.chunks_exact(self.small_pixels()))
        {
            with_columns(TAPS * pixels, |columns| {
                self.spread(small, columns);
                let sizes = [self.large[0], pixels, TAPS];
                let columns = Matrix::new(columns, pixels).transposed();
                product(kernel, sizes, Matrix::new(large, pixels), columns, keep);
            });
        }
    }

    /// One channel of `small`, shifted for each of the kernel's numbers to where it is multiplied: `[16, H·W]`.
    fn spread(&self, small: &[f32], columns: &mut [f32]) {
        let pixels = self.large_pixels();
        columns.fill(0.0);
        self.each_shift(|i, at, from, length| {
            columns[i * pixels + from..][..length].copy_from_slice(&small[at..][..length]);
        });
    }

    /// For each of the kernel's numbers and each line of `small`: the number, the line's part that lies within the
    /// picture, where that part lies in the picture, and its length. At stride 1.
    fn each_shift(&self, mut visit: impl FnMut(usize, usize, usize, usize)) {
        let [_, height, width] = self.large;
        let [_, small_height, small_width] = self.small;
        for i in 0..TAPS {
            let (_, [down, right]) = tap(i);
            let (first, end) = self.inside(right, small_width, width);
            for y in 0..small_height {
                if let Some(from) = (y + down).checked_sub(1).filter(|y| *y < height) {
                    visit(
                        i,
                        y * small_width + first,
                        from * width + first + right - 1,
                        end - first,
                    );
                }
            }
        }
    }
}

/// The channel, and the place in the kernel, of a row of the columns.
fn tap(row: usize) -> (usize, [usize; 2]) {
    (row / TAPS, [row % TAPS / SIDE, row % SIDE])
}

fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

/// Lends so many numbers of whatever value.
fn with_columns<T>(count: usize, work: impl FnOnce(&mut [f32]) -> T) -> T {
    // Taken away while it is lent: a thread that waits within a product may be given other work.
    let mut columns = COLUMNS.with_borrow_mut(std::mem::take);
    if columns.len() < count {
        columns = vec![0.0; count];
    }
    let done = work(&mut columns[..count]);
    COLUMNS.set(columns);
    done
}

/// `into = keep · into + left · right`, of `[m, k]` and `[k, n]`.
fn product(into: &mut [f32], [m, k, n]: [usize; 3], left: Matrix, right: Matrix, keep: f32) {
    let last =
        |strides: [usize; 2], rows, columns| (rows - 1) * strides[0] + (columns - 1) * strides[1];
    assert!(into.len() >= m * n, "the result has room");
    assert!(last(left.strides, m, k) < left.numbers.len(), "the left matrix is whole");
    assert!(last(right.strides, k, n) < right.numbers.len(), "the right matrix is whole");
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
            left.numbers.as_ptr(),
            left_columns,
            left_rows,
            right.numbers.as_ptr(),
            right_columns,
            right_rows,
            keep,
            1.0,
            false,
            false,
            false,
            threads(m * n * k),
        );
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn threads(multiplications: usize) -> Parallelism {
    if multiplications < WORTH_THREADS { Parallelism::None } else { Parallelism::Rayon(0) }
}

#[cfg(target_arch = "wasm32")]
fn threads(_multiplications: usize) -> Parallelism {
    Parallelism::None
}
