//! A tensor on its way into a file: its name, shape and numbers as the file has them.

use burn::tensor::Tensor;
use half::f16;
use safetensors::tensor::Dtype as Stored;

use super::naming::place;
use crate::device::values;
use crate::error::{Error, Result};

/// A tensor on its way into a file.
pub struct Outgoing {
    /// As the file calls it.
    pub name: String,
    /// As the file has it.
    pub shape: Vec<usize>,
    /// U8 is a code.
    pub stored: Stored,
    pub numbers: Numbers,
}

pub enum Numbers {
    InOrder(Tensor<1>),
    /// Of a kernel `[a, b, h, w]` whose file has `[h, w, b, a]`; with `[a, b, h * w]`.
    Reversed(Tensor<1>, [usize; 3]),
    Given(Vec<f32>),
}

impl Outgoing {
    /// In the file's order.
    async fn numbers(&self) -> Result<Vec<f32>> {
        match &self.numbers {
            Numbers::InOrder(tensor) => values(tensor.clone()).await,
            Numbers::Reversed(tensor, axes) => {
                let ours = values(tensor.clone()).await?;
                Ok((0..ours.len()).map(|i| ours[place(i, *axes)]).collect())
            }
            Numbers::Given(values) => Ok(values.clone()),
        }
    }

    /// What a reader would refuse is refused here.
    pub async fn finite_numbers(&self) -> Result<Vec<f32>> {
        let values = self.numbers().await?;
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => {
                Err(Error::NotFinite { name: self.name.clone(), found: values[index], index })
            }
            None => Ok(values),
        }
    }

    pub async fn bytes(&self) -> Result<Vec<u8>> {
        let values = self.finite_numbers().await?.into_iter();
        if self.stored != Stored::F16 {
            return Ok(values.flat_map(f32::to_le_bytes).collect());
        }
        let halves = values.map(|value| match f16::from_f32(value) {
            half if half.is_finite() => Ok(half.to_le_bytes()),
            _ => Err(Error::Incompatible {
                format: "f16",
                what: format!("{value} in {}", self.name),
                remedy: "Write f32".into(),
            }),
        });
        Ok(halves.collect::<Result<Vec<_>>>()?.into_flattened())
    }
}
