//! Sums over the threads of a workgroup, and the sum of the squares of many tensors.

use cubecl::prelude::*;

use super::launch::{Float, buffer, contiguous, empty_beside, len, workgroups};

/// Threads of a workgroup that adds up, at the most: few, as each waits for the others.
pub const THREADS: u32 = 64;
/// As many as a GPU runs side by side anyway.
const FEWEST_THREADS: u32 = 32;
/// Threads that add up what all of them have.
const SECOND: u32 = 8;
/// Elements that one thread adds up before the threads' sums are added, at the least.
const RUN: usize = 64;
/// Workgroups of one tensor at the most.
const MOST: usize = 256;
/// Tensors of one launch at the most: a kernel's code grows with them.
const MOST_TENSORS: usize = 16;

/// The sum of the squares of all elements of all tensors: `[1]`.
pub fn of_squares(tensors: Vec<Float>) -> Float {
    let tensors: Vec<_> = tensors.into_iter().map(contiguous).collect();
    let first = tensors.first().expect("the sum is of at least one tensor");
    let client = &first.client;
    let counts: Vec<usize> = tensors.iter().map(|x| workgroups_for(len(x))).collect();
    let sums = empty_beside(first, [counts.iter().sum::<usize>()]);
    // One buffer less than the device takes is left for the sums.
    let group = (client.properties().hardware.max_bindings as usize - 1).min(MOST_TENSORS);
    let mut offset = 0;
    for (tensors, counts) in tensors.chunks(group).zip(counts.chunks(group)) {
        let count: usize = counts.iter().sum();
        // SAFETY: each thread stays within the tensor's length, and each workgroup writes one sum of its own.
        unsafe {
            sum_squares::launch_unchecked(
                client,
                workgroups(client, count),
                threads(),
                tensors.iter().map(buffer).collect(),
                counts.iter().map(|count| *count as u32).collect(),
                buffer(&sums),
                offset as u32,
            );
        }
        offset += count;
    }
    of_all(&sums, 1.0)
}

pub fn threads() -> CubeDim {
    CubeDim::new_1d(THREADS)
}

/// Threads of a workgroup for so many elements: a power of two.
pub fn threads_for(elements: usize) -> u32 {
    (elements.min(THREADS as usize) as u32).next_power_of_two().max(FEWEST_THREADS)
}

/// As many as sum up so many elements.
pub fn workgroups_for(elements: usize) -> usize {
    elements.div_ceil(THREADS as usize * RUN).clamp(1, MOST)
}

/// The sum of a few values, times a factor: `[1]`.
pub fn of_all(values: &Float, factor: f32) -> Float {
    let total = empty_beside(values, [1]);
    // SAFETY: each thread stays within the length, and one writes the total.
    unsafe {
        sum_all::launch_unchecked(
            &values.client,
            CubeCount::new_single(),
            threads(),
            buffer(values),
            buffer(&total),
            factor,
        );
    }
    total
}

/// Each workgroup adds up a part of one tensor; `counts` are the workgroups of each.
#[cube(launch_unchecked)]
fn sum_squares(
    tensors: &Sequence<Box<[f32]>>,
    counts: &Sequence<u32>,
    sums: &mut [f32],
    offset: u32,
) {
    let workgroup = CUBE_POS as u32;
    let mut mine = 0.0f32;
    let mut first = 0u32;
    #[unroll]
    for t in 0..tensors.len() {
        let count = *counts.index(t);
        if workgroup >= first && workgroup < first + count {
            let x = tensors.index(t);
            let mut i = ((workgroup - first) * THREADS + UNIT_POS) as usize;
            while i < x.len() {
                mine += x[i] * x[i];
                i += (count * THREADS) as usize;
            }
        }
        first += count;
    }
    let sum = of_threads(mine, THREADS);
    if UNIT_POS == 0 && workgroup < first {
        sums[(offset + workgroup) as usize] = sum;
    }
}

#[cube(launch_unchecked)]
fn sum_all(values: &[f32], total: &mut [f32], factor: f32) {
    let mut mine = 0.0f32;
    let mut i = UNIT_POS as usize;
    while i < values.len() {
        mine += values[i];
        i += THREADS as usize;
    }
    let sum = of_threads(mine, THREADS);
    if UNIT_POS == 0 {
        total[0] = sum * factor;
    }
}

/// The sum of one value of each thread of the workgroup, to each of them. All `threads`, a power of two and at least
/// [`FEWEST_THREADS`], must call it.
#[cube]
pub fn of_threads(mine: f32, #[comptime] threads: u32) -> f32 {
    let mut all = Shared::<[f32]>::new_slice(threads as usize);
    let mut second = Shared::<[f32]>::new_slice(SECOND as usize);
    // Others may still read the sums before these.
    sync_cube();
    all[UNIT_POS as usize] = mine;
    sync_cube();
    if UNIT_POS < SECOND {
        let mut sum = 0.0f32;
        #[unroll]
        for i in 0..comptime!(threads / SECOND) {
            sum += all[(UNIT_POS + i * SECOND) as usize];
        }
        second[UNIT_POS as usize] = sum;
    }
    sync_cube();
    let mut sum = 0.0f32;
    #[unroll]
    for i in 0..SECOND {
        sum += second[i as usize];
    }
    sum
}
