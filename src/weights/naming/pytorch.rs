//! The names of pytorch-CycleGAN-and-pix2pix: `model.model.1.model.3.model.1.weight`. Each block of its U-Net holds the next
//! inner one, and its parts are numbered.
//!
//! ```text
//! outermost   0 down   1 BLOCK   2 relu   3 up   4 tanh
//! between     0 relu   1 down    2 norm   3 BLOCK   4 relu   5 up   6 norm   7 dropout, in three of them
//! innermost   0 relu   1 down    2 relu   3 up   4 norm
//! ```
//!
//! In the discriminator, `model.0.weight`, the layers are 0, 2, 5, 8 and 11, and their norms 3, 6 and 9; those of other
//! patches have as many fewer or more. The PixelGAN is `net.0.weight`, with the layers 0, 2 and 5.

use super::{KernelAxes, Naming, config_of_shapes};
use crate::error::Result;
use crate::model::{GeneratorConfig, LayerName, Layout, Network, Norm, ParameterName, Part, Patch};
use crate::weights::format::Format;
use crate::weights::tensors::Tensors;

/// The names of networks of a kind.
#[derive(Clone, Copy)]
pub struct PyTorch {
    depth: usize,
    /// The discriminator is its PixelDiscriminator, and not of its NLayerDiscriminator.
    is_pixel: bool,
}

/// As many depths as a generator may have, beside either discriminator.
static KINDS: [[PyTorch; 10]; 2] = [of_depths(false), of_depths(true)];

const fn of_depths(is_pixel: bool) -> [PyTorch; 10] {
    let mut kinds = [PyTorch { depth: 1, is_pixel }; 10];
    let mut i = 0;
    while i < kinds.len() {
        kinds[i].depth = i + 1;
        i += 1;
    }
    kinds
}

/// The number of layer `n` of a discriminator; its norm has the next one.
fn number(n: usize) -> usize {
    if n == 1 { 0 } else { 3 * n - 4 }
}

/// Of the paper's network, and so of a discriminator alone.
const USUAL_DEPTH: usize = 8;

/// Whether it is a tensor of a running statistic, which batch normalisation has and instance normalisation has not.
fn is_statistic(name: &str) -> bool {
    name.ends_with(".running_mean") || name.ends_with(".running_var")
}

impl PyTorch {
    /// The naming of a file, if it is this one.
    pub fn of(tensors: &Tensors) -> Option<&'static Self> {
        let has = |name: String| tensors.entries.contains_key(&name);
        let depth = (1..=KINDS[0].len())
            .take_while(|n| *n == 1 || has(format!("{}1.weight", block(*n))))
            .last()
            .filter(|_| has("model.model.0.weight".into()));
        let is_pixel = has("net.0.weight".into()) && has("net.5.weight".into());
        let mut lasts = (3..=Patch::MOST_LAYERS).map(|n| format!("model.{}.weight", number(n)));
        let discriminator = is_pixel || has("model.0.weight".into()) && lasts.any(has);
        let depth = depth.or(discriminator.then_some(USUAL_DEPTH))?;
        Some(Self::of_kind(depth, is_pixel))
    }

    /// The normalisation of a network of a file: batch normalisation has scales. Instance normalisation has none, but the
    /// convolutions before it have biases, and without a norm they have none. All but the last may have running
    /// statistics.
    fn norm(&self, tensors: &Tensors, network: Network) -> Norm {
        let has = |name: String| tensors.entries.contains_key(&name);
        // The outermost layers have no norm, and the innermost encoder has none.
        let normalized: Vec<_> = match network {
            Network::Generator => (2..self.depth)
                .map(LayerName::Encoder)
                .chain((2..=self.depth).map(LayerName::Decoder))
                .collect(),
            Network::Discriminator => {
                let start = self.discriminator();
                let is_layer = |n: &usize| has(format!("{start}{}.weight", number(*n)));
                let last = (1..=Patch::MOST_LAYERS).rev().find(is_layer).unwrap_or(1);
                (2..last).map(LayerName::Layer).collect()
            }
        };
        let any = |part| {
            let names = normalized.iter().filter_map(|layer| self.file_name(layer.part(part)));
            names.into_iter().any(has)
        };
        if any(Part::Gamma) {
            Norm::Batch
        } else if any(Part::Bias) {
            Norm::Instance
        } else {
            Norm::None
        }
    }

    /// The name of the counter beside a norm's scale: how many batches its running statistics are of.
    pub fn counter(scale: &str) -> String {
        scale.replace(".weight", ".num_batches_tracked")
    }

    /// # Panics
    /// If no generator may be so deep.
    pub fn of_kind(depth: usize, is_pixel: bool) -> &'static Self {
        &KINDS[usize::from(is_pixel)][depth - 1]
    }

    /// What the names of the discriminator's parts begin with.
    fn discriminator(&self) -> &'static str {
        if self.is_pixel { "net." } else { "model." }
    }
}

/// What the names of the parts of block `n` begin with, 1 being the outermost.
fn block(n: usize) -> String {
    let inner = match n {
        1 => String::new(),
        _ => format!("1.model.{}", "3.model.".repeat(n - 2)),
    };
    format!("model.model.{inner}")
}

impl Naming for PyTorch {
    fn format(&self) -> Format {
        Format::PyTorch
    }

    fn is_sign(&self, name: &str) -> bool {
        name.starts_with("model.")
    }

    fn file_name(&self, ParameterName { layer, part }: ParameterName) -> Option<String> {
        let is_norm = !matches!(part, Part::Weight | Part::Bias);
        let (start, number) = match layer {
            LayerName::Encoder(n) if n > self.depth => return None,
            LayerName::Encoder(1) => (block(1), 0),
            LayerName::Encoder(n) => (block(n), 1 + usize::from(is_norm)),
            LayerName::Decoder(n) if n > self.depth => return None,
            LayerName::Decoder(n) if n == 1 || n == self.depth => {
                (block(n), 3 + usize::from(is_norm))
            }
            LayerName::Decoder(n) => (block(n), 5 + usize::from(is_norm)),
            LayerName::Layer(n) => (self.discriminator().into(), number(n) + usize::from(is_norm)),
        };
        let part = match part {
            Part::Weight | Part::Gamma => "weight",
            Part::Bias | Part::Beta => "bias",
            Part::RunningMean => "running_mean",
            Part::RunningVariance => "running_var",
            _ => return None,
        };
        Some(format!("{start}{number}.{part}"))
    }

    fn always_has_biases(&self) -> bool {
        false
    }

    fn network(&self, name: &str) -> Option<Network> {
        if name.starts_with("model.model.") {
            Some(Network::Generator)
        } else if name.starts_with(self.discriminator()) {
            Some(Network::Discriminator)
        } else {
            None
        }
    }

    fn kernel_axes(&self) -> KernelAxes {
        KernelAxes::OURS
    }

    /// Counters; running statistics of a discriminator or of an instance normalisation, which nothing reads; and what an
    /// optimiser keeps, such as `optimizer_G.state.0.exp_avg`.
    fn is_extra(&self, name: &str) -> bool {
        let is_of_optimiser = || {
            let after = name.split("state.").nth(1);
            after.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        name.ends_with(".num_batches_tracked")
            || is_statistic(name)
            || (self.network(name).is_none() && is_of_optimiser())
    }

    fn discriminator_kind(&self, tensors: &Tensors) -> Option<(Layout, Norm)> {
        Some((Layout::PyTorch, self.norm(tensors, Network::Discriminator)))
    }

    fn skip_comes_first(&self, ParameterName { layer, part }: ParameterName) -> bool {
        part == Part::Weight && matches!(layer, LayerName::Decoder(n) if n < self.depth)
    }

    /// Its instance normalisation neither scales nor shifts.
    fn constant(&self, tensors: &Tensors, name: ParameterName) -> Option<f32> {
        match (self.norm(tensors, name.layer.network()), name.part) {
            (Norm::Instance, Part::Gamma) => Some(1.0),
            (Norm::Instance, Part::Beta) => Some(0.0),
            _ => None,
        }
    }

    fn config(&self, tensors: &Tensors) -> Result<GeneratorConfig> {
        let mut config = config_of_shapes(self, tensors)?;
        config.layout = Layout::PyTorch;
        config.norm = self.norm(tensors, Network::Generator);
        config.running_statistics = config.norm == Norm::Batch
            && tensors
                .entries
                .keys()
                .any(|name| is_statistic(name) && self.network(name) == Some(Network::Generator));
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(layer: LayerName, part: Part) -> String {
        PyTorch::of_kind(3, false).file_name(layer.part(part)).unwrap()
    }

    /// Written down from PyTorch's own `state_dict` of a U-Net of three blocks.
    #[test]
    fn each_part_has_its_number() {
        let [encoder, decoder, layer] = [LayerName::Encoder, LayerName::Decoder, LayerName::Layer]
            as [fn(usize) -> LayerName; 3];
        for (layer, part, expected) in [
            (encoder(1), Part::Weight, "model.model.0.weight"),
            (encoder(2), Part::Weight, "model.model.1.model.1.weight"),
            (encoder(2), Part::Gamma, "model.model.1.model.2.weight"),
            (encoder(2), Part::RunningVariance, "model.model.1.model.2.running_var"),
            (encoder(3), Part::Weight, "model.model.1.model.3.model.1.weight"),
            (decoder(3), Part::Weight, "model.model.1.model.3.model.3.weight"),
            (decoder(3), Part::Beta, "model.model.1.model.3.model.4.bias"),
            (decoder(2), Part::Weight, "model.model.1.model.5.weight"),
            (decoder(2), Part::RunningMean, "model.model.1.model.6.running_mean"),
            (decoder(1), Part::Weight, "model.model.3.weight"),
            (decoder(1), Part::Bias, "model.model.3.bias"),
            (layer(1), Part::Bias, "model.0.bias"),
            (layer(2), Part::Weight, "model.2.weight"),
            (layer(2), Part::Gamma, "model.3.weight"),
            (layer(4), Part::Weight, "model.8.weight"),
            (layer(4), Part::Beta, "model.9.bias"),
            (layer(5), Part::Weight, "model.11.weight"),
        ] {
            assert_eq!(name(layer, part), expected);
        }
        assert_eq!(PyTorch::of_kind(3, false).file_name(encoder(4).part(Part::Weight)), None);
        let pixel = |n, part| PyTorch::of_kind(3, true).file_name(layer(n).part(part)).unwrap();
        assert_eq!(pixel(1, Part::Bias), "net.0.bias");
        assert_eq!(pixel(2, Part::Gamma), "net.3.weight");
        assert_eq!(pixel(3, Part::Weight), "net.5.weight");
    }
}
