//! Convolutions of 4 x 4 on a GPU, as products of matrices that are gathered where they lie: no columns are written, and
//! nothing is laid out before.
//!
//! What is computed stands at `pix2pix_kernels::convolve`. Each is one launch, or two: where one tile of the product for each
//! workgroup would leave most of the card idle, several of them share the terms of one tile, and a second launch adds up
//! theirs. Layers of few pixels ([`few`]) and those with few channels ([`single`]) would leave most of a tile empty, and have
//! kernels of their own. Sums always go in the same order, so that equal inputs have equal outputs.

mod few;
mod groups;
mod picture;
mod product;
mod single;
mod stored;
mod weight;

use burn::backend::TensorMetadata;
use burn::tensor::{DType, Shape};
use cubecl::prelude::*;

use super::Float;
use few::Few;
use groups::UNITS;
use picture::{PicturesLaunch, Variant, Way};
use pix2pix_kernels::shape::{Geometry, SIDE, TAPS};
use product::{Cut, DEPTH, Extent, MOST_MEMORY, MOST_UNITS, Tile};
pub use stored::Weights;

/// Whether the operations here can take such a tensor: all of them are in float32, and of a GPU's size.
pub fn takes(x: &Float) -> bool {
    let hardware = &x.client.properties().hardware;
    x.dtype == DType::F32
        && hardware.max_units_per_cube as usize >= MOST_UNITS
        && hardware.max_shared_memory_size >= MOST_MEMORY
}

/// `[B, L, H, W]` and weights `[S, L, 4, 4]` -> `[B, S, h, w]`
pub fn down(large: Float, weights: Weights, geometry: Geometry) -> Float {
    let stored = weights.stored;
    if let Some(few) = Few::of(geometry) {
        let workgroups = geometry.small[0].div_ceil(few.small_channels());
        return apart(
            [large, weights.words],
            geometry.small_shape(),
            |client, [large, words], output| {
                // SAFETY: the kernel reads and writes within its tensors for any sizes.
                unsafe {
                    few::down::launch_unchecked(
                        client,
                        self::workgroups(client, workgroups),
                        CubeDim::new_1d(UNITS as u32),
                        words.into_buffer_arg(),
                        large.into_buffer_arg(),
                        output.into_buffer_arg(),
                        both_pictures(geometry),
                        geometry.batch * geometry.small_pixels(),
                        few,
                        stored,
                    );
                }
            },
        );
    }
    if geometry.small[0] <= single::MOST_CHANNELS {
        let [channels, height, width] = geometry.small;
        let workgroups = channels * single::workgroups_of_channel(geometry.batch, height, width);
        return apart(
            [large, weights.words],
            geometry.small_shape(),
            |client, [large, words], output| {
                // SAFETY: as above.
                unsafe {
                    single::down::launch_unchecked(
                        client,
                        self::workgroups(client, workgroups),
                        CubeDim::new_1d(UNITS as u32),
                        stored.row_words(),
                        vectors(words, stored.row_words()),
                        large.into_buffer_arg(),
                        output.into_buffer_arg(),
                        both_pictures(geometry),
                        geometry.batch,
                        geometry.stride,
                        stored,
                    );
                }
            },
        );
    }
    let Geometry { stride, large: [_, height, width], small: [_, rows, columns], .. } = geometry;
    let extent = [geometry.small[0], geometry.batch * geometry.small_pixels(), geometry.taps()];
    let pictures = PicturesLaunch::new(
        geometry.large[0],
        height,
        width,
        geometry.small[0],
        rows,
        columns,
        rows,
        columns,
    );
    convolve(large, weights, Way::Down { stride }, extent, pictures, geometry.small_shape())
}

/// `[B, S, h, w]` and weights `[S, L, 4, 4]` -> `[B, L, H, W]`
pub fn up(small: Float, weights: Weights, geometry: Geometry) -> Float {
    if let Some(few) = Few::of(geometry) {
        let workgroups = geometry.large[0].div_ceil(few.large_channels());
        let stored = weights.stored;
        return apart(
            [small, weights.words],
            geometry.large_shape(),
            |client, [small, words], output| {
                // SAFETY: the kernel reads and writes within its tensors for any sizes.
                unsafe {
                    few::up::launch_unchecked(
                        client,
                        self::workgroups(client, workgroups),
                        CubeDim::new_1d(UNITS as u32),
                        stored.row_words(),
                        vectors(words, stored.row_words()),
                        small.into_buffer_arg(),
                        output.into_buffer_arg(),
                        both_pictures(geometry),
                        geometry.batch * geometry.small_pixels(),
                        few,
                        stored,
                    );
                }
            },
        );
    }
    let [channels, height, width] = geometry.small;
    let [out_channels, out_height, out_width] = geometry.large;
    let (way, per_pixel, taps, [grid_height, grid_width]) = match geometry.stride {
        1 => (Way::Up, 1, TAPS, [out_height, out_width]),
        _ => (Way::UpCorners, 4, 4, [height + 1, width + 1]),
    };
    let columns = geometry.batch * grid_height * grid_width;
    let extent = [out_channels * per_pixel, columns, channels * taps];
    let pictures = PicturesLaunch::new(
        channels,
        height,
        width,
        out_channels,
        out_height,
        out_width,
        grid_height,
        grid_width,
    );
    convolve(small, weights, way, extent, pictures, geometry.large_shape())
}

/// `[B, L, H, W]` and `[B, S, h, w]`, one of them a gradient, -> `[S, L, 4, 4]`
pub fn weight_gradient(large: Float, small: Float, geometry: Geometry) -> Float {
    let ([large_channels, ..], [channels, height, width]) = (geometry.large, geometry.small);
    let shape = [channels, large_channels, SIDE, SIDE];
    if Few::of(geometry).is_some() {
        let threads = Few::gradient_threads(geometry);
        return apart([large, small], shape, |client, [large, small], output| {
            // SAFETY: the kernel reads and writes within its tensors for any sizes.
            unsafe {
                few::weight_gradient::launch_unchecked(
                    client,
                    workgroups(client, threads.div_ceil(UNITS)),
                    CubeDim::new_1d(UNITS as u32),
                    small.into_buffer_arg(),
                    large.into_buffer_arg(),
                    vectors(output, SIDE),
                    both_pictures(geometry),
                    geometry.batch * geometry.small_pixels(),
                    geometry.stride,
                );
            }
        });
    }
    if channels <= single::MOST_CHANNELS {
        return apart([large, small], shape, |client, [large, small], output| {
            // SAFETY: as above.
            unsafe {
                single::weight_gradient::launch_unchecked(
                    client,
                    workgroups(client, channels * large_channels),
                    CubeDim::new_1d(UNITS as u32),
                    small.into_buffer_arg(),
                    large.into_buffer_arg(),
                    output.into_buffer_arg(),
                    both_pictures(geometry),
                    geometry.batch,
                    geometry.stride,
                );
            }
        });
    }
    let extent = [channels, large_channels * TAPS, geometry.batch * height * width];
    let [large, small] = [large, small].map(contiguous);
    let client = large.client.clone();
    let cut = Cut::of(Tile::of_64_columns(channels), extent);
    let output = Output::new(&large, shape, cut.parts);
    // SAFETY: the kernel reads and writes within its tensors for any sizes.
    unsafe {
        weight::weight_gradient::launch_unchecked(
            &client,
            workgroups(&client, cut.workgroups()),
            CubeDim::new_1d(cut.tile.units() as u32),
            small.into_buffer_arg(),
            large.into_buffer_arg(),
            output.sums.clone().into_buffer_arg(),
            Extent::argument(cut, extent, output.length),
            both_pictures(geometry),
            cut.tile,
            geometry.stride,
        );
    }
    output.whole()
}

/// Of one launch that adds up nothing afterwards: `launch` is told where its output lies.
fn apart(
    inputs: [Float; 2],
    shape: [usize; 4],
    launch: impl FnOnce(&Client, [Float; 2], Float),
) -> Float {
    let inputs = inputs.map(contiguous);
    let client = inputs[0].client.clone();
    let output = empty(&inputs[0], Shape::new(shape));
    launch(&client, inputs, output.clone());
    output
}

fn both_pictures(geometry: Geometry) -> weight::PicturesLaunch {
    let ([channels, height, width], [small_channels, small_height, small_width]) =
        (geometry.large, geometry.small);
    weight::PicturesLaunch::new(channels, height, width, small_channels, small_height, small_width)
}

/// Kernels by their rows of taps, of `size` words each.
fn vectors(x: Float, size: usize) -> BufferArg {
    let count = x.shape().num_elements() / size;
    // SAFETY: as many vectors as the tensor has.
    unsafe { BufferArg::from_raw_parts(x.handle, count) }
}

fn convolve(
    input: Float,
    weights: Weights,
    way: Way,
    extent: [usize; 3],
    pictures: PicturesLaunch,
    shape: [usize; 4],
) -> Float {
    let Weights { words, stored } = weights;
    let [input, words] = [input, words].map(contiguous);
    let client = input.client.clone();
    let [rows, columns, terms] = extent;
    let cut = Cut::of(Tile::of(rows, columns), extent);
    let output = Output::new(&input, shape, cut.parts);
    // SAFETY: the kernel reads and writes within its tensors for any sizes.
    unsafe {
        picture::convolve::launch_unchecked(
            &client,
            workgroups(&client, cut.workgroups()),
            CubeDim::new_1d(cut.tile.units() as u32),
            words.into_buffer_arg(),
            input.into_buffer_arg(),
            output.sums.clone().into_buffer_arg(),
            Extent::argument(cut, extent, output.length),
            pictures,
            Variant { way, tile: cut.tile, whole: terms.is_multiple_of(DEPTH), stored },
        );
    }
    output.whole()
}

/// What a product is written to.
struct Output {
    /// The output, or the sums of each part one after the other.
    sums: Float,
    shape: [usize; 4],
    length: usize,
    parts: usize,
}

impl Output {
    /// On the device of `like`.
    fn new(like: &Float, shape: [usize; 4], parts: usize) -> Self {
        let length = shape.iter().product();
        let sums = match parts {
            1 => empty(like, Shape::new(shape)),
            _ => empty(like, Shape::new([parts * length])),
        };
        Self { sums, shape, length, parts }
    }

    fn whole(self) -> Float {
        const UNITS: usize = 128;
        let Self { sums, shape, length, parts } = self;
        if parts == 1 {
            return sums;
        }
        let output = empty(&sums, Shape::new(shape));
        let client = sums.client.clone();
        // SAFETY: the sums are `parts` times as long as the output.
        unsafe {
            product::add_parts::launch_unchecked(
                &client,
                workgroups(&client, length.div_ceil(UNITS)),
                CubeDim::new_1d(UNITS as u32),
                sums.into_buffer_arg(),
                output.clone().into_buffer_arg(),
                length,
                parts,
            );
        }
        output
    }
}

/// At least so many, in as many dimensions as the device needs for them.
fn workgroups(client: &Client, count: usize) -> CubeCount {
    cubecl::calculate_cube_count_elemwise(client, count, CubeDim::new_single())
}

fn empty(like: &Float, shape: Shape) -> Float {
    let handle = like.client.empty(shape.num_elements() * size_of::<f32>());
    Float::new_contiguous(like.client.clone(), like.device(), shape, handle, DType::F32)
}

/// Row by row without gaps, as the kernels read.
fn contiguous(x: Float) -> Float {
    if x.is_contiguous() {
        return x;
    }
    let (client, device) = (x.client.clone(), x.device());
    let copied =
        cubecl::std::tensor::into_contiguous(&client, x.binding(), f32::elem_type_native());
    Float::new(client, copied.handle, *copied.metadata, device, DType::F32)
}
