//! `pix2pix info`: what is inside a model file.

use std::path::PathBuf;

use clap::Args;
use pix2pix_web::model::{Activation, Color, Convolution, Network, Norm};
use pix2pix_web::weights::describe;
use serde_json::{Value, json};

use crate::card;
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::model_file::ModelFile;

/// Say what a model file holds
#[derive(Args)]
pub struct Info {
    /// A model file of any format, or a folder with a checkpoint
    file: PathBuf,
    /// Every tensor too
    #[arg(long)]
    tensors: bool,
}

pub fn run(info: &Info, console: &Console) -> Result<()> {
    let opened = ModelFile::open(&info.file)?;
    let file = &opened.path;
    let description = describe(&*opened.bytes).map_err(|e| Failure::about(e, file))?;
    let mut text = format!(
        "{}: {}, {}, {:.1} MB",
        file.display(),
        description.format.name(),
        description.dtype,
        description.bytes as f64 / 1e6
    );
    let millions = |network| description.parameters(network) as f64 / 1e6;
    if let Some(generator) = &description.generator {
        text.push_str(&format!(
            "\ngenerator: ngf {}{}, {size} by {size} pixels, {} to {} channels{}{}{}, {}, {}, {:.2} million weights",
            generator.ngf,
            generator.max_width.map(|width| format!(", at most {width} channels")).unwrap_or_default(),
            generator.in_channels,
            generator.out_channels,
            if generator.color == Color::Lab { " of Lab" } else { "" },
            match generator.convolution {
                Convolution::Full => "",
                Convolution::Separable => ", separable convolutions",
            },
            match generator.activation {
                Activation::LeakyRelu => String::new(),
                other => format!(", {} in the encoder", other.name()),
            },
            match generator.norm {
                Norm::Batch => "batch norm",
                Norm::Instance => "instance norm",
                Norm::None => "no norm",
            },
            if generator.bias { "with biases" } else { "without biases" },
            millions(Network::Generator),
            size = generator.size(),
        ));
    }
    let (ndf, patch) =
        description.discriminator.as_ref().map(|config| (config.ndf, config.patch)).unzip();
    if let (Some(ndf), Some(patch)) = (ndf, patch) {
        let (pixels, millions) = (patch.pixels(), millions(Network::Discriminator));
        text.push_str(&format!(
            "\ndiscriminator: ndf {ndf}, patches of {pixels} by {pixels} pixels, {millions:.2} million weights"
        ));
    }
    let training: Option<Value> = match &description.training {
        Some(state) => Some(serde_json::from_str(state).map_err(|e| {
            Failure::new(
                "weights/index",
                format!("{}: the training's state can't be read: {e}", file.display()),
            )
        })?),
        None => None,
    };
    if let Some(training) = &training {
        text.push_str(&format!(
            "\ntraining: {} steps, options {}",
            training["step"], training["options"]
        ));
    }
    let stored = opened.options()?;
    if let Some(stored) = &stored {
        let writer = match &stored.command[..] {
            [] => "pix2pix.py".into(),
            command => format!("pix2pix {}", command.join(" ")),
        };
        text.push_str(&format!("\noptions.json: {:?}, {writer}", stored.direction));
    }
    if let Some(card) = &description.card {
        text.push_str(&card::describe(card));
    }
    let others = description.tensors.iter().filter(|tensor| tensor.network.is_none()).count();
    if others > 0 {
        text.push_str(&format!("\nand {others} tensors that belong to neither"));
    }
    if info.tensors {
        for tensor in &description.tensors {
            text.push_str(&format!("\n{}  {:?}  {}", tensor.name, tensor.shape, tensor.dtype));
        }
    }
    let tensors = description.tensors.iter().filter(|_| info.tensors).map(|tensor| {
        json!({ "name": tensor.name, "shape": tensor.shape, "dtype": tensor.dtype, "network": tensor.network.map(Network::name) })
    });
    let object = json!({
        "event": "info", "path": file.display().to_string(), "format": description.format.name(), "dtype": description.dtype,
        "bytes": description.bytes, "generator": description.generator, "ndf": ndf, "patch": patch,
        "parameters": { "generator": description.parameters(Network::Generator), "discriminator": description.parameters(Network::Discriminator) },
        "training": training, "card": description.card, "options": stored, "tensors": tensors.collect::<Vec<_>>(),
    });
    console.result(&text, object);
    Ok(())
}
