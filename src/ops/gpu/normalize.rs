//! Batch normalisation on a GPU, and its gradient. A channel of few elements is one workgroup's, in one launch. One of many
//! is cut into parts: a launch sums up each part, and another puts the sums together and writes the output.
//!
//! A variance is of differences from a mean, not of squares, and those of parts are put together by what their means differ
//! (Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance"): a channel far from zero keeps its digits.

use burn::backend::TensorMetadata;
use cubecl::prelude::*;

use super::launch::{Float, buffer, contiguous, empty_beside, over, two_beside, workgroups};
use super::sum::{THREADS, of_threads, threads, threads_for};

/// Elements of a part at the most, and of a channel that is not cut.
const PART: usize = 1 << 12;

/// The sizes of `[B, C, H·W]`, whose pictures are normalised in groups, and how their channels are cut.
#[derive(Clone, Copy)]
struct Planes {
    groups: usize,
    /// Of one group.
    pictures: usize,
    channels: usize,
    pixels: usize,
}

impl Planes {
    fn of(x: &Float, groups: usize) -> Self {
        let [pictures, channels, height, width] = x.shape().dims();
        Self { groups, pictures: pictures / groups, channels, pixels: height * width }
    }

    /// Channels of all groups.
    fn all_channels(&self) -> usize {
        self.groups * self.channels
    }

    /// Elements of a channel of a group.
    fn count(&self) -> usize {
        self.pictures * self.pixels
    }

    /// Parts of all channels, each of one picture.
    fn all_parts(&self) -> usize {
        self.all_channels() * self.pictures * self.pixels.div_ceil(PART)
    }

    fn argument(&self) -> SizesLaunch {
        let parts = self.pixels.div_ceil(PART);
        SizesLaunch::new(
            self.groups as u32,
            self.pictures as u32,
            self.channels as u32,
            self.pixels as u32,
            parts as u32,
            self.pixels.div_ceil(parts) as u32,
        )
    }
}

#[derive(CubeType, CubeLaunch)]
struct Sizes {
    groups: u32,
    /// Of one group.
    pictures: u32,
    channels: u32,
    /// Of one picture.
    pixels: u32,
    /// Of a channel of one picture.
    parts: u32,
    /// Pixels of each part but the last.
    part: u32,
}

/// Elements that follow each other in memory.
#[derive(CubeType)]
struct Run {
    start: u32,
    end: u32,
}

/// The output, the mean and the biased variance.
pub fn forward(x: Float, gamma: Float, beta: Float, groups: usize, epsilon: f64) -> [Float; 3] {
    let [x, gamma, beta] = [x, gamma, beta].map(contiguous);
    let planes = Planes::of(&x, groups);
    let channels = planes.all_channels();
    let [mean, variance] = [(); 2].map(|_| empty_beside(&x, [channels]));
    let epsilon = epsilon as f32;
    if planes.count() <= PART {
        let threads = threads_for(planes.count());
        let (output, [x, into]) = over(x);
        // SAFETY: a workgroup stays within the planes of its channel, of which there are as many as the sizes say.
        unsafe {
            normalize::launch_unchecked(
                &output.client,
                workgroups(&output.client, channels),
                CubeDim::new_1d(threads),
                x,
                into,
                buffer(&gamma),
                buffer(&beta),
                buffer(&mean),
                buffer(&variance),
                planes.argument(),
                epsilon,
                threads,
            );
        }
        return [output, mean, variance];
    }
    let parts = planes.all_parts();
    let statistics = empty_beside(&x, [2 * parts]);
    // SAFETY: a workgroup stays within its part of a plane, and writes two numbers of its own.
    unsafe {
        statistics_of_parts::launch_unchecked(
            &x.client,
            workgroups(&x.client, parts),
            threads(),
            buffer(&x),
            buffer(&statistics),
            planes.argument(),
        );
    }
    let (output, [x, into]) = over(x);
    // SAFETY: as above; the first part of each channel writes its mean and variance.
    unsafe {
        normalize_parts::launch_unchecked(
            &output.client,
            workgroups(&output.client, parts),
            threads(),
            x,
            into,
            buffer(&gamma),
            buffer(&beta),
            buffer(&statistics),
            buffer(&mean),
            buffer(&variance),
            planes.argument(),
            epsilon,
        );
    }
    [output, mean, variance]
}

/// The gradients of the input, gamma and beta.
pub fn backward(
    x: Float,
    gradient: Float,
    gamma: Float,
    [mean, variance]: [Float; 2],
    groups: usize,
    epsilon: f64,
) -> [Float; 3] {
    let [x, gradient, gamma, mean, variance] = [x, gradient, gamma, mean, variance].map(contiguous);
    let planes = Planes::of(&x, groups);
    let Planes { channels, .. } = planes;
    // One buffer for both gradients: with two there would be one more than WebGPU's default limits allow.
    let (vectors, beta_at, [of_gamma, of_beta]) = two_beside(&x, channels);
    let epsilon = epsilon as f32;
    if planes.count() <= PART {
        let threads = threads_for(planes.count());
        let (output, [gradient, into]) = over(gradient);
        // SAFETY: a workgroup stays within the planes of its channel, of which there are as many as the sizes say.
        unsafe {
            normalize_backward::launch_unchecked(
                &output.client,
                workgroups(&output.client, channels),
                CubeDim::new_1d(threads),
                gradient,
                into,
                buffer(&x),
                buffer(&gamma),
                buffer(&mean),
                buffer(&variance),
                vectors,
                beta_at,
                planes.argument(),
                epsilon,
                threads,
            );
        }
        return [output, of_gamma, of_beta];
    }
    let parts = planes.all_parts();
    let sums = empty_beside(&x, [4 * parts]);
    // SAFETY: a workgroup stays within its part of a plane, and writes four numbers of its own.
    unsafe {
        sums_of_parts::launch_unchecked(
            &x.client,
            workgroups(&x.client, parts),
            threads(),
            buffer(&x),
            buffer(&gradient),
            buffer(&mean),
            buffer(&variance),
            buffer(&sums),
            planes.argument(),
            epsilon,
        );
    }
    let (output, [gradient, into]) = over(gradient);
    // SAFETY: as above; the first part of each channel writes the gradients of gamma and beta.
    unsafe {
        normalize_parts_backward::launch_unchecked(
            &output.client,
            workgroups(&output.client, parts),
            threads(),
            gradient,
            into,
            buffer(&x),
            buffer(&gamma),
            buffer(&sums),
            vectors,
            beta_at,
            planes.argument(),
        );
    }
    [output, of_gamma, of_beta]
}

/// A workgroup for each channel of each group.
#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn normalize(
    x: &[f32],
    output: &mut [f32],
    gamma: &[f32],
    beta: &[f32],
    means: &mut [f32],
    variances: &mut [f32],
    sizes: &Sizes,
    epsilon: f32,
    #[comptime] threads: u32,
) {
    let which = CUBE_POS as u32;
    if which < sizes.groups * sizes.channels {
        let (group, channel) = (which / sizes.channels, which % sizes.channels);
        let count = f32::cast_from(sizes.pictures * sizes.pixels);
        let mut sum = 0.0f32;
        for picture in 0..sizes.pictures {
            sum += sum_of_run(x, &plane(group, picture, channel, sizes), threads);
        }
        let mean = of_threads(sum, threads) / count;
        let mut squares = 0.0f32;
        for picture in 0..sizes.pictures {
            squares += squares_of_run(x, mean, &plane(group, picture, channel, sizes), threads);
        }
        let variance = of_threads(squares, threads) / count;
        let line = line_of(gamma, beta, channel, mean, variance, epsilon);
        for picture in 0..sizes.pictures {
            write_run(x, output, &line, &plane(group, picture, channel, sizes), threads);
        }
        write_statistics(means, variances, which, mean, variance);
    }
}

/// A workgroup for each part: its mean, and the sum of the squares of the differences from it.
#[cube(launch_unchecked)]
fn statistics_of_parts(x: &[f32], statistics: &mut [f32], sizes: &Sizes) {
    let part = CUBE_POS as u32;
    if part < sizes.groups * sizes.channels * sizes.pictures * sizes.parts {
        let run = run_of_part(part, sizes);
        let mean = of_threads(sum_of_run(x, &run, THREADS), THREADS) / length(&run);
        let squares = of_threads(squares_of_run(x, mean, &run, THREADS), THREADS);
        if UNIT_POS == 0 {
            statistics[2 * part as usize] = mean;
            statistics[2 * part as usize + 1] = squares;
        }
    }
}

/// A workgroup for each part, which puts the statistics of its channel together first.
#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn normalize_parts(
    x: &[f32],
    output: &mut [f32],
    gamma: &[f32],
    beta: &[f32],
    statistics: &[f32],
    means: &mut [f32],
    variances: &mut [f32],
    sizes: &Sizes,
    epsilon: f32,
) {
    let part = CUBE_POS as u32;
    let parts = sizes.pictures * sizes.parts;
    if part < sizes.groups * sizes.channels * parts {
        let (which, channel) = (part / parts, part / parts % sizes.channels);
        let (first, end) = (which * parts, (which + 1) * parts);
        let count = f32::cast_from(sizes.pictures * sizes.pixels);
        let mut sum = 0.0f32;
        let mut i = first + UNIT_POS;
        while i < end {
            sum += length(&run_of_part(i, sizes)) * statistics[2 * i as usize];
            i += THREADS;
        }
        let mean = of_threads(sum, THREADS) / count;
        let mut squares = 0.0f32;
        i = first + UNIT_POS;
        while i < end {
            let difference = statistics[2 * i as usize] - mean;
            let between = length(&run_of_part(i, sizes)) * difference * difference;
            squares += statistics[2 * i as usize + 1] + between;
            i += THREADS;
        }
        let variance = of_threads(squares, THREADS) / count;
        let line = line_of(gamma, beta, channel, mean, variance, epsilon);
        write_run(x, output, &line, &run_of_part(part, sizes), THREADS);
        if part == first {
            write_statistics(means, variances, which, mean, variance);
        }
    }
}

/// A workgroup for each channel.
#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn normalize_backward(
    gradient: &[f32],
    output: &mut [f32],
    x: &[f32],
    gamma: &[f32],
    means: &[f32],
    variances: &[f32],
    vectors: &mut [f32],
    beta_at: u32,
    sizes: &Sizes,
    epsilon: f32,
    #[comptime] threads: u32,
) {
    let channel = CUBE_POS as u32;
    if channel < sizes.channels {
        let mut all_of_gamma = 0.0f32;
        let mut all_of_beta = 0.0f32;
        for group in 0..sizes.groups {
            let which = (group * sizes.channels + channel) as usize;
            let mean = means[which];
            let inverse = 1.0 / (variances[which] + epsilon).sqrt();
            let mut of_gamma = 0.0f32;
            let mut of_beta = 0.0f32;
            for picture in 0..sizes.pictures {
                let run = plane(group, picture, channel, sizes);
                of_gamma += products_of_run(x, gradient, mean, inverse, &run, threads);
                of_beta += sum_of_run(gradient, &run, threads);
            }
            let of_gamma = of_threads(of_gamma, threads);
            let of_beta = of_threads(of_beta, threads);
            let line = line_back(gamma, channel, mean, inverse, of_gamma, of_beta, sizes);
            for picture in 0..sizes.pictures {
                let run = plane(group, picture, channel, sizes);
                write_gradients(x, gradient, output, &line, &run, threads);
            }
            all_of_gamma += of_gamma;
            all_of_beta += of_beta;
        }
        write_vectors(vectors, beta_at, channel, all_of_gamma, all_of_beta);
    }
}

/// A workgroup for each part: its terms of the gradients of gamma and beta, and what its channel was normalised by.
#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn sums_of_parts(
    x: &[f32],
    gradient: &[f32],
    means: &[f32],
    variances: &[f32],
    sums: &mut [f32],
    sizes: &Sizes,
    epsilon: f32,
) {
    let part = CUBE_POS as u32;
    let parts = sizes.pictures * sizes.parts;
    if part < sizes.groups * sizes.channels * parts {
        let run = run_of_part(part, sizes);
        let which = (part / parts) as usize;
        let mean = means[which];
        let inverse = 1.0 / (variances[which] + epsilon).sqrt();
        let of_gamma = products_of_run(x, gradient, mean, inverse, &run, THREADS);
        let of_gamma = of_threads(of_gamma, THREADS);
        let of_beta = of_threads(sum_of_run(gradient, &run, THREADS), THREADS);
        if UNIT_POS == 0 {
            let at = 4 * part as usize;
            sums[at] = of_gamma;
            sums[at + 1] = of_beta;
            sums[at + 2] = mean;
            sums[at + 3] = inverse;
        }
    }
}

/// A workgroup for each part, which adds up the terms of its channel first.
#[cube(launch_unchecked)]
#[allow(clippy::too_many_arguments)]
fn normalize_parts_backward(
    gradient: &[f32],
    output: &mut [f32],
    x: &[f32],
    gamma: &[f32],
    sums: &[f32],
    vectors: &mut [f32],
    beta_at: u32,
    sizes: &Sizes,
) {
    let part = CUBE_POS as u32;
    let parts = sizes.pictures * sizes.parts;
    if part < sizes.groups * sizes.channels * parts {
        let (which, channel) = (part / parts, part / parts % sizes.channels);
        let (first, end) = (which * parts, (which + 1) * parts);
        let mut of_gamma = of_threads(sum_of_terms(sums, 0u32, first, end), THREADS);
        let mut of_beta = of_threads(sum_of_terms(sums, 1u32, first, end), THREADS);
        let (mean, inverse) = (sums[4 * part as usize + 2], sums[4 * part as usize + 3]);
        let line = line_back(gamma, channel, mean, inverse, of_gamma, of_beta, sizes);
        write_gradients(x, gradient, output, &line, &run_of_part(part, sizes), THREADS);
        // The first part of a channel of the first group.
        if which < sizes.channels && part == first {
            for group in 1..sizes.groups {
                let first = (group * sizes.channels + channel) * parts;
                of_gamma += of_threads(sum_of_terms(sums, 0u32, first, first + parts), THREADS);
                of_beta += of_threads(sum_of_terms(sums, 1u32, first, first + parts), THREADS);
            }
            write_vectors(vectors, beta_at, channel, of_gamma, of_beta);
        }
    }
}

/// This thread's share of the sum of one of the four numbers of some parts.
#[cube]
fn sum_of_terms(sums: &[f32], #[comptime] term: u32, first: u32, end: u32) -> f32 {
    let mut sum = 0.0f32;
    let mut i = first + UNIT_POS;
    while i < end {
        sum += sums[(4 * i + term) as usize];
        i += THREADS;
    }
    sum
}

/// A channel of one picture of a group.
#[cube]
fn plane(group: u32, picture: u32, channel: u32, sizes: &Sizes) -> Run {
    let picture = group * sizes.pictures + picture;
    let start = (picture * sizes.channels + channel) * sizes.pixels;
    Run { start, end: start + sizes.pixels }
}

/// The parts of a channel's pictures follow each other, then the channels, then the groups.
#[cube]
fn run_of_part(part: u32, sizes: &Sizes) -> Run {
    let (of_picture, picture) = (part % sizes.parts, part / sizes.parts % sizes.pictures);
    let which = part / (sizes.parts * sizes.pictures);
    let plane = plane(which / sizes.channels, picture, which % sizes.channels, sizes);
    let start = plane.start + of_picture * sizes.part;
    Run { start, end: min(start + sizes.part, plane.end) }
}

#[cube]
fn length(run: &Run) -> f32 {
    f32::cast_from(run.end - run.start)
}

/// This thread's share of the sum.
#[cube]
fn sum_of_run(x: &[f32], run: &Run, #[comptime] threads: u32) -> f32 {
    let mut sum = 0.0f32;
    let mut i = run.start + UNIT_POS;
    while i < run.end {
        sum += x[i as usize];
        i += threads;
    }
    sum
}

/// This thread's share of the squares of the differences from the mean.
#[cube]
fn squares_of_run(x: &[f32], mean: f32, run: &Run, #[comptime] threads: u32) -> f32 {
    let mut sum = 0.0f32;
    let mut i = run.start + UNIT_POS;
    while i < run.end {
        let difference = x[i as usize] - mean;
        sum += difference * difference;
        i += threads;
    }
    sum
}

/// This thread's share of the sum of the normalised values' products with the gradient.
#[cube]
fn products_of_run(
    x: &[f32],
    gradient: &[f32],
    mean: f32,
    inverse: f32,
    run: &Run,
    #[comptime] threads: u32,
) -> f32 {
    let mut sum = 0.0f32;
    let mut i = run.start + UNIT_POS;
    while i < run.end {
        sum += (x[i as usize] - mean) * inverse * gradient[i as usize];
        i += threads;
    }
    sum
}

/// What a channel is normalised by: `(x - mean) · scale + shift`.
#[derive(CubeType)]
struct Line {
    mean: f32,
    scale: f32,
    shift: f32,
}

#[cube]
fn line_of(
    gamma: &[f32],
    beta: &[f32],
    channel: u32,
    mean: f32,
    variance: f32,
    epsilon: f32,
) -> Line {
    let scale = gamma[channel as usize] / (variance + epsilon).sqrt();
    Line { mean, scale, shift: beta[channel as usize] }
}

#[cube]
fn write_run(x: &[f32], output: &mut [f32], line: &Line, run: &Run, #[comptime] threads: u32) {
    let mut i = run.start + UNIT_POS;
    while i < run.end {
        output[i as usize] = (x[i as usize] - line.mean) * line.scale + line.shift;
        i += threads;
    }
}

/// By one thread of the workgroup.
#[cube]
fn write_statistics(
    means: &mut [f32],
    variances: &mut [f32],
    which: u32,
    mean: f32,
    variance: f32,
) {
    if UNIT_POS == 0 {
        means[which as usize] = mean;
        variances[which as usize] = variance;
    }
}

/// What the gradient of a channel's input is made by: `scale · (gradient - level - (x - mean) · slope)`.
#[derive(CubeType)]
struct LineBack {
    mean: f32,
    scale: f32,
    level: f32,
    slope: f32,
}

#[cube]
fn line_back(
    gamma: &[f32],
    channel: u32,
    mean: f32,
    inverse: f32,
    of_gamma: f32,
    of_beta: f32,
    sizes: &Sizes,
) -> LineBack {
    let count = f32::cast_from(sizes.pictures * sizes.pixels);
    LineBack {
        mean,
        scale: gamma[channel as usize] * inverse,
        level: of_beta / count,
        slope: of_gamma / count * inverse,
    }
}

#[cube]
fn write_gradients(
    x: &[f32],
    gradient: &[f32],
    output: &mut [f32],
    line: &LineBack,
    run: &Run,
    #[comptime] threads: u32,
) {
    let mut i = run.start + UNIT_POS;
    while i < run.end {
        let centered = x[i as usize] - line.mean;
        output[i as usize] =
            line.scale * (gradient[i as usize] - line.level - centered * line.slope);
        i += threads;
    }
}

/// The gradients of gamma and beta, by one thread of the workgroup.
#[cube]
fn write_vectors(vectors: &mut [f32], beta_at: u32, channel: u32, of_gamma: f32, of_beta: f32) {
    if UNIT_POS == 0 {
        vectors[channel as usize] = of_gamma;
        vectors[(beta_at + channel) as usize] = of_beta;
    }
}
