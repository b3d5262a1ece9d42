//! What a training sees: pictures scaled to squares, cut and mirrored, sketches that vary, and colour hints.

pub mod hints;
pub mod lines;
mod square;
mod warp;

pub use square::{Square, square};
pub use warp::Warp;
