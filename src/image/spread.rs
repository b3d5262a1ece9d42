//! Colour hints that fill the region that they lie in: one dab of red colours the whole apple.
//!
//! A hint's colour spreads from pixel to pixel, around lines and not across them. Within a closed line it reaches every
//! corner; in the open it fades. Where several hints lie in one region, each pixel takes the colour of the nearest.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use image::{GrayImage, Luma, RgbaImage};
use imageproc::distance_transform::euclidean_squared_distance_transform;

// Lengths are in pixels of a picture whose longer side is 256.

/// What is as dark as this stops a hint, of 255.
pub(crate) const LINE: u32 = 150;
/// A colour is a hint's if its channels differ by more than this, and the largest is no darker than that of a line.
const CHROMA: u32 = 40;
const INK: u32 = 90;
/// A grey hint's brightness; all within this radius of some of its pixels is as grey, and it is no larger than this part of
/// the picture.
const GREY: std::ops::RangeInclusive<u32> = 70..=215;
const GREY_RADIUS: f32 = 2.5;
const LARGEST_GREY: f32 = 0.04;
/// Neighbouring pixels of one hint differ by at most this, summed over the channels.
const ALIKE: u32 = 60;
/// A line that parts a hint is no wider than this, and what lies beyond it counts where it has at least this part of the
/// pixels of the largest part.
const CROSSED: f32 = 9.0;
const END: f32 = 0.34;
/// A gap in a line up to this width does not open a region.
pub(super) const GAP: f32 = 2.5;
/// The same for a region that is wider than its gap.
pub(super) const WIDE_GAP: f32 = 8.0;
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

/// A sketch whose colour hints fill their regions: what is colourful in it counts as hint, what is dark as line.
///
/// ```
/// use image::{Rgba, RgbaImage};
/// use pix2pix_web::image::spread;
///
/// // A dab of red within a square of black lines.
/// let (white, red) = (Rgba([255; 4]), Rgba([220, 30, 40, 255]));
/// let mut sketch = RgbaImage::from_fn(64, 64, |x, y| {
///     let line = x.abs_diff(32).max(y.abs_diff(32)).abs_diff(20) < 2;
///     if line { Rgba([0, 0, 0, 255]) } else { white }
/// });
/// for (x, y) in (28..36).flat_map(|x| (28..36).map(move |y| (x, y))) {
///     sketch.put_pixel(x, y, red);
/// }
/// let filled = spread(sketch);
/// assert_eq!([filled[(16, 16)], filled[(47, 40)]], [red; 2]);
/// assert_eq!(filled[(5, 5)], white);
/// ```
pub fn spread(sketch: RgbaImage) -> RgbaImage {
    let lines = Lines::of(&sketch);
    let (seeds, colors) = lines.hints();
    if colors.is_empty() {
        return sketch;
    }
    let reached = reach(&lines.walls(), &seeds, sketch.dimensions());
    let mut filled = sketch;
    for (i, into) in filled.pixels_mut().enumerate() {
        let Some(Reached { hint: nearest, share }) = reached[i] else { continue };
        // How light the paper is here: lines lie above the colour, and so does a hint's border to one.
        let [light, white] = match lines.is_hint(i) {
            true => [lines.pixels[i], colors[nearest]].map(largest),
            false => [largest(lines.pixels[i]), 255],
        };
        for c in 0..3 {
            let paint = u32::from(blend(colors[nearest][c], share));
            into[c] = (paint * light.min(white) / white) as u8;
        }
    }
    filled
}

/// What in a sketch is line, and what is hint.
pub(super) struct Lines {
    grid: Grid,
    pixels: Vec<[u8; 3]>,
    hint: Vec<bool>,
}

impl Lines {
    /// Of an opaque sketch.
    pub fn of(sketch: &RgbaImage) -> Self {
        let pixels: Vec<[u8; 3]> = sketch.pixels().map(|p| [p[0], p[1], p[2]]).collect();
        let hint = pixels.iter().map(is_colorful).collect();
        let mut lines = Self { grid: Grid::of(sketch.dimensions()), pixels, hint };
        lines.find_grey_hints();
        lines
    }

    /// A grey stroke is no line where it is wide and evenly grey: a line is thin, or black. What is grey in large is paper or
    /// shading.
    fn find_grey_hints(&mut self) {
        let Self { grid, pixels, hint } = self;
        let grey: Vec<bool> = (pixels.iter().zip(&*hint))
            .map(|(pixel, hint)| !hint && GREY.contains(&brightness(*pixel)))
            .collect();
        let disc = disc(GREY_RADIUS * grid.unit());
        let even = |i: usize| {
            grey[i]
                && disc.iter().all(|(dx, dy)| {
                    grid.moved(i, *dx, *dy)
                        .is_some_and(|j| grey[j] && apart(pixels[i], pixels[j]) <= ALIKE / 2)
                })
        };
        let even: Vec<bool> = (0..pixels.len()).map(even).collect();
        let mut seen = vec![false; pixels.len()];
        for first in 0..pixels.len() {
            if !even[first] || seen[first] {
                continue;
            }
            let (mut part, mut next) = (vec![first], 0);
            seen[first] = true;
            while let Some(i) = part.get(next).copied() {
                next += 1;
                for (j, _) in grid.around(i) {
                    if even[j] && !seen[j] {
                        seen[j] = true;
                        part.push(j);
                    }
                }
            }
            if part.len() as f32 <= LARGEST_GREY * pixels.len() as f32 {
                let around = part
                    .iter()
                    .flat_map(|i| disc.iter().filter_map(|(dx, dy)| grid.moved(*i, *dx, *dy)));
                around.for_each(|j| hint[j] = true);
            }
        }
    }

    pub fn size(&self) -> (u32, u32) {
        (self.grid.width as u32, self.grid.height as u32)
    }

    pub fn unit(&self) -> f32 {
        self.grid.unit()
    }

    pub fn is_hint(&self, i: usize) -> bool {
        self.hint[i]
    }

    /// The pixels that stop a hint.
    fn walls(&self) -> Vec<bool> {
        let pixels = self.pixels.iter().zip(&self.hint);
        pixels.map(|(pixel, hint)| !hint && brightness(*pixel) < LINE).collect()
    }

    /// The pixels within lines that are closed but for gaps up to `gap` units; those beside a line are not among them.
    pub fn closed_by(&self, gap: f32) -> Vec<bool> {
        let thick = thickened(&self.grid, &self.walls(), gap * self.unit() / 2.0);
        let open = open(&self.grid, &self.walls(), &thick);
        thick.iter().zip(open).map(|(thick, open)| !thick && !open).collect()
    }

    /// For each pixel the hint that it belongs to, and the colour of each hint. The blend of a hint with a line, with the
    /// paper or with another hint belongs to none: a pixel does whose neighbours are all of its colour.
    fn hints(&self) -> (Vec<Option<usize>>, Vec<[u8; 3]>) {
        let Self { grid, pixels, hint } = self;
        let alike = |i: usize, j: usize| apart(pixels[i], pixels[j]) <= ALIKE;
        let core: Vec<bool> = (0..pixels.len())
            .map(|i| hint[i] && grid.around(i).all(|(j, _)| hint[j] && alike(i, j)))
            .collect();
        let (mut seeds, mut hints) = (vec![None; pixels.len()], Vec::new());
        for first in 0..pixels.len() {
            if !core[first] || seeds[first].is_some() {
                continue;
            }
            let mut hint = Hint::default();
            let mut waiting = vec![first];
            seeds[first] = Some(hints.len());
            while let Some(i) = waiting.pop() {
                hint.add(pixels[i]);
                for (j, _) in grid.around(i) {
                    if core[j] && seeds[j].is_none() && alike(i, j) {
                        seeds[j] = Some(hints.len());
                        waiting.push(j);
                    }
                }
            }
            hints.push(hint);
        }
        self.drop_ends(&mut seeds, &hints);
        (seeds, hints.iter().map(Hint::color).collect())
    }

    /// A line that a stroke crosses parts it. What lies beyond is meant where there is much of it: an end that only slipped
    /// over the line would colour what is there, the whole paper at worst.
    fn drop_ends(&self, seeds: &mut [Option<usize>], hints: &[Hint]) {
        let disc = disc(CROSSED * self.unit());
        let mut largest: Vec<u32> = hints.iter().map(|hint| hint.count).collect();
        for i in 0..seeds.len() {
            let Some(hint) = seeds[i] else { continue };
            if self.grid.beside(i).all(|j| seeds[j] == Some(hint)) {
                continue; // in the midst of it
            }
            for (dx, dy) in &disc {
                let other = self.grid.moved(i, *dx, *dy).and_then(|j| seeds[j]);
                if let Some(other) = other.filter(|other| hints[hint].is_like(&hints[*other])) {
                    largest[hint] = largest[hint].max(hints[other].count);
                }
            }
        }
        for seed in seeds {
            *seed = seed.filter(|hint| hints[*hint].count as f32 >= END * largest[*hint] as f32);
        }
    }
}

/// A part of a hint that no line parts.
#[derive(Default)]
struct Hint {
    sums: [u32; 3],
    /// Of its pixels.
    count: u32,
}

impl Hint {
    fn add(&mut self, pixel: [u8; 3]) {
        self.sums.iter_mut().zip(pixel).for_each(|(sum, c)| *sum += u32::from(c));
        self.count += 1;
    }

    fn color(&self) -> [u8; 3] {
        self.sums.map(|sum| ((sum + self.count / 2) / self.count) as u8)
    }

    fn is_like(&self, other: &Hint) -> bool {
        apart(self.color(), other.color()) <= ALIKE
    }
}

/// A colour's channel on white paper, of which `share` is covered.
pub(crate) fn blend(channel: u8, share: f32) -> u8 {
    (255.0 + (f32::from(channel) - 255.0) * share).round() as u8
}

fn is_colorful(pixel: &[u8; 3]) -> bool {
    let least = pixel.iter().copied().map(u32::from).fold(255, u32::min);
    largest(*pixel) - least > CHROMA && largest(*pixel) >= INK
}

/// How far two colours are from each other, summed over the channels.
fn apart(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.into_iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b))).sum()
}

fn largest(pixel: [u8; 3]) -> u32 {
    pixel.into_iter().map(u32::from).fold(0, u32::max)
}

pub(crate) fn brightness([r, g, b]: [u8; 3]) -> u32 {
    (u32::from(r) * 3 + u32::from(g) * 6 + u32::from(b)) / 10
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
    let closed = closed(&grid, walls);
    let clearance = clearance(walls, size);
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
                let narrow = NARROW * (unit / clearance[j]).powi(2);
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

/// How far each pixel is from the nearest wall.
fn clearance(walls: &[bool], (width, height): (u32, u32)) -> Vec<f32> {
    let walls = GrayImage::from_fn(width, height, |x, y| {
        Luma([if walls[(y * width + x) as usize] { 255 } else { 0 }])
    });
    let squared = euclidean_squared_distance_transform(&walls);
    squared.iter().map(|squared| (squared.sqrt() as f32).max(1.0)).collect()
}

/// Which pixels lie within lines that are closed but for gaps of [`GAP`], or of [`WIDE_GAP`] where the region is wide enough.
fn closed(grid: &Grid, walls: &[bool]) -> Vec<bool> {
    let by = |gap: f32| {
        let thick = thickened(grid, walls, gap * grid.unit() / 2.0);
        let open = open(grid, walls, &thick);
        move |i: usize| if thick[i] { None } else { Some(!open[i]) }
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

/// Which pixels the picture's border reaches, where walls are as thick as `thick`.
fn open(grid: &Grid, walls: &[bool], thick: &[bool]) -> Vec<bool> {
    let last = (grid.width - 1, grid.height - 1);
    let at_border = |i: usize| {
        let (x, y) = (i % grid.width, i / grid.width);
        x == 0 || y == 0 || x == last.0 || y == last.1
    };
    let count = walls.len();
    let mut open = vec![false; count];
    let mut waiting: VecDeque<usize> = (0..count).filter(|i| at_border(*i) && !walls[*i]).collect();
    waiting.iter().for_each(|i| open[*i] = true);
    while let Some(i) = waiting.pop_front() {
        for j in grid.beside(i) {
            if !open[j] && !thick[j] {
                open[j] = true;
                waiting.push_back(j);
            }
        }
    }
    open
}

/// The walls with all that is within `margin` of them.
fn thickened(grid: &Grid, walls: &[bool], margin: f32) -> Vec<bool> {
    let disc = disc(margin);
    let mut thick = vec![false; walls.len()];
    for i in (0..walls.len()).filter(|i| walls[*i]) {
        for (dx, dy) in &disc {
            if let Some(j) = grid.moved(i, *dx, *dy) {
                thick[j] = true;
            }
        }
    }
    thick
}

/// All offsets of a length up to `radius`.
fn disc(radius: f32) -> Vec<(isize, isize)> {
    let reach = radius.floor() as isize;
    let square = (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy)));
    square.filter(|(dx, dy)| (*dx as f32).hypot(*dy as f32) <= radius).collect()
}

/// Pixels by their index, row by row.
struct Grid {
    width: usize,
    height: usize,
}

impl Grid {
    fn of((width, height): (u32, u32)) -> Self {
        Self { width: width as usize, height: height as usize }
    }

    /// Pixels in a unit of length.
    fn unit(&self) -> f32 {
        self.width.max(self.height) as f32 / 256.0
    }

    fn moved(&self, i: usize, dx: isize, dy: isize) -> Option<usize> {
        let x = (i % self.width).checked_add_signed(dx).filter(|x| *x < self.width)?;
        let y = (i / self.width).checked_add_signed(dy).filter(|y| *y < self.height)?;
        Some(y * self.width + x)
    }

    /// The two pixels beside the way from one to its neighbour; on a straight way, these two themselves.
    fn corners(&self, i: usize, j: usize) -> [usize; 2] {
        let row = |i: usize| i - i % self.width;
        [row(i) + j % self.width, row(j) + i % self.width]
    }

    /// The four neighbours that share a side.
    fn beside(&self, i: usize) -> impl Iterator<Item = usize> {
        [(-1, 0), (1, 0), (0, -1), (0, 1)]
            .into_iter()
            .filter_map(move |(dx, dy)| self.moved(i, dx, dy))
    }

    /// All eight neighbours, and how far each is.
    fn around(&self, i: usize) -> impl Iterator<Item = (usize, f32)> {
        let diagonal = [(-1, -1), (1, -1), (-1, 1), (1, 1)];
        let diagonal = diagonal.into_iter().filter_map(move |(dx, dy)| self.moved(i, dx, dy));
        let diagonal = diagonal.map(|j| (j, std::f32::consts::SQRT_2));
        self.beside(i).map(|j| (j, 1.0)).chain(diagonal)
    }
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    const WHITE: [u8; 3] = [255; 3];
    const BLACK: [u8; 3] = [0; 3];
    const RED: [u8; 3] = [220, 30, 40];
    const BLUE: [u8; 3] = [30, 60, 200];

    fn sketch(color: impl Fn(f32, f32) -> [u8; 3]) -> RgbaImage {
        RgbaImage::from_fn(256, 256, |x, y| {
            let [r, g, b] = color(x as f32 - 128.0, y as f32 - 128.0);
            Rgba([r, g, b, 255])
        })
    }

    fn at(picture: &RgbaImage, x: i32, y: i32) -> [u8; 3] {
        let pixel = picture[((x + 128) as u32, (y + 128) as u32)];
        [pixel[0], pixel[1], pixel[2]]
    }

    fn ring(x: f32, y: f32) -> bool {
        (x.hypot(y) - 80.0).abs() < 1.5
    }

    fn dab(x: f32, y: f32, [cx, cy]: [f32; 2]) -> bool {
        (x - cx).hypot(y - cy) < 6.0
    }

    #[test]
    fn a_dab_fills_its_closed_region_and_no_other() {
        let filled = spread(sketch(|x, y| match (ring(x, y), dab(x, y, [50.0, 0.0])) {
            (true, _) => BLACK,
            (_, true) => RED,
            _ => WHITE,
        }));
        for (x, y) in [(50, 0), (-70, 0), (0, 75), (-50, -50)] {
            assert_eq!(at(&filled, x, y), RED, "{x}, {y}");
        }
        for (x, y) in [(90, 0), (-120, -120), (0, -90)] {
            assert_eq!(at(&filled, x, y), WHITE, "{x}, {y}");
        }
        assert_eq!(at(&filled, 80, 0), BLACK, "the line stays above");
    }

    #[test]
    fn a_line_of_one_pixel_stops_a_hint() {
        let line = |x: f32, y: f32| x == y; // from corner to corner, diagonally
        let filled = spread(sketch(|x, y| match (line(x, y), dab(x, y, [20.0, -20.0])) {
            (true, _) => BLACK,
            (_, true) => RED,
            _ => WHITE,
        }));
        assert_eq!([at(&filled, 10, -10), at(&filled, -10, 10)], [RED, WHITE]);
    }

    #[test]
    fn a_narrow_gap_leaves_a_region_closed_and_a_wide_one_opens_it() {
        let with_gap = |gap: f32| {
            let line = move |x: f32, y: f32| ring(x, y) && !(x > 0.0 && y.abs() < gap / 2.0);
            spread(sketch(|x, y| match (line(x, y), dab(x, y, [0.0, 0.0])) {
                (true, _) => BLACK,
                (_, true) => RED,
                _ => WHITE,
            }))
        };
        for gap in [2.0, 6.0] {
            let narrow = with_gap(gap);
            assert_eq!([at(&narrow, 70, 30), at(&narrow, 74, -15), at(&narrow, -70, 0)], [RED; 3]);
            assert_eq!(at(&narrow, 110, 0), WHITE, "nothing runs out");
        }
        let wide = with_gap(30.0);
        let [_, green, _] = at(&wide, 100, 0);
        assert!((60..255).contains(&green), "it fades in the open: {green}");
        assert_eq!(at(&wide, 20, 0), RED);
        assert_eq!(at(&wide, -126, 126), WHITE);
    }

    #[test]
    fn each_pixel_takes_the_nearest_hint() {
        let filled = spread(sketch(|x, y| {
            match (ring(x, y), dab(x, y, [-30.0, 0.0]), dab(x, y, [30.0, 0.0])) {
                (true, ..) => BLACK,
                (_, true, _) => RED,
                (_, _, true) => BLUE,
                _ => WHITE,
            }
        }));
        assert_eq!([at(&filled, -10, 40), at(&filled, 10, -40)], [RED, BLUE]);
    }

    /// The gap is narrow for the eye, too wide for the eye to count as closed, and the face has a hint of its own.
    #[test]
    fn a_hint_in_an_eye_with_a_gap_leaves_the_face_to_its_own() {
        let eye = |x: f32, y: f32| (x.hypot(y) - 10.0).abs() < 1.5 && !(x > 0.0 && y.abs() < 2.5);
        let filled = spread(sketch(|x, y| {
            match (ring(x, y) || eye(x, y), dab(x, y, [0.0, 0.0]), dab(x, y, [-50.0, 40.0])) {
                (true, ..) => BLACK,
                (_, true, _) => BLUE,
                (_, _, true) => RED,
                _ => WHITE,
            }
        }));
        assert_eq!(at(&filled, 5, 5), BLUE);
        for (x, y) in [(20, 0), (0, 20), (60, 0), (-20, -20)] {
            assert_eq!(at(&filled, x, y), RED, "{x}, {y}");
        }
    }

    /// A long thin region is filled to its end.
    #[test]
    fn a_thin_closed_region_is_filled() {
        let stem =
            |x: f32, y: f32| x.abs() < 6.0 && y.abs() < 100.0 && !(x.abs() < 4.0 && y.abs() < 98.0);
        let filled =
            spread(sketch(|x, y| match (stem(x, y), x.abs() < 3.0 && (90.0..97.0).contains(&y)) {
                (true, _) => BLACK,
                (_, true) => RED,
                _ => WHITE,
            }));
        assert_eq!([at(&filled, 0, -95), at(&filled, 0, 0), at(&filled, 20, 0)], [RED, RED, WHITE]);
    }

    /// A hint across a line colours both sides, and a soft border of it brings in no colour of its own.
    #[test]
    fn blends_of_a_hint_with_lines_and_paper_are_no_hints() {
        let soft = sketch(|x, y| {
            let ink = (x.abs() - 1.0).clamp(0.0, 1.0);
            let paint = (x.hypot(y) - 8.0).clamp(0.0, 1.0);
            [0, 1, 2].map(|c| {
                let paper = f32::from(RED[c]) + (255.0 - f32::from(RED[c])) * paint;
                (paper * ink) as u8
            })
        });
        let filled = spread(soft);
        for (x, y) in [(20, 0), (-20, 0), (7, 5), (-30, 20)] {
            assert_eq!(at(&filled, x, y), RED, "{x}, {y}");
        }
        assert_eq!(at(&filled, 0, 0), BLACK);
    }

    /// The end of a stroke that slipped over the outline does not colour the paper.
    #[test]
    fn the_end_of_a_stroke_beyond_a_line_is_no_hint() {
        let stroke_to = |end: f32| {
            spread(sketch(|x, y| match (ring(x, y), y.abs() < 5.0 && (40.0..end).contains(&x)) {
                (true, _) => BLACK,
                (_, true) => RED,
                _ => WHITE,
            }))
        };
        let slipped = stroke_to(90.0);
        assert_eq!(
            [at(&slipped, 0, 0), at(&slipped, 84, 30), at(&slipped, 110, 0)],
            [RED, WHITE, WHITE]
        );
        let meant = stroke_to(112.0);
        assert_eq!([at(&meant, 0, 0), at(&meant, 100, 12)], [RED, RED]);
    }

    /// A wide stroke of grey is a hint as others are; grey lines, shaded areas and grey paper are none.
    #[test]
    fn a_grey_stroke_is_a_hint_and_a_grey_line_is_none() {
        let grey = [141, 144, 150];
        let filled = spread(sketch(|x, y| match (ring(x, y), dab(x, y, [50.0, 0.0])) {
            (true, _) => BLACK,
            (_, true) => grey,
            _ => WHITE,
        }));
        assert_eq!(
            [at(&filled, -70, 0), at(&filled, 50, 0), at(&filled, 90, 0)],
            [grey, grey, WHITE]
        );
        for paper in [[200; 3], [230; 3]] {
            let pencil = sketch(|x, y| match (ring(x, y), x.abs() < 30.0 && y.abs() < 45.0) {
                (true, _) => [90; 3],
                (_, true) => [160; 3], // shading
                _ => paper,
            });
            assert_eq!(spread(pencil.clone()), pencil);
        }
    }

    #[test]
    fn a_sketch_without_hints_stays_as_it_is() {
        let plain = sketch(|x, y| if ring(x, y) { [120; 3] } else { [250; 3] });
        assert_eq!(spread(plain.clone()), plain);
    }

    #[test]
    fn pictures_of_any_size_are_filled() {
        for size in [(1, 1), (2, 9), (3, 2), (600, 40)] {
            let red = RgbaImage::from_pixel(size.0, size.1, Rgba([220, 30, 40, 255]));
            assert_eq!(spread(red.clone()), red, "{size:?}");
        }
    }
}
