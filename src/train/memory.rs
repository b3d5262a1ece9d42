//! How much memory a training takes, told before it begins.

use super::options::TrainOptions;
use crate::device::Kind;
use crate::error::Result;
use crate::model::{DiscriminatorConfig, GeneratorConfig, LayerSize};

/// Bytes of a float.
const F32: f64 = 4.0;
/// A weight that learns has two moments and a gradient; on the CPU each gradient is allocated as its layer's activation
/// is freed, so that gradients do not raise the peak.
const MOMENTS: f64 = 2.0;
const GRADIENT: f64 = 1.0;
/// On the CPU, the rows of a convolution's im2col matrix (see [`crate::ops`]): 96 rows of a quarter of the pixels in the
/// discriminator's first layer, 16 rows for each of ngf channels of a sixteenth of the pixels in the others.
const FIRST_ROWS: usize = 96;
const ROWS: usize = 16;
/// Copies of a layer's output that are held until the backward pass: behind the convolution, the activation, and where it is
/// joined with another. Counted by the allocator on the CPU; a test compares the sum with it.
const GENERATOR_COPIES: f64 = 3.0;
/// Copies of what lies between the halves of a separable convolution, of one layer at a time, on a GPU: it, its gradient, the
/// picture in its border and the gradient of that, by count of the operations and not by measurement. The CPU writes the
/// gradient over it, picture by picture.
const GPU_MIDDLE_COPIES: f64 = 4.0;
/// Of each of two passes.
const DISCRIMINATOR_COPIES: f64 = 5.0;
/// Pictures that are held: input, target, output, and their concatenations.
const PICTURES: f64 = 3.0;

/// The pools of a GPU hold pages for reuse: measured at ngf 16 and 32.
pub const POOLS: f64 = 1.3;

/// About how many bytes a training holds at its peak on this kind of device, its weights among them.
///
/// # Errors
/// `image/size`, as [`TrainOptions::crop_size`].
pub fn training_memory(
    kind: Kind,
    generator: &GeneratorConfig,
    discriminator: &DiscriminatorConfig,
    options: &TrainOptions,
) -> Result<u64> {
    let size = options.crop_size(generator.size())?;
    // What the layers make of larger squares is more in proportion.
    let squares = (size / generator.size()).pow(2) as f64;
    let sizes = generator.layer_sizes();
    let learning = sizes.iter().filter(|layer| options.learns(generator, layer.name));
    let beside = match kind {
        Kind::Cpu => MOMENTS,
        _ => MOMENTS + GRADIENT,
    };
    let averages = if options.average.is_some() { 1.0 } else { 0.0 };
    let mut weights = (1.0 + averages) * parameters(&sizes) + beside * parameters(learning);
    let activations = sizes.iter().map(|layer| layer.activation as f64).sum::<f64>();
    let mut picture = PICTURES * (3 * size * size) as f64
        + squares * (GENERATOR_COPIES * outputs(&sizes) + activations);
    if !options.generator_only {
        let sizes = discriminator.layer_sizes(size);
        weights += (1.0 + beside) * parameters(&sizes);
        picture += DISCRIMINATOR_COPIES * outputs(&sizes);
    }
    let pictures = options.batch_size as f64 * picture;
    let middle = sizes.iter().map(|layer| layer.middle).max().unwrap_or_default() as f64 * squares;
    let floats = match kind {
        Kind::Cpu => {
            let pixels = size * size;
            let columns = (FIRST_ROWS * pixels / 4).max(ROWS * generator.ngf * pixels / 16);
            // Of one layer at a time, of either network.
            weights + pictures + (columns as f64).max(middle)
        }
        _ => {
            let middle = GPU_MIDDLE_COPIES * options.batch_size as f64 * middle;
            POOLS * (weights + pictures + middle)
        }
    };
    Ok((F32 * floats) as u64)
}

/// Bytes of the largest tensor of a training with these options.
///
/// # Errors
/// `image/size`, as [`TrainOptions::crop_size`].
pub fn largest_tensor(
    generator: &GeneratorConfig,
    discriminator: &DiscriminatorConfig,
    options: &TrainOptions,
) -> Result<u64> {
    let size = options.crop_size(generator.size())?;
    let squares = (size / generator.size()).pow(2);
    let largest = |layers: &[LayerSize]| layers.iter().map(LayerSize::largest).max().unwrap_or(0);
    let mut floats = squares * largest(&generator.layer_sizes());
    if !options.generator_only {
        // Real and fake pairs in one pass.
        floats = floats.max(2 * largest(&discriminator.layer_sizes(size)));
    }
    Ok(F32 as u64 * (options.batch_size * floats) as u64)
}

fn parameters<'a>(layers: impl IntoIterator<Item = &'a LayerSize>) -> f64 {
    layers.into_iter().map(|layer| layer.parameters as f64).sum()
}

fn outputs(layers: &[LayerSize]) -> f64 {
    layers.iter().map(|layer| layer.outputs as f64).sum()
}
