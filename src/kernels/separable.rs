//! Separable convolutions on the CPU, picture by picture.
//!
//! ```text
//! x [C, H, W] ─ enlarged, a border of zeros ─ each channel by its kernel ─ middle [C, H', W'] ─ across ─ [D, H', W']
//! ```

use super::parallel;
use super::product::{Matrix, product};
use crate::shape::{SIDE, Separable, TAPS};

/// A channel with its border of zeros, as the kernel reads it. At stride 2 the even columns of a row come before the odd
/// ones, so that the pixels that one tap sees lie side by side.
struct Padded {
    sizes: Separable,
    /// Columns of a row.
    width: usize,
}

impl Padded {
    fn new(sizes: &Separable) -> Self {
        let [_, width] = sizes.padded();
        Self { sizes: *sizes, width }
    }

    fn len(&self) -> usize {
        self.sizes.padded()[0] * self.width
    }

    /// Where a column lies in its row.
    fn column(&self, column: usize) -> usize {
        let stride = self.sizes.stride();
        column % stride * (self.width / stride) + column / stride
    }

    /// Where the pixels begin that this tap sees of output row `y`.
    fn start(&self, tap: usize, y: usize) -> usize {
        (y * self.sizes.stride() + tap / SIDE) * self.width + self.column(tap % SIDE)
    }

    /// Calls `visit` with each place that is no border, and the pixel of the channel that it shows.
    fn pixels(&self, mut visit: impl FnMut(usize, usize)) {
        let [height, width] = self.sizes.input;
        let times = self.sizes.enlarged();
        for y in 0..height * times {
            for x in 0..width * times {
                let place = (1 + y) * self.width + self.column(1 + x);
                visit(place, y / times * width + x / times);
            }
        }
    }

    /// `[H, W]`
    fn of(&self, channel: &[f32]) -> Vec<f32> {
        let mut padded = vec![0.0; self.len()];
        self.pixels(|place, pixel| padded[place] = channel[pixel]);
        padded
    }
}

/// The output, `[B, D, H', W']`.
pub fn forward(sizes: &Separable, x: &[f32], depthwise: &[f32], pointwise: &[f32]) -> Vec<f32> {
    let [c_in, c_out] = sizes.channels;
    let (from, pixels) = (sizes.input_pixels(), sizes.output_pixels());
    let mut output = vec![0.0; sizes.batch * c_out * pixels];
    for (x, output) in x.chunks_exact(c_in * from).zip(output.chunks_exact_mut(c_out * pixels)) {
        let middle = each_channel(sizes, x, depthwise);
        let (weights, middle) = (Matrix::new(pointwise, c_in), Matrix::new(&middle, pixels));
        product(output, [c_out, c_in, pixels], weights, middle, false);
    }
    output
}

/// The gradients of the input and of both kernels, from that of the output.
pub fn backward(
    sizes: &Separable,
    x: &[f32],
    depthwise: &[f32],
    pointwise: &[f32],
    gradient: &[f32],
) -> [Vec<f32>; 3] {
    let [c_in, c_out] = sizes.channels;
    let (from, pixels) = (sizes.input_pixels(), sizes.output_pixels());
    let mut of_x = vec![0.0; x.len()];
    let mut of_depthwise = vec![0.0; depthwise.len()];
    let mut of_pointwise = vec![0.0; pointwise.len()];
    let pictures = x.chunks_exact(c_in * from).zip(gradient.chunks_exact(c_out * pixels));
    for (i, (x, gradient)) in pictures.enumerate() {
        let keep = i > 0;
        let gradient = Matrix::new(gradient, pixels);
        let mut middle = each_channel(sizes, x, depthwise);
        let seen = Matrix::new(&middle, pixels).transposed();
        product(&mut of_pointwise, [c_out, pixels, c_in], gradient, seen, keep);
        // From here on, its gradient.
        let weights = Matrix::new(pointwise, c_in).transposed();
        product(&mut middle, [c_in, c_out, pixels], weights, gradient, false);
        kernel_gradient(sizes, x, &middle, &mut of_depthwise);
        let of_x = &mut of_x[i * c_in * from..][..c_in * from];
        input_gradient(sizes, &middle, depthwise, of_x);
    }
    [of_x, of_depthwise, of_pointwise]
}

/// Each channel by its kernel: `[C, H, W] -> [C, H', W']`.
fn each_channel(sizes: &Separable, x: &[f32], depthwise: &[f32]) -> Vec<f32> {
    let ([_, width], from, pixels) = (sizes.output(), sizes.input_pixels(), sizes.output_pixels());
    let layout = Padded::new(sizes);
    let mut middle = vec![0.0; sizes.channels[0] * pixels];
    parallel::rows(&mut middle, pixels, |channel, plane| {
        let padded = layout.of(&x[channel * from..][..from]);
        let kernel = &depthwise[channel * TAPS..][..TAPS];
        for (y, row) in plane.chunks_exact_mut(width).enumerate() {
            for (tap, weight) in kernel.iter().enumerate() {
                let seen = &padded[layout.start(tap, y)..];
                row.iter_mut().zip(seen).for_each(|(to, x)| *to += weight * x);
            }
        }
    });
    middle
}

/// From the gradient of the middle to that of the input: `[C, H', W'] -> [C, H, W]`.
fn input_gradient(sizes: &Separable, middle: &[f32], depthwise: &[f32], of_x: &mut [f32]) {
    let ([_, width], from, pixels) = (sizes.output(), sizes.input_pixels(), sizes.output_pixels());
    let layout = Padded::new(sizes);
    parallel::rows(of_x, from, |channel, plane| {
        let mut padded = vec![0.0; layout.len()];
        let kernel = &depthwise[channel * TAPS..][..TAPS];
        let rows = middle[channel * pixels..][..pixels].chunks_exact(width);
        for (y, row) in rows.enumerate() {
            for (tap, weight) in kernel.iter().enumerate() {
                let seen = &mut padded[layout.start(tap, y)..];
                seen.iter_mut().zip(row).for_each(|(to, g)| *to += weight * g);
            }
        }
        layout.pixels(|place, pixel| plane[pixel] += padded[place]);
    });
}

/// Adds one picture's part to the gradient of the kernels, `[C, 4, 4]`.
fn kernel_gradient(sizes: &Separable, x: &[f32], middle: &[f32], into: &mut [f32]) {
    let ([_, width], from, pixels) = (sizes.output(), sizes.input_pixels(), sizes.output_pixels());
    let layout = Padded::new(sizes);
    parallel::rows(into, TAPS, |channel, kernel| {
        let padded = layout.of(&x[channel * from..][..from]);
        for (tap, sum) in kernel.iter_mut().enumerate() {
            let rows = middle[channel * pixels..][..pixels].chunks_exact(width).enumerate();
            let dots = rows.map(|(y, row)| f64::from(dot(row, &padded[layout.start(tap, y)..])));
            *sum += dots.sum::<f64>() as f32;
        }
    });
}

/// In eight lanes, so that the compiler multiplies eight values at once. `b` may be longer.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let b = &b[..a.len()];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut lanes = [0f32; 8];
    for (a, b) in a.iter().zip(b) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f32>() + rest
}
