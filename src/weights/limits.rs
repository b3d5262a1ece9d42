//! What a file may ask for. A file of weights within these can be as large as it likes; how deep and how wide a network
//! may be, [`GeneratorConfig::check`](crate::model::GeneratorConfig::check) says.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

use crate::error::{Error, Result};

/// Bytes of a header, as many as the safetensors crate reads.
pub const HEADER: usize = 100_000_000;
/// Bytes of a model's card, JSON.
pub const CARD: usize = 1 << 18;
/// Bytes of the thumbnail in a card.
pub const THUMBNAIL: usize = 1 << 15;
/// Tensors in a file. A checkpoint of the deepest network has 300.
pub const TENSORS: usize = 4096;
/// Bytes of a tensor's name.
pub const NAME: usize = 1000;
/// Axes of a tensor.
pub const AXES: usize = 8;
/// Elements of a tensor that is loaded: those of the widest network's widest kernel, `[8192, 4096, 4, 4]`.
pub const ELEMENTS: u64 = 1 << 29;

/// # Errors
/// `weights/unsupported`.
pub fn check_tensors(count: usize) -> Result<()> {
    if count <= TENSORS {
        return Ok(());
    }
    Err(Error::Unsupported { what: format!("it has {count} tensors, more than any pix2pix") })
}

/// `weights/index`, for JSON that can't be read. What it quotes of the file is cut short.
pub fn json_error(what: &str, error: &serde_json::Error) -> Error {
    let why: String = error.to_string().chars().take(300).collect();
    Error::Index { detail: format!("{what}: {why}") }
}

/// The shape of a tensor.
///
/// # Errors
/// `weights/unsupported`.
pub fn check_axes(name: &str, shape: AtMost<usize, AXES>) -> Result<Vec<usize>> {
    if shape.count <= AXES {
        return Ok(shape.items);
    }
    Err(Error::Unsupported { what: format!("{name} has {} axes", shape.count) })
}

/// The first `N` items of a JSON list, and how many items it has; those beyond `N` take no memory.
pub struct AtMost<T, const N: usize> {
    pub items: Vec<T>,
    pub count: usize,
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for AtMost<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Items<T, const N: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Items<T, N> {
            type Value = AtMost<T, N>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> std::result::Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while items.len() < N {
                    let Some(item) = list.next_element()? else {
                        return Ok(AtMost { count: items.len(), items });
                    };
                    items.push(item);
                }
                let mut count = N;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(AtMost { items, count })
            }
        }

        deserializer.deserialize_seq(Items(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_kept_up_to_its_limit_and_counted_to_its_end() {
        for (json, items, count) in [
            ("[]", &[][..], 0),
            ("[5, 6]", &[5, 6], 2),
            ("[5, 6, 7]", &[5, 6, 7], 3),
            ("[5, 6, 7, 8, {\"any\": [1]}]", &[5, 6, 7], 5),
        ] {
            let list: AtMost<u8, 3> = serde_json::from_str(json).unwrap();
            assert_eq!((&list.items[..], list.count), (items, count), "{json}");
        }
        assert!(serde_json::from_str::<AtMost<u8, 3>>("{}").is_err());
        assert!(serde_json::from_str::<AtMost<u8, 3>>("[1, -2]").is_err());
    }
}
