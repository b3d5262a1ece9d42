//! Four values side by side, in a register of the processor.

use std::ops::{Add, Mul, Sub};

#[cfg(target_arch = "wasm32")]
use std::arch::wasm32::*;

#[cfg(target_arch = "wasm32")]
#[derive(Clone, Copy)]
pub struct Four(v128);

/// For the compiler, which makes vectors of it.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Copy)]
pub struct Four([f32; 4]);

#[cfg(target_arch = "wasm32")]
impl Four {
    pub fn of(values: &[f32; 4]) -> Self {
        // SAFETY: the reference is to 16 bytes, and the load asks for no alignment.
        Self(unsafe { v128_load(values.as_ptr().cast()) })
    }

    pub fn write(self, to: &mut [f32; 4]) {
        // SAFETY: as in `of`.
        unsafe { v128_store(to.as_mut_ptr().cast(), self.0) }
    }

    /// Values of `self` and `other` by their places: 0 to 3 in `self`, 4 to 7 in `other`.
    pub fn pick<const A: usize, const B: usize, const C: usize, const D: usize>(
        self,
        other: Self,
    ) -> Self {
        Self(i32x4_shuffle::<A, B, C, D>(self.0, other.0))
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Four {
    pub fn of(values: &[f32; 4]) -> Self {
        Self(*values)
    }

    pub fn write(self, to: &mut [f32; 4]) {
        *to = self.0;
    }

    /// Values of `self` and `other` by their places: 0 to 3 in `self`, 4 to 7 in `other`.
    pub fn pick<const A: usize, const B: usize, const C: usize, const D: usize>(
        self,
        other: Self,
    ) -> Self {
        Self([A, B, C, D].map(|i| if i < 4 { self.0[i] } else { other.0[i - 4] }))
    }
}

macro_rules! operator {
    ($operator:ident, $name:ident, $vector:ident) => {
        impl $operator for Four {
            type Output = Self;

            fn $name(self, other: Self) -> Self {
                #[cfg(target_arch = "wasm32")]
                return Self($vector(self.0, other.0));
                #[cfg(not(target_arch = "wasm32"))]
                Self(std::array::from_fn(|i| self.0[i].$name(other.0[i])))
            }
        }
    };
}

operator!(Add, add, f32x4_add);
operator!(Sub, sub, f32x4_sub);
operator!(Mul, mul, f32x4_mul);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_stays_in_its_place() {
        let [a, b] = [Four::of(&[1., 2., 3., 4.]), Four::of(&[5., 6., 7., 9.])];
        let read = |four: Four| {
            let mut values = [0.0; 4];
            four.write(&mut values);
            values
        };
        assert_eq!(read(a + b), [6., 8., 10., 13.]);
        assert_eq!(read(b - a), [4., 4., 4., 5.]);
        assert_eq!(read(a * b), [5., 12., 21., 36.]);
        assert_eq!(read(a.pick::<0, 3, 4, 7>(b)), [1., 4., 5., 9.]);
    }
}
