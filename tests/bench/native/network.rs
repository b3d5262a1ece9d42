//! `cargo bench --manifest-path tests/bench/native/Cargo.toml --bench network -- [FILTER]`: a picture, a training step, and
//! each convolution of the U-Net at ngf 32, with and without its gradients, on the CPU with all threads
//! (`RAYON_NUM_THREADS` sets how many).

use burn::tensor::{Device, Distribution, Tensor};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use image::{Rgba, RgbaImage};
use pix2pix_web::device::{self, Choice};
use pix2pix_web::model::{Conv, GeneratorConfig, LayerSpec};
use pix2pix_web::session::CreateConfig;
use pix2pix_web::train::TrainOptions;
use pix2pix_web::{Pix2Pix, TranslateOptions, ops};
use pollster::block_on;

const NGFS: [usize; 3] = [16, 32, 64];

fn model(ngf: usize) -> Pix2Pix {
    let generator = GeneratorConfig { ngf, ..Default::default() };
    let opened = block_on(device::open(Choice::Cpu)).expect("there is always a CPU");
    Pix2Pix::create(&CreateConfig { generator, ndf: None, seed: 1, ..Default::default() }, opened).expect("within bounds")
}

fn picture() -> RgbaImage {
    RgbaImage::from_fn(256, 256, |x, y| Rgba([x as u8, y as u8, (x ^ y) as u8, 255]))
}

fn translate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("translate");
    group.sample_size(20);
    for ngf in NGFS {
        let model = model(ngf);
        for (name, weights_cache) in [("weights kept", None), ("weights transformed anew", Some(0))] {
            let options = TranslateOptions { weights_cache, ..Default::default() };
            group.bench_function(BenchmarkId::new(name, ngf), |bencher| {
                bencher.iter_batched(
                    picture,
                    |picture| block_on(model.translate(picture, &options)).expect("a picture"),
                    criterion::BatchSize::LargeInput,
                );
            });
        }
    }
}

fn step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("training step");
    group.sample_size(10);
    for ngf in NGFS {
        let model = model(ngf);
        model.begin(TrainOptions::default()).expect("the default options are valid");
        model.add("pair".into(), picture(), picture()).expect("a pair");
        group.bench_function(BenchmarkId::from_parameter(ngf), |bencher| {
            bencher.iter(|| block_on(model.step()).expect("a step"));
        });
    }
}

/// By multiplications of the definition, so that layers can be compared.
fn convolutions(criterion: &mut Criterion) {
    let config = GeneratorConfig { ngf: 32, ..Default::default() };
    let mut group = criterion.benchmark_group("convolution");
    group.sample_size(20);
    for LayerSpec { name, conv, channels: [inputs, outputs], .. } in config.layers() {
        let inner = config.inner_side(name);
        let side = if conv == Conv::Up { inner } else { 2 * inner };
        let device = Device::flex();
        let random = |shape, device: &Device| {
            Tensor::<4>::random(shape, Distribution::Uniform(-1.0, 1.0), device)
        };
        let (input, kernels) = match conv {
            Conv::Up => ([1, inputs, side, side], [inputs, outputs, 4, 4]),
            _ => ([1, inputs, side, side], [outputs, inputs, 4, 4]),
        };
        let run = |x: Tensor<4>, weight: Tensor<4>| match conv {
            Conv::Up => ops::up(x, weight, 2),
            _ => ops::down(x, weight, 2),
        };
        group.throughput(Throughput::Elements((16 * inputs * outputs * inner * inner) as u64));
        let (x, weight) = (random(input, &device), random(kernels, &device));
        group.bench_function(BenchmarkId::new("forward", name), |bencher| {
            bencher.iter(|| run(x.clone(), weight.clone()));
        });
        let device = device.autodiff();
        group.bench_function(BenchmarkId::new("forward and both gradients", name), |bencher| {
            bencher.iter_batched(
                || [input, kernels].map(|shape| random(shape, &device).require_grad()),
                |[x, weight]| run(x, weight).sum().backward(),
                criterion::BatchSize::LargeInput,
            );
        });
    }
}

criterion_group!(benches, translate, step, convolutions);
criterion_main!(benches);
