//! Pictures by kernels in fewer bits.

use image::RgbaImage;
use pix2pix_web::device::Opened;
use pix2pix_web::random::Random;
use pix2pix_web::train::TrainOptions;
use pix2pix_web::weights::Dtype;
use pix2pix_web::{Pix2Pix, TranslateOptions};

use super::RGB_WEIGHTS;

fn noise(width: u32, height: u32) -> RgbaImage {
    let mut random = Random::new(5);
    RgbaImage::from_fn(width, height, |_, _| {
        let [r, g, b] = [0; 3].map(|_: u8| random.below(256) as u8);
        [r, g, b, 255].into()
    })
}

fn load(opened: Opened) -> Pix2Pix {
    Pix2Pix::load(&RGB_WEIGHTS.to_vec(), opened, &mut |_, _| ()).expect("it loads")
}

/// How far the bytes are apart: at most, and on average.
fn difference(a: &RgbaImage, b: &RgbaImage) -> (u8, f64) {
    let each: Vec<u8> = a.iter().zip(b.iter()).map(|(a, b)| a.abs_diff(*b)).collect();
    let sum: f64 = each.iter().map(|difference| f64::from(*difference)).sum();
    (each.iter().copied().max().unwrap_or(0), sum / each.len() as f64)
}

/// On a GPU they are nearly those of the kernels as they are, at the network's size and in tiles, from the first
/// picture on and until the model learns.
pub async fn pictures(opened: Opened, say: impl Fn(String)) {
    let model = load(opened.clone());
    assert_eq!(model.kept_kernels().dtype, Dtype::F32);
    let side = model.config().size() as u32;
    let plain = TranslateOptions::default();
    let tiled = TranslateOptions { tiles: true, ..Default::default() };
    let cases = [(noise(side, side), plain), (noise(side + 64, side), tiled)];
    let mut by_plain = Vec::new();
    for (sketch, options) in &cases {
        by_plain.push(model.translate(sketch.clone(), options).await.expect("it translates"));
    }
    for (dtype, cases, most, mean) in
        [(Dtype::F16, &cases[..], 2, 0.02), (Dtype::Q8, &cases[..1], 6, 0.5)]
    {
        model.pack_kernels(dtype).await.expect("the device is there");
        assert_eq!(model.kept_kernels().dtype, dtype, "{}", model.kept_kernels().reason);
        for ((sketch, options), by_plain) in cases.iter().zip(&by_plain) {
            let mut pictures = Vec::new();
            for _ in 0..2 {
                let picture = model.translate(sketch.clone(), options).await;
                pictures.push(picture.expect("it translates"));
            }
            assert_eq!(pictures[0], pictures[1], "the first picture is by {dtype:?}, too");
            let (at_most, on_average) = difference(&pictures[0], by_plain);
            say(format!(
                "{dtype:?}, tiles {}: {at_most} of 255 at most, {on_average:.3} on average",
                options.tiles
            ));
            assert!(at_most <= most && on_average <= mean);
            // Halves may be too near to be seen in bytes.
            assert!(dtype != Dtype::Q8 || at_most > 0, "it is by other values");
        }
    }

    let twin = load(opened);
    let mut pictures = Vec::new();
    for model in [&model, &twin] {
        model.begin(TrainOptions::default()).expect("it can be trained");
        let [input, target] = [noise(side, side), noise(side, side)];
        model.add("a pair".into(), input, target).expect("a pair");
        model.step().await.expect("it learns");
        let (sketch, options) = &cases[0];
        pictures.push(model.translate(sketch.clone(), options).await.expect("it translates"));
    }
    assert_eq!(pictures[0], pictures[1], "by what it learned");
    let kept = model.kept_kernels();
    assert!(kept.dtype == Dtype::F32 && kept.reason.contains("learned"), "{kept:?}");
}

/// Where they would be of no use they stay as they are, and the model says why.
pub async fn left_as_they_are(cpu: Opened) {
    let model = load(cpu);
    for dtype in [Dtype::F16, Dtype::Q8] {
        model.pack_kernels(dtype).await.expect("nothing is done");
        let kept = model.kept_kernels();
        assert_eq!((kept.dtype, kept.reason.contains("form of its own")), (Dtype::F32, true));
    }
}
