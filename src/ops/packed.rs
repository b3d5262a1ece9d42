//! Weights of convolutions in fewer bits: a GPU reads half of the bytes, or a quarter, and makes them again as it reads. Layers
//! of few pixels take as long as their weights take to be read.

use burn::backend::Dispatch;
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use half::f16;

use super::{Direction, Operations};
use pix2pix_kernels::shape::Geometry;

/// How weights are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Packing {
    /// float16, two in a word.
    Half,
    /// Places in a book of 256 values, four in a word.
    Code,
}

/// The weights of a convolution on a GPU, packed.
#[derive(Debug, Clone)]
pub struct PackedWeights {
    words: Tensor<1, Int>,
    packing: Packing,
    /// `[S, L, 4, 4]`
    shape: [usize; 4],
}

impl PackedWeights {
    /// Whether this device convolves by packed weights: the CPU has its own form of them.
    pub fn fit(device: &Device) -> bool {
        #[cfg(any(feature = "webgpu", feature = "wgpu", feature = "cuda"))]
        return super::gpu::packs(&Tensor::zeros([1], device));
        #[cfg(not(any(feature = "webgpu", feature = "wgpu", feature = "cuda")))]
        {
            let _ = device;
            false
        }
    }

    /// Weights `[S, L, 4, 4]` as the nearest halves, which none of them may be beyond; and what they are then.
    ///
    /// # Panics
    /// If there are not as many values as the shape has.
    pub fn halves(values: &[f32], shape: [usize; 4], device: &Device) -> (Self, Vec<f32>) {
        let halves: Vec<f16> = values.iter().map(|value| f16::from_f32(*value)).collect();
        let pairs = halves.as_chunks().0.iter();
        let words = pairs.map(|two: &[f16; 2]| word(two.map(|half| half.to_bits().to_le_bytes())));
        let packed = Self::new(words.collect(), Packing::Half, shape, device);
        (packed, halves.into_iter().map(f16::to_f32).collect())
    }

    /// Weights `[S, L, 4, 4]` as places in a book; and what they are then.
    ///
    /// # Panics
    /// If there are not as many codes as the shape has values.
    pub fn codes(
        book: &[f32; 256],
        codes: &[u8],
        shape: [usize; 4],
        device: &Device,
    ) -> (Self, Vec<f32>) {
        let codes_of = codes.as_chunks().0.iter().map(|four: &[u8; 4]| u32::from_le_bytes(*four));
        let words = book.iter().map(|value| value.to_bits()).chain(codes_of).collect();
        let values = codes.iter().map(|code| book[usize::from(*code)]).collect();
        (Self::new(words, Packing::Code, shape, device), values)
    }

    fn new(words: Vec<u32>, packing: Packing, shape: [usize; 4], device: &Device) -> Self {
        let count: usize = shape.iter().product();
        let expected = match packing {
            Packing::Half => count / 2,
            Packing::Code => 256 + count / 4,
        };
        assert_eq!(words.len(), expected, "as many words as {shape:?} takes");
        let words = TensorData::new(words, [expected]);
        let words = Tensor::from_data(words, (device, DType::U32));
        Self { words, packing, shape }
    }

    /// [`super::down`] or [`super::up`].
    ///
    /// # Panics
    /// If the input has other channels, or is on a device that packed weights do not fit.
    pub fn convolve(&self, x: Tensor<4>, stride: usize, direction: Direction) -> Tensor<4> {
        let geometry = Geometry::of_input(x.dims(), self.shape, stride, direction);
        let (x, words) = (x.into_dispatch(), self.words.clone().into_dispatch());
        let output = Dispatch::convolve_packed(x, words, self.packing, geometry, direction);
        Tensor::from_dispatch(output)
    }
}

fn word(halves: [[u8; 2]; 2]) -> u32 {
    let [[a, b], [c, d]] = halves;
    u32::from_le_bytes([a, b, c, d])
}
