//! What eight bits cost: the same sketch through a generator and through what an 8-bit file holds of it.

use burn::tensor::{Device, Tensor, TensorData};

use super::format::{Dtype, Format};
use super::load::load;
use super::save::{Contents, write};
use crate::device;
use crate::error::Result;
use crate::model::{Generator, GeneratorConfig, Mode};

/// The peak signal-to-noise ratio, in dB, of a generator's output after 8 bits of `format` against its output now: 30 is
/// hardly seen, below it the picture is another. Infinite where nothing changes.
///
/// # Errors
/// `weights/incompatible`: `format` has no 8 bits, or can't hold this generator. `weights/nan`. `device/lost`.
///
/// ```
/// use burn::tensor::Device;
/// use pix2pix_web::model::GeneratorConfig;
/// use pix2pix_web::weights::{Format, eight_bit_fidelity};
///
/// let config = GeneratorConfig { ngf: 2, depth: 5, ..Default::default() };
/// let generator = config.init(&Device::flex(), 7);
/// let db = pollster::block_on(eight_bit_fidelity(&generator, &config, Format::Ours))?;
/// assert!(db > 30.0);
/// # Ok::<(), pix2pix_web::Error>(())
/// ```
pub async fn eight_bit_fidelity(
    generator: &Generator,
    config: &GeneratorConfig,
    format: Format,
) -> Result<f64> {
    let contents = Contents::of_generator(generator, config);
    let mut file = Vec::new();
    write(contents, format, Dtype::Q8, &mut |piece| file.extend(piece)).await?;
    let device = generator.named_parameters()[0].values.device();
    let input = sketch(config, &device);
    let coded = load(&file, &device, &mut |_, _| ())?.generator;
    drop(file);
    let exact = device::values(generator.forward(input.clone(), Mode::default())).await?;
    let coded = device::values(coded.forward(input, Mode::default())).await?;
    Ok(psnr(&exact, &coded))
}

/// A drawing like those that generators get: black lines on white, a circle and a cross. `[1, in, S, S]` in [-1, 1].
fn sketch(config: &GeneratorConfig, device: &Device) -> Tensor<4> {
    let size = config.size();
    let line = |x: usize, y: usize| {
        let at = |i: usize| (i as f64 + 0.5) / size as f64 - 0.5;
        let (x, y) = (at(x), at(y));
        let width = 1.0 / size as f64;
        let near = |distance: f64| distance.abs() <= width;
        near(x.hypot(y) - 0.35) || near(x - y) && x.abs() < 0.2 || near(x + y) && x.abs() < 0.2
    };
    let plane = (0..size * size).map(|i| if line(i % size, i / size) { -1.0 } else { 1.0 });
    let plane: Vec<f32> = plane.collect();
    let shape = [1, config.in_channels, size, size];
    Tensor::from_data(TensorData::new(plane.repeat(config.in_channels), shape), device)
}

/// In dB, of values in [-1, 1].
fn psnr(a: &[f32], b: &[f32]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2));
    let error = squares.sum::<f64>() / a.len() as f64;
    10.0 * (4.0 / error).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn psnr_is_that_of_the_definition() {
        // A difference of a tenth of the range everywhere is 20 dB.
        assert!((psnr(&[0.0, 0.5], &[0.2, 0.3]) - 20.0).abs() < 1e-5);
        assert_eq!(psnr(&[0.5], &[0.5]), f64::INFINITY);
    }

    #[test]
    fn the_sketch_has_lines_on_white() {
        let config = GeneratorConfig { depth: 6, in_channels: 2, ..Default::default() };
        let values = pollster::block_on(device::values(sketch(&config, &Device::flex()))).unwrap();
        assert_eq!(values.len(), 2 * 64 * 64);
        assert!(values[..64 * 64] == values[64 * 64..]);
        let black = values.iter().filter(|value| **value < 0.0).count();
        assert!((200..2000).contains(&black), "{black}");
    }
}
