//! The weights of a convolution as they lie in the GPU's memory: as they are, or in fewer bits, from which the kernels make
//! them again as they read them, by arithmetic that every adapter has.
//!
//! ```text
//! plain    n words, float32
//! halves   n / 2 words, the even ones in the low bits
//! codes    the 256 words of the book, then n / 4 words, the first of four in the low bits
//! ```

use cubecl::prelude::*;

use super::super::launch::Float;
use super::product::Four;
use crate::ops::Packing;
use pix2pix_kernels::shape::SIDE;

/// Words before the codes.
const BOOK: usize = 256;

/// Of a half: the place of its sign, and the least normal one.
const SIGN: u32 = 1 << 15;
const LEAST_NORMAL: u32 = 1 << 10;

/// By how much the exponents of the two formats differ.
const EXPONENT: u32 = 127 - 15;

/// What a kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stored {
    Plain,
    Packed(Packing),
}

/// Weights `[S, L, 4, 4]` in one buffer.
pub struct Weights {
    pub words: Float,
    pub stored: Stored,
}

impl Weights {
    pub fn plain(words: Float) -> Self {
        Self { words, stored: Stored::Plain }
    }

    pub fn packed(words: Float, packing: Packing) -> Self {
        Self { words, stored: Stored::Packed(packing) }
    }
}

impl Stored {
    /// Words that lie together where a kernel reads a row of weights.
    pub const fn row_words(self) -> usize {
        match self {
            Stored::Plain => SIDE,
            Stored::Packed(_) => 1,
        }
    }
}

/// A weight by its place among all.
#[cube]
pub fn weight(words: &[u32], at: usize, #[comptime] stored: Stored) -> f32 {
    match stored {
        Stored::Plain => f32::reinterpret(words[at]),
        Stored::Packed(Packing::Half) => half(words[at / 2] >> (at as u32 % 2 * 16) & 0xFFFF),
        Stored::Packed(Packing::Code) => {
            let code = words[BOOK + at / 4] >> (at as u32 % 4 * 8) & 0xFF;
            f32::reinterpret(words[code as usize])
        }
    }
}

/// A row of weights by its place among all.
#[cube]
pub fn row<N: Size>(words: &[Vector<u32, N>], at: usize, #[comptime] stored: Stored) -> Four {
    match stored {
        Stored::Plain => Four::reinterpret(words[at]),
        Stored::Packed(Packing::Half) => {
            let mut row = Four::broadcast(0.0f32);
            #[unroll]
            for i in 0..2usize {
                let two = words[at * 2 + i].extract(0usize);
                row.insert(i * 2, half(two & 0xFFFF));
                row.insert(i * 2 + 1, half(two >> 16));
            }
            row
        }
        Stored::Packed(Packing::Code) => {
            let mut row = Four::broadcast(0.0f32);
            let four = words[BOOK + at].extract(0usize);
            #[unroll]
            for i in 0..4usize {
                let code = four >> comptime!(i as u32 * 8) & 0xFF;
                row.insert(i, f32::reinterpret(words[code as usize].extract(0usize)));
            }
            row
        }
    }
}

/// The value of a finite half.
#[cube]
fn half(bits: u32) -> f32 {
    let magnitude = bits & comptime!(SIGN - 1);
    // Exponent and mantissa are in the places of a float32, but for where the exponent starts from.
    let normal = f32::reinterpret((magnitude << 13) + comptime!(EXPONENT << 23));
    // Below the least normal one they are multiples of 2^-24; a GPU may take such float32 for zero.
    let small = f32::cast_from(magnitude) * comptime!(1.0f32 / (1u32 << 24) as f32);
    let value = select(magnitude < LEAST_NORMAL, small, normal);
    select(bits >= SIGN, -value, value)
}
