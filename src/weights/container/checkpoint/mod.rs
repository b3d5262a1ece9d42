//! TensorFlow's checkpoints, which are several files: `model-200.index`, a [`table`] that says which tensor lies where;
//! `model-200.data-00000-of-00001`, their values; `checkpoint`, which names the latest; and pix2pix.py's `options.json`.
//!
//! ```text
//! Folder ─> which checkpoint ─> .index ─> header: count of .data files, byte order
//!                                         each name: type, shape, which .data, offset, length, checksum
//! ```
//!
//! (TensorFlow's `core/protobuf/tensor_bundle.proto`.)

pub mod table;

use std::collections::BTreeMap;

use super::Container;
use super::folder::{Folder, Laid};
use crate::error::{Error, Result};
use crate::weights::bytes::{Bytes, read_exact};
use crate::weights::fields::{Field, fields};
use crate::weights::files::Part;
use crate::weights::limits;
use crate::weights::tensors::{Encoding, Entry, Tensors, elements};

/// The key of [`Tensors::metadata`] for the options of the training; also the file's name.
pub const OPTIONS: &str = "options.json";
/// The file that names the latest checkpoint.
const LATEST: &str = "checkpoint";
const INDEX: &str = ".index";
const WHOLE: &str = "a TensorFlow checkpoint is several files. Give model-N.index, its model-N.data-… and options.json \
                     together, their folder, or a zip of them";
/// The most bytes of a file of text.
const TEXT: u64 = 1 << 20;
/// The only version of the format.
const VERSION: u64 = 1;

/// Whether one of several files is part of a checkpoint.
pub fn is_part(name: &str) -> bool {
    let (_, file) = in_folder(name);
    // A Mac's archives have `._model-200.index` too, which is something else.
    let is_values = file.contains(".data-") && file.contains("-of-");
    !file.starts_with('.')
        && (file.ends_with(INDEX) || is_values || [LATEST, OPTIONS].contains(&file))
}

/// The tensors of the latest checkpoint among some files; `None` where there is none.
pub fn read(mut folder: Folder) -> Result<Option<Tensors>> {
    let Some(index) = latest(&mut folder)? else { return Ok(None) };
    let prefix = index.strip_suffix(INDEX).expect("it is an .index").to_string();
    let options = format!("{}{OPTIONS}", in_folder(&index).0);
    let values =
        |name: &&String| name.strip_prefix(&prefix).is_some_and(|end| end.starts_with(".data-"));
    let mut names: Vec<String> = folder.names().iter().filter(values).cloned().collect();
    names.push(index.clone());
    names.extend(folder.names().iter().find(|name| **name == options).cloned());
    let laid = folder.lay_out(&names)?;
    let bytes = laid.bytes(folder.bytes());

    let mut metadata = BTreeMap::new();
    if let Some(part) = laid.part(&options) {
        metadata.insert(OPTIONS.into(), text(bytes, part)?);
    }
    let part = laid.part(&index).expect("it was laid out");
    let index = read_exact(bytes, &part.name, part.offset, part.length)?;
    let entries = entries(&index, &prefix, &laid)?;
    Ok(Some(Tensors { container: Container::Checkpoint, entries, metadata, values: laid.unpacked }))
}

/// `options.json` beside the latest checkpoint among some files.
pub fn options(mut folder: Folder) -> Result<Option<String>> {
    let Some(index) = latest(&mut folder)? else { return Ok(None) };
    let name = format!("{}{OPTIONS}", in_folder(&index).0);
    if !folder.names().contains(&name) {
        return Ok(None);
    }
    let laid = folder.lay_out(std::slice::from_ref(&name))?;
    let part = laid.part(&name).expect("it was laid out");
    text(laid.bytes(folder.bytes()), part).map(Some)
}

/// The name of the `.index` to read: the one that `checkpoint` names, or that of the most steps.
fn latest(folder: &mut Folder) -> Result<Option<String>> {
    let all: Vec<String> =
        folder.names().iter().filter(|name| name.ends_with(INDEX)).cloned().collect();
    let lists: Vec<String> =
        folder.names().iter().filter(|name| in_folder(name).1 == LATEST).cloned().collect();
    let laid = folder.lay_out(&lists)?;
    let mut named = Vec::new();
    for part in &laid.parts {
        let list = text(laid.bytes(folder.bytes()), part)?;
        if let Some(prefix) = named_latest(&list) {
            named.push(format!("{}{prefix}{INDEX}", in_folder(&part.name).0));
        }
    }
    Ok(all.into_iter().max_by_key(|name| (named.contains(name), step(name), name.clone())))
}

/// What the text of a `checkpoint` names as the latest, without its folder.
///
/// ```text
/// model_checkpoint_path: "model-200"
/// all_model_checkpoint_paths: "model-100"
/// ```
pub fn named_latest(list: &str) -> Option<&str> {
    let line = list.lines().find_map(|line| line.trim().strip_prefix("model_checkpoint_path:"))?;
    let path = line.trim().trim_matches('"');
    path.rsplit(['/', '\\']).next().filter(|name| !name.is_empty())
}

/// The step in the name of a checkpoint's file: 200 of `run/model-200.index`.
fn step(name: &str) -> Option<u64> {
    name.strip_suffix(INDEX)?.rsplit_once('-')?.1.parse().ok()
}

/// `run/` and `model-200.index` of `run/model-200.index`.
fn in_folder(name: &str) -> (&str, &str) {
    name.split_at(name.rfind('/').map_or(0, |at| at + 1))
}

fn text(bytes: &dyn Bytes, part: &Part) -> Result<String> {
    if part.length > TEXT {
        return Err(damaged(&format!("{} has {} bytes", part.name, part.length)));
    }
    let raw = read_exact(bytes, &part.name, part.offset, part.length)?;
    String::from_utf8(raw).map_err(|_| damaged(&format!("{} is no text", part.name)))
}

/// What stands in an `.index` of a tensor, before its place in a `.data` file is known.
#[derive(Default)]
struct Listed {
    dtype: u64,
    shape: Vec<usize>,
    shard: u64,
    offset: u64,
    length: u64,
    checksum: Option<u32>,
    in_slices: bool,
}

fn entries(index: &[u8], prefix: &str, laid: &Laid) -> Result<BTreeMap<String, Entry>> {
    let mut count = None;
    let mut listed = BTreeMap::new();
    table::each(index, |name, value| {
        if name.is_empty() {
            count = Some(shards(value)?);
            return Ok(());
        }
        let name = std::str::from_utf8(name).map_err(|_| damaged("a name is no text"))?;
        let tensor = tensor(value);
        let tensor =
            tensor.ok_or_else(|| damaged(&format!("its entry of {name:.100} can't be read")))?;
        listed.insert(name.to_string(), tensor);
        Ok(())
    })?;
    let count = count.ok_or_else(|| damaged("it has no header"))?;
    let files = files_of_values(count, prefix, laid)?;
    check_places(&listed)?;
    let entry = |(name, listed): (String, Listed)| {
        let entry = placed(&name, listed, &files)?;
        Ok((name, entry))
    };
    listed.into_iter().map(entry).collect()
}

/// How many files of values there are, as the header says.
fn shards(message: &[u8]) -> Result<u64> {
    let broken = || damaged("its header can't be read");
    let unsupported = |what: &str| Err(Error::Unsupported { what: what.into() });
    let mut shards = 0;
    for field in fields(message) {
        match field.ok_or_else(broken)? {
            (1, Field::Number(number)) => shards = number,
            (2, Field::Number(order)) if order != 0 => {
                return unsupported("its values are big-endian, as an IBM mainframe writes them");
            }
            (3, Field::Bytes(version)) => {
                for field in fields(version) {
                    let field = field.ok_or_else(broken)?;
                    if matches!(field, (2, Field::Number(needed)) if needed > VERSION) {
                        return unsupported("its checkpoint is of a later version of the format");
                    }
                }
            }
            _ => {}
        }
    }
    Ok(shards)
}

/// The files of values, in their order.
fn files_of_values<'a>(count: u64, prefix: &str, laid: &'a Laid) -> Result<Vec<&'a Part>> {
    let name = |i| format!("{prefix}.data-{i:05}-of-{count:05}");
    let part =
        |i| laid.part(&name(i)).ok_or_else(|| Error::MissingFile { name: name(i), remedy: WHOLE });
    // It ends with the first that is missing, whatever the count claims.
    (0..count).map(part).collect()
}

/// `None`: it can't be read.
fn tensor(message: &[u8]) -> Option<Listed> {
    let mut listed = Listed::default();
    for field in fields(message) {
        match field? {
            (1, Field::Number(dtype)) => listed.dtype = dtype,
            (2, Field::Bytes(shape)) => listed.shape = sides(shape)?,
            (3, Field::Number(shard)) => listed.shard = shard,
            (4, Field::Number(offset)) => listed.offset = offset,
            (5, Field::Number(length)) => listed.length = length,
            (6, Field::Fixed32(masked)) => listed.checksum = Some(table::unmasked(masked)),
            (7, _) => listed.in_slices = true,
            _ => {}
        }
    }
    Some(listed)
}

/// A shape is a list of axes, and each of them a side and perhaps a name. One axis more than the limit is kept.
fn sides(message: &[u8]) -> Option<Vec<usize>> {
    let mut shape = Vec::new();
    for field in fields(message) {
        let (2, Field::Bytes(axis)) = field? else { continue };
        let mut side = 0;
        for field in fields(axis) {
            if let (1, Field::Number(number)) = field? {
                side = usize::try_from(number).ok()?;
            }
        }
        if shape.len() <= limits::AXES {
            shape.push(side);
        }
    }
    Some(shape)
}

/// No two tensors share bytes: what is read takes no more memory than the files do.
fn check_places(listed: &BTreeMap<String, Listed>) -> Result<()> {
    let mut places: Vec<_> = listed.iter().collect();
    places.sort_by_key(|(_, listed)| (listed.shard, listed.offset, listed.length));
    for pair in places.windows(2) {
        let [(_, before), (name, after)] = pair else { unreachable!("windows of two") };
        let end = before.offset.saturating_add(before.length);
        if before.shard == after.shard && after.offset < end {
            return Err(damaged(&format!("{name} begins before the tensor before it ends")));
        }
    }
    Ok(())
}

/// A tensor with its place in the bytes of all files.
fn placed(name: &str, listed: Listed, files: &[&Part]) -> Result<Entry> {
    let Listed { dtype, shape, shard, offset, length, checksum, in_slices } = listed;
    let unsupported = |why: &str| Error::Unsupported { what: format!("{name:.100} {why}") };
    if shape.len() > limits::AXES {
        return Err(unsupported("has more axes than any tensor of pix2pix"));
    }
    if in_slices {
        return Err(unsupported("is stored in slices"));
    }
    let part = usize::try_from(shard).ok().and_then(|shard| files.get(shard));
    let part = part.ok_or_else(|| damaged(&format!("{name} lies in a file that is not listed")))?;
    let end = offset.saturating_add(length);
    if end > part.length {
        let (place, bytes) = (format!("{name} in {}", part.name), part.length);
        return Err(Error::Truncated { place, end, bytes });
    }
    let (dtype, width, encoding) = match dtype {
        1 => ("f32".into(), Some(4), Some(Encoding::F32)),
        19 => ("f16".into(), Some(2), Some(Encoding::F16)),
        14 => ("bf16".into(), Some(2), Some(Encoding::Bf16)),
        2 => ("f64".into(), Some(8), None),
        3 => ("i32".into(), Some(4), None),
        9 => ("i64".into(), Some(8), None),
        7 => ("text".into(), None, None),
        other => (format!("tensorflow type {other}"), None, None),
    };
    let count = elements(&shape);
    let fits = match width {
        Some(width) => count.and_then(|count| count.checked_mul(width)) == Some(length),
        // Of other types each value has a byte at least.
        None => count.is_some_and(|count| count <= length),
    };
    if !fits {
        return Err(damaged(&format!(
            "{name} is {dtype} of {shape:?} in {length} bytes, which is not its size"
        )));
    }
    Ok(Entry { shape, encoding, dtype, offset: part.offset + offset, checksum })
}

/// `weights/index`.
fn damaged(why: &str) -> Error {
    Error::Index { detail: format!("of the TensorFlow checkpoint: {why}") }
}
