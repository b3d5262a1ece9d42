//! Colour hints for a drawing that has none: a dab in each region that lines close, or all but close, in the colours of one
//! palette.

mod sight;

use std::f32::consts::TAU;

use image::{GrayImage, ImageBuffer, Luma, RgbaImage};
use imageproc::distance_transform::euclidean_squared_distance_transform;
use imageproc::region_labelling::{Connectivity, connected_components};

use super::pixels::on_white;
use super::spread::{GAP, Lines, WIDE_GAP};
use crate::random::Random;
use sight::is_within_shape;

/// A round colour hint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dab {
    /// Its middle, in pixels of the sketch.
    pub x: f32,
    pub y: f32,
    /// In pixels of the sketch.
    pub radius: f32,
    /// Red, green, blue.
    pub color: [u8; 3],
}

// Lengths are in pixels of a picture whose longer side is 256.

/// The largest radius of a dab, and how much of its region's depth it takes at most.
const RADIUS: f32 = 6.0;
const DEPTH: f32 = 0.7;
/// A smaller region gets none.
const AREA: f32 = 40.0;
/// Gaps in lines that are passed over: the second one for what the first left open.
const GAPS: [f32; 2] = [GAP, WIDE_GAP];
/// Openings of shapes that no line closes, each for what the narrower ones left open. A shape is wider than its opening.
const OPENINGS: [f32; 4] = [20.0, 40.0, 60.0, 80.0];
/// Regions whose areas, and the sides of whose bounding boxes, differ by less than this part are of one kind, as wheels and
/// petals are.
const ALIKE: f32 = 0.3;

/// Hues of a palette, from its first, in turns.
const HARMONIES: [&[f32]; 4] = [
    &[0.0, 0.08, -0.08, 0.5],
    &[0.0, 1.0 / 3.0, 2.0 / 3.0],
    &[0.0, 0.42, 0.58, 0.06],
    &[0.0, 0.17, 0.5, 0.67],
];
/// Lightness and chroma in OKLCH (Ottosson 2020).
const LIGHTNESS: [f32; 2] = [0.58, 0.84];
const CHROMA: [f32; 2] = [0.12, 0.2];

/// A dab for each region of `sketch` that lines close and that no hint lies in, the largest region first, and then for each
/// shape that is open but wider than its opening, as a C is, the largest first, too; the seed decides the colours. Regions of
/// one kind have one colour. There is none on the paper around a drawing, nor between lines that stand apart.
///
/// ```
/// use image::{Rgba, RgbaImage};
/// use pix2pix_web::image::suggest_hints;
///
/// let sketch = RgbaImage::from_fn(64, 64, |x, y| {
///     let line = x.abs_diff(32).max(y.abs_diff(32)).abs_diff(20) < 2;
///     Rgba(if line { [0, 0, 0, 255] } else { [255; 4] })
/// });
/// let dabs = suggest_hints(sketch.clone(), 7);
/// assert_eq!(dabs.len(), 1, "the square, and not the paper around it");
/// assert!((dabs[0].x - 32.0).abs() < 3.0 && (dabs[0].y - 32.0).abs() < 3.0);
/// assert_ne!(dabs[0].color, suggest_hints(sketch, 8)[0].color);
/// ```
pub fn suggest_hints(sketch: RgbaImage, seed: u32) -> Vec<Dab> {
    let lines = Lines::of(&on_white(sketch));
    let (width, height) = lines.size();
    let clearance = lines.clearance();
    let mut taken = vec![false; width as usize * height as usize];
    let mut closed = Vec::new();
    for gap in GAPS {
        closed.extend(closed_regions(&lines, &clearance, gap, &mut taken));
    }
    let mut open = Vec::new();
    for opening in OPENINGS {
        open.extend(open_shapes(&lines, &clearance, opening, &mut taken));
    }
    // What is closed comes first, so that its colours are not other ones where an open shape is drawn around it.
    for regions in [&mut closed, &mut open] {
        regions.retain(|region| !region.hinted);
        regions.sort_by(|a, b| b.area.total_cmp(&a.area));
    }
    let regions = [closed, open].concat();
    let mut kinds: Vec<usize> = Vec::new();
    for (i, region) in regions.iter().enumerate() {
        let same = (0..i).find(|j| region.is_like(&regions[*j]));
        let new = || kinds.iter().max().map_or(0, |last| last + 1);
        kinds.push(same.map_or_else(new, |j| kinds[j]));
    }
    let palette = palette(kinds.iter().max().map_or(0, |last| last + 1), seed);
    let dabs = regions.iter().zip(kinds).map(|(region, kind)| Dab {
        x: region.deepest.0 as f32 + 0.5,
        y: region.deepest.1 as f32 + 0.5,
        radius: (region.depth * DEPTH).min(RADIUS * lines.unit()),
        color: palette[kind],
    });
    dabs.collect()
}

/// `sketch` with the dabs beneath its lines.
pub(super) fn lay(mut sketch: RgbaImage, dabs: &[Dab]) -> RgbaImage {
    for Dab { x, y, radius, color } in dabs {
        let range = |at: f32, end: u32| {
            ((at - radius).floor().max(0.0) as u32)..((at + radius).ceil().min(end as f32) as u32)
        };
        let (width, height) = sketch.dimensions();
        for j in range(*y, height) {
            for i in range(*x, width) {
                if (i as f32 + 0.5 - x).hypot(j as f32 + 0.5 - y) > *radius {
                    continue;
                }
                let pixel = sketch.get_pixel_mut(i, j);
                for c in 0..3 {
                    pixel[c] = (u16::from(pixel[c]) * u16::from(color[c]) / 255) as u8;
                }
            }
        }
    }
    sketch
}

#[derive(Clone)]
struct Region {
    /// In pixels.
    area: f32,
    /// Width and height of its bounding box.
    extent: [f32; 2],
    /// The pixel that is farthest from its border, and how far that is; of an open shape, how far from a line.
    deepest: (u32, u32),
    depth: f32,
    /// A hint lies in it.
    hinted: bool,
    /// Something of it was a region with narrower gaps.
    taken: bool,
}

impl Region {
    fn is_like(&self, other: &Region) -> bool {
        let alike = |a: f32, b: f32| (a - b).abs() < ALIKE * a.max(b);
        let [width, height] = [0, 1].map(|i| alike(self.extent[i], other.extent[i]));
        // Turned by a right angle, too.
        let turned = [0, 1].map(|i| alike(self.extent[i], other.extent[1 - i]));
        alike(self.area, other.area) && ((width && height) || turned == [true; 2])
    }
}

/// Shapes with openings up to `opening` that nothing was taken of. Takes them, and paper that is no shape but lies as deep.
fn open_shapes(lines: &Lines, clearance: &[f32], opening: f32, taken: &mut [bool]) -> Vec<Region> {
    let others = taken.to_vec();
    let mut shapes = closed_regions(lines, clearance, opening, taken);
    shapes.retain_mut(|shape| {
        let (x, y) = shape.deepest;
        shape.depth = clearance[(y * lines.size().0 + x) as usize];
        is_within_shape(lines, &others, shape.deepest, shape.depth)
    });
    shapes
}

/// The parts that lines with gaps up to `gap` close and of which nothing is taken yet, the smallest left out. Takes them.
fn closed_regions(lines: &Lines, clearance: &[f32], gap: f32, taken: &mut [bool]) -> Vec<Region> {
    let (width, height) = lines.size();
    let inner = lines.closed_by(gap, clearance);
    // Most drawings have nothing for wide gaps, and this is asked after every stroke.
    if inner.iter().zip(taken.iter()).all(|(inner, taken)| !inner || *taken) {
        return Vec::new();
    }
    let inner = GrayImage::from_fn(width, height, |x, y| {
        Luma([if inner[(y * width + x) as usize] { 255 } else { 0 }])
    });
    let parts = connected_components(&inner, Connectivity::Four, Luma([0]));
    let count = parts.iter().max().map_or(0, |last| *last as usize);
    let none = || Region {
        area: 0.0,
        extent: [0.0; 2],
        deepest: (0, 0),
        depth: -1.0,
        hinted: false,
        taken: false,
    };
    let mut regions: Vec<Region> = (0..count).map(|_| none()).collect();
    let mut boxes = vec![[[u32::MAX, 0]; 2]; count];
    for (x, y, part) in parts.enumerate_pixels() {
        let Some(i) = (part[0] as usize).checked_sub(1) else { continue };
        let region = &mut regions[i];
        region.area += 1.0;
        let pixel = (y * width + x) as usize;
        region.hinted |= lines.is_hint(pixel);
        region.taken |= taken[pixel];
        for ([least, most], at) in boxes[i].iter_mut().zip([x, y]) {
            (*least, *most) = ((*least).min(at), (*most).max(at));
        }
    }
    for (region, sides) in regions.iter_mut().zip(boxes) {
        region.extent = sides.map(|[least, most]| (most.saturating_sub(least) + 1) as f32);
    }
    for (taken, inner) in taken.iter_mut().zip(inner.iter()) {
        *taken |= *inner > 0;
    }
    let least = AREA * lines.unit() * lines.unit();
    let is_new = |region: &Region| region.area >= least && !region.taken;
    if regions.iter().any(is_new) {
        find_deepest(&mut regions, &parts, &inner);
    }
    regions.retain(is_new);
    regions
}

/// Of each part the pixel that is farthest from all that is not `inner`.
fn find_deepest(
    regions: &mut [Region],
    parts: &ImageBuffer<Luma<u32>, Vec<u32>>,
    inner: &GrayImage,
) {
    // The transform takes what is white for what is to be reached.
    let outside =
        GrayImage::from_fn(inner.width(), inner.height(), |x, y| Luma([255 - inner[(x, y)][0]]));
    let depths = euclidean_squared_distance_transform(&outside);
    for (x, y, part) in parts.enumerate_pixels() {
        let Some(i) = (part[0] as usize).checked_sub(1) else { continue };
        let depth = depths[(x, y)][0].sqrt() as f32;
        if depth > regions[i].depth {
            (regions[i].depth, regions[i].deepest) = (depth, (x, y));
        }
    }
}

/// Colours that go together.
fn palette(count: usize, seed: u32) -> Vec<[u8; 3]> {
    let mut random = Random::new(seed.into());
    let harmony = HARMONIES[random.below(HARMONIES.len())];
    let first = random.uniform() as f32;
    let mut within = |[least, most]: [f32; 2]| least + (most - least) * random.uniform() as f32;
    (0..count)
        .map(|i| {
            let hue = first + harmony[i % harmony.len()];
            oklch(within(LIGHTNESS), within(CHROMA), hue)
        })
        .collect()
}

/// The colour of a lightness, a chroma and a hue in turns; of less chroma, where sRGB has no such colour.
fn oklch(lightness: f32, chroma: f32, hue: f32) -> [u8; 3] {
    let mut chroma = chroma;
    loop {
        let (a, b) = (chroma * (hue * TAU).cos(), chroma * (hue * TAU).sin());
        let cone = |a_part: f32, b_part: f32| (lightness + a_part * a + b_part * b).powi(3);
        let [l, m, s] = [
            cone(0.396_337_78, 0.215_803_76),
            cone(-0.105_561_346, -0.063_854_17),
            cone(-0.089_484_18, -1.291_485_5),
        ];
        let linear = [
            4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_93 * s,
            -1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s,
            -0.004_196_086 * l - 0.703_418_6 * m + 1.707_614_7 * s,
        ];
        if chroma < 0.01 || linear.iter().all(|x| (-1e-3..=1.001).contains(x)) {
            return linear.map(|x| {
                let x = x.clamp(0.0, 1.0);
                let encoded =
                    if x <= 0.003_130_8 { 12.92 * x } else { 1.055 * x.powf(1.0 / 2.4) - 0.055 };
                (encoded * 255.0).round() as u8
            });
        }
        chroma *= 0.95;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use image::Rgba;

    use super::*;

    fn sketch(line: impl Fn(f32, f32) -> bool) -> RgbaImage {
        RgbaImage::from_fn(256, 256, |x, y| {
            Rgba(if line(x as f32 - 128.0, y as f32 - 128.0) { [0, 0, 0, 255] } else { [255; 4] })
        })
    }

    fn ring(x: f32, y: f32, [cx, cy]: [f32; 2], radius: f32) -> bool {
        ((x - cx).hypot(y - cy) - radius).abs() < 1.5
    }

    #[test]
    fn each_closed_region_gets_a_dab_within_it_and_like_ones_are_of_one_colour() {
        let wheels = [[-60.0, 60.0], [60.0, 60.0]];
        let car = sketch(|x, y| {
            wheels.iter().any(|middle| ring(x, y, *middle, 20.0)) || ring(x, y, [0.0, -40.0], 50.0)
        });
        let dabs = suggest_hints(car, 3);
        assert_eq!(dabs.len(), 3);
        let [body, left, right] = [dabs[0], dabs[1], dabs[2]];
        assert!((body.x - 128.0).hypot(body.y - 88.0) < 4.0, "the largest first: {body:?}");
        assert_eq!(left.color, right.color);
        assert_ne!(left.color, body.color);
        assert!(dabs.iter().all(|dab| dab.radius > 3.0 && dab.radius <= RADIUS), "{dabs:?}");
    }

    #[test]
    fn what_is_hinted_already_is_left_alone() {
        let mut two =
            sketch(|x, y| ring(x, y, [-60.0, 0.0], 40.0) || ring(x, y, [60.0, 0.0], 40.0));
        for (x, y) in (60..70).flat_map(|x| (120..130).map(move |y| (x, y))) {
            two.put_pixel(x, y, Rgba([220, 30, 40, 255]));
        }
        let dabs = suggest_hints(two, 3);
        assert_eq!(dabs.len(), 1);
        assert!(dabs[0].x > 128.0);
    }

    #[test]
    fn a_drawing_with_gaps_is_coloured_too_and_one_that_is_half_open_is_not() {
        let with_gap = |gap: f32| {
            sketch(move |x, y| ring(x, y, [0.0, 0.0], 80.0) && !(x > 0.0 && y.abs() < gap / 2.0))
        };
        for gap in [0.0, 2.0, 4.0, 6.0, 15.0, 30.0, 60.0] {
            let dabs = suggest_hints(with_gap(gap), 1);
            assert_eq!(dabs.len(), 1, "a gap of {gap}");
            assert!((dabs[0].x - 128.0).hypot(dabs[0].y - 128.0) < 16.0, "{gap}: {dabs:?}");
        }
        assert!(suggest_hints(with_gap(140.0), 1).is_empty());
        assert!(suggest_hints(sketch(|_, _| false), 1).is_empty());
        assert!(suggest_hints(sketch(|_, _| true), 1).is_empty());
    }

    /// Eyes are closed, and the face around them has a gap: both get a colour.
    #[test]
    fn what_is_closed_but_for_a_gap_is_coloured_beside_what_is_closed() {
        let eyes = [[-25.0, -10.0], [25.0, -10.0]];
        let face = sketch(|x, y| {
            let outline = ring(x, y, [0.0, 0.0], 80.0) && !(x > 0.0 && y.abs() < 3.0);
            outline || eyes.iter().any(|eye| ring(x, y, *eye, 12.0))
        });
        let dabs = suggest_hints(face, 3);
        assert_eq!(dabs.len(), 3);
        assert!(dabs[1].color == dabs[2].color && dabs[0].color != dabs[1].color, "{dabs:?}");
    }

    /// A line from place to place, in pixels from the middle.
    fn segment(x: f32, y: f32, [ax, ay]: [f32; 2], [bx, by]: [f32; 2]) -> bool {
        let (dx, dy) = (bx - ax, by - ay);
        let t = (((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        (x - ax - t * dx).hypot(y - ay - t * dy) < 1.5
    }

    /// Lines through these corners.
    fn strokes(lines: &[&[[f32; 2]]]) -> RgbaImage {
        let segments: Vec<[[f32; 2]; 2]> =
            lines.iter().flat_map(|line| line.windows(2)).map(|ends| [ends[0], ends[1]]).collect();
        sketch(|x, y| segments.iter().any(|[from, to]| segment(x, y, *from, *to)))
    }

    #[test]
    fn a_shape_with_a_wide_opening_gets_a_dab_within_it() {
        let shapes: [(&str, RgbaImage); 4] = [
            (
                "a hexagon without a side's middle",
                strokes(&[&[
                    [20.0, 80.0],
                    [50.0, 80.0],
                    [95.0, 0.0],
                    [50.0, -80.0],
                    [-50.0, -80.0],
                    [-95.0, 0.0],
                    [-50.0, 80.0],
                    [-20.0, 80.0],
                ]]),
            ),
            (
                "a bottle without a bottom's corner and without a cork",
                strokes(&[
                    &[
                        [-12.0, -100.0],
                        [-12.0, -60.0],
                        [-50.0, -30.0],
                        [-50.0, 100.0],
                        [20.0, 100.0],
                    ],
                    &[[12.0, -100.0], [12.0, -60.0], [50.0, -30.0], [50.0, 80.0]],
                ]),
            ),
            (
                "a diamond of two strokes that do not meet",
                strokes(&[
                    &[[-10.0, -88.0], [-100.0, 0.0], [-10.0, 88.0]],
                    &[[10.0, -88.0], [100.0, 0.0], [10.0, 88.0]],
                ]),
            ),
            (
                "an ellipse that ends early",
                sketch(|x, y| {
                    let (r, angle) = ((x / 100.0).hypot(y / 60.0), (y / 60.0).atan2(x / 100.0));
                    (r - 1.0).abs() < 0.02 && !(2.4..2.8).contains(&angle)
                }),
            ),
        ];
        for (name, shape) in shapes {
            let dabs = suggest_hints(shape, 5);
            assert_eq!(dabs.len(), 1, "{name}: {dabs:?}");
            let Dab { x, y, radius, .. } = dabs[0];
            assert!((x - 128.0).abs() < 45.0 && (y - 128.0).abs() < 45.0, "{name}: {dabs:?}");
            assert!(radius > 3.0 && radius <= RADIUS, "{name}: {dabs:?}");
        }
    }

    #[test]
    fn paper_beside_lines_gets_none() {
        let no_shapes: [(&str, RgbaImage); 6] = [
            ("a line", strokes(&[&[[-90.0, 10.0], [90.0, -20.0]]])),
            ("an angle", strokes(&[&[[-80.0, -90.0], [0.0, 80.0], [80.0, -90.0]]])),
            ("a cross", strokes(&[&[[-90.0, 0.0], [90.0, 0.0]], &[[0.0, -90.0], [0.0, 90.0]]])),
            (
                "two walls",
                strokes(&[&[[-50.0, -90.0], [-50.0, 90.0]], &[[50.0, -90.0], [50.0, 90.0]]]),
            ),
            ("a zigzag", strokes(&[&[[-90.0, 40.0], [-30.0, -40.0], [30.0, 40.0], [90.0, -40.0]]])),
            (
                "legs beneath a line",
                strokes(&[&[[-60.0, 90.0], [-60.0, -20.0], [60.0, -20.0], [60.0, 90.0]]]),
            ),
        ];
        for (name, lines) in no_shapes {
            assert_eq!(suggest_hints(lines, 5), [], "{name}");
        }
    }

    /// Its two ends all but close the paper between them, as an open shape's own lines would.
    #[test]
    fn the_paper_that_a_closed_shape_bends_around_gets_none() {
        let bent = sketch(|x, y| {
            let (r, angle) = (x.hypot(y), y.atan2(x).abs());
            let side = [60.0, 95.0].iter().any(|radius| (r - radius).abs() < 1.5) && angle > 0.4;
            side || ((60.0..95.0).contains(&r) && (angle - 0.4).abs() < 0.02)
        });
        let dabs = suggest_hints(bent, 5);
        assert_eq!(dabs.len(), 1);
        assert!((dabs[0].x - 128.0).hypot(dabs[0].y - 128.0) > 60.0, "{dabs:?}");
    }

    #[test]
    fn an_open_shape_with_a_hint_at_its_side_is_left_alone() {
        let mut open = sketch(|x, y| ring(x, y, [0.0, 0.0], 80.0) && !(x > 0.0 && y.abs() < 20.0));
        assert_eq!(suggest_hints(open.clone(), 5).len(), 1);
        for (x, y) in (52..60).flat_map(|x| (120..132).map(move |y| (x, y))) {
            open.put_pixel(x, y, Rgba([220, 30, 40, 255]));
        }
        assert_eq!(suggest_hints(open, 5), []);
    }

    /// What lines close keeps the colours that it has without the open shape around it.
    #[test]
    fn an_open_shape_takes_no_colour_of_a_closed_one() {
        let door = |x: f32, y: f32| (x.abs().max((y - 45.0).abs()) - 20.0).abs() < 1.5;
        let wall = |x: f32, y: f32| {
            let line = (x.abs().max(y.abs()) - 85.0).abs() < 1.5;
            line && !(x > 0.0 && (-40.0..-10.0).contains(&y))
        };
        let alone = suggest_hints(sketch(door), 4);
        let both = suggest_hints(sketch(|x, y| door(x, y) || wall(x, y)), 4);
        assert_eq!([alone.len(), both.len()], [1, 2]);
        assert_eq!(both[0], alone[0]);
        assert_ne!(both[1].color, both[0].color);
    }

    #[test]
    fn colours_are_vivid_and_each_seed_has_its_own() {
        let mut first = BTreeSet::new();
        for seed in 0..30 {
            let colors = palette(6, seed);
            for color in &colors {
                let [least, most] = [color.iter().min(), color.iter().max()].map(|c| *c.unwrap());
                assert!(most - least > 60, "seed {seed}: {color:?}");
                assert!(most > 130, "seed {seed}: {color:?}");
            }
            assert_eq!(colors.iter().collect::<BTreeSet<_>>().len(), 6);
            assert_eq!(colors, palette(6, seed));
            first.insert(colors[0]);
        }
        assert!(first.len() > 25);
    }

    #[test]
    fn grey_red_and_blue_are_where_oklch_has_them() {
        // Ottosson's own values for sRGB's white, red and blue.
        assert_eq!(oklch(1.0, 0.0, 0.3), [255; 3]);
        let near = |found: [u8; 3], expected: [u8; 3]| {
            assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2), "{found:?}");
        };
        near(oklch(0.627_955, 0.257_683, 29.2338 / 360.0), [255, 0, 0]);
        near(oklch(0.452_014, 0.313_214, 264.052 / 360.0), [0, 0, 255]);
    }
}
