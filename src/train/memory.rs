//! How much memory a training takes, told before it begins.

use super::options::TrainOptions;
use crate::device::Kind;
use crate::model::{DiscriminatorConfig, GeneratorConfig, LayerSize};

/// Bytes of a number.
const F32: f64 = 4.0;
/// A weight that learns has a gradient and two moments beside it.
const BESIDE: f64 = 3.0;
/// How often what a layer gives is held until the backward pass: as it leaves the convolution, the norm, the
/// activation and the concatenation. Counted by the allocator on the CPU; a test holds the sum against it.
const GENERATOR_COPIES: f64 = 4.0;
/// Of each of two passes.
const DISCRIMINATOR_COPIES: f64 = 5.0;
/// Pictures that are held: input, target, output, and their concatenations.
const PICTURES: f64 = 3.0;

/// The pools of a GPU hold pages for reuse: measured at ngf 16 and 32.
const POOLS: f64 = 1.8;

/// About how many bytes a training holds at its peak on this kind of device, its weights among them.
pub fn training_memory(
    kind: Kind,
    generator: &GeneratorConfig,
    discriminator: &DiscriminatorConfig,
    options: &TrainOptions,
) -> u64 {
    let size = generator.size();
    let sizes = generator.layer_sizes();
    let learning = sizes.iter().filter(|layer| options.learns(generator, &layer.name));
    let mut weights = parameters(&sizes) + BESIDE * parameters(learning);
    let mut picture = PICTURES * (3 * size * size) as f64 + GENERATOR_COPIES * outputs(&sizes);
    if !options.generator_only {
        let sizes = discriminator.layer_sizes(size);
        weights += (1.0 + BESIDE) * parameters(&sizes);
        picture += DISCRIMINATOR_COPIES * outputs(&sizes);
    }
    let pools = match kind {
        Kind::Cpu => 1.0,
        _ => POOLS,
    };
    (pools * F32 * (weights + options.batch_size as f64 * picture)) as u64
}

fn parameters<'a>(layers: impl IntoIterator<Item = &'a LayerSize>) -> f64 {
    layers.into_iter().map(|layer| layer.parameters as f64).sum()
}

fn outputs(layers: &[LayerSize]) -> f64 {
    layers.iter().map(|layer| layer.outputs as f64).sum()
}
