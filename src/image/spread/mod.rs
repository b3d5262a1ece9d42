//! Colour hints that fill the region that they lie in: one dab of red colours the whole apple.
//!
//! A hint's colour spreads from pixel to pixel, around lines and not across them. Within a closed line it reaches every
//! corner; in the open it fades. Where several hints lie in one region, each pixel takes the colour of the nearest.

mod lines;
mod reach;
mod regions;

use image::RgbaImage;

pub(super) use lines::Lines;
pub(crate) use lines::{LINE, brightness};
pub(crate) use reach::{Reached, reach};
pub(super) use regions::{GAP, WIDE_GAP};

use lines::largest;

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

/// A colour's channel on white paper, of which `share` is covered.
pub(crate) fn blend(channel: u8, share: f32) -> u8 {
    (255.0 + (f32::from(channel) - 255.0) * share).round() as u8
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
