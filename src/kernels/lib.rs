//! The arithmetic on the CPU: on slices, on all cores, the same to the bit for any number of threads. No tensor and no
//! graph comes here, so that it compiles beside Burn, and once for all that is built of it.

pub mod adam;
pub mod convolve;
mod four;
pub mod join;
mod kernel;
pub mod loss;
pub mod normalize;
mod parallel;
#[cfg(any(test, all(target_arch = "wasm32", feature = "threads")))]
mod pool;
mod product;
pub mod rectify;
mod scratch;
pub mod separable;
pub mod shape;
pub mod sum;
pub mod tanh;

#[cfg(all(target_arch = "wasm32", feature = "threads"))]
pub use parallel::POOL;

/// The numbers that tests are made of.
#[cfg(test)]
#[path = "../random.rs"]
#[allow(dead_code)]
mod random;
