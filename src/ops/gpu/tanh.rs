//! The hyperbolic tangent on a GPU and its gradient, in one launch each. Of large arguments the tangent of WGSL is no number
//! on some devices, by an exponential that overflows.

use cubecl::prelude::*;

use super::launch::{Float, buffer, contiguous, one_thread_each, over, threads};

/// From here on the tangent of a smaller argument is a polynomial, as the other formula would cancel.
const SMALL: f32 = 0.625;
/// Of this argument it is 1 in single precision.
const LARGE: f32 = 9.1;

pub fn forward(x: Float) -> Float {
    let (output, [x, into]) = over(contiguous(x));
    let client = &output.client;
    // SAFETY: each thread checks its index against the length, which both buffers have.
    unsafe {
        tanh::launch_unchecked(client, one_thread_each(&output), threads(), x, into);
    }
    output
}

/// From the tangents and their gradient.
pub fn backward(tangents: Float, gradient: Float) -> Float {
    let tangents = contiguous(tangents);
    let (output, [gradient, into]) = over(contiguous(gradient));
    let client = &output.client;
    // SAFETY: each thread checks its index against the length, which all three buffers have.
    unsafe {
        tanh_backward::launch_unchecked(
            client,
            one_thread_each(&output),
            threads(),
            gradient,
            into,
            buffer(&tangents),
        );
    }
    output
}

/// By Moshier's Cephes library (`tanhf`), as on the CPU: `x + x³ · P(x²)`, or `1 - 2 / (e^2x + 1)` further out.
#[cube(launch_unchecked)]
fn tanh(x: &[f32], output: &mut [f32]) {
    let i = ABSOLUTE_POS;
    if i < output.len() {
        let x = x[i];
        let square = x * x;
        let p = -5.704_988_7e-3f32 * square + 2.063_908_9e-2f32;
        let p = (p * square - 5.373_971_6e-2f32) * square + 1.333_144_2e-1f32;
        let small = x + x * square * (p * square - 3.333_328_2e-1f32);
        let size = min(x.abs(), LARGE);
        let large = 1.0f32 - 2.0f32 / ((2.0f32 * size).exp() + 1.0f32);
        let far = select(x < 0.0f32, -large, large);
        output[i] = select(x.abs() < SMALL, small, far);
    }
}

#[cube(launch_unchecked)]
fn tanh_backward(gradient: &[f32], output: &mut [f32], tangents: &[f32]) {
    let i = ABSOLUTE_POS;
    if i < output.len() {
        let tangent = tangents[i];
        output[i] = gradient[i] * (1.0 - tangent * tangent);
    }
}
