//! The pairs to learn from, and the batches made of them, as pix2pix.py's `load_examples` makes them.

use burn::tensor::{Device, Tensor, TensorData};
use image::RgbaImage;

use super::options::TrainOptions;
use super::step::Batch;
use crate::error::{Error, Result};
use crate::image::{Square, check_pixels, square};
use crate::random::Random;

/// Aspect ratios of input and target may differ by this part, for rounding.
const ASPECT_TOLERANCE: f64 = 0.01;

/// What the streams of random numbers are for.
const ORDER: u64 = 1;
const AUGMENT: u64 = 2;

#[derive(Debug)]
struct Pair {
    name: String,
    input: Square,
    target: Square,
}

/// Pairs of pictures, each scaled to a square already.
#[derive(Debug, Default)]
pub struct Pairs(Vec<Pair>);

impl Pairs {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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
        check_shapes(&name, &input, &target)?;
        let scale = |picture| square(picture, side, options.fit);
        self.0.push(Pair { input: scale(input), target: scale(target), name });
        Ok(())
    }

    /// The batch of a step, counted from 0, for a network of `size` pixels a side, and the names of its pairs.
    /// It depends on the options, the pairs and the step alone.
    pub fn batch(
        &self,
        step: u64,
        size: usize,
        options: &TrainOptions,
        device: &Device,
    ) -> (Batch, Vec<String>) {
        let seed = options.seed.into();
        let count = self.0.len() as u64;
        let (mut input, mut target, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for j in 0..options.batch_size as u64 {
            let number = step * options.batch_size as u64 + j;
            let order = Random::stream(seed, ORDER, number / count).permutation(self.0.len());
            let pair = &self.0[order[(number % count) as usize]];
            // One choice for both sides.
            let mut random = Random::stream(seed, AUGMENT, number);
            let room = pair.input.side() - size + 1;
            let (left, top) = (random.below(room), random.below(room));
            let flip = options.flip && random.uniform() < 0.5;
            pair.input.cut(left, top, size, flip, &mut input);
            pair.target.cut(left, top, size, flip, &mut target);
            names.push(pair.name.clone());
        }
        let shape = [options.batch_size, 3, size, size];
        let tensor = |planes| Tensor::from_data(TensorData::new(planes, shape), device);
        (Batch { input: tensor(input), target: tensor(target) }, names)
    }
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
