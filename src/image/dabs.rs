//! Colour hints for a drawing that has none: a dab in each region that lines close, in the colours of one palette.

use std::f32::consts::TAU;

use image::{GrayImage, Luma, RgbaImage};
use imageproc::distance_transform::euclidean_squared_distance_transform;
use imageproc::region_labelling::{Connectivity, connected_components};

use super::pixels::on_white;
use super::spread::{GAP, Lines, WIDE_GAP};
use crate::random::Random;

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

/// A dab for each region of `sketch` that lines close and that no hint lies in, the largest region first; the seed decides
/// the colours. Regions of one kind have one colour. There are none where nothing is closed.
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
    let (mut regions, mut taken) = (Vec::new(), vec![false; width as usize * height as usize]);
    for gap in GAPS {
        regions.extend(closed_regions(&lines, gap, &mut taken));
    }
    regions.retain(|region| !region.hinted);
    regions.sort_by(|a, b| b.area.total_cmp(&a.area));
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

struct Region {
    /// In pixels.
    area: f32,
    /// Width and height of its bounding box.
    extent: [f32; 2],
    /// The pixel that is farthest from its border, and how far that is.
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

/// The parts that lines with gaps up to `gap` close and of which nothing is taken yet, the smallest left out. Takes them.
fn closed_regions(lines: &Lines, gap: f32, taken: &mut [bool]) -> Vec<Region> {
    let (width, height) = lines.size();
    let inner = lines.closed_by(gap);
    let inner = GrayImage::from_fn(width, height, |x, y| {
        Luma([if inner[(y * width + x) as usize] { 255 } else { 0 }])
    });
    let parts = connected_components(&inner, Connectivity::Four, Luma([0]));
    let count = parts.iter().max().map_or(0, |last| *last as usize);
    // How far the nearest pixel outside is from each: the transform takes what is white for what is to be reached.
    let outside = GrayImage::from_fn(width, height, |x, y| Luma([255 - inner[(x, y)][0]]));
    let depths = euclidean_squared_distance_transform(&outside);
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
        let depth = depths[(x, y)][0].sqrt() as f32;
        if depth > region.depth {
            (region.depth, region.deepest) = (depth, (x, y));
        }
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
    regions.retain(|region| region.area >= least && !region.taken);
    regions
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
    fn a_drawing_with_gaps_is_coloured_too_and_an_open_one_is_not() {
        let with_gap = |gap: f32| {
            sketch(move |x, y| ring(x, y, [0.0, 0.0], 80.0) && !(x > 0.0 && y.abs() < gap / 2.0))
        };
        let counts = [0.0, 2.0, 4.0, 6.0, 60.0].map(|gap| suggest_hints(with_gap(gap), 1).len());
        assert_eq!(counts, [1, 1, 1, 1, 0]);
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
