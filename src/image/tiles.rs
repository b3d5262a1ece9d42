//! A large picture in squares that overlap by half or more, and the blend of what a network makes of each.
//!
//! ```text
//! 0        side              Each tile counts by sin², which is least at its edges, where a network knows nothing of what
//! ├────┬────┤                lies beyond. Where two tiles overlap by half, the two add up to one; elsewhere they are divided
//!      ├────┬────┤           by their sum. So no edge of a tile is a step.
//! ```

/// The tiles of a picture.
///
/// ```
/// use pix2pix_web::image::Tiles;
///
/// let tiles = Tiles::new([600, 256], 256);
/// let places: Vec<_> = tiles.places().collect(); // top and left
/// assert_eq!(places, [[0, 0], [115, 0], [229, 0], [344, 0]]);
/// ```
#[derive(Debug, Clone)]
pub struct Tiles {
    side: usize,
    /// Of the rows and of the columns.
    axes: [Axis; 2],
}

#[derive(Debug, Clone)]
struct Axis {
    length: usize,
    /// Where tiles begin, evenly.
    starts: Vec<usize>,
    /// What each tile counts at each of its places; at every place of the picture they add up to 1.
    weights: Vec<Vec<f32>>,
}

impl Axis {
    fn new(length: usize, side: usize) -> Self {
        let room = length - side;
        let steps = room.div_ceil(side.div_ceil(2));
        let start = |i: usize| (i * room + steps / 2) / steps.max(1);
        let starts: Vec<usize> = (0..=steps).map(start).collect();
        let window = |i: usize| {
            let at = std::f64::consts::PI * (i as f64 + 0.5) / side as f64;
            at.sin().powi(2)
        };
        let mut sums = vec![0.0; length];
        for start in &starts {
            (0..side).for_each(|i| sums[start + i] += window(i));
        }
        let weights = starts.iter().map(|start| {
            (0..side).map(|i| (window(i) / sums[start + i]) as f32).collect::<Vec<f32>>()
        });
        Self { length, weights: weights.collect(), starts }
    }
}

impl Tiles {
    /// Squares of `side` pixels over a picture of this height and width, as few as overlap by half.
    ///
    /// # Panics
    /// If the picture is smaller than a tile, or a tile has no pixels.
    pub fn new(size: [usize; 2], side: usize) -> Self {
        assert!(side > 0 && size.iter().all(|length| *length >= side), "a tile is a part of it");
        Self { side, axes: size.map(|length| Axis::new(length, side)) }
    }

    /// Where the tiles begin, from the top and from the left, row by row.
    pub fn places(&self) -> impl Iterator<Item = [usize; 2]> + '_ {
        let [rows, columns] = &self.axes;
        rows.starts.iter().flat_map(|top| columns.starts.iter().map(|left| [*top, *left]))
    }

    /// The part of each of a picture's planes that lies in the tile at a place.
    pub fn cut(&self, planes: &[f32], [top, left]: [usize; 2]) -> Vec<f32> {
        let [height, width] = [self.axes[0].length, self.axes[1].length];
        let planes = planes.chunks_exact(height * width);
        let rows = planes.flat_map(|plane| plane.chunks_exact(width).skip(top).take(self.side));
        rows.flat_map(|row| &row[left..left + self.side]).copied().collect()
    }

    /// Adds the tile at a place, as many planes of `side * side`, to the planes of the picture, by what it counts.
    ///
    /// # Panics
    /// If no tile is there.
    pub fn add(&self, tile: &[f32], [top, left]: [usize; 2], planes: &mut [f32]) {
        let [rows, columns] = &self.axes;
        let of = |axis: &Axis, start: usize| {
            axis.starts.iter().position(|found| *found == start).expect("a tile begins there")
        };
        let (down, across) = (&rows.weights[of(rows, top)], &columns.weights[of(columns, left)]);
        let planes = planes.chunks_exact_mut(rows.length * columns.length);
        for (plane, tile) in planes.zip(tile.chunks_exact(self.side * self.side)) {
            let lines = plane.chunks_exact_mut(columns.length).skip(top);
            for ((line, tile), weight) in lines.zip(tile.chunks_exact(self.side)).zip(down) {
                let values = line[left..].iter_mut().zip(tile).zip(across);
                values.for_each(|((sum, value), part)| *sum += weight * part * value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tiles that are as they were cut make the picture again.
    #[test]
    fn the_weights_add_up_to_one_everywhere() {
        for (size, side) in [
            ([32, 32], 32),
            ([33, 32], 32),
            ([48, 64], 32),
            ([49, 100], 32),
            ([7, 5], 2),
            ([4, 9], 1),
            ([300, 257], 256),
        ] {
            let tiles = Tiles::new(size, side);
            let count = size[0] * size[1];
            let planes: Vec<f32> = (0..2 * count).map(|i| (i % 97) as f32 - 40.0).collect();
            let mut sum = vec![0.0; planes.len()];
            for place in tiles.places() {
                tiles.add(&tiles.cut(&planes, place), place, &mut sum);
            }
            let off = planes.iter().zip(&sum).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(off < 1e-4, "{size:?} in tiles of {side}: {off}");
        }
    }

    #[test]
    fn neighbours_overlap_by_half_or_more_and_the_last_ends_with_the_picture() {
        for length in 16..200 {
            let tiles = Tiles::new([length, 16], 16);
            let tops: Vec<usize> = tiles.places().map(|[top, _]| top).collect();
            assert_eq!((tops[0], tops[tops.len() - 1] + 16), (0, length));
            assert!(tops.windows(2).all(|two| two[0] < two[1] && two[1] - two[0] <= 8));
            assert_eq!(tops.len(), (length - 16).div_ceil(8) + 1, "no more than that takes");
        }
    }

    #[test]
    fn a_tile_counts_least_at_its_edges() {
        let tiles = Tiles::new([96, 32], 32);
        let [rows, _] = &tiles.axes;
        let inner = &rows.weights[2];
        assert!(inner[0] < 0.01 && inner[31] < 0.01 && inner[15] > 0.99, "{inner:?}");
    }
}
