//! `cargo run --release --example compare -- MODEL PAIR.png`: translates the left half of a pair natively and
//! says how far the right half is from that. The browser tests hold the page's own pictures against it.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::{env, fs};

use image::imageops::crop_imm;
use pix2pix_web::device::{self, Choice};
use pix2pix_web::image::decode;
use pix2pix_web::{Pix2Pix, TranslateOptions};
use pollster::block_on;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [model, pair] = &arguments[..] else { return Err("usage: compare MODEL PAIR.png".into()) };
    let opened = block_on(device::open(Choice::Cpu))?;
    let model = Pix2Pix::load(&fs::read(model)?, opened, &mut |_, _| ())?;
    let pair = decode(&fs::read(pair)?)?;
    let half = |left| crop_imm(&pair, left, 0, pair.width() / 2, pair.height()).to_image();
    let native = block_on(model.translate(half(0), &TranslateOptions::default()))?;
    let page = half(pair.width() / 2);
    assert_eq!(native.dimensions(), page.dimensions());
    let apart = native.iter().zip(page.iter()).map(|(a, b)| a.abs_diff(*b));
    let sum: u64 = apart.clone().map(u64::from).sum();
    let mean = sum as f64 / native.len() as f64;
    println!("{{ \"largest\": {}, \"mean\": {mean} }}", apart.max().expect("a picture has pixels"));
    Ok(())
}
