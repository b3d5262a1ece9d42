//! What a parameter is called: the layer that it belongs to, and which part of that layer it is.

use std::fmt;
use std::str::FromStr;

/// One of the two networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    Generator,
    Discriminator,
}

/// A layer, numbered from 1 as in pix2pix.py.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LayerName {
    /// Of the generator: `encoder_1` is the outermost.
    Encoder(usize),
    /// Of the generator: `decoder_1` is the outermost.
    Decoder(usize),
    /// Of the discriminator.
    Layer(usize),
}

/// A part of a layer that learns, or a stored statistic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The activation's slope below zero.
    Slope,
    /// The threshold below which an activation has a slope of its own.
    LeftThreshold,
    /// That slope.
    LeftSlope,
    /// The threshold above which it has one.
    RightThreshold,
    /// That slope.
    RightSlope,
    /// The convolution's kernel.
    Weight,
    /// The kernels of a separable convolution, one for each channel.
    Depthwise,
    /// The weights of a separable convolution across the channels.
    Pointwise,
    /// The convolution's bias.
    Bias,
    Gamma,
    Beta,
    RunningMean,
    RunningVariance,
}

/// A parameter's name. It is written `generator.encoder_3.conv.weight`, as in our own files.
///
/// ```
/// use pix2pix_web::model::{LayerName, ParameterName, Part};
///
/// let name = ParameterName { layer: LayerName::Encoder(3), part: Part::Weight };
/// assert_eq!(name.to_string(), "generator.encoder_3.conv.weight");
/// assert_eq!("generator.encoder_3.conv.weight".parse(), Ok(name));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParameterName {
    pub layer: LayerName,
    pub part: Part,
}

impl ParameterName {
    /// Whether it is the kernel of a transposed convolution: a decoder's, of `[in, out, 4, 4]`. A separable one has other parts.
    pub fn is_transposed_kernel(self) -> bool {
        matches!((self.layer, self.part), (LayerName::Decoder(_), Part::Weight))
    }
}

/// The text is no name of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAName;

impl Network {
    pub const ALL: [Self; 2] = [Self::Generator, Self::Discriminator];

    pub fn name(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Discriminator => "discriminator",
        }
    }
}

impl LayerName {
    /// The network that the layer is part of.
    pub fn network(self) -> Network {
        match self {
            Self::Encoder(_) | Self::Decoder(_) => Network::Generator,
            Self::Layer(_) => Network::Discriminator,
        }
    }

    /// The parameter of this layer.
    pub fn part(self, part: Part) -> ParameterName {
        ParameterName { layer: self, part }
    }
}

impl Part {
    const ALL: [Self; 13] = [
        Self::Slope,
        Self::LeftThreshold,
        Self::LeftSlope,
        Self::RightThreshold,
        Self::RightSlope,
        Self::Weight,
        Self::Depthwise,
        Self::Pointwise,
        Self::Bias,
        Self::Gamma,
        Self::Beta,
        Self::RunningMean,
        Self::RunningVariance,
    ];

    /// Whether it is a convolution's kernel, or one of two.
    pub fn is_kernel(self) -> bool {
        matches!(self, Self::Weight | Self::Depthwise | Self::Pointwise)
    }

    /// Whether it is an activation's.
    pub fn is_of_activation(self) -> bool {
        matches!(
            self,
            Self::Slope
                | Self::LeftThreshold
                | Self::LeftSlope
                | Self::RightThreshold
                | Self::RightSlope
        )
    }

    /// As our own files spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Slope => "activation.slope",
            Self::LeftThreshold => "activation.left_threshold",
            Self::LeftSlope => "activation.left_slope",
            Self::RightThreshold => "activation.right_threshold",
            Self::RightSlope => "activation.right_slope",
            Self::Weight => "conv.weight",
            Self::Depthwise => "conv.depthwise",
            Self::Pointwise => "conv.pointwise",
            Self::Bias => "conv.bias",
            Self::Gamma => "norm.gamma",
            Self::Beta => "norm.beta",
            Self::RunningMean => "norm.running_mean",
            Self::RunningVariance => "norm.running_variance",
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `encoder_3`, `decoder_3`, `layer_3`.
impl fmt::Display for LayerName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Encoder(number) => write!(f, "encoder_{number}"),
            Self::Decoder(number) => write!(f, "decoder_{number}"),
            Self::Layer(number) => write!(f, "layer_{number}"),
        }
    }
}

impl fmt::Display for ParameterName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { layer, part } = self;
        write!(f, "{}.{layer}.{}", layer.network(), part.name())
    }
}

impl FromStr for LayerName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let (kind, number) = text.rsplit_once('_').ok_or(NotAName)?;
        let number = number.parse().ok().filter(|number| *number > 0).ok_or(NotAName)?;
        let layer = match kind {
            "encoder" => Self::Encoder(number),
            "decoder" => Self::Decoder(number),
            "layer" => Self::Layer(number),
            _ => return Err(NotAName),
        };
        // One spelling each: `encoder_03` is no name.
        if layer.to_string() == text { Ok(layer) } else { Err(NotAName) }
    }
}

impl FromStr for ParameterName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let (network, rest) = text.split_once('.').ok_or(NotAName)?;
        let (layer, part) = rest.split_once('.').ok_or(NotAName)?;
        let layer: LayerName = layer.parse()?;
        let part = Part::ALL.into_iter().find(|known| known.name() == part).ok_or(NotAName)?;
        if layer.network().name() == network { Ok(layer.part(part)) } else { Err(NotAName) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for layer in [LayerName::Encoder(1), LayerName::Decoder(12), LayerName::Layer(5)] {
            for part in Part::ALL {
                let name = layer.part(part);
                assert_eq!(name.to_string().parse(), Ok(name));
            }
        }
    }

    #[test]
    fn other_names_are_refused() {
        for text in [
            "",
            "generator",
            "generator.encoder_1",
            "generator.encoder_0.conv.weight",
            "generator.encoder_01.conv.weight",
            "generator.encoder_+1.conv.weight",
            "generator.layer_1.conv.weight",
            "discriminator.encoder_1.conv.weight",
            "generator.encoder_1.conv.weight.more",
            "generator.encoder_1.conv",
            "generator.encoder_99999999999999999999.conv.weight",
        ] {
            assert_eq!(text.parse::<ParameterName>(), Err(NotAName), "{text}");
        }
    }
}
