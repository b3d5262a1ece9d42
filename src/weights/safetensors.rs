//! `.safetensors`: our own files, with the config in their metadata, and files with TensorFlow's names.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use burn::tensor::Tensor;
use half::f16;
use safetensors::tensor::{Dtype as Stored, Metadata, View};

use super::index::{Bytes, Encoding, Entry, Index, read_exact};
use crate::error::{Error, Result};
use crate::model::{Discriminator, Generator, GeneratorConfig};

/// The key of the config in our files' metadata.
const CONFIG: &str = "pix2pix-web/generator";

pub fn index(bytes: &dyn Bytes) -> Result<Index> {
    let raw = read_exact(bytes, "the header's length", 0, 8)?;
    let header_len = u64::from_le_bytes(raw.try_into().expect("eight bytes were read"));
    let header = read_exact(bytes, "the header", 8, header_len)?;
    let metadata: Metadata = serde_json::from_slice(&header).map_err(|e| Error::Index {
        detail: format!("the safetensors header can't be read: {e}"),
    })?;
    drop(header);
    let data_at = 8 + header_len;

    let mut entries = BTreeMap::new();
    for (name, info) in metadata.tensors() {
        let (start, end) = info.data_offsets;
        let end = data_at + end as u64;
        if end > bytes.len() {
            return Err(Error::Truncated { place: name, found: bytes.len(), expected: end });
        }
        let encoding = match info.dtype {
            Stored::F32 => Encoding::F32,
            Stored::F16 => Encoding::F16,
            Stored::BF16 => Encoding::Bf16,
            other => Encoding::Other(format!("{other:?}")),
        };
        let entry = Entry { shape: info.shape.clone(), encoding, offset: data_at + start as u64 };
        entries.insert(name, entry);
    }
    let total = data_at + metadata.data_len() as u64;
    if total != bytes.len() {
        let detail = format!("{} bytes follow the last tensor", bytes.len() - total);
        return Err(Error::Index { detail });
    }
    let config = match metadata.metadata().as_ref().and_then(|m| m.get(CONFIG)) {
        Some(json) => Some(serde_json::from_str(json).map_err(|e| Error::Index {
            detail: format!("the metadata's {CONFIG} is no config: {e}"),
        })?),
        None => None,
    };
    Ok(Index { entries, is_pict: false, config })
}

/// How [`write`] stores the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    #[default]
    F32,
    F16,
}

struct Stowed {
    dtype: Stored,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl View for &Stowed {
    fn dtype(&self) -> Stored {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.data)
    }
    fn data_len(&self) -> usize {
        self.data.len()
    }
}

/// A file of our own naming: `generator.encoder_1.conv.weight`, `[out, in, 4, 4]`, and so on.
///
/// # Errors
/// `device/lost`, where the device no longer gives its numbers.
pub async fn write(
    generator: &Generator,
    config: &GeneratorConfig,
    discriminator: Option<&Discriminator>,
    dtype: Dtype,
) -> Result<Vec<u8>> {
    let mut stowed = Vec::new();
    for (name, tensor) in generator.named_parameters() {
        stowed.push((format!("generator.{name}"), tensor));
    }
    for (name, tensor) in discriminator.map(Discriminator::named_parameters).into_iter().flatten() {
        stowed.push((format!("discriminator.{name}"), tensor));
    }
    let mut views = Vec::with_capacity(stowed.len());
    for (name, (shape, tensor)) in stowed {
        views.push((name, stow(shape, tensor, dtype).await?));
    }
    let config = serde_json::to_string(config).expect("a config of numbers and names is JSON");
    let metadata = HashMap::from([(CONFIG.into(), config)]);
    Ok(safetensors::serialize(views.iter().map(|(name, view)| (name, view)), Some(metadata))
        .expect("shapes and lengths come from the tensors themselves"))
}

async fn stow(shape: Vec<usize>, tensor: Tensor<1>, dtype: Dtype) -> Result<Stowed> {
    let lost = |e: String| Error::DeviceLost { reason: e };
    let data = tensor.into_data_async().await.map_err(|e| lost(e.to_string()))?;
    let values = data.as_slice::<f32>().map_err(|e| lost(format!("{e:?}")))?;
    let (dtype, data) = match dtype {
        Dtype::F32 => (Stored::F32, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        Dtype::F16 => {
            (Stored::F16, values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect())
        }
    };
    Ok(Stowed { dtype, shape, data })
}
