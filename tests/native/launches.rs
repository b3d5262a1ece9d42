//! How many kernels a GPU is asked to run: each launch costs the caller and the device time, whatever it computes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use cubecl::config::{TypeNameFormatLevel, type_name_format};
use cubecl::logging::{LaunchObservation, LaunchObserver};
use image::{Rgba, RgbaImage};
use pix2pix_web::device::{self, Choice};
use pix2pix_web::model::GeneratorConfig;
use pix2pix_web::session::CreateConfig;
use pix2pix_web::{Pix2Pix, TranslateOptions};
use pollster::block_on;
use serde_json::Value;

use crate::reference;

/// Counts what one thread launches; other tests may be under way.
struct Counter {
    thread: ThreadId,
    counts: Mutex<BTreeMap<&'static str, usize>>,
}

impl LaunchObserver for Counter {
    fn launched(&self, kernel: &'static str) {
        if thread::current().id() == self.thread {
            *self.counts.lock().expect("no test panics within").entry(kernel).or_default() += 1;
        }
    }
}

/// Prints how often `work` launches each kernel, and returns how many launches there are.
fn launches(what: &str, work: impl FnOnce()) -> usize {
    let counter = Counter { thread: thread::current().id(), counts: Mutex::default() };
    let counter = Arc::new(counter);
    let observation = LaunchObservation::new(counter.clone());
    work();
    drop(observation);
    let counts = counter.counts.lock().expect("no test panics within");
    let all: usize = counts.values().sum();
    println!("{what}: {all} launches");
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (kernel, count) in counts {
        println!("{count:6} {}", type_name_format(kernel, TypeNameFormatLevel::Balanced));
    }
    all
}

#[test]
fn a_picture_and_a_step_are_few_launches() {
    let opened = match block_on(device::open(Choice::WebGpu)) {
        Ok(opened) => opened,
        Err(error) => return println!("skipped without a GPU: {error}"),
    };
    let generator = GeneratorConfig { ngf: 4, ..Default::default() };
    let config = CreateConfig { generator, ndf: Some(4), seed: 1, ..Default::default() };
    let model = Pix2Pix::create(&config, opened).unwrap();
    let picture = RgbaImage::from_fn(256, 256, |x, y| Rgba([x as u8, y as u8, 9, 255]));
    let translate = || {
        let options = TranslateOptions::default();
        block_on(model.translate(picture.clone(), &options)).unwrap();
    };
    translate(); // what is prepared once for many pictures
    let forward = launches("a forward pass", translate);
    model.begin(model.options().with(Value::Null).unwrap()).unwrap();
    model.add("a pair".into(), picture.clone(), picture.clone()).unwrap();
    let step = || {
        block_on(model.step()).unwrap();
    };
    step(); // the moments are made
    let step = launches("a training step", step);
    // Adam takes as few launches as the adapter binds buffers for: 19 where it binds those of three parameters at once, and by
    // WebGPU's default limits one for each of 55 parameters.
    assert!(forward <= 60 && step <= 250 - 19 + 55, "{forward} and {step}");
}

#[test]
#[ignore = "it prints times and tests nothing"]
fn convolutions_beside_burns() {
    let device = block_on(device::open(Choice::WebGpu)).expect("the device opens").device;
    block_on(reference::speed::convolutions_beside_burns(&device, |line| println!("{line}")));
}
