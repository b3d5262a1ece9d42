//! Transposed kernels that cannot draw a grid.
//!
//! Each output pixel of a transposed 4 x 4 convolution of stride 2 sees a quarter of the taps, by its row and column
//! modulo 2. Where the four quarters' sums differ, a flat input comes out as a checkerboard (Odena et al. 2016,
//! "Deconvolution and Checkerboard Artifacts"), and each level of the decoder adds one of another period.
//!
//! A kernel's projection onto those that can't is its nearest such kernel. On one axis the four taps `k` have the part
//! `v = [1, -1, 1, -1] / 2` that tells even pixels from odd ones; `P = I - v vᵀ` removes it.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::model::{Generator, LayerName, ParameterName, Part};

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
    /// `P` on both axes: what upsampling to the nearest pixel and a 3 x 3 convolution can do, which is smoother still. Of
    /// 16 taps 9 are left free.
    Smooth,
}

const TAPS: usize = 4;

impl Kernels {
    /// The generator with its decoders' kernels projected; `parameters` are the names of its parameters.
    pub fn project(
        self,
        generator: Generator,
        parameters: impl Iterator<Item = ParameterName>,
    ) -> Generator {
        match self {
            Kernels::Free => generator,
            _ => generator.map(&mut Project { matrix: self.matrix(), parameters }),
        }
    }

    /// The projection of a kernel's 16 taps, row by row.
    fn matrix(self) -> [[f32; TAPS * TAPS]; TAPS * TAPS] {
        let v = [0.5f32, -0.5, 0.5, -0.5];
        let one = [0.5f32; TAPS];
        let outer = |a: [f32; TAPS], b: [f32; TAPS]| {
            let mut flat = [0.0; TAPS * TAPS];
            flat.iter_mut().enumerate().for_each(|(i, x)| *x = a[i / TAPS] * b[i % TAPS]);
            flat
        };
        // Unit vectors, at right angles to each other, that are removed.
        let unit = |i: usize| [0, 1, 2, 3].map(|j| f32::from(u8::from(i == j)));
        let half = std::f32::consts::FRAC_1_SQRT_2;
        let others = [one, [half, 0.0, -half, 0.0], [0.0, half, 0.0, -half]];
        let removed: Vec<[f32; TAPS * TAPS]> = match self {
            Kernels::Free => Vec::new(),
            Kernels::Balanced => vec![outer(v, one), outer(one, v), outer(v, v)],
            Kernels::Smooth => {
                let columns = [0, 1, 2, 3].map(|i| outer(v, unit(i)));
                columns.into_iter().chain(others.map(|other| outer(other, v))).collect()
            }
        };
        let mut matrix = [[0.0; TAPS * TAPS]; TAPS * TAPS];
        for (i, row) in matrix.iter_mut().enumerate() {
            for (j, entry) in row.iter_mut().enumerate() {
                let taken: f32 = removed.iter().map(|gone| gone[i] * gone[j]).sum();
                *entry = f32::from(u8::from(i == j)) - taken;
            }
        }
        matrix
    }
}

struct Project<I> {
    matrix: [[f32; TAPS * TAPS]; TAPS * TAPS],
    parameters: I,
}

impl<I: Iterator<Item = ParameterName>> ModuleMapper for Project<I> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.parameters.next().expect("a name for each parameter");
        if !matches!((name.layer, name.part), (LayerName::Decoder(_), Part::Weight)) {
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
    use crate::model::{GeneratorConfig, NamedParameter};

    fn projected(kernels: Kernels) -> [Vec<NamedParameter>; 2] {
        let config = GeneratorConfig { ngf: 2, depth: 3, ..Default::default() };
        let generator = config.init(&Device::flex(), 3);
        let before = generator.named_parameters();
        let names: Vec<_> = before.iter().map(|parameter| parameter.name).collect();
        let after = kernels.project(generator, names.into_iter());
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
        for kernels in [Kernels::Balanced, Kernels::Smooth, Kernels::Free] {
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
        for kernels in [Kernels::Balanced, Kernels::Smooth] {
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
        let rank = |kernels: Kernels| (0..16).map(|i| kernels.matrix()[i][i]).sum::<f32>();
        assert_eq!(
            [Kernels::Free, Kernels::Balanced, Kernels::Smooth].map(rank),
            [16.0, 13.0, 9.0]
        );
    }
}
