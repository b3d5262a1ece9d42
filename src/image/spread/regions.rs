//! Which parts of a sketch its lines close.

use std::collections::VecDeque;

use image::{GrayImage, Luma};
use imageproc::distance_transform::euclidean_squared_distance_transform;

// Lengths are in pixels of a picture whose longer side is 256.

/// A gap in a line up to this width does not open a region.
pub(in crate::image) const GAP: f32 = 2.5;
/// The same for a region that is wider than its gap.
pub(in crate::image) const WIDE_GAP: f32 = 8.0;

/// Which pixels lie within lines that are closed but for gaps of [`GAP`], or of [`WIDE_GAP`] where the region is wide enough.
pub(super) fn closed(grid: &Grid, walls: &[bool], clearance: &[f32]) -> Vec<bool> {
    let by = |gap: f32| {
        let margin = gap * grid.unit() / 2.0;
        let open = open(grid, clearance, margin);
        move |i: usize| (clearance[i] > margin).then(|| !open[i])
    };
    let (narrow, wide) = (by(GAP), by(WIDE_GAP));
    let count = walls.len();
    let known = |i: usize| narrow(i).filter(|closed| *closed).or_else(|| wide(i));
    let mut closed: Vec<Option<bool>> = (0..count).map(known).collect();
    // Beside a wall it is as the nearest pixel that is not.
    let mut waiting: VecDeque<usize> = (0..count).filter(|i| closed[*i].is_some()).collect();
    while let Some(i) = waiting.pop_front() {
        for j in grid.beside(i) {
            if closed[j].is_none() && !walls[j] {
                closed[j] = closed[i];
                waiting.push_back(j);
            }
        }
    }
    // What is left is walls, and slits between them.
    closed.into_iter().map(|closed| closed.unwrap_or(true)).collect()
}

/// How far each pixel is from the nearest wall, in pixels: 0 in a wall.
pub(super) fn clearance(walls: &[bool], (width, height): (u32, u32)) -> Vec<f32> {
    let walls = GrayImage::from_fn(width, height, |x, y| {
        Luma([if walls[(y * width + x) as usize] { 255 } else { 0 }])
    });
    let squared = euclidean_squared_distance_transform(&walls);
    squared.iter().map(|squared| squared.sqrt() as f32).collect()
}

/// Which pixels the picture's border reaches, where all within `margin` of a wall is wall.
pub(super) fn open(grid: &Grid, clearance: &[f32], margin: f32) -> Vec<bool> {
    let last = (grid.width - 1, grid.height - 1);
    let at_border = |i: usize| {
        let (x, y) = (i % grid.width, i / grid.width);
        x == 0 || y == 0 || x == last.0 || y == last.1
    };
    let count = clearance.len();
    let mut open = vec![false; count];
    let mut waiting: VecDeque<usize> =
        (0..count).filter(|i| at_border(*i) && clearance[*i] > 0.0).collect();
    waiting.iter().for_each(|i| open[*i] = true);
    while let Some(i) = waiting.pop_front() {
        for j in grid.beside(i) {
            if !open[j] && clearance[j] > margin {
                open[j] = true;
                waiting.push_back(j);
            }
        }
    }
    open
}

/// All offsets of a length up to `radius`.
pub(super) fn disc(radius: f32) -> Vec<(isize, isize)> {
    let reach = radius.floor() as isize;
    let square = (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy)));
    square.filter(|(dx, dy)| (*dx as f32).hypot(*dy as f32) <= radius).collect()
}

/// Pixels by their index, row by row.
pub(super) struct Grid {
    pub width: usize,
    pub height: usize,
}

impl Grid {
    pub fn of((width, height): (u32, u32)) -> Self {
        Self { width: width as usize, height: height as usize }
    }

    /// Pixels in a unit of length.
    pub fn unit(&self) -> f32 {
        self.width.max(self.height) as f32 / 256.0
    }

    pub fn moved(&self, i: usize, dx: isize, dy: isize) -> Option<usize> {
        let x = (i % self.width).checked_add_signed(dx).filter(|x| *x < self.width)?;
        let y = (i / self.width).checked_add_signed(dy).filter(|y| *y < self.height)?;
        Some(y * self.width + x)
    }

    /// The two pixels beside the way from one to its neighbour; on a straight way, these two themselves.
    pub fn corners(&self, i: usize, j: usize) -> [usize; 2] {
        let row = |i: usize| i - i % self.width;
        [row(i) + j % self.width, row(j) + i % self.width]
    }

    /// The four neighbours that share a side.
    pub fn beside(&self, i: usize) -> impl Iterator<Item = usize> {
        [(-1, 0), (1, 0), (0, -1), (0, 1)]
            .into_iter()
            .filter_map(move |(dx, dy)| self.moved(i, dx, dy))
    }

    /// All eight neighbours, and how far each is.
    pub fn around(&self, i: usize) -> impl Iterator<Item = (usize, f32)> {
        let diagonal = [(-1, -1), (1, -1), (-1, 1), (1, 1)];
        let diagonal = diagonal.into_iter().filter_map(move |(dx, dy)| self.moved(i, dx, dy));
        let diagonal = diagonal.map(|j| (j, std::f32::consts::SQRT_2));
        self.beside(i).map(|j| (j, 1.0)).chain(diagonal)
    }
}
