//! [`super::weight_gradient`]: small times the values of large under each tap.
//!
//! ```text
//! rows     channels of small
//! columns  channels of large · 16 taps
//! terms    pixels of small, of all pictures
//! ```

use cubecl::prelude::*;

use super::product::{
    DEPTH, Extent, Four, Place, Tile, column_of_sums, multiply, row_of_unit, sum_at, zeros,
};
use pix2pix_kernels::shape::{SIDE, TAPS};

/// The sizes of both pictures.
#[derive(CubeLaunch, CubeType, Clone, Copy)]
pub struct Pictures {
    pub large_channels: usize,
    pub large_height: usize,
    pub large_width: usize,
    pub small_channels: usize,
    pub small_height: usize,
    pub small_width: usize,
}

/// With a tile of 64 columns: 16 taps, and the four values of a vector are four channels.
#[cube(launch_unchecked)]
pub fn weight_gradient(
    small: &[f32],
    large: &[f32],
    output: &mut [f32],
    extent: Extent,
    pictures: Pictures,
    #[comptime] tile: Tile,
    #[comptime] stride: usize,
) {
    if extent.is_beyond() {
        terminate!();
    }
    let place = Place::of(&extent, tile);
    let mut left = Shared::<[Four]>::new_slice(comptime!(DEPTH * tile.left_pitch()));
    let mut right = Shared::<[Four]>::new_slice(comptime!(DEPTH * tile.right_pitch()));

    let plane = pictures.small_height * pictures.small_width;
    let (height, width) = (pictures.large_height, pictures.large_width);
    let channel = place.column / TAPS;

    // Threads side by side gather pixels side by side, each thread the same one of every step for all that it gathers.
    let term = UNIT_POS as usize % DEPTH;
    let entry_of_unit = UNIT_POS as usize / DEPTH;
    let mut sums = zeros(tile);
    for step in place.first..place.last {
        let depth = min(DEPTH, extent.terms - step * DEPTH);
        let at = min(step * DEPTH + term, extent.terms - 1);
        let (picture, pixel) = (at / plane, at % plane);
        let (y, x) = (pixel / pictures.small_width, pixel % pictures.small_width);
        #[unroll]
        for entry in 0..tile.left_entries() {
            let quad = entry_of_unit + entry * (tile.units() / DEPTH);
            let mut rows = Four::broadcast(0.0f32);
            #[unroll]
            for i in 0..4usize {
                let row = min(place.row + quad * 4 + i, extent.rows - 1);
                rows.insert(i, small[(picture * pictures.small_channels + row) * plane + pixel]);
            }
            left[term * tile.left_pitch() + quad] = rows;
        }
        #[unroll]
        for entry in 0..tile.right_entries() {
            let tap = entry_of_unit + entry * (tile.units() / DEPTH);
            // Of a picture with a border of one.
            let (row, column) = (y * stride + tap / SIDE, x * stride + tap % SIDE);
            let inside = row >= 1 && row <= height && column >= 1 && column <= width;
            let mut columns = Four::broadcast(0.0f32);
            #[unroll]
            for i in 0..4usize {
                let channel = min(channel + i, pictures.large_channels - 1);
                let channel = picture * pictures.large_channels + channel;
                let at = (channel * height + row - 1) * width + column - 1;
                let value = large[select(inside, at, 0)];
                columns.insert(i, select(inside, value, 0.0f32));
            }
            right[term * tile.right_pitch() + tap] = columns;
        }
        sync_cube();
        multiply(&left, &right, &mut sums, depth, tile);
        sync_cube();
    }

    let first = place.row + row_of_unit(tile);
    #[unroll]
    for j in 0..4 * tile.unit_vectors {
        let column = column_of_sums(&place, j, tile);
        if column < extent.columns {
            #[unroll]
            for r in 0..tile.unit_rows {
                if first + r < extent.rows {
                    let at = place.output + (first + r) * extent.columns + column;
                    output[at] = sum_at(&sums, r, j, tile);
                }
            }
        }
    }
}
