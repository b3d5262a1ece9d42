//! Pictures of other sizes than the network's square, whole and in tiles.

use std::fs;
use std::path::Path;

use burn::tensor::{Tensor, TensorData};
use image::imageops::{blur, crop_imm, replace};
use image::{Rgba, RgbaImage};
use pix2pix_web::device::{self, Choice};
use pix2pix_web::image::{Canvas, Fit, Output, Size, picture};
use pix2pix_web::model::{Color, Convolution, Direction, GeneratorConfig, Mode, Norm, Statistics};
use pix2pix_web::session::{ColorizeOptions, CreateConfig, EvaluateOptions};
use pix2pix_web::{Error, Pix2Pix, TranslateOptions};
use pollster::block_on;
use serde_json::json;

use crate::counting::{alone, peak};
use crate::reference;

fn model(generator: GeneratorConfig) -> Pix2Pix {
    let opened = block_on(device::open(Choice::Cpu)).unwrap();
    let config = CreateConfig { generator, seed: 1, ..Default::default() };
    Pix2Pix::create(&config, opened).unwrap()
}

/// For pictures of multiples of 32 pixels a side.
fn small() -> GeneratorConfig {
    GeneratorConfig { ngf: 4, depth: 5, ..Default::default() }
}

/// Rings of lines, no two parts of them alike.
fn sketch(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let distance = (f64::from(x) - 20.0).hypot(f64::from(y) - 11.0);
        if distance as u32 % 17 < 2 { Rgba([0, 0, 0, 255]) } else { Rgba([255, 250, 240, 255]) }
    })
}

fn translate(model: &Pix2Pix, sketch: &RgbaImage, size: Size) -> Result<RgbaImage, Error> {
    let options = TranslateOptions { size, ..Default::default() };
    block_on(model.translate(sketch.clone(), &options))
}

/// Each picture is one pass of the generator over the whole sketch, by the statistics of all of it.
#[test]
fn a_picture_of_any_multiple_is_one_pass_of_the_generator() {
    for generator in [
        small(),
        GeneratorConfig { norm: Norm::Instance, ..small() },
        GeneratorConfig { norm: Norm::None, bias: true, ..small() },
        GeneratorConfig { convolution: Convolution::Separable, bias: true, ..small() },
        GeneratorConfig { depth: 6, ngf: 9, ..small() },
    ] {
        let model = model(generator);
        for (width, height) in [(64, 64), (64, 192), (128, 64), (320, 128)] {
            let sketch = sketch(width, height);
            let pixels = || sketch.pixels();
            let planes: Vec<f32> = (0..3)
                .flat_map(|c| pixels().map(move |p| f32::from(p[c]) / 255.0 * 2.0 - 1.0))
                .collect();
            let shape = [1, 3, height as usize, width as usize];
            let x = Tensor::<4>::from_data(TensorData::new(planes, shape), &model.opened().device);
            let output = model.networks().generator.forward(x, Mode::default());
            let expected = picture(&block_on(reference::numbers(output)), (width, height)).unwrap();
            for size in [Size::Of(width, height), Size::Native] {
                let found = translate(&model, &sketch, size).unwrap();
                assert!(found == expected, "{width} by {height}");
            }
        }
    }
}

#[test]
fn native_pictures_are_as_large_as_their_sketches() {
    let model = model(small());
    for (width, height) in [(1, 1), (33, 64), (70, 90), (200, 31)] {
        let sketch = sketch(width, height);
        for fit in [Fit::Contain, Fit::Stretch] {
            let options = TranslateOptions { size: Size::Native, fit, ..Default::default() };
            let picture = block_on(model.translate(sketch.clone(), &options)).unwrap();
            assert_eq!(picture.dimensions(), (width, height), "{fit:?}");
        }
        let output = Output::Square;
        let options = TranslateOptions { size: Size::Native, output, ..Default::default() };
        let picture = block_on(model.translate(sketch, &options)).unwrap();
        let up = |side: u32| side.div_ceil(32) * 32;
        assert_eq!(picture.dimensions(), (up(width), up(height)));
    }
}

#[test]
fn a_size_that_can_not_be_is_refused_with_the_nearest() {
    let model = model(small());
    let refusal = |size| {
        let error = translate(&model, &sketch(9, 9), size).unwrap_err();
        assert_eq!(error.code(), "image/size");
        error.to_string()
    };
    let message = refusal(Size::Of(100, 47));
    assert!(message.contains("100 by 47"), "{message}");
    assert!(message.contains("multiples of 32"), "{message}");
    assert!(message.contains("The nearest that can is 96 by 32"), "{message}");
    // Nothing is allocated for it.
    let message = refusal(Size::Of(1 << 20, 1 << 19));
    let nearest = message.rsplit(' ').map(|word| word.parse::<u32>());
    let sides: Vec<u32> = nearest.filter_map(Result::ok).take(2).collect();
    assert!(message.contains("GB of memory"), "{message}");
    let [height, width] = sides[..] else { panic!("{message}") };
    assert!(width % 32 == 0 && height % 32 == 0 && width > 2048, "{message}");
    assert!((1.9..2.1).contains(&(f64::from(width) / f64::from(height))), "{message}");
}

/// As those of a GPU, whose buffers are of a size at most. The largest tensor is the last layer's input: twice ngf channels.
#[test]
fn a_size_is_refused_whose_tensors_a_device_does_not_take() {
    let generator = GeneratorConfig { ngf: 16, ..small() };
    let largest = 32 * (64 / 2) * (96 / 2);
    let open = |floats: u64| {
        let opened = block_on(device::open(Choice::Cpu)).unwrap();
        let opened = device::Opened { largest_tensor: Some(4 * floats), ..opened };
        let config = CreateConfig { generator: generator.clone(), seed: 1, ..Default::default() };
        Pix2Pix::create(&config, opened).unwrap()
    };
    let picture = sketch(64, 96);
    assert_eq!(translate(&open(largest), &picture, Size::Native).unwrap().dimensions(), (64, 96));
    let error = translate(&open(largest - 1), &picture, Size::Native).unwrap_err();
    assert_eq!(error.code(), "image/size");
    let message = error.to_string();
    assert!(message.contains("in one buffer of the GPU"), "{message}");
    assert!(message.contains("The nearest that can is 32 by 64"), "{message}");
    // The network's own square is always tried.
    translate(&open(1), &sketch(32, 32), Size::Native).unwrap();
}

/// Weights that are kept from picture to picture are for one size.
#[test]
fn sizes_may_change_from_picture_to_picture() {
    let model = model(GeneratorConfig { ngf: 9, depth: 6, ..Default::default() });
    let sketch = sketch(128, 64);
    let sizes = [Size::Native, Size::Native, Size::Network, Size::Of(128, 128), Size::Native];
    for size in sizes.into_iter().chain([Size::Network; 3]) {
        let picture = |weights_cache| {
            let options = TranslateOptions { size, weights_cache, ..Default::default() };
            block_on(model.translate(sketch.clone(), &options)).unwrap()
        };
        let (kept, plain) = (picture(None), picture(Some(0)));
        assert!(kept == plain, "{size:?}");
        let (again, once_more) = (picture(None), picture(None));
        assert!(again == plain && once_more == plain, "{size:?}");
    }
}

#[test]
fn pairs_are_tested_at_other_sizes() {
    let model = model(small());
    let evaluate = |size| {
        let options = EvaluateOptions { size, ..Default::default() };
        let (input, target) = (sketch(96, 96), sketch(96, 96));
        block_on(model.evaluate("a pair".into(), input, target, options))
    };
    let side = |size| evaluate(size).unwrap().preview.output.dimensions();
    assert_eq!([side(None), side(Some(96)), side(Some(128))], [(32, 32), (96, 96), (128, 128)]);
    let preview = evaluate(Some(96)).unwrap().preview;
    assert!(preview.input == sketch(96, 96) && preview.target == sketch(96, 96));
    assert!(preview.output == translate(&model, &sketch(96, 96), Size::Native).unwrap());
    assert_eq!(evaluate(Some(100)).err().unwrap().code(), "image/size");
}

#[test]
fn photographs_are_coloured_at_other_sizes() {
    let [in_channels, out_channels] = Color::Lab.channels(Direction::AtoB);
    let lab = GeneratorConfig { in_channels, out_channels, color: Color::Lab, ..small() };
    let model = model(lab);
    let colored = |size| {
        let options = ColorizeOptions { size, ..Default::default() };
        block_on(model.colorize(sketch(70, 50), &options))
    };
    let network = colored(Size::Network).unwrap();
    let others = [Size::Native, Size::Of(96, 64), Size::Of(64, 64)].map(|s| colored(s).unwrap());
    assert!(others[0] == others[1], "70 by 50 is next to 96 by 64");
    assert!(others[0] != others[2] && others[0] != network);
    assert!(others.iter().all(|picture| picture.dimensions() == (70, 50)));
    assert_eq!(colored(Size::Of(70, 50)).unwrap_err().code(), "image/size");

    let painted = translate(&model, &sketch(70, 50), Size::Native).unwrap();
    assert_eq!(painted.dimensions(), (70, 50));
    let options = EvaluateOptions { size: Some(64), ..Default::default() };
    let tested = block_on(model.evaluate_photo("a".into(), sketch(70, 50), options)).unwrap();
    assert_eq!(tested.preview.output.dimensions(), (64, 64));
}

#[test]
fn running_statistics_go_with_every_size() {
    let generator = GeneratorConfig { running_statistics: true, ..small() };
    let model = model(generator);
    let statistics = Statistics::Running;
    let options = TranslateOptions { size: Size::Native, statistics, ..Default::default() };
    let picture = block_on(model.translate(sketch(64, 96), &options)).unwrap();
    assert_eq!(picture.dimensions(), (64, 96));
}

/// The estimate against what the allocator counts. Each picture is made by a thread of its own, as what its convolutions work
/// with is kept from picture to picture.
#[test]
fn the_memory_of_a_picture_is_known_before_it_is_made() {
    let full = |ngf| GeneratorConfig { ngf, ..Default::default() };
    let separable = GeneratorConfig { convolution: Convolution::Separable, bias: true, ..full(16) };
    let none = GeneratorConfig { norm: Norm::None, bias: true, ..full(16) };
    let cases = [
        (full(8), (512, 512), false),
        (full(16), (512, 512), false),
        (full(16), (1024, 256), false),
        (full(16), (1024, 768), false),
        (full(32), (512, 512), false),
        (GeneratorConfig { depth: 7, ..full(32) }, (512, 384), false),
        (separable, (512, 512), false),
        (none, (512, 512), false),
        (full(16), (700, 512), true),
    ];
    let ratios = cases.map(|(generator, size, tiles)| {
        let measure = move || {
            alone();
            let model = model(generator.clone());
            let unit = generator.size();
            let canvas = match tiles {
                true => Canvas::tiled(Size::Native, size, unit).unwrap(),
                false => Canvas::new(Size::Native, size, unit).unwrap(),
            };
            let estimate = model.translation_memory(canvas, tiles);
            let counted = peak(|| {
                let (size, weights_cache) = (Size::Native, Some(0));
                let options = TranslateOptions { size, tiles, weights_cache, ..Default::default() };
                let (width, height) = canvas.size();
                block_on(model.translate(sketch(width, height), &options)).unwrap();
            });
            let ratio = estimate as f64 / counted as f64;
            let (ngf, norm) = (generator.ngf, generator.norm);
            println!(
                "ngf {ngf} {norm:?} {size:?} {tiles}: {estimate}, counted {counted}, {ratio:.2}"
            );
            ratio
        };
        std::thread::spawn(measure).join().unwrap()
    });
    assert!(ratios.iter().all(|ratio| (0.8..1.4).contains(ratio)), "{ratios:?}");
}

/// The mean step across the places where tiles begin or end, `apart` from each other, as a part of the mean step elsewhere;
/// along rows and along columns.
fn seams(picture: &RgbaImage, apart: u32) -> [f64; 2] {
    let (width, height) = picture.dimensions();
    let ratio = |length: u32, across: u32, at: &dyn Fn(u32, u32) -> Rgba<u8>| {
        let (mut seams, mut others) = ((0.0, 0), (0.0, 0));
        for i in 1..length {
            let into = if i % apart == 0 { &mut seams } else { &mut others };
            for j in 0..across {
                let (a, b) = (at(i - 1, j), at(i, j));
                into.0 += (0..3).map(|c| f64::from(a[c].abs_diff(b[c]))).sum::<f64>();
            }
            into.1 += 1;
        }
        seams.0 / f64::from(seams.1) / (others.0 / f64::from(others.1))
    };
    [
        ratio(width, height, &|x, y| *picture.get_pixel(x, y)),
        ratio(height, width, &|y, x| *picture.get_pixel(x, y)),
    ]
}

/// A drawing that is dense in one half and empty in the other: what a tile's own statistics would make most of.
fn uneven(width: u32, height: u32) -> RgbaImage {
    let lines = sketch(width, height);
    RgbaImage::from_fn(width, height, |x, y| {
        if x + y < (width + height) / 2 { *lines.get_pixel(x, y) } else { Rgba([255; 4]) }
    })
}

/// Has learned to blur lines: its pictures, of 64 pixels a side, are smooth, so that a seam would stand out.
fn blurring(generator: GeneratorConfig) -> Pix2Pix {
    let model = model(GeneratorConfig { depth: 6, ..generator });
    let changes =
        json!({ "generatorOnly": true, "learningRate": 2e-3, "scaleSize": 64, "seed": 1 });
    model.begin(model.options().with(changes).unwrap()).unwrap();
    let drawing = uneven(256, 256);
    let blurred = blur(&drawing, 3.0);
    for i in 0..16 {
        let (x, y) = (i % 4 * 64, i / 4 * 64);
        let [input, target] =
            [&drawing, &blurred].map(|picture| crop_imm(picture, x, y, 64, 64).to_image());
        model.add(format!("{i}"), input, target).unwrap();
    }
    (0..100).for_each(|_| {
        block_on(model.step()).unwrap();
    });
    model
}

/// Tiles that lie side by side, each by its own statistics, show that the measure can fail. Where a tile begins or ends another
/// is at its middle and counts alone: of this network, whose tiles differ much, steps are smaller there than elsewhere.
#[test]
fn with_any_norm_no_seam_of_tiles_stands_out() {
    let mut found = Vec::new();
    for (norm, dropout) in
        [(Norm::Batch, false), (Norm::Batch, true), (Norm::Instance, false), (Norm::None, false)]
    {
        let bias = norm == Norm::None;
        let model = blurring(GeneratorConfig { norm, bias, ..small() });
        let lines = uneven(416, 320);
        let blended = translated(&model, &lines, true, dropout);
        assert_eq!(blended.dimensions(), (416, 320));
        let (blended, cut) =
            (seams(&blended, 32), seams(&side_by_side(&model, &lines, dropout), 64));
        println!("{norm:?}, dropout {dropout}: {blended:.3?}, side by side {cut:.3?}");
        found.push((blended, cut));
    }
    for (blended, cut) in found {
        assert!(blended.iter().all(|ratio| *ratio < 1.1), "{blended:?}");
        assert!(cut.iter().all(|ratio| *ratio > 1.5), "{cut:?}");
    }
}

/// With a bundled model, against the same places of the picture made at once: 1.00 and 1.05 times its steps were measured, and
/// 10 and 4 times side by side.
#[test]
fn no_seam_of_a_picture_in_tiles_is_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = fs::read(root.join("www/models/edges2emoji-ngf16.safetensors")).unwrap();
    let opened = block_on(device::open(Choice::Cpu)).unwrap();
    let model = Pix2Pix::load(&file, opened, &mut |_, _| ()).unwrap();
    let mut lines = RgbaImage::from_pixel(768, 512, Rgba([255; 4]));
    for (name, (x, y)) in
        [("cat", (60, 190)), ("flower", (300, 20)), ("house", (330, 250)), ("cup", (505, 130))]
    {
        let path = root.join(format!("tests/fixtures/drawn/{name}.png"));
        replace(&mut lines, &image::open(path).unwrap().into_rgba8(), x, y);
    }
    let whole = seams(&translate(&model, &lines, Size::Native).unwrap(), 128);
    let blended = seams(&translated(&model, &lines, true, false), 128);
    let cut = seams(&side_by_side(&model, &lines, false), 256);
    println!("at once {whole:.3?}, in tiles {blended:.3?}, side by side {cut:.3?}");
    for axis in 0..2 {
        let ratio = blended[axis] / whole[axis];
        assert!((0.8..1.25).contains(&ratio), "{ratio}");
        assert!(cut[axis] > 1.5 * whole[axis].max(1.0), "{cut:?}");
    }
}

fn translated(model: &Pix2Pix, lines: &RgbaImage, tiles: bool, dropout: bool) -> RgbaImage {
    let options = TranslateOptions { tiles, dropout, ..Default::default() };
    block_on(model.translate(lines.clone(), &options)).unwrap()
}

/// Squares of the network's size, each translated alone.
fn side_by_side(model: &Pix2Pix, lines: &RgbaImage, dropout: bool) -> RgbaImage {
    let (side, (width, height)) = (model.config().size() as u32, lines.dimensions());
    let mut made = RgbaImage::new(width, height);
    let places = |length: u32| (0..length).step_by(side as usize);
    for (left, top) in places(width).flat_map(|x| places(height).map(move |y| (x, y))) {
        let tile = crop_imm(lines, left, top, side, side).to_image();
        replace(&mut made, &translated(model, &tile, false, dropout), left.into(), top.into());
    }
    made
}

/// Of one tile, its own statistics are those of all.
#[test]
fn a_picture_of_one_tile_is_the_networks() {
    for running_statistics in [false, true] {
        let model = model(GeneratorConfig { running_statistics, ..small() });
        let statistics = if running_statistics { Statistics::Running } else { Statistics::Batch };
        let picture = |tiles| {
            let options = TranslateOptions { tiles, statistics, ..Default::default() };
            block_on(model.translate(sketch(32, 32), &options)).unwrap()
        };
        let pairs = [picture(true), picture(false)].map(|picture| picture.into_raw());
        let off = pairs[0].iter().zip(&pairs[1]).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(off <= Some(1), "rounded another way: {off:?}");
    }
}

#[test]
fn tiles_go_with_every_size_from_theirs_on() {
    let model = model(small());
    let picture = |sketch: RgbaImage, size| {
        let options = TranslateOptions { tiles: true, size, ..Default::default() };
        block_on(model.translate(sketch, &options))
    };
    for (width, height) in [(33, 100), (7, 5), (32, 64)] {
        let made = picture(sketch(width, height), Size::Network).unwrap();
        assert_eq!(made.dimensions(), (width, height));
        assert!(made == picture(sketch(width, height), Size::Native).unwrap(), "it repeats");
    }
    assert_eq!(picture(sketch(9, 9), Size::Of(77, 50)).unwrap().dimensions(), (50, 50));
    let error = picture(sketch(9, 9), Size::Of(77, 31)).unwrap_err();
    assert_eq!(error.code(), "image/size");
    assert!(error.to_string().contains("77 by 32"), "{error}");

    let dropped = |seed| {
        let options = TranslateOptions { tiles: true, dropout: true, seed, ..Default::default() };
        block_on(model.translate(sketch(70, 40), &options)).unwrap()
    };
    assert!(dropped(1) == dropped(1) && dropped(1) != dropped(2));

    // In tiles, memory is that of some tiles and of the picture's planes.
    let canvas = Canvas::tiled(Size::Of(4096, 4096), (9, 9), 32).unwrap();
    let [whole, tiled] = [false, true].map(|tiles| model.translation_memory(canvas, tiles));
    assert!(tiled * 2 < whole, "{tiled} of {whole}");
}

#[test]
fn photographs_are_coloured_in_tiles() {
    let [in_channels, out_channels] = Color::Lab.channels(Direction::AtoB);
    let lab = GeneratorConfig { in_channels, out_channels, color: Color::Lab, ..small() };
    let model = model(lab);
    let colored = |tiles| {
        let options = ColorizeOptions { tiles, ..Default::default() };
        block_on(model.colorize(uneven(90, 70), &options)).unwrap()
    };
    assert_eq!(colored(true).dimensions(), (90, 70));
    assert!(colored(true) != colored(false));
    let options = TranslateOptions { tiles: true, ..Default::default() };
    let painted = block_on(model.translate(uneven(90, 70), &options)).unwrap();
    assert_eq!(painted.dimensions(), (90, 70));
}
