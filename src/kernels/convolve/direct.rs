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

use crate::kernel::{COLUMNS, Into, LONGEST, Left, ROWS, Right, Steps, Terms, tile};
use crate::shape::{Geometry, SIDE, TAPS};
use crate::{parallel, scratch};

/// About as many values of the columns as the cache holds.
const CACHED: usize = 1 << 18;

/// Channels of `large` that one thread does at a time in `up`.
const CHANNELS: usize = 16;

/// Where there are fewer: the lines of one channel that it does at a time, at the least and at the most. What is computed
/// for the lines beside them is computed twice.
const LINES: [usize; 2] = [8, 32];

/// Rows of weights that are read side by side in `up`, as many as a processor reads ahead.
const STREAMS: usize = 16;

/// `[L, H, W]` and `[S, L, 4, 4]` -> `[S, h, w]`
pub fn down(geometry: &Geometry, large: &[f32], weight: &[f32], small: &mut [f32]) {
    let (taps, pixels) = (geometry.taps(), geometry.small_pixels());
    let panel = taps * COLUMNS;
    let most = (CACHED / panel).max(1) * COLUMNS;
    for first in (0..pixels).step_by(most) {
        let count = (pixels - first).min(most);
        scratch::with(count.div_ceil(COLUMNS) * panel, |columns| {
            parallel::rows(columns, panel, |i, panel| {
                gather(geometry, large, first + i * COLUMNS, panel);
            });
            parallel::rows(small, ROWS * pixels, |block, planes| {
                let rows = planes.len() / pixels;
                let weight = &weight[block * ROWS * taps..][..rows * taps];
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
                        let left = Left::Apart(&weight[at..], taps, Steps::of(1));
                        let right = Right(&panel[at * COLUMNS..], Steps::of(COLUMNS));
                        tile(Terms::run((taps - at).min(LONGEST)), left, right, into);
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
        parallel::rows(packed, channels * ROWS, |block, packed| {
            let first = block * ROWS;
            for (s, packed) in packed.chunks_exact_mut(ROWS).enumerate() {
                let plane = &small[s * pixels..][..pixels];
                packed.fill(0.0);
                let from = &plane[first..pixels.min(first + ROWS)];
                packed[..from.len()].copy_from_slice(from);
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
    let most = if as_they_lie { STREAMS } else { LONGEST / 4 };
    for at in (0..channels).step_by(most) {
        let terms = (channels - at).min(most);
        let rows = if as_they_lie { 0 } else { terms };
        scratch::with(rows * length, |laid| {
            for (s, row) in weight[at * taps..].chunks(taps).take(rows).enumerate() {
                for (j, part) in row[..length].chunks_exact(COLUMNS).enumerate() {
                    laid[(j * terms + s) * COLUMNS..][..COLUMNS].copy_from_slice(part);
                }
            }
            for j in (0..length).step_by(COLUMNS) {
                let right = match as_they_lie {
                    true => Right(&weight[at * taps + j..], Steps::of(taps)),
                    false => Right(&laid[j * terms..], Steps::of(COLUMNS)),
                };
                for (block, packed) in packed.chunks_exact(channels * ROWS).enumerate() {
                    let first = block * ROWS;
                    let into = Into {
                        values: &mut columns[first * length + j..],
                        stride: length,
                        rows: (pixels - first).min(ROWS),
                        columns: COLUMNS,
                        keep: at > 0,
                    };
                    let left = Left::Packed(&packed[at * ROWS..], Steps::of(ROWS));
                    tile(Terms::run(terms), left, right, into);
                }
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
                        let left = Left::Apart(left, pixels, Steps::of(1));
                        let terms = Terms::run(panel.len() / COLUMNS);
                        tile(terms, left, Right(panel, Steps::of(COLUMNS)), into);
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
    let planes = large.chunks_exact(height * width);
    for (plane, columns) in planes.zip(panel.chunks_exact_mut(TAPS * COLUMNS)) {
        for (columns, places) in columns.chunks_exact_mut(COLUMNS).zip(&places) {
            for (to, place) in columns.iter_mut().zip(places) {
                *to = plane.get(*place).copied().unwrap_or(0.0);
            }
        }
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
            let (skipped, from) = (usize::from(x == 0), (x.max(1)) - 1);
            let target = &mut lines[y * width..][from..width.min(x + SIDE - 1)];
            target.iter_mut().zip(&values[skipped..]).for_each(|(to, value)| *to += value);
        }
    }
}
