//! LeakyReLU on a GPU and its gradient, in one launch each.

use cubecl::prelude::*;

use super::launch::{Float, buffer, contiguous, one_thread_each, over, threads};

pub fn forward(x: Float, slope: f64) -> Float {
    let (output, [x, into]) = over(contiguous(x));
    let client = &output.client;
    // SAFETY: each thread checks its index against the length, which both buffers have.
    unsafe {
        rectify::launch_unchecked(
            client,
            one_thread_each(&output),
            threads(),
            x,
            into,
            slope as f32,
        );
    }
    output
}

/// From the output of `forward` and its gradient.
pub fn backward(rectified: Float, gradient: Float, slope: f64) -> Float {
    let rectified = contiguous(rectified);
    let (output, [gradient, into]) = over(contiguous(gradient));
    let client = &output.client;
    // SAFETY: each thread checks its index against the length, which all three buffers have.
    unsafe {
        rectify_backward::launch_unchecked(
            client,
            one_thread_each(&output),
            threads(),
            gradient,
            into,
            buffer(&rectified),
            slope as f32,
        );
    }
    output
}

#[cube(launch_unchecked)]
fn rectify(x: &[f32], output: &mut [f32], slope: f32) {
    let i = ABSOLUTE_POS;
    if i < output.len() {
        output[i] = rectified(x[i], x[i], slope);
    }
}

#[cube(launch_unchecked)]
fn rectify_backward(gradient: &[f32], output: &mut [f32], x: &[f32], slope: f32) {
    let i = ABSOLUTE_POS;
    if i < output.len() {
        output[i] = rectified(x[i], gradient[i], slope);
    }
}

/// `value` where `x` is positive, its share elsewhere.
#[cube]
pub fn rectified(x: f32, value: f32, slope: f32) -> f32 {
    select(x > 0.0, value, value * slope)
}
