//! What is seen from a place in a sketch: by it a shape that is open is told from the paper around one.

use std::f32::consts::TAU;

use super::super::spread::Lines;

const RAYS: u16 = 64;
/// From within a shape at least this part of the directions shows a line of its own: none that another region lies right behind.
const OWN: f32 = 0.5;

// Lengths are in pixels of a picture whose longer side is 256.

/// How far from the nearest line a place is from which all directions may be open. Less far it is a part of them: a colour fades
/// with its way, so that of a small shape more comes through an opening.
const OPEN: f32 = 350.0;

/// From sample to sample.
const STEP: f32 = 0.5;
/// A region behind a line begins within this distance: lines have widths, and regions a margin.
const BEHIND: f32 = 12.0;

/// Whether lines all but surround this place, `depth` pixels from the nearest, that are no other region's, and no hint is seen
/// from it. `taken`: other regions.
pub(super) fn is_within_shape(
    lines: &Lines,
    taken: &[bool],
    place: (u32, u32),
    depth: f32,
) -> bool {
    let (mut open, mut own) = (0, 0);
    for ray in 0..RAYS {
        match look(lines, taken, place, TAU * f32::from(ray) / f32::from(RAYS)) {
            Seen::Hint => return false,
            Seen::Paper => open += 1,
            Seen::Line => own += 1,
            Seen::Region => {}
        }
    }
    let share = |rays: u16| f32::from(rays) / f32::from(RAYS);
    share(open) <= depth / lines.unit() / OPEN && share(own) >= OWN
}

enum Seen {
    /// Up to the sketch's border.
    Paper,
    Hint,
    Line,
    /// Behind a line.
    Region,
}

fn look(lines: &Lines, taken: &[bool], (x, y): (u32, u32), angle: f32) -> Seen {
    let (width, height) = lines.size();
    let step = STEP * lines.unit();
    let (dx, dy) = (angle.cos() * step, angle.sin() * step);
    let at = |i: u16| {
        let (x, y) = (x as f32 + 0.5 + dx * f32::from(i), y as f32 + 0.5 + dy * f32::from(i));
        let inside = x >= 0.0 && y >= 0.0 && x < width as f32 && y < height as f32;
        inside.then(|| y as usize * width as usize + x as usize)
    };
    let mut i = 0;
    loop {
        match at(i) {
            None => return Seen::Paper,
            Some(pixel) if lines.is_hint(pixel) => return Seen::Hint,
            Some(pixel) if lines.is_line(pixel) => break,
            Some(_) => i += 1,
        }
    }
    let behind = (BEHIND / STEP) as u16;
    let region = (i..i + behind).map_while(at).any(|pixel| taken[pixel]);
    if region { Seen::Region } else { Seen::Line }
}
