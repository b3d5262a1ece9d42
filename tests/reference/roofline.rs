//! What a picture and a training step cost at the least: of each operation its launches, the bytes that it reads and writes once,
//! its additions and multiplications, and how long they take a card of 4 TFLOP/s and 200 GB/s that does nothing else.

use pix2pix_web::model::{Conv, DiscriminatorConfig, GeneratorConfig, LayerSpec, Norm};

/// Additions and multiplications a second, and bytes.
const CARD: [f64; 2] = [4e12, 2e11];
const F32: f64 = 4.0;

/// One operation, or several of one kind.
#[derive(Debug, Clone)]
pub struct Cost {
    pub what: String,
    pub bytes: f64,
    pub flops: f64,
}

impl Cost {
    fn new(what: impl Into<String>, elements: usize, flops: usize) -> Self {
        Self { what: what.into(), bytes: F32 * elements as f64, flops: flops as f64 }
    }

    /// Seconds at the least.
    pub fn roofline(&self) -> f64 {
        (self.flops / CARD[0]).max(self.bytes / CARD[1])
    }
}

/// What a convolution or its gradients compute of two of input, weights and output: the third.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Product {
    Output,
    OfInput,
    OfWeight,
}

/// A layer and what lies before and behind its convolution, in elements.
#[derive(Debug, Clone, Copy)]
pub struct Sized {
    pub spec: LayerSpec,
    pub batch: usize,
    /// Of the input.
    pub side: usize,
}

impl Sized {
    /// `[B, C, H, W]`
    pub fn input(&self) -> [usize; 4] {
        [self.batch, self.spec.channels[0], self.side, self.side]
    }

    /// `[S, L, 4, 4]`, as `ops::down` and `ops::up` take it.
    pub fn weight(&self) -> [usize; 4] {
        let [c_in, c_out] = self.spec.channels;
        match self.spec.conv {
            Conv::Up => [c_in, c_out, 4, 4],
            _ => [c_out, c_in, 4, 4],
        }
    }

    fn output_elements(&self) -> usize {
        self.batch * self.spec.channels[1] * self.spec.conv.output_side(self.side).pow(2)
    }

    pub fn cost(&self, product: Product) -> Cost {
        let Self { spec, batch, side } = *self;
        let [c_in, c_out] = spec.channels;
        let small = if spec.conv == Conv::Up { side } else { spec.conv.output_side(side) };
        let elements = |shape: [usize; 4]| shape.iter().product::<usize>();
        let moved = elements(self.input()) + elements(self.weight()) + self.output_elements();
        let flops = 2 * 16 * c_in * c_out * batch * small * small;
        let what = match product {
            Product::Output => "",
            Product::OfInput => ", gradient of the input",
            Product::OfWeight => ", gradient of the weights",
        };
        Cost::new(format!("{}{what}", spec.name), moved, flops)
    }
}

/// The layers of the generator for one picture, and those of the discriminator for so many pairs.
pub fn layers(ngf: usize, pairs: usize) -> [Vec<Sized>; 2] {
    let generator = GeneratorConfig { ngf, ..Default::default() };
    let discriminator = DiscriminatorConfig::beside(&generator, ngf);
    [(1, generator.layers()), (pairs, discriminator.layers())].map(|(batch, specs)| {
        let mut side = generator.size();
        let sized = specs.into_iter().map(|spec| {
            let sized = Sized { spec, batch, side };
            side = spec.conv.output_side(side);
            sized
        });
        sized.collect()
    })
}

/// All but the convolutions of some layers, by kind. A normalisation reads its input once and writes as much, in eight
/// additions and multiplications of an element: two sums, the differences, their squares, and the line. Its gradient reads two and
/// writes one, in as many. Activations are read and written once in both directions.
fn elementwise(layers: &[Sized]) -> [Cost; 4] {
    let normalized = layers.iter().filter(|layer| layer.spec.norm != Norm::None);
    let normalized: usize = normalized.map(Sized::output_elements).sum();
    let active = layers.iter().filter(|layer| layer.spec.activation.is_some());
    let active: usize = active.map(|layer| layer.input().iter().product::<usize>()).sum();
    [
        Cost::new("normalisation", 2 * normalized, 8 * normalized),
        Cost::new("activations and skips", 2 * active, active),
        Cost::new("gradients of normalisation", 3 * normalized, 8 * normalized),
        Cost::new("gradients of activations and skips", 3 * active, active),
    ]
}

/// Adam's updates of both networks: it reads weights, gradients and both moments, and writes all but the gradients.
fn adam(ngf: usize) -> Cost {
    let weights =
        layers(ngf, 2).iter().flatten().map(|layer| layer.spec.kernel_elements()).sum::<usize>();
    Cost::new("Adam", 7 * weights, 12 * weights)
}

/// The convolutions of a picture, and those of a step with a batch of one: both networks forward, the discriminator's gradients
/// of a real and a fake pair, the gradient of the fake one through it, and the generator's.
pub fn convolutions(ngf: usize) -> [Vec<(Sized, Product)>; 2] {
    use Product::*;
    let of = |layers: &[Sized], product| {
        layers.iter().map(|layer| (*layer, product)).collect::<Vec<_>>()
    };
    let [generator, judged] = layers(ngf, 2);
    let [_, pushed] = layers(ngf, 1);
    let picture = of(&generator, Output);
    let step = [
        picture.clone(),
        of(&judged, Output),
        of(&judged, OfWeight),
        of(&judged[1..], OfInput),
        of(&pushed, OfInput),
        of(&generator, OfWeight),
        of(&generator[1..], OfInput),
    ];
    [picture, step.concat()]
}

/// What of a picture and of a step is no convolution.
pub fn others(ngf: usize) -> [Vec<Cost>; 2] {
    let [generator, discriminator] = layers(ngf, 2);
    let both = [generator.clone(), discriminator].concat();
    let of_step = elementwise(&both).into_iter().chain([adam(ngf)]);
    [elementwise(&generator)[..2].to_vec(), of_step.collect()]
}

/// The table's columns behind the launches: megabytes, GFLOP, and microseconds at the least.
pub fn columns(cost: &Cost) -> String {
    let (megabytes, gflop) = (cost.bytes / 1e6, cost.flops / 1e9);
    format!("{megabytes:.2} | {gflop:.3} | {:.1}", cost.roofline() * 1e6)
}

/// Additions and multiplications of some operations, and the least time of one after the other.
pub fn sum(costs: &[Cost]) -> [f64; 2] {
    [costs.iter().map(|cost| cost.flops).sum(), costs.iter().map(Cost::roofline).sum()]
}
