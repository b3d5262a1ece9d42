//! A generator's kernels in fewer bits, for a GPU that translates by them again and again.

use burn::tensor::{Device, Tensor};

use super::format::Dtype;
use super::quantise::{CODES, Census, CodeBook};
use crate::device::values;
use crate::error::Result;
use crate::model::{Conv, Generator, LayerSpec, Part};
use crate::ops::{self, Direction, PackedWeights};
use crate::random::Random;

/// Pixels on a side of what an outer layer is tried on.
const SIDE: usize = 16;

/// The kernels in the order of the layers, or why they are left as they are: a phrase for a person. In 8 bits they are places in
/// a book of 256 values, as in a file of ours.
///
/// One layer of many pixels and one of few, each way, is computed as the device will do it, and on the CPU by the values that the
/// packed ones stand for: a device whose sums are others is not trusted with them.
///
/// # Errors
/// `device/lost`.
pub(crate) async fn pack(
    generator: &Generator,
    layers: &[LayerSpec],
    dtype: Dtype,
    device: &Device,
) -> Result<std::result::Result<Vec<PackedWeights>, String>> {
    let kernels = kernels(generator, layers);
    if dtype == Dtype::F32 {
        return Ok(Err("no other form was asked for".into()));
    }
    if !PackedWeights::fit(device) {
        return Ok(Err("the CPU multiplies by a form of its own".into()));
    }
    if kernels.len() < layers.len() {
        return Ok(Err("those of separable convolutions are read once a picture".into()));
    }
    let book = match dtype {
        Dtype::Q8 => Some(code_book(&kernels).await?),
        _ => None,
    };
    let depth = layers.len() / 2;
    let tried = [(0, SIDE), (depth - 1, 2), (depth, 1), (2 * depth - 1, SIDE)];
    let mut all = Vec::with_capacity(kernels.len());
    for (i, kernel) in kernels.iter().enumerate() {
        let (packed, stand_for) = kernel.pack(book.as_ref(), device).await?;
        let tried = tried.iter().find(|(which, _)| *which == i);
        if let Some((_, side)) = tried
            && !kernel.is_right(&packed, &stand_for, *side, device).await?
        {
            let (dtype, layer) = (dtype.name(), kernel.spec.name);
            return Ok(Err(format!("by {dtype} this adapter's sums in {layer} are not the CPU's")));
        }
        all.push(packed);
    }
    Ok(Ok(all))
}

/// The kernels of a layer that is no separable one.
struct Kernel<'a> {
    spec: &'a LayerSpec,
    /// `[S, L, 4, 4]`
    shape: [usize; 4],
    values: Tensor<1>,
}

fn kernels<'a>(generator: &Generator, layers: &'a [LayerSpec]) -> Vec<Kernel<'a>> {
    let parameters = generator.named_parameters();
    let kernel = |spec: &'a LayerSpec| {
        let parameter = parameters.iter().find(|p| p.name == spec.name.part(Part::Weight))?;
        let shape = parameter.shape[..].try_into().ok()?;
        Some(Kernel { spec, shape, values: parameter.values.clone() })
    };
    layers.iter().filter_map(kernel).collect()
}

/// Of all kernels together.
async fn code_book(kernels: &[Kernel<'_>]) -> Result<CodeBook> {
    let mut census = Census::new();
    for kernel in kernels {
        values(kernel.values.clone()).await?.into_iter().for_each(|value| census.add(value));
    }
    Ok(census.code_book())
}

impl Kernel<'_> {
    /// Packed, and what the packed ones stand for.
    async fn pack(
        &self,
        book: Option<&CodeBook>,
        device: &Device,
    ) -> Result<(PackedWeights, Vec<f32>)> {
        let values = values(self.values.clone()).await?;
        let Some(book) = book else {
            return Ok(PackedWeights::halves(&values, self.shape, device));
        };
        let codes = match self.spec.conv {
            Conv::Up => book.balanced(&values, &self.shape, [2, 3]),
            _ => values.into_iter().map(|value| book.code(value)).collect(),
        };
        let table: [f32; CODES] = book.table().try_into().expect("a table of all codes");
        Ok(PackedWeights::codes(&table, &codes, self.shape, device))
    }

    /// Whether the device's sums of a picture so wide are the CPU's.
    async fn is_right(
        &self,
        packed: &PackedWeights,
        stand_for: &[f32],
        side: usize,
        device: &Device,
    ) -> Result<bool> {
        let (direction, stride) = match self.spec.conv {
            Conv::Down { stride } => (Direction::Down, stride),
            _ => (Direction::Up, 2),
        };
        let channels = self.spec.channels[0];
        let mut random = Random::new(7);
        let x: Vec<f32> =
            (0..channels * side * side).map(|_| random.normal_pair()[0] as f32).collect();
        let picture = |device: &Device| {
            Tensor::<1>::from_floats(&x[..], device).reshape([1, channels, side, side])
        };
        let cpu = Device::flex();
        let weight = Tensor::<1>::from_floats(stand_for, &cpu).reshape(self.shape);
        let expected = match direction {
            Direction::Down => ops::down(picture(&cpu), weight, stride),
            Direction::Up => ops::up(picture(&cpu), weight, stride),
        };
        let expected = values(expected).await?;
        let found = values(packed.convolve(picture(device), stride, direction)).await?;
        Ok(agree(&found, &expected, 16 * channels))
    }
}

/// Whether these are the same sums of so many terms but for their roundings: 4 √n of them are not exceeded in practice, on both
/// sides together, and a product may take a few more.
fn agree(found: &[f32], expected: &[f32], terms: usize) -> bool {
    let squares: f64 = expected.iter().map(|value| f64::from(*value).powi(2)).sum();
    let scale = (squares / expected.len() as f64).sqrt();
    let room = (4.0 * (terms as f64).sqrt() + 16.0) * f64::from(f32::EPSILON) * scale;
    let mut pairs = found.iter().zip(expected);
    found.len() == expected.len() && pairs.all(|(a, b)| f64::from(a - b).abs() <= room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_gpu_gets_wrong_is_seen() {
        let expected = [1.0, -0.5, 2.0, 0.25];
        assert!(agree(&expected, &expected, 48));
        assert!(agree(&[1.000001, -0.5, 2.0, 0.25], &expected, 48));
        // Halves that were swapped, a subnormal taken for zero, a sum that is none.
        for wrong in [[-0.5, 1.0, 2.0, 0.25], [1.0, -0.5, 2.0, 0.2499], [1.0, f32::NAN, 2.0, 0.25]]
        {
            assert!(!agree(&wrong, &expected, 48), "{wrong:?}");
        }
        assert!(!agree(&expected[..3], &expected, 48));
        assert!(!agree(&[f32::INFINITY; 4], &[f32::INFINITY; 4], 48));
    }
}
