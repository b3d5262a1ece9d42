//! `.safetensors`: a JSON header with names, types, shapes and places, and the values behind it.
//!
//! Weights in 8 bits are tensors of U8 beside a code book, a tensor of 256 F32 that the metadata names. Where the metadata says
//! that transposed kernels are `linear` or `smooth`, U8 of `[in, out, 2, 2]` or `[in, out, 3, 3]` are the coordinates of kernels of
//! 4 x 4: with the vectors `u` of `model::kernels`, `kernel = sum of c[i, j] u[i] u[j]ᵀ`.

use std::collections::BTreeMap;
use std::fmt;

use safetensors::tensor::{Dtype as Stored, TensorInfo};
use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::Container;
use crate::error::{Error, Result};
use crate::model::{KERNEL, Kernels};
use crate::weights::bytes::{Bytes, check_end, read_exact};
use crate::weights::limits::{self, AtMost};
use crate::weights::quantise::CODES;
use crate::weights::tensors::{Encoding, Entry, Tensors, elements};

/// The metadata's key for the code book's name.
const CODE_BOOK_NAME: &str = "pix2pix-web/code-book";
/// The metadata's key for what the kernels are held to that are stored as coordinates.
const KERNELS: &str = "pix2pix-web/kernels";
/// Those that have coordinates.
const HELD: [(&str, Kernels); 2] = [("linear", Kernels::Linear), ("smooth", Kernels::Smooth)];
/// The code book's name in the files that we write.
pub const CODE_BOOK: &str = "code_book";
const METADATA: &str = "__metadata__";

#[derive(Deserialize)]
struct Info {
    dtype: Stored,
    shape: AtMost<usize, { limits::AXES }>,
    /// From the first byte behind the header on.
    data_offsets: (u64, u64),
}

/// Of more tensors than the limit allows, the rest are only counted.
#[derive(Default)]
struct Header {
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, Info>,
    count: usize,
}

/// A map in which no key is repeated.
struct Unique(BTreeMap<String, String>);

/// Whether a file is a `.safetensors`: an object comes behind a length that is none of text.
pub fn starts(head: &[u8]) -> bool {
    let Some((length, rest)) = head.split_first_chunk() else { return false };
    let length: &[u8; 8] = length;
    let is_text = length.iter().all(|byte| *byte >= b' ' || byte.is_ascii_whitespace());
    rest.first() == Some(&b'{') && !is_text
}

pub fn read(bytes: &dyn Bytes) -> Result<Tensors> {
    let length = read_exact(bytes, "the length of the header", 0, 8)?;
    let length = u64::from_le_bytes(length.try_into().expect("eight bytes were read"));
    let header = read_exact(bytes, "the header", 8, length)?;
    let Header { mut metadata, mut tensors, count } = serde_json::from_slice(&header)
        .map_err(|e| limits::json_error("the safetensors header can't be read", &e))?;
    drop(header);
    limits::check_tensors(count)?;
    let data_at = 8 + length;
    let end = check_places(&tensors)?;
    for (name, info) in &tensors {
        check_end(bytes, name, data_at.saturating_add(info.data_offsets.1))?;
    }
    let there = bytes.len() - data_at;
    if end != there {
        let detail = format!("{} bytes follow the last tensor", there - end);
        return Err(Error::Index { detail });
    }

    let book_name = metadata.remove(CODE_BOOK_NAME);
    let book = match &book_name {
        Some(name) => Some(code_book(bytes, tensors.remove(name), name, data_at)?),
        None => None,
    };
    let axis = match metadata.remove(KERNELS) {
        Some(kernels) => Some(axis(&kernels)?),
        None => None,
    };
    let mut entries = BTreeMap::new();
    for (name, Info { dtype, shape, data_offsets }) in tensors {
        let encoding = match dtype {
            Stored::F32 => Some(Encoding::F32),
            Stored::F16 => Some(Encoding::F16),
            Stored::BF16 => Some(Encoding::Bf16),
            Stored::U8 => book.clone(),
            _ => None,
        };
        let mut shape = limits::check_axes(&name, shape)?;
        let encoding = match (encoding, axis, &mut shape[..]) {
            (Some(Encoding::CodeBook(book)), Some(axis), [_, _, sides @ ..])
                if *sides == [axis.len(); 2] =>
            {
                sides.fill(KERNEL);
                Some(Encoding::Coordinates(axis, book))
            }
            (encoding, ..) => encoding,
        };
        let offset = data_at + data_offsets.0;
        let entry = match encoding {
            Some(encoding) => Entry::new(shape, encoding, offset),
            None => {
                let dtype = format!("{dtype:?}").to_lowercase();
                Entry { shape, encoding: None, dtype, offset, checksum: None }
            }
        };
        entries.insert(name, entry);
    }
    Ok(Tensors { container: Container::Safetensors, entries, metadata, values: None })
}

/// Each tensor has as many bytes as its shape and type need, from the end of the one before it on. Returns the end of
/// the last one.
fn check_places(tensors: &BTreeMap<String, Info>) -> Result<u64> {
    let mut places: Vec<_> = tensors.iter().collect();
    places.sort_by_key(|(_, info)| info.data_offsets);
    let mut end = 0;
    for (name, Info { dtype, shape, data_offsets: (start, stop) }) in places {
        if *start != end {
            let detail = format!(
                "{name} starts at byte {start} of the data, and the tensor before it ends at {end}"
            );
            return Err(Error::Index { detail });
        }
        let bits = elements(&shape.items).and_then(|n| n.checked_mul(dtype.bitsize() as u64));
        let length = bits.filter(|bits| bits % 8 == 0).map(|bits| bits / 8);
        if shape.count <= limits::AXES && (length.is_none() || stop.checked_sub(*start) != length) {
            let detail = format!(
                "{name} is {dtype:?} of {:?} at bytes {start} to {stop}, which is not its size",
                shape.items
            );
            return Err(Error::Index { detail });
        }
        end = *stop;
    }
    Ok(end)
}

/// What the kernels are made of that are stored as coordinates.
fn axis(kernels: &str) -> Result<&'static [[f32; KERNEL]]> {
    let known = HELD.iter().find(|(name, _)| *name == kernels);
    known.and_then(|(_, kernels)| kernels.axis()).ok_or_else(|| {
        let kernels: String = kernels.chars().take(40).collect();
        let what =
            format!("its kernels are {kernels:?}: this version knows linear and smooth ones");
        Error::Unsupported { what }
    })
}

/// The code book, which the metadata names.
fn code_book(bytes: &dyn Bytes, info: Option<Info>, name: &str, data_at: u64) -> Result<Encoding> {
    let expected = format!("F32 of [{CODES}]");
    let Some(Info { dtype, shape, data_offsets: (start, stop) }) = info else {
        return Err(Error::Missing { name: name.into(), expected });
    };
    if dtype != Stored::F32 || shape.items != [CODES] {
        let found = format!("{dtype:?} of {:?}", shape.items);
        return Err(Error::Shape { name: name.into(), found, expected });
    }
    let raw = read_exact(bytes, name, data_at + start, stop - start)?;
    Encoding::code_book(&raw, name)
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of tensors by name")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Header, A::Error> {
                let mut header = Header::default();
                let mut has_metadata = false;
                while let Some(name) = map.next_key::<String>()? {
                    if name == METADATA {
                        if std::mem::replace(&mut has_metadata, true) {
                            return Err(A::Error::custom("the metadata is listed twice"));
                        }
                        header.metadata = map.next_value::<Unique>()?.0;
                        continue;
                    }
                    if name.len() > limits::NAME {
                        let why = format!("a tensor's name is {} bytes long", name.len());
                        return Err(A::Error::custom(why));
                    }
                    header.count += 1;
                    if header.count > limits::TENSORS {
                        map.next_value::<IgnoredAny>()?;
                    } else if header.tensors.contains_key(&name) {
                        return Err(A::Error::custom(format!("{name} is listed twice")));
                    } else {
                        header.tensors.insert(name, map.next_value()?);
                    }
                }
                Ok(header)
            }
        }

        from.deserialize_map(Fields)
    }
}

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Unique;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Unique, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    if texts.len() >= limits::TENSORS {
                        return Err(A::Error::custom("the metadata has too many entries"));
                    }
                    if texts.contains_key(&key) {
                        return Err(A::Error::custom(format!("the metadata has {key} twice")));
                    }
                    texts.insert(key, map.next_value()?);
                }
                Ok(Unique(texts))
            }
        }

        from.deserialize_map(Fields)
    }
}

/// The header's length, eight bytes, and the header, padded to a multiple of eight as the format asks for. The tensors
/// are by name, shape and type, in the order of their values; one of them is the code book where `has_codes`. The same
/// tensors make the same bytes.
pub fn header<'a>(
    tensors: impl Iterator<Item = (&'a str, &'a [usize], Stored)>,
    mut metadata: BTreeMap<&str, String>,
    has_codes: bool,
    kernels: Option<Kernels>,
) -> Vec<u8> {
    let json = |value| serde_json::to_value(value).expect("names and numbers are JSON");
    let mut header = BTreeMap::new();
    let mut end = 0;
    for (name, shape, dtype) in tensors {
        let start = end;
        end += shape.iter().product::<usize>() * dtype.bitsize() / 8;
        let info = TensorInfo { dtype, shape: shape.into(), data_offsets: (start, end) };
        header.insert(name, json(info));
    }
    if has_codes {
        metadata.insert(CODE_BOOK_NAME, CODE_BOOK.into());
    }
    if let Some((name, _)) = HELD.iter().find(|(_, held)| Some(*held) == kernels) {
        metadata.insert(KERNELS, (*name).into());
    }
    if !metadata.is_empty() {
        header.insert(METADATA, Value::from_iter(metadata));
    }
    let mut header = serde_json::to_vec(&header).expect("names and numbers are JSON");
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: usize) -> Vec<u8> {
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file.extend(vec![0; data]);
        file
    }

    fn error(header: &str, data: usize) -> String {
        let error = super::super::read(&file(header, data)).expect_err("it is refused");
        format!("{}: {error}", error.code())
    }

    fn tensor(name: &str, dtype: &str, shape: &str, offsets: &str) -> String {
        format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}"#)
    }

    #[test]
    fn a_header_that_contradicts_itself_or_the_file_is_refused() {
        let a = tensor("a", "F32", "[2]", "[0,8]");
        let b = tensor("b", "F16", "[1]", "[8,10]");
        let both = format!("{{{b},{a}}}");
        let tensors = read(&file(&both, 10)).unwrap();
        assert_eq!(tensors.entries["b"].offset - tensors.entries["a"].offset, 8);

        assert!(error(&both, 9).contains("b ends at byte"), "{}", error(&both, 9));
        assert!(error(&both, 12).contains("2 bytes follow the last tensor"));
        for (tensors, data, why) in [
            // Overlapping, with a gap, backwards, of another size, of a size that no file has.
            ([&a, &tensor("b", "F16", "[1]", "[6,8]")], 8, "b starts at byte 6"),
            ([&a, &tensor("b", "F16", "[1]", "[9,11]")], 11, "b starts at byte 9"),
            ([&a, &tensor("b", "F16", "[1]", "[8,6]")], 8, "not its size"),
            ([&a, &tensor("b", "F16", "[2]", "[8,10]")], 10, "not its size"),
            ([&a, &tensor("b", "F4", "[1]", "[8,8]")], 8, "not its size"),
            ([&a, &tensor("b", "F32", "[4294967295,4294967295,4]", "[8,9]")], 9, "not its size"),
            ([&a, &tensor("b", "F32", "[18446744073709551615]", "[8,12]")], 12, ""),
            ([&a, &tensor("b", "F32", "[-1]", "[8,12]")], 12, "invalid value"),
            ([&a, &tensor("b", "X99", "[1]", "[8,12]")], 12, "X99"),
            ([&a, &tensor("a", "F32", "[1]", "[8,12]")], 12, "a is listed twice"),
        ] {
            let found = error(&format!("{{{}}}", tensors.map(String::as_str).join(",")), data);
            assert!(found.starts_with("weights/index") && found.contains(why), "{why}: {found}");
        }
        let far = tensor("b", "U8", "[18446744073709551607]", "[8,18446744073709551615]");
        let found = error(&format!("{{{a},{far}}}"), 10);
        assert!(["weights/truncated", "weights/index"].iter().any(|code| found.starts_with(code)));
    }

    #[test]
    fn metadata_that_is_no_list_of_texts_is_refused() {
        for (header, why) in [
            (r#"{"__metadata__":{"a":"1"},"__metadata__":{}}"#, "twice"),
            (r#"{"__metadata__":{"a":"1","a":"2"}}"#, "has a twice"),
            (r#"{"__metadata__":{"a":1}}"#, "expected a string"),
            (r#"{"__metadata__":[]}"#, "an object of texts"),
            (r#"{"a":{}}"#, "missing field"),
            (format!("{{\"{}\":{{}}}}", "a".repeat(2000)).as_str(), "name is 2000 bytes long"),
            (r#"{"a":1"#, "expected"),
            ("{}x", "trailing"),
        ] {
            let found = error(header, 0);
            assert!(found.starts_with("weights/index") && found.contains(why), "{why}: {found}");
        }
        let quoted = error(&format!("{{{}}}", tensor("a", &"X".repeat(1 << 20), "[]", "[0,0]")), 0);
        assert!(quoted.starts_with("weights/index") && quoted.len() < 1000);
        let nested = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(error(&nested, 0).starts_with("weights/index"));
    }

    #[test]
    fn a_header_of_more_than_any_network_has_is_refused() {
        let tensors: Vec<_> =
            (0..5000).map(|i| tensor(&format!("t{i}"), "F32", "[0]", "[0,0]")).collect();
        let found = error(&format!("{{{}}}", tensors.join(",")), 0);
        assert!(found.starts_with("weights/unsupported") && found.contains("5000"), "{found}");
        let axes = tensor("a", "F32", &format!("[{}]", vec!["1"; 1000].join(",")), "[0,4]");
        assert!(error(&format!("{{{axes}}}"), 4).starts_with("weights/unsupported"));

        for length in [limits::HEADER as u64 + 1, 1 << 32, (1 << 32) + 2, 1 << 63, u64::MAX] {
            let mut file = file("{}", 100);
            file[..8].copy_from_slice(&length.to_le_bytes());
            assert_eq!(read(&file).unwrap_err().code(), "weights/index", "{length}");
        }
    }

    #[test]
    fn kernels_that_are_not_known_are_refused() {
        let with = |kernels: &str, shape: &str, end: usize| {
            let metadata =
                format!(r#""pix2pix-web/code-book":"a","pix2pix-web/kernels":"{kernels}""#);
            let book = tensor("a", "F32", "[256]", "[0,1024]");
            let codes = tensor("b", "U8", shape, &format!("[1024,{end}]"));
            format!(r#"{{"__metadata__":{{{metadata}}},{book},{codes}}}"#)
        };
        for (kernels, shape, read_as) in [
            ("linear", "[5,3,2,2]", [5, 3, 4, 4]),
            ("smooth", "[1,3,3,3]", [1, 3, 4, 4]),
            ("smooth", "[1,3,2,2]", [1, 3, 2, 2]),
            ("linear", "[2,2,4,4]", [2, 2, 4, 4]),
        ] {
            let count: usize =
                shape.bytes().filter(u8::is_ascii_digit).map(|c| usize::from(c - b'0')).product();
            let tensors = read(&file(&with(kernels, shape, 1024 + count), 1024 + count)).unwrap();
            assert_eq!(tensors.entries["b"].shape, read_as);
            assert!(tensors.metadata.is_empty());
        }
        for kernels in ["balanced", "free", "", "curly"] {
            let found = error(&with(kernels, "[1,1,2,2]", 1028), 1028);
            assert!(found.starts_with("weights/unsupported") && found.contains(kernels), "{found}");
        }
    }

    /// A code book of the wrong kind, or one that is not there.
    #[test]
    fn a_code_book_is_256_floats() {
        let with = |tensor: &str| {
            format!(r#"{{"__metadata__":{{"pix2pix-web/code-book":"a"}},{tensor}}}"#)
        };
        let book = with(&tensor("a", "F32", "[256]", "[0,1024]"));
        assert!(read(&file(&book, 1024)).unwrap().entries.is_empty());
        let found = error(&with(&tensor("a", "F32", "[2,128]", "[0,1024]")), 1024);
        assert!(found.starts_with("weights/shape"), "{found}");
        let found = error(&with(&tensor("a", "U8", "[256]", "[0,256]")), 256);
        assert!(found.starts_with("weights/shape"), "{found}");
        let found = error(&with(&tensor("b", "F32", "[256]", "[0,1024]")), 1024);
        assert!(found.starts_with("weights/missing: a is missing"), "{found}");
    }
}
