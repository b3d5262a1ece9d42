//! The innermost loop of all convolutions on the CPU: tiles of a product of matrices, each held in registers.
//!
//! ```text
//! into [rows, columns] (+)= left [rows, k] · right [k, COLUMNS]
//! ```
//!
//! On x86 by AVX-512 or by AVX2 with FMA where the processor has them, in a page by its vectors of 128 bits (fused where
//! the build has relaxed SIMD), elsewhere by what the compiler makes of plain loops.

#[cfg(target_arch = "wasm32")]
mod sizes {
    pub const ROWS: usize = 4;
    pub const COLUMNS: usize = 8;
}

#[cfg(not(target_arch = "wasm32"))]
mod sizes {
    pub const ROWS: usize = 8;
    pub const COLUMNS: usize = 16;
}

/// The most rows and columns that a tile has. Left matrices come in blocks of `ROWS` rows, right ones in panels of
/// `COLUMNS` columns.
pub use sizes::{COLUMNS, ROWS};

/// The longest sum in one go: longer ones are added up in parts, or their rounding errors would show.
pub const LONGEST: usize = 512;

/// The left matrix, and how many values it is from one term to the next.
#[derive(Clone, Copy)]
pub enum Left<'a> {
    /// The values of [`ROWS`] rows side by side; the next rows' begin so many values further on.
    Packed(&'a [f32], usize),
    /// Rows that begin so many values behind each other.
    Apart(&'a [f32], usize, usize),
}

/// The right matrix: [`COLUMNS`] values for each term, and how many values it is from one term to the next.
#[derive(Clone, Copy)]
pub struct Right<'a>(pub &'a [f32], pub usize);

/// Tiles above each other, within a row-major matrix.
pub struct Into<'a> {
    pub values: &'a mut [f32],
    /// Values from one row to the next.
    pub stride: usize,
    pub rows: usize,
    pub columns: usize,
    /// Whether the product is added to what is there.
    pub keep: bool,
}

/// `into (+)= left · right`, of so many `terms`.
///
/// # Panics
/// If a slice is too short, or there are no rows, no columns or more than [`COLUMNS`].
pub fn tile_column(terms: usize, left: Left, right: Right, into: Into) {
    let Into { values, stride, rows, columns, keep } = into;
    assert!(rows > 0 && (1..=COLUMNS).contains(&columns), "no such tiles");
    assert!((rows - 1) * stride + columns <= values.len(), "the result is too short");
    if terms == 0 {
        if !keep {
            (0..rows).for_each(|i| values[i * stride..][..columns].fill(0.0));
        }
        return;
    }
    let Right(right, right_step) = right;
    assert!((terms - 1) * right_step + COLUMNS <= right.len(), "the right matrix is too short");
    let (left, block, down, left_step, packed) = match left {
        Left::Packed(values, block) => (values, block, 1, ROWS, true),
        Left::Apart(values, down, step) => (values, ROWS * down, down, step, false),
    };
    // In a block of the left matrix that has so many.
    let last_row = |rows: usize| if packed { ROWS } else { rows } - 1;
    let last = (rows - 1) / ROWS * block + last_row((rows - 1) % ROWS + 1) * down;
    assert!(last + (terms - 1) * left_step < left.len(), "the left matrix is too short");
    let dense = right_step == COLUMNS && (packed || left_step == 1);
    let run = match (packed, dense) {
        (true, true) => best::<true, true>(),
        (true, false) => best::<true, false>(),
        (false, true) => best::<false, true>(),
        (false, false) => best::<false, false>(),
    };
    for first in (0..rows).step_by(ROWS) {
        let rows = (rows - first).min(ROWS);
        let (from, last_row) = (left.as_ptr().wrapping_add(first / ROWS * block), last_row(rows));
        let operands = |to: *mut f32, stride: usize, keep| Operands {
            terms,
            // Rows that are not there are the last one again.
            left: std::array::from_fn(|i| from.wrapping_add(i.min(last_row) * down)),
            left_step,
            right: right.as_ptr(),
            right_step,
            to: std::array::from_fn(|i| to.wrapping_add(i * stride)),
            keep,
        };
        if rows == ROWS && columns == COLUMNS {
            let to = values.as_mut_ptr().wrapping_add(first * stride);
            // SAFETY: the asserts above: each row of the left matrix has an element, and the right matrix has COLUMNS, for
            // every term; each row of the result has COLUMNS elements. `best` gives only what this processor can run, for
            // these steps.
            unsafe { run(&operands(to, stride, keep)) };
            continue;
        }
        let mut part = [[0.0; COLUMNS]; ROWS];
        // SAFETY: as above, into a tile of its own.
        unsafe { run(&operands(part.as_flattened_mut().as_mut_ptr(), COLUMNS, false)) };
        for (i, sums) in part[..rows].iter().enumerate() {
            let row = &mut values[(first + i) * stride..][..columns];
            if keep {
                row.iter_mut().zip(sums).for_each(|(to, sum)| *to += sum);
            } else {
                row.copy_from_slice(&sums[..columns]);
            }
        }
    }
}

/// What is multiplied for a tile of `R` rows, and where it is written.
struct Operands<const R: usize> {
    terms: usize,
    /// The rows of the left matrix.
    left: [*const f32; R],
    left_step: usize,
    right: *const f32,
    right_step: usize,
    /// The rows of the result.
    to: [*mut f32; R],
    /// Whether the sums are added to the result.
    keep: bool,
}

/// Sums up the terms for each place of a full tile. Where `PACKED`, each row of the left matrix begins one element behind
/// the one before; where `DENSE`, the terms leave no gap between them in either matrix.
type Run = unsafe fn(&Operands<ROWS>);

/// A vector of the processor.
trait Vector: Copy {
    const LANES: usize;
    unsafe fn zero() -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn splat(from: *const f32) -> Self;
    /// `self + a · b`
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn store(self, to: *mut f32);
}

/// A part of a tile: `R` rows, `N` vectors wide.
#[inline(always)]
unsafe fn sum<V: Vector, const PACKED: bool, const DENSE: bool, const R: usize, const N: usize>(
    operands: &Operands<R>,
) {
    let &Operands { terms, mut left, left_step, mut right, right_step, to, keep } = operands;
    // Known when it is compiled, which spares the processor to read them.
    let (left_step, right_step) = match (DENSE, PACKED) {
        (true, true) => (ROWS, COLUMNS),
        (true, false) => (1, COLUMNS),
        (false, _) => (left_step, right_step),
    };
    // SAFETY: the caller's promise of `Run`: all that is read and written lies within the matrices.
    unsafe {
        let mut sums = [[V::zero(); N]; R];
        for _ in 0..terms {
            let mut columns = [V::zero(); N];
            for (j, column) in columns.iter_mut().enumerate() {
                *column = V::load(right.add(j * V::LANES));
            }
            for i in 0..R {
                let value = V::splat(if PACKED { left[0].add(i) } else { left[i] });
                for j in 0..N {
                    sums[i][j] = sums[i][j].add_product(value, columns[j]);
                }
            }
            left[..if PACKED { 1 } else { R }]
                .iter_mut()
                .for_each(|row| *row = row.wrapping_add(left_step));
            right = right.wrapping_add(right_step);
        }
        for (sums, to) in sums.iter().zip(to) {
            for (j, sum) in sums.iter().enumerate() {
                let to = to.add(j * V::LANES);
                let sum = if keep { V::load(to).add(*sum) } else { *sum };
                sum.store(to);
            }
        }
    }
}

/// A full tile, in parts of `R` rows and `N` vectors.
#[inline(always)]
unsafe fn in_parts<
    V: Vector,
    const PACKED: bool,
    const DENSE: bool,
    const R: usize,
    const N: usize,
>(
    operands: &Operands<ROWS>,
) {
    let &Operands { terms, left, left_step, right, right_step, to, keep } = operands;
    for i in (0..ROWS).step_by(R) {
        for j in (0..COLUMNS).step_by(N * V::LANES) {
            let left = std::array::from_fn(|row| left[i + row]);
            // SAFETY: a part of the tile that the caller promises.
            unsafe {
                let (right, to) = (right.add(j), std::array::from_fn(|row| to[i + row].add(j)));
                let part = Operands { terms, left, left_step, right, right_step, to, keep };
                sum::<V, PACKED, DENSE, R, N>(&part);
            }
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod page {
    use std::arch::wasm32::*;

    use super::{Operands, ROWS, Vector, in_parts};

    impl Vector for v128 {
        const LANES: usize = 4;

        #[inline(always)]
        unsafe fn zero() -> Self {
            f32x4_splat(0.0)
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller's promise.
            unsafe { v128_load(from.cast()) }
        }

        #[inline(always)]
        unsafe fn splat(from: *const f32) -> Self {
            // SAFETY: the caller's promise.
            unsafe { v128_load32_splat(from.cast()) }
        }

        #[inline(always)]
        unsafe fn add_product(self, a: Self, b: Self) -> Self {
            #[cfg(feature = "relaxed-simd")]
            return f32x4_relaxed_madd(a, b, self);
            #[cfg(not(feature = "relaxed-simd"))]
            f32x4_add(self, f32x4_mul(a, b))
        }

        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            f32x4_add(self, other)
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller's promise.
            unsafe { v128_store(to.cast(), self) }
        }
    }

    #[cfg_attr(feature = "relaxed-simd", target_feature(enable = "relaxed-simd"))]
    pub unsafe fn vectors<const PACKED: bool, const DENSE: bool>(operands: &Operands<ROWS>) {
        // SAFETY: the caller's promise.
        unsafe { in_parts::<v128, PACKED, DENSE, 4, 2>(operands) }
    }
}

#[cfg(target_arch = "wasm32")]
fn best<const PACKED: bool, const DENSE: bool>() -> Run {
    page::vectors::<PACKED, DENSE>
}

/// Four values, for the compiler to make vectors of.
#[cfg(not(target_arch = "wasm32"))]
mod plain {
    use super::Vector;

    #[derive(Clone, Copy)]
    pub struct Four([f32; 4]);

    impl Vector for Four {
        const LANES: usize = 4;

        #[inline(always)]
        unsafe fn zero() -> Self {
            Self([0.0; 4])
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller's promise.
            Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
        }

        #[inline(always)]
        unsafe fn splat(from: *const f32) -> Self {
            // SAFETY: the caller's promise.
            Self([unsafe { *from }; 4])
        }

        #[inline(always)]
        unsafe fn add_product(self, a: Self, b: Self) -> Self {
            // Every 64-bit ARM fuses them in one instruction; elsewhere that would be a call for each.
            let one = |i: usize| match cfg!(target_arch = "aarch64") {
                true => a.0[i].mul_add(b.0[i], self.0[i]),
                false => self.0[i] + a.0[i] * b.0[i],
            };
            Self([one(0), one(1), one(2), one(3)])
        }

        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller's promise.
            unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Operands, ROWS, Vector, in_parts};

    macro_rules! vector {
        ($vector:ty, $lanes:literal, $zero:ident, $load:ident, $splat:ident, $add_product:ident, $add:ident, $store:ident) => {
            impl Vector for $vector {
                const LANES: usize = $lanes;

                #[inline(always)]
                unsafe fn zero() -> Self {
                    // SAFETY: within a function that has the instructions.
                    unsafe { $zero() }
                }

                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: the caller's promise.
                    unsafe { $load(from) }
                }

                #[inline(always)]
                unsafe fn splat(from: *const f32) -> Self {
                    // SAFETY: the caller's promise.
                    unsafe { $splat(*from) }
                }

                #[inline(always)]
                unsafe fn add_product(self, a: Self, b: Self) -> Self {
                    // SAFETY: within a function that has the instructions.
                    unsafe { $add_product(a, b, self) }
                }

                #[inline(always)]
                unsafe fn add(self, other: Self) -> Self {
                    // SAFETY: within a function that has the instructions.
                    unsafe { $add(self, other) }
                }

                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    // SAFETY: the caller's promise.
                    unsafe { $store(to, self) }
                }
            }
        };
    }

    vector!(
        __m256,
        8,
        _mm256_setzero_ps,
        _mm256_loadu_ps,
        _mm256_set1_ps,
        _mm256_fmadd_ps,
        _mm256_add_ps,
        _mm256_storeu_ps
    );
    vector!(
        __m512,
        16,
        _mm512_setzero_ps,
        _mm512_loadu_ps,
        _mm512_set1_ps,
        _mm512_fmadd_ps,
        _mm512_add_ps,
        _mm512_storeu_ps
    );

    #[target_feature(enable = "avx2,fma")]
    pub unsafe fn avx2<const PACKED: bool, const DENSE: bool>(operands: &Operands<ROWS>) {
        // SAFETY: the caller's promise.
        unsafe { in_parts::<__m256, PACKED, DENSE, 4, 2>(operands) }
    }

    #[target_feature(enable = "avx512f")]
    pub unsafe fn avx512<const PACKED: bool, const DENSE: bool>(operands: &Operands<ROWS>) {
        // SAFETY: the caller's promise.
        unsafe { in_parts::<__m512, PACKED, DENSE, 8, 1>(operands) }
    }
}

/// The fastest that this processor can run.
#[cfg(not(target_arch = "wasm32"))]
fn best<const PACKED: bool, const DENSE: bool>() -> Run {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            return x86::avx512::<PACKED, DENSE>;
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return x86::avx2::<PACKED, DENSE>;
        }
    }
    in_parts::<plain::Four, PACKED, DENSE, 4, 2>
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn random(count: usize, seed: u64) -> Vec<f32> {
        let mut random = Random::new(seed);
        (0..count).map(|_| random.normal_pair()[0] as f32).collect()
    }

    /// All kinds that this machine can run, not the best alone.
    fn kinds<const PACKED: bool, const DENSE: bool>() -> Vec<(&'static str, Run)> {
        let mut kinds = vec![("best", best::<PACKED, DENSE>())];
        #[cfg(not(target_arch = "wasm32"))]
        kinds.push(("plain", in_parts::<plain::Four, PACKED, DENSE, 4, 2>));
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            kinds.push(("avx2", x86::avx2::<PACKED, DENSE>));
        }
        kinds
    }

    fn compare<const PACKED: bool, const DENSE: bool>(
        terms: usize,
        left_step: usize,
        right_step: usize,
    ) {
        let last = (terms - 1) * left_step;
        let apart = if PACKED { 1 } else { last + 3 };
        let left = random(last + (ROWS - 1) * apart + 1, 1);
        let right = random((terms - 1) * right_step + COLUMNS, 2);
        for (name, run) in kinds::<PACKED, DENSE>() {
            let mut sums = [[f32::NAN; COLUMNS]; ROWS];
            for keep in [false, true] {
                let operands = Operands {
                    terms,
                    left: std::array::from_fn(|i| left[i * apart..].as_ptr()),
                    left_step,
                    right: right.as_ptr(),
                    right_step,
                    to: std::array::from_fn(|i| sums[i].as_mut_ptr()),
                    keep,
                };
                // SAFETY: all three are long enough by the lines above.
                unsafe { run(&operands) };
            }
            for (i, sums) in sums.iter().enumerate() {
                for (j, sum) in sums.iter().enumerate() {
                    let term = |n: usize| {
                        let a = left[i * apart + n * left_step];
                        f64::from(a) * f64::from(right[n * right_step + j])
                    };
                    let (truth, magnitude) = (0..terms)
                        .map(term)
                        .fold((0.0, 0.0), |(sum, of), x| (sum + x, of + x.abs()));
                    let room = (terms + 2) as f64 * f64::from(f32::EPSILON) * magnitude;
                    // Written, then added once more.
                    assert!((0.5 * f64::from(*sum) - truth).abs() <= room, "{name}, ({i}, {j})");
                }
            }
        }
    }

    #[test]
    fn every_kind_sums_exactly() {
        for terms in [1, 2, 7, 64] {
            compare::<true, true>(terms, ROWS, COLUMNS);
            compare::<true, false>(terms, ROWS, COLUMNS);
            compare::<true, false>(terms, ROWS + 5, COLUMNS + 1);
            compare::<false, true>(terms, 1, COLUMNS);
            compare::<false, false>(terms, 3, COLUMNS + 4);
        }
    }

    /// Several blocks of rows, the last of them in part: of either layout of the left matrix.
    #[test]
    fn tiles_above_each_other_are_those_of_each_block() {
        let (rows, terms, between) = (2 * ROWS + 3, 5, 7);
        let right = random(terms * COLUMNS, 2);
        let row_major = random(rows * terms, 1);
        let block = terms * ROWS + between;
        let mut packed = vec![f32::NAN; 3 * block];
        for (i, row) in row_major.chunks_exact(terms).enumerate() {
            for (k, value) in row.iter().enumerate() {
                packed[i / ROWS * block + k * ROWS + i % ROWS] = *value;
            }
        }
        for left in [Left::Apart(&row_major, terms, 1), Left::Packed(&packed, block)] {
            for columns in [COLUMNS, 3] {
                let stride = COLUMNS + 2;
                let mut values = vec![7.0; rows * stride];
                for keep in [false, true] {
                    let into = Into { values: &mut values, stride, rows, columns, keep };
                    tile_column(terms, left, Right(&right, COLUMNS), into);
                }
                for (i, row) in values.chunks_exact(stride).enumerate() {
                    for (j, value) in row[..columns].iter().enumerate() {
                        let term = |k: usize| row_major[i * terms + k] * right[k * COLUMNS + j];
                        let sum: f32 = (0..terms).map(term).sum();
                        assert!((value - 2.0 * sum).abs() < 1e-4, "({i}, {j}): {value}, {sum}");
                    }
                    assert!(row[columns..].iter().all(|x| *x == 7.0));
                }
            }
        }
    }

    /// Nothing beside the tile is written, and a row that is not there is not read.
    #[test]
    fn a_part_of_a_tile_stays_within_it() {
        let (left, right) = (random(3 * 5, 1), random(5 * COLUMNS, 2));
        let (rows, columns) = (Left::Apart(&left, 5, 1), Right(&right, COLUMNS));
        let mut values = vec![7.0; 3 * (COLUMNS + 2)];
        for (round, keep) in [false, true].into_iter().enumerate() {
            let into = Into { values: &mut values, stride: COLUMNS + 2, rows: 3, columns: 2, keep };
            tile_column(5, rows, columns, into);
            for (i, row) in values.chunks_exact(COLUMNS + 2).enumerate() {
                for j in 0..2 {
                    let sum: f32 = (0..5).map(|k| left[i * 5 + k] * right[k * COLUMNS + j]).sum();
                    assert!((row[j] - (round + 1) as f32 * sum).abs() < 1e-4);
                }
                assert!(row[2..].iter().all(|x| *x == 7.0));
            }
        }
        let into =
            Into { values: &mut values, stride: COLUMNS + 2, rows: 3, columns: 2, keep: false };
        tile_column(0, rows, columns, into);
        assert_eq!(values[..3], [0.0, 0.0, 7.0], "a sum of nothing");
    }

    #[test]
    fn slices_that_are_too_short_are_refused() {
        let run = |left: usize, right: usize, into: usize, rows, columns| {
            std::panic::catch_unwind(move || {
                let [left, right, mut into] = [left, right, into].map(|n| vec![0.0; n]);
                let into = Into { values: &mut into, stride: 9, rows, columns, keep: false };
                let left = Left::Apart(&left, 4, 1);
                tile_column(3, left, Right(&right, COLUMNS), into);
            })
        };
        assert!(run(7, 3 * COLUMNS, 9 + 4, 2, 4).is_ok());
        assert!(run(6, 3 * COLUMNS, 9 + 4, 2, 4).is_err());
        assert!(run(7, 3 * COLUMNS - 1, 9 + 4, 2, 4).is_err());
        assert!(run(7, 3 * COLUMNS, 9 + 3, 2, 4).is_err());
        assert!(run(4 * ROWS + 3, 3 * COLUMNS, 9 * ROWS + 4, ROWS + 1, 4).is_ok());
        assert!(run(4 * ROWS + 2, 3 * COLUMNS, 9 * ROWS + 4, ROWS + 1, 4).is_err());
        assert!(run(4 * ROWS + 3, 3 * COLUMNS, 9 * ROWS + 3, ROWS + 1, 4).is_err());
        assert!(run(99, 3 * COLUMNS, 99, 2, COLUMNS + 1).is_err());
        assert!(run(99, 3 * COLUMNS, 99, 0, 1).is_err());
        assert!(run(99, 3 * COLUMNS, 99, 2, 0).is_err());
    }

    #[test]
    fn packed_blocks_that_are_too_short_are_refused() {
        let run = |left: usize| {
            std::panic::catch_unwind(move || {
                let (left, right) = (vec![0.0; left], [0.0; 3 * COLUMNS]);
                let mut into = [0.0; (ROWS + 1) * COLUMNS];
                let into = Into {
                    values: &mut into,
                    stride: COLUMNS,
                    rows: ROWS + 1,
                    columns: 4,
                    keep: false,
                };
                tile_column(3, Left::Packed(&left, 3 * ROWS + 5), Right(&right, COLUMNS), into);
            })
        };
        // The second block is read as a whole, though one row of it is there.
        assert!(run(3 * ROWS + 5 + 3 * ROWS).is_ok());
        assert!(run(3 * ROWS + 5 + 3 * ROWS - 1).is_err());
    }
}
