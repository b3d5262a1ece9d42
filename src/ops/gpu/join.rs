//! Channels side by side through LeakyReLU on a GPU, and the gradient, in one launch each.

use burn::backend::TensorMetadata;
use cubecl::prelude::*;

use super::launch::{Float, buffer, contiguous, empty_beside, len, one_thread_each, threads};
use super::rectify::rectified;

pub fn forward(first: Float, second: Float, slope: f64) -> Float {
    let [first, second] = [first, second].map(contiguous);
    let [pictures, channels, height, width] = first.shape().dims();
    let [_, others, ..] = second.shape().dims::<4>();
    let output = empty_beside(&first, [pictures, channels + others, height, width]);
    // SAFETY: each thread checks its index against the output's length, which is that of both inputs together.
    unsafe {
        join::launch_unchecked(
            &output.client,
            one_thread_each(&output),
            threads(),
            buffer(&first),
            buffer(&second),
            buffer(&output),
            (len(&first) / pictures) as u32,
            (len(&second) / pictures) as u32,
            slope as f32,
        );
    }
    output
}

/// The gradients of both inputs, by the sign of the output; `channels` are those of the first.
pub fn backward(output: Float, gradient: Float, channels: usize, slope: f64) -> [Float; 2] {
    let [output, gradient] = [output, gradient].map(contiguous);
    let [pictures, both, height, width] = output.shape().dims();
    let [first, second] = [channels, both - channels]
        .map(|channels| empty_beside(&output, [pictures, channels, height, width]));
    // SAFETY: as above.
    unsafe {
        join_backward::launch_unchecked(
            &output.client,
            one_thread_each(&output),
            threads(),
            buffer(&output),
            buffer(&gradient),
            buffer(&first),
            buffer(&second),
            (len(&first) / pictures) as u32,
            (len(&second) / pictures) as u32,
            slope as f32,
        );
    }
    [first, second]
}

/// `first_len` and `second_len`: elements of one picture.
#[cube(launch_unchecked)]
fn join(
    first: &[f32],
    second: &[f32],
    output: &mut [f32],
    first_len: u32,
    second_len: u32,
    slope: f32,
) {
    let i = ABSOLUTE_POS;
    if i < output.len() {
        let Part { is_first, at } = part_of(i, first_len, second_len);
        if is_first {
            output[i] = rectified(first[at], first[at], slope);
        } else {
            output[i] = rectified(second[at], second[at], slope);
        }
    }
}

#[cube(launch_unchecked)]
fn join_backward(
    output: &[f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
    first_len: u32,
    second_len: u32,
    slope: f32,
) {
    let i = ABSOLUTE_POS;
    if i < output.len() {
        let value = rectified(output[i], gradient[i], slope);
        let Part { is_first, at } = part_of(i, first_len, second_len);
        if is_first {
            first[at] = value;
        } else {
            second[at] = value;
        }
    }
}

/// Which of the two inputs an element of the output is of, and where it lies there.
#[derive(CubeType)]
struct Part {
    is_first: bool,
    at: usize,
}

#[cube]
fn part_of(i: usize, first_len: u32, second_len: u32) -> Part {
    let (first_len, second_len) = (first_len as usize, second_len as usize);
    let picture = i / (first_len + second_len);
    let at = i - picture * (first_len + second_len);
    let is_first = at < first_len;
    let of_second = picture * second_len + at - first_len;
    Part { is_first, at: select(is_first, picture * first_len + at, of_second) }
}
