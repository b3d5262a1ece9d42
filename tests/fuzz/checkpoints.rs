//! Checkpoints of TensorFlow's, made of `.safetensors` files or of parts that were damaged: with the right checksums, so that
//! more than these is tried.

use std::io::{Cursor, Write};

use serde_json::{Map, Value, json};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

/// Files by their names.
pub type Named = Vec<(String, Vec<u8>)>;

const OPTIONS: &str = "options.json";

/// A `.safetensors` file with TensorFlow's names, with what a training leaves beside each of its tensors.
pub fn with_training(file: &[u8]) -> Vec<u8> {
    let (header, data) = split(file).expect("it is a .safetensors file");
    let mut all = Map::new();
    let mut values = Vec::new();
    let mut add = |name: String, dtype: &str, shape: Value, bytes: &[u8]| {
        let start = values.len();
        values.extend(bytes);
        let info = json!({ "dtype": dtype, "shape": shape, "data_offsets": [start, values.len()] });
        all.insert(name, info);
    };
    for (name, info) in &header {
        let [start, end] = [0, 1].map(|i| info["data_offsets"][i].as_u64().unwrap_or(0) as usize);
        for end_of_name in ["", "/Adam", "/Adam_1"] {
            let (name, shape) = (format!("{name}{end_of_name}"), info["shape"].clone());
            add(name, "F32", shape, &data[start..end]);
        }
    }
    for (name, value) in [
        ("generator_train/beta2_power", 0.996f32),
        ("discriminator_train/beta2_power", 0.996),
        ("generator_loss/Mean_1/ExponentialMovingAverage", 0.5),
    ] {
        add(name.into(), "F32", json!([]), &value.to_le_bytes());
    }
    add("global_step".into(), "I64", json!([]), &3i64.to_le_bytes());
    let options = r#"{"lr": 0.0002, "batch_size": 1, "seed": 3, "scale_size": 32}"#;
    all.insert("__metadata__".into(), json!({ OPTIONS: options }));
    let header = Value::Object(all).to_string();
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &values].concat()
}

/// The block of an `.index` behind its length, and the values behind both.
pub fn block_and_values(file: &[u8]) -> Vec<u8> {
    let (header, values) = split(file).expect("it is a .safetensors file");
    let block = block(&entries(&header, values));
    [&(block.len() as u32).to_le_bytes(), &block[..], values].concat()
}

/// The checkpoint that a `.safetensors` file, or a block with values, stands for: as damaged as these are.
pub fn checkpoint(file: &[u8]) -> Named {
    let (block, values, options) = match split(file) {
        Some((header, values)) => {
            let options = header.get("__metadata__").and_then(|metadata| metadata.get(OPTIONS));
            let options =
                options.map(|text| text.as_str().map_or(text.to_string(), str::to_string));
            (block(&entries(&header, values)), values, options)
        }
        None => {
            let length =
                file.first_chunk().map_or(0, |length| u32::from_le_bytes(*length) as usize);
            let rest = file.get(4..).unwrap_or_default();
            let (block, values) = rest.split_at(length.min(rest.len()));
            (block.to_vec(), values, None)
        }
    };
    let mut files = vec![
        ("model-3.index".to_string(), table(&block)),
        ("model-3.data-00000-of-00001".into(), values.to_vec()),
    ];
    files.extend(options.map(|options| (OPTIONS.into(), options.into_bytes())));
    files
}

pub fn zipped(files: &Named, method: CompressionMethod) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = SimpleFileOptions::default().compression_method(method);
        archive.start_file(name, options).expect("the name is short");
        archive.write_all(bytes).expect("it fits into memory");
    }
    archive.finish().expect("it fits into memory").into_inner()
}

fn split(file: &[u8]) -> Option<(Map<String, Value>, &[u8])> {
    let length = usize::try_from(u64::from_le_bytes(*file.first_chunk()?)).ok()?;
    let (header, data) = file[8..].split_at_checked(length)?;
    Some((serde_json::from_slice(header).ok()?, data))
}

/// Names with their messages; the first is the header.
fn entries(header: &Map<String, Value>, values: &[u8]) -> Vec<(String, Vec<u8>)> {
    let one_shard_of_version_1 = vec![0x08, 1, 0x1A, 2, 0x08, 1];
    let mut entries = vec![(String::new(), one_shard_of_version_1)];
    for (name, info) in header.iter().filter(|(name, _)| *name != "__metadata__") {
        let dtype: u64 = match info["dtype"].as_str() {
            Some("F32") => 1,
            Some("F16") => 19,
            Some("BF16") => 14,
            Some("I64") => 9,
            Some("F64") => 2,
            _ => 7,
        };
        let [start, end] = [0, 1].map(|i| info["data_offsets"][i].as_u64().unwrap_or(0));
        let bytes = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        let bytes = bytes.and_then(|(start, end)| values.get(start..end)).unwrap_or_default();
        let mut shape = Vec::new();
        for side in info["shape"].as_array().into_iter().flatten() {
            let axis = number(1, side.as_u64().unwrap_or(0));
            shape.extend(message(2, &axis));
        }
        let places = [
            number(1, dtype),
            message(2, &shape),
            number(4, start),
            number(5, end.wrapping_sub(start)),
        ];
        let mut entry = places.concat();
        entry.push(6 << 3 | 5);
        entry.extend(masked(bytes).to_le_bytes());
        entries.push((name.clone(), entry));
    }
    entries
}

/// A field of a message: a whole number.
pub fn number(field: u8, number: u64) -> Vec<u8> {
    let mut bytes = vec![field << 3];
    varint(number, &mut bytes);
    bytes
}

/// A field of a message: a message or a text.
pub fn message(field: u8, message: &[u8]) -> Vec<u8> {
    let mut bytes = vec![field << 3 | 2];
    varint(message.len() as u64, &mut bytes);
    bytes.extend(message);
    bytes
}

fn varint(mut number: u64, into: &mut Vec<u8>) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

fn masked(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xA282_EAD8)
}

/// A block of a table, of keys and values, with one restart.
pub fn block(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut block, mut last) = (Vec::new(), "");
    for (key, value) in entries {
        let shared = key.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
        for length in [shared, key.len() - shared, value.len()] {
            varint(length as u64, &mut block);
        }
        block.extend(&key.as_bytes()[shared..]);
        block.extend(value);
        last = key;
    }
    block.extend([0; 4]);
    block.extend(1u32.to_le_bytes());
    block
}

/// A table of one block.
pub fn table(contents: &[u8]) -> Vec<u8> {
    let mut table = Vec::new();
    let mut add = |contents: &[u8]| {
        let mut place = Vec::new();
        varint(table.len() as u64, &mut place);
        varint(contents.len() as u64, &mut place);
        let start = table.len();
        table.extend(contents);
        table.push(0);
        let checksum = masked(&table[start..]);
        table.extend(checksum.to_le_bytes());
        place
    };
    let place = add(contents);
    let other = add(&block(&[]));
    let places = add(&block(&[("z".into(), place)]));
    let mut footer = [other, places].concat();
    footer.resize(40, 0);
    table.extend(footer);
    table.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
    table
}
