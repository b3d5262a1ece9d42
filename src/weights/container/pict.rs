//! `.pict`, the 8-bit format of the original's browser demo (server/tools/export-checkpoint.py).
//!
//! Three blocks, each a big-endian u32 length and its bytes: a JSON list of `{name, shape}`; 256 float32,
//! little-endian, the code book; one byte a weight, in the order of the list.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::weights::outgoing::Outgoing;
use crate::weights::tensors::{Bytes, Encoding, Entry, Index, read_exact};

#[derive(Serialize, Deserialize)]
struct Item {
    name: String,
    shape: Vec<usize>,
}

pub fn index(bytes: &dyn Bytes) -> Result<Index> {
    let (list_at, list_len) = block(bytes, 0, "the list of tensors")?;
    let (book_at, book_len) = block(bytes, list_at + list_len, "the code book")?;
    let (codes_at, codes_len) = block(bytes, book_at + book_len, "the weights")?;

    let list = read_exact(bytes, "the list of tensors", list_at, list_len)?;
    let items: Vec<Item> = serde_json::from_slice(&list).map_err(|e| Error::Index {
        detail: format!("the list of tensors is no JSON list of name and shape: {e}"),
    })?;

    if book_len != 256 * 4 {
        let detail = format!("the code book has {book_len} bytes, expected 1024");
        return Err(Error::Index { detail });
    }
    let raw = read_exact(bytes, "the code book", book_at, book_len)?;
    let encoding = Encoding::code_book(&raw, "the code book")?;

    let mut offset = codes_at;
    let mut entries = BTreeMap::new();
    for Item { name, shape } in items {
        let count = shape.iter().try_fold(1u64, |n, &side| n.checked_mul(side as u64));
        let end = count.and_then(|n| offset.checked_add(n)).ok_or_else(|| Error::Index {
            detail: format!("{name} of shape {shape:?} is impossibly large"),
        })?;
        if end > codes_at + codes_len {
            return Err(Error::Truncated {
                place: name,
                found: codes_len,
                expected: end - codes_at,
            });
        }
        if entries
            .insert(name.clone(), Entry { shape, encoding: encoding.clone(), offset })
            .is_some()
        {
            return Err(Error::Index { detail: format!("{name} is listed twice") });
        }
        offset = end;
    }
    if offset != codes_at + codes_len || codes_at + codes_len != bytes.len() {
        let detail = format!(
            "its list names {} weights, but {} follow it",
            offset - codes_at,
            bytes.len() - codes_at
        );
        return Err(Error::Index { detail });
    }
    Ok(Index { entries, is_pict: true, config: None, training: None })
}

/// Where a block's bytes start, and how many they are; all of them are in the file.
fn block(bytes: &dyn Bytes, at: u64, place: &str) -> Result<(u64, u64)> {
    let raw = read_exact(bytes, place, at, 4)?;
    let length = u32::from_be_bytes(raw.try_into().expect("four bytes were read")) as u64;
    let end = at + 4 + length;
    if end > bytes.len() {
        return Err(Error::Truncated { place: place.into(), found: bytes.len(), expected: end });
    }
    Ok((at + 4, length))
}

/// All that stands before the weights: the list of tensors, the code book, and how many bytes follow.
pub fn header(tensors: &[Outgoing], book: &[f32]) -> Vec<u8> {
    let items = tensors.iter().map(|t| Item { name: t.name.clone(), shape: t.shape.clone() });
    let list = serde_json::to_vec(&items.collect::<Vec<_>>()).expect("names and shapes are JSON");
    let book: Vec<u8> = book.iter().flat_map(|value| value.to_le_bytes()).collect();
    let codes: usize = tensors.iter().map(|t| t.shape.iter().product::<usize>()).sum();
    let length = |bytes: usize| {
        u32::try_from(bytes).expect("the widest network has fewer weights").to_be_bytes()
    };
    let mut bytes = length(list.len()).to_vec();
    bytes.extend(list);
    bytes.extend(length(book.len()));
    bytes.extend(book);
    bytes.extend(length(codes));
    bytes
}
