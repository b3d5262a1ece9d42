//! A product of two matrices, neither of which is there as a whole: a workgroup computes one tile of it.
//!
//! ```text
//! left   [rows, K]        sums  [rows, columns]  =  left · right
//! right  [K, columns]
//! ```
//!
//! Step by step the workgroup gathers [`DEPTH`] columns of `left` and rows of `right` into its own memory, where each of
//! its values is read by several threads, and every thread adds up a block of `unit_rows` x 4 `unit_vectors` sums in its
//! registers: the larger the block, the fewer values are read of the workgroup's memory for each product.
//! Both are kept as vectors of four, with one vector to spare in every row, so that threads side by side use different banks:
//!
//! - of `left`, a vector holds four rows that follow each other;
//! - of `right`, vector `q` of n holds the columns q, q + n, q + 2n and q + 3n, so that threads side by side read and write
//!   columns side by side.

use cubecl::prelude::*;

/// Terms of the sums that a workgroup keeps in its memory at a time: the taps of one channel.
pub const DEPTH: usize = 16;

/// The most threads of a workgroup, and bytes of its memory: WebGPU has 256 and 16 KiB at least.
pub const MOST_UNITS: usize = 64;
pub const MOST_MEMORY: usize = DEPTH * (17 + 17) * 16;

/// How many workgroups keep a graphics card busy. Where there are fewer tiles, several workgroups share the terms of one; more
/// of them would write more sums than the weights are that they read.
const WORKGROUPS: usize = 128;

/// Sharing pays from this many steps on: a thread works out where its values lie before the first.
const FEWEST_STEPS: usize = 16;

pub type Four = Vector<f32, Const<4>>;

/// The part of the product that one workgroup computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    pub rows: usize,
    pub columns: usize,
    /// Rows of one thread, and vectors of four columns.
    pub unit_rows: usize,
    pub unit_vectors: usize,
}

impl Tile {
    const WIDE: Self = Self { rows: 64, columns: 64, unit_rows: 8, unit_vectors: 2 };
    /// For few rows, of layers of few channels.
    const LOW: Self = Self { rows: 32, columns: 64, unit_rows: 8, unit_vectors: 2 };
    const LOWER: Self = Self { rows: 16, columns: 64, unit_rows: 8, unit_vectors: 1 };
    /// For few columns, of the inner layers, of which little but the weights is read.
    const NARROW: Self = Self { rows: 64, columns: 32, unit_rows: 8, unit_vectors: 2 };
    const NARROWER: Self = Self { rows: 64, columns: 16, unit_rows: 8, unit_vectors: 1 };

    /// The one in which the least is computed in vain; of equal ones the largest.
    pub fn of(rows: usize, columns: usize) -> Self {
        Self::least(
            &[Self::WIDE, Self::LOW, Self::NARROW, Self::LOWER, Self::NARROWER],
            rows,
            columns,
        )
    }

    /// The same of those with 64 columns.
    pub fn of_64_columns(rows: usize) -> Self {
        Self::least(&[Self::WIDE, Self::LOW, Self::LOWER], rows, 64)
    }

    fn least(tiles: &[Self], rows: usize, columns: usize) -> Self {
        let computed = |tile: &&Self| {
            rows.next_multiple_of(tile.rows) * columns.next_multiple_of(tile.columns)
        };
        *tiles.iter().min_by_key(computed).expect("there are several")
    }

    pub const fn units(self) -> usize {
        self.rows / self.unit_rows * self.units_across()
    }

    /// Threads side by side.
    pub const fn units_across(self) -> usize {
        self.across() / self.unit_vectors
    }

    /// Vectors of a row of `right`.
    pub const fn across(self) -> usize {
        self.columns / 4
    }

    /// Vectors of sums of one thread: those of its first row, then those of the next.
    pub const fn unit_sums(self) -> usize {
        self.unit_rows * self.unit_vectors
    }

    /// Vectors that each thread gathers in a step.
    pub const fn left_entries(self) -> usize {
        DEPTH * self.rows / 4 / self.units()
    }

    pub const fn right_entries(self) -> usize {
        DEPTH * self.across() / self.units()
    }

    /// Vectors from one row of the workgroup's memory to the next.
    pub const fn left_pitch(self) -> usize {
        self.rows / 4 + 1
    }

    pub const fn right_pitch(self) -> usize {
        self.across() + 1
    }
}

/// How a product is cut into workgroups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    pub tile: Tile,
    pub row_tiles: usize,
    pub column_tiles: usize,
    /// Steps of one workgroup.
    pub steps: usize,
    /// Workgroups that share the terms of one tile. Each writes its own sums, which are added up afterwards.
    pub parts: usize,
}

impl Cut {
    pub fn of(tile: Tile, [rows, columns, terms]: [usize; 3]) -> Self {
        let (row_tiles, column_tiles) = (rows.div_ceil(tile.rows), columns.div_ceil(tile.columns));
        let all = terms.div_ceil(DEPTH);
        let most = (WORKGROUPS / (row_tiles * column_tiles)).max(1);
        let steps = all.div_ceil(most).max(FEWEST_STEPS).min(all);
        Self { tile, row_tiles, column_tiles, steps, parts: all.div_ceil(steps) }
    }

    pub fn workgroups(self) -> usize {
        self.row_tiles * self.column_tiles * self.parts
    }
}

/// What a workgroup is told of the product.
#[derive(CubeLaunch, CubeType, Clone, Copy)]
pub struct Extent {
    pub rows: usize,
    pub columns: usize,
    pub terms: usize,
    row_tiles: usize,
    column_tiles: usize,
    steps: usize,
    workgroups: usize,
    /// Elements of the output.
    pub output: usize,
}

impl Extent {
    pub fn argument(cut: Cut, [rows, columns, terms]: [usize; 3], output: usize) -> ExtentLaunch {
        let Cut { row_tiles, column_tiles, steps, .. } = cut;
        let workgroups = cut.workgroups();
        ExtentLaunch::new(rows, columns, terms, row_tiles, column_tiles, steps, workgroups, output)
    }
}

#[cube]
impl Extent {
    /// More workgroups may be launched than there are parts.
    pub fn is_beyond(&self) -> bool {
        CUBE_POS >= self.workgroups
    }
}

/// Which part of the product is this workgroup's.
#[derive(CubeType, Clone, Copy)]
pub struct Place {
    /// The first of its rows and columns.
    pub row: usize,
    pub column: usize,
    /// Its steps.
    pub first: usize,
    pub last: usize,
    /// Where its output begins.
    pub output: usize,
}

#[cube]
impl Place {
    pub fn of(extent: &Extent, #[comptime] tile: Tile) -> Place {
        let rest = CUBE_POS / extent.row_tiles;
        let part = rest / extent.column_tiles;
        let first = part * extent.steps;
        Place {
            row: CUBE_POS % extent.row_tiles * tile.rows,
            column: rest % extent.column_tiles * tile.columns,
            first,
            last: min(first + extent.steps, extent.terms.div_ceil(DEPTH)),
            output: part * extent.output,
        }
    }
}

/// The sums of one thread, row by row.
#[cube]
pub fn zeros(#[comptime] tile: Tile) -> Array<Four> {
    let mut sums = Array::<Four>::new(tile.unit_sums());
    #[unroll]
    for i in 0..tile.unit_sums() {
        sums[i] = Four::broadcast(0.0f32);
    }
    sums
}

/// The first row of a thread within its tile; its first vector of columns is `column_of_unit`.
#[cube]
pub fn row_of_unit(#[comptime] tile: Tile) -> usize {
    UNIT_POS as usize / tile.units_across() * tile.unit_rows
}

#[cube]
fn column_of_unit(#[comptime] tile: Tile) -> usize {
    UNIT_POS as usize % tile.units_across()
}

/// The column of the product that a thread's sums at `j` are of, one of 4 `unit_vectors`.
#[cube]
pub fn column_of_sums(place: &Place, #[comptime] j: usize, #[comptime] tile: Tile) -> usize {
    let (i, v) = (j / tile.unit_vectors, j % tile.unit_vectors);
    place.column + i * tile.across() + column_of_unit(tile) + v * tile.units_across()
}

/// A thread's sum in its row `r`, of that column.
#[cube]
pub fn sum_at(
    sums: &Array<Four>,
    #[comptime] r: usize,
    #[comptime] j: usize,
    #[comptime] tile: Tile,
) -> f32 {
    let (i, v) = (j / tile.unit_vectors, j % tile.unit_vectors);
    sums[r * tile.unit_vectors + v].extract(i)
}

/// Adds `depth` terms of what the workgroup has gathered.
#[cube]
pub fn multiply(
    left: &Shared<[Four]>,
    right: &Shared<[Four]>,
    sums: &mut Array<Four>,
    depth: usize,
    #[comptime] tile: Tile,
) {
    let row = row_of_unit(tile) / 4;
    let column = column_of_unit(tile);
    for term in 0..depth {
        let mut columns = Array::<Four>::new(tile.unit_vectors);
        #[unroll]
        for v in 0..tile.unit_vectors {
            columns[v] = right[term * tile.right_pitch() + column + v * tile.units_across()];
        }
        #[unroll]
        for quad in 0..tile.unit_rows / 4 {
            let rows = left[term * tile.left_pitch() + row + quad];
            #[unroll]
            for i in 0..4usize {
                #[unroll]
                for v in 0..tile.unit_vectors {
                    sums[(quad * 4 + i) * tile.unit_vectors + v] +=
                        Four::broadcast(rows.extract(i)) * columns[v];
                }
            }
        }
    }
}

/// Adds up what several workgroups computed of each element.
#[cube(launch_unchecked)]
pub fn add_parts(parts: &[f32], output: &mut [f32], length: usize, count: usize) {
    if ABSOLUTE_POS < length {
        let mut sum = 0.0f32;
        for part in 0..count {
            sum += parts[part * length + ABSOLUTE_POS];
        }
        output[ABSOLUTE_POS] = sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TILES: [Tile; 5] = [Tile::WIDE, Tile::LOW, Tile::LOWER, Tile::NARROW, Tile::NARROWER];

    /// 256 threads and 16 KiB a workgroup.
    #[test]
    fn a_tile_fits_what_webgpu_has_at_least() {
        const { assert!(MOST_UNITS <= 256 && MOST_MEMORY <= 16 << 10) };
        for tile in TILES {
            assert!(tile.units() <= MOST_UNITS, "{tile:?}");
            let vectors = DEPTH * (tile.left_pitch() + tile.right_pitch());
            assert!(vectors * size_of::<[f32; 4]>() <= MOST_MEMORY, "{tile:?}");
        }
    }

    /// The kernels look for no remainder.
    #[test]
    fn the_threads_of_a_tile_gather_all_of_it() {
        for tile in TILES {
            assert_eq!(tile.left_entries() * tile.units(), DEPTH * tile.rows / 4, "{tile:?}");
            assert_eq!(tile.right_entries() * tile.units(), DEPTH * tile.columns / 4, "{tile:?}");
            assert!(tile.units().is_multiple_of(tile.across()), "{tile:?}");
            assert!(tile.units().is_multiple_of(DEPTH), "{tile:?}");
        }
    }

    #[test]
    fn every_term_is_of_one_part_and_no_part_is_empty() {
        for rows in [1, 3, 17, 64, 512] {
            for columns in [1, 9, 25, 900, 1 << 14] {
                for terms in [1, 16, 48, 300, 8192, 1 << 16] {
                    let cut = Cut::of(Tile::of(rows, columns), [rows, columns, terms]);
                    let all = terms.div_ceil(DEPTH);
                    assert!((cut.parts - 1) * cut.steps < all && all <= cut.parts * cut.steps);
                    assert!(cut.parts == 1 || cut.workgroups() <= WORKGROUPS, "{cut:?}");
                }
            }
        }
    }

    #[test]
    fn what_lies_idle_is_shared_and_what_is_busy_is_not() {
        let cut = |rows, columns, terms| Cut::of(Tile::of(rows, columns), [rows, columns, terms]);
        assert_eq!(cut(512, 64, 4096).parts, 16); // 8 x 8 pixels
        assert_eq!(cut(64, 1 << 14, 48).parts, 1); // the first layer
        assert_eq!(cut(128, 4096, 1024).parts, 1);
        assert_eq!(cut(256, 1024, 2048).parts, 2);
    }
}
