//! How far a hint's colour comes: the shortest ways around the lines.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::regions::{Grid, clearance, closed};

// Lengths are in pixels of a picture whose longer side is 256.

/// A hint in the open is whole up to the first of these distances, and gone at the second.
const FADE: [f32; 2] = [50.0, 130.0];
/// How much shorter a way within a closed region counts, how much more where it is narrow, at a distance of 1 from a line:
/// a hint in an eye with a gap leaves the face to its own; and what it costs to enter or leave a closed region.
const CLOSED: f32 = 0.1;
const NARROW: f32 = 200.0;
const CROSSING: f32 = 115.0;
/// Distances are counted in this part of a pixel.
const PART: f32 = 100.0;

/// A hint that a pixel takes its colour from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reached {
    /// Which hint, an index.
    pub hint: usize,
    /// How much of its colour arrives, 0 to 1.
    pub share: f32,
}

/// For each pixel the hint whose colour reaches it; `walls` stop them, `seeds` is where each begins.
///
/// # Panics
/// If `walls` or `seeds` has another count of pixels.
pub(crate) fn reach(
    walls: &[bool],
    seeds: &[Option<usize>],
    size: (u32, u32),
) -> Vec<Option<Reached>> {
    let grid = Grid::of(size);
    let count = grid.width * grid.height;
    assert_eq!([walls.len(), seeds.len()], [count; 2], "one for each pixel");
    let unit = grid.unit();
    let clearance = clearance(walls, size);
    let closed = closed(&grid, walls, &clearance);
    // Dijkstra's shortest ways from all hints at once. The cost of a way decides between hints; what of it is in the open
    // fades the colour.
    let parts = |length: f32| (length * PART / unit) as u32;
    let crossing = (CROSSING * PART) as u32;
    let most = (FADE[1] * PART) as u32;
    let mut ways = vec![None::<Way>; count];
    let mut waiting = BinaryHeap::new();
    for (i, seed) in seeds.iter().enumerate() {
        if let Some(hint) = seed.filter(|_| !walls[i]) {
            ways[i] = Some(Way { hint, cost: 0, open: 0 });
            waiting.push(Reverse((0, i)));
        }
    }
    while let Some(Reverse((cost, i))) = waiting.pop() {
        let Some(way) = ways[i].filter(|way| way.cost == cost) else { continue };
        for (j, length) in grid.around(i) {
            // Not across a diagonal line either, which is one pixel wide.
            if walls[j] || grid.corners(i, j).iter().all(|corner| walls[*corner]) {
                continue;
            }
            let mut next = way;
            if closed[j] {
                let narrow = NARROW * (unit / clearance[j].max(1.0)).powi(2);
                next.cost += parts(length * CLOSED * (1.0 + narrow));
            } else {
                next.cost += parts(length);
                next.open += parts(length);
            }
            if closed[i] != closed[j] {
                (next.cost, next.open) = (next.cost + crossing, next.open + crossing);
            }
            if next.open < most && ways[j].is_none_or(|known| next.cost < known.cost) {
                ways[j] = Some(next);
                waiting.push(Reverse((next.cost, j)));
            }
        }
    }
    let share = |open: u32| {
        let t = (open as f32 / PART - FADE[0]) / (FADE[1] - FADE[0]);
        let t = t.clamp(0.0, 1.0);
        1.0 - t * t * (3.0 - 2.0 * t)
    };
    let reached = |way: Way| Reached { hint: way.hint, share: share(way.open) };
    ways.into_iter().map(|way| way.map(reached)).collect()
}

/// How a hint comes to a pixel.
#[derive(Clone, Copy)]
struct Way {
    hint: usize,
    /// In parts of a unit, weighed.
    cost: u32,
    /// How much of its length is in the open.
    open: u32,
}
