//! Sketches that vary as drawings by hand do: drawn from the target picture.
//!
//! Edges at a random strength and smoothness, or the outline alone; without the shorter lines; thin or thick; wobbling;
//! with gaps. A model that learned from one kind of edges alone paints drawings by hand pale and hazy.

use image::{GrayImage, Luma};
use imageproc::distance_transform::Norm;
use imageproc::filter::gaussian_blur_f32;
use imageproc::morphology::{close, open};
use imageproc::region_labelling::{Connectivity, connected_components};

use super::square::Square;
use super::warp::Noise;
use crate::image::edges_of_planes;
use crate::random::Random;

/// How often a sketch stays as it was given, and how often it is the outline alone.
const GIVEN: f64 = 0.35;
const OUTLINE: f64 = 0.2;
/// Canny's thresholds: their ratio, and the range of the higher one.
const RATIO: f32 = 0.4;
const HIGH: [f64; 2] = [40.0, 240.0];
/// A drawing of fewer pixels than this part of its picture says nothing.
const LEAST: f64 = 0.004;
/// Smoothing before Canny, in pixels.
const SMOOTH: [f64; 2] = [0.6, 2.6];
/// Lines of fewer pixels are left out; the limit is random, up to this.
const SHORTEST: f64 = 70.0;
/// Half the width of a line, in pixels.
const RADIUS: [f64; 2] = [0.7, 3.2];
/// The most that a line wobbles, in pixels (standard deviation), and the knots of that noise.
const WOBBLE: f64 = 1.6;
const WOBBLE_KNOTS: [usize; 2] = [6, 20];
/// How often a sketch has gaps, how many knots their noise has, and from which value on it leaves a gap.
const GAPS: f64 = 0.35;
const GAP_KNOTS: usize = 24;
const GAP: f32 = 1.4;
/// What is as bright as this in each colour is paper.
const PAPER: u8 = 244;

/// A sketch for `target`: `given`, or one that is drawn from the target.
pub fn vary(given: Square, target: &Square, random: &mut Random) -> Square {
    if random.uniform() < GIVEN {
        return given;
    }
    let outline = if random.uniform() < OUTLINE { outline(target) } else { None };
    let lines = outline.unwrap_or_else(|| edges(target, random));
    let drawn = lines.iter().filter(|line| **line > 0).count();
    if (drawn as f64) < LEAST * lines.len() as f64 { given } else { draw(&lines, random) }
}

fn between([least, most]: [f64; 2], random: &mut Random) -> f64 {
    least + (most - least) * random.uniform()
}

/// Edges at a random strength, without the shortest.
fn edges(target: &Square, random: &mut Random) -> GrayImage {
    let side = target.side() as u32;
    let smooth = between(SMOOTH, random) as f32;
    let [least, most] = HIGH.map(f64::ln);
    let high = between([least, most], random).exp() as f32;
    let brightness: fn([u8; 3]) -> u8 =
        |[r, g, b]| ((u32::from(r) * 3 + u32::from(g) * 6 + u32::from(b)) / 10) as u8;
    let planes: &[fn([u8; 3]) -> u8] =
        if random.uniform() < 0.5 { &[brightness] } else { &[|p| p[0], |p| p[1], |p| p[2]] };
    let smoothed = |of: &fn([u8; 3]) -> u8| {
        let plane =
            GrayImage::from_fn(side, side, |x, y| Luma([of(target.pixel(x as usize, y as usize))]));
        gaussian_blur_f32(&plane, smooth)
    };
    let lines = edges_of_planes(planes.iter().map(smoothed), [high * RATIO, high]);
    let shortest = between([-SHORTEST / 2.0, SHORTEST], random);
    if shortest >= 1.0 { without_short(lines, shortest as u32) } else { lines }
}

fn without_short(mut lines: GrayImage, shortest: u32) -> GrayImage {
    let parts = connected_components(&lines, Connectivity::Eight, Luma([0]));
    let mut lengths = vec![0; 1 + parts.iter().max().map_or(0, |last| *last as usize)];
    for part in parts.iter() {
        lengths[*part as usize] += 1;
    }
    for (line, part) in lines.iter_mut().zip(parts.iter()) {
        if lengths[*part as usize] < shortest {
            *line = 0;
        }
    }
    lines
}

/// The border between the thing and the paper around it; `None` where the picture has no paper.
fn outline(target: &Square) -> Option<GrayImage> {
    let side = target.side() as u32;
    let paper = GrayImage::from_fn(side, side, |x, y| {
        let light = target.pixel(x as usize, y as usize).iter().all(|c| *c >= PAPER);
        Luma([if light { 255 } else { 0 }])
    });
    // The paper that reaches the picture's border; white within the thing belongs to it.
    let parts = connected_components(&paper, Connectivity::Four, Luma([0]));
    let ends = (0..side).flat_map(|i| [(i, 0), (i, side - 1), (0, i), (side - 1, i)]);
    let mut outside = vec![false; 1 + parts.iter().max().map_or(0, |last| *last as usize)];
    for (x, y) in ends {
        outside[parts[(x, y)][0] as usize] = true;
    }
    outside[0] = false;
    let thing = GrayImage::from_fn(side, side, |x, y| {
        Luma([if outside[parts[(x, y)][0] as usize] { 0 } else { 255 }])
    });
    let thing = open(&close(&thing, Norm::LInf, 1), Norm::LInf, 1);
    let covered = thing.iter().filter(|p| **p > 0).count() as f64 / f64::from(side * side);
    if !(0.02..0.97).contains(&covered) {
        return None;
    }
    Some(GrayImage::from_fn(side, side, |x, y| {
        let at = |x: u32, y: u32| thing.get_pixel_checked(x, y).is_some_and(|p| p[0] > 0);
        let inner = at(x, y)
            && at(x + 1, y)
            && at(x, y + 1)
            && (x == 0 || at(x - 1, y))
            && (y == 0 || at(x, y - 1));
        Luma([if at(x, y) && !inner { 255 } else { 0 }])
    }))
}

/// Draws along the lines with a round pen: black on white.
fn draw(lines: &GrayImage, random: &mut Random) -> Square {
    let side = lines.width() as usize;
    let radius = between(RADIUS, random) as f32;
    let wobble = (WOBBLE * random.uniform() * random.uniform().sqrt()) as f32;
    let knots = WOBBLE_KNOTS[0] + random.below(WOBBLE_KNOTS[1] - WOBBLE_KNOTS[0]);
    let away = [(); 2].map(|()| Noise::new(knots, random));
    let gaps = (random.uniform() < GAPS).then(|| Noise::new(GAP_KNOTS, random));
    let mut paper = vec![255u8; side * side];
    let reach = radius.ceil() as i32 + 1;
    for (x, y, line) in lines.enumerate_pixels() {
        if line[0] == 0 {
            continue;
        }
        let [u, v] = [x, y].map(|at| at as f32 / side as f32);
        if gaps.as_ref().is_some_and(|gaps| gaps.at(u, v) > GAP) {
            continue;
        }
        let [dx, dy] = [&away[0], &away[1]].map(|noise| noise.at(u, v) * wobble);
        stamp(&mut paper, side, [x as f32 + dx, y as f32 + dy], radius, reach);
    }
    Square::new(side, paper.into_iter().flat_map(|gray| [gray; 3]).collect())
}

/// A black dot with a soft border.
fn stamp(paper: &mut [u8], side: usize, [x, y]: [f32; 2], radius: f32, reach: i32) {
    for j in -reach..=reach {
        for i in -reach..=reach {
            let (column, row) = (x.round() as i32 + i, y.round() as i32 + j);
            if column < 0 || row < 0 || column >= side as i32 || row >= side as i32 {
                continue;
            }
            let distance = (column as f32 - x).hypot(row as f32 - y);
            let light = ((distance - radius + 0.5).clamp(0.0, 1.0) * 255.0) as u8;
            let pixel = &mut paper[row as usize * side + column as usize];
            *pixel = (*pixel).min(light);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::samples::{self, WHITE, as_square, pixels};

    fn picture(color: impl Fn(f32, f32) -> [u8; 3]) -> Square {
        as_square(samples::picture(color))
    }

    fn disc() -> Square {
        as_square(samples::disc())
    }

    #[test]
    fn varied_sketches_follow_the_picture_and_the_seed() {
        let (white, disc) = (picture(|_, _| WHITE), disc());
        let mut given = 0;
        let mut inks = Vec::new();
        for seed in 0..60 {
            let draw = || vary(white.clone(), &disc, &mut Random::new(seed));
            let sketch = draw();
            assert_eq!(sketch, draw(), "the same seed draws the same");
            if sketch == white {
                given += 1;
                continue;
            }
            let ink: Vec<_> = pixels(&sketch).filter(|(.., color)| color[0] < 128).collect();
            inks.push(ink.len());
            // The lines are at the border of the disc, or where its halves meet; they may wobble, and are a few pixels wide.
            let far =
                ink.iter().filter(|(x, y, _)| (x.hypot(*y) - 40.0).abs() > 10.0 && x.abs() > 10.0);
            assert!(far.count() * 50 < ink.len(), "seed {seed}");
            assert!(pixels(&sketch).all(|(.., [r, g, b])| r == g && g == b), "black on white");
        }
        assert!((10..35).contains(&given), "about a third stays as it was given: {given} of 60");
        inks.sort();
        assert!(inks[inks.len() - 1] > 2 * inks[0], "thin and thick ones: {inks:?}");
    }

    #[test]
    fn a_picture_without_edges_keeps_its_sketch() {
        let (given, blank) = (disc(), picture(|_, _| WHITE));
        for seed in 0..20 {
            assert_eq!(vary(given.clone(), &blank, &mut Random::new(seed)), given);
        }
    }
}
