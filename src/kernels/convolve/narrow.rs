//! Convolutions at stride 1 with far fewer output channels than input channels: it is cheaper to multiply first and move
//! the values after. For each channel of `small` the picture is multiplied by the 16 weights, `[16, L] · [L, H·W]`.

use crate::product::{Matrix, product};
use crate::scratch;
use crate::shape::{Geometry, SIDE, TAPS};

/// `[L, H, W]` and `[S, L, 4, 4]` -> `[S, h, w]`, which must be zero before.
pub fn down(geometry: &Geometry, large: &[f32], weight: &[f32], small: &mut [f32]) {
    let pixels = geometry.large_pixels();
    let channels = geometry.large[0];
    for (kernel, small) in
        weight.chunks_exact(geometry.taps()).zip(small.chunks_exact_mut(geometry.small_pixels()))
    {
        scratch::with(TAPS * pixels, |columns| {
            let kernel = Matrix::new(kernel, TAPS).transposed(); // [16, L]
            product(columns, [TAPS, channels, pixels], kernel, Matrix::new(large, pixels), false);
            each_shift(geometry, |i, at, from, length| {
                add(&mut small[at..][..length], &columns[i * pixels + from..][..length]);
            });
        });
    }
}

/// `[S, h, w]` and `[S, L, 4, 4]` -> `[L, H, W]`, which must be zero before.
pub fn up(geometry: &Geometry, small: &[f32], weight: &[f32], large: &mut [f32]) {
    let pixels = geometry.large_pixels();
    for (kernel, small) in
        weight.chunks_exact(geometry.taps()).zip(small.chunks_exact(geometry.small_pixels()))
    {
        scratch::with(TAPS * pixels, |columns| {
            spread(geometry, small, columns);
            let sizes = [geometry.large[0], TAPS, pixels];
            product(large, sizes, Matrix::new(kernel, TAPS), Matrix::new(columns, pixels), true);
        });
    }
}

/// `[L, H, W]` and `[S, h, w]` -> `[S, L, 4, 4]`; where `keep`, it is added to what is there.
pub fn weight_gradient(
    geometry: &Geometry,
    large: &[f32],
    small: &[f32],
    weight: &mut [f32],
    keep: bool,
) {
    let pixels = geometry.large_pixels();
    for (kernel, small) in
        weight.chunks_exact_mut(geometry.taps()).zip(small.chunks_exact(geometry.small_pixels()))
    {
        scratch::with(TAPS * pixels, |columns| {
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
        let (down, right) = (i / SIDE, i % SIDE);
        let (first, end) = inside(right, small_width, width);
        for y in 0..small_height {
            if let Some(from) = (y + down).checked_sub(1).filter(|y| *y < height) {
                visit(i, y * small_width + first, from * width + first + right - 1, end - first);
            }
        }
    }
}

/// The range of positions `x` in a line of `small` at which column `right` of the kernel lies within the picture.
fn inside(right: usize, small_width: usize, width: usize) -> (usize, usize) {
    (usize::from(right == 0), (width + 1 - right).min(small_width))
}

fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
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

    /// What is moved before it is multiplied is the transpose of what is moved after.
    #[test]
    fn spreading_is_the_transpose_of_gathering() {
        for small in [[1, 1, 1, 1], [1, 1, 4, 6], [1, 1, 7, 3]] {
            let geometry = Geometry::of_small(small, [1, 1, 4, 4], 1);
            let (pixels, small_pixels) = (geometry.large_pixels(), geometry.small_pixels());
            let (columns, small) = (random(TAPS * pixels, 1), random(small_pixels, 2));
            let mut gathered = vec![0.0; small_pixels];
            each_shift(&geometry, |i, at, from, length| {
                add(&mut gathered[at..][..length], &columns[i * pixels + from..][..length]);
            });
            let mut spread_out = vec![f32::NAN; TAPS * pixels];
            spread(&geometry, &small, &mut spread_out);
            let (a, b) = (dot(&gathered, &small), dot(&columns, &spread_out));
            assert!((a - b).abs() < 1e-4, "{geometry:?}: {a} and {b}");
        }
    }
}
