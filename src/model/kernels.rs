//! Transposed kernels that cannot draw a grid.
//!
//! Each output pixel of a transposed 4 x 4 convolution of stride 2 sees a quarter of the taps, by its row and column
//! modulo 2. Where the four quarters' sums differ, a flat input comes out as a checkerboard (Odena et al. 2016,
//! "Deconvolution and Checkerboard Artifacts"), and each level of the decoder adds one of another period.
//!
//! A kernel's projection onto those that can't is its nearest such kernel. On one axis the four taps have the part
//! `v = [1, -1, 1, -1] / 2` that tells even pixels from odd ones; `P = I - v vᵀ` removes it.
//!
//! Trainings project after each update, readers what 8 bits have rounded. Our own files of 8 bits hold coordinates: the free
//! taps alone.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{Generator, ParameterName};

/// What the decoders' kernels are held to, after each update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Kernels {
    /// Nothing, as in the original.
    #[default]
    Free,
    /// The four quarters have one sum: flat areas stay flat.
    Balanced,
    /// `P` on both axes: what upsampling to the nearest pixel and a 3 x 3 convolution can do. Of 16 taps 9 are left free.
    Smooth,
    /// On both axes a ramp stays a ramp too, so that smooth shading has no steps and borders of colours no combs: what
    /// bilinear upsampling and a 2 x 2 convolution can do. Of 16 taps 4 are left free.
    Linear,
}

const TAPS: usize = 4;

impl Kernels {
    /// The generator with the kernels of those decoders that learn projected; `parameters` are the names of its parameters,
    /// and whether each learns: what is frozen stays.
    pub fn project(
        self,
        generator: Generator,
        parameters: impl Iterator<Item = (ParameterName, bool)>,
    ) -> Generator {
        match self {
            Kernels::Free => generator,
            _ => generator.map(&mut Project { matrix: self.matrix(), parameters }),
        }
    }

    /// Projects a decoder's kernels, rounded to 8 bits, back onto what they were held to: they say it themselves, as nothing but
    /// the rounding is left of the rest. `taps` are kernels of 4 x 4, one after the other.
    pub(crate) fn restore(taps: &mut [f32]) {
        let step = 1 + taps.len() / (TAPS * TAPS) / JUDGED;
        let matrix = match Self::judged(taps, step, ROUNDING) {
            Kernels::Free => return,
            held => held.matrix(),
        };
        taps.as_chunks_mut().0.iter_mut().for_each(|kernel| *kernel = times(&matrix, kernel));
    }

    /// What kernels of 4 x 4, one after the other, are held to.
    pub(crate) fn of(taps: &[f32]) -> Self {
        Self::judged(taps, 1, HELD)
    }

    /// What every `step`th of these kernels is held to, but for a part of the squares.
    fn judged(taps: &[f32], step: usize, most: f32) -> Self {
        let kernels = taps.as_chunks().0.iter().step_by(step);
        let holds = |matrix: &Matrix| {
            let (mut all, mut rest) = (0.0, 0.0);
            for kernel in kernels.clone() {
                for (tap, projected) in kernel.iter().zip(times(matrix, kernel)) {
                    all += tap * tap;
                    rest += (tap - projected) * (tap - projected);
                }
            }
            rest <= most * all
        };
        let held = [Self::Linear, Self::Smooth, Self::Balanced];
        held.into_iter().find(|held| holds(&held.matrix())).unwrap_or_default()
    }

    /// What both axes are made of, where the two are held apart.
    pub(crate) fn axis(self) -> Option<&'static [[f32; TAPS]]> {
        match self {
            Kernels::Free | Kernels::Balanced => None,
            Kernels::Smooth => Some(&BASIS[1..]),
            Kernels::Linear => Some(&BASIS[2..]),
        }
    }

    /// The projection of a kernel's 16 taps, row by row.
    fn matrix(self) -> Matrix {
        let (v, one) = (BASIS[0], [0.5; TAPS]);
        match self.axis() {
            Some(axis) => onto(&products(axis)),
            None if self == Kernels::Free => identity(),
            None => without(&[outer(v, one), outer(one, v), outer(v, v)]),
        }
    }
}

/// The coordinates of kernels of 4 x 4, one after the other, in the products of the vectors of an axis.
pub(crate) fn coordinates(axis: &[[f32; TAPS]], taps: &[f32]) -> Vec<f32> {
    let products = products(axis);
    let dot = |kernel: &Taps, of: &Taps| kernel.iter().zip(of).map(|(a, b)| a * b).sum();
    taps.as_chunks().0.iter().flat_map(|kernel| products.iter().map(|u| dot(kernel, u))).collect()
}

/// The kernels of these coordinates.
pub(crate) fn of_coordinates(axis: &[[f32; TAPS]], coordinates: &[f32], into: &mut [f32]) {
    let products = products(axis);
    let kernels = into.as_chunks_mut::<{ TAPS * TAPS }>().0.iter_mut();
    for (kernel, coordinates) in kernels.zip(coordinates.chunks_exact(products.len())) {
        kernel.fill(0.0);
        for (coordinate, u) in coordinates.iter().zip(&products) {
            for (tap, u) in kernel.iter_mut().zip(u) {
                *tap += coordinate * u;
            }
        }
    }
}

/// Of one axis, unit vectors at right angles to each other: `v` tells even pixels from odd ones; an even pixel of a ramp is
/// `k1 n + k3 (n - 1)`, the odd one after it `k0 (n + 1) + k2 n`, and they are half a step apart where nothing of `v` and
/// `w` is left. The other two are bilinear upsampling and its slope.
const BASIS: [[f32; TAPS]; 4] = [
    [0.5, -0.5, 0.5, -0.5],
    [3.0 * ROOT, -ROOT, -ROOT, 3.0 * ROOT],
    [0.5, 0.5, -0.5, -0.5],
    [ROOT, 3.0 * ROOT, 3.0 * ROOT, ROOT],
];
/// 1 / √20
const ROOT: f32 = 0.223_606_8;

type Taps = [f32; TAPS * TAPS];
type Matrix = [Taps; TAPS * TAPS];

/// The part of the squares that rounding to 8 bits leaves where a kernel held to others has none: up to 0.002 in this project's
/// models. Those that are held to nothing have 0.02 there and more.
const ROUNDING: f32 = 0.005;
/// The part of the squares that may be left where a kernel is held, far less than what 8 bits change: projecting in float32 leaves
/// up to 1e-12, and a moving average that began with other kernels up to 1e-7.
const HELD: f32 = 1e-5;
/// How many of a layer's kernels are looked at, about.
const JUDGED: usize = 2048;

fn times(matrix: &Matrix, kernel: &Taps) -> Taps {
    std::array::from_fn(|i| matrix[i].iter().zip(kernel).map(|(a, b)| a * b).sum())
}

fn outer(a: [f32; TAPS], b: [f32; TAPS]) -> Taps {
    std::array::from_fn(|i| a[i / TAPS] * b[i % TAPS])
}

fn products(axis: &[[f32; TAPS]]) -> Vec<Taps> {
    axis.iter().flat_map(|a| axis.iter().map(|b| outer(*a, *b))).collect()
}

/// The projection onto what these vectors span, which are of length 1 and at right angles to each other.
fn onto(vectors: &[Taps]) -> Matrix {
    std::array::from_fn(|i| std::array::from_fn(|j| vectors.iter().map(|u| u[i] * u[j]).sum()))
}

fn identity() -> Matrix {
    std::array::from_fn(|i| std::array::from_fn(|j| f32::from(u8::from(i == j))))
}

fn without(vectors: &[Taps]) -> Matrix {
    let (whole, gone) = (identity(), onto(vectors));
    std::array::from_fn(|i| std::array::from_fn(|j| whole[i][j] - gone[i][j]))
}

struct Project<I> {
    matrix: Matrix,
    parameters: I,
}

impl<I: Iterator<Item = (ParameterName, bool)>> ModuleMapper for Project<I> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (name, learns) = self.parameters.next().expect("a name for each parameter");
        if !(learns && name.is_transposed_kernel()) {
            return param;
        }
        let (id, weight, _) = param.consume();
        let shape = weight.dims();
        let taps = TAPS * TAPS;
        let rows = weight.reshape([shape.iter().product::<usize>() / taps, taps]);
        let matrix = TensorData::new(self.matrix.as_flattened().to_vec(), [taps, taps]);
        let matrix = Tensor::<2>::from_data(matrix, &rows.device());
        Param::initialized(id, rows.matmul(matrix).reshape(shape))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};

    use super::*;
    use crate::model::{GeneratorConfig, LayerName, NamedParameter, Part};
    use crate::random::Random;

    fn projected(kernels: Kernels) -> [Vec<NamedParameter>; 2] {
        let config = GeneratorConfig { ngf: 2, depth: 3, ..Default::default() };
        let generator = config.init(&Device::flex(), 3);
        let before = generator.named_parameters();
        let names: Vec<_> = before.iter().map(|parameter| parameter.name).collect();
        let after = kernels.project(generator, names.into_iter().map(|name| (name, true)));
        [before, after.named_parameters()]
    }

    fn values(parameter: &NamedParameter) -> Vec<f32> {
        parameter.values.clone().into_data().try_to_vec().unwrap()
    }

    fn is_kernel(parameter: &NamedParameter) -> bool {
        matches!(parameter.name.layer, LayerName::Decoder(_)) && parameter.name.part == Part::Weight
    }

    #[test]
    fn only_the_decoders_kernels_change() {
        for kernels in [Kernels::Balanced, Kernels::Smooth, Kernels::Linear, Kernels::Free] {
            let [before, after] = projected(kernels);
            for (old, new) in before.iter().zip(&after) {
                assert_eq!((old.name, &old.shape), (new.name, &new.shape));
                let changes = is_kernel(old) && kernels != Kernels::Free;
                assert_eq!(values(old) != values(new), changes, "{}", old.name);
            }
        }
    }

    /// A flat input, through each kernel alone, is flat but for the border.
    #[test]
    fn flat_stays_flat() {
        for kernels in [Kernels::Balanced, Kernels::Smooth, Kernels::Linear] {
            for kernel in projected(kernels)[1].iter().filter(|parameter| is_kernel(parameter)) {
                let shape: [usize; 4] = kernel.shape.clone().try_into().unwrap();
                let weight = kernel.values.clone().reshape(shape);
                let flat = Tensor::<4>::ones([1, shape[0], 5, 5], &Device::flex());
                let output = crate::ops::up(flat, weight, 2); // [1, L, 10, 10]
                let inner = output.slice([0..1, 0..shape[1], 2..8, 2..8]);
                let spread = inner.clone().max_dims(&[2, 3]) - inner.min_dims(&[2, 3]);
                let most = spread.abs().max().into_scalar::<f32>();
                assert!(most < 1e-6, "{kernels:?}, {}: {most}", kernel.name);
            }
        }
    }

    /// A plane, through each kernel of `linear` alone, is a plane but for the border.
    #[test]
    fn a_ramp_stays_a_ramp() {
        let device = Device::flex();
        let plane: Vec<f32> = (0..36).map(|i| (i / 6) as f32 + 2.0 * (i % 6) as f32).collect();
        let plane = Tensor::<1>::from_floats(plane.as_slice(), &device).reshape([1, 1, 6, 6]);
        let kernels = projected(Kernels::Linear)[1].clone().into_iter();
        for kernel in kernels.filter(is_kernel) {
            let shape: [usize; 4] = kernel.shape.clone().try_into().unwrap();
            let input = plane.clone().repeat(&[1, shape[0], 1, 1]);
            let output = crate::ops::up(input, kernel.values.clone().reshape(shape), 2); // [1, L, 12, 12]
            for axis in [2, 3] {
                let inner = output.clone().slice([0..1, 0..shape[1], 2..10, 2..10]);
                let steps = inner.clone().narrow(axis, 1, 7) - inner.narrow(axis, 0, 7);
                let bends = steps.clone().narrow(axis, 1, 6) - steps.narrow(axis, 0, 6);
                let most = bends.abs().max().into_scalar::<f32>();
                assert!(most < 1e-5, "{}: {most}", kernel.name);
            }
        }
    }

    /// As 8 bits round: each tap by a part of what the taps are, the same for all kernels.
    #[test]
    fn what_was_rounded_is_restored() {
        let mut random = Random::new(5);
        let mut normal = |count: usize| -> Vec<f32> {
            (0..count / 2).flat_map(|_| random.normal_pair()).map(|x| x as f32).collect()
        };
        let largest =
            |values: &[f32]| values.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        for kernels in [Kernels::Linear, Kernels::Smooth, Kernels::Balanced, Kernels::Free] {
            let free = normal(6000 * 16);
            let held: Vec<f32> = (free.as_chunks().0.iter())
                .flat_map(|kernel| times(&kernels.matrix(), kernel))
                .collect();
            let rounded: Vec<f32> = held
                .iter()
                .zip(normal(held.len()))
                .map(|(tap, error)| tap + 0.01 * error)
                .collect();
            let mut restored = rounded.clone();
            Kernels::restore(&mut restored);
            let rest: Vec<f32> = (restored.as_chunks().0.iter())
                .flat_map(|kernel| {
                    let projected = times(&kernels.matrix(), kernel);
                    std::array::from_fn::<_, 16, _>(|i| kernel[i] - projected[i])
                })
                .collect();
            assert!(largest(&rest) < 1e-5, "{kernels:?}: {}", largest(&rest));
            assert_eq!(restored == rounded, kernels == Kernels::Free);
        }
        let mut none: [f32; 32] = [0.0; 32];
        Kernels::restore(&mut none);
        assert_eq!(none, [0.0; 32]);
    }

    #[test]
    fn coordinates_are_all_of_a_kernel() {
        for kernels in [Kernels::Linear, Kernels::Smooth, Kernels::Balanced, Kernels::Free] {
            for kernel in projected(kernels)[1].iter().filter(|parameter| is_kernel(parameter)) {
                let taps = values(kernel);
                assert_eq!(Kernels::of(&taps), kernels, "{}", kernel.name);
                let Some(axis) = kernels.axis() else { continue };
                let found = coordinates(axis, &taps);
                assert_eq!(found.len() * TAPS * TAPS, taps.len() * axis.len() * axis.len());
                let mut again = vec![f32::NAN; taps.len()];
                of_coordinates(axis, &found, &mut again);
                let most =
                    taps.iter().zip(&again).fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
                assert!(most < 1e-7, "{kernels:?}: {most}");
                // One kernel of many that is held to nothing.
                let mut one = taps.clone();
                one[5] += 0.02;
                assert_eq!(Kernels::of(&one), Kernels::Free);
            }
        }
    }

    /// k4[m] = k3[2 - m] + k3[3 - m] on each axis.
    #[test]
    fn smooth_kernels_are_those_of_nearest_upsampling() {
        let device = Device::flex();
        let k3 = Tensor::<2>::random([3, 3], Distribution::Uniform(-1.0, 1.0), &device);
        let k3: Vec<f32> = k3.into_data().try_to_vec().unwrap();
        let of = |i: usize, j: usize| if i < 3 && j < 3 { k3[i * 3 + j] } else { 0.0 };
        let axis = |m: usize| [2usize.wrapping_sub(m), 3 - m];
        let mut k4 = [0.0; 16];
        for (m, tap) in k4.iter_mut().enumerate() {
            let (rows, columns) = (axis(m / 4), axis(m % 4));
            *tap = rows.iter().flat_map(|i| columns.map(|j| of(*i, j))).sum();
        }
        for kernels in [Kernels::Smooth, Kernels::Balanced] {
            for (row, tap) in kernels.matrix().iter().zip(k4) {
                let projected: f32 = row.iter().zip(k4).map(|(a, b)| a * b).sum();
                assert!((projected - tap).abs() < 1e-6, "{kernels:?}: {projected}, {tap}");
            }
        }
        let rank = |kernels: Kernels| {
            let trace = (0..16).map(|i| kernels.matrix()[i][i]);
            trace.sum::<f32>().round()
        };
        let all = [Kernels::Free, Kernels::Balanced, Kernels::Smooth, Kernels::Linear];
        assert_eq!(all.map(rank), [16.0, 13.0, 9.0, 4.0]);
    }
}
