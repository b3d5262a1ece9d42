//! The pairs to learn from, and the batches made of them, as pix2pix.py's `load_examples` makes them.

use std::cell::RefCell;

use burn::tensor::{Device, Tensor, TensorData};
use image::RgbaImage;

use super::batch::Batch;
use super::lab::{LabSquare, lab_square};
use super::options::{AugmentOptions, Lines};
use super::square::{Square, square};
use super::warp::Warp;
use super::{hints, lines};
use crate::error::{Error, Result};
use crate::image::check_pixels;
use crate::model::Color;
use crate::random::{Purpose, Random};

/// Aspect ratios of input and target may differ by this part, for rounding.
const ASPECT_TOLERANCE: f64 = 0.01;

/// Reads a pair whenever a batch needs it: input and target. It may ask the model that is trained with it, but not change
/// it.
pub type ReadPair = Box<dyn Fn() -> Result<(RgbaImage, RgbaImage)>>;

/// Reads a photograph to colour whenever a batch needs it, likewise.
pub type ReadPhoto = Box<dyn Fn() -> Result<RgbaImage>>;

struct Pair {
    name: String,
    pictures: Pictures,
}

enum Pictures {
    Kept(Squares),
    /// They are many, and stay where they are until they are needed.
    Read(Box<dyn Fn(&AugmentOptions) -> Result<Squares>>),
}

/// A pair scaled to squares.
enum Squares {
    /// Input and target.
    Pair([Square; 2]),
    /// A photograph, whose lightness and colours are the two sides.
    Photo(LabSquare),
}

/// Pairs of pictures to learn from.
///
/// ```
/// use image::RgbaImage;
/// use pix2pix_web::data::{AugmentOptions, Pairs};
///
/// let options = AugmentOptions { batch_size: 2, ..Default::default() };
/// let mut pairs = Pairs::default();
/// pairs.add("a cat".into(), RgbaImage::new(300, 300), RgbaImage::new(300, 300), &options)?;
/// let (batch, names) = pairs.batch(0, &options, &burn::tensor::Device::flex())?;
/// assert_eq!(batch.input.dims(), [2, 3, 256, 256]);
/// assert_eq!(names, ["a cat", "a cat"]);
/// # Ok::<_, pix2pix_web::Error>(())
/// ```
#[derive(Default)]
pub struct Pairs {
    pairs: Vec<Pair>,
    /// The order of one round through all pairs, with the seed and the index of the round.
    order: RefCell<Option<([u64; 2], Vec<usize>)>>,
}

impl Pairs {
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Scales a pair to squares of `scale_size` pixels and keeps it.
    ///
    /// # Errors
    /// `pair/size`: the two are not of one shape. `pair/kind`: the options are those of Lab. `image/unreadable`: no pixels.
    pub fn add(
        &mut self,
        name: String,
        input: RgbaImage,
        target: RgbaImage,
        options: &AugmentOptions,
    ) -> Result<()> {
        check_kind(&name, Color::Rgb, options)?;
        let pair = squares(&name, (input, target), options)?;
        self.push(Pair { name, pictures: Pictures::Kept(pair) });
        Ok(())
    }

    /// Adds a pair that is read on demand.
    pub fn add_read(&mut self, name: String, read: ReadPair) {
        let named = name.clone();
        let read = move |options: &AugmentOptions| squares(&named, read()?, options);
        self.push(Pair { name, pictures: Pictures::Read(Box::new(read)) });
    }

    /// Scales a photograph to colour to a square of `scale_size` pixels and keeps it.
    ///
    /// # Errors
    /// `pair/kind`: the options are not those of Lab. `image/unreadable`: no pixels.
    pub fn add_photo(
        &mut self,
        name: String,
        photo: RgbaImage,
        options: &AugmentOptions,
    ) -> Result<()> {
        check_kind(&name, Color::Lab, options)?;
        let photo = photo_square(&name, photo, options)?;
        self.push(Pair { name, pictures: Pictures::Kept(photo) });
        Ok(())
    }

    /// Adds a photograph to colour that is read on demand.
    pub fn add_read_photo(&mut self, name: String, read: ReadPhoto) {
        let named = name.clone();
        let read = move |options: &AugmentOptions| photo_square(&named, read()?, options);
        self.push(Pair { name, pictures: Pictures::Read(Box::new(read)) });
    }

    fn push(&mut self, pair: Pair) {
        self.pairs.push(pair);
        self.order.replace(None);
    }

    /// The batch of a step, counted from 0, and the names of its pairs. It depends on the options, the pairs and the
    /// step alone.
    ///
    /// # Errors
    /// `train/no-pairs`; what reading a pair says; `pair/size`, `pair/kind`, `image/unreadable` of it.
    pub fn batch(
        &self,
        step: u64,
        options: &AugmentOptions,
        device: &Device,
    ) -> Result<(Batch, Vec<String>)> {
        if self.is_empty() {
            return Err(Error::NoPairs);
        }
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        let (mut hinted, mut names) = (Vec::new(), Vec::new());
        for j in 0..options.batch_size as u64 {
            let index = step * options.batch_size as u64 + j;
            let pair = self.pair(options.seed.into(), index);
            let read;
            let squares = match &pair.pictures {
                Pictures::Kept(squares) => squares,
                Pictures::Read(squares) => {
                    read = squares(options)?;
                    &read
                }
            };
            check_kind(&pair.name, squares.color(), options)?;
            match squares {
                Squares::Pair(pictures) => {
                    let ([input, target], has_hints) = augment(pictures, options, index);
                    hinted.push(has_hints);
                    input.planes(&mut inputs);
                    target.planes(&mut targets);
                }
                Squares::Photo(photo) => {
                    let mut random = random_of(options, index);
                    let Cut { left, top, mirror } = Cut::random(photo.side(), options, &mut random);
                    let photo = photo.cut(left, top, options.size, mirror);
                    hinted.push(false);
                    photo.planes(options.channels[0], &mut inputs);
                    photo.planes(options.channels[1], &mut targets);
                }
            }
            names.push(pair.name.clone());
        }
        let tensor = |planes, channels| {
            let shape = [options.batch_size, channels, options.size, options.size];
            Tensor::from_data(TensorData::new(planes, shape), device)
        };
        let [input, target] = options.channels;
        let (input, target) = (tensor(inputs, input), tensor(targets, target));
        Ok((Batch { input, target, hinted }, names))
    }

    /// The pair of this index in the training: all pairs come once, in a random order, before any comes again.
    fn pair(&self, seed: u64, index: u64) -> &Pair {
        let count = self.pairs.len() as u64;
        let round = [seed, index / count];
        let mut kept = self.order.borrow_mut();
        let kept = match &mut *kept {
            Some(kept) if kept.0 == round => kept,
            slot => {
                let order =
                    Random::stream(seed, Purpose::Order, round[1]).permutation(self.pairs.len());
                slot.insert((round, order))
            }
        };
        &self.pairs[kept.1[(index % count) as usize]]
    }
}

/// Input and target, of `size` pixels a side, with one choice for both sides; and whether the input has colour hints.
fn augment(
    [input, target]: &[Square; 2],
    options: &AugmentOptions,
    index: u64,
) -> ([Square; 2], bool) {
    let seed = options.seed.into();
    let mut random = random_of(options, index);
    let [mut input, mut target] = match options.lines {
        Lines::Given => {
            let Cut { left, top, mirror } = Cut::random(input.side(), options, &mut random);
            [input, target].map(|square| square.cut(left, top, options.size, mirror))
        }
        Lines::Varied => {
            let warp = Warp::random(input.side(), options.size, options.flip, &mut random);
            let (input, target) = (warp.apply(input), warp.apply(target));
            [lines::vary(input, &target, &mut random), target]
        }
    };
    let mut hinted = false;
    if options.hints > 0.0 {
        let mut random = Random::stream(seed, Purpose::Hints, index);
        if random.uniform() < options.hints {
            hinted = true;
            if options.recolor > 0.0 && random.uniform() < options.recolor {
                target = target.recolored(&mut random);
            }
            let count = hints::count(&mut random);
            let (colors, spread) = (hints::Colors::Palette, options.spread_hints);
            let hints = hints::Hints { count, colors, spread };
            input = hints::lay(&input, &target, hints, &mut random);
        }
    }
    ([input, target], hinted)
}

fn random_of(options: &AugmentOptions, index: u64) -> Random {
    Random::stream(options.seed.into(), Purpose::Augment, index)
}

/// Where a part is cut out of a square, and whether it is mirrored.
struct Cut {
    left: usize,
    top: usize,
    mirror: bool,
}

impl Cut {
    /// Out of a square of `side` pixels.
    fn random(side: usize, options: &AugmentOptions, random: &mut Random) -> Self {
        let room = side - options.size + 1;
        let (left, top) = (random.below(room), random.below(room));
        Self { left, top, mirror: options.flip && random.uniform() < 0.5 }
    }
}

impl Squares {
    /// What it is an example of.
    fn color(&self) -> Color {
        match self {
            Squares::Pair(_) => Color::Rgb,
            Squares::Photo(_) => Color::Lab,
        }
    }
}

/// # Errors
/// `pair/kind`: these options take no examples of this kind.
fn check_kind(name: &str, kind: Color, options: &AugmentOptions) -> Result<()> {
    if kind == options.color {
        return Ok(());
    }
    Err(Error::PairKind { name: name.into(), is_photo: kind == Color::Lab })
}

fn photo_square(name: &str, photo: RgbaImage, options: &AugmentOptions) -> Result<Squares> {
    check_pixels(name, &photo)?;
    Ok(Squares::Photo(lab_square(photo, options.scale_size, options.fit)))
}

fn squares(
    name: &str,
    (input, target): (RgbaImage, RgbaImage),
    options: &AugmentOptions,
) -> Result<Squares> {
    check_shapes(name, &input, &target)?;
    let [input, target] =
        [input, target].map(|picture| square(picture, options.scale_size, options.fit));
    // Hints that a sketch brings are spread as those that are laid.
    let input = if options.spread_hints { input.with_hints_spread() } else { input };
    Ok(Squares::Pair([input, target]))
}

/// Whether the two pictures of a pair lie on each other: they have pixels, and one aspect ratio but for rounding.
///
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::BTreeSet;
    use std::rc::Rc;

    use super::*;
    use crate::data::samples::{SIDE, WHITE, as_square, disc, picture, pixels};

    const SIZE: usize = 112;

    fn options() -> AugmentOptions {
        AugmentOptions { size: SIZE, scale_size: SIDE, seed: 9, ..Default::default() }
    }

    /// Input and target of `count` batches of one pair.
    fn augmented(pair: [RgbaImage; 2], options: &AugmentOptions, count: u64) -> Vec<[Square; 2]> {
        let pair = pair.map(as_square);
        (0..count).map(|index| augment(&pair, options, index).0).collect()
    }

    /// A sketch's own dab fills the disc that it lies in.
    #[test]
    fn hints_that_a_sketch_brings_are_spread_too() {
        let sketch = || {
            picture(|x, y| match (x.hypot(y) as i32, x < 0.0) {
                (0..6, _) => [220, 30, 40],
                (40 | 41, _) => [0; 3],
                _ => WHITE,
            })
        };
        let red = |spread_hints: bool| {
            let options =
                AugmentOptions { spread_hints, scale_size: SIDE, size: SIDE, ..options() };
            let Squares::Pair([input, _]) = squares("dab", (sketch(), disc()), &options).unwrap()
            else {
                panic!("it is a pair");
            };
            pixels(&input).filter(|(.., color)| *color == [220, 30, 40]).count()
        };
        assert!(red(false) < 120 && red(true) > 4000, "{} and {}", red(false), red(true));
    }

    /// A pair of the same picture twice stays the same picture twice.
    #[test]
    fn both_sides_are_cut_and_mirrored_alike() {
        let mut targets = BTreeSet::new();
        for [input, target] in augmented([disc(), disc()], &options(), 24) {
            assert_eq!(input, target);
            targets.insert(target.rgb().to_vec());
        }
        assert!(targets.len() > 20, "of 24 cuts {} differ", targets.len());
    }

    /// Sketches that stay as they are show that both sides are warped by the same warp, and those that are drawn that the
    /// lines are the warped target's.
    #[test]
    fn both_sides_are_warped_alike_where_lines_vary() {
        let options = AugmentOptions { lines: Lines::Varied, ..options() };
        let (mut kept, mut drawn, mut targets) = (0, 0, BTreeSet::new());
        for [input, target] in augmented([disc(), disc()], &options, 40) {
            targets.insert(target.rgb().to_vec());
            if input == target {
                kept += 1;
                continue;
            }
            drawn += 1;
            let ink: Vec<(usize, usize)> = (0..SIZE * SIZE)
                .map(|i| (i % SIZE, i / SIZE))
                .filter(|(x, y)| input.pixel(*x, *y)[0] < 100)
                .collect();
            let off = ink.iter().filter(|at| !near_an_edge(&target, **at)).count();
            assert!(!ink.is_empty() && off * 20 < ink.len(), "{off} of {} off", ink.len());
        }
        assert!(kept >= 5 && drawn >= 15, "{kept} kept, {drawn} drawn");
        assert_eq!(targets.len(), 40, "every warp is another");
    }

    /// Whether the colours within 9 pixels differ: a pen's radius, 3, the wobble of a line, and Canny's own shift.
    fn near_an_edge(target: &Square, (x, y): (usize, usize)) -> bool {
        let around = |at: usize| at.saturating_sub(9)..=(at + 9).min(SIZE - 1);
        let here = target.pixel(x, y);
        around(y).any(|y| {
            around(x).any(|x| {
                let there = target.pixel(x, y);
                here.iter().zip(there).any(|(a, b)| a.abs_diff(b) > 60)
            })
        })
    }

    fn strongest(color: [u8; 3]) -> usize {
        (0..3).max_by_key(|c| color[*c]).expect("a colour has three channels")
    }

    /// The hints are of the target as the batch has it: cut, mirrored, warped, and in other colours.
    #[test]
    fn hints_have_the_colours_of_the_targets_beside_them() {
        for (lines, recolor) in [(Lines::Given, 0.0), (Lines::Given, 1.0), (Lines::Varied, 1.0)] {
            let options = AugmentOptions { lines, recolor, hints: 1.0, ..options() };
            let (mut painted, mut recolored) = (0, 0);
            let blank = picture(|_, _| WHITE);
            for [input, target] in augmented([blank, disc()], &options, 30) {
                for ((x, y, hint), (.., color)) in pixels(&input).zip(pixels(&target)) {
                    let at = ((x + SIZE as f32 / 2.0) as usize, (y + SIZE as f32 / 2.0) as usize);
                    let gray = hint[0] == hint[1] && hint[1] == hint[2];
                    if gray || near_an_edge(&target, at) {
                        continue;
                    }
                    painted += 1;
                    assert_eq!(strongest(hint), strongest(color), "{hint:?} on {color:?}");
                }
                // The disc has no green, unless its channels are exchanged.
                recolored += usize::from(pixels(&target).any(|(.., c)| c[1] > 150 && c[0] < 100));
            }
            assert!(painted > 200, "{lines:?}: {painted} pixels of hints");
            assert_eq!(recolored > 10, recolor > 0.0, "{recolored} of 30 in other colours");
        }
        let none = AugmentOptions { hints: 0.0, recolor: 1.0, ..options() };
        for [input, target] in augmented([disc(), disc()], &none, 5) {
            assert_eq!(input, target, "no hints, no other colours");
        }
    }

    #[test]
    fn every_pair_comes_once_in_a_round_in_another_order() {
        let mut pairs = Pairs::default();
        for i in 0..7 {
            pairs.add(format!("{i}"), disc(), disc(), &options()).unwrap();
        }
        let rounds: Vec<Vec<String>> = (0..4)
            .map(|round| (0..7).map(|i| pairs.pair(9, round * 7 + i).name.clone()).collect())
            .collect();
        for round in &rounds {
            assert_eq!(round.iter().collect::<BTreeSet<_>>().len(), 7, "{round:?}");
        }
        assert_eq!(rounds.iter().collect::<BTreeSet<_>>().len(), 4, "{rounds:?}");
    }

    #[test]
    fn a_pair_that_is_read_on_demand_is_the_kept_one() {
        let (mut kept, mut read) = (Pairs::default(), Pairs::default());
        kept.add("a".into(), disc(), disc(), &options()).unwrap();
        let reads = Rc::new(Cell::new(0));
        let counted = reads.clone();
        read.add_read(
            "a".into(),
            Box::new(move || {
                counted.set(counted.get() + 1);
                Ok((disc(), disc()))
            }),
        );
        let device = Device::flex();
        for step in 0..3 {
            let batch = |pairs: &Pairs| {
                let (batch, names) = pairs.batch(step, &options(), &device).unwrap();
                (batch.input.into_data(), batch.target.into_data(), names)
            };
            assert_eq!(batch(&kept), batch(&read));
        }
        assert_eq!(reads.get(), 3);
    }

    fn of_photos() -> AugmentOptions {
        AugmentOptions { color: Color::Lab, channels: [1, 2], ..options() }
    }

    /// Both sides of a batch are of one place of one photo, and come the same way in either direction.
    #[test]
    fn a_photo_is_cut_and_mirrored_once_for_its_lightness_and_its_colours() {
        let device = Device::flex();
        let mut pairs = Pairs::default();
        pairs.add_photo("disc".into(), disc(), &of_photos()).unwrap();
        let mut read = Pairs::default();
        read.add_read_photo("disc".into(), Box::new(|| Ok(disc())));
        let back = AugmentOptions { channels: [2, 1], ..of_photos() };
        let whole = lab_square(disc(), SIDE, options().fit);
        let mut cuts = BTreeSet::new();
        for step in 0..12 {
            let (batch, names) = pairs.batch(step, &of_photos(), &device).unwrap();
            assert_eq!(names, ["disc"]);
            assert_eq!(batch.input.dims(), [1, 1, SIZE, SIZE]);
            assert_eq!(batch.target.dims(), [1, 2, SIZE, SIZE]);
            let values = |tensor: Tensor<4>| tensor.into_data().try_to_vec::<f32>().unwrap();
            let (lightness, colors) = (values(batch.input), values(batch.target));
            let (swapped, _) = pairs.batch(step, &back, &device).unwrap();
            assert_eq!((&values(swapped.target), &values(swapped.input)), (&lightness, &colors));
            let (later, _) = read.batch(step, &of_photos(), &device).unwrap();
            assert_eq!((&values(later.input), &values(later.target)), (&lightness, &colors));
            let places = (0..=SIDE - SIZE)
                .flat_map(|left| (0..=SIDE - SIZE).map(move |top| (left, top)))
                .flat_map(|(left, top)| [false, true].map(|mirror| (left, top, mirror)));
            let is_cut = |(left, top, mirror): &(usize, usize, bool)| {
                let cut = whole.cut(*left, *top, SIZE, *mirror);
                let mut planes = Vec::new();
                cut.planes(1, &mut planes);
                cut.planes(2, &mut planes);
                planes[..SIZE * SIZE] == lightness && planes[SIZE * SIZE..] == colors
            };
            cuts.extend(places.into_iter().find(is_cut));
        }
        assert!(cuts.len() > 8, "{cuts:?}");
    }

    #[test]
    fn a_photo_is_no_pair_and_a_pair_no_photo() {
        let device = Device::flex();
        let code = |error: Error| error.code();
        let mut pairs = Pairs::default();
        let added = pairs.add_photo("photo".into(), disc(), &options());
        assert_eq!(added.map_err(code), Err("pair/kind"));
        let added = pairs.add("pair".into(), disc(), disc(), &of_photos());
        assert_eq!(added.map_err(code), Err("pair/kind"));
        assert!(pairs.is_empty());
        pairs.add("pair".into(), disc(), disc(), &options()).unwrap();
        let batch = pairs.batch(0, &of_photos(), &device);
        assert_eq!(batch.map_err(code).err(), Some("pair/kind"));
    }

    #[test]
    fn what_can_not_be_learned_from_is_refused() {
        let device = Device::flex();
        let mut pairs = Pairs::default();
        let code = |error: Error| error.code();
        assert_eq!(pairs.batch(0, &options(), &device).map_err(code).err(), Some("train/no-pairs"));
        let sizes = (RgbaImage::new(20, 10), RgbaImage::new(10, 10));
        let error = pairs.add("odd".into(), sizes.0.clone(), sizes.1.clone(), &options());
        assert_eq!(error.map_err(code).err(), Some("pair/size"));
        assert!(pairs.is_empty());
        pairs.add_read("odd".into(), Box::new(move || Ok(sizes.clone())));
        assert_eq!(pairs.batch(0, &options(), &device).map_err(code).err(), Some("pair/size"));
    }
}
