//! The same small warp of both sides of a pair: turned, scaled, moved, mirrored, and bent a little.

use super::square::Square;
use crate::random::Random;

/// The most that a picture is turned, in radians.
const TURN: f64 = 0.16;
/// The least and the most that it is scaled, the part that is cut out being 1.
const SCALE: [f64; 2] = [0.82, 1.12];
/// Standard deviation of the bending, as a part of the side, and how many knots a side has.
const BEND: f64 = 0.010;
const KNOTS: usize = 6;

/// Smooth noise on a square: N(0, 1) at the knots of a grid, bilinear between them.
pub(super) struct Noise {
    knots: usize,
    values: Vec<f32>,
}

impl Noise {
    pub fn new(knots: usize, random: &mut Random) -> Self {
        let count = (knots + 1) * (knots + 1);
        let values = (0..count.div_ceil(2)).flat_map(|_| random.normal_pair());
        Self { knots, values: values.take(count).map(|x| x as f32).collect() }
    }

    /// At a point of [0, 1]².
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let knot = |t: f32| {
            let t = t.clamp(0.0, 1.0) * self.knots as f32;
            let before = (t as usize).min(self.knots - 1);
            let t = t - before as f32;
            (before, t * t * (3.0 - 2.0 * t)) // smoothstep: no kinks at the knots
        };
        let ((i, s), (j, t)) = (knot(x), knot(y));
        let value = |i, j| self.values[j * (self.knots + 1) + i];
        let line = |j| value(i, j) * (1.0 - s) + value(i + 1, j) * s;
        line(j) * (1.0 - t) + line(j + 1) * t
    }
}

/// Where each pixel of the result comes from.
pub struct Warp {
    /// x and y of each, in pixels of the source.
    from: Vec<[f32; 2]>,
    size: usize,
}

impl Warp {
    /// From squares of `side` to squares of `size`.
    pub fn random(side: usize, size: usize, flip: bool, random: &mut Random) -> Self {
        let mut within = |least: f64, most: f64| least + (most - least) * random.uniform();
        let (turn, scale) = (within(-TURN, TURN), within(SCALE[0], SCALE[1]));
        let room = (side - size) as f64 / 2.0;
        let (left, top) = (within(-room, room), within(-room, room));
        let mirror = if flip && within(0.0, 1.0) < 0.5 { -1.0 } else { 1.0 };
        let bend = [(); 2].map(|()| Noise::new(KNOTS, random));
        let (sin, cos) = turn.sin_cos();
        let middle = (size as f64 - 1.0) / 2.0;
        let mut from = Vec::with_capacity(size * size);
        for y in 0..size {
            for x in 0..size {
                let [u, v] = [x, y].map(|at| at as f32 / size as f32);
                let [bend_x, bend_y] =
                    [&bend[0], &bend[1]].map(|b| f64::from(b.at(u, v)) * BEND * size as f64);
                let (x, y) = (x as f64 - middle, y as f64 - middle);
                let (x, y) =
                    ((cos * x - sin * y) / scale + bend_x, (sin * x + cos * y) / scale + bend_y);
                let source = (side as f64 - 1.0) / 2.0;
                from.push([(source + mirror * x + left) as f32, (source + y + top) as f32]);
            }
        }
        Self { from, size }
    }

    /// Bilinear; beyond the border lies the border's own colour.
    pub fn apply(&self, square: &Square) -> Square {
        let side = square.side();
        let last = (side - 1) as f32;
        let mut rgb = Vec::with_capacity(self.size * self.size * 3);
        for [x, y] in &self.from {
            let (x, y) = (x.clamp(0.0, last), y.clamp(0.0, last));
            let (left, top) = (x as usize, y as usize);
            let (right, bottom) = ((left + 1).min(side - 1), (top + 1).min(side - 1));
            let (s, t) = (x - left as f32, y - top as f32);
            let [a, b, c, d] = [[left, top], [right, top], [left, bottom], [right, bottom]]
                .map(|[x, y]| square.pixel(x, y));
            for i in 0..3 {
                let [a, b, c, d] = [a, b, c, d].map(|p| f32::from(p[i]));
                let upper = a + (b - a) * s;
                let lower = c + (d - c) * s;
                rgb.push((upper + (lower - upper) * t + 0.5) as u8);
            }
        }
        Square::new(self.size, rgb)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::samples::{SIDE, as_square, disc};

    #[test]
    fn a_warp_keeps_what_is_in_the_middle() {
        let disc = as_square(disc());
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..10 {
            let warp = Warp::random(SIDE, 112, true, &mut Random::new(seed));
            let one = warp.apply(&disc);
            assert_eq!(one.side(), 112);
            let red = one.rgb().chunks(3).filter(|p| p[0] > 150 && p[2] < 100).count();
            assert!(red > 1000, "what was in the middle is still there: {red}");
            seen.insert(one.rgb().to_vec());
        }
        assert_eq!(seen.len(), 10, "every seed warps otherwise");
    }
}
