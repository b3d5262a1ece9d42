//! What files say of their models to people.

use image::RgbaImage;
use pix2pix_web::device::{self, Choice};
use pix2pix_web::model::GeneratorConfig;
use pix2pix_web::session::{CreateConfig, SaveWhat};
use pix2pix_web::train::TrainOptions;
use pix2pix_web::weights::{self, Card, Contents, Dtype, Format};
use pix2pix_web::{Pix2Pix, Result};
use pollster::block_on;
use safetensors::SafeTensors;

use super::writing::{alone, write};
use super::{PICT, load, numbers};
use crate::reference;

fn card() -> Card {
    let json = r##"{
        "title": "Harbours", "licence": { "name": "CC-BY-4.0" }, "credits": ["Photographs: A. Sailor"],
        "classes": [{ "name": "sea", "color": "#2060c0" }]
    }"##;
    Card::parse(json).unwrap()
}

#[test]
fn a_card_is_in_every_format_that_has_a_place_for_it() {
    let card = card();
    let of_2018 = load(PICT).unwrap();
    for (format, dtype) in [
        (Format::Ours, Dtype::F32),
        (Format::Ours, Dtype::Q8),
        (Format::TensorFlow2018, Dtype::F16),
        (Format::Pict, Dtype::Q8),
        (Format::Onnx, Dtype::F32),
    ] {
        let plain = alone(&of_2018);
        let file = write(Contents { card: Some(&card), ..plain }, format, dtype).unwrap();
        let expected = Some(&card).filter(|_| format != Format::Onnx);
        assert_eq!(weights::describe(&file).unwrap().card.as_ref(), expected, "{}", format.name());
        let loaded = load(&file).unwrap();
        assert_eq!((loaded.card.as_ref(), loaded.format), (expected, format));
        assert_eq!(
            write(loaded.contents(), format, dtype).unwrap(),
            file,
            "it is written as it was read"
        );
        let without = load(&write(plain, format, dtype).unwrap()).unwrap();
        assert!(
            numbers(&loaded.generator) == numbers(&without.generator) && without.card.is_none()
        );
    }
}

/// The original's reader and ml5's go from block to block up to the end of the file.
#[test]
fn behind_the_blocks_of_a_pict_its_card_is_one_more() {
    let model = load(PICT).unwrap();
    let plain = write(alone(&model), Format::Pict, Dtype::Q8).unwrap();
    let card = card();
    let with =
        write(Contents { card: Some(&card), ..alone(&model) }, Format::Pict, Dtype::Q8).unwrap();
    let rest = with.strip_prefix(&plain[..]).expect("all else is as without it");
    assert_eq!(u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize, rest.len() - 4);
    let read: serde_json::Value = serde_json::from_slice(&rest[4..]).unwrap();
    assert_eq!(read["title"], "Harbours");
}

#[test]
fn a_card_that_can_not_be_is_refused_by_its_code() {
    let model = load(PICT).unwrap();
    let pict = write(alone(&model), Format::Pict, Dtype::Q8).unwrap();
    let of_pict = |card: &[u8]| {
        let length = (card.len() as u32).to_be_bytes();
        load(&[&pict, &length[..], card].concat()).err().map(|e| e.code())
    };
    let ours = write(alone(&model), Format::Ours, Dtype::F32).unwrap();
    let of_ours = |card: &str| {
        let file = SafeTensors::deserialize(&ours).unwrap();
        let (_, header) = SafeTensors::read_metadata(&ours).unwrap();
        let mut metadata = header.metadata().clone().unwrap();
        metadata.insert("pix2pix-web/card".into(), card.into());
        let file = safetensors::serialize(file.tensors(), Some(metadata)).unwrap();
        assert_eq!(weights::describe(&file).err(), load(&file).err());
        load(&file).err().map(|e| e.code())
    };
    let long = format!(r#"{{"data":"{}"}}"#, "x".repeat(1 << 18));
    for json in ["", "[]", "{", r#"{"title":""}"#, r#"{"steps":0.5}"#, &long] {
        let found = [of_pict(json.as_bytes()), of_ours(json)];
        assert_eq!(found, [Some("weights/card"); 2], "{}", &json[..json.len().min(50)]);
    }
    assert_eq!(of_pict(&[0xFF]), Some("weights/card"));
    for json in ["{}", r#"{"title":"<b>Harbours</b>"}"#, r#"{"mood":"calm"}"#] {
        assert_eq!([of_pict(json.as_bytes()), of_ours(json)], [None; 2], "{json}");
    }
    assert_eq!(of_pict(&vec![b' '; (100 << 20) + 1]), Some("weights/index"));
    let more = load(&[&pict[..], &[0, 0, 0, 2], b"{}?"].concat()).err().unwrap();
    assert_eq!(more.code(), "weights/index");
    let invalid = Card { title: Some("x".repeat(1000)), ..Card::default() };
    let written =
        write(Contents { card: Some(&invalid), ..alone(&model) }, Format::Ours, Dtype::F32);
    assert_eq!(written.unwrap_err().code(), "weights/card");
}

fn saved(model: &Pix2Pix, what: SaveWhat) -> Vec<u8> {
    let mut file = Vec::new();
    let mut sink = |piece| file.extend(piece);
    block_on(model.save(what, Format::Ours, Dtype::F32, &mut sink)).unwrap();
    file
}

fn opened(file: &Vec<u8>) -> Result<Pix2Pix> {
    Pix2Pix::load(file, block_on(device::open(Choice::Cpu))?, &mut |_, _| ())
}

fn learn(model: &Pix2Pix) -> Result<()> {
    model.begin(TrainOptions::default())?;
    let picture = || RgbaImage::from_fn(32, 32, |x, y| [x as u8, y as u8, 7, 255].into());
    model.add("pair".into(), picture(), picture())?;
    block_on(model.step()).map(drop)
}

#[test]
fn a_model_that_learns_on_says_what_it_was_made_from() -> Result<()> {
    let generator = GeneratorConfig { ngf: 1, depth: 5, ..Default::default() };
    let config = CreateConfig { generator, ndf: Some(1), seed: 7, ..Default::default() };
    let model = Pix2Pix::create(&config, block_on(device::open(Choice::Cpu))?)?;
    model.set_card(card())?;
    learn(&model)?;
    assert_eq!(model.card(), Some(card()), "it was made from none");
    let first = opened(&saved(&model, SaveWhat::Generator))?;
    assert_eq!(
        first.card(),
        Some(Card { steps: Some(1), ..card() }),
        "a file without a training says its steps"
    );

    let checkpoint = opened(&saved(&model, SaveWhat::Checkpoint))?;
    learn(&checkpoint)?;
    assert_eq!(checkpoint.card(), Some(card()), "it is the same training");

    learn(&first)?;
    let second = opened(&saved(&first, SaveWhat::Networks))?.card().unwrap();
    let ancestor = &second.made_from[0];
    assert_eq!(
        (second.title.as_ref(), second.steps, &second.classes),
        (None, Some(1), &card().classes)
    );
    assert_eq!(
        (&ancestor.title, &ancestor.licence, &ancestor.credits),
        (&card().title, &card().licence, &card().credits)
    );

    first.set_card(Card { title: Some("Nights".into()), ..Card::default() })?;
    let third = opened(&saved(&first, SaveWhat::Generator))?.card().unwrap();
    assert_eq!((third.title.as_deref(), &third.made_from), (Some("Nights"), &second.made_from));
    Ok(())
}

/// Nothing is said of a model whose file said nothing.
#[test]
fn a_model_without_a_card_stays_without() {
    let file =
        write(load(reference::CLASSIC_WEIGHTS).unwrap().contents(), Format::Ours, Dtype::F32)
            .unwrap();
    let model = opened(&file).unwrap();
    model.begin(TrainOptions::default()).unwrap();
    assert_eq!(model.card(), None);
    let (_, header) = SafeTensors::read_metadata(&saved(&model, SaveWhat::Networks)).unwrap();
    let metadata = header.metadata().clone().unwrap();
    assert!(!metadata.contains_key("pix2pix-web/card"), "{metadata:?}");
}
