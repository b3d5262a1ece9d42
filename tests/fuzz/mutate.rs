//! Damages files the way that reaches far into a reader: a header is parsed, changed and written again with the right
//! length, and what depends on it is often made to agree, so that more than the first check is tried.
//!
//! Shared by the fuzz targets and by the tests on stable Rust (`tests/native/hostile.rs`).

use serde_json::{Map, Value, json};

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    pub fn below(&mut self, count: usize) -> usize {
        (self.bits() % count.max(1) as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Sizes at which readers break: around powers of two, around 32 and 64 bits, and none at all.
const SIZES: [u64; 22] = [
    0,
    1,
    2,
    3,
    4,
    5,
    8,
    16,
    20,
    40,
    255,
    256,
    257,
    1024,
    65_536,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    (1 << 32) + 16,
    1 << 53,
    1 << 63,
    u64::MAX,
];
const DTYPES: [&str; 8] = ["F32", "F16", "BF16", "U8", "I64", "F64", "F4", "BOOL"];
/// The most bytes that a file grows to be made to agree with its header.
const LARGEST: u64 = 1 << 18;

/// A damaged copy of a file.
pub fn mutate(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut file = match random.below(8) {
        0 => file.to_vec(),
        _ if file.get(8) == Some(&b'{') => {
            safetensors(file, random).unwrap_or_else(|| file.to_vec())
        }
        _ if file.get(4) == Some(&b'[') => pict(file, random).unwrap_or_else(|| file.to_vec()),
        _ => file.to_vec(),
    };
    if random.one_in(3) {
        for _ in 0..=random.below(4) {
            bytes(&mut file, random);
        }
    }
    file
}

fn bytes(file: &mut Vec<u8>, random: &mut Random) {
    // Most of what can break is at the front.
    let front = if random.one_in(2) { 64 } else { usize::MAX };
    let at = random.below(file.len().min(front));
    if file.is_empty() {
        return file.push(random.bits() as u8);
    }
    match random.below(6) {
        0 => file.truncate(at),
        1 => file[at] ^= 1 << random.below(8),
        2 => file[at] = *random.pick(&[0, 1, 0x7F, 0x80, 0xFF, b'[', b'{', b'"']),
        3 => drop(file.drain(at..(at + 1 + random.below(16)).min(file.len()))),
        4 => {
            let piece: Vec<u8> = (0..=random.below(16)).map(|_| random.bits() as u8).collect();
            file.splice(at..at, piece);
        }
        _ => {
            let size = random.pick(&SIZES).to_le_bytes();
            for (byte, new) in file[at..].iter_mut().zip(size) {
                *byte = new;
            }
        }
    }
}

/// Header, data.
fn split_safetensors(file: &[u8]) -> Option<(Map<String, Value>, &[u8])> {
    let length = usize::try_from(u64::from_le_bytes(*file.first_chunk()?)).ok()?;
    let (header, data) = file[8..].split_at_checked(length)?;
    Some((serde_json::from_slice(header).ok()?, data))
}

fn safetensors(file: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let (mut header, data) = split_safetensors(file)?;
    let mut data = data.to_vec();
    for _ in 0..=random.below(3) {
        change_tensors(&mut header, random);
    }
    if !random.one_in(3) {
        agree(&mut header, &mut data);
    }
    let mut header = text(Value::Object(header), random);
    if random.one_in(2) {
        header.resize(header.len().next_multiple_of(8), b' ');
    }
    let length = if random.one_in(16) { *random.pick(&SIZES) } else { header.len() as u64 };
    let mut file = length.to_le_bytes().to_vec();
    file.extend(header);
    file.extend(data);
    Some(file)
}

/// One change to a header of `{ name: { dtype, shape, data_offsets } }`.
fn change_tensors(header: &mut Map<String, Value>, random: &mut Random) {
    let names: Vec<String> = header.keys().cloned().collect();
    if names.is_empty() {
        return;
    }
    let name = random.pick(&names).clone();
    match random.below(9) {
        0 => drop(header.remove(&name)),
        1 => {
            let value = header.remove(&name).expect("it is a key");
            header.insert(other_name(&name, random), value);
        }
        2 => {
            let value = header[&name].clone();
            header.insert(other_name(&name, random), value);
        }
        3 => {
            let other = header[random.pick(&names)].clone();
            header[&name] = other;
        }
        4 => {
            if let Some(dtype) = header[&name].get_mut("dtype") {
                *dtype = json!(random.pick(&DTYPES));
            }
        }
        5 | 6 => {
            if let Some(Value::Array(shape)) = header[&name].get_mut("shape") {
                change_shape(shape, random);
            }
        }
        7 => {
            if let Some(Value::Object(metadata)) = header.get_mut("__metadata__") {
                change_metadata(metadata, &name, random);
            } else {
                header.insert("__metadata__".into(), json!({"pix2pix-web/code-book": name}));
            }
        }
        _ => change(header.get_mut(&name).expect("it is a key"), random),
    }
}

/// The same name with another number in it, or with a part of it gone.
fn other_name(name: &str, random: &mut Random) -> String {
    let digits: Vec<usize> =
        name.match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at).collect();
    if digits.is_empty() || random.one_in(4) {
        let cut = name.char_indices().map(|(at, _)| at).nth(random.below(name.chars().count()));
        return name[..cut.unwrap_or(0)].into();
    }
    let at = *random.pick(&digits);
    format!("{}{}{}", &name[..at], random.pick(&SIZES), &name[at + 1..])
}

fn change_shape(shape: &mut Vec<Value>, random: &mut Random) {
    let at = random.below(shape.len());
    match random.below(4) {
        0 if !shape.is_empty() => shape[at] = size(&shape[at], random),
        1 if !shape.is_empty() => drop(shape.remove(at)),
        2 => shape.reverse(),
        _ => shape.insert(at, json!(random.pick(&SIZES))),
    }
}

fn size(old: &Value, random: &mut Random) -> Value {
    match (old.as_u64(), random.below(4)) {
        (Some(old), 0) => json!(old.wrapping_add(1)),
        (Some(old), 1) => json!(old.wrapping_sub(1)),
        (Some(old), 2) => json!(old.wrapping_mul(2)),
        _ => json!(random.pick(&SIZES)),
    }
}

/// What is JSON within the metadata's texts is changed as JSON.
fn change_metadata(metadata: &mut Map<String, Value>, name: &str, random: &mut Random) {
    let keys: Vec<String> = metadata.keys().cloned().collect();
    if keys.is_empty() || random.one_in(8) {
        metadata.insert("pix2pix-web/code-book".into(), json!(name));
        return;
    }
    let value = metadata.get_mut(random.pick(&keys)).expect("it is a key");
    let inner = value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    match inner {
        Some(mut inner) => {
            change(&mut inner, random);
            *value = json!(String::from_utf8_lossy(&text(inner, random)));
        }
        None if random.one_in(2) => *value = json!(name),
        None => change(value, random),
    }
}

/// One change somewhere in a JSON value.
fn change(value: &mut Value, random: &mut Random) {
    match value {
        Value::Object(fields) if !fields.is_empty() && !random.one_in(8) => {
            let keys: Vec<String> = fields.keys().cloned().collect();
            let key = random.pick(&keys);
            match random.below(4) {
                0 => drop(fields.remove(key)),
                1 => drop(fields.insert(other_name(key, random), json!(1))),
                _ => change(&mut fields[key], random),
            }
        }
        Value::Array(items) if !items.is_empty() && !random.one_in(8) => {
            let at = random.below(items.len());
            change(&mut items[at], random);
        }
        Value::Number(_) => {
            *value = match random.below(6) {
                0 => json!(-1),
                1 => json!(0.5),
                2 => json!(1e300),
                3 => json!(2.0),
                _ => size(value, random),
            }
        }
        _ => {
            *value = match random.below(6) {
                0 => Value::Null,
                1 => json!(random.pick(&SIZES)),
                2 => json!([]),
                3 => json!({}),
                4 => json!("batch\u{0}\u{1F3A8}"),
                _ => json!(true),
            }
        }
    }
}

/// JSON text, now and then with what no JSON value can hold: a key twice, or brackets without end.
fn text(value: Value, random: &mut Random) -> Vec<u8> {
    let twice = match &value {
        Value::Object(fields) if !fields.is_empty() && random.one_in(16) => {
            let keys: Vec<&String> = fields.keys().collect();
            let key = *random.pick(&keys);
            Some(format!(",{}:{}}}", json!(key), fields[key]))
        }
        _ => None,
    };
    let mut text = value.to_string();
    if let Some(twice) = twice {
        text.pop();
        text.push_str(&twice);
    } else if random.one_in(64) {
        let deep = "[".repeat(1 + random.below(20_000));
        text = text.replacen(":[", &format!(":{deep}"), 1);
    }
    text.into_bytes()
}

/// Makes the places agree with the shapes, and the data with the places, as long as the file stays small.
fn agree(header: &mut Map<String, Value>, data: &mut Vec<u8>) {
    let mut end = 0u64;
    for (_, info) in header.iter_mut().filter(|(name, _)| *name != "__metadata__") {
        let bits = match info["dtype"].as_str() {
            Some("F32") => 32,
            Some("F16" | "BF16") => 16,
            Some("U8" | "BOOL") => 8,
            Some("F4") => 4,
            _ => 64,
        };
        let Some(shape) = info["shape"].as_array() else { return };
        let count = shape.iter().try_fold(1u64, |n, side| n.checked_mul(side.as_u64()?));
        let Some(bytes) = count.and_then(|n| n.checked_mul(bits)).map(|bits| bits / 8) else {
            return;
        };
        if bytes > LARGEST || end + bytes > LARGEST {
            return;
        }
        if let Some(fields) = info.as_object_mut() {
            fields.insert("data_offsets".into(), json!([end, end + bytes]));
        }
        end += bytes;
    }
    data.resize(end as usize, 0);
}

/// List, code book, codes, and the card where there is one.
fn split_pict(file: &[u8]) -> Option<(Vec<Value>, &[u8], &[u8], Option<Value>)> {
    let (list, rest) = block(file)?;
    let (book, rest) = block(rest)?;
    let (codes, rest) = block(rest)?;
    let card = block(rest).and_then(|(card, _)| serde_json::from_slice(card).ok());
    Some((serde_json::from_slice(list).ok()?, book, codes, card))
}

fn block(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = file.split_first_chunk()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

fn pict(file: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let (mut list, book, codes, card) = split_pict(file)?;
    let (mut book, mut codes) = (book.to_vec(), codes.to_vec());
    for _ in 0..=random.below(3) {
        if list.is_empty() {
            break;
        }
        let at = random.below(list.len());
        match random.below(8) {
            0 => drop(list.remove(at)),
            1 => list.push(list[at].clone()),
            2 | 3 => {
                if let Some(Value::String(name)) = list[at].get_mut("name") {
                    *name = other_name(name, random);
                }
            }
            4 | 5 => {
                if let Some(Value::Array(shape)) = list[at].get_mut("shape") {
                    change_shape(shape, random);
                }
            }
            6 => {
                let at = random.below(book.len());
                book.splice(at..(at + 4).min(book.len()), f32::NAN.to_le_bytes());
            }
            _ => change(&mut list[at], random),
        }
    }
    if !random.one_in(3) {
        let sides = |item: &Value| -> Option<u64> {
            let shape = item["shape"].as_array()?;
            shape.iter().try_fold(1u64, |n, side| n.checked_mul(side.as_u64()?))
        };
        let count = list.iter().try_fold(0u64, |sum, item| sum.checked_add(sides(item)?));
        if let Some(count) = count.filter(|count| *count <= LARGEST) {
            codes.resize(count as usize, 0);
        }
    }
    let mut blocks = vec![text(Value::Array(list), random), book, codes];
    if let Some(mut card) = card {
        if random.one_in(2) {
            change(&mut card, random);
        }
        blocks.push(text(card, random));
    }
    let mut file = Vec::new();
    for block in &blocks {
        let length =
            if random.one_in(32) { *random.pick(&SIZES) as u32 } else { block.len() as u32 };
        file.extend(length.to_be_bytes());
        file.extend(block);
    }
    Some(file)
}
