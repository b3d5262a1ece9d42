//! The options of a training that the library knows, as the command line spells them.

use clap::Args;
use pix2pix_web::data::Lines;
use pix2pix_web::image::Fit;
use pix2pix_web::train::{Decay, Freeze, GanLoss, Kernels, TrainOptions};

/// Only what is given is changed: the rest is as in the checkpoint, or the default.
#[derive(Args)]
pub struct Learning {
    /// Pairs a step [default: 1]
    #[arg(long, alias = "batch_size", value_name = "N")]
    batch_size: Option<usize>,
    /// Adam's step size [default: 0.0002]
    #[arg(long = "lr", alias = "learning-rate", value_name = "RATE")]
    learning_rate: Option<f64>,
    /// Adam's decay of the first moment [default: 0.5]
    #[arg(long, value_name = "SHARE")]
    beta1: Option<f64>,
    /// Weight of the mean absolute difference [default: 100]
    #[arg(long, alias = "l1_weight", value_name = "WEIGHT")]
    l1_weight: Option<f64>,
    /// Weight of the discriminator's judgement [default: 1]
    #[arg(long, alias = "gan_weight", value_name = "WEIGHT")]
    gan_weight: Option<f64>,
    /// The GAN loss [default: vanilla]
    #[arg(long, value_enum)]
    loss: Option<GanLoss>,
    /// The most that the norm of a network's gradient may be [default: no limit]
    #[arg(long, value_name = "NORM")]
    clip: Option<f64>,
    /// The learning rate falls to zero from this step of the whole training on …
    #[arg(long, value_name = "STEP", requires = "decay_to")]
    decay_from: Option<u64>,
    /// … to this one
    #[arg(long, value_name = "STEP", requires = "decay_from")]
    decay_to: Option<u64>,
    /// The part of the generator that stays as it is [default: none]
    #[arg(long, value_enum)]
    freeze: Option<Freeze>,
    /// Train the generator alone, by the L1 loss
    #[arg(long)]
    pub generator_only: bool,
    /// Steps in which the discriminator learns before the generator learns from it [default: 20 for a new one beside a
    /// trained generator]
    #[arg(long, value_name = "STEPS")]
    warmup: Option<u64>,
    /// Pixels on a side of the squares that are cut out, a multiple of the network's 2^depth [default: 256, or what --depth says]
    #[arg(long, alias = "crop_size", value_name = "N")]
    crop_size: Option<usize>,
    /// Pictures are resized to squares of N pixels before that [default: 286, in proportion for other sizes]
    #[arg(long, alias = "scale_size", value_name = "N")]
    scale_size: Option<usize>,
    /// Mirror at random (the default)
    #[arg(long, overrides_with = "no_flip")]
    flip: bool,
    /// Never mirror
    #[arg(long, alias = "no_flip", overrides_with = "flip")]
    no_flip: bool,
    /// Train without dropout
    #[arg(long)]
    no_dropout: bool,
    /// How pictures become squares [default: stretch]
    #[arg(long, value_enum)]
    fit: Option<Fit>,
    /// The sketches: as they are, or drawn again from the target at each step, so that hand-drawn ones work
    /// [default: given]
    #[arg(long, value_enum)]
    lines: Option<Lines>,
    /// The share of the sketches that get strokes and dots in shades near the target's colours
    /// [default: 0]
    #[arg(long, value_name = "SHARE")]
    hints: Option<f64>,
    /// The share of the sketches with hints whose targets get other colours, so that only the hints say them
    /// [default: 0]
    #[arg(long, value_name = "SHARE")]
    recolor: Option<f64>,
    /// Hints fill the regions that they lie in, in the mean colour that the target has there; translate with --spread-hints
    #[arg(long)]
    spread_hints: bool,
    /// Hold the decoders' kernels to those that draw no grid [default: free]
    #[arg(long, value_enum)]
    kernels: Option<Kernels>,
    /// The weight of chroma in the L1 loss of sketches without hints; how colourful a pixel is, whichever its hue, counts for
    /// the rest. Little is against brown
    /// [default: the L1 of red, green and blue]
    #[arg(long, value_name = "WEIGHT")]
    chroma_weight: Option<f64>,
    /// The least that tanh's slope counts, 0 to 1, where the output is wrong: white backgrounds change sooner [default: 0]
    #[arg(long, value_name = "SLOPE")]
    slope_floor: Option<f64>,
    /// Keep a moving average of the generator's weights, of this decay, for pictures and exports [default: none]
    #[arg(long, value_name = "DECAY")]
    average: Option<f64>,
    /// Decides weights, order, cuts, mirroring and dropout [default: a random one, which is printed and stored]
    #[arg(long, value_name = "N")]
    pub seed: Option<u32>,
}

impl Learning {
    /// `before`, with what is given in its place.
    pub fn over(&self, before: TrainOptions) -> TrainOptions {
        let decay = self.decay_from.zip(self.decay_to).map(|(from, to)| Decay { from, to });
        TrainOptions {
            batch_size: self.batch_size.unwrap_or(before.batch_size),
            learning_rate: self.learning_rate.unwrap_or(before.learning_rate),
            beta1: self.beta1.unwrap_or(before.beta1),
            l1_weight: self.l1_weight.unwrap_or(before.l1_weight),
            gan_weight: self.gan_weight.unwrap_or(before.gan_weight),
            loss: self.loss.unwrap_or(before.loss),
            clip: self.clip.or(before.clip),
            decay: decay.or(before.decay),
            freeze: self.freeze.unwrap_or(before.freeze),
            generator_only: self.generator_only || before.generator_only,
            warmup: self.warmup.or(before.warmup),
            dropout: !self.no_dropout && before.dropout,
            crop_size: self.crop_size.or(before.crop_size),
            scale_size: self.scale_size.or(before.scale_size),
            flip: if self.flip || self.no_flip { self.flip } else { before.flip },
            fit: self.fit.unwrap_or(before.fit),
            lines: self.lines.unwrap_or(before.lines),
            hints: self.hints.unwrap_or(before.hints),
            recolor: self.recolor.unwrap_or(before.recolor),
            spread_hints: self.spread_hints || before.spread_hints,
            kernels: self.kernels.unwrap_or(before.kernels),
            chroma_weight: self.chroma_weight.or(before.chroma_weight),
            slope_floor: self.slope_floor.unwrap_or(before.slope_floor),
            average: self.average.or(before.average),
            seed: self.seed.unwrap_or(before.seed),
            ..before
        }
    }
}
