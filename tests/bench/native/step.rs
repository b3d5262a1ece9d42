//! `cargo bench --manifest-path tests/bench/native/Cargo.toml --bench step -- NGF STEPS`: training steps a second on the CPU, batch size 1, 256 by 256, and where the
//! time of a step goes. pix2pix.py does 6 to 7 a second at ngf 32 on two cores.

use std::collections::BTreeMap;
use std::time::Instant;

use image::{Rgba, RgbaImage};
use pix2pix_web::Pix2Pix;
use pix2pix_web::device::{self, Choice};
use pix2pix_web::model::GeneratorConfig;
use pix2pix_web::session::CreateConfig;
use pix2pix_web::train::TrainOptions;
use pollster::block_on;
use serde_json::Value;

/// Steps before the clock starts.
const WARM_UP: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let ngf: usize = numbers.next().unwrap_or(32);
    let steps: usize = numbers.next().unwrap_or(20);
    let generator = GeneratorConfig { ngf, ..Default::default() };
    let config = CreateConfig { generator, ndf: None, seed: 1, ..Default::default() };
    let model = Pix2Pix::create(&config, block_on(device::open(Choice::Cpu))?)?;
    model.begin(TrainOptions { trace_every: Some(1), ..Default::default() })?;
    let picture = RgbaImage::from_fn(256, 256, |x, y| Rgba([x as u8, y as u8, (x ^ y) as u8, 255]));
    model.add("pair".into(), picture.clone(), picture)?;
    let (mut phases, mut began) = (BTreeMap::<String, f64>::new(), Instant::now());
    for step in 0..WARM_UP + steps {
        if step == WARM_UP {
            (phases, began) = (BTreeMap::new(), Instant::now());
        }
        let trace: Value =
            serde_json::from_str(&block_on(model.step())?.trace.unwrap_or_default())?;
        for event in trace["traceEvents"].as_array().into_iter().flatten() {
            if let (Some(name), Some(length)) = (event["name"].as_str(), event["dur"].as_f64()) {
                *phases.entry(name.into()).or_default() += length / 1000.0 / steps as f64;
            }
        }
    }
    println!("ngf {ngf}: {:.2} steps a second", steps as f64 / began.elapsed().as_secs_f64());
    for (name, milliseconds) in phases {
        println!("{milliseconds:8.1} ms  {name}");
    }
    Ok(())
}
