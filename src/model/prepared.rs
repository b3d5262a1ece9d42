//! A generator whose weights are kept as its device multiplies by them, for one that translates again and again.

use burn::tensor::Tensor;

use super::block::{KeptKernel, Layer, Mode};
use super::name::LayerName;
use super::unet::Generator;
use crate::ops::{self, BatchStatistics, PackedWeights, TransformedWeights};

/// How many values a transformed weight is at the most, without those that fill up a layer of few channels.
const GROWTH: usize = 4;

/// A [`Generator`] that can't be changed: what is kept would be of the weights before.
#[derive(Debug)]
pub(crate) struct PreparedGenerator {
    generator: Generator,
    /// Height and width of the pictures.
    size: [usize; 2],
    /// Of each layer, in the order of the layers.
    kernels: Vec<Option<KeptKernel>>,
}

/// What each norm of a generator normalises by, in the order of the layers.
#[derive(Debug)]
pub(crate) struct LayerStatistics(Vec<Option<BatchStatistics>>);

impl Generator {
    /// The same network with as many layers prepared as take up to `most` bytes, those of the fewest weights first, for
    /// pictures of this height and width.
    pub(crate) fn prepare(&self, most: u64, size: [usize; 2]) -> PreparedGenerator {
        let layers: Vec<&Layer> = self.layers().collect();
        let mut kernels: Vec<_> = layers.iter().map(|_| None).collect();
        let mut left = most / size_of::<f32>() as u64;
        let count = |i: &usize| layers[*i].spec.kernel_elements();
        let mut fewest_first: Vec<usize> = (0..layers.len()).collect();
        fewest_first.sort_by_key(count);
        for i in fewest_first {
            if (count(&i) * GROWTH) as u64 <= left {
                let weights = transform(layers[i], size);
                left -= weights.as_ref().map_or(0, |weights| weights.len() as u64).min(left);
                kernels[i] = weights.map(KeptKernel::Transformed);
            }
        }
        PreparedGenerator { generator: self.clone(), size, kernels }
    }

    /// The same network by packed weights, one of each layer in their order, for pictures of this height and width.
    ///
    /// # Panics
    /// If there is not one for each layer.
    pub(crate) fn prepare_packed(
        &self,
        packed: &[PackedWeights],
        size: [usize; 2],
    ) -> PreparedGenerator {
        assert_eq!(packed.len(), self.layers().count(), "one packed kernel for each layer");
        let kept = |weights: &PackedWeights| Some(KeptKernel::Packed(weights.clone()));
        let kernels = packed.iter().map(kept).collect();
        PreparedGenerator { generator: self.clone(), size, kernels }
    }
}

impl PreparedGenerator {
    /// Height and width of the pictures that it is for.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// [`Generator::forward`], for pictures of its size.
    ///
    /// # Panics
    /// As [`Generator::forward`].
    pub fn forward(&self, x: Tensor<4>, mode: Mode) -> Tensor<4> {
        self.run(x, mode, |layer, x| {
            let x = layer.normalize(x, mode.statistics);
            layer.drop_out(x, mode.dropout)
        })
    }

    /// What the norms would take of these pictures together, in the order of the layers; none where there is no norm.
    pub fn statistics(&self, x: Tensor<4>, mode: Mode) -> LayerStatistics {
        let mut found = Vec::with_capacity(self.kernels.len());
        self.run(x, mode, |layer, x| {
            let (x, statistics) = match &layer.normalize {
                Some(normalize) => {
                    let (x, statistics) = normalize.forward_together(x);
                    (x, Some(statistics))
                }
                None => (x, None),
            };
            found.push(statistics);
            layer.drop_out(x, mode.dropout)
        });
        LayerStatistics(found)
    }

    /// [`PreparedGenerator::forward`] by the statistics of other pictures.
    pub fn forward_by(&self, x: Tensor<4>, statistics: &LayerStatistics, mode: Mode) -> Tensor<4> {
        let mut statistics = statistics.0.iter();
        self.run(x, mode, |layer, x| {
            let statistics = statistics.next().expect("there is one entry for each layer");
            let x = match (&layer.normalize, statistics) {
                (Some(normalize), Some(statistics)) => normalize.forward_by(x, statistics),
                _ => x,
            };
            layer.drop_out(x, mode.dropout)
        })
    }

    /// `behind`: what follows a layer's convolution.
    fn run(
        &self,
        x: Tensor<4>,
        mode: Mode,
        mut behind: impl FnMut(&Layer, Tensor<4>) -> Tensor<4>,
    ) -> Tensor<4> {
        let mut kernels = self.kernels.iter();
        let output = self.generator.wire(x, mode, |layer, x| {
            let kernel = kernels.next().expect("there is one entry for each layer");
            behind(layer, layer.convolve_by(kernel.as_ref(), x))
        });
        ops::tanh(output)
    }
}

/// Of a layer of a network for pictures of this height and width; none where its convolution is separable or of single pixels.
fn transform(layer: &Layer, size: [usize; 2]) -> Option<TransformedWeights> {
    let halvings = match layer.spec.name {
        LayerName::Encoder(number) => number - 1,
        LayerName::Decoder(number) => number,
        LayerName::Layer(_) => unreachable!("a generator has encoders and decoders"),
    };
    let [height, width] = size.map(|side| side >> halvings);
    let input = [1, layer.spec.channels[0], height, width];
    let (direction, stride) = layer.spec.conv.product()?;
    TransformedWeights::new(layer.weight()?, input, stride, direction)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};

    use super::super::{Convolution, GeneratorConfig, Norm};
    use super::*;

    fn transformed(prepared: &PreparedGenerator) -> Vec<LayerName> {
        let layers = prepared.generator.layers().zip(&prepared.kernels);
        layers.filter(|(_, kernel)| kernel.is_some()).map(|(layer, _)| layer.spec.name).collect()
    }

    /// To the bit: what is transformed beforehand is what is transformed on the way.
    #[test]
    fn a_prepared_generator_paints_the_same_picture() {
        let device = Device::flex();
        let config = GeneratorConfig { ngf: 9, depth: 7, bias: true, ..Default::default() };
        let generator = config.init(&device, 7);
        let mode = Mode { dropout: Some(3), ..Default::default() };
        for batch in [1, 2] {
            for size in [[128, 128], [256, 128]] {
                let [height, width] = size;
                let shape = [batch, 3, height, width];
                let x = Tensor::random(shape, Distribution::Uniform(-1., 1.), &device);
                let prepared = generator.prepare(u64::MAX, size);
                let [plain, prepared] =
                    [generator.forward(x.clone(), mode), prepared.forward(x, mode)];
                assert_eq!(plain.into_data(), prepared.into_data());
            }
        }
    }

    /// Of one picture alone, its own statistics are those of all.
    #[test]
    fn the_statistics_of_others_stand_in_for_ones_own() {
        let device = Device::flex();
        for norm in [Norm::Batch, Norm::Instance, Norm::None] {
            let bias = norm == Norm::None;
            let config = GeneratorConfig { ngf: 4, depth: 5, norm, bias, ..Default::default() };
            let generator = config.init(&device, 7).prepare(0, [32, 32]);
            let random = || Tensor::random([1, 3, 32, 32], Distribution::Uniform(-1., 1.), &device);
            let mode = Mode { dropout: Some(3), ..Default::default() };
            let (x, other): (Tensor<4>, Tensor<4>) = (random(), random());
            let own = generator.forward(x.clone(), mode);
            let by = |of: Tensor<4>| {
                let statistics = generator.statistics(of, mode);
                let output = generator.forward_by(x.clone(), &statistics, mode);
                (output - own.clone()).abs().max().into_scalar::<f32>()
            };
            // The same numbers in another order.
            assert!(by(x.clone()) < 1e-4, "{norm:?}");
            let both = Tensor::cat(vec![x.clone(), other], 0);
            assert_eq!(by(both) > 1e-4, norm != Norm::None, "{norm:?}");
        }
    }

    /// Each kernel is read once a picture, and nothing of it is worth keeping.
    #[test]
    fn separable_layers_are_left_as_they_are() {
        let device = Device::flex();
        let config = GeneratorConfig {
            ngf: 9,
            depth: 7,
            convolution: Convolution::Separable,
            ..Default::default()
        };
        let generator = config.init(&device, 7);
        let prepared = generator.prepare(u64::MAX, [128; 2]);
        assert_eq!(transformed(&prepared), []);
        let x = Tensor::random([1, 3, 128, 128], Distribution::Uniform(-1., 1.), &device);
        let pictures =
            [generator.forward(x.clone(), Mode::default()), prepared.forward(x, Mode::default())];
        let [plain, prepared] = pictures.map(|picture| picture.into_data());
        assert_eq!(plain, prepared);
    }

    #[test]
    fn as_many_layers_are_prepared_as_there_is_room_for() {
        use LayerName::{Decoder, Encoder};
        let config = GeneratorConfig { ngf: 8, ..Default::default() };
        let generator = config.init(&Device::flex(), 7);
        let prepare = |most| transformed(&generator.prepare(most, [256; 2]));
        let all = prepare(u64::MAX);
        assert!(all.starts_with(&[Encoder(2), Encoder(3)]), "{all:?}");
        assert!(all.ends_with(&[Decoder(3), Decoder(2)]), "{all:?}");
        // encoder_2 is of [16, 8] kernels, decoder_2 of [32, 8]: 64 values of 4 bytes each.
        let [encoder, decoder] = [16 * 8 * 64 * 4, 32 * 8 * 64 * 4];
        assert_eq!(prepare(encoder), [Encoder(2)]);
        assert_eq!(prepare(encoder + decoder), [Encoder(2), Decoder(2)]);
        assert_eq!(prepare(encoder - 1), []);
        assert_eq!(prepare(0), []);
    }
}
