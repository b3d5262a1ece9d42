//! `.safetensors`: our own files, with the config in their metadata, and files with TensorFlow's names.

use std::collections::{BTreeMap, HashMap};

use burn::tensor::Tensor;
use half::f16;
use safetensors::tensor::{Dtype as Stored, Metadata, TensorInfo};

use super::index::{Bytes, Encoding, Entry, Index, read_exact};
use crate::device::numbers;
use crate::error::{Error, Result};
use crate::model::{Discriminator, Generator, GeneratorConfig};

/// The keys of the config and of a training's state in our files' metadata.
const CONFIG: &str = "pix2pix-web/generator";
const TRAINING: &str = "pix2pix-web/training";

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
    let stored = |key| metadata.metadata().as_ref().and_then(|m| m.get(key));
    let config = match stored(CONFIG) {
        Some(json) => Some(serde_json::from_str(json).map_err(|e| Error::Index {
            detail: format!("the metadata's {CONFIG} is no config: {e}"),
        })?),
        None => None,
    };
    let training = stored(TRAINING).cloned();
    Ok(Index { entries, is_pict: false, config, training })
}

/// How [`write`] stores the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    #[default]
    F32,
    F16,
}

impl Dtype {
    fn stored(self) -> Stored {
        match self {
            Dtype::F32 => Stored::F32,
            Dtype::F16 => Stored::F16,
        }
    }

    fn bytes(self, values: &[f32]) -> Vec<u8> {
        match self {
            Dtype::F32 => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Dtype::F16 => values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
        }
    }
}

/// What goes into a file.
pub struct Contents<'a> {
    pub generator: &'a Generator,
    pub config: &'a GeneratorConfig,
    pub discriminator: Option<&'a Discriminator>,
    pub training: Option<&'a Training>,
}

/// What of a training is not weights, ready to be stored.
#[derive(Debug, Clone)]
pub struct Training {
    /// JSON, in the file's metadata.
    pub state: String,
    /// Numbers in a row, by names that begin with `adam.`; always stored as F32.
    pub tensors: BTreeMap<String, Tensor<1>>,
}

/// Writes a file of our own naming, `generator.encoder_1.conv.weight`, `[out, in, 4, 4]`, and so on, piece by piece:
/// no more than one tensor is in memory besides what `sink` keeps.
///
/// # Errors
/// `device/lost`, where the device no longer gives its numbers.
pub async fn write(
    contents: Contents<'_>,
    dtype: Dtype,
    sink: &mut dyn FnMut(Vec<u8>),
) -> Result<()> {
    let Contents { generator, config, discriminator, training } = contents;
    let mut tensors = Vec::new();
    for (name, (shape, tensor)) in generator.named_parameters() {
        tensors.push((format!("generator.{name}"), shape, tensor, dtype));
    }
    for (name, (shape, tensor)) in
        discriminator.map(Discriminator::named_parameters).into_iter().flatten()
    {
        tensors.push((format!("discriminator.{name}"), shape, tensor, dtype));
    }
    let config = serde_json::to_string(config).expect("a config of numbers and names is JSON");
    let mut metadata = HashMap::from([(CONFIG.into(), config)]);
    if let Some(training) = training {
        metadata.insert(TRAINING.into(), training.state.clone());
        for (name, tensor) in &training.tensors {
            tensors.push((name.clone(), tensor.dims().to_vec(), tensor.clone(), Dtype::F32));
        }
    }
    sink(header(&tensors, metadata));
    for (_, _, tensor, dtype) in tensors {
        sink(dtype.bytes(&numbers(tensor).await?));
    }
    Ok(())
}

/// The header's length, eight bytes, and the header, padded to a multiple of eight as the format asks for.
fn header(
    tensors: &[(String, Vec<usize>, Tensor<1>, Dtype)],
    metadata: HashMap<String, String>,
) -> Vec<u8> {
    let mut end = 0;
    let infos = tensors.iter().map(|(name, shape, tensor, dtype)| {
        let start = end;
        let dtype = dtype.stored();
        end = start + tensor.dims()[0] * dtype.bitsize() / 8;
        (name.clone(), TensorInfo { dtype, shape: shape.clone(), data_offsets: (start, end) })
    });
    let metadata = Metadata::new(Some(metadata), infos.collect())
        .expect("shapes and lengths come from the tensors themselves");
    let mut json = serde_json::to_vec(&metadata).expect("names and numbers are JSON");
    json.resize(json.len().next_multiple_of(8), b' ');
    let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
    bytes.extend(json);
    bytes
}
