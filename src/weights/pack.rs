//! A generator's kernels in fewer bits, for a GPU that translates by them again and again.

use burn::tensor::{Device, Tensor};
use half::f16;

use super::format::Dtype;
use super::quantise::{CODES, Census, CodeBook};
use crate::device::values;
use crate::error::Result;
use crate::model::{Generator, LayerSpec, Part};
use crate::ops::{self, Direction, PackedWeights};
use crate::random::Random;

/// Pixels on a side of what an outer layer is tried on.
const SIDE: usize = 16;

/// What became of the kernels.
pub(crate) enum Packed {
    Kernels {
        dtype: Dtype,
        /// In the order of the layers.
        weights: Vec<PackedWeights>,
    },
    Left {
        /// A phrase for a person.
        why: String,
    },
}

impl Packed {
    pub fn left(why: impl Into<String>) -> Self {
        Self::Left { why: why.into() }
    }
}

impl Default for Packed {
    fn default() -> Self {
        Self::left("no other form was asked for")
    }
}

/// Packs the kernels of a generator with these layers; in 8 bits they are places in one book of 256 values.
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
) -> Result<Packed> {
    if dtype == Dtype::F32 {
        return Ok(Packed::default());
    }
    if !PackedWeights::fit(device) {
        return Ok(Packed::left("this device multiplies by a form of its own"));
    }
    let kernels = kernels(generator, layers);
    if kernels.len() < layers.len() {
        return Ok(Packed::left("those of separable convolutions are read once a picture"));
    }
    let book = match dtype {
        Dtype::Q8 => Some(code_book(&kernels).await?),
        _ => None,
    };
    let depth = layers.len() / 2;
    let tried = [(0, SIDE), (depth - 1, 2), (depth, 1), (2 * depth - 1, SIDE)];
    let mut weights = Vec::with_capacity(kernels.len());
    for (i, kernel) in kernels.iter().enumerate() {
        let layer = kernel.spec.name;
        let values = values(kernel.values.clone()).await?;
        if let Some(value) = values.iter().find(|value| value.abs() > f16::MAX.to_f32()) {
            return Ok(Packed::left(format!(
                "a weight of {layer} is {value}, more than 16 bits hold"
            )));
        }
        let (packed, stand_for) = kernel.pack(&values, book.as_ref(), device);
        let tried = tried.iter().find(|(which, _)| *which == i);
        if let Some((_, side)) = tried
            && !kernel.is_right(&packed, &stand_for, *side, device).await?
        {
            let dtype = dtype.name();
            let why = format!("by {dtype} this adapter's sums in {layer} are not the CPU's");
            return Ok(Packed::left(why));
        }
        weights.push(packed);
    }
    Ok(Packed::Kernels { dtype, weights })
}

/// The kernels of a layer that is no separable one.
struct Kernel<'a> {
    spec: &'a LayerSpec,
    direction: Direction,
    stride: usize,
    /// `[S, L, 4, 4]`
    shape: [usize; 4],
    values: Tensor<1>,
}

fn kernels<'a>(generator: &Generator, layers: &'a [LayerSpec]) -> Vec<Kernel<'a>> {
    let parameters = generator.named_parameters();
    let kernel = |spec: &'a LayerSpec| {
        let parameter = parameters.iter().find(|p| p.name == spec.name.part(Part::Weight))?;
        let (direction, stride) = spec.conv.product()?;
        let shape = parameter.shape[..].try_into().ok()?;
        Some(Kernel { spec, direction, stride, shape, values: parameter.values.clone() })
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
    fn pack(
        &self,
        values: &[f32],
        book: Option<&CodeBook>,
        device: &Device,
    ) -> (PackedWeights, Vec<f32>) {
        let Some(book) = book else {
            return PackedWeights::halves(values, self.shape, device);
        };
        let codes = match self.direction {
            Direction::Down => values.iter().map(|value| book.code(*value)).collect(),
            Direction::Up => book.balanced(values, &self.shape, [2, 3]),
        };
        let table: [f32; CODES] = book.table().try_into().expect("a table of all codes");
        PackedWeights::codes(&table, &codes, self.shape, device)
    }

    /// Whether the device's sums of a picture so wide are the CPU's.
    async fn is_right(
        &self,
        packed: &PackedWeights,
        stand_for: &[f32],
        side: usize,
        device: &Device,
    ) -> Result<bool> {
        let &Self { direction, stride, .. } = self;
        let channels = self.spec.channels[0];
        let mut random = Random::new(7);
        let x: Vec<f32> =
            (0..channels * side * side).map(|_| random.normal_pair()[0] as f32).collect();
        let picture = |device: &Device| {
            Tensor::<1>::from_floats(&x[..], device).reshape([1, channels, side, side])
        };
        let cpu = Device::flex();
        let on_cpu = |picture, weight| match direction {
            Direction::Down => ops::down(picture, weight, stride),
            Direction::Up => ops::up(picture, weight, stride),
        };
        let weight = Tensor::<1>::from_floats(stand_for, &cpu).reshape(self.shape);
        let squares = on_cpu(picture(&cpu).square(), weight.clone().square());
        let expected = values(on_cpu(picture(&cpu), weight)).await?;
        let found = values(packed.convolve(picture(device), stride, direction)).await?;
        Ok(agree(&found, &expected, &values(squares).await?, 16 * channels))
    }
}

/// Whether these are the same sums of so many terms but for their roundings. Two sums of n terms differ by at most 4 √n roundings
/// of the root of the sum of their squares, in practice, and by a few more of a product.
fn agree(found: &[f32], expected: &[f32], squares: &[f32], terms: usize) -> bool {
    let roundings = 4.0 * (terms as f64).sqrt() + 16.0;
    let is_same = |((a, b), square): ((&f32, &f32), &f32)| {
        f64::from(a - b).abs() <= roundings * f64::from(f32::EPSILON) * f64::from(*square).sqrt()
    };
    found.len() == expected.len() && found.iter().zip(expected).zip(squares).all(is_same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_gpu_gets_wrong_is_seen() {
        // The terms of the last cancel each other.
        let (expected, squares) = ([1.0, 2.0e-6, 0.25e-6], [2.0, 8.0e-12, 4.0]);
        let agrees = |found: &[f32]| agree(found, &expected, &squares, 48);
        assert!(agrees(&expected));
        assert!(agrees(&[1.000001, 2.0e-6, -1.5e-6]));
        // Values that were swapped, a small one taken for zero, and one that is no number.
        for wrong in [[2.0e-6, 1.0, 0.0], [1.0, 0.0, 0.25e-6], [f32::NAN, 2.0e-6, 0.25e-6]] {
            assert!(!agrees(&wrong), "{wrong:?}");
        }
        assert!(!agrees(&expected[..2]));
        assert!(!agree(&[f32::INFINITY], &[f32::INFINITY], &[f32::INFINITY], 48));
    }
}
