//! Layers of few pixels, the inner ones: of them little but the weights is read, each of them once, by threads side by side.
//! In a tile of a product most columns would be empty.
//!
//! ```text
//!                  a workgroup computes                      its threads share
//! down             all pixels of a few channels of small     the taps of all channels of large
//! up               all pixels of a few channels of large     the channels of small
//! weight gradient  rows of kernels, of a few channels of small in every thread; nothing is shared
//! ```
//!
//! Of a picture that is one pixel high, rows of a kernel that meet only its border are not read.

use cubecl::prelude::*;

use super::groups::{UNITS, sum_groups, write_group};
use super::product::Four;
use super::stored::{Stored, row, weight};
use super::weight::Pictures;
use pix2pix_kernels::shape::{Geometry, SIDE, TAPS};

/// Pixels of small, of all pictures, that are few: each has a sum of its own in a thread.
pub const MOST_PIXELS: usize = 16;

/// Sums of one thread on the way down, and channels of small.
const MOST_SUMS: usize = 64;
const MOST_CHANNELS: usize = 8;

/// Half of the threads.
const HALF: usize = UNITS / 2;

/// Rows of kernels side by side on the way up.
const ROWS_OF_KERNELS: usize = 16;

/// Channels of small of one thread in a weight gradient.
const GRADIENT_CHANNELS: usize = 8;

/// What the kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Few {
    /// At least as many as there are, a power of two.
    pub pixels: usize,
    /// The first row of a kernel that meets a pixel, and how many do: two or four.
    pub first: usize,
    pub rows: usize,
    pub stride: usize,
}

impl Few {
    /// None where the pixels are many.
    pub fn of(geometry: Geometry) -> Option<Self> {
        let pixels = (geometry.batch * geometry.small_pixels()).next_power_of_two();
        let ([_, height, _], [_, small_height, _]) = (geometry.large, geometry.small);
        // With a border of one.
        let meets = |row: &usize| {
            (0..small_height).any(|y| (1..=height).contains(&(y * geometry.stride + row)))
        };
        let rows: Vec<usize> = (0..SIDE).filter(meets).collect();
        let few = Self { pixels, first: rows[0], rows: rows.len(), stride: geometry.stride };
        (pixels <= MOST_PIXELS).then_some(few)
    }

    /// Channels of small of a workgroup on the way down.
    pub const fn small_channels(self) -> usize {
        let channels = MOST_SUMS / self.pixels;
        if channels < MOST_CHANNELS { channels } else { MOST_CHANNELS }
    }

    /// Channels of large of a workgroup on the way up.
    pub const fn large_channels(self) -> usize {
        ROWS_OF_KERNELS / self.rows
    }

    /// Threads of a weight gradient.
    pub fn gradient_threads(geometry: Geometry) -> usize {
        geometry.large[0] * SIDE * geometry.small[0].div_ceil(GRADIENT_CHANNELS)
    }
}

/// Where the value of large lies that a tap meets, in the first channel, and whether there is one: else it lies in the border
/// of zeros, and the offset is that of some other value, so that threads side by side read values side by side.
#[derive(CubeType, Clone, Copy)]
struct Met {
    at: usize,
    inside: bool,
}

#[cube]
fn met(
    pictures: &Pictures,
    picture: usize,
    y: usize,
    x: usize,
    row: usize,
    column: usize,
    #[comptime] stride: usize,
) -> Met {
    let (height, width) = (pictures.large_height, pictures.large_width);
    // Of a picture with a border of one.
    let (row, column) = (y * stride + row, x * stride + column);
    let inside = row >= 1 && row <= height && column >= 1 && column <= width;
    let row = min(max(row, 1), height) - 1;
    let plane = picture * pictures.large_channels * height;
    Met { at: max((plane + row) * width + column, 1) - 1, inside }
}

/// In the channel that begins at `offset`.
#[cube]
fn value_of(large: &[f32], met: Met, offset: usize, last: usize) -> f32 {
    let at = min(met.at + offset, last);
    select(met.inside, large[at], 0.0f32)
}

#[cube(launch_unchecked)]
pub fn down(
    weights: &[u32],
    large: &[f32],
    output: &mut [f32],
    pictures: Pictures,
    pixels: usize,
    #[comptime] few: Few,
    #[comptime] stored: Stored,
) {
    let channel = CUBE_POS * few.small_channels();
    if channel >= pictures.small_channels {
        terminate!();
    }
    let unit = UNIT_POS as usize;
    let small_plane = pictures.small_height * pictures.small_width;
    // A thread takes the same tap of several channels.
    let taps = comptime!(few.rows * SIDE);
    let tap = unit % taps + comptime!(few.first * SIDE);
    let mut places = Array::<usize>::new(few.pixels);
    let mut insides = Array::<bool>::new(few.pixels);
    let mut sums = Array::<f32>::new(comptime!(few.pixels * few.small_channels()));
    #[unroll]
    for pixel in 0..few.pixels {
        let at = min(pixel, pixels - 1);
        let (picture, at) = (at / small_plane, at % small_plane);
        let (y, x) = (at / pictures.small_width, at % pictures.small_width);
        let met = met(&pictures, picture, y, x, tap / SIDE, tap % SIDE, few.stride);
        places[pixel] = met.at;
        insides[pixel] = met.inside;
        #[unroll]
        for i in 0..few.small_channels() {
            sums[pixel * few.small_channels() + i] = 0.0f32;
        }
    }
    let (channels, last_channel) = (pictures.large_channels, pictures.small_channels - 1);
    let (plane, last) = (pictures.large_height * pictures.large_width, large.len() - 1);
    let mut from = unit / taps;
    while from < channels {
        let mut factors = Array::<f32>::new(few.small_channels());
        #[unroll]
        for i in 0..few.small_channels() {
            let channel = min(channel + i, last_channel);
            factors[i] = weight(weights, (channel * channels + from) * TAPS + tap, stored);
        }
        #[unroll]
        for pixel in 0..few.pixels {
            let met = Met { at: places[pixel], inside: insides[pixel] };
            let value = value_of(large, met, from * plane, last);
            #[unroll]
            for i in 0..few.small_channels() {
                sums[pixel * few.small_channels() + i] += factors[i] * value;
            }
        }
        from += comptime!(UNITS / (few.rows * SIDE));
    }
    let count = comptime!(few.pixels * few.small_channels());
    // Half of the threads hand their sums to the other half.
    let mut shared =
        Shared::<[f32]>::new_slice(comptime!(HALF * few.pixels * few.small_channels()));
    if unit >= HALF {
        write_group(&sums, &mut shared, unit - HALF, 0usize, count, count);
    }
    sync_cube();
    if unit < HALF {
        #[unroll]
        for i in 0..count {
            shared[unit * count + i] = shared[unit * count + i] + sums[i];
        }
    }
    sync_cube();
    if unit < count {
        let (pixel, channel) = (unit / few.small_channels(), channel + unit % few.small_channels());
        if pixel < pixels && channel < pictures.small_channels {
            let (picture, at) = (pixel / small_plane, pixel % small_plane);
            output[(picture * pictures.small_channels + channel) * small_plane + at] =
                sum_groups(&shared, unit, HALF, count);
        }
    }
}

#[cube(launch_unchecked)]
pub fn up<N: Size>(
    weights: &[Vector<u32, N>],
    small: &[f32],
    output: &mut [f32],
    pictures: Pictures,
    pixels: usize,
    #[comptime] few: Few,
    #[comptime] stored: Stored,
) {
    let first = CUBE_POS * few.large_channels();
    if first >= pictures.large_channels {
        terminate!();
    }
    let unit = UNIT_POS as usize;
    let small_plane = pictures.small_height * pictures.small_width;
    let (lane, group) = (unit % ROWS_OF_KERNELS, unit / ROWS_OF_KERNELS);
    let channel = min(first + lane / few.rows, pictures.large_channels - 1);
    let row_of_kernel = lane % few.rows + few.first;
    let mut offsets = Array::<usize>::new(few.pixels);
    let mut sums = Array::<Four>::new(few.pixels);
    #[unroll]
    for pixel in 0..few.pixels {
        let at = min(pixel, pixels - 1);
        let picture = at / small_plane;
        offsets[pixel] = picture * pictures.small_channels * small_plane + at % small_plane;
        sums[pixel] = Four::broadcast(0.0f32);
    }
    let (channels, large_channels) = (pictures.small_channels, pictures.large_channels);
    let mut from = group;
    while from < channels {
        let taps = row(weights, (from * large_channels + channel) * SIDE + row_of_kernel, stored);
        #[unroll]
        for pixel in 0..few.pixels {
            sums[pixel] += Four::broadcast(small[offsets[pixel] + from * small_plane]) * taps;
        }
        from += comptime!(UNITS / ROWS_OF_KERNELS);
    }

    // Half of the threads hand their sums to the other half, until those of the first group are all there is.
    let mut shared = Shared::<[Four]>::new_slice(comptime!(HALF * few.pixels));
    let mut half = HALF.runtime();
    while half >= ROWS_OF_KERNELS {
        if unit >= half && unit < 2 * half {
            #[unroll]
            for pixel in 0..few.pixels {
                shared[(unit - half) * few.pixels + pixel] = sums[pixel];
            }
        }
        sync_cube();
        if unit < half {
            #[unroll]
            for pixel in 0..few.pixels {
                sums[pixel] += shared[unit * few.pixels + pixel];
            }
        }
        sync_cube();
        half /= 2;
    }
    if group == 0 {
        #[unroll]
        for pixel in 0..few.pixels {
            shared[lane * few.pixels + pixel] = sums[pixel];
        }
    }
    sync_cube();

    let (height, width) = (pictures.large_height, pictures.large_width);
    let plane = height * width;
    let of_channel = pixels / small_plane * plane;
    let mut at = unit;
    while at < few.large_channels() * of_channel {
        let (of_workgroup, picture) = (at / of_channel, at % of_channel / plane);
        let (y, x) = (at % plane / width, at % width);
        let mut sum = 0.0f32;
        #[unroll]
        for row in 0..few.rows {
            #[unroll]
            for j in 0..SIDE {
                // Of a picture with a border of one.
                let (row_of, column_of) = (y + 1 - (row + few.first), x + 1 - j);
                let (down, right) = (row_of / few.stride, column_of / few.stride);
                // What lies before the picture is a large number here.
                let meets = row_of % few.stride == 0
                    && column_of % few.stride == 0
                    && down < pictures.small_height
                    && right < pictures.small_width;
                let pixel = picture * small_plane + down * pictures.small_width + right;
                let from = (of_workgroup * few.rows + row) * few.pixels;
                let value = shared[select(meets, from + pixel, 0)].extract(j);
                sum += select(meets, value, 0.0f32);
            }
        }
        let channel = first + of_workgroup;
        if channel < pictures.large_channels {
            let picture = picture * pictures.large_channels + channel;
            output[picture * plane + y * width + x] = sum;
        }
        at += UNITS;
    }
}

#[cube(launch_unchecked)]
pub fn weight_gradient(
    small: &[f32],
    large: &[f32],
    output: &mut [Four],
    pictures: Pictures,
    pixels: usize,
    #[comptime] stride: usize,
) {
    let vectors = pictures.large_channels * SIDE;
    let channel = ABSOLUTE_POS / vectors * GRADIENT_CHANNELS;
    if channel >= pictures.small_channels {
        terminate!();
    }
    let vector = ABSOLUTE_POS % vectors;
    let (from, row) = (vector / SIDE, vector % SIDE);
    let small_plane = pictures.small_height * pictures.small_width;
    let (channels, last_channel) = (pictures.small_channels, pictures.small_channels - 1);
    let offset = from * pictures.large_height * pictures.large_width;
    let last = large.len() - 1;
    let mut sums = Array::<Four>::new(GRADIENT_CHANNELS);
    #[unroll]
    for i in 0..GRADIENT_CHANNELS {
        sums[i] = Four::broadcast(0.0f32);
    }
    for pixel in 0..pixels {
        let (picture, at) = (pixel / small_plane, pixel % small_plane);
        let (y, x) = (at / pictures.small_width, at % pictures.small_width);
        let mut values = Four::broadcast(0.0f32);
        #[unroll]
        for j in 0..SIDE {
            let met = met(&pictures, picture, y, x, row, j, stride);
            values.insert(j, value_of(large, met, offset, last));
        }
        #[unroll]
        for i in 0..GRADIENT_CHANNELS {
            let channel = min(channel + i, last_channel);
            let factor = small[(picture * channels + channel) * small_plane + at];
            sums[i] += Four::broadcast(factor) * values;
        }
    }
    #[unroll]
    for i in 0..GRADIENT_CHANNELS {
        if channel + i < pictures.small_channels {
            output[(channel + i) * vectors + vector] = sums[i];
        }
    }
}
