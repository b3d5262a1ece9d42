//! The pairs to learn from, and the batches made of them, as pix2pix.py's `load_examples` makes them.

use std::cell::RefCell;

use burn::tensor::{Device, Tensor, TensorData};
use image::RgbaImage;

use super::options::{Lines, TrainOptions};
use super::step::Batch;
use crate::data::{Square, Warp, hints, lines, square};
use crate::error::{Error, Result};
use crate::image::check_pixels;
use crate::random::Random;

/// Aspect ratios of input and target may differ by this part, for rounding.
const ASPECT_TOLERANCE: f64 = 0.01;

/// What the streams of random numbers are for.
const ORDER: u64 = 1;
const AUGMENT: u64 = 2;
const HINTS: u64 = 4;

/// Reads a pair whenever it is needed: input and target.
pub type ReadPair = Box<dyn Fn() -> Result<(RgbaImage, RgbaImage)>>;

struct Pair {
    name: String,
    pictures: Pictures,
}

enum Pictures {
    /// Input and target, scaled to squares.
    Kept([Square; 2]),
    /// They are many, and stay where they are until they are needed.
    Read(ReadPair),
}

/// Pairs of pictures.
#[derive(Default)]
pub struct Pairs {
    pairs: Vec<Pair>,
    /// The order of one round through all pairs, with the number of the round and its seed.
    order: RefCell<Option<([u64; 2], Vec<usize>)>>,
}

impl Pairs {
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Scales a pair to squares of `side` pixels and keeps it.
    ///
    /// # Errors
    /// `pair/size`: the two are not of one shape. `image/unreadable`: no pixels.
    pub fn add(
        &mut self,
        name: String,
        input: RgbaImage,
        target: RgbaImage,
        side: usize,
        options: &TrainOptions,
    ) -> Result<()> {
        let pictures = Pictures::Kept(squares(&name, (input, target), side, options)?);
        self.push(Pair { name, pictures });
        Ok(())
    }

    /// Keeps the way to a pair.
    pub fn add_read(&mut self, name: String, read: ReadPair) {
        self.push(Pair { name, pictures: Pictures::Read(read) });
    }

    fn push(&mut self, pair: Pair) {
        self.pairs.push(pair);
        self.order.replace(None);
    }

    /// The batch of a step, counted from 0, for a network of `size` pixels a side, and the names of its pairs.
    /// It depends on the options, the pairs and the step alone.
    ///
    /// # Errors
    /// What reading a pair says; `pair/size`, `image/unreadable` of it; `options/invalid` (scaleSize).
    pub fn batch(
        &self,
        step: u64,
        size: usize,
        options: &TrainOptions,
        device: &Device,
    ) -> Result<(Batch, Vec<String>)> {
        let seed = options.seed.into();
        let (mut inputs, mut targets, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for j in 0..options.batch_size as u64 {
            let number = step * options.batch_size as u64 + j;
            let pair = self.pair(seed, number);
            let read;
            let [input, target] = match &pair.pictures {
                Pictures::Kept(pictures) => pictures,
                Pictures::Read(pictures) => {
                    let side = options.scale_size(size)?;
                    read = squares(&pair.name, pictures()?, side, options)?;
                    &read
                }
            };
            let mut random = Random::stream(seed, AUGMENT, number);
            let (mut input, mut target) = augment(input, target, size, options, &mut random);
            if options.hints > 0.0 {
                let mut random = Random::stream(seed, HINTS, number);
                if random.uniform() < options.hints {
                    if options.recolor > 0.0 && random.uniform() < options.recolor {
                        target = target.recolored(&mut random);
                    }
                    let count = hints::count(&mut random);
                    input = hints::lay(&input, &target, count, hints::Colors::Palette, &mut random);
                }
            }
            input.planes(&mut inputs);
            target.planes(&mut targets);
            names.push(pair.name.clone());
        }
        let shape = [options.batch_size, 3, size, size];
        let tensor = |planes| Tensor::from_data(TensorData::new(planes, shape), device);
        Ok((Batch { input: tensor(inputs), target: tensor(targets) }, names))
    }

    /// The pair of this number, where all pairs come once, in a random order, before any comes again.
    fn pair(&self, seed: u64, number: u64) -> &Pair {
        let count = self.pairs.len() as u64;
        let round = [seed, number / count];
        let mut kept = self.order.borrow_mut();
        let kept = match &mut *kept {
            Some(kept) if kept.0 == round => kept,
            slot => {
                let order = Random::stream(seed, ORDER, round[1]).permutation(self.pairs.len());
                slot.insert((round, order))
            }
        };
        &self.pairs[kept.1[(number % count) as usize]]
    }
}

/// Input and target with one choice for both sides.
fn augment(
    input: &Square,
    target: &Square,
    size: usize,
    options: &TrainOptions,
    random: &mut Random,
) -> (Square, Square) {
    match options.lines {
        Lines::Given => {
            let room = input.side() - size + 1;
            let (left, top) = (random.below(room), random.below(room));
            let flip = options.flip && random.uniform() < 0.5;
            let cut = |square: &Square| square.cut(left, top, size, flip);
            (cut(input), cut(target))
        }
        Lines::Varied => {
            let warp = Warp::random(input.side(), size, options.flip, random);
            let (input, target) = (warp.apply(input), warp.apply(target));
            (lines::vary(input, &target, random), target)
        }
    }
}

fn squares(
    name: &str,
    (input, target): (RgbaImage, RgbaImage),
    side: usize,
    options: &TrainOptions,
) -> Result<[Square; 2]> {
    check_shapes(name, &input, &target)?;
    Ok([input, target].map(|picture| square(picture, side, options.fit)))
}

/// # Errors
/// `pair/size`, `image/unreadable`.
pub fn check_shapes(name: &str, input: &RgbaImage, target: &RgbaImage) -> Result<()> {
    for picture in [input, target] {
        check_pixels(name, picture)?;
    }
    let aspect = |p: &RgbaImage| f64::from(p.width()) / f64::from(p.height());
    if (aspect(input) / aspect(target) - 1.0).abs() > ASPECT_TOLERANCE {
        return Err(Error::PairSize {
            name: name.into(),
            input: input.dimensions(),
            target: target.dimensions(),
        });
    }
    Ok(())
}
