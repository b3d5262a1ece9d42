//! Every failure that a caller can mend: a stable code, the place, and the remedy.

use thiserror::Error as ThisError;

pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong. [`Error::code`] is stable; the message is for people.
///
/// ```
/// let error = pix2pix_web::weights::describe(&b"<!doctype html>".to_vec()).unwrap_err();
/// assert_eq!(error.code(), "weights/format");
/// assert!(error.to_string().contains("a web page"));
/// ```
#[derive(Debug, Clone, PartialEq, ThisError)]
pub enum Error {
    /// The file is of no format that we read: what it is, and what to do.
    #[error("this is not a weights file: {found}. {remedy}")]
    Format { found: String, remedy: String },

    /// A weights file of a network that we can't run.
    #[error(
        "this weights file can't be used: {what}. Give weights of pix2pix-tensorflow or of pytorch-CycleGAN-and-pix2pix, or ones that this program wrote"
    )]
    Unsupported { what: String },

    /// The file ends before its own index says.
    #[error(
        "{place} ends at byte {end}, but the file ends at byte {bytes}: it is cut off or damaged. Download it again"
    )]
    Truncated { place: String, end: u64, bytes: u64 },

    /// The file's index can't be read or contradicts itself.
    #[error("the file's index is damaged: {detail}")]
    Index { detail: String },

    /// The bytes of a part of the file are not those that were written.
    #[error(
        "{place} is damaged: its bytes do not match their checksum. Copy or download the file again"
    )]
    Checksum { place: String },

    /// One of the files that belong together is not there: what it is for, and how to give it.
    #[error("{name} is missing: {remedy}")]
    MissingFile { name: String, remedy: &'static str },

    /// A tensor that the network needs is not there.
    #[error("{name} is missing: the file has no such tensor, expected {expected}")]
    Missing { name: String, expected: String },

    /// A tensor that belongs to no part of the network.
    #[error("{name} of shape {found} is unknown: the network of this file has no such tensor")]
    Unknown { name: String, found: String },

    /// A tensor whose shape contradicts the others.
    #[error("{name} is {found}, expected {expected}")]
    Shape { name: String, found: String, expected: String },

    /// A tensor of a number type that weights don't have.
    #[error("{name} is stored as {found}, expected F32, F16, BF16, or U8 with a code book")]
    Dtype { name: String, found: String },

    /// NaN or infinity among the weights.
    #[error(
        "{name} holds {found} at index {index}, expected finite numbers: the training that wrote it diverged, or the file is damaged"
    )]
    NotFinite { name: String, found: f32, index: usize },

    /// Something that a file of this format or number type has no place for.
    #[error("{holder} can't hold {what}. {remedy}")]
    Incompatible { holder: &'static str, what: String, remedy: String },

    /// What a file or an author says of a model can't be a card.
    #[error(
        "the model's card can't be used: {why}. What a card may hold stands in the documentation's cards.md"
    )]
    Card { why: String },

    /// The device that was asked for is not available.
    #[error("{device} is not available here: {reason}. Use the device `cpu` or `auto`")]
    Device { device: &'static str, reason: String },

    /// The device was there, and then it failed or went away.
    #[error(
        "the device stopped working: {reason}. Load the model again, on the device `cpu` if this repeats"
    )]
    DeviceLost { reason: String },

    /// Running statistics asked for, where there are none or they are not the weights'.
    #[error("this model has no running statistics: {why}. Use statistics: 'batch'")]
    RunningStatistics { why: String },

    /// A network that can't be trained.
    #[error("this model can't be trained: {detail}")]
    Untrainable { detail: String },

    /// NaN or infinity in what a network made.
    #[error(
        "the model's picture holds {found}: its weights are too large, as a training that diverged leaves them. \
         Load an earlier version of it"
    )]
    OutputNotFinite { found: f32 },

    /// The network's channels are not those that are needed.
    #[error("this model turns {in_channels} into {out_channels} channels, and {needs}")]
    Channels { in_channels: usize, out_channels: usize, needs: &'static str },

    /// An option that can't be, or an unknown one.
    #[error("{detail}")]
    Options { detail: String },

    /// The two pictures of a pair don't fit on each other.
    #[error(
        "{name} can't be used: its input is {} by {} pixels and its target {} by {}, which are of different shapes. \
         Give two pictures that lie exactly on each other", input.0, input.1, target.0, target.1
    )]
    PairSize { name: String, input: (u32, u32), target: (u32, u32) },

    /// A single photograph for a model that learns from pairs, or a pair for one that learns to colour.
    #[error("{name} can't be used: {}", kind(*is_photo))]
    PairKind { name: String, is_photo: bool },

    /// A training without a pair.
    #[error("there are no pairs to learn from: give at least one")]
    NoPairs,

    /// A step of training while another runs.
    #[error("this model is being trained: wait for the step that is under way")]
    Running,

    /// Something of a training is asked for, and there is none.
    #[error("there is no {what}: train the model first")]
    NotTrained { what: &'static str },

    /// A loss or a gradient is not finite any more.
    #[error(
        "the training diverged: {what} is {found}. This step changed nothing, but the updates before it may have spoilt the \
         weights: go back to a version that was saved earlier, and train it with a lower learning rate or with `clip`"
    )]
    Diverged { what: String, found: f64 },

    /// A picture of a size that a network can't make.
    #[error(
        "no picture of {} by {} pixels can be made: {why}. The nearest that can is {} by {}", size.0, size.1, nearest.0, nearest.1
    )]
    Size { size: (u32, u32), why: String, nearest: (u32, u32) },

    /// A picture that can't be read.
    #[error("the picture can't be read: {detail}")]
    Picture { detail: String },
}

fn kind(is_photo: bool) -> &'static str {
    match is_photo {
        true => {
            "it is a single photograph, and this model learns from pairs. Give its input and its target"
        }
        false => {
            "it is a pair, and this model learns to colour, from single photographs. Give the photograph alone"
        }
    }
}

impl Error {
    /// [`Error::Options`] for the options of this method.
    pub fn options(method: &str, why: impl std::fmt::Display) -> Self {
        Error::Options { detail: format!("the options of {method}: {why}") }
    }

    /// The stable code, `area/kind`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Format { .. } => "weights/format",
            Error::Unsupported { .. } => "weights/unsupported",
            Error::Truncated { .. } => "weights/truncated",
            Error::Index { .. } => "weights/index",
            Error::Checksum { .. } => "weights/checksum",
            Error::Missing { .. } | Error::MissingFile { .. } => "weights/missing",
            Error::Unknown { .. } => "weights/unknown",
            Error::Shape { .. } => "weights/shape",
            Error::Dtype { .. } => "weights/dtype",
            Error::NotFinite { .. } => "weights/nan",
            Error::Incompatible { .. } => "weights/incompatible",
            Error::Card { .. } => "weights/card",
            Error::Device { .. } => "device/unavailable",
            Error::DeviceLost { .. } => "device/lost",
            Error::RunningStatistics { .. } => "model/running-statistics",
            Error::Channels { .. } => "model/channels",
            Error::Untrainable { .. } => "model/untrainable",
            Error::OutputNotFinite { .. } => "model/not-finite",
            Error::Options { .. } => "options/invalid",
            Error::PairSize { .. } => "pair/size",
            Error::PairKind { .. } => "pair/kind",
            Error::NoPairs => "train/no-pairs",
            Error::Running => "train/running",
            Error::NotTrained { .. } => "train/none",
            Error::Diverged { .. } => "train/diverged",
            Error::Size { .. } => "image/size",
            Error::Picture { .. } => "image/unreadable",
        }
    }
}
