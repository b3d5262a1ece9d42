//! What is given of a model's card on the command line, and what is said of one.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use pix2pix_web::Pix2Pix;
use pix2pix_web::image::decode;
use pix2pix_web::weights::{Ancestor, Card, Licence, thumbnail};

use crate::failure::{Failure, Result};
use crate::on_device::read;

/// A card for a model that is written.
#[derive(Args)]
pub struct CardOptions {
    /// What the model's file says of it to people, in place of what it said: title, licence, credits, data, steps, scores,
    /// classes; as JSON, see www/docs/cards.md
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
    /// A picture for the card, of which a small one is made
    #[arg(long, value_name = "FILE")]
    thumbnail: Option<PathBuf>,
}

impl CardOptions {
    /// Whether anything is given.
    pub fn are_given(&self) -> bool {
        self.card.is_some() || self.thumbnail.is_some()
    }

    /// Gives the model its card.
    pub fn apply(&self, model: &Pix2Pix) -> Result<()> {
        if !self.are_given() {
            return Ok(());
        }
        let mut card = match &self.card {
            Some(file) => {
                let json = fs::read_to_string(file)
                    .map_err(|e| Failure::file(file, "can't be read", e))?;
                Card::parse(&json).map_err(|e| Failure::about(e, file))?
            }
            None => model.card().unwrap_or_default(),
        };
        if let Some(file) = &self.thumbnail {
            let small = decode(&read(file)?).and_then(thumbnail);
            card.thumbnail = Some(small.map_err(|e| Failure::about(e, file))?);
        }
        Ok(model.set_card(card)?)
    }
}

/// A card for people, a line for each of its parts; each begins with a line's end.
pub fn describe(card: &Card) -> String {
    let Card { title, licence, credits, data, steps, scores, classes, thumbnail, made_from } = card;
    let mut lines = Vec::new();
    let title = title.as_deref().unwrap_or("without a title");
    lines.push(format!("card: {title}"));
    lines.extend(licence.iter().map(|licence| format!("licence: {}", name(licence))));
    lines.extend(credits.iter().map(|line| format!("credits: {line}")));
    lines.extend(data.iter().map(|data| format!("data: {data}")));
    lines.extend(steps.iter().map(|steps| format!("steps: {steps}")));
    if !scores.is_empty() {
        let scores: Vec<_> = scores.iter().map(|(name, score)| format!("{name} {score}")).collect();
        lines.push(format!("scores: {}", scores.join(", ")));
    }
    if !classes.is_empty() {
        let classes: Vec<_> =
            classes.iter().map(|class| format!("{} {}", class.name, class.color)).collect();
        lines.push(format!("classes: {}", classes.join(", ")));
    }
    if thumbnail.is_some() {
        lines.push("and a thumbnail".into());
    }
    for Ancestor { title, licence, credits } in made_from {
        let title = title.as_deref().unwrap_or("a model without a title");
        let licence = licence.iter().map(|licence| format!(", licence {}", name(licence)));
        lines.push(format!("made from {title}{}", licence.collect::<String>()));
        lines.extend(credits.iter().map(|line| format!("credits of that: {line}")));
    }
    lines.into_iter().map(|line| format!("\n{line}")).collect()
}

fn name(Licence { name, url }: &Licence) -> String {
    match url {
        Some(url) => format!("{name}, {url}"),
        None => name.clone(),
    }
}
