//! A model's card: what its file says of it to people. Whoever makes a model writes it; it stays with the model from file to
//! file, and of a model that learns on from there it becomes what that one was made from, so that no licence is lost.

use std::collections::BTreeMap;
use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, ImageReader, RgbaImage};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits;
use super::tensors::Tensors;
use crate::error::{Error, Result};
use crate::image::on_white;
use crate::json;

/// The metadata's key for the card, JSON.
pub const KEY: &str = "pix2pix-web/card";

/// The most that each field may have: texts in characters.
const TITLE: usize = 100;
const NAME: usize = 60;
const LINE: usize = 500;
const TEXT: usize = 4000;
const CREDITS: usize = 1000;
const SCORES: usize = 100;
/// As large as JavaScript counts.
const STEPS: u64 = 1 << 53;
/// A map keeps the place of a class in a byte.
const CLASSES: usize = 256;
const MADE_FROM: usize = 32;
/// Pixels on a side of a thumbnail, as [`thumbnail`] makes it and as it may be.
const THUMBNAIL_SIDE: u32 = 256;
const LARGEST_THUMBNAIL_SIDE: u32 = 512;
const JPEG_QUALITY: u8 = 85;

/// What a file says of its model. All texts are plain text; every field may be left out.
///
/// ```
/// use pix2pix_web::weights::Card;
///
/// let card = Card::parse(r##"{
///     "title": "Harbours", "licence": { "name": "CC-BY-4.0" }, "credits": ["Photographs: A. Sailor"],
///     "classes": [{ "name": "sea", "color": "#2060c0" }, { "name": "boat", "color": "#ffffff" }]
/// }"##)?;
/// assert_eq!(card.classes[1].name, "boat");
///
/// let error = Card::parse(r#"{ "license": "MIT" }"#).unwrap_err();
/// assert_eq!(error.code(), "weights/card");
/// assert!(error.to_string().contains("unknown field `license`"));
/// # Ok::<(), pix2pix_web::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Card {
    /// The model's name, up to 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence: Option<Licence>,
    /// Who is to be named: up to 1000 lines of up to 500 characters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<String>,
    /// What it learned from, up to 4000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Steps of its training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
    /// What it was measured at, by the measure's name, such as `L1`; up to 100.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<String, f64>,
    /// What the colours of its input mean, where that is a map of labels; up to 256. The first is the background.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<Class>,
    /// A small picture that shows what it does: a `data:` URL of a PNG or JPEG, up to 32 KiB and 512 pixels a side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<String>,
    /// The models whose weights it began with, the latest first; up to 32.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub made_from: Vec<Ancestor>,
}

/// What may be done with a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// As SPDX calls it, where it does: `CC-BY-4.0`.
    pub name: String,
    /// Where it can be read: an address with `https://` or `http://`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A colour of a map of labels, and what it means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    pub name: String,
    /// `#rrggbb`, in lower case.
    pub color: String,
}

/// What is kept of the card of a model that another one was made from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ancestor {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence: Option<Licence>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<String>,
}

impl Card {
    /// A card as its author writes it, JSON: an unknown field is refused. The cards of files may have fields that later versions
    /// of this program know.
    ///
    /// # Errors
    /// `weights/card`: no such JSON, or more than a field may have.
    pub fn parse(json: &str) -> Result<Self> {
        let value: Value = from_json(json)?;
        let known = json::field_names::<Self>();
        let given = value.as_object().into_iter().flat_map(|fields| fields.keys());
        for name in given {
            if !known.contains(&name.as_str()) {
                let name: String = name.chars().take(NAME).collect();
                return Err(error(format!(
                    "unknown field `{name}`, expected one of {}",
                    known.join(", ")
                )));
            }
        }
        Self::read(json)
    }

    /// The card in a file's metadata.
    pub(super) fn of(tensors: &Tensors) -> Result<Option<Self>> {
        tensors.metadata.get(KEY).map(|json| Self::read(json)).transpose()
    }

    fn read(json: &str) -> Result<Self> {
        let card: Self = from_json(json)?;
        card.check()?;
        Ok(card)
    }

    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).expect("texts and finite numbers are JSON")
    }

    /// Whether a file may hold it.
    ///
    /// # Errors
    /// `weights/card`.
    pub fn check(&self) -> Result<()> {
        check_names(&self.title, &self.licence, &self.credits)?;
        if let Some(data) = &self.data {
            check_text("data", data, TEXT)?;
        }
        if let Some(steps) = self.steps.filter(|steps| *steps > STEPS) {
            return Err(error(format!("steps is {steps}, more than {STEPS}")));
        }
        check_count("scores", self.scores.len(), SCORES)?;
        for (name, score) in &self.scores {
            check_text("the name of a score", name, NAME)?;
            if !score.is_finite() {
                return Err(error(format!("the score {name} is {score}, expected a number")));
            }
        }
        check_classes(&self.classes)?;
        if let Some(url) = &self.thumbnail {
            check_thumbnail(url)?;
        }
        check_count("madeFrom", self.made_from.len(), MADE_FROM)?;
        for Ancestor { title, licence, credits } in &self.made_from {
            check_names(title, licence, credits)?;
        }
        match self.json().len() {
            length if length > limits::CARD => Err(too_long(length)),
            _ => Ok(()),
        }
    }

    /// The card of a model that begins with this one's weights and learns on. Of this model it keeps what it is called, its
    /// licence and its credits, as that of the model that it was made from; and the classes, which are those of the same maps.
    pub fn of_descendant(self) -> Self {
        let Self { title, licence, credits, classes, mut made_from, .. } = self;
        let ancestor = Ancestor { title, licence, credits };
        if ancestor != Ancestor::default() {
            made_from.insert(0, ancestor);
        }
        Self { classes, made_from, ..Self::default() }
    }

    /// This card in place of the one `before` of the same model: what the model was made from stays, and so do the classes where
    /// none are given.
    ///
    /// # Errors
    /// `weights/card`.
    pub fn in_place_of(mut self, before: Option<Self>) -> Result<Self> {
        let before = before.unwrap_or_default();
        for ancestor in before.made_from {
            if !self.made_from.contains(&ancestor) {
                self.made_from.push(ancestor);
            }
        }
        if self.classes.is_empty() {
            self.classes = before.classes;
        }
        self.check()?;
        Ok(self)
    }
}

/// A picture as [`Card::thumbnail`] holds it, at most 256 pixels a side, on white.
///
/// # Errors
/// `weights/card`: it would be larger than a thumbnail may be.
pub fn thumbnail(picture: RgbaImage) -> Result<String> {
    let side = THUMBNAIL_SIDE;
    let picture = DynamicImage::from(on_white(picture));
    let small = match picture.width().max(picture.height()) {
        largest if largest > side => picture.thumbnail(side, side),
        _ => picture,
    };
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY);
    let written = small.to_rgb8().write_with_encoder(encoder);
    written.map_err(|e| error(format!("the thumbnail can't be made: {e}")))?;
    let url = format!("{}{}", prefix("jpeg"), STANDARD.encode(jpeg));
    check_thumbnail(&url)?;
    Ok(url)
}

fn error(why: String) -> Error {
    Error::Card { why }
}

fn too_long(length: usize) -> Error {
    error(format!("it is {length} bytes long, more than {}", limits::CARD))
}

fn from_json<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T> {
    if json.len() > limits::CARD {
        return Err(too_long(json.len()));
    }
    if !json.trim_start().starts_with('{') {
        return Err(error("it is no JSON object".into()));
    }
    serde_json::from_str(json).map_err(|e| {
        // It may quote the file.
        let why: String = e.to_string().chars().take(300).collect();
        error(why)
    })
}

fn check_count(what: &str, count: usize, most: usize) -> Result<()> {
    match count > most {
        true => Err(error(format!("{what} has {count} entries, more than {most}"))),
        false => Ok(()),
    }
}

/// Plain text of some characters. Those that end a line or change the direction of what follows are none.
fn check_text(what: &str, text: &str, most: usize) -> Result<()> {
    let turns = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    let count = text.chars().count();
    let why = if count > most {
        format!("{what} has {count} characters, more than {most}")
    } else if text.trim().is_empty() {
        format!("{what} is empty")
    } else if let Some(found) = text.chars().find(|c| c.is_control() || turns(*c)) {
        format!("{what} has the character {found:?}, and may have none that is not seen")
    } else {
        return Ok(());
    };
    Err(error(why))
}

fn check_names(
    title: &Option<String>,
    licence: &Option<Licence>,
    credits: &[String],
) -> Result<()> {
    if let Some(title) = title {
        check_text("title", title, TITLE)?;
    }
    if let Some(Licence { name, url }) = licence {
        check_text("licence.name", name, TITLE)?;
        if let Some(url) = url {
            check_text("licence.url", url, LINE)?;
            let is_address = ["https://", "http://"].iter().any(|start| url.starts_with(start));
            if !is_address || url.contains(char::is_whitespace) {
                return Err(error(format!(
                    "licence.url is {url:?}, expected an address that begins with https://"
                )));
            }
        }
    }
    check_count("credits", credits.len(), CREDITS)?;
    credits.iter().try_for_each(|line| check_text("a line of credits", line, LINE))
}

fn check_classes(classes: &[Class]) -> Result<()> {
    check_count("classes", classes.len(), CLASSES)?;
    for (i, Class { name, color }) in classes.iter().enumerate() {
        check_text("the name of a class", name, NAME)?;
        let digits = color.strip_prefix('#').unwrap_or_default();
        let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if digits.len() != 6 || !digits.chars().all(is_digit) {
            let color: String = color.chars().take(NAME).collect();
            return Err(error(format!(
                "the color of the class {name} is {color:?}, expected one as #0a40ff"
            )));
        }
        if classes[..i].iter().any(|other| other.name == *name || other.color == *color) {
            return Err(error(format!(
                "the class {name} has the name or the color of one before it"
            )));
        }
    }
    Ok(())
}

fn prefix(format: &str) -> String {
    format!("data:image/{format};base64,")
}

fn check_thumbnail(url: &str) -> Result<()> {
    let kinds = [("png", ImageFormat::Png), ("jpeg", ImageFormat::Jpeg)];
    let found = kinds
        .into_iter()
        .find_map(|(name, format)| Some((format, url.strip_prefix(&prefix(name))?)));
    let Some((format, data)) = found else {
        return Err(error(format!(
            "thumbnail does not begin with {} or {}",
            prefix("png"),
            prefix("jpeg")
        )));
    };
    let bytes = STANDARD.decode(data).map_err(|e| error(format!("thumbnail is no base64: {e}")))?;
    if bytes.len() > limits::THUMBNAIL {
        let length = bytes.len();
        return Err(error(format!(
            "thumbnail has {length} bytes, more than {}",
            limits::THUMBNAIL
        )));
    }
    let size = ImageReader::with_format(Cursor::new(bytes), format).into_dimensions();
    match size {
        Ok((width, height)) if width.max(height) <= LARGEST_THUMBNAIL_SIDE => Ok(()),
        Ok((width, height)) => {
            let most = LARGEST_THUMBNAIL_SIDE;
            Err(error(format!("thumbnail is {width} by {height} pixels, more than {most}")))
        }
        Err(_) => Err(error("thumbnail is not a picture of its kind".into())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A card with every field.
    fn full() -> Card {
        let picture = RgbaImage::from_pixel(600, 300, [250, 20, 20, 255].into());
        let ancestor = Ancestor { title: Some("Ships".into()), ..Ancestor::default() };
        Card {
            title: Some("Harbours".into()),
            licence: Some(Licence {
                name: "CC-BY-4.0".into(),
                url: Some("https://example.org/by".into()),
            }),
            credits: vec!["Photographs: A. Sailor".into()],
            data: Some("300 photographs".into()),
            steps: Some(7500),
            scores: [("L1".to_string(), 0.1)].into(),
            classes: vec![Class { name: "sea".into(), color: "#2060c0".into() }],
            thumbnail: Some(thumbnail(picture).unwrap()),
            made_from: vec![ancestor],
        }
    }

    fn refused(field: &str, value: Value) -> String {
        let mut card = serde_json::to_value(full()).unwrap();
        card[field] = value;
        let error = Card::parse(&card.to_string()).expect_err("it is refused");
        assert_eq!(error.code(), "weights/card");
        assert!(error.to_string().len() < 1000);
        error.to_string()
    }

    #[test]
    fn a_card_comes_back() {
        let card = full();
        assert_eq!(Card::parse(&card.json()).unwrap(), card);
        assert_eq!(Card::parse("{}").unwrap(), Card::default());
        assert_eq!(Card::default().json(), "{}");
    }

    #[test]
    fn a_thumbnail_is_small() {
        let url = full().thumbnail.unwrap();
        let jpeg = STANDARD.decode(url.strip_prefix("data:image/jpeg;base64,").unwrap()).unwrap();
        let read = image::load_from_memory(&jpeg).unwrap();
        assert_eq!((read.width(), read.height()), (256, 128));
        assert!(read.to_rgb8().pixels().all(|p| p.0[0] > 240 && p.0[1] < 40));
    }

    #[test]
    fn what_a_card_may_not_hold_is_refused() {
        let png = |width: u32| {
            let mut png = Cursor::new(Vec::new());
            RgbaImage::new(width, 1).write_to(&mut png, ImageFormat::Png).unwrap();
            STANDARD.encode(png.into_inner())
        };
        let thumbnail = |data: &str| json!(format!("data:image/png;base64,{data}"));
        let class = |name: &str, color: &str| json!({ "name": name, "color": color });
        for (field, value, why) in [
            ("title", json!(""), "title is empty"),
            ("title", json!("x".repeat(101)), "101 characters"),
            ("title", json!("a\u{202E}b"), "not seen"),
            ("title", json!("a\nb"), "not seen"),
            ("title", json!(7), "expected a string"),
            ("license", json!("MIT"), "unknown field `license`"),
            ("licence", json!({ "name": "MIT", "text": "" }), "unknown field `text`"),
            (
                "licence",
                json!({ "name": "MIT", "url": "javascript:alert(1)" }),
                "begins with https://",
            ),
            ("licence", json!({ "url": "https://a" }), "missing field `name`"),
            ("credits", json!(vec!["a"; 1001]), "1001 entries"),
            ("credits", json!(["x".repeat(501)]), "501 characters"),
            ("data", json!("x".repeat(4001)), "4001 characters"),
            ("steps", json!(-1), "invalid value"),
            ("steps", json!(u64::MAX), "more than 9007199254740992"),
            ("scores", json!({ "L1": "low" }), "expected f64"),
            ("classes", json!([class("a", "#FFFFFF")]), "expected one as"),
            ("classes", json!([class("a", "red")]), "expected one as"),
            ("classes", json!([class("a", "#000000"), class("a", "#000001")]), "one before it"),
            ("classes", json!([class("a", "#000000"), class("b", "#000000")]), "one before it"),
            ("thumbnail", json!("https://example.org/a.png"), "does not begin"),
            ("thumbnail", json!("data:image/svg+xml;base64,AAAA"), "does not begin"),
            ("thumbnail", thumbnail("*"), "no base64"),
            ("thumbnail", thumbnail("AAAA"), "not a picture"),
            ("thumbnail", thumbnail(&png(513)), "513 by 1 pixels"),
            ("thumbnail", thumbnail(&"A".repeat(44_000)), "33000 bytes"),
            ("madeFrom", json!(vec![json!({}); 33]), "33 entries"),
            ("madeFrom", json!([{ "title": "\u{7}" }]), "not seen"),
        ] {
            let found = refused(field, value);
            assert!(found.contains(why), "{field}: {found}");
        }
        let many: Vec<_> =
            (0..257).map(|i| class(&format!("c{i}"), &format!("#{i:06x}"))).collect();
        assert!(refused("classes", json!(many)).contains("257 entries"));
        assert!(refused("credits", json!(vec!["x".repeat(400); 900])).contains("bytes long"));
        assert_eq!(Card::parse("[1]").unwrap_err().code(), "weights/card");
        let nested = format!("{{\"data\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Card::parse(&nested).unwrap_err().code(), "weights/card");
    }

    /// A later version may say more of a model than this one knows.
    #[test]
    fn a_file_may_have_a_field_that_we_do_not_know() {
        let json = r#"{ "title": "Harbours", "mood": [1, { "calm": true }] }"#;
        assert_eq!(Card::read(json).unwrap().title.as_deref(), Some("Harbours"));
        assert!(Card::parse(json).unwrap_err().to_string().contains("unknown field `mood`"));
    }

    #[test]
    fn what_a_model_was_made_from_stays() {
        let card = full();
        let once = card.clone().of_descendant();
        let titles = |card: &Card| -> Vec<_> {
            card.made_from.iter().map(|of| of.title.clone().unwrap_or_default()).collect()
        };
        assert_eq!(titles(&once), ["Harbours", "Ships"]);
        assert_eq!(
            (&once.made_from[0].licence, &once.made_from[0].credits),
            (&card.licence, &card.credits)
        );
        assert_eq!((once.title.as_ref(), once.steps, &once.classes), (None, None, &card.classes));
        assert!(once.thumbnail.is_none() && once.scores.is_empty() && once.data.is_none());
        assert_eq!(once.clone().of_descendant(), once, "it had no name of its own");

        let named = Card { title: Some("Nights".into()), ..Card::default() };
        let named = named.in_place_of(Some(once.clone())).unwrap();
        assert_eq!((titles(&named), &named.classes), (titles(&once), &card.classes));
        assert_eq!(named.clone().in_place_of(Some(named.clone())).unwrap(), named);
        assert_eq!(titles(&named.of_descendant()), ["Nights", "Harbours", "Ships"]);
        let many = Card { made_from: vec![Ancestor::default(); 33], ..Card::default() };
        assert_eq!(Card::default().in_place_of(Some(many)).unwrap().made_from.len(), 1);
    }
}
