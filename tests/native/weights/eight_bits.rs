//! Eight bits: every weight is the nearest of 256 numbers, in a `.pict` and in our own files.

use std::collections::BTreeMap;

use burn::tensor::Device;
use pix2pix_web::model::{Generator, GeneratorConfig, Kernels, LayerName, ParameterName, Part};
use pix2pix_web::weights::{Contents, Dtype, Format, Loaded, eight_bit_fidelity};
use pollster::block_on;
use serde_json::Value;

use super::writing::{alone, rewritten, tensors, write};
use super::{PICT, Read, load, numbers, read};
use crate::{reference, training};

/// Every parameter of both networks.
fn all_numbers(model: &Loaded) -> Vec<Read> {
    let discriminator = model.discriminator.as_ref().map(|(network, _)| network.named_parameters());
    let discriminator = read(discriminator.unwrap_or_default());
    numbers(&model.generator).into_iter().chain(discriminator).collect()
}

/// The 256 numbers of a file.
fn code_book(file: &[u8], format: Format) -> Vec<f32> {
    let raw = if format == Format::Pict {
        let list = u32::from_be_bytes(file[..4].try_into().unwrap()) as usize;
        file[4 + list + 4..][..1024].to_vec()
    } else {
        tensors(file)["code_book"].2.clone()
    };
    let book: Vec<f32> = raw.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    assert_eq!(book.len(), 256);
    assert!(book.is_sorted());
    book
}

/// A transposed kernel may have a code beside the nearest one, so that its quarters keep their sums.
fn is_transposed(name: ParameterName) -> bool {
    matches!((name.layer, name.part), (LayerName::Decoder(_), Part::Weight))
}

/// The numbers of the book that `x` may become: the nearest, and of a transposed kernel those beside it.
fn near(book: &[f32], name: ParameterName, x: f32) -> Vec<f32> {
    let mut book = book.to_vec();
    book.dedup();
    let off = |v: &f32| (f64::from(*v) - f64::from(x)).abs();
    let nearest = (0..book.len()).min_by(|a, b| off(&book[*a]).total_cmp(&off(&book[*b]))).unwrap();
    let beside = usize::from(is_transposed(name));
    book[nearest.saturating_sub(beside)..(nearest + beside + 1).min(book.len())].to_vec()
}

/// How far the nearest number of the book is.
fn distance(book: &[f32], x: f32) -> f64 {
    let distances = book.iter().map(|v| (f64::from(*v) - f64::from(x)).abs());
    distances.fold(f64::INFINITY, f64::min)
}

#[test]
fn eight_bits_give_the_nearest_of_256_numbers() {
    for bytes in [reference::RGB_WEIGHTS, reference::CLASSIC_WEIGHTS, reference::SEPARABLE_WEIGHTS]
    {
        let model = load(bytes).unwrap();
        let check = |book: &[f32], name: ParameterName, exact: &[f32], read: &[f32]| {
            for (x, q) in exact.iter().zip(read) {
                assert!(book.contains(q), "{name}: {q} is in the book");
                let off = (f64::from(*q) - f64::from(*x)).abs();
                let nearest = off == distance(book, *x) || near(book, name, *x).contains(q);
                assert!(nearest, "{name}: {q} is the nearest to {x}, or beside it");
            }
            if is_transposed(name) {
                // Of each quarter of a kernel, [in, out, 4, 4], by its row and column modulo 2.
                let mut sums = [0f64; 2];
                for (exact, read) in exact.chunks(16).zip(read.chunks(16)) {
                    for quarter in 0..4 {
                        let inside = |i: usize| (i / 4 % 2) * 2 + i % 2 == quarter;
                        let off = |i: usize| f64::from(read[i]) - f64::from(exact[i]);
                        let error: f64 = (0..16).filter(|i| inside(*i)).map(off).sum();
                        let apart = |i: usize| distance(book, exact[i]).powi(2);
                        sums[0] += error * error;
                        sums[1] += (0..16).filter(|i| inside(*i)).map(apart).sum::<f64>();
                    }
                }
                // Independent errors would make the two equal.
                assert!(sums[0] < 0.5 * sums[1], "{name}: {sums:?}");
            }
        };

        let file = write(alone(&model), Format::Pict, Dtype::Q8).unwrap();
        let book = code_book(&file, Format::Pict);
        let pict = load(&file).unwrap();
        assert_eq!((pict.format, pict.dtype), (Format::Pict, "q8"));
        let read = numbers(&pict.generator).into_iter().map(|(name, shape, v)| (name, (shape, v)));
        let read: BTreeMap<_, _> = read.collect();
        for (name, shape, exact) in numbers(&model.generator) {
            assert_eq!(read[&name].0, shape);
            check(&book, name, &exact, &read[&name].1);
        }

        let file = write(model.contents(), Format::Ours, Dtype::Q8).unwrap();
        let book = code_book(&file, Format::Ours);
        let ours = load(&file).unwrap();
        assert_eq!((ours.format, ours.dtype), (Format::Ours, "q8"));
        assert_eq!(ours.config, model.config);
        for ((name, shape, exact), (_, _, read)) in
            all_numbers(&model).into_iter().zip(all_numbers(&ours))
        {
            match shape.len() {
                4 => check(&book, name, &exact, &read),
                _ => assert_eq!(exact, read, "{name}: vectors stay as they are"),
            }
        }
    }
}

/// Lloyd's algorithm over the sorted values themselves, in NumPy, from the same start and for as many rounds, leaves
/// 2.4530e-2 of squared errors. Ours counts in bins and drops unused codes.
#[test]
fn the_code_book_is_as_good_as_one_from_the_numbers_themselves() {
    let model = load(reference::RGB_WEIGHTS).unwrap();
    let book = code_book(&write(alone(&model), Format::Pict, Dtype::Q8).unwrap(), Format::Pict);
    let values = numbers(&model.generator).into_iter().flat_map(|(_, _, values)| values);
    let errors: f64 = values.map(|x| distance(&book, x).powi(2)).sum();
    println!("squared errors of 8 bits: {errors:.4e}");
    assert!(errors < 1.01 * 2.4530e-2);
}

/// And so a file that was read and written any number of times loses nothing more.
#[test]
fn what_was_read_from_eight_bits_is_written_to_the_same_bytes() {
    for bytes in [reference::RGB_WEIGHTS, reference::CLASSIC_WEIGHTS] {
        let model = load(bytes).unwrap();
        let pict = write(alone(&model), Format::Pict, Dtype::Q8).unwrap();
        let ours = write(model.contents(), Format::Ours, Dtype::Q8).unwrap();
        assert!(rewritten(&pict, Format::Pict, Dtype::Q8) == pict);
        assert!(rewritten(&ours, Format::Ours, Dtype::Q8) == ours);
        // By way of whole numbers, and of our own 8 bits.
        for dtype in [Dtype::F32, Dtype::Q8] {
            let between = rewritten(&pict, Format::Ours, dtype);
            assert!(rewritten(&between, Format::Pict, Dtype::Q8) == pict);
        }
    }
}

/// A generator whose kernels were held as a training holds them, but for one layer that did not learn.
fn held(kernels: Kernels, frozen: LayerName) -> (Generator, GeneratorConfig) {
    let config = GeneratorConfig { ngf: 6, depth: 5, ..Default::default() };
    let generator = config.init(&Device::flex(), 7);
    let names: Vec<_> = generator.named_parameters().into_iter().map(|p| p.name).collect();
    let names = names.into_iter().map(|name| (name, name.layer != frozen));
    (kernels.project(generator, names), config)
}

/// What kernels are held to is stored by its free taps alone, and stands after rounding.
#[test]
fn held_kernels_are_stored_by_what_is_free_of_them() {
    let frozen = LayerName::Decoder(2);
    for (kernels, free) in [(Kernels::Linear, 4), (Kernels::Smooth, 9), (Kernels::Balanced, 16)] {
        let (generator, config) = held(kernels, frozen);
        let contents = Contents::of_generator(&generator, &config);
        let file = write(contents, Format::Ours, Dtype::Q8).unwrap();
        let read = load(&file).unwrap();
        assert_eq!((read.dtype, &read.config), ("q8", &config));
        let stored = tensors(&file);
        let again = kernels.project(
            load(&file).unwrap().generator,
            numbers(&generator).into_iter().map(|(name, ..)| (name, true)),
        );
        let exact = numbers(&generator).into_iter();
        for (((name, shape, exact), (_, _, read)), (_, _, projected)) in
            exact.zip(numbers(&read.generator)).zip(numbers(&again))
        {
            if !is_transposed(name) {
                continue;
            }
            let taps = stored[&name.to_string()].2.len() * 16 / exact.len();
            assert_eq!(taps, if name.layer == frozen { 16 } else { free }, "{name} of {shape:?}");
            let squares = |values: &mut dyn Iterator<Item = f32>| {
                values.map(|v| f64::from(v).powi(2)).sum::<f64>()
            };
            let all = squares(&mut exact.iter().copied());
            let rounding = squares(&mut exact.iter().zip(&read).map(|(a, b)| a - b));
            assert!(rounding < 1e-3 * all, "{name}: {rounding} of {all}");
            if name.layer != frozen {
                let off = squares(&mut read.iter().zip(&projected).map(|(a, b)| a - b));
                assert!(off < 1e-10 * all, "{name}: {off} of {all}");
            }
        }
        if free == 16 {
            continue;
        }
        // And nothing more is lost ever after, by way of whole numbers either.
        assert!(rewritten(&file, Format::Ours, Dtype::Q8) == file, "{kernels:?}");
        let whole = rewritten(&file, Format::Ours, Dtype::F32);
        assert!(rewritten(&whole, Format::Ours, Dtype::Q8) == file, "{kernels:?}");
    }
}

/// Running statistics are far larger than weights, and small variances matter as much as large ones.
#[test]
fn eight_bits_leave_running_statistics_alone() {
    let device = Device::flex();
    let config = GeneratorConfig { ngf: 2, running_statistics: true, ..Default::default() };
    let generator = config.init(&device, 7);
    let contents = Contents::of_generator(&generator, &config);
    let model = load(&write(contents, Format::Ours, Dtype::Q8).unwrap()).unwrap();
    assert_eq!(model.config, config);
    for (name, _, values) in numbers(&model.generator) {
        if name.part == Part::RunningVariance {
            assert!(values.iter().all(|v| *v == 1.0), "{name}");
        }
    }
}

#[test]
fn a_broken_code_book_is_named() {
    let file = rewritten(PICT, Format::Ours, Dtype::Q8);
    let fails = |from: &str, to: &[u8]| {
        let mut file = file.clone();
        let at = file.windows(from.len()).position(|w| w == from.as_bytes()).expect("it is there");
        file[at..at + to.len()].copy_from_slice(to);
        load(&file).err().expect("the file is refused")
    };
    let error = fails(r#""code_book":{"#, br#""code_bark":{"#);
    assert_eq!(error.code(), "weights/missing");
    assert!(error.to_string().contains("code_book is missing"), "{error}");
    let error = fails(r#""pix2pix-web/code-book""#, br#""pix2pix-web/code-bark""#);
    assert_eq!(error.code(), "weights/dtype");
    assert!(error.to_string().contains("stored as U8"), "{error}");
    let error = fails(r#":"code_book""#, br#":"code_bark""#);
    assert_eq!(error.code(), "weights/missing");

    let mut file = file;
    let header = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    file[8 + header + 4 * 17..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    let error = load(&file).err().expect("the file is refused");
    assert_eq!(error.code(), "weights/nan");
    assert!(error.to_string().starts_with("code_book holds NaN at index 17"), "{error}");
}

/// Of what is in 8 bits already, nothing is lost; otherwise little, and the less the more is left as it is.
#[test]
fn what_eight_bits_cost_is_told() {
    let cost = |model: &Loaded, format| {
        block_on(eight_bit_fidelity(&model.generator, &model.config, format)).unwrap()
    };
    let exact = load(reference::RGB_WEIGHTS).unwrap();
    for format in [Format::Pict, Format::Ours] {
        let db = cost(&exact, format);
        println!("{}: {db:.1} dB", format.name());
        assert!((20.0..90.0).contains(&db));
        let coded = load(&write(alone(&exact), format, Dtype::Q8).unwrap()).unwrap();
        assert_eq!(cost(&coded, format), f64::INFINITY);
    }
    let error =
        block_on(eight_bit_fidelity(&exact.generator, &exact.config, Format::TensorFlow2018));
    assert_eq!(error.unwrap_err().code(), "weights/incompatible");
}

/// Early in a training weights are all alike, late a few are large: 8 bits hold both.
#[test]
fn eight_bits_cost_little_at_every_stage_of_a_training() {
    // 2000 steps were measured once: `STEPS=2000`.
    let last = std::env::var("STEPS").map_or(200, |steps| steps.parse().expect("a count"));
    let model = training::small(1);
    training::begin(&model, Value::Null);
    for step in 0..=last {
        if [0, 10, 50, 200, 500, 1000, 2000].contains(&step) {
            for format in [Format::Ours, Format::Pict] {
                let generator = model.networks().generator;
                let db = block_on(eight_bit_fidelity(&generator, model.config(), format)).unwrap();
                println!("after {step} steps, {}: {db:.1} dB", format.name());
                assert!(db > 30.0, "after {step} steps, {}: {db:.1} dB", format.name());
            }
        }
        block_on(model.step()).unwrap();
    }
}
