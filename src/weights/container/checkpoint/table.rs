//! LevelDB's table of sorted keys and their values, as TensorFlow writes the `.index` of a checkpoint.
//!
//! ```text
//! block …  block of other tables  block of places  footer: two places, zeros, the mark
//!
//! block: [shared, new, length: varints] key's new bytes, value … | restarts: u32 … their count | kind: u8, CRC-32C: u32
//! ```
//!
//! (TensorFlow's `core/lib/io/table_format.txt`.) A key is written without what it shares with the one before it.

use super::damaged;
use crate::error::{Error, Result};
use crate::weights::bytes::Bytes;
use crate::weights::fields::varint;
use crate::weights::limits;

/// The last bytes of a table.
pub const MARK: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();
/// Two places, zeros, and the mark.
const FOOTER: usize = 48;
/// A block's kind and checksum.
const TRAILER: usize = 5;
/// The most bytes that all keys have: as they are written in short, the file does not account for them.
const KEYS: usize = 1 << 20;

/// What is added to a checksum of bytes that may hold checksums themselves.
const MASK: u32 = 0xA282_EAD8;

/// The checksum that was masked.
pub fn unmasked(masked: u32) -> u32 {
    masked.wrapping_sub(MASK).rotate_left(15)
}

/// Whether a file ends as a table does.
pub fn ends(bytes: &dyn Bytes) -> bool {
    let mut end = [0; MARK.len()];
    let Some(offset) = bytes.len().checked_sub(MARK.len() as u64) else { return false };
    bytes.read(offset, &mut end);
    end == MARK
}

/// Calls `each` with every key and its value, by the keys' order.
///
/// # Errors
/// `weights/index`, `weights/checksum`; `weights/unsupported`: more entries than any checkpoint has, or packed by Snappy.
pub fn each(file: &[u8], mut each: impl FnMut(&[u8], &[u8]) -> Result<()>) -> Result<()> {
    let footer = file.last_chunk::<FOOTER>().filter(|footer| footer.ends_with(&MARK));
    let mut footer: &[u8] = footer.ok_or_else(|| damaged("it does not end as an .index does"))?;
    let _of_other_tables = place(&mut footer)?;
    let places = block(file, place(&mut footer)?)?;

    let mut end = 0;
    let mut last = Vec::new();
    let (mut count, mut bytes) = (0, 0);
    entries(places, &mut |_, mut value| {
        let found = place(&mut value)?;
        if found.0 < end {
            return Err(damaged("its blocks overlap"));
        }
        end = found.0.saturating_add(found.1);
        entries(block(file, found)?, &mut |key, value| {
            if count > 0 && key <= &last[..] {
                return Err(damaged("its names are not in order"));
            }
            count += 1;
            bytes += key.len();
            // The first of them, without a name, is the header.
            limits::check_tensors(count - 1)?;
            if key.len() > limits::NAME || bytes > KEYS {
                return Err(damaged("its names are too long"));
            }
            last = key.to_vec();
            each(key, value)
        })
    })
}

/// Offset and length.
type Place = (usize, usize);

fn place(bytes: &mut &[u8]) -> Result<Place> {
    let mut number = || varint(bytes).and_then(|number| usize::try_from(number).ok());
    number().zip(number()).ok_or_else(|| damaged("the place of a block can't be read"))
}

/// A block's entries and restarts.
fn block(file: &[u8], (offset, length): Place) -> Result<&[u8]> {
    let whole = length
        .checked_add(TRAILER)
        .and_then(|whole| file.get(offset..)?.get(..whole))
        .ok_or_else(|| damaged("a block lies beyond its end"))?;
    let (kind, checksum) = (whole[length], whole[length + 1..].first_chunk());
    let checksum = u32::from_le_bytes(*checksum.expect("the trailer ends with four bytes"));
    if crc32c::crc32c(&whole[..=length]) != unmasked(checksum) {
        return Err(Error::Checksum { place: format!("the .index, at byte {offset},") });
    }
    match kind {
        0 => Ok(&whole[..length]),
        1 => Err(Error::Unsupported { what: "its .index is packed by Snappy".into() }),
        kind => Err(damaged(&format!("a block is of the unknown kind {kind}"))),
    }
}

/// Is told a key and its value.
type Each<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> Result<()>;

fn entries(block: &[u8], each: Each) -> Result<()> {
    let restarts = |block: &[u8]| u32::from_le_bytes(*block.last_chunk()?).try_into().ok();
    let count: Option<usize> = restarts(block);
    let end =
        count.and_then(|count| block.len().checked_sub(count.checked_add(1)?.checked_mul(4)?));
    let mut rest = &block[..end.ok_or_else(|| damaged("a block has no end"))?];
    let mut key = Vec::new();
    while !rest.is_empty() {
        let value = entry(&mut rest, &mut key);
        each(&key, value.ok_or_else(|| damaged("an entry of a block can't be read"))?)?;
    }
    Ok(())
}

/// The next entry's value; `key` becomes its key.
fn entry<'a>(rest: &mut &'a [u8], key: &mut Vec<u8>) -> Option<&'a [u8]> {
    let mut number = || varint(rest).and_then(|number| usize::try_from(number).ok());
    let [shared, new, length] = [number()?, number()?, number()?];
    if shared > key.len() {
        return None;
    }
    key.truncate(shared);
    key.extend(rest.split_off(..new)?);
    rest.split_off(..length)
}
