//! PyTorch's `.pth`: a zip archive, or what PyTorch wrote before version 1.6. The crate pytorch-reader reads the pickle in it,
//! and runs none of its code.

use std::collections::BTreeMap;

use pytorch_reader::{DType, PickleError, PytorchError, PytorchReader, Tensor};

use super::Container;
use crate::error::{Error, Result};
use crate::weights::bytes::{Bytes, read_all, too_large};
use crate::weights::limits;
use crate::weights::tensors::{Encoding, Entry, Tensors, elements};

/// What PyTorch wrote before its zip archives: a pickled number.
const LEGACY: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
/// How many times as long as their file tensors may be, since an archive may be packed.
const UNPACKED: u64 = 16;
/// Names under which a checkpoint holds its networks, and what wrappers put before a network's names.
const WRAPPERS: [&str; 16] = [
    "module",
    "state_dict",
    "model_state_dict",
    "netG",
    "netD",
    "net_G",
    "net_D",
    "G",
    "D",
    "gen",
    "disc",
    "generator",
    "discriminator",
    "netG_state_dict",
    "netD_state_dict",
    "_orig_mod",
];

/// Whether a file is one of PyTorch's.
pub fn starts(head: &[u8]) -> bool {
    let has = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
    match head {
        [b'P', b'K', 3, 4, ..] => {
            has(b"/data.pkl") || has(b"/.format_version") || has(b"/byteorder")
        }
        [0x80, 2..=5, rest @ ..] => rest.starts_with(LEGACY),
        _ => false,
    }
}

pub fn read(bytes: &dyn Bytes) -> Result<Tensors> {
    let reader =
        PytorchReader::from_bytes(read_all(bytes)?, None).map_err(|error| refused(&error))?;
    limits::check_tensors(reader.len())?;
    let mut tensors: Vec<Tensor> = reader.into_tensors().into_values().collect();
    tensors.sort_by(|a, b| a.name.cmp(&b.name));

    let claimed =
        tensors.iter().try_fold(0u64, |sum, tensor| sum.checked_add(tensor.byte_len() as u64));
    if !claimed.is_some_and(|claimed| claimed <= UNPACKED * bytes.len()) {
        let what = "its tensors are many times as long as the file";
        return Err(Error::Unsupported { what: what.into() });
    }
    let names: Vec<_> = tensors.iter().map(|tensor| unwrapped(&tensor.name)).collect();
    let names: Vec<_> = within_model(names).into_iter().map(String::from).collect();
    let mut entries = BTreeMap::new();
    let mut values = Vec::new();
    for (tensor, name) in tensors.into_iter().zip(names) {
        let (shape, dtype) = (tensor.shape().to_vec(), tensor.dtype());
        if name.len() > limits::NAME || shape.len() > limits::AXES {
            let what =
                format!("{:.60} has a longer name or more axes than any tensor of pix2pix", name);
            return Err(Error::Unsupported { what });
        }
        let encoding = match dtype {
            DType::F32 => Some(Encoding::F32),
            DType::F16 => Some(Encoding::F16),
            DType::BF16 => Some(Encoding::Bf16),
            _ => None,
        };
        let offset = values.len() as u64;
        // The rest is passed over.
        if encoding.is_some() && elements(&shape).is_some_and(|count| count <= limits::ELEMENTS) {
            let raw = tensor.read().map_err(|error| Error::Index {
                detail: format!("the values of {name} can't be read: {}", short(&error)),
            })?;
            values.try_reserve(raw.len()).map_err(|_| too_large(bytes))?;
            values.extend(raw);
        }
        let dtype = format!("{dtype:?}").to_lowercase();
        let entry = Entry { shape, encoding, dtype, offset, checksum: None };
        if entries.insert(name.clone(), entry).is_some() {
            return Err(Error::Index { detail: format!("{name} is there twice") });
        }
    }
    Ok(Tensors {
        container: Container::PyTorch,
        entries,
        metadata: BTreeMap::new(),
        values: Some(values),
    })
}

/// A kernel of each kind of network, as it is called under `model`.
const WITHIN_MODEL: [&str; 3] =
    ["model.model.model.0.weight", "model.model.5.weight", "model.net.5.weight"];

/// A name within its network.
fn unwrapped(mut name: &str) -> &str {
    while let Some((first, rest)) = name.split_once('.')
        && WRAPPERS.contains(&first)
    {
        name = rest;
    }
    name
}

/// A checkpoint may hold its network under `model` too, with which the network's own names begin: these are the names
/// within it. A generator's begin with `model.model.` then once more, and no generator has a part of the number of a
/// discriminator's third layer there.
fn within_model(mut names: Vec<&str>) -> Vec<&str> {
    let is_wrapped = names.iter().any(|name| WITHIN_MODEL.contains(name));
    if is_wrapped {
        for name in &mut names {
            if let Some(rest) = name.strip_prefix("model.")
                && ["model.", "net."].iter().any(|start| rest.starts_with(start))
            {
                *name = rest;
            }
        }
    }
    names
}

/// What the crate says, cut short where it quotes the file, without the full stop that our sentence has.
fn short(error: &dyn std::fmt::Display) -> String {
    error.to_string().trim_end_matches('.').chars().take(300).collect()
}

fn refused(error: &PytorchError) -> Error {
    match error {
        // A pickle may ask for any Python function; only those that make tensors are known.
        PytorchError::Pickle(
            PickleError::UnsupportedOpCode(_) | PickleError::UnsupportedType(_),
        ) => Error::Unsupported {
            what: format!("it is a PyTorch file with more in it than tensors: {}", short(error)),
        },
        _ => Error::Index { detail: format!("the PyTorch file can't be read: {}", short(error)) },
    }
}
