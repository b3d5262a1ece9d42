//! Colour hints: short strokes and dots of the target's colours, laid under the lines of a sketch. A line drawing does
//! not say whether the apple is red; a stroke of red does.

use super::square::Square;
use crate::image::{LINE, Reached, blend, brightness, reach};
use crate::random::Random;

/// The most hints that one sketch gets while a model learns.
pub const MOST: usize = 10;
/// Half the width of a stroke, its length, both in pixels of 256, and how often it is a dot.
const RADIUS: [f64; 2] = [2.0, 6.0];
const LENGTH: [f64; 2] = [8.0, 44.0];
const DOTS: f64 = 0.3;
/// Half the side of the area whose mean colour a stroke has.
const AREA: usize = 3;
/// Another point is tried where the paper is as bright as this, up to `TRIES` times: few hints say that white is white.
const PAPER: u8 = 240;
const TRIES: usize = 12;
/// A hint fills its region where at least this part of it is not paper.
const LEAST: f64 = 0.1;
/// A stroke ends where the channels of the target's colour differ by more than this in sum.
const BORDER: u32 = 150;

/// How far a colour of a palette is from the target's: what its distance from grey is multiplied by, and what is added
/// to its brightness, of 255.
const SATURATION: [f64; 2] = [0.7, 1.8];
/// The same for a hint that fills a region: the region's mean is duller than the colour that a person would choose.
const REGION_SATURATION: [f64; 2] = [0.9, 1.5];
const BRIGHTNESS: [f64; 2] = [-20.0, 20.0];

/// The colours of the strokes.
#[derive(Clone, Copy)]
pub enum Colors {
    /// The target's own.
    Exact,
    /// Near it, each stroke another, as from a palette with few and strong colours. A model that can trust a stroke to
    /// the shade paints it as it is, and the stroke stays visible in the picture.
    Palette,
}

impl Colors {
    /// What stands for a colour of the target.
    fn of(self, color: [u8; 3], saturation: [f64; 2], random: &mut Random) -> [u8; 3] {
        match self {
            Colors::Palette => near(color, saturation, random),
            Colors::Exact => color,
        }
    }
}

/// How many hints a sketch gets: 1 to [`MOST`].
pub fn count(random: &mut Random) -> usize {
    1 + random.below(MOST)
}

/// The hints of one sketch.
#[derive(Clone, Copy)]
pub struct Hints {
    pub count: usize,
    pub colors: Colors,
    /// Each fills its region as [`crate::image::spread`] does it, in the mean colour that the target has there; a hint on
    /// paper is none.
    pub spread: bool,
}

/// `sketch` with hints of the colours that `target`, of the same size, has there.
pub fn lay(sketch: &Square, target: &Square, hints: Hints, random: &mut Random) -> Square {
    let paint = if hints.spread {
        regions(sketch, target, hints, random)
    } else {
        strokes(target, hints, random)
    };
    // The lines stay above: what is dark in the sketch darkens the paint.
    let rgb = sketch.rgb().iter().zip(paint.as_flattened());
    let rgb = rgb.map(|(line, paint)| ((u32::from(*line) * u32::from(*paint) + 127) / 255) as u8);
    Square::new(sketch.side(), rgb.collect())
}

/// The paint of strokes.
fn strokes(target: &Square, hints: Hints, random: &mut Random) -> Vec<[u8; 3]> {
    let mut paint = vec![[255; 3]; target.side().pow(2)];
    for _ in 0..hints.count {
        let stroke = Stroke::random(target, random);
        let shown = hints.colors.of(stroke.color, SATURATION, random);
        stroke.lay(&mut paint, shown, target);
    }
    paint
}

/// The paint of regions, each filled from a stroke in it.
fn regions(
    sketch: &Square,
    target: &Square,
    Hints { count, colors, .. }: Hints,
    random: &mut Random,
) -> Vec<[u8; 3]> {
    let side = sketch.side();
    let mut seeds = vec![None; side * side];
    for hint in 0..count {
        let stroke = Stroke::random(target, random);
        stroke.lay(&mut seeds, Some(hint), target);
        // Half of a wide one may lie on what is beside, which has another mean.
        for (seed, pixel) in seeds.iter_mut().zip(target.rgb().as_chunks().0) {
            if *seed == Some(hint) && differ(*pixel, stroke.color) {
                *seed = None;
            }
        }
    }
    let pixels = sketch.rgb().as_chunks().0.iter();
    let walls: Vec<bool> = pixels.map(|pixel| brightness(*pixel) < LINE).collect();
    let reached = reach(&walls, &seeds, (side as u32, side as u32));

    let mut regions = vec![Region::default(); count];
    for (reached, pixel) in reached.iter().zip(target.rgb().as_chunks().0) {
        if let Some(Reached { hint, share }) = *reached {
            regions[hint].add(*pixel, share.into());
        }
    }
    let shown = regions.iter().map(Region::color);
    let shown: Vec<Option<[u8; 3]>> =
        shown.map(|color| Some(colors.of(color?, REGION_SATURATION, random))).collect();
    let paint = reached.iter().map(|reached| {
        let found = reached.and_then(|Reached { hint, share }| Some((shown[hint]?, share)));
        found.map_or([255; 3], |(color, share)| color.map(|c| blend(c, share)))
    });
    paint.collect()
}

/// What a hint fills, weighted by how much of its colour arrives.
#[derive(Clone, Default)]
struct Region {
    paper: f64,
    other: f64,
    sums: [f64; 3],
}

impl Region {
    fn add(&mut self, pixel: [u8; 3], share: f64) {
        if is_paper(pixel) {
            self.paper += share;
        } else {
            self.other += share;
            self.sums.iter_mut().zip(pixel).for_each(|(sum, c)| *sum += share * f64::from(c));
        }
    }

    /// The mean of what is not paper, unless that is nearly all.
    fn color(&self) -> Option<[u8; 3]> {
        let all = self.paper + self.other;
        (self.other > LEAST * all).then(|| self.sums.map(|sum| (sum / self.other) as u8))
    }
}

/// Where a hint begins: x and y.
fn point(target: &Square, random: &mut Random) -> [usize; 2] {
    let side = target.side();
    let mut any = || [random.below(side), random.below(side)];
    let mut found = any();
    for _ in 0..TRIES {
        if !is_paper(target.pixel(found[0], found[1])) {
            break;
        }
        found = any();
    }
    found
}

fn is_paper(pixel: [u8; 3]) -> bool {
    pixel.iter().all(|c| *c >= PAPER)
}

fn mean(target: &Square, [x, y]: [usize; 2]) -> [u8; 3] {
    let last = target.side() - 1;
    let range = |at: usize| at.saturating_sub(AREA)..=(at + AREA).min(last);
    let pixels = range(y).flat_map(|y| range(x).map(move |x| (x, y)));
    let (mut sums, mut count) = ([0u32; 3], 0);
    for (x, y) in pixels {
        for (sum, c) in sums.iter_mut().zip(target.pixel(x, y)) {
            *sum += u32::from(c);
        }
        count += 1;
    }
    sums.map(|sum| (sum / count) as u8)
}

/// A shade of `color` as a palette might have it.
fn near(color: [u8; 3], saturation: [f64; 2], random: &mut Random) -> [u8; 3] {
    let mut within = |[low, high]: [f64; 2]| low + (high - low) * random.uniform();
    let (saturation, brightness) = (within(saturation), within(BRIGHTNESS));
    let grey = color.iter().map(|c| f64::from(*c)).sum::<f64>() / 3.0;
    color.map(|c| (grey + brightness + saturation * (f64::from(c) - grey)).clamp(0.0, 255.0) as u8)
}

/// A bent stroke. It ends where the target's colour is another than where it began: a person does not paint over the
/// border of what they mean.
struct Stroke {
    /// Where it begins: x and y, in pixels.
    at: [usize; 2],
    /// The target's colour there.
    color: [u8; 3],
    /// Half its width, and its length, in pixels.
    radius: f64,
    length: f64,
    /// Where it leads at first, and how far it turns along the whole of it, in radians.
    direction: f64,
    curve: f64,
}

impl Stroke {
    fn random(target: &Square, random: &mut Random) -> Self {
        let unit = target.side() as f64 / 256.0;
        let at = point(target, random);
        let color = mean(target, at);
        let radius = unit * (RADIUS[0] + (RADIUS[1] - RADIUS[0]) * random.uniform());
        let length = if random.uniform() < DOTS {
            0.0
        } else {
            unit * (LENGTH[0] + (LENGTH[1] - LENGTH[0]) * random.uniform())
        };
        let direction = std::f64::consts::TAU * random.uniform();
        let curve = (random.uniform() - 0.5) * 2.0;
        Self { at, color, radius, length, direction, curve }
    }

    /// Sets what it covers to `value`.
    fn lay<T: Copy>(&self, paint: &mut [T], value: T, target: &Square) {
        let side = target.side();
        let ([mut x, mut y], mut direction) = (self.at.map(|at| at as f64), self.direction);
        let steps = (self.length / 2.0).ceil() as usize;
        let inside = |v: f64| v >= 0.0 && v < side as f64;
        for step in 0..=steps {
            let ends = || step > 0 && differ(target.pixel(x as usize, y as usize), self.color);
            if !inside(x) || !inside(y) || ends() {
                break;
            }
            dot(paint, side, value, [x, y], self.radius);
            x += 2.0 * direction.cos();
            y += 2.0 * direction.sin();
            direction += self.curve / (steps as f64 + 1.0);
        }
    }
}

fn differ(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b))).sum::<u32>() > BORDER
}

fn dot<T: Copy>(paint: &mut [T], side: usize, value: T, [x, y]: [f64; 2], radius: f64) {
    let range = |at: f64| {
        let (first, last) =
            ((at - radius).floor().max(0.0), (at + radius).ceil().min(side as f64 - 1.0));
        first as usize..=last as usize
    };
    for row in range(y) {
        for column in range(x) {
            if (column as f64 - x).hypot(row as f64 - y) <= radius {
                paint[row * side + column] = value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::data::samples::{self, BLUE, RED, WHITE, as_square, pixels};

    fn picture(color: impl Fn(f32, f32) -> [u8; 3]) -> Square {
        as_square(samples::picture(color))
    }

    fn disc() -> Square {
        as_square(samples::disc())
    }

    fn exact(count: usize, spread: bool) -> Hints {
        Hints { count, colors: Colors::Exact, spread }
    }

    fn palette(count: usize) -> Hints {
        Hints { count, colors: Colors::Palette, spread: false }
    }

    #[test]
    fn hints_have_the_targets_colours_and_leave_the_lines_above() {
        let (target, sketch) = (disc(), picture(|x, _| if x.abs() < 3.0 { [0; 3] } else { WHITE }));
        let mut painted = 0;
        for seed in 0..20 {
            let hinted = lay(&sketch, &target, exact(6, false), &mut Random::new(seed));
            for ((x, y, color), (.., line)) in pixels(&hinted).zip(pixels(&sketch)) {
                if line != WHITE {
                    assert_eq!(color, line, "a line stays as it is");
                    continue;
                }
                // Away from the borders of colours each stroke has the colour that lies beneath it.
                let inner = x.hypot(y) < 30.0 && x.abs() > 12.0;
                if inner && color != WHITE {
                    painted += 1;
                    let expected = if x < 0.0 { RED } else { BLUE };
                    let apart: u32 =
                        color.iter().zip(expected).map(|(a, b)| u32::from(a.abs_diff(b))).sum();
                    assert!(apart < 150, "{color:?} at {x}, {y}");
                }
            }
        }
        assert!(painted > 500, "{painted}");
        let plain = lay(&sketch, &target, palette(0), &mut Random::new(1));
        assert_eq!(plain, sketch, "none is none");
    }

    /// A ring with two halves, one of which has a hint: the disc's half is filled, in its own hue.
    #[test]
    fn hints_that_spread_fill_their_region_in_its_mean_colour() {
        let ring =
            |x: f32, y: f32| (x.hypot(y) - 41.0).abs() < 1.5 || (x.abs() < 1.5 && y.abs() < 41.0);
        let (target, sketch) = (disc(), picture(|x, y| if ring(x, y) { [0; 3] } else { WHITE }));
        let mut both = 0;
        for seed in 0..20 {
            let random = &mut Random::new(seed);
            let hinted = lay(&sketch, &target, exact(3, true), random);
            let half = |right: bool| -> BTreeSet<[u8; 3]> {
                let inside =
                    pixels(&hinted).filter(|(x, y, _)| x.hypot(*y) < 38.0 && x.abs() > 3.0);
                inside.filter(|(x, ..)| (*x > 0.0) == right).map(|(.., color)| color).collect()
            };
            let [left, right] = [half(false), half(true)];
            for (half, own) in [(&left, RED), (&right, BLUE)] {
                assert_eq!(half.len(), 1, "seed {seed}: one colour fills all of it, or none");
                assert!(half.iter().all(|color| *color == WHITE || *color == own), "{half:?}");
            }
            both += usize::from(left.contains(&RED) && right.contains(&BLUE));
            assert!(
                pixels(&hinted).all(|(x, y, color)| x.hypot(y) < 43.0 || color == WHITE),
                "paper stays"
            );
        }
        assert!((5..20).contains(&both), "some have a hint in either half: {both}");
    }

    #[test]
    fn a_palettes_hints_are_the_targets_hues_in_many_shades() {
        let (target, sketch) = (disc(), picture(|_, _| WHITE));
        let mut shades = BTreeSet::new();
        for seed in 0..20 {
            let hinted = lay(&sketch, &target, palette(6), &mut Random::new(seed));
            for (x, y, color) in pixels(&hinted) {
                let inner = x.hypot(y) < 30.0 && x.abs() > 12.0;
                if inner && color != WHITE {
                    let [r, _, b] = color;
                    assert_eq!(r > b, x < 0.0, "{color:?} at {x}, {y}");
                    shades.insert(color);
                }
            }
        }
        assert!(shades.len() > 20, "{} of 120 strokes", shades.len());
    }
}
