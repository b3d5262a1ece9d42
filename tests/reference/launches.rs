//! How many kernels a GPU is asked to run: each launch costs the caller and the device time, whatever it computes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use burn::tensor::{Device, Tensor};
use cubecl::config::{TypeNameFormatLevel, type_name_format};
use cubecl::logging::{LaunchObservation, LaunchObserver};
use image::{Rgba, RgbaImage};
use pix2pix_web::device::Opened;
use pix2pix_web::model::{GeneratorConfig, Norm};
use pix2pix_web::session::CreateConfig;
use pix2pix_web::{Pix2Pix, TranslateOptions};
use serde_json::Value;

use super::roofline::{Product, Sized, columns, convolutions, layers, others};
use super::speed::convolve;

/// How often each kernel was launched.
type Launches = BTreeMap<&'static str, usize>;

/// Counts what one thread launches; other tests may be under way.
struct Counter {
    thread: ThreadId,
    counts: Mutex<Launches>,
}

impl LaunchObserver for Counter {
    fn launched(&self, kernel: &'static str) {
        if thread::current().id() == self.thread {
            *self.counts.lock().expect("no test panics within").entry(kernel).or_default() += 1;
        }
    }
}

/// How often `work` launches each kernel.
async fn launches(work: impl Future) -> Launches {
    let counter = Counter { thread: thread::current().id(), counts: Mutex::default() };
    let counter = Arc::new(counter);
    let observation = LaunchObservation::new(counter.clone());
    work.await;
    drop(observation);
    let mut counts = counter.counts.lock().expect("no test panics within");
    std::mem::take(&mut *counts)
}

fn tell(what: &str, launches: &Launches, say: &impl Fn(String)) {
    say(format!("{what}: {} launches", launches.values().sum::<usize>()));
    let mut launches: Vec<_> = launches.iter().collect();
    launches.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (kernel, count) in launches {
        say(format!("{count:6} {}", type_name_format(kernel, TypeNameFormatLevel::Balanced)));
    }
}

/// A picture and a step of the U-Net of 256 pixels, whose launches are as many however many channels it has, but for those that
/// add up the parts of a convolution: with few channels more are cut into parts. `say` is told each kernel.
pub async fn a_picture_and_a_step_are_few(opened: Opened, say: impl Fn(String)) {
    let [picture, step] = of_a_picture_and_a_step(opened, 4).await;
    tell("a forward pass", &picture, &say);
    tell("a training step", &step, &say);
    let all = |launches: &Launches| launches.values().sum::<usize>();
    let of = |kernel: &str| {
        let named = step.iter().filter(|(name, _)| name.contains(kernel));
        named.map(|(_, count)| count).sum::<usize>()
    };
    // By WebGPU's default limits a kernel has seven buffers, so that Adam updates two parameters in a launch, of three buffers
    // each, and the norms are of six, with one buffer for the sums.
    let [generator, discriminator] = layers(4, 2).map(|layers| {
        layers
            .iter()
            .map(|Sized { spec, .. }| {
                let vectors = usize::from(spec.bias) + 2 * usize::from(spec.norm != Norm::None);
                spec.kernels().len() + vectors
            })
            .sum::<usize>()
    });
    let by_default =
        |of_a_launch: usize| generator.div_ceil(of_a_launch) + discriminator.div_ceil(of_a_launch);
    let least = all(&step) - of("Adam") - of("SumSquares") + by_default(2) + by_default(6);
    say(format!("a training step by WebGPU's default limits: {least} launches"));
    assert!(all(&picture) <= 60, "{}", all(&picture));
    assert!(all(&step).max(least) <= 250, "{} and {least}", all(&step));
}

async fn of_a_picture_and_a_step(opened: Opened, ngf: usize) -> [Launches; 2] {
    let generator = GeneratorConfig { ngf, ..Default::default() };
    let config = CreateConfig { generator, ndf: Some(ngf), seed: 1, ..Default::default() };
    let model = Pix2Pix::create(&config, opened).unwrap();
    let picture = RgbaImage::from_fn(256, 256, |x, y| Rgba([x as u8, y as u8, 9, 255]));
    let options = TranslateOptions::default();
    let translate = async || model.translate(picture.clone(), &options).await.unwrap();
    translate().await; // what is prepared once for many pictures
    let forward = launches(translate()).await;
    model.begin(model.options().with(Value::Null).unwrap()).unwrap();
    model.add("a pair".into(), picture.clone(), picture.clone()).unwrap();
    model.step().await.unwrap(); // the moments are made
    let step = launches(async { model.step().await.unwrap() }).await;
    [forward, step]
}

/// A table of the operations of a picture and of a step: launches, counted; bytes, additions and multiplications, and the least
/// time, computed. What is no convolution is told by kind, and its launches by kernel.
pub async fn table(opened: Opened, ngf: usize, say: impl Fn(String)) {
    let device = opened.device.clone();
    let counted = of_a_picture_and_a_step(opened, ngf).await;
    let whole = ["a picture", "a step"].into_iter().zip(convolutions(ngf));
    for (((what, products), counted), others) in whole.zip(counted).zip(others(ngf)) {
        say(format!("| {what}, ngf {ngf} | launches | MB | GFLOP | µs |"));
        for (layer, product) in products {
            let cost = layer.cost(product);
            let launches = of_convolution(&device, &layer, product).await;
            say(format!("| {} | {launches} | {} |", cost.what, columns(&cost)));
        }
        for cost in &others {
            say(format!("| {} | | {} |", cost.what, columns(cost)));
        }
        tell(what, &counted, &say);
    }
}

/// Launches of our own kernels for one product of a layer.
async fn of_convolution(device: &Device, layer: &Sized, product: Product) -> usize {
    let tracked = device.clone().autodiff();
    let device = if product == Product::Output { device } else { &tracked };
    let mut x = Tensor::<4>::ones(layer.input(), device);
    let mut weight = Tensor::<4>::ones(layer.weight(), device);
    match product {
        Product::Output => {}
        Product::OfInput => x = x.require_grad(),
        Product::OfWeight => weight = weight.require_grad(),
    }
    let convolve = || convolve(layer.spec.conv, x, weight, false);
    let counted = match product {
        Product::Output => launches(async { convolve() }).await,
        _ => {
            let output = convolve();
            launches(async { output.backward() }).await
        }
    };
    let ours = counted.iter().filter(|(kernel, _)| kernel.contains("convolve"));
    ours.map(|(_, count)| count).sum()
}
