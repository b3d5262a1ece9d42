//! How much memory a picture takes, told before it is made.

use crate::device::Kind;
use crate::image::Canvas;
use crate::model::{GeneratorConfig, LayerSize};
use crate::train::POOLS;

/// Bytes of a float.
const F32: f64 = 4.0;
/// Values for each pixel and each of ngf channels that the CPU's convolutions work with, which was measured: most of them are
/// what Winograd's transform makes of a picture.
const TRANSFORMED: f64 = 0.7;
/// Copies of what lies between the halves of a separable convolution: in its border, and behind the first half.
const MIDDLES: f64 = 2.0;
/// Planes of a whole picture beside its tiles: what is seen, and what is made.
const PLANES: f64 = 6.0;

/// Bytes that pictures larger than the network's square may take: of WebAssembly's 4 GiB half, as weights and the pictures of
/// the page are there too.
pub const MOST: u64 = if cfg!(target_arch = "wasm32") { 2 << 30 } else { 8 << 30 };

/// As many tiles are looked at together for the statistics of all.
pub const SAMPLE: usize = 8;

/// About how many bytes a picture on this canvas, whole or in tiles, holds at its peak on this kind of device, besides the
/// weights.
pub fn translation_memory(
    kind: Kind,
    config: &GeneratorConfig,
    canvas: Canvas,
    tiles: bool,
) -> u64 {
    let square = (config.size() * config.size()) as f64;
    let sizes = config.layer_sizes();
    let middle = sizes.iter().map(|layer| layer.middle).max().unwrap_or_default() as f64;
    let work = match kind {
        Kind::Cpu if middle == 0.0 => square * TRANSFORMED * config.ngf as f64,
        _ => MIDDLES * middle,
    };
    let layers = layers(config, &sizes);
    let squares = canvas.pixels() as f64 / square;
    let floats = match (tiles, kind) {
        // The CPU works on one picture of a batch after the other.
        (true, Kind::Cpu) => SAMPLE as f64 * layers + work,
        (true, _) => SAMPLE as f64 * (layers + work),
        (false, _) => squares * (layers + work),
    };
    let floats = if kind == Kind::Cpu { floats } else { POOLS * floats };
    let planes = if tiles { PLANES * canvas.pixels() as f64 } else { 0.0 };
    (F32 * (floats + planes)) as u64
}

/// Bytes of the largest tensor on the way to a picture on this canvas, whole or in tiles.
pub fn largest_tensor(config: &GeneratorConfig, canvas: Canvas, tiles: bool) -> u64 {
    let square = (config.size() * config.size()) as f64;
    let squares = if tiles { SAMPLE as f64 } else { canvas.pixels() as f64 / square };
    let largest = config.layer_sizes().iter().map(LayerSize::largest).max().unwrap_or_default();
    (F32 * squares * largest as f64) as u64
}

/// Values that are held at once of the network's square, on the way through the layers.
fn layers(config: &GeneratorConfig, sizes: &[LayerSize]) -> f64 {
    let outputs: Vec<f64> = sizes.iter().map(|layer| layer.outputs as f64).collect();
    let (down, up) = outputs.split_at(config.depth);
    let input = (config.in_channels * config.size() * config.size()) as f64;
    // Going down, the skips stay; a layer's output stands before and behind its norm.
    let (mut held, mut x, mut peak) = (input, 0.0, 0f64);
    for output in down {
        peak = peak.max(held + x + 2.0 * output);
        held += output;
        x = *output;
    }
    held -= x;
    // Going up, a skip is joined to what comes from below, and is held no longer.
    let skips = [0.0].into_iter().chain(down.iter().rev().skip(1).copied());
    for (output, skip) in up.iter().zip(skips) {
        held -= skip;
        let joined = x + skip;
        peak = peak.max(held + joined + joined.max(2.0 * output));
        x = *output;
    }
    peak
}
