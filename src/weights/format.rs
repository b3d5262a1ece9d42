//! The formats that we write, each a container and a naming, and what each can hold.

use serde::Deserialize;

use super::container::Container;
use super::naming::{Naming, Ours, PyTorch, TensorFlow};
use super::save::Contents;
use crate::error::{Error, Result};
use crate::model::{
    Activation, Color, Convolution, GeneratorConfig, Layout, NamedParameter, Norm, Part, Patch,
};

/// The kind of a weights file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Format {
    /// `.safetensors` of our own naming, which holds everything.
    #[default]
    #[cfg_attr(feature = "cli", value(name = "pix2pix-web", alias = "safetensors"))]
    Ours,
    /// `.safetensors` with the names of pix2pix.py from April to December 2017, which knows no biases.
    #[cfg_attr(feature = "cli", value(name = "tensorflow-2017"))]
    TensorFlow2017,
    /// `.safetensors` with the names of pix2pix.py from January 2018 on, where every convolution has a bias.
    #[cfg_attr(feature = "cli", value(name = "tensorflow-2018"))]
    TensorFlow2018,
    /// `.safetensors` with the names of pytorch-CycleGAN-and-pix2pix, which holds networks of that layout; its `.pth` is
    /// read too.
    #[cfg_attr(feature = "cli", value(name = "pytorch"))]
    PyTorch,
    /// The 8-bit format of the original's browser demo, with the names of 2018.
    Pict,
    /// The generator as an ONNX graph, for other programs and from them.
    Onnx,
}

/// How a file stores the values of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Dtype {
    #[default]
    F32,
    F16,
    /// One byte a weight, an index into a book of 256 values. In our own format only kernels, which are all but a
    /// thousandth of the values, are stored so; in a `.pict` everything is.
    Q8,
}

impl Format {
    /// The one of TensorFlow's two that has a place for each of the generator's parameters and for no others.
    pub fn tensorflow(config: &GeneratorConfig) -> Self {
        match config.bias || config.convolution == Convolution::Separable {
            true => Format::TensorFlow2018,
            false => Format::TensorFlow2017,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Format::Ours => "pix2pix-web",
            Format::TensorFlow2017 => "tensorflow-2017",
            Format::TensorFlow2018 => "tensorflow-2018",
            Format::PyTorch => "pytorch",
            Format::Pict => "pict",
            Format::Onnx => "onnx",
        }
    }

    /// Whether a file of it has a place for a model's card.
    pub fn holds_card(self) -> bool {
        self.container() != Container::Onnx
    }

    pub(super) fn container(self) -> Container {
        match self {
            Format::Pict => Container::Pict,
            Format::Onnx => Container::Onnx,
            _ => Container::Safetensors,
        }
    }

    /// The names of these networks.
    pub(super) fn naming(self, contents: &Contents) -> &'static dyn Naming {
        let Contents { config, discriminator, .. } = contents;
        match self {
            Format::Ours | Format::Onnx => &Ours,
            Format::TensorFlow2017 => &TensorFlow::Of2017,
            Format::TensorFlow2018 | Format::Pict => match config.convolution {
                Convolution::Full => &TensorFlow::Of2018,
                Convolution::Separable => &TensorFlow::Separable,
            },
            Format::PyTorch => {
                let is_pixel = discriminator.is_some_and(|network| network.patch() == Patch::Of1);
                PyTorch::of_kind(config.depth, is_pixel)
            }
        }
    }

    /// The format of a file.
    pub(super) fn of(container: Container, naming: &dyn Naming) -> Self {
        match container {
            Container::Pict => Format::Pict,
            Container::Onnx => Format::Onnx,
            Container::Safetensors | Container::PyTorch | Container::Checkpoint => naming.format(),
        }
    }

    /// Refuses what would come back otherwise than it was, or not at all.
    pub(super) fn check(
        self,
        contents: &Contents,
        parameters: &[NamedParameter],
        dtype: Dtype,
    ) -> Result<()> {
        let Contents { generator, config, discriminator, training, .. } = contents;
        let refuse = |what: &str, remedy: &str| {
            let (what, remedy) = (what.into(), remedy.into());
            Err(Error::Incompatible { holder: self.name(), what, remedy })
        };
        let is_tensorflow = matches!(self, Format::TensorFlow2017 | Format::TensorFlow2018);
        if self == Format::Pict && dtype != Dtype::Q8 {
            return refuse("values of 16 or 32 bits", "Write q8");
        }
        if self == Format::Onnx && dtype != Dtype::F32 {
            return refuse("values of 8 or 16 bits", "Write f32");
        }
        if is_tensorflow && dtype == Dtype::Q8 {
            return refuse("8-bit codes", "Write f32 or f16, or the format pix2pix-web or pict");
        }
        if dtype == Dtype::Q8 && training.is_some() {
            return refuse(
                "a training in 8 bits, which would not resume as it was",
                "Write f32, or the networks alone",
            );
        }
        if self == Format::Ours {
            return Ok(());
        }
        if training.is_some() {
            return refuse(
                "the state of a training",
                "Write the format pix2pix-web, or the networks alone",
            );
        }
        if matches!(self, Format::Pict | Format::Onnx) && discriminator.is_some() {
            return refuse("a discriminator", "Write the generator alone, or another format");
        }
        if self == Format::Onnx {
            return Ok(());
        }
        if self == Format::PyTorch && dtype == Dtype::Q8 {
            return refuse("8-bit codes", "Write f32 or f16, or the format pix2pix-web");
        }
        if (self == Format::PyTorch) != (config.layout == Layout::PyTorch) {
            let what =
                "a U-Net of the other layout, where the innermost encoder has a norm, or has none";
            return refuse(
                what,
                "Write the format pix2pix-web, and create models for this format in its layout",
            );
        }
        if generator.is_some() && config.activation != Activation::LeakyRelu {
            let what =
                format!("an encoder with {}: there it is leakyrelu", config.activation.name());
            return refuse(&what, "Write the format pix2pix-web");
        }
        if generator.is_some() && config.color != Color::of_channels(config.channels()) {
            return refuse("a network of such channels", "Write the format pix2pix-web");
        }
        if self == Format::PyTorch {
            return Ok(());
        }
        match config.norm {
            Norm::Batch => {}
            Norm::Instance => {
                return refuse("instance normalisation", "Write the format pix2pix-web");
            }
            Norm::None => {
                return refuse("a network without normalisation", "Write the format pix2pix-web");
            }
        }
        let separable = generator.is_some() && config.convolution == Convolution::Separable;
        if self == Format::TensorFlow2017 && separable {
            return refuse("separable convolutions", "Write tensorflow-2018");
        }
        if self == Format::TensorFlow2017 && parameters.iter().any(|p| p.name.part == Part::Bias) {
            return refuse("biases", "Write tensorflow-2018");
        }
        if generator.is_none() {
            return Ok(());
        }
        if config.running_statistics {
            return refuse("running statistics", "Write the format pix2pix-web");
        }
        let original = GeneratorConfig::default().dropout;
        if config.dropout != original {
            let what = format!("a dropout of {}: there it is {original}", config.dropout);
            return refuse(&what, "Write the format pix2pix-web");
        }
        Ok(())
    }
}

impl Dtype {
    pub fn name(self) -> &'static str {
        match self {
            Dtype::F32 => "f32",
            Dtype::F16 => "f16",
            Dtype::Q8 => "q8",
        }
    }
}
