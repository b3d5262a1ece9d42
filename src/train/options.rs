//! What a training does; the defaults are pix2pix.py's.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::{AugmentOptions, Lines};
use crate::error::{Error, Result};
use crate::image::{Canvas, Fit, Size};
use crate::json;
use crate::model::{Color, Convolution, GeneratorConfig, Kernels, LayerName};
use crate::ops::GanLoss;

/// Encoders whose output, and decoders whose input, is of this side or smaller are the inner layers.
const INNER_SIDE: usize = 8;
/// As messages name these options.
const METHOD: &str = "train";
/// The most pixels on a side of the squares that are cut out: what a file says takes no more memory than a device may have.
const LARGEST: usize = 4096;
/// The original's `scale_size` for pictures of 256 by 256.
const SCALE_SIZE: (usize, usize) = (286, 256);

/// Options of a training. As JSON their names are in camel case, and unknown ones are refused.
///
/// ```
/// use pix2pix_web::train::{Decay, TrainOptions};
///
/// let decay = Some(Decay { from: 1000, to: 2000 });
/// let options = TrainOptions { batch_size: 2, decay, ..Default::default() };
/// assert_eq!(options.learning_rate(1500), 1e-4);
/// let options = options.with(serde_json::json!({ "batchSize": null, "clip": 1 }))?;
/// assert_eq!((options.batch_size, options.clip), (1, Some(1.0)));
/// # Ok::<_, pix2pix_web::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TrainOptions {
    /// Pairs a step, 1 to 64. Default 1.
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
    /// The largest norm of a network's whole gradient; a larger one is scaled down. Default: no limit, as in the original.
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
    /// Pixels on a side of the square that is cut out, a multiple of the network's. Batch statistics are then of more pixels, and
    /// the innermost layers have more than one. Default: the network's, as in the original.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop_size: Option<usize>,
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
    /// Hints fill the regions that they lie in ([`crate::image::spread`]), in the mean colour that the target has there: one
    /// dab then colours a petal, and is not seen itself. A model that learned so is to be asked so, by
    /// [`crate::TranslateOptions::spread_hints`]. Default false, as in the original.
    pub spread_hints: bool,
    /// What the decoders' kernels are held to. Default `free`, as in the original.
    pub kernels: Kernels,
    /// The weight of chroma in the L1 loss of a sketch without hints, that of lightness being 1; how colourful a pixel is,
    /// whichever its hue, counts for the rest. What lines don't tell, L1 of chroma paints in the mean of all colours, which is
    /// brown. Default: the original's L1, which is of red, green and blue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chroma_weight: Option<f64>,
    /// Where the output is wrong, tanh's slope counts as at least this in the gradient of the L1 loss, 0 to 1. White drives
    /// tanh to where its slope is next to nothing, so that a background is slow to become another. Default 0, as in the
    /// original.
    pub slope_floor: f64,
    /// The decay of a moving average of the generator's weights, which paints previews and goes into exports. Default:
    /// none, as in the original.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<f64>,
    /// Decides the order of the pairs, the cuts, the mirroring, the sketches and the dropout. Default 0.
    pub seed: u32,
    /// A timeline is recorded in every N-th step. Default: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_every: Option<u64>,
}

/// The learning rate falls linearly from its full value at step `from` to zero at step `to`, both counted from the
/// first step of the training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decay {
    pub from: u64,
    pub to: u64,
}

/// Which part of the generator stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Freeze {
    #[default]
    None,
    Encoder,
    /// Encoders whose output is 8 by 8 pixels or smaller, decoders whose input is: 85 % of the weights.
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
            crop_size: None,
            scale_size: None,
            flip: true,
            fit: Fit::Stretch,
            lines: Lines::Given,
            hints: 0.0,
            recolor: 0.0,
            spread_hints: false,
            kernels: Kernels::Free,
            chroma_weight: None,
            slope_floor: 0.0,
            average: None,
            seed: 0,
            trace_every: None,
        }
    }
}

impl TrainOptions {
    /// These options with the fields of a JSON object in their place; null brings a default back.
    ///
    /// # Errors
    /// `options/invalid`: an unknown field, a wrong type, or a value that can't be.
    pub fn with(&self, changes: Value) -> Result<Self> {
        let options = json::merge(self, changes).map_err(|why| Error::options(METHOD, why))?;
        options.check()?;
        Ok(options)
    }

    /// # Errors
    /// `options/invalid`: a value that can't be.
    pub fn check(&self) -> Result<()> {
        let within = |name: &str, value: f64, good: bool, expected: &str| {
            if good && value.is_finite() {
                return Ok(());
            }
            Err(Error::options(METHOD, format!("{name} is {value}, expected {expected}")))
        };
        let positive = |name, value: f64| within(name, value, value > 0.0, "more than 0");
        let not_negative = |name, value: f64| within(name, value, value >= 0.0, "0 or more");
        let share = |name, value: f64| within(name, value, (0.0..=1.0).contains(&value), "0 to 1");
        let decay_rate = |name, value: f64| {
            within(name, value, (0.0..1.0).contains(&value), "at least 0 and less than 1")
        };
        let batch_size = self.batch_size;
        within("batchSize", batch_size as f64, (1..=64).contains(&batch_size), "1 to 64")?;
        positive("learningRate", self.learning_rate)?;
        decay_rate("beta1", self.beta1)?;
        decay_rate("beta2", self.beta2)?;
        positive("epsilon", self.epsilon)?;
        not_negative("l1Weight", self.l1_weight)?;
        not_negative("ganWeight", self.gan_weight)?;
        share("hints", self.hints)?;
        share("recolor", self.recolor)?;
        self.chroma_weight.map_or(Ok(()), |weight| share("chromaWeight", weight))?;
        share("slopeFloor", self.slope_floor)?;
        self.average.map_or(Ok(()), |decay| decay_rate("average", decay))?;
        self.clip.map_or(Ok(()), |clip| positive("clip", clip))?;
        match self.decay {
            Some(Decay { from, to }) if to <= from => {
                let why =
                    format!("decay goes from step {from} to step {to}, expected a later step");
                Err(Error::options(METHOD, why))
            }
            _ => Ok(()),
        }
    }

    /// The side of the square that is cut out, for a network whose own is `unit`.
    ///
    /// # Errors
    /// `image/size`: no multiple of `unit`, or more than 4096 pixels, with the nearest that can be.
    pub fn crop_size(&self, unit: usize) -> Result<usize> {
        let Some(crop_size) = self.crop_size else { return Ok(unit) };
        let side = |side| u32::try_from(side).unwrap_or(u32::MAX);
        let (size, most) = (side(crop_size), side(LARGEST / unit * unit));
        if size > most {
            let why = format!("a training's squares have at most {most} pixels a side");
            return Err(Error::Size { size: (size, size), why, nearest: (most, most) });
        }
        Canvas::new(Size::Of(size, size), (size, size), unit)?;
        Ok(crop_size)
    }

    /// The side of the square that such a part is cut out of, for a network whose own is `unit`.
    ///
    /// # Errors
    /// `options/invalid`: smaller than the part, or more than four times as large. As [`TrainOptions::crop_size`].
    pub fn scale_size(&self, unit: usize) -> Result<usize> {
        let size = self.crop_size(unit)?;
        let scale_size = self.scale_size.unwrap_or(size * SCALE_SIZE.0 / SCALE_SIZE.1);
        let most = 4 * size;
        if !(size..=most).contains(&scale_size) {
            let why = format!("scaleSize is {scale_size}, expected {size} to {most}");
            return Err(Error::options(METHOD, why));
        }
        Ok(scale_size)
    }

    /// Whether these options are for a network of this config: [`TrainOptions::check`] knows none.
    ///
    /// # Errors
    /// As [`TrainOptions::scale_size`]. `options/invalid`: one that is for sketches where the network colours photographs,
    /// or `kernels` where there are no transposed convolutions to hold.
    pub fn check_for(&self, config: &GeneratorConfig) -> Result<()> {
        self.scale_size(config.size())?;
        let of_sketches = [
            ("lines", self.lines != Lines::Given),
            ("hints", self.hints > 0.0),
            ("recolor", self.recolor > 0.0),
            ("spreadHints", self.spread_hints),
            ("chromaWeight", self.chroma_weight.is_some()),
        ];
        if self.kernels != Kernels::Free && config.convolution == Convolution::Separable {
            let why = "kernels is for transposed convolutions, and this model's are separable, which draw no \
                       checkerboard: leave it out";
            return Err(Error::options(METHOD, why));
        }
        match of_sketches.into_iter().find(|(_, given)| *given && config.color == Color::Lab) {
            Some((name, _)) => {
                let why = format!(
                    "{name} is for sketches, and this model colours photographs: leave it out"
                );
                Err(Error::options(METHOD, why))
            }
            None => Ok(()),
        }
    }

    /// How pairs become batches for a network of this config.
    ///
    /// # Errors
    /// As [`TrainOptions::scale_size`].
    pub fn augment(&self, config: &GeneratorConfig) -> Result<AugmentOptions> {
        let size = self.crop_size(config.size())?;
        let scale_size = self.scale_size(config.size())?;
        let Self { batch_size, flip, fit, lines, hints, recolor, spread_hints, seed, .. } = *self;
        Ok(AugmentOptions {
            size,
            scale_size,
            color: config.color,
            channels: config.channels(),
            batch_size,
            flip,
            fit,
            lines,
            hints,
            recolor,
            spread_hints,
            seed,
        })
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Direction;

    #[test]
    fn null_brings_a_default_back() {
        let decay = json!({ "from": 1, "to": 2 });
        let changes = json!({ "clip": 1, "decay": decay, "learningRate": 1, "traceEvery": 3 });
        let changed = TrainOptions::default().with(changes).unwrap();
        let nulls =
            json!({ "clip": null, "decay": null, "learningRate": null, "traceEvery": null });
        assert_eq!(changed.with(nulls).unwrap(), TrainOptions::default());
        assert_eq!(changed.with(json!({})).unwrap(), changed);
        assert_eq!(changed.with(Value::Null).unwrap(), changed);
    }

    #[test]
    fn the_learning_rate_falls_linearly() {
        let decay = Some(Decay { from: 10, to: 20 });
        let options = TrainOptions { decay, ..Default::default() };
        let rates = [1, 10, 15, 20, 30].map(|step| options.learning_rate(step));
        assert_eq!(rates, [2e-4, 2e-4, 1e-4, 0.0, 0.0]);
    }

    #[test]
    fn what_can_not_be_is_refused_by_its_name() {
        let refused = |changes: Value| {
            let error = TrainOptions::default().with(changes).unwrap_err();
            assert_eq!(error.code(), "options/invalid");
            error.to_string()
        };
        for (changes, word) in [
            (json!({ "learning_rate": 1 }), "learning_rate"),
            (json!({ "learning_rate": null }), "learning_rate"),
            (json!({ "batchSize": 0 }), "batchSize is 0, expected 1 to 64"),
            (json!({ "batchSize": 65 }), "batchSize"),
            (json!({ "batchSize": -1 }), "-1"),
            (json!({ "learningRate": -1 }), "learningRate"),
            (json!({ "beta1": 1 }), "beta1"),
            (json!({ "beta2": -0.1 }), "beta2"),
            (json!({ "epsilon": 0 }), "epsilon"),
            (json!({ "l1Weight": -1 }), "l1Weight"),
            (json!({ "ganWeight": -1 }), "ganWeight"),
            (json!({ "hints": 1.1 }), "hints is 1.1, expected 0 to 1"),
            (json!({ "recolor": -0.1 }), "recolor"),
            (json!({ "spreadHints": 1 }), "boolean"),
            (json!({ "kernels": "sharp" }), "sharp"),
            (json!({ "chromaWeight": 2 }), "chromaWeight is 2, expected 0 to 1"),
            (json!({ "slopeFloor": 2 }), "slopeFloor is 2, expected 0 to 1"),
            (json!({ "average": 1 }), "average is 1"),
            (json!({ "loss": "wgan" }), "wgan"),
            (json!({ "decay": { "from": 5, "to": 5 } }), "decay"),
            (json!({ "clip": 0 }), "clip"),
            (json!([1]), "object"),
        ] {
            let message = refused(changes);
            assert!(message.starts_with("the options of train: "), "{message}");
            assert!(message.contains(word), "{message}");
        }
        for wrong in [f64::NAN, f64::INFINITY] {
            for options in [
                TrainOptions { learning_rate: wrong, ..Default::default() },
                TrainOptions { l1_weight: wrong, ..Default::default() },
                TrainOptions { clip: Some(wrong), ..Default::default() },
                TrainOptions { hints: wrong, ..Default::default() },
            ] {
                assert_eq!(options.check().unwrap_err().code(), "options/invalid");
            }
        }
    }

    #[test]
    fn the_default_scale_is_the_original_ones_in_proportion() {
        let of =
            |scale_size, size| TrainOptions { scale_size, ..Default::default() }.scale_size(size);
        assert_eq!([of(None, 256), of(None, 512), of(Some(64), 64)], [Ok(286), Ok(572), Ok(64)]);
        for wrong in [63, 257] {
            let message = of(Some(wrong), 64).unwrap_err().to_string();
            assert!(message.contains(&format!("scaleSize is {wrong}, expected 64 to 256")));
        }
    }

    #[test]
    fn what_is_for_sketches_is_refused_where_photographs_are_coloured() {
        let [in_channels, out_channels] = Color::Lab.channels(Direction::AtoB);
        let lab =
            GeneratorConfig { in_channels, out_channels, color: Color::Lab, ..Default::default() };
        let rgb = GeneratorConfig::default();
        TrainOptions::default().check_for(&lab).unwrap();
        for (name, changes) in [
            ("lines", json!({ "lines": "varied" })),
            ("hints", json!({ "hints": 0.1 })),
            ("recolor", json!({ "recolor": 0.1 })),
            ("spreadHints", json!({ "spreadHints": true })),
            ("chromaWeight", json!({ "chromaWeight": 1 })),
        ] {
            let options = TrainOptions::default().with(changes).unwrap();
            options.check_for(&rgb).unwrap();
            let error = options.check_for(&lab).unwrap_err();
            assert_eq!(error.code(), "options/invalid");
            assert!(error.to_string().starts_with(&format!("the options of train: {name} is for")));
        }
    }

    #[test]
    fn kernels_are_held_where_convolutions_are_transposed() {
        let full = GeneratorConfig::default();
        let separable =
            GeneratorConfig { convolution: Convolution::Separable, ..Default::default() };
        TrainOptions::default().check_for(&separable).unwrap();
        for kernels in [Kernels::Balanced, Kernels::Smooth, Kernels::Linear] {
            let options = TrainOptions { kernels, ..Default::default() };
            options.check_for(&full).unwrap();
            let error = options.check_for(&separable).unwrap_err();
            assert_eq!(error.code(), "options/invalid");
            assert!(error.to_string().contains("separable"), "{error}");
        }
    }

    #[test]
    fn inner_layers_have_8_pixels_a_side_and_fewer() {
        let config = GeneratorConfig { depth: 6, ..Default::default() };
        let options = TrainOptions { freeze: Freeze::Inner, ..Default::default() };
        let learns = |layer| options.learns(&config, layer);
        assert!(learns(LayerName::Encoder(2)) && !learns(LayerName::Encoder(3)));
        assert!(learns(LayerName::Decoder(2)) && !learns(LayerName::Decoder(3)));
    }
}
