//! `.pict`, the 8-bit format of the original's browser demo (server/tools/export-checkpoint.py).
//!
//! Three blocks, each a big-endian u32 length and its bytes: a JSON list of `{name, shape}`; 256 float32,
//! little-endian, the code book; one byte a weight, in the order of the list. A fourth, of ours, is the model's card; the
//! original's reader and ml5's split a file into blocks up to its end, and use the first three.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Container;
use crate::error::{Error, Result};
use crate::weights::bytes::{Bytes, check_end, read_exact};
use crate::weights::card;
use crate::weights::limits::{self, AtMost};
use crate::weights::quantise::CODES;
use crate::weights::tensors::{Encoding, Entry, Tensors, elements};

/// A code book's bytes.
const BOOK: u64 = 4 * CODES as u64;

#[derive(Deserialize)]
struct Item {
    name: String,
    shape: AtMost<usize, { limits::AXES }>,
}

#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    shape: &'a [usize],
}

/// Whether a file is a `.pict`: a list comes behind a length that a list can have.
pub fn starts(head: &[u8]) -> bool {
    let Some((length, rest)) = head.split_first_chunk() else { return false };
    rest.first() == Some(&b'[') && u32::from_be_bytes(*length) as usize <= limits::HEADER
}

pub fn read(bytes: &dyn Bytes) -> Result<Tensors> {
    let (list_at, list_len) = block(bytes, 0, "the list of tensors")?;
    let (book_at, book_len) = block(bytes, list_at + list_len, "the code book")?;
    let (codes_at, codes_len) = block(bytes, book_at + book_len, "the block of weights")?;

    let list = read_exact(bytes, "the list of tensors", list_at, list_len)?;
    let list: AtMost<Item, { limits::TENSORS }> = serde_json::from_slice(&list).map_err(|e| {
        limits::json_error("the list of tensors is not a JSON list of name and shape", &e)
    })?;
    limits::check_tensors(list.count)?;

    if book_len != BOOK {
        let detail = format!("the code book has {book_len} bytes, expected {BOOK}");
        return Err(Error::Index { detail });
    }
    let book = read_exact(bytes, "the code book", book_at, book_len)?;
    let encoding = Encoding::code_book(&book, "the code book")?;

    let mut listed = 0u64;
    let mut entries = BTreeMap::new();
    for Item { name, shape } in list.items {
        if name.len() > limits::NAME {
            let detail = format!("a tensor's name is {} bytes long", name.len());
            return Err(Error::Index { detail });
        }
        let shape = limits::check_axes(&name, shape)?;
        let offset = codes_at + listed;
        listed = match elements(&shape).and_then(|count| listed.checked_add(count)) {
            Some(end) if end <= codes_len => end,
            _ => {
                let detail = format!(
                    "its list names more weights than the {codes_len} in the file, the first of them in {name} of shape {shape:?}"
                );
                return Err(Error::Index { detail });
            }
        };
        if entries.contains_key(&name) {
            return Err(Error::Index { detail: format!("{name} is listed twice") });
        }
        entries.insert(name, Entry::new(shape, encoding.clone(), offset));
    }
    if listed != codes_len {
        let detail = format!("its list names {listed} weights, but {codes_len} follow it");
        return Err(Error::Index { detail });
    }
    let metadata = read_card(bytes, codes_at + codes_len)?;
    Ok(Tensors { container: Container::Pict, entries, metadata, values: None })
}

/// The card, from `at` on, where the file does not end there.
fn read_card(bytes: &dyn Bytes, at: u64) -> Result<BTreeMap<String, String>> {
    match bytes.len() - at {
        0 => return Ok(BTreeMap::new()),
        there @ 1..4 => {
            let detail = format!("{there} bytes follow its weights");
            return Err(Error::Index { detail });
        }
        _ => {}
    }
    let (card_at, card_len) = block(bytes, at, "the card")?;
    let end = card_at + card_len;
    if end != bytes.len() {
        let detail = format!("{} bytes follow its last block", bytes.len() - end);
        return Err(Error::Index { detail });
    }
    let card = read_exact(bytes, "the card", card_at, card_len)?;
    let card = String::from_utf8(card).map_err(|_| Error::Card { why: "it is no text".into() })?;
    Ok([(card::KEY.into(), card)].into())
}

/// Where a block's bytes start, and how many they are; all of them are in the file.
fn block(bytes: &dyn Bytes, at: u64, place: &str) -> Result<(u64, u64)> {
    let length = read_exact(bytes, &format!("the length of {place}"), at, 4)?;
    let length = u32::from_be_bytes(length.try_into().expect("four bytes were read")).into();
    check_end(bytes, place, at + 4 + length)?;
    Ok((at + 4, length))
}

/// All that precedes the weights: the list of tensors, by name and shape, the code book, and the count of weights.
pub fn header<'a>(tensors: impl Iterator<Item = (&'a str, &'a [usize])>, book: &[f32]) -> Vec<u8> {
    let list: Vec<_> = tensors.map(|(name, shape)| Listed { name, shape }).collect();
    let codes: usize = list.iter().map(|item| item.shape.iter().product::<usize>()).sum();
    let list = serde_json::to_vec(&list).expect("names and shapes are JSON");
    let book: Vec<u8> = book.iter().flat_map(|value| value.to_le_bytes()).collect();
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

/// The block of a model's card, JSON, behind the weights.
pub fn card(json: &str) -> Vec<u8> {
    let length = u32::try_from(json.len()).expect("a card is short");
    [&length.to_be_bytes(), json.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(list: &str, codes: usize, said: u32) -> Vec<u8> {
        let mut file = (list.len() as u32).to_be_bytes().to_vec();
        file.extend(list.as_bytes());
        file.extend(1024u32.to_be_bytes());
        file.extend([0; 1024]);
        file.extend(said.to_be_bytes());
        file.extend(vec![0; codes]);
        file
    }

    fn error(list: &str, codes: usize, said: u32) -> String {
        let error = super::super::read(&file(list, codes, said)).expect_err("it is refused");
        format!("{}: {error}", error.code())
    }

    #[test]
    fn a_list_that_contradicts_the_file_is_refused() {
        let list = r#"[{"name": "a", "shape": [2, 3]}, {"name": "b", "shape": []}]"#;
        let tensors = read(&file(list, 7, 7)).unwrap();
        assert_eq!(tensors.entries["b"].offset - tensors.entries["a"].offset, 6);

        assert!(
            error(list, 6, 6)
                .contains("more weights than the 6 in the file, the first of them in b")
        );
        assert!(error(list, 8, 8).contains("names 7 weights, but 8 follow"));
        assert!(error(list, 8, 7).contains("1 bytes follow its weights"));
        assert!(
            error(list, 7, 8).starts_with("weights/truncated: the block of weights ends at byte")
        );
        assert!(error(list, 7, u32::MAX).starts_with("weights/truncated"));
        let twice = r#"[{"name": "a", "shape": [1]}, {"name": "a", "shape": [1]}]"#;
        assert!(error(twice, 2, 2).contains("a is listed twice"));
        for shape in
            ["[18446744073709551615]", "[4294967296, 4294967296]", "[18446744073709551615, 2, 0]"]
        {
            let list = format!(r#"[{{"name": "a", "shape": {shape}}}]"#);
            assert!(error(&list, 0, 0).starts_with("weights/index"), "{shape}");
        }
        let long = format!(r#"[{{"name": "{}", "shape": [1]}}]"#, "a".repeat(2000));
        assert!(error(&long, 1, 1).contains("name is 2000 bytes long"));
        let many = format!("[{}]", vec![r#"{"name": "a", "shape": [0]}"#; 5000].join(","));
        assert!(error(&many, 0, 0).starts_with("weights/unsupported"));
        let deep = format!(r#"[{{"name": "a", "shape": [{}]}}]"#, vec!["1"; 1000].join(","));
        assert!(
            error(&deep, 1, 1).starts_with(
                "weights/unsupported: this weights file can't be used: a has 1000 axes"
            )
        );
    }
}
