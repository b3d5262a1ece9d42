//! Losses on a GPU.

use burn::backend::TensorMetadata;
use cubecl::prelude::*;

use super::launch::{
    Float, buffer, contiguous, empty_beside, len, one_thread_each, threads, workgroups,
};
use super::sum::{self, THREADS};
use crate::ops::GanLoss;
use crate::ops::gan_loss::EPS;

/// The discriminator's loss and the generator's, `[2]`; the slopes of the former by the logits of real pairs and then of as
/// many fake ones, and those of the latter by the logits of the fake ones. The logits are few: one workgroup's.
pub fn gan(logits: Float, loss: GanLoss) -> [Float; 3] {
    let logits = contiguous(logits);
    let [pairs, maps, height, width] = logits.shape().dims();
    let values = empty_beside(&logits, [2]);
    let of_judge = empty_beside(&logits, logits.shape());
    let of_push = empty_beside(&logits, [pairs / 2, maps, height, width]);
    // SAFETY: each thread stays within the number of the fake pairs' logits, which are half of all; one writes both values.
    unsafe {
        gan_losses::launch_unchecked(
            &logits.client,
            CubeCount::new_single(),
            sum::threads(),
            buffer(&logits),
            buffer(&values),
            buffer(&of_judge),
            buffer(&of_push),
            loss,
        );
    }
    [values, of_judge, of_push]
}

/// The mean of the absolute differences: `[1]`.
pub fn l1(a: Float, b: Float) -> Float {
    let share = 1.0 / len(&a) as f32;
    sum_of_pairs(a, b, Pair::Difference, share)
}

/// The sum of the products: `[1]`.
pub fn dot(a: Float, b: Float) -> Float {
    sum_of_pairs(a, b, Pair::Product, 1.0)
}

/// What is made of two values before it is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Pair {
    /// The absolute difference.
    Difference,
    Product,
}

/// The sum over all pairs, times a factor: `[1]`.
fn sum_of_pairs(a: Float, b: Float, pair: Pair, factor: f32) -> Float {
    let [a, b] = [a, b].map(contiguous);
    let count = sum::workgroups_for(len(&a));
    let sums = empty_beside(&a, [count]);
    // SAFETY: each thread stays within the length, and each workgroup writes one sum of its own.
    unsafe {
        sum_pairs::launch_unchecked(
            &a.client,
            workgroups(&a.client, count),
            sum::threads(),
            buffer(&a),
            buffer(&b),
            buffer(&sums),
            pair,
        );
    }
    sum::of_all(&sums, factor)
}

/// The gradient of `a`, from that of the mean.
pub fn l1_backward(a: Float, b: Float, gradient: Float) -> Float {
    let [a, b, gradient] = [a, b, gradient].map(contiguous);
    let of_a = empty_beside(&a, a.shape());
    // SAFETY: each thread checks its index against the length, which all three pictures have.
    unsafe {
        l1_gradient::launch_unchecked(
            &a.client,
            one_thread_each(&a),
            threads(),
            buffer(&a),
            buffer(&b),
            buffer(&gradient),
            buffer(&of_a),
        );
    }
    of_a
}

#[cube(launch_unchecked)]
fn sum_pairs(a: &[f32], b: &[f32], sums: &mut [f32], #[comptime] pair: Pair) {
    let workgroup = CUBE_POS;
    if workgroup < sums.len() {
        let mut mine = 0.0f32;
        let mut i = workgroup * THREADS as usize + UNIT_POS as usize;
        while i < a.len() {
            match pair {
                Pair::Difference => mine += (a[i] - b[i]).abs(),
                Pair::Product => mine += a[i] * b[i],
            }
            i += sums.len() * THREADS as usize;
        }
        let sum = sum::of_threads(mine, THREADS);
        if UNIT_POS == 0 {
            sums[workgroup] = sum;
        }
    }
}

#[cube(launch_unchecked)]
fn l1_gradient(a: &[f32], b: &[f32], gradient: &[f32], of_a: &mut [f32]) {
    let i = ABSOLUTE_POS;
    if i < of_a.len() {
        let share = gradient[0] / f32::cast_from(of_a.len());
        let difference = a[i] - b[i];
        of_a[i] = select(difference > 0.0, share, select(difference < 0.0, -share, 0.0));
    }
}

#[cube(launch_unchecked)]
fn gan_losses(
    logits: &[f32],
    values: &mut [f32],
    of_judge: &mut [f32],
    of_push: &mut [f32],
    #[comptime] loss: GanLoss,
) {
    let fakes = of_push.len();
    let count = f32::cast_from(fakes);
    let mut judged = 0.0f32;
    let mut pushed = 0.0f32;
    let mut i = UNIT_POS as usize;
    while i < fakes {
        let real = real_term(logits[i], loss);
        let fake = fake_term(logits[fakes + i], loss);
        let push = push_term(logits[fakes + i], loss);
        judged += real.value + fake.value;
        pushed += push.value;
        of_judge[i] = real.slope / count;
        of_judge[fakes + i] = fake.slope / count;
        of_push[i] = push.slope / count;
        i += THREADS as usize;
    }
    let judged = sum::of_threads(judged, THREADS);
    let pushed = sum::of_threads(pushed, THREADS);
    if UNIT_POS == 0 {
        values[0] = judged / count;
        values[1] = pushed / count;
    }
}

/// Of one logit: a loss and its slope.
#[derive(CubeType)]
struct Term {
    value: f32,
    slope: f32,
}

/// As [`GanLoss::of_real`].
#[cube]
fn real_term(logit: f32, #[comptime] loss: GanLoss) -> Term {
    match loss {
        GanLoss::Vanilla => Term { value: softplus(-logit), slope: -sigmoid(-logit) },
        GanLoss::VanillaEps => {
            let d = sigmoid(logit);
            Term { value: -(d + EPS).ln(), slope: -d * (1.0f32 - d) / (d + EPS) }
        }
        GanLoss::Lsgan => {
            let off = logit - 1.0f32;
            Term { value: off * off / 2.0f32, slope: off }
        }
        GanLoss::Hinge => Term {
            value: max(1.0f32 - logit, 0.0f32),
            slope: select(logit < 1.0f32, -1.0f32, 0.0f32),
        },
    }
}

/// As [`GanLoss::of_fake`].
#[cube]
fn fake_term(logit: f32, #[comptime] loss: GanLoss) -> Term {
    match loss {
        GanLoss::Vanilla => Term { value: softplus(logit), slope: sigmoid(logit) },
        GanLoss::VanillaEps => {
            let d = sigmoid(logit);
            let other = 1.0f32 - d + EPS;
            Term { value: -other.ln(), slope: d * (1.0f32 - d) / other }
        }
        GanLoss::Lsgan => Term { value: logit * logit / 2.0f32, slope: logit },
        GanLoss::Hinge => Term {
            value: max(1.0f32 + logit, 0.0f32),
            slope: select(logit > -1.0f32, 1.0f32, 0.0f32),
        },
    }
}

/// As [`GanLoss::of_push`].
#[cube]
fn push_term(logit: f32, #[comptime] loss: GanLoss) -> Term {
    match loss {
        GanLoss::Hinge => Term { value: -logit, slope: -1.0f32 },
        _ => real_term(logit, loss),
    }
}

/// `log(1 + e^x)`, without an overflow.
#[cube]
fn softplus(x: f32) -> f32 {
    max(x, 0.0f32) + (1.0f32 + (-x.abs()).exp()).ln()
}

/// Without an overflow.
#[cube]
fn sigmoid(x: f32) -> f32 {
    let e = (-x.abs()).exp();
    select(x < 0.0f32, e, 1.0f32) / (1.0f32 + e)
}
