//! The key tables: what each kind of file calls our parameters, and what it lays beside them.

use crate::error::{Error, Result};
use crate::model::{DiscriminatorConfig, GeneratorConfig, LayerName, Network, ParameterName, Part};
use crate::weights::tensors::Index;

/// Whose names and tensor layouts a file uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `generator.encoder_1.conv.weight`, `[out, in, 4, 4]`.
    Ours,
    /// `generator/encoder_1/conv/filter`, `[4, 4, in, out]`: pix2pix.py from April to December 2017.
    TensorFlow2017,
    /// `generator/encoder_1/conv2d/kernel`: pix2pix.py from January 2018 on, and the demo's files.
    TensorFlow2018,
}

/// What training leaves in a checkpoint and no network needs: Adam's slots and powers, counters,
/// the losses' averages, and the moving averages that the original never updates.
const EXTRA_ENDS: [&str; 7] = [
    "/Adam",
    "/Adam_1",
    "/ExponentialMovingAverage",
    "/moving_mean",
    "/moving_variance",
    "beta1_power",
    "beta2_power",
];
const EXTRA_NAMES: [&str; 2] = ["global_step", "counter"];

impl Layout {
    /// Tells the layout from the names in a file.
    pub fn of(index: &Index) -> Result<Self> {
        let any = |part: &str| index.entries.keys().any(|name| name.contains(part));
        if any("separable_conv2d/") {
            let found = "a network with separable convolutions, which we can't run";
            return Err(Error::Format { found: found.into() });
        }
        if ["generator.encoder_", "generator.decoder_", "discriminator.layer_"].into_iter().any(any)
        {
            Ok(Layout::Ours)
        } else if any("/conv2d/") || any("/conv2d_transpose/") {
            Ok(Layout::TensorFlow2018)
        } else if any("/conv/filter") || any("/deconv/filter") {
            Ok(Layout::TensorFlow2017)
        } else {
            let found = match index.entries.keys().next() {
                Some(name) => {
                    format!("its tensors carry no names of pix2pix; the first is {name:?}")
                }
                None => "it holds no tensors".into(),
            };
            Err(Error::Format { found })
        }
    }

    /// What the file calls a parameter.
    pub fn file_name(self, name: ParameterName) -> String {
        let ParameterName { layer, part } = name;
        let is_up = matches!(layer, LayerName::Decoder(_));
        let is_2017 = self == Layout::TensorFlow2017;
        let part = match part {
            _ if self == Layout::Ours => return name.to_string(),
            Part::Weight if is_2017 && is_up => "deconv/filter",
            Part::Weight if is_2017 => "conv/filter",
            Part::Weight if is_up => "conv2d_transpose/kernel",
            Part::Weight => "conv2d/kernel",
            Part::Bias if is_2017 && is_up => "deconv/bias",
            Part::Bias if is_2017 => "conv/bias",
            Part::Bias if is_up => "conv2d_transpose/bias",
            Part::Bias => "conv2d/bias",
            Part::Gamma if is_2017 => "batchnorm/scale",
            Part::Gamma => "batch_normalization/gamma",
            Part::Beta if is_2017 => "batchnorm/offset",
            Part::Beta => "batch_normalization/beta",
            Part::RunningMean | Part::RunningVariance => {
                unreachable!("no config from TensorFlow's layouts asks for running statistics")
            }
        };
        format!("{}/{layer}/{part}", layer.network())
    }

    /// Kernels of both directions lie in TensorFlow's files with our axes reversed in pairs:
    /// ours `[a, b, 4, 4]` is theirs `[4, 4, b, a]`.
    pub fn file_shape(self, shape: &[usize]) -> Vec<usize> {
        match (self, shape) {
            (Layout::TensorFlow2017 | Layout::TensorFlow2018, &[a, b, h, w]) => vec![h, w, b, a],
            _ => shape.to_vec(),
        }
    }

    /// A tensor that may lie beside the weights and is not needed.
    pub fn is_extra(name: &str) -> bool {
        EXTRA_ENDS.iter().any(|end| name.ends_with(end)) || EXTRA_NAMES.contains(&name)
    }

    /// Whether a network has this tensor of a file.
    pub fn is_part(self, name: &str, network: Network) -> bool {
        let rest = name.strip_prefix(network.name());
        let separator = if self == Layout::Ours { '.' } else { '/' };
        rest.is_some_and(|rest| rest.starts_with(separator)) && !Layout::is_extra(name)
    }

    /// ngf, channels, depth and biases, from the names and shapes.
    pub fn generator(self, index: &Index) -> Result<GeneratorConfig> {
        let mut depth = 0;
        while [LayerName::Encoder, LayerName::Decoder]
            .iter()
            .any(|layer| index.has(&self.file_name(layer(depth + 1).part(Part::Weight))))
        {
            depth += 1;
        }
        let bias = (1..=depth.max(1))
            .any(|i| index.has(&self.file_name(LayerName::Encoder(i).part(Part::Bias))));
        let running = self == Layout::Ours
            && index.entries.keys().any(|name| name.ends_with(".norm.running_mean"));
        let [ngf, in_channels] = self.kernel(index, LayerName::Encoder(1))?;
        let [_, out_channels] = self.kernel(index, LayerName::Decoder(1))?;
        let stored = index.config.clone().unwrap_or_default();
        let config = GeneratorConfig {
            in_channels,
            out_channels,
            ngf,
            depth,
            norm: stored.norm,
            bias,
            dropout: stored.dropout,
            running_statistics: running,
        };
        match &index.config {
            Some(stored) if *stored != config => Err(Error::Index {
                detail: format!(
                    "the metadata says {stored:?}, but the tensors' shapes say {config:?}"
                ),
            }),
            _ => Ok(config),
        }
    }

    /// The discriminator's config, where the file has one.
    pub fn discriminator(
        self,
        index: &Index,
        generator: &GeneratorConfig,
    ) -> Result<Option<DiscriminatorConfig>> {
        if !index.entries.keys().any(|name| self.is_part(name, Network::Discriminator)) {
            return Ok(None);
        }
        let [ndf, _] = self.kernel(index, LayerName::Layer(1))?;
        Ok(Some(DiscriminatorConfig {
            in_channels: generator.in_channels,
            out_channels: generator.out_channels,
            ndf,
            bias: index.has(&self.file_name(LayerName::Layer(1).part(Part::Bias))),
        }))
    }

    /// The first two axes, in our order, of a layer's kernel.
    fn kernel(self, index: &Index, layer: LayerName) -> Result<[usize; 2]> {
        let name = self.file_name(layer.part(Part::Weight));
        let shape = &index.entry(&name)?.shape;
        let axes = match (self, &shape[..]) {
            (Layout::Ours, &[a, b, 4, 4]) => [a, b],
            (Layout::TensorFlow2017 | Layout::TensorFlow2018, &[4, 4, b, a]) => [a, b],
            _ => [0, 0],
        };
        if axes.contains(&0) {
            let expected = match self {
                Layout::Ours => "a kernel [a, b, 4, 4]",
                _ => "a kernel [4, 4, a, b]",
            };
            return Err(Error::Shape {
                name,
                found: format!("{shape:?}"),
                expected: expected.into(),
            });
        }
        Ok(axes)
    }
}

/// Where number `i` of a TensorFlow kernel `[h, w, b, a]` lies in ours, `[a, b, h, w]`; `hw` is `h * w`.
pub fn place(i: usize, [a, b, hw]: [usize; 3]) -> usize {
    (i % a * b + i / a % b) * hw + i / (a * b)
}
