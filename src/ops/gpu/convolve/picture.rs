//! [`super::down`] and [`super::up`]: the weights times the values of a picture, gathered where they lie.
//!
//! ```text
//!                 rows                      columns                  terms
//! down            channels of small         pixels of small          L · 16 taps
//! up, stride 1    channels of large         pixels of large          S · 16 taps
//! up, stride 2    channels of large · 4     corners of small         S · 4 pixels around a corner
//! ```
//!
//! At stride 2 the way up is four convolutions of 2 x 2, one for each place of a pixel of `large` among its neighbours. Around
//! each corner of `small`, `[h + 1, w + 1]` of them, the same four pixels go into one pixel of each of the four:
//!
//! ```text
//! small   a   b          large   . . . .      each of the four pixels ? is a sum of all of a, b, c, d,
//!           +                    . ? ? .      by four of the sixteen weights that no other has
//!         c   d                  . ? ? .
//!                                . . . .
//! ```
//!
//! so that all sixteen weights of a pair of channels are read together, once, and every pixel is gathered for four.

use cubecl::prelude::*;

use super::product::{
    DEPTH, Extent, Four, Place, Tile, column_of_sums, multiply, row_of_unit, sum_at, zeros,
};
use super::stored::{Stored, weight};
use pix2pix_kernels::shape::{SIDE, TAPS};

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    Down {
        stride: usize,
    },
    /// At stride 1.
    Up,
    /// At stride 2.
    UpCorners,
}

/// What the kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Variant {
    pub way: Way,
    pub tile: Tile,
    /// Whether the last step is as deep as the others.
    pub whole: bool,
    /// How the weights lie in memory.
    pub stored: Stored,
}

/// The sizes of both pictures.
#[derive(CubeLaunch, CubeType, Clone, Copy)]
pub struct Pictures {
    /// Channels, height and width of the input.
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    /// The same of the output.
    pub out_channels: usize,
    pub out_height: usize,
    pub out_width: usize,
    /// Height and width of what the columns are: pixels of the output, or corners of the input.
    pub grid_height: usize,
    pub grid_width: usize,
}

/// An offset of what lies in the border of zeros.
const OUTSIDE: usize = u32::MAX as usize;

#[cube(launch_unchecked)]
pub fn convolve(
    weights: &[u32],
    input: &[f32],
    output: &mut [f32],
    extent: Extent,
    pictures: Pictures,
    #[comptime] variant: Variant,
) {
    if extent.is_beyond() {
        terminate!();
    }
    let way = comptime!(variant.way);
    let tile = comptime!(variant.tile);
    let whole = comptime!(variant.whole);
    let stored = comptime!(variant.stored);
    let place = Place::of(&extent, tile);
    let unit = UNIT_POS as usize;
    let mut left = Shared::<[Four]>::new_slice(comptime!(DEPTH * tile.left_pitch()));
    let mut right = Shared::<[Four]>::new_slice(comptime!(DEPTH * tile.right_pitch()));

    // Where this thread's values lie in the first step; from step to step only the channel changes.
    let weights_at = weights_of(&place, &extent, &pictures, tile, way);
    let input_at = pixels_of(&place, &extent, &pictures, tile, way);
    let plane = pictures.height * pictures.width;
    let weights_step = match way {
        Way::Down { .. } => TAPS.runtime(),
        Way::Up => pictures.out_channels * TAPS,
        Way::UpCorners => pictures.out_channels * (4 * TAPS),
    };
    let input_step = match way {
        Way::Down { .. } => plane,
        Way::Up => plane,
        Way::UpCorners => plane * 4,
    };

    let mut sums = zeros(tile);
    for step in place.first..place.last {
        let depth = if comptime!(whole) {
            DEPTH.runtime()
        } else {
            min(DEPTH, extent.terms - step * DEPTH)
        };
        #[unroll]
        for entry in 0..tile.left_entries() {
            let index = unit + entry * tile.units();
            let term = index % DEPTH;
            let mut rows = Four::broadcast(0.0f32);
            #[unroll]
            for i in 0..4usize {
                let mut at = weights_at[entry * 4 + i] + step * weights_step;
                if comptime!(!whole) {
                    at = select(term < depth, at, 0);
                }
                rows.insert(i, weight(weights, at, stored));
            }
            left[term * tile.left_pitch() + index / DEPTH] = rows;
        }
        #[unroll]
        for entry in 0..tile.right_entries() {
            let index = unit + entry * tile.units();
            let (term, column) = gathered(index, tile, way);
            let mut columns = Four::broadcast(0.0f32);
            #[unroll]
            for i in 0..4usize {
                let first = input_at[entry * 4 + i];
                let mut inside = first != OUTSIDE;
                if comptime!(!whole) {
                    inside = inside && term < depth;
                }
                let at = select(inside, first + step * input_step, 0);
                columns.insert(i, select(inside, input[at], 0.0f32));
            }
            right[term * tile.right_pitch() + column] = columns;
        }
        sync_cube();
        multiply(&left, &right, &mut sums, depth, tile);
        sync_cube();
    }
    store(&sums, output, &place, &extent, &pictures, tile, way);
}

/// The offset of every weight that this thread gathers in the first step: four rows for each entry. Rows beyond the last are
/// read as the last, and not stored.
#[cube]
fn weights_of(
    place: &Place,
    extent: &Extent,
    pictures: &Pictures,
    #[comptime] tile: Tile,
    #[comptime] way: Way,
) -> Array<usize> {
    let mut offsets = Array::<usize>::new(comptime!(tile.left_entries() * 4));
    #[unroll]
    for entry in 0..tile.left_entries() {
        let index = UNIT_POS as usize + entry * tile.units();
        let (term, quad) = (index % DEPTH, index / DEPTH);
        #[unroll]
        for i in 0..4usize {
            let row = min(place.row + quad * 4 + i, extent.rows - 1);
            offsets[entry * 4 + i] = match way {
                Way::Down { .. } => row * pictures.channels * TAPS + term,
                Way::Up => row * TAPS + term,
                Way::UpCorners => {
                    // A row is a channel and one of the four pixels around a corner, a term a channel and one of those.
                    let (channel, corner) = (row / 4, row % 4);
                    let (from, pixel) = (term / 4, term % 4);
                    let (i, j) = (corner / 2 + 2 - pixel / 2 * 2, corner % 2 + 2 - pixel % 2 * 2);
                    (from * pictures.out_channels + channel) * TAPS + i * SIDE + j
                }
            };
        }
    }
    offsets
}

/// The offset of every pixel that this thread gathers in the first step, or [`OUTSIDE`]: four columns for each entry. Columns
/// beyond the last are read as the last, and not stored.
#[cube]
fn pixels_of(
    place: &Place,
    extent: &Extent,
    pictures: &Pictures,
    #[comptime] tile: Tile,
    #[comptime] way: Way,
) -> Array<usize> {
    let mut offsets = Array::<usize>::new(comptime!(tile.right_entries() * 4));
    let (height, width) = (pictures.height, pictures.width);
    let grid = pictures.grid_height * pictures.grid_width;
    #[unroll]
    for entry in 0..tile.right_entries() {
        let (term, vector) = gathered(UNIT_POS as usize + entry * tile.units(), tile, way);
        #[unroll]
        for i in 0..4usize {
            let column = min(place.column + i * tile.across() + vector, extent.columns - 1);
            let (picture, at) = (column / grid, column % grid);
            let (y, x) = (at / pictures.grid_width, at % pictures.grid_width);
            // Of a picture with a border of two.
            let (channel, row, column) = match way {
                Way::Down { stride } => {
                    (0usize.runtime(), y * stride + term / SIDE + 1, x * stride + term % SIDE + 1)
                }
                Way::Up => (0usize.runtime(), y + 3 - term / SIDE, x + 3 - term % SIDE),
                Way::UpCorners => (term / 4, y + 1 + term % 4 / 2, x + 1 + term % 2),
            };
            let inside = row >= 2 && row < height + 2 && column >= 2 && column < width + 2;
            let channel = picture * pictures.channels + channel;
            let offset = (channel * height + row - 2) * width + column - 2;
            offsets[entry * 4 + i] = select(inside, offset, OUTSIDE);
        }
    }
    offsets
}

/// The term and the vector of columns of what a thread gathers. Threads side by side gather pixels side by side: those of a
/// row of `large` are under taps side by side where the stride is 2.
#[cube]
fn gathered(index: usize, #[comptime] tile: Tile, #[comptime] way: Way) -> (usize, usize) {
    match way {
        Way::Down { .. } => {
            let rest = index / SIDE;
            (rest / tile.across() * SIDE + index % SIDE, rest % tile.across())
        }
        _ => (index / tile.across(), index % tile.across()),
    }
}

#[cube]
fn store(
    sums: &Array<Four>,
    output: &mut [f32],
    place: &Place,
    extent: &Extent,
    pictures: &Pictures,
    #[comptime] tile: Tile,
    #[comptime] way: Way,
) {
    let (height, width) = (pictures.out_height, pictures.out_width);
    let grid = pictures.grid_height * pictures.grid_width;
    let first = place.row + row_of_unit(tile);
    #[unroll]
    for j in 0..4 * tile.unit_vectors {
        let column = column_of_sums(place, j, tile);
        if column < extent.columns {
            let (picture, at) = (column / grid, column % grid);
            let picture = place.output + picture * pictures.out_channels * height * width;
            #[unroll]
            for r in 0..tile.unit_rows {
                let row = first + r;
                let sum = sum_at(sums, r, j, tile);
                if row < extent.rows {
                    match way {
                        Way::UpCorners => {
                            let (y, x) = (at / pictures.grid_width, at % pictures.grid_width);
                            // Of a picture with a border of one.
                            let (y, x) = (y * 2 + r % 4 / 2, x * 2 + r % 2);
                            if y >= 1 && y <= height && x >= 1 && x <= width {
                                let at = picture + (row / 4 * height + y - 1) * width + x - 1;
                                output[at] = sum;
                            }
                        }
                        _ => output[picture + row * height * width + at] = sum,
                    }
                }
            }
        }
    }
}
