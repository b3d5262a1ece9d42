//! Sketches that vary, and colour hints.

use std::collections::BTreeSet;

use image::{Rgba, RgbaImage};
use pix2pix_web::data::{Square, Warp, hints, lines, square};
use pix2pix_web::image::Fit;
use pix2pix_web::random::Random;

const SIDE: usize = 128;
const WHITE: [u8; 3] = [255; 3];
const RED: [u8; 3] = [220, 30, 40];
const BLUE: [u8; 3] = [30, 60, 200];

fn picture(color: impl Fn(f32, f32) -> [u8; 3]) -> Square {
    let middle = SIDE as f32 / 2.0;
    let picture = RgbaImage::from_fn(SIDE as u32, SIDE as u32, |x, y| {
        let [r, g, b] = color(x as f32 - middle, y as f32 - middle);
        Rgba([r, g, b, 255])
    });
    square(picture, SIDE, Fit::Stretch)
}

/// A disc of radius 40 on white, red on its left and blue on its right.
fn disc() -> Square {
    picture(|x, y| match (x.hypot(y) < 40.0, x < 0.0) {
        (false, _) => WHITE,
        (true, true) => RED,
        (true, false) => BLUE,
    })
}

fn pixels(square: &Square) -> impl Iterator<Item = (f32, f32, [u8; 3])> {
    let middle = SIDE as f32 / 2.0;
    let at = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y)));
    at.map(move |(x, y)| (x as f32 - middle, y as f32 - middle, square.pixel(x, y)))
}

#[test]
fn varied_sketches_follow_the_picture_and_the_seed() {
    let (white, disc) = (picture(|_, _| WHITE), disc());
    let mut given = 0;
    let mut inks = Vec::new();
    for seed in 0..60 {
        let draw = || lines::vary(white.clone(), &disc, &mut Random::new(seed));
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
        assert_eq!(lines::vary(given.clone(), &blank, &mut Random::new(seed)), given);
    }
}

#[test]
fn hints_have_the_targets_colours_and_leave_the_lines_above() {
    let (target, sketch) = (disc(), picture(|x, _| if x.abs() < 3.0 { [0; 3] } else { WHITE }));
    let mut painted = 0;
    for seed in 0..20 {
        let hinted = hints::lay(&sketch, &target, 6, hints::Colors::Exact, &mut Random::new(seed));
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
    let plain = hints::lay(&sketch, &target, 0, hints::Colors::Palette, &mut Random::new(1));
    assert_eq!(plain, sketch, "none is none");
}

#[test]
fn a_palettes_hints_are_the_targets_hues_in_many_shades() {
    let (target, sketch) = (disc(), picture(|_, _| WHITE));
    let mut shades = BTreeSet::new();
    for seed in 0..20 {
        let hinted =
            hints::lay(&sketch, &target, 6, hints::Colors::Palette, &mut Random::new(seed));
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

#[test]
fn other_colours_are_the_same_channels_in_another_order() {
    let target = disc();
    let mut found = BTreeSet::new();
    for seed in 0..50 {
        let recolored = target.recolored(&mut Random::new(seed));
        for ((.., new), (.., old)) in pixels(&recolored).zip(pixels(&target)) {
            let sorted = |mut color: [u8; 3]| {
                color.sort_unstable();
                color
            };
            assert_eq!(sorted(new), sorted(old));
        }
        assert_ne!(recolored, target);
        found.insert(recolored.rgb().to_vec());
    }
    assert_eq!(found.len(), 5, "every other order comes");
}

#[test]
fn both_sides_of_a_pair_are_warped_alike() {
    let disc = disc();
    for seed in 0..10 {
        let warp = Warp::random(SIDE, 112, true, &mut Random::new(seed));
        let (one, other) = (warp.apply(&disc), warp.apply(&disc));
        assert_eq!(one, other);
        assert_eq!(one.side(), 112);
        let red = one.rgb().chunks(3).filter(|p| p[0] > 150 && p[2] < 100).count();
        assert!(red > 1000, "what was in the middle is still there: {red}");
    }
}
