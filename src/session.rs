//! A loaded model on its device. No JavaScript types here.

use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use image::RgbaImage;
use serde::Deserialize;

use crate::device::Opened;
use crate::error::{Error, Result};
use crate::image::{Fit, Output, fit};
use crate::model::{Mode, Statistics};
use crate::weights::{self, Bytes, Dtype, Loaded, OnTensor};

/// Options of [`Pix2Pix::translate`].
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TranslateOptions {
    /// Keep dropout on, as the original does at test time.
    pub dropout: bool,
    /// Seed of the dropout masks; the same seed drops the same values.
    pub seed: u32,
    pub statistics: Statistics,
    pub fit: Fit,
    pub output: Output,
}

/// A generator (and perhaps its discriminator) on a device.
pub struct Pix2Pix {
    model: Loaded,
    opened: Opened,
    bytes: u64,
}

impl Pix2Pix {
    /// Reads a weights file onto an open device.
    ///
    /// # Errors
    /// `weights/…`, see [`weights::load`].
    pub fn load(bytes: &dyn Bytes, opened: Opened, on_tensor: OnTensor) -> Result<Self> {
        let model = weights::load(bytes, &opened.device, on_tensor)?;
        Ok(Self { model, opened, bytes: bytes.len() })
    }

    pub fn model(&self) -> &Loaded {
        &self.model
    }

    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// The size of the file that the model came from.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Weights and biases of the generator.
    pub fn parameters(&self) -> usize {
        self.model.generator.num_params()
    }

    /// The picture for a sketch of any size.
    ///
    /// # Errors
    /// `model/running-statistics`, `model/channels`, `image/unreadable` (no pixels), `device/lost`.
    pub async fn translate(
        &self,
        sketch: RgbaImage,
        options: &TranslateOptions,
    ) -> Result<RgbaImage> {
        let config = &self.model.config;
        if options.statistics == Statistics::Running && !config.running_statistics {
            return Err(Error::RunningStatistics { format: self.model.format });
        }
        if (config.in_channels, config.out_channels) != (3, 3) {
            let (in_channels, out_channels) = (config.in_channels, config.out_channels);
            return Err(Error::Channels { in_channels, out_channels });
        }
        if sketch.width() == 0 || sketch.height() == 0 {
            let detail = format!("it is {} by {} pixels", sketch.width(), sketch.height());
            return Err(Error::Picture { detail });
        }
        let mut fitted = fit(sketch, config.size(), options.fit);
        let shape = [1, 3, fitted.size, fitted.size];
        let planes = std::mem::take(&mut fitted.planes);
        let input = Tensor::from_data(TensorData::new(planes, shape), &self.opened.device);
        let mode = Mode {
            statistics: options.statistics,
            dropout: options.dropout.then_some(options.seed.into()),
        };
        let output = self.model.generator.forward(input, mode); // [1, 3, S, S]
        let lost = |e: &dyn std::fmt::Display| Error::DeviceLost { reason: e.to_string() };
        let output = output.into_data_async().await.map_err(|e| lost(&e))?;
        let planes = output.as_slice::<f32>().map_err(|e| lost(&format!("{e:?}")))?;
        Ok(fitted.picture(planes, options.output))
    }

    /// The model as a file of our own naming.
    ///
    /// # Errors
    /// `device/lost`.
    pub async fn save(&self, dtype: Dtype) -> Result<Vec<u8>> {
        let Loaded { generator, config, discriminator, .. } = &self.model;
        let discriminator = discriminator.as_ref().map(|(network, _)| network);
        weights::write(generator, config, discriminator, dtype).await
    }
}
