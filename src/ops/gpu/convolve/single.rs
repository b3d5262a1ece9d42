//! Layers of which `small` has one channel, or few: the discriminator's last. In a tile of a product most rows would be
//! empty. Each thread takes four pixels below each other, which share most of the values that they meet, and threads side by
//! side take pixels side by side.
//!
//! ```text
//!                  a workgroup computes                         its threads share
//! down             several times four pixels of one channel     the channels of large
//! weight gradient  the kernel of one pair of channels           the pixels
//! ```

use cubecl::prelude::*;

use super::groups::{UNITS, sum_groups, write_group};
use super::product::Four;
use super::stored::{Stored, row};
use super::weight::Pictures;
use pix2pix_kernels::shape::{SIDE, TAPS};

/// Channels of small that are few.
pub const MOST_CHANNELS: usize = 3;

/// Pixels of one thread.
const RUN: usize = 4;

/// Runs of a workgroup on the way down.
const LANES: usize = 8;

/// Workgroups of one channel on the way down.
pub fn workgroups_of_channel(pictures: usize, height: usize, width: usize) -> usize {
    (pictures * height.div_ceil(RUN) * width).div_ceil(LANES)
}

/// Values of a column of large that a run meets.
const fn values(stride: usize) -> usize {
    (RUN - 1) * stride + SIDE
}

/// A run of pixels of small, from its first.
#[derive(CubeType, Clone, Copy)]
struct Run {
    picture: usize,
    y: usize,
    x: usize,
}

#[cube]
fn run_at(place: usize, pictures: &Pictures) -> Run {
    let row = place / pictures.small_width;
    let of_picture = pictures.small_height.div_ceil(RUN);
    Run { picture: row / of_picture, y: row % of_picture * RUN, x: place % pictures.small_width }
}

/// The values of a column of large, from the first that a run meets under this column of the kernel.
#[cube]
fn values_of_column(
    large: &[f32],
    pictures: &Pictures,
    run: &Run,
    channel: usize,
    column: usize,
    #[comptime] stride: usize,
) -> Array<f32> {
    let mut found = Array::<f32>::new(comptime!(values(stride)));
    let (height, width) = (pictures.large_height, pictures.large_width);
    // Of a picture with a border of one.
    let column = run.x * stride + column;
    let is_column = column >= 1 && column <= width;
    let first = (run.picture * pictures.large_channels + channel) * height;
    let (first_row, last) = (run.y * stride, large.len() - 1);
    #[unroll]
    for i in 0..comptime!(values(stride)) {
        let row = first_row + i;
        let inside = is_column && row >= 1 && row <= height;
        let row = min(max(row, 1), height) - 1;
        // In the border it is that of some other value, so that threads side by side read values side by side.
        let at = min(max((first + row) * width + column, 1) - 1, last);
        found[i] = select(inside, large[at], 0.0f32);
    }
    found
}

#[cube(launch_unchecked)]
pub fn down<N: Size>(
    weights: &[Vector<u32, N>],
    large: &[f32],
    output: &mut [f32],
    pictures: Pictures,
    batch: usize,
    #[comptime] stride: usize,
    #[comptime] stored: Stored,
) {
    let runs = batch * pictures.small_height.div_ceil(RUN) * pictures.small_width;
    let of_channel = runs.div_ceil(LANES);
    let channel = CUBE_POS / of_channel;
    if channel >= pictures.small_channels {
        terminate!();
    }
    let unit = UNIT_POS as usize;
    let (lane, group) = (unit % LANES, unit / LANES);
    let place = CUBE_POS % of_channel * LANES + lane;
    let run = run_at(min(place, runs - 1), &pictures);
    let mut sums = Array::<f32>::new(RUN);
    #[unroll]
    for i in 0..RUN {
        sums[i] = 0.0f32;
    }
    let mut from = group;
    while from < pictures.large_channels {
        let mut taps = Array::<Four>::new(SIDE);
        #[unroll]
        for i in 0..SIDE {
            let at = (channel * pictures.large_channels + from) * SIDE + i;
            taps[i] = row(weights, at, stored);
        }
        #[unroll]
        for j in 0..SIDE {
            let values = values_of_column(large, &pictures, &run, from, j, stride);
            #[unroll]
            for i in 0..RUN {
                #[unroll]
                for row in 0..SIDE {
                    sums[i] += taps[row].extract(j) * values[i * stride + row];
                }
            }
        }
        from += comptime!(UNITS / LANES);
    }
    let mut shared = Shared::<[f32]>::new_slice(comptime!(UNITS * RUN));
    write_group(&sums, &mut shared, group, lane, RUN, comptime!(LANES * RUN));
    sync_cube();
    if unit < comptime!(LANES * RUN) {
        let place = CUBE_POS % of_channel * LANES + unit / RUN;
        if place < runs {
            let Run { picture, y, x } = run_at(place, &pictures);
            let y = y + unit % RUN;
            if y < pictures.small_height {
                let row = (picture * pictures.small_channels + channel) * pictures.small_height + y;
                output[row * pictures.small_width + x] =
                    sum_groups(&shared, unit, comptime!(UNITS / LANES), comptime!(LANES * RUN));
            }
        }
    }
}

#[cube(launch_unchecked)]
pub fn weight_gradient(
    small: &[f32],
    large: &[f32],
    output: &mut [f32],
    pictures: Pictures,
    batch: usize,
    #[comptime] stride: usize,
) {
    let channel = CUBE_POS / pictures.large_channels;
    if channel >= pictures.small_channels {
        terminate!();
    }
    let from = CUBE_POS % pictures.large_channels;
    let runs = batch * pictures.small_height.div_ceil(RUN) * pictures.small_width;
    let unit = UNIT_POS as usize;
    let mut sums = Array::<f32>::new(TAPS);
    #[unroll]
    for tap in 0..TAPS {
        sums[tap] = 0.0f32;
    }
    let mut place = unit;
    while place < runs {
        let run = run_at(place, &pictures);
        let first = (run.picture * pictures.small_channels + channel) * pictures.small_height;
        let mut factors = Array::<f32>::new(RUN);
        #[unroll]
        for i in 0..RUN {
            let y = min(run.y + i, pictures.small_height - 1);
            let factor = small[(first + y) * pictures.small_width + run.x];
            factors[i] = select(run.y + i < pictures.small_height, factor, 0.0f32);
        }
        #[unroll]
        for j in 0..SIDE {
            let values = values_of_column(large, &pictures, &run, from, j, stride);
            #[unroll]
            for i in 0..RUN {
                #[unroll]
                for row in 0..SIDE {
                    sums[row * SIDE + j] += factors[i] * values[i * stride + row];
                }
            }
        }
        place += UNITS;
    }
    let mut shared = Shared::<[f32]>::new_slice(comptime!(UNITS * TAPS));
    write_group(&sums, &mut shared, unit, 0usize, TAPS, TAPS);
    sync_cube();
    if unit < TAPS {
        output[CUBE_POS * TAPS + unit] = sum_groups(&shared, unit, UNITS, TAPS);
    }
}
