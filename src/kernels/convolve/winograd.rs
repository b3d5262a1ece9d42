//! Convolutions of 4 x 4 as Winograd's F(3 x 3, 2 x 2): 16 multiplications for every 3 x 3 outputs of a 2 x 2 kernel, where
//! the definition has 36.
//!
//! A kernel of 4 x 4 at stride 2 is four of 2 x 2 at stride 1, one for each phase of the picture: its rows and columns of
//! even and of odd number. At stride 1 the "phases" are the picture and the same moved by two pixels.
//!
//! ```text
//! stride 2           padded[2·i + b, 2·j + c] = phase[b, c][i, j]        W[2·a + b, 2·d + c] = g[b, c][a, d]
//! stride 1           padded[i + 2·b, j + 2·c] = phase[b, c][i, j]        W[a + 2·b, d + 2·c] = g[b, c][a, d]
//!
//! down               small = Σ phase ∗ g                                 Aᵀ [ Σ (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//! up                 phase = Σ small ∗ g, turned over                    the same, d from small, one result a phase
//! weight_gradient    dg = Σ small ⊙ phase, moved                         Gᵀ [ Σ (A y Aᵀ) ⊙ (Bᵀ d B) ] G
//!
//! Aᵀ = 1  1  1  0       G = 1   0       Bᵀ = 1  0 -1  0
//!      0  1 -1  0           ½   ½            0  1  1  0
//!      0  1  1  1           ½  -½            0 -1  1  0
//!                           0   1            0 -1  0  1
//! ```
//!
//! `d` is a tile of 4 x 4 inputs, of which neighbours share a row or column, `y` one of 3 x 3 outputs. Each of the 16 places
//! of a transformed tile is a product of matrices of its own. F(4 x 4, 2 x 2) would need fewer multiplications, with ten
//! times the rounding error. See Lavin and Gray 2016, "Fast algorithms for convolutional neural networks".

use super::Weights;
use crate::four::Four;
use crate::kernel::{COLUMNS, Into, LONGEST, Left, ROWS, Right, tile_column};
use crate::shape::{Geometry, SIDE, TAPS};
use crate::{parallel, scratch};

/// Outputs on the side of a tile; a tile of inputs has one more, and its neighbours begin this many further on.
const STEP: usize = 3;
/// Places of a transformed tile.
const PLACES: usize = 16;
const PHASES: usize = 4;
/// Channels that lie together, so that memory is written in order; layers of other numbers are filled up with zeros.
const CHANNELS: usize = 8;
/// About as many transformed weights, or outputs, as the cache holds, in elements.
const CACHED: usize = 1 << 17;
/// Rows of weights that are transformed together.
const TOGETHER: usize = 4;
/// Rows of the gradient for which one thread reads all transformed pictures.
const GRADIENT_ROWS: usize = 16;

/// How the outputs of a convolution of 2 x 2 are divided.
#[derive(Clone, Copy)]
struct Tiles {
    down: usize,
    across: usize,
}

impl Tiles {
    fn of([height, width]: [usize; 2]) -> Self {
        Self { down: height.div_ceil(STEP), across: width.div_ceil(STEP) }
    }

    fn count(self) -> usize {
        self.down * self.across
    }

    fn panels(self) -> usize {
        self.count().div_ceil(COLUMNS)
    }

    /// Tiles with those that fill the last panel.
    fn padded(self) -> usize {
        self.panels() * COLUMNS
    }

    /// The length of a line of inputs.
    fn line(self) -> usize {
        self.across * STEP + 1
    }
}

/// All weights as [`down`] multiplies by them, four times as many values.
pub fn transform_down(geometry: &Geometry, weight: &[f32]) -> Vec<f32> {
    let rows = geometry.small[0].next_multiple_of(ROWS);
    let mut weights = vec![0.0; rows * PLACES * channels_down(geometry)];
    weights_down(geometry, weight, &mut weights);
    weights
}

/// All weights as [`up`] multiplies by them, four times as many values.
pub fn transform_up(geometry: &Geometry, weight: &[f32]) -> Vec<f32> {
    let rows = (geometry.large[0] * PHASES).next_multiple_of(ROWS);
    let mut weights = vec![0.0; rows * PLACES * channels_up(geometry)];
    weights_up(geometry, weight, 0, geometry.large[0], &mut weights);
    weights
}

/// Inputs of the products of [`down`].
fn channels_down(geometry: &Geometry) -> usize {
    (geometry.large[0] * PHASES).next_multiple_of(CHANNELS)
}

/// Inputs of the products of [`up`].
fn channels_up(geometry: &Geometry) -> usize {
    geometry.small[0].next_multiple_of(CHANNELS)
}

/// `[L, H, W]` and `[S, L, 4, 4]` -> `[S, h, w]`
pub fn down(geometry: &Geometry, large: &[f32], weights: Weights, small: &mut [f32]) {
    let [_, height, width] = geometry.small;
    let tiles = Tiles::of([height, width]);
    let channels = channels_down(geometry);
    let taps = geometry.taps();
    scratch::with(PLACES * channels * tiles.padded(), |inputs| {
        transform_inputs(tiles, geometry.large[0] * PHASES, inputs, |channel, i, line| {
            phase_line(geometry, large, channel, i, line);
        });
        let at_a_time = rows_at_a_time(channels, geometry.small[0], tiles.padded());
        parallel::rows(small, at_a_time * height * width, |block, planes| {
            let rows = planes.len() / (height * width);
            let filled = rows.next_multiple_of(ROWS);
            let first = block * at_a_time;
            scratch::with(PLACES * (filled * channels + rows * tiles.padded()), |buffer| {
                let (transformed, outputs) = buffer.split_at_mut(PLACES * filled * channels);
                let weights = match weights {
                    Weights::Plain(weight) => {
                        weights_down(geometry, &weight[first * taps..][..rows * taps], transformed);
                        &*transformed
                    }
                    Weights::Transformed(all) => &all[first * PLACES * channels..],
                };
                multiply(tiles, [rows, channels], weights, inputs, outputs);
                let mut lines = vec![0.0; STEP * tiles.across * STEP];
                for (row, plane) in planes.chunks_exact_mut(height * width).enumerate() {
                    for t in 0..tiles.down {
                        transform_output(tiles, rows, outputs, row, t, &mut lines);
                        let there = plane[t * STEP * width..].chunks_exact_mut(width).take(STEP);
                        for (to, line) in there.zip(lines.chunks_exact(tiles.across * STEP)) {
                            to.copy_from_slice(&line[..width]);
                        }
                    }
                }
            });
        });
    });
}

/// `[S, h, w]` and `[S, L, 4, 4]` -> `[L, H, W]`, which must be zero before.
pub fn up(geometry: &Geometry, small: &[f32], weights: Weights, large: &mut [f32]) {
    let [_, height, width] = geometry.small;
    let tiles = Tiles::of([height + 1, width + 1]);
    let channels = channels_up(geometry);
    scratch::with(PLACES * channels * tiles.padded(), |inputs| {
        transform_inputs(tiles, geometry.small[0], inputs, |channel, i, line| {
            let Some(y) = i.checked_sub(1).filter(|y| *y < height) else {
                line.fill(0.0);
                return;
            };
            line[0] = 0.0;
            line[1..][..width].copy_from_slice(&small[(channel * height + y) * width..][..width]);
            line[1 + width..].fill(0.0);
        });
        let at_a_time =
            rows_at_a_time(channels, geometry.large[0] * PHASES, tiles.padded()) / PHASES;
        parallel::rows(large, at_a_time * geometry.large_pixels(), |block, planes| {
            let count = planes.len() / geometry.large_pixels();
            let rows = count * PHASES;
            let filled = rows.next_multiple_of(ROWS);
            let first = block * at_a_time;
            scratch::with(PLACES * (filled * channels + rows * tiles.padded()), |buffer| {
                let (transformed, outputs) = buffer.split_at_mut(PLACES * filled * channels);
                let weights = match weights {
                    Weights::Plain(weight) => {
                        weights_up(geometry, weight, first, count, transformed);
                        &*transformed
                    }
                    Weights::Transformed(all) => &all[first * PHASES * PLACES * channels..],
                };
                multiply(tiles, [rows, channels], weights, inputs, outputs);
                let length = STEP * tiles.across * STEP;
                let mut lines = vec![0.0; 2 * length];
                for (l, plane) in planes.chunks_exact_mut(geometry.large_pixels()).enumerate() {
                    for t in 0..tiles.down {
                        for b in 0..2 {
                            for (c, lines) in lines.chunks_exact_mut(length).enumerate() {
                                let row = l * PHASES + b * 2 + c;
                                transform_output(tiles, rows, outputs, row, t, lines);
                            }
                            for i in 0..STEP {
                                let line =
                                    |c: usize| &lines[c * length + i * tiles.across * STEP..];
                                add_phase_lines(
                                    geometry,
                                    plane,
                                    t * STEP + i,
                                    b,
                                    [line(0), line(1)],
                                );
                            }
                        }
                    }
                }
            });
        });
    });
}

/// `[L, H, W]` and `[S, h, w]` -> `[S, L, 4, 4]`; where `keep`, it is added to what is there.
pub fn weight_gradient(
    geometry: &Geometry,
    large: &[f32],
    small: &[f32],
    weight: &mut [f32],
    keep: bool,
) {
    let [_, height, width] = geometry.small;
    let tiles = Tiles::of([height, width]);
    let count = tiles.count();
    let channels = geometry.large[0] * PHASES;
    let taps = geometry.taps();
    let panels = channels.div_ceil(COLUMNS);
    scratch::with(panels * PLACES * count * COLUMNS, |inputs| {
        // [panels, 16, tiles, COLUMNS]
        parallel::rows(inputs, PLACES * count * COLUMNS, |panel, inputs| {
            let first = panel * COLUMNS;
            let there = COLUMNS.min(channels - first);
            let length = PLACES * count;
            scratch::with(there * length, |transformed| {
                for (channel, to) in transformed.chunks_exact_mut(length).enumerate() {
                    let line = |i: usize, to: &mut [f32]| {
                        phase_line(geometry, large, first + channel, i, to);
                    };
                    transform_channel(tiles, line, to);
                }
                for (i, to) in inputs.chunks_exact_mut(COLUMNS).enumerate() {
                    let values = transformed[i..].iter().step_by(length);
                    to[there..].fill(0.0);
                    to.iter_mut().zip(values).for_each(|(to, value)| *to = *value);
                }
            });
        });
        parallel::rows(weight, GRADIENT_ROWS * taps, |block, weight| {
            let rows = weight.len() / taps;
            let small = &small[block * GRADIENT_ROWS * height * width..];
            let length = PLACES * count * ROWS;
            scratch::with(rows.div_ceil(ROWS) * length, |outputs| {
                // [blocks, 16, tiles, ROWS]
                for (row, plane) in small.chunks_exact(height * width).take(rows).enumerate() {
                    let to = &mut outputs[row / ROWS * length + row % ROWS..];
                    transform_gradient(tiles, plane, [height, width], to);
                }
                for (panel, inputs) in inputs.chunks_exact(PLACES * count * COLUMNS).enumerate() {
                    for row in (0..rows).step_by(ROWS) {
                        let rows = (rows - row).min(ROWS);
                        let mut sums = [0.0; PLACES * ROWS * COLUMNS];
                        for (place, sums) in sums.chunks_exact_mut(ROWS * COLUMNS).enumerate() {
                            for at in (0..count).step_by(LONGEST) {
                                let left = (row / ROWS * PLACES + place) * count + at;
                                let right = &inputs[(place * count + at) * COLUMNS..];
                                let into = Into {
                                    values: sums,
                                    stride: COLUMNS,
                                    rows,
                                    columns: COLUMNS,
                                    keep: at > 0,
                                };
                                let left = Left::Packed(&outputs[left * ROWS..], length);
                                let right = Right(right, COLUMNS);
                                tile_column((count - at).min(LONGEST), left, right, into);
                            }
                        }
                        for (i, kernels) in
                            weight[row * taps..].chunks_exact_mut(taps).take(rows).enumerate()
                        {
                            for j in (0..COLUMNS.min(channels - panel * COLUMNS)).step_by(PHASES) {
                                let at = (panel * COLUMNS + j) * PHASES;
                                let place = |place: usize| {
                                    let from = (place * ROWS + i) * COLUMNS + j;
                                    std::array::from_fn(|phase| sums[from + phase])
                                };
                                transform_back(geometry, place, &mut kernels[at..][..TAPS], keep);
                            }
                        }
                    }
                }
            });
        });
    });
}

/// How many rows of the result one thread does at a time: as many as the cache holds the weights or the outputs of, whichever
/// are more, a multiple of ROWS, and no more than leave work for all threads.
fn rows_at_a_time(channels: usize, rows: usize, padded: usize) -> usize {
    let cached = CACHED / (PLACES * channels.max(padded));
    let shared = rows.div_ceil(parallel::shares());
    cached.min(shared).max(1).next_multiple_of(ROWS)
}

/// The transformed kernels of some rows: `[blocks, 16, channels, ROWS]`.
fn weights_down(geometry: &Geometry, weight: &[f32], weights: &mut [f32]) {
    let taps = geometry.taps();
    let channels = channels_down(geometry);
    let blocks = weight.chunks(ROWS * taps).zip(weights.chunks_exact_mut(PLACES * channels * ROWS));
    for (rows, to) in blocks {
        if rows.len() < ROWS * taps || channels > geometry.large[0] * PHASES {
            to.fill(0.0);
        }
        for (i, rows) in rows.chunks(TOGETHER * taps).enumerate() {
            for l in 0..geometry.large[0] {
                let kernels: [_; TOGETHER] = std::array::from_fn(|row| {
                    transformed_kernel(geometry, rows, row * taps + l * TAPS, false)
                });
                for place in 0..PLACES {
                    let phases = transpose(kernels.map(|kernel| kernel[place]));
                    let to = &mut to[(place * channels + l * PHASES) * ROWS + i * TOGETHER..];
                    for (phase, rows) in phases.into_iter().enumerate() {
                        write(rows, &mut to[phase * ROWS..]);
                    }
                }
            }
        }
    }
}

/// The transformed kernels of `count` channels of `large`, turned over: `[blocks, 16, channels, ROWS]`.
fn weights_up(
    geometry: &Geometry,
    weight: &[f32],
    first: usize,
    count: usize,
    weights: &mut [f32],
) {
    let taps = geometry.taps();
    let channels = channels_up(geometry);
    for s in (0..channels).step_by(TOGETHER) {
        for l in 0..count {
            let kernels: [_; TOGETHER] = std::array::from_fn(|i| {
                transformed_kernel(geometry, weight, (s + i) * taps + (first + l) * TAPS, true)
            });
            let (block, row) = (l * PHASES / ROWS, l * PHASES % ROWS);
            for place in 0..PLACES {
                let to = &mut weights[((block * PLACES + place) * channels + s) * ROWS + row..];
                for (i, kernel) in kernels.iter().enumerate() {
                    write(kernel[place], &mut to[i * ROWS..]);
                }
            }
        }
    }
}

/// `outputs[16, rows, tiles] = weights[16, rows, channels] · inputs`
fn multiply(
    tiles: Tiles,
    [rows, channels]: [usize; 2],
    weights: &[f32],
    inputs: &[f32],
    outputs: &mut [f32],
) {
    let padded = tiles.padded();
    for at in (0..channels).step_by(LONGEST) {
        let terms = (channels - at).min(LONGEST);
        for i in 0..PLACES * tiles.panels() {
            let (place, panel) = (i / tiles.panels(), i % tiles.panels());
            let left = &weights[(place * channels + at) * ROWS..];
            let into = Into {
                values: &mut outputs[place * rows * padded + panel * COLUMNS..],
                stride: padded,
                rows,
                columns: COLUMNS,
                keep: at > 0,
            };
            let right = Right(&inputs[(i * channels + at) * COLUMNS..], COLUMNS);
            tile_column(terms, Left::Packed(left, PLACES * channels * ROWS), right, into);
        }
    }
}

/// `Bᵀ d B` of all tiles and channels: `[16, panels, channels, COLUMNS]`. `line` writes a line of a channel's inputs.
fn transform_inputs(
    tiles: Tiles,
    channels: usize,
    inputs: &mut [f32],
    line: impl Fn(usize, usize, &mut [f32]) + Sync + Send,
) {
    let runs = channels.div_ceil(CHANNELS);
    parallel::columns(inputs, CHANNELS * COLUMNS, runs, |run, inputs| {
        let first = run * CHANNELS;
        let channels = (channels - first).min(CHANNELS);
        let length = PLACES * tiles.count();
        scratch::with(channels * length, |transformed| {
            for (channel, to) in transformed.chunks_exact_mut(length).enumerate() {
                transform_channel(tiles, |i, to| line(first + channel, i, to), to);
            }
            lay_out(tiles, transformed, inputs);
        });
    });
}

/// `[channels, 16, tiles] -> [16, panels, CHANNELS, COLUMNS]`, filled up with zeros.
fn lay_out(tiles: Tiles, from: &[f32], mut column: parallel::Column) {
    let count = tiles.count();
    let channels = from.len() / (PLACES * count);
    for i in 0..PLACES * tiles.panels() {
        let to = column.row(i);
        let (place, panel) = (i / tiles.panels(), i % tiles.panels());
        let at = place * count + panel * COLUMNS;
        let there = (count - panel * COLUMNS).min(COLUMNS);
        if there == COLUMNS && channels == CHANNELS {
            for (channel, to) in to.as_chunks_mut::<COLUMNS>().0.iter_mut().enumerate() {
                let from = from[channel * PLACES * count + at..][..COLUMNS].as_chunks().0;
                for (to, from) in to.as_chunks_mut().0.iter_mut().zip(from) {
                    Four::of(from).write(to);
                }
            }
            continue;
        }
        to.fill(0.0);
        for (from, to) in from.chunks_exact(PLACES * count).zip(to.chunks_exact_mut(COLUMNS)) {
            to[..there].copy_from_slice(&from[at..][..there]);
        }
    }
}

/// `Bᵀ d B` of all tiles of one channel, `[16, tiles]`; `line` writes a line of its inputs.
fn transform_channel(tiles: Tiles, line: impl Fn(usize, &mut [f32]), transformed: &mut [f32]) {
    let Tiles { down, across } = tiles;
    scratch::with(SIDE * SIDE * across + tiles.line(), |buffer| {
        let (lines, inputs) = buffer.split_at_mut(SIDE * SIDE * across);
        for t in 0..down {
            // The last line of the row before is the first of this one, and stays where it is.
            let place = |i: usize| (t * STEP + i) % SIDE * SIDE * across;
            for i in usize::from(t > 0)..SIDE {
                line(t * STEP + i, inputs);
                transform_line(inputs, across, &mut lines[place(i)..][..SIDE * across]);
            }
            transform_columns(tiles, [0, 1, 2, 3].map(|i| &lines[place(i)..]), t, transformed);
        }
    });
}

/// Bᵀ times four lines that are transformed, for row `t` of the tiles.
fn transform_columns(tiles: Tiles, lines: [&[f32]; SIDE], t: usize, transformed: &mut [f32]) {
    let Tiles { down, across } = tiles;
    for q in 0..SIDE {
        let [d0, d1, d2, d3] = lines.map(|line| &line[q * across..][..across]);
        let mut to = |p: usize, [a, b]: [&[f32]; 2], sign: f32| {
            let to = &mut transformed[((p * SIDE + q) * down + t) * across..][..across];
            to.iter_mut().zip(a.iter().zip(b)).for_each(|(to, (a, b))| *to = a + sign * b);
        };
        to(0, [d0, d2], -1.0);
        to(1, [d1, d2], 1.0);
        to(2, [d2, d1], -1.0);
        to(3, [d3, d1], -1.0);
    }
}

/// A line times B, for all tiles that it goes through: `[4, across]`.
fn transform_line(line: &[f32], across: usize, to: &mut [f32]) {
    let (a, to) = to.split_at_mut(across);
    let (b, to) = to.split_at_mut(across);
    let (c, d) = to.split_at_mut(across);
    let rest = across - across % 4;
    for i in (0..rest).step_by(4) {
        let [x, y, z] = [0, 4, 8].map(|at| read(&line[STEP * i + at..]));
        let d0 = x.pick::<0, 3, 6, 6>(y).pick::<0, 1, 2, 5>(z);
        let d1 = x.pick::<1, 4, 7, 7>(y).pick::<0, 1, 2, 6>(z);
        let d2 = x.pick::<2, 5, 5, 5>(y).pick::<0, 1, 4, 7>(z);
        let d3 = d0.pick::<1, 2, 3, 4>(Four::of(&[line[STEP * (i + 4)]; 4]));
        write(d0 - d2, &mut a[i..]);
        write(d1 + d2, &mut b[i..]);
        write(d2 - d1, &mut c[i..]);
        write(d3 - d1, &mut d[i..]);
    }
    for i in rest..across {
        let [d0, d1, d2, d3] = [0, 1, 2, 3].map(|at| line[STEP * i + at]);
        a[i] = d0 - d2;
        b[i] = d1 + d2;
        c[i] = d2 - d1;
        d[i] = d3 - d1;
    }
}

/// Line `i` of phase `channel % 4` of a channel of `large`; zero beyond the picture.
fn phase_line(geometry: &Geometry, large: &[f32], channel: usize, i: usize, line: &mut [f32]) {
    let [_, height, width] = geometry.large;
    let (b, c) = (channel % PHASES / 2, channel % 2);
    let y = match geometry.stride {
        1 => i + 2 * b,
        _ => 2 * i + b,
    };
    let Some(y) = y.checked_sub(1).filter(|y| *y < height) else {
        line.fill(0.0);
        return;
    };
    let source = &large[(channel / PHASES * height + y) * width..][..width];
    // padded[j] = source[j - 1]
    let (first, rest) = line.split_at_mut(1 - c);
    if let [first] = first {
        *first = 0.0;
    }
    if geometry.stride == 1 {
        let source = &source[c..];
        let count = source.len().min(rest.len());
        rest[..count].copy_from_slice(&source[..count]);
        rest[count..].fill(0.0);
    } else {
        let pairs = source.as_chunks::<2>().0;
        let count = pairs.len().min(rest.len());
        match c {
            0 => rest.iter_mut().zip(pairs).for_each(|(to, [_, odd])| *to = *odd),
            _ => rest.iter_mut().zip(pairs).for_each(|(to, [even, _])| *to = *even),
        }
        rest[count..].fill(0.0);
    }
}

/// Adds line `i` of the two phases of row `b` to the plane that they are of.
fn add_phase_lines(geometry: &Geometry, plane: &mut [f32], i: usize, b: usize, lines: [&[f32]; 2]) {
    let [_, height, width] = geometry.large;
    let [_, small_height, small_width] = geometry.small;
    let y = match geometry.stride {
        1 => i + 2 * b,
        _ => 2 * i + b,
    };
    if i > small_height {
        return;
    }
    let Some(y) = y.checked_sub(1).filter(|y| *y < height) else {
        return;
    };
    let to = &mut plane[y * width..][..width];
    let [even, odd] = lines.map(|line| &line[..=small_width]);
    if geometry.stride == 1 {
        // padded[j + 2·c] += line[j]
        to.iter_mut().zip(&even[1..]).for_each(|(to, x)| *to += x);
        to[1..].iter_mut().zip(odd).for_each(|(to, x)| *to += x);
    } else {
        for (to, (odd, even)) in to.chunks_exact_mut(2).zip(odd.iter().zip(&even[1..])) {
            to[0] = *odd;
            to[1] = *even;
        }
    }
}

fn write(value: Four, to: &mut [f32]) {
    value.write(to.first_chunk_mut().expect("there is room for four"));
}

fn read(from: &[f32]) -> Four {
    Four::of(from.first_chunk().expect("there are four"))
}

/// Rows to columns.
#[inline(always)]
fn transpose([a, b, c, d]: [Four; 4]) -> [Four; 4] {
    let (ab, cd) = (a.pick::<0, 4, 1, 5>(b), c.pick::<0, 4, 1, 5>(d));
    let (more_ab, more_cd) = (a.pick::<2, 6, 3, 7>(b), c.pick::<2, 6, 3, 7>(d));
    [
        ab.pick::<0, 1, 4, 5>(cd),
        ab.pick::<2, 3, 6, 7>(cd),
        more_ab.pick::<0, 1, 4, 5>(more_cd),
        more_ab.pick::<2, 3, 6, 7>(more_cd),
    ]
}

/// [`transform_kernel`] of the kernel that begins there; zeros behind the last one.
#[inline(always)]
fn transformed_kernel(
    geometry: &Geometry,
    weight: &[f32],
    at: usize,
    turned: bool,
) -> [Four; PLACES] {
    match weight.get(at..).and_then(|weight| weight.first_chunk()) {
        Some(kernel) => transform_kernel(geometry.stride, kernel, turned),
        None => [Four::of(&[0.0; 4]); PLACES],
    }
}

/// `G g Gᵀ` of the four phases of a kernel, side by side; turned over for `up`.
#[inline(always)]
fn transform_kernel(stride: usize, kernel: &[f32; TAPS], turned: bool) -> [Four; PLACES] {
    let (rows, _) = kernel.as_chunks::<SIDE>();
    let [r0, r1, r2, r3] = [0, 1, 2, 3].map(|i| Four::of(&rows[i]));
    let [g00, g01, g10, g11] = match stride {
        1 => [
            r0.pick::<0, 2, 4, 6>(r2),
            r0.pick::<1, 3, 5, 7>(r2),
            r1.pick::<0, 2, 4, 6>(r3),
            r1.pick::<1, 3, 5, 7>(r3),
        ],
        _ => [
            r0.pick::<0, 1, 4, 5>(r1),
            r0.pick::<2, 3, 6, 7>(r1),
            r2.pick::<0, 1, 4, 5>(r3),
            r2.pick::<2, 3, 6, 7>(r3),
        ],
    };
    let half = Four::of(&[0.5; 4]);
    let times_g = |x: Four, y: Four| [x, half * (x + y), half * (x - y), y];
    let [left, right] = match turned {
        false => [times_g(g00, g10), times_g(g01, g11)],
        true => [times_g(g11, g01), times_g(g10, g00)],
    };
    let [a, b, c, d] = [0, 1, 2, 3].map(|row| times_g(left[row], right[row]));
    [a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3], c[0], c[1], c[2], c[3], d[0], d[1], d[2], d[3]]
}

/// `Gᵀ u G` of the four phases of a kernel; `place` gives them for one of the 16 places.
fn transform_back(
    geometry: &Geometry,
    place: impl Fn(usize) -> [f32; PHASES],
    kernel: &mut [f32],
    keep: bool,
) {
    if !keep {
        kernel.fill(0.0);
    }
    let back = |[u0, u1, u2, u3]: [[f32; PHASES]; SIDE]| -> [[f32; PHASES]; 2] {
        [
            std::array::from_fn(|i| u0[i] + 0.5 * (u1[i] + u2[i])),
            std::array::from_fn(|i| u3[i] + 0.5 * (u1[i] - u2[i])),
        ]
    };
    let rows = [0, 1, 2, 3].map(|row| back(std::array::from_fn(|i| place(row * SIDE + i))));
    for d in 0..2 {
        for (a, values) in back(rows.map(|row| row[d])).into_iter().enumerate() {
            for (phase, value) in values.into_iter().enumerate() {
                kernel[tap(geometry, a, d, phase)] += value;
            }
        }
    }
}

/// Which weight of a kernel of 4 x 4 is `(a, d)` of a phase's 2 x 2.
fn tap(geometry: &Geometry, a: usize, d: usize, phase: usize) -> usize {
    let (b, c) = (phase / 2, phase % 2);
    match geometry.stride {
        1 => (a + 2 * b) * SIDE + d + 2 * c,
        _ => (2 * a + b) * SIDE + 2 * d + c,
    }
}

/// `Aᵀ m A` of row `t` of the tiles, of one row of `outputs[16, rows, tiles]`: three lines of `3 · across` values.
fn transform_output(
    tiles: Tiles,
    rows: usize,
    outputs: &[f32],
    row: usize,
    t: usize,
    lines: &mut [f32],
) {
    let Tiles { across, .. } = tiles;
    let m = |p: usize, q: usize| {
        &outputs[((p * SIDE + q) * rows + row) * tiles.padded() + t * across..][..across]
    };
    scratch::with(STEP * SIDE * across, |columns| {
        let (first, rest) = columns.split_at_mut(SIDE * across);
        let (second, third) = rest.split_at_mut(SIDE * across);
        for q in 0..SIDE {
            let [m0, m1, m2, m3] = [0, 1, 2, 3].map(|p| m(p, q));
            let [first, second, third] =
                [&mut *first, &mut *second, &mut *third].map(|to| &mut to[q * across..][..across]);
            for i in 0..across {
                first[i] = m0[i] + m1[i] + m2[i];
                second[i] = m1[i] - m2[i];
                third[i] = m1[i] + m2[i] + m3[i];
            }
        }
        for (columns, to) in
            columns.chunks_exact(SIDE * across).zip(lines.chunks_exact_mut(STEP * across))
        {
            let [c0, c1, c2, c3] = [0, 1, 2, 3].map(|q| &columns[q * across..][..across]);
            let rest = across - across % 4;
            for i in (0..rest).step_by(4) {
                let [c0, c1, c2, c3] = [c0, c1, c2, c3].map(|c| read(&c[i..]));
                let [x, y, z] = [c0 + c1 + c2, c1 - c2, c1 + c2 + c3];
                let [low, high] = [x.pick::<0, 4, 1, 5>(y), x.pick::<2, 6, 3, 7>(y)];
                let to = &mut to[STEP * i..];
                write(low.pick::<0, 1, 4, 2>(z), to);
                write(low.pick::<3, 5, 5, 5>(z).pick::<0, 1, 4, 5>(high), &mut to[4..]);
                write(z.pick::<2, 6, 7, 3>(high), &mut to[8..]);
            }
            for i in rest..across {
                let to = &mut to[STEP * i..][..STEP];
                to[0] = c0[i] + c1[i] + c2[i];
                to[1] = c1[i] - c2[i];
                to[2] = c1[i] + c2[i] + c3[i];
            }
        }
    });
}

/// `A y Aᵀ` of all tiles of a plane, one row of `[16, tiles, ROWS]`.
fn transform_gradient(tiles: Tiles, plane: &[f32], [height, width]: [usize; 2], to: &mut [f32]) {
    let Tiles { down, across } = tiles;
    let line = STEP * across;
    scratch::with(STEP * line, |lines| {
        for t in 0..down {
            for (i, to) in lines.chunks_exact_mut(line).enumerate() {
                to.fill(0.0);
                if t * STEP + i < height {
                    to[..width].copy_from_slice(&plane[(t * STEP + i) * width..][..width]);
                }
            }
            for i in 0..across {
                let rows: [[f32; SIDE]; STEP] = std::array::from_fn(|r| {
                    let y = &lines[r * line + STEP * i..][..STEP];
                    [y[0], y[0] + y[1] + y[2], y[0] - y[1] + y[2], y[2]]
                });
                for q in 0..SIDE {
                    let [y0, y1, y2] = rows.map(|row| row[q]);
                    let values = [y0, y0 + y1 + y2, y0 - y1 + y2, y2];
                    for (p, value) in values.into_iter().enumerate() {
                        to[((p * SIDE + q) * down * across + t * across + i) * ROWS] = value;
                    }
                }
            }
        }
    });
}
