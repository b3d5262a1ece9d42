//! Adam's update on a GPU, in place: of one tensor in one launch, or of as many as the device has buffers for.

use cubecl::prelude::*;

use super::launch::{Float, THREADS, buffer, contiguous, len, threads, workgroups};
use crate::ops::Rates;

/// Elements that one thread updates.
const RUN: usize = 4;
/// Buffers of one tensor.
const BUFFERS: usize = 3;
/// Tensors of one launch at the most: a kernel's code grows with them.
const MOST_TENSORS: usize = 8;

/// One parameter and what it is updated by, see [`crate::ops::Update`].
pub struct Parameter {
    pub weight: Float,
    pub gradient: Float,
    pub moments: Float,
    pub rates: Rates,
}

/// Each parameter's weights and moments after one update.
pub fn update(parameters: Vec<Parameter>) -> Vec<[Float; 2]> {
    let parameters = parameters.into_iter().map(|parameter| Parameter {
        weight: own(parameter.weight),
        gradient: contiguous(parameter.gradient),
        moments: own(parameter.moments),
        rates: parameter.rates,
    });
    let parameters: Vec<_> = parameters.collect();
    for alike in parameters.chunk_by(|a, b| a.rates == b.rates) {
        let bindings = alike[0].weight.client.properties().hardware.max_bindings as usize;
        alike.chunks((bindings / BUFFERS).clamp(1, MOST_TENSORS)).for_each(launch);
    }
    let updated = parameters.into_iter();
    updated.map(|Parameter { weight, moments, .. }| [weight, moments]).collect()
}

/// What may be written over: the tensor, or a copy where somebody else holds it too.
fn own(x: Float) -> Float {
    let x = contiguous(x);
    if x.can_mut() { x } else { x.copy() }
}

/// Of parameters with the same rates.
fn launch(parameters: &[Parameter]) {
    let Parameter { weight, rates, .. } = &parameters[0];
    let (client, Rates { beta1, beta2, epsilon, step_size, clip }) = (&weight.client, *rates);
    let counts = parameters.iter().map(|p| len(&p.weight).div_ceil(THREADS as usize * RUN));
    let counts: Vec<usize> = counts.collect();
    let buffers = |of: fn(&Parameter) -> &Float| parameters.iter().map(|p| buffer(of(p))).collect();
    // SAFETY: each thread checks its indices against the length of the gradient, which is that of the weights and half of that
    // of the moments.
    unsafe {
        adam::launch_unchecked(
            client,
            workgroups(client, counts.iter().sum()),
            threads(),
            buffers(|parameter| &parameter.weight),
            buffers(|parameter| &parameter.moments),
            buffers(|parameter| &parameter.gradient),
            counts.iter().map(|count| *count as u32).collect(),
            beta1 as f32,
            (1.0 - beta1) as f32,
            beta2 as f32,
            (1.0 - beta2) as f32,
            epsilon as f32,
            step_size as f32,
            clip as f32,
        );
    }
}

/// Each workgroup updates a part of one tensor; `counts` are the workgroups of each.
#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn adam(
    weights: &mut Sequence<Box<[f32]>>,
    moments: &mut Sequence<Box<[f32]>>,
    gradients: &Sequence<Box<[f32]>>,
    counts: &Sequence<u32>,
    keep1: f32,
    add1: f32,
    keep2: f32,
    add2: f32,
    epsilon: f32,
    step_size: f32,
    clip: f32,
) {
    let workgroup = CUBE_POS as u32;
    let mut start = 0u32;
    #[unroll]
    for t in 0..gradients.len() {
        let count = *counts.index(t);
        if workgroup >= start && workgroup < start + count {
            let gradient = gradients.index(t);
            let mut i = ((workgroup - start) * THREADS + UNIT_POS) as usize;
            while i < gradient.len() {
                let g = gradient[i] * clip;
                let second = gradient.len() + i;
                let m = keep1 * moments.index(t)[i] + add1 * g;
                let v = keep2 * moments.index(t)[second] + add2 * (g * g);
                moments.index_mut(t)[i] = m;
                moments.index_mut(t)[second] = v;
                weights.index_mut(t)[i] -= step_size * m / (v.sqrt() + epsilon);
                i += (count * THREADS) as usize;
            }
        }
        start += count;
    }
}
