//! What a training does; the defaults are pix2pix.py's.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::image::Fit;
use crate::model::{GeneratorConfig, LayerName};

use super::loss::GanLoss;

/// Layers that give or take pictures of this side and smaller are the inner ones.
const INNER_SIDE: usize = 8;
/// The original's `scale_size` for pictures of 256 by 256.
const SCALE_SIZE: (usize, usize) = (286, 256);

/// Options of a training. Unknown fields are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TrainOptions {
    /// Pairs a step. Default 1.
    pub batch_size: usize,
    /// Adam's step size. Default 2e-4.
    pub learning_rate: f64,
    /// Adam's decay of the first moment. Default 0.5.
    pub beta1: f64,
    /// Adam's decay of the second moment. Default 0.999.
    pub beta2: f64,
    /// Added to the root of the second moment, uncorrected, as TensorFlow does. Default 1e-8.
    pub epsilon: f64,
    /// Weight of the mean absolute difference. Default 100.
    pub l1_weight: f64,
    /// Weight of the discriminator's judgement. Default 1.
    pub gan_weight: f64,
    pub loss: GanLoss,
    /// The most that the norm of a network's whole gradient may be. Default: no limit, as in the original.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
    /// Default: the learning rate stays, as in the original.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decay: Option<Decay>,
    pub freeze: Freeze,
    /// Without a discriminator, by the L1 loss alone. Default false.
    pub generator_only: bool,
    /// Steps in which the discriminator learns before it pushes the generator.
    /// Default: 20 where it is new and the generator is not, else 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmup: Option<u64>,
    /// Dropout in the three innermost decoders. Default true.
    pub dropout: bool,
    /// Pictures are resized to a square of this many pixels before a part is cut out.
    /// Default 286 for the paper's 256, in proportion for other sizes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_size: Option<usize>,
    /// Mirror at random. Default true.
    pub flip: bool,
    /// Default `stretch`, as in the original.
    pub fit: Fit,
    /// What becomes of the sketches. Default `given`, as in the original.
    pub lines: Lines,
    /// The share of sketches that get colour hints: short strokes and dots under the lines, in shades near the
    /// target's colours, so that a coloured stroke in a drawing says what a line can't. Default 0, as in the original.
    pub hints: f64,
    /// The share of the sketches with hints whose targets have their colour channels exchanged, so that nothing but the
    /// hints tells their colours: a model learns to heed hints sooner. Default 0, as in the original.
    pub recolor: f64,
    /// Decides the order of the pairs, the cuts, the mirroring, the sketches and the dropout. Default 0.
    pub seed: u32,
    /// Every so many steps, a timeline is recorded. Default: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_every: Option<u64>,
}

/// What becomes of the sketches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lines {
    /// They are cut out and mirrored with their targets, as in the original.
    #[default]
    Given,
    /// Two in three are drawn anew from the target at each step, as drawings by hand vary (see [`crate::data::lines`]), and both
    /// sides of every pair are turned, scaled and bent a little: for sketches that were made by edge detection.
    Varied,
}

/// The learning rate falls in a line from its full value at step `from` to zero at step `to`, both counted from the
/// beginning of the training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decay {
    pub from: u64,
    pub to: u64,
}

/// Which part of the generator stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Freeze {
    #[default]
    None,
    Encoder,
    /// Encoders that give pictures of 8 by 8 pixels or smaller, decoders that take them: 85 % of the weights.
    Inner,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            batch_size: 1,
            learning_rate: 2e-4,
            beta1: 0.5,
            beta2: 0.999,
            epsilon: 1e-8,
            l1_weight: 100.0,
            gan_weight: 1.0,
            loss: GanLoss::Vanilla,
            clip: None,
            decay: None,
            freeze: Freeze::None,
            generator_only: false,
            warmup: None,
            dropout: true,
            scale_size: None,
            flip: true,
            fit: Fit::Stretch,
            lines: Lines::Given,
            hints: 0.0,
            recolor: 0.0,
            seed: 0,
            trace_every: None,
        }
    }
}

impl TrainOptions {
    /// These options with the fields of a JSON object in their place; null brings a default back.
    ///
    /// # Errors
    /// `options/invalid`: an unknown field, a wrong type, or a number that can't be.
    pub fn with(&self, changes: Value) -> Result<Self> {
        let refuse =
            |detail: String| Error::Options { detail: format!("the options of train: {detail}") };
        let mut value = serde_json::to_value(self).expect("options of numbers and names are JSON");
        let fields = value.as_object_mut().expect("a struct is an object");
        match changes {
            Value::Null => {}
            Value::Object(changes) => {
                for (name, value) in changes {
                    match value {
                        Value::Null => fields.remove(&name),
                        value => fields.insert(name, value),
                    };
                }
            }
            other => return Err(refuse(format!("expected an object, found {other}"))),
        }
        let options: Self = serde_json::from_value(value).map_err(|e| refuse(e.to_string()))?;
        options.check().map_err(refuse)?;
        Ok(options)
    }

    fn check(&self) -> std::result::Result<(), String> {
        let within = |name: &str, value: f64, good: bool, expected: &str| {
            if good { Ok(()) } else { Err(format!("{name} is {value}, expected {expected}")) }
        };
        let positive = |name, value: f64| within(name, value, value > 0.0, "more than 0");
        let not_negative = |name, value: f64| within(name, value, value >= 0.0, "0 or more");
        let share = |name, value: f64| {
            within(name, value, (0.0..1.0).contains(&value), "at least 0 and less than 1")
        };
        let batch_size = self.batch_size;
        within("batchSize", batch_size as f64, (1..=64).contains(&batch_size), "1 to 64")?;
        positive("learningRate", self.learning_rate)?;
        share("beta1", self.beta1)?;
        share("beta2", self.beta2)?;
        positive("epsilon", self.epsilon)?;
        not_negative("l1Weight", self.l1_weight)?;
        not_negative("ganWeight", self.gan_weight)?;
        within("hints", self.hints, (0.0..=1.0).contains(&self.hints), "0 to 1")?;
        within("recolor", self.recolor, (0.0..=1.0).contains(&self.recolor), "0 to 1")?;
        self.clip.map_or(Ok(()), |clip| positive("clip", clip))?;
        match self.decay {
            Some(Decay { from, to }) if to <= from => {
                Err(format!("decay goes from step {from} to step {to}, expected a later step"))
            }
            _ => Ok(()),
        }
    }

    /// The side of the square that a part of `size` is cut out of.
    ///
    /// # Errors
    /// `options/invalid`: smaller than the network's own.
    pub fn scale_size(&self, size: usize) -> Result<usize> {
        let scale_size = self.scale_size.unwrap_or(size * SCALE_SIZE.0 / SCALE_SIZE.1);
        if !(size..=4 * size).contains(&scale_size) {
            let most = 4 * size;
            let detail = format!(
                "the options of train: scaleSize is {scale_size}, expected {size} to {most}"
            );
            return Err(Error::Options { detail });
        }
        Ok(scale_size)
    }

    /// The learning rate of a step, counted from 1.
    pub fn learning_rate(&self, step: u64) -> f64 {
        let Some(Decay { from, to }) = self.decay else {
            return self.learning_rate;
        };
        let passed = step.saturating_sub(from) as f64 / (to - from) as f64;
        self.learning_rate * (1.0 - passed).max(0.0)
    }

    /// Whether this layer of the generator learns.
    pub fn learns(&self, config: &GeneratorConfig, layer: LayerName) -> bool {
        match self.freeze {
            Freeze::None => true,
            Freeze::Encoder => !matches!(layer, LayerName::Encoder(_)),
            Freeze::Inner => config.inner_side(layer) > INNER_SIDE,
        }
    }
}
