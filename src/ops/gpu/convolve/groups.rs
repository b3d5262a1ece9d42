//! Sums of several values over groups of threads of a workgroup.

use cubecl::prelude::*;

/// Threads of a workgroup.
pub const UNITS: usize = 64;

/// Writes a thread's sums, `count` of them, as those of its lane of a group: `width` sums are one group's.
#[cube]
pub fn write_group(
    sums: &Array<f32>,
    shared: &mut Shared<[f32]>,
    group: usize,
    lane: usize,
    #[comptime] count: usize,
    #[comptime] width: usize,
) {
    #[unroll]
    for i in 0..count {
        shared[group * width + lane * count + i] = sums[i];
    }
}

/// One of the sums of all groups.
#[cube]
pub fn sum_groups(
    shared: &Shared<[f32]>,
    which: usize,
    #[comptime] groups: usize,
    #[comptime] width: usize,
) -> f32 {
    let mut sum = 0.0f32;
    for group in 0..groups {
        sum += shared[group * width + which];
    }
    sum
}
