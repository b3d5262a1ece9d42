//! Convolutions as they are defined: sums of products, the weights read once and in order.
//!
//! The pictures are laid out for the kernel, the weights are taken as they lie. All three functions add up the same
//! matrix of columns, which is never there as a whole:
//!
//! ```text
//! columns(large)     [16·L, h·w]     each column holds the values of `large` under one position of the kernel
//! down               small = W · columns(large)
//! up                 columns = Wᵀ · small, each value added to the pixel that it belongs to
//! weight_gradient    dW += small · columns(large)ᵀ
//! ```

use crate::kernel::{COLUMNS, Into, LONGEST, Left, ROWS, Right, tile_column};
use crate::shape::{Geometry, SIDE, TAPS};
use crate::{parallel, scratch};

/// About as many values of the columns as the cache holds.
const CACHED: usize = 1 << 18;

/// Weights that stay in the processor's first cache while the columns pass by.
const WEIGHTS: usize = 1 << 12;

/// Channels of `large` that one thread does at a time in `up`.
const CHANNELS: usize = 16;

/// Where there are fewer: the lines of one channel that it does at a time, at the least and at the most. What is computed
/// for the lines beside them is computed twice.
const LINES: [usize; 2] = [8, 32];

/// Blocks of pixels that are laid out together in `up`: what they read of a plane fills a line of the cache.
const TOGETHER: usize = 16 / ROWS;

/// Terms that are left out between two panels of weights.
const APART: usize = 2;

/// Rows of weights that are read side by side in `up`, as many as a processor reads ahead.
const STREAMS: usize = 16;

/// `[L, H, W]` and `[S, L, 4, 4]` -> `[S, h, w]`
pub fn down(geometry: &Geometry, large: &[f32], weight: &[f32], small: &mut [f32]) {
    let (taps, pixels) = (geometry.taps(), geometry.small_pixels());
    let panel = taps * COLUMNS;
    let most = (CACHED / panel).max(1) * COLUMNS;
    let shared = geometry.small[0] / parallel::shares();
    let at_a_time = (WEIGHTS / taps).min(shared).max(1).next_multiple_of(ROWS);
    for first in (0..pixels).step_by(most) {
        let count = (pixels - first).min(most);
        scratch::with(count.div_ceil(COLUMNS) * panel, |columns| {
            parallel::rows(columns, panel, |i, panel| {
                gather(geometry, large, first + i * COLUMNS, panel);
            });
            parallel::rows(small, at_a_time * pixels, |block, planes| {
                let rows = planes.len() / pixels;
                let weight = &weight[block * at_a_time * taps..][..rows * taps];
                for at in (0..taps).step_by(LONGEST) {
                    for (i, panel) in columns.chunks_exact(panel).enumerate() {
                        let begin = i * COLUMNS;
                        let into = Into {
                            values: &mut planes[first + begin..],
                            stride: pixels,
                            rows,
                            columns: (count - begin).min(COLUMNS),
                            keep: at > 0,
                        };
                        let left = Left::Apart(&weight[at..], taps, 1);
                        let right = Right(&panel[at * COLUMNS..], COLUMNS);
                        tile_column((taps - at).min(LONGEST), left, right, into);
                    }
                }
            });
        });
    }
}

/// `[S, h, w]` and `[S, L, 4, 4]` -> `[L, H, W]`, which must be zero before.
pub fn up(geometry: &Geometry, small: &[f32], weight: &[f32], large: &mut [f32]) {
    let (taps, pixels) = (geometry.taps(), geometry.small_pixels());
    let channels = geometry.small[0];
    let blocks = pixels.div_ceil(ROWS);
    scratch::with(blocks * channels * ROWS, |packed| {
        // [pixels, S] in blocks of ROWS pixels
        parallel::rows(packed, TOGETHER * channels * ROWS, |part, packed| {
            let blocks = packed.len() / (channels * ROWS);
            for (s, plane) in small.chunks_exact(pixels).enumerate() {
                let plane = &plane[part * TOGETHER * ROWS..];
                let mut last = [0.0; TOGETHER * ROWS];
                let values = plane.first_chunk().unwrap_or_else(|| {
                    last[..plane.len()].copy_from_slice(plane);
                    &last
                });
                for (block, values) in values.as_chunks::<ROWS>().0[..blocks].iter().enumerate() {
                    packed[(block * channels + s) * ROWS..][..ROWS].copy_from_slice(values);
                }
            }
        });
        let [large_channels, height, width] = geometry.large;
        let [fewest, most] = LINES;
        let (at_a_time, lines) = match large_channels < CHANNELS {
            true => (1, (fewest..=most).rev().find(|lines| height.is_multiple_of(*lines))),
            false => (CHANNELS, None),
        };
        let lines = lines.unwrap_or(height);
        parallel::rows(large, at_a_time * lines * width, |part, planes| {
            let (channel, line) = (part * lines / height * at_a_time, part * lines % height);
            let [begin, end] = sources(geometry, line, lines).map(|y| y * geometry.small[2]);
            let (begin, end) = (begin / ROWS, end.div_ceil(ROWS));
            let length = planes.len() / (lines * width) * TAPS;
            scratch::with((pixels.min(end * ROWS) - begin * ROWS) * length, |columns| {
                let packed = &packed[begin * channels * ROWS..end * channels * ROWS];
                columns_of(channels, &weight[channel * TAPS..], taps, packed, columns, length);
                for (i, plane) in planes.chunks_exact_mut(lines * width).enumerate() {
                    scatter(geometry, &columns[i * TAPS..], length, begin * ROWS, line, plane);
                }
            });
        });
    });
}

/// The lines of `small`, from one to another, of which values are added to these lines of `large`.
fn sources(geometry: &Geometry, line: usize, lines: usize) -> [usize; 2] {
    let first = (line + 1).saturating_sub(SIDE - 1).div_ceil(geometry.stride);
    [first, geometry.small[1].min((line + lines) / geometry.stride + 1)]
}

/// Of `length` rows of the columns, transposed: `[h·w, length]`.
fn columns_of(
    channels: usize,
    weight: &[f32],
    taps: usize,
    packed: &[f32],
    columns: &mut [f32],
    length: usize,
) {
    let pixels = columns.len() / length;
    // With few pixels the weights are used as they lie; with more it pays to lay them out.
    let as_they_lie = pixels <= 2 * ROWS;
    let most = if as_they_lie { STREAMS } else { LONGEST / 2 };
    for at in (0..channels).step_by(most) {
        let terms = (channels - at).min(most);
        let rows = if as_they_lie { 0 } else { terms };
        // A little apart, as panels that begin a power of two behind each other would fight for the same places in the cache.
        let panel = (terms + APART) * COLUMNS;
        scratch::with(if as_they_lie { 0 } else { panel * length / COLUMNS }, |laid| {
            for (s, row) in weight[at * taps..].chunks(taps).take(rows).enumerate() {
                for (j, part) in row[..length].chunks_exact(COLUMNS).enumerate() {
                    laid[j * panel + s * COLUMNS..][..COLUMNS].copy_from_slice(part);
                }
            }
            for j in (0..length).step_by(COLUMNS) {
                let right = match as_they_lie {
                    true => Right(&weight[at * taps + j..], taps),
                    false => Right(&laid[j / COLUMNS * panel..], COLUMNS),
                };
                let into = Into {
                    values: &mut columns[j..],
                    stride: length,
                    rows: pixels,
                    columns: COLUMNS,
                    keep: at > 0,
                };
                let left = Left::Packed(&packed[at * ROWS..], channels * ROWS);
                tile_column(terms, left, right, into);
            }
        });
    }
}

/// `[L, H, W]` and `[S, h, w]` -> `[S, L, 4, 4]`; where `keep`, it is added to what is there.
pub fn weight_gradient(
    geometry: &Geometry,
    large: &[f32],
    small: &[f32],
    weight: &mut [f32],
    keep: bool,
) {
    let (taps, pixels) = (geometry.taps(), geometry.small_pixels());
    let most = (CACHED / taps).max(LONGEST);
    for first in (0..pixels).step_by(most) {
        let terms = (pixels - first).min(most);
        scratch::with(terms * taps, |columns| {
            parallel::rows(columns, terms * COLUMNS, |i, panel| {
                gather_transposed(geometry, large, first, i * COLUMNS, panel);
            });
            parallel::rows(weight, ROWS * taps, |block, weight| {
                let rows = weight.len() / taps;
                let small = &small[block * ROWS * pixels..][..rows * pixels];
                for (i, panel) in columns.chunks_exact(terms * COLUMNS).enumerate() {
                    for (part, panel) in panel.chunks(LONGEST * COLUMNS).enumerate() {
                        let into = Into {
                            values: &mut weight[i * COLUMNS..],
                            stride: taps,
                            rows,
                            columns: COLUMNS,
                            keep: keep || first + part > 0,
                        };
                        let left = &small[first + part * LONGEST..];
                        let left = Left::Apart(left, pixels, 1);
                        let terms = panel.len() / COLUMNS;
                        tile_column(terms, left, Right(panel, COLUMNS), into);
                    }
                }
            });
        });
    }
}

/// Where the kernel's first row or column lies in the padded picture, for a position in `small`.
fn corner(geometry: &Geometry, pixel: usize) -> [usize; 2] {
    let width = geometry.small[2];
    [pixel / width * geometry.stride, pixel % width * geometry.stride]
}

/// A panel of the columns from pixel `first` on: `[16·L, COLUMNS]`. Zero over the padding and behind the last pixel.
fn gather(geometry: &Geometry, large: &[f32], first: usize, panel: &mut [f32]) {
    let [_, height, width] = geometry.large;
    let [_, _, small_width] = geometry.small;
    let planes = large.chunks_exact(height * width);
    let planes = planes.zip(panel.chunks_exact_mut(TAPS * COLUMNS));
    if first % small_width + COLUMNS <= small_width {
        let [y, x] = corner(geometry, first);
        for (plane, columns) in planes {
            for (u, columns) in columns.chunks_exact_mut(SIDE * COLUMNS).enumerate() {
                let line = (y + u).checked_sub(1).and_then(|y| plane.chunks_exact(width).nth(y));
                match geometry.stride {
                    1 => gather_row::<1>(line, x, columns),
                    _ => gather_row::<2>(line, x, columns),
                }
            }
        }
        return;
    }
    let inside = |at: usize, side: usize| at.checked_sub(1).filter(|at| *at < side);
    // Where each tap of each column lies in a plane of `large`; behind its end where it lies over the padding.
    let mut places = [[usize::MAX; COLUMNS]; TAPS];
    for j in 0..COLUMNS.min(geometry.small_pixels() - first) {
        let [y, x] = corner(geometry, first + j);
        for (tap, places) in places.iter_mut().enumerate() {
            let place = inside(y + tap / SIDE, height).zip(inside(x + tap % SIDE, width));
            places[j] = place.map_or(usize::MAX, |(y, x)| y * width + x);
        }
    }
    for (plane, columns) in planes {
        for (columns, places) in columns.chunks_exact_mut(COLUMNS).zip(&places) {
            for (to, place) in columns.iter_mut().zip(places) {
                *to = plane.get(*place).copied().unwrap_or(0.0);
            }
        }
    }
}

/// Of columns that lie side by side, the taps of one row of the kernel, from column `x` of the padded line on: `[4, COLUMNS]`.
fn gather_row<const STRIDE: usize>(line: Option<&[f32]>, x: usize, to: &mut [f32]) {
    let Some(line) = line else { return to.fill(0.0) };
    let from = &line[x.max(1) - 1..];
    let mut edge;
    let values: &[f32; 2 * COLUMNS + 2] = match from.first_chunk() {
        Some(values) if x > 0 => values,
        _ => {
            edge = [0.0; _];
            let to = edge.iter_mut().skip(usize::from(x == 0));
            to.zip(from).for_each(|(to, value)| *to = *value);
            &edge
        }
    };
    for (tap, to) in to.as_chunks_mut::<COLUMNS>().0.iter_mut().enumerate() {
        *to = std::array::from_fn(|j| values[j * STRIDE + tap]);
    }
}

/// A panel of the transposed columns: from pixel `first` and row `row` of the columns on, `[pixels, COLUMNS]`.
fn gather_transposed(
    geometry: &Geometry,
    large: &[f32],
    first: usize,
    row: usize,
    panel: &mut [f32],
) {
    let [_, height, width] = geometry.large;
    let plane = &large[row / TAPS * height * width..][..height * width];
    for (i, values) in panel.chunks_exact_mut(COLUMNS).enumerate() {
        let [y, x] = corner(geometry, first + i);
        for (line, values) in values.chunks_exact_mut(SIDE).enumerate() {
            values.fill(0.0);
            let u = row % TAPS / SIDE + line;
            let Some(y) = (y + u).checked_sub(1).filter(|y| *y < height) else {
                continue;
            };
            let (skipped, from) = (usize::from(x == 0), (x.max(1)) - 1);
            let source = &plane[y * width..][from..width.min(x + SIDE - 1)];
            values[skipped..][..source.len()].copy_from_slice(source);
        }
    }
}

/// Adds the columns of one channel, from pixel `first` on, `[pixels, 16]` and `step` values from one pixel to the next, to
/// lines of its plane from `line` on.
fn scatter(
    geometry: &Geometry,
    columns: &[f32],
    step: usize,
    first: usize,
    line: usize,
    lines: &mut [f32],
) {
    let width = geometry.large[2];
    for (pixel, column) in columns.chunks(step).enumerate() {
        let [y, x] = corner(geometry, first + pixel);
        for (u, values) in column[..TAPS].chunks_exact(SIDE).enumerate() {
            let Some(y) = (y + u).checked_sub(1 + line).filter(|y| *y < lines.len() / width) else {
                continue;
            };
            let line = &mut lines[y * width..][..width];
            if let Some(target) = x.checked_sub(1).and_then(|x| line[x..].first_chunk_mut::<SIDE>())
            {
                target.iter_mut().zip(values).for_each(|(to, value)| *to += value);
                continue;
            }
            let (skipped, from) = (usize::from(x == 0), x.max(1) - 1);
            let target = &mut line[from..width.min(x + SIDE - 1)];
            target.iter_mut().zip(&values[skipped..]).for_each(|(to, value)| *to += value);
        }
    }
}
