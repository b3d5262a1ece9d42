//! Several files by their names: given together, or in a zip archive.

use std::io::{self, Read, Seek, SeekFrom};

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use crate::error::{Error, Result};
use crate::weights::bytes::Bytes;
use crate::weights::files::Part;

/// How many times as long as the archive its files may be.
const UNPACKED: u64 = 8;

/// Files of which those that matter are read.
pub struct Folder<'a> {
    bytes: &'a dyn Bytes,
    archive: Option<ZipArchive<Reader<'a>>>,
    names: Vec<String>,
}

/// Some of the files, in places that can be read from.
#[derive(Default)]
pub struct Laid {
    pub parts: Vec<Part>,
    /// The bytes that the parts are in, where they are not the folder's own.
    pub unpacked: Option<Vec<u8>>,
}

impl Laid {
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }

    /// The bytes that the parts are in; `folder`: the folder's.
    pub fn bytes<'a>(&'a self, folder: &'a dyn Bytes) -> &'a dyn Bytes {
        self.unpacked.as_ref().map_or(folder, |unpacked| unpacked)
    }
}

/// Whether a file is a zip archive.
pub fn is_archive(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04")
}

impl<'a> Folder<'a> {
    /// Those of several files whose names `matter`.
    pub fn of_files(bytes: &'a dyn Bytes, matter: fn(&str) -> bool) -> Self {
        let names = bytes.parts().iter().map(|part| part.name.clone());
        Self { bytes, archive: None, names: names.filter(|name| matter(name)).collect() }
    }

    /// Those of an archive's files whose names `matter`; `None` where it is no whole archive.
    pub fn of_archive(bytes: &'a dyn Bytes, matter: fn(&str) -> bool) -> Option<Self> {
        let archive = ZipArchive::new(Reader { bytes, at: 0 }).ok()?;
        let mut names = Vec::new();
        for name in archive.file_names() {
            let name = name.ok()?;
            if matter(&name) {
                names.push(name.into_owned());
            }
        }
        Some(Self { bytes, archive: Some(archive), names })
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The bytes of all files, or of the archive.
    pub fn bytes(&self) -> &'a dyn Bytes {
        self.bytes
    }

    /// Files by their names, which it has. Those of an archive that are packed are unpacked.
    ///
    /// # Errors
    /// `weights/index`; `weights/unsupported`: locked, packed in another way than most, or many times as long as the archive.
    pub fn lay_out(&mut self, names: &[String]) -> Result<Laid> {
        let Some(archive) = &mut self.archive else {
            let parts = self.bytes.parts().iter().filter(|part| names.contains(&part.name));
            return Ok(Laid { parts: parts.cloned().collect(), unpacked: None });
        };
        let mut parts = Vec::new();
        for name in names {
            match stored(archive, name)? {
                Some(part) if part.checked_end().is_some_and(|end| end <= self.bytes.len()) => {
                    parts.push(part);
                }
                _ => return unpack(archive, names, UNPACKED * self.bytes.len()),
            }
        }
        Ok(Laid { parts, unpacked: None })
    }
}

/// A file's place in its archive, where it lies there as it is.
fn stored(archive: &mut ZipArchive<Reader>, name: &str) -> Result<Option<Part>> {
    let index = archive.index_for_name(name).expect("it is among the names");
    let file = archive.by_index_raw(index).map_err(|e| unreadable(&e))?;
    let is_stored = file.compression() == CompressionMethod::Stored && !file.encrypted();
    let start = file.data_start().filter(|_| is_stored);
    Ok(start.map(|offset| Part { name: name.into(), offset, length: file.size() }))
}

/// Unpacks files, which are together `most` bytes long at most.
fn unpack(archive: &mut ZipArchive<Reader>, names: &[String], most: u64) -> Result<Laid> {
    let (mut parts, mut unpacked) = (Vec::new(), Vec::new());
    for name in names {
        let file = archive.by_name(name).map_err(|e| unreadable(&e))?;
        let offset = unpacked.len() as u64;
        let left = most - offset;
        // Weights hardly shrink when they are packed: no more is taken beforehand than the packed bytes account for.
        let packed = file.compressed_size().min(left / UNPACKED);
        let likely = file.size().min(packed + packed / 4);
        let likely = usize::try_from(likely).ok();
        let reserved = likely.and_then(|likely| unpacked.try_reserve_exact(likely).ok());
        reserved.ok_or_else(|| too_large(name))?;
        let read = file.take(left + 1).read_to_end(&mut unpacked);
        read.map_err(|e| Error::Index {
            detail: format!("{name} in the zip archive can't be unpacked: {}", short(&e)),
        })?;
        if unpacked.len() as u64 > most {
            return Err(too_large(name));
        }
        let length = unpacked.len() as u64 - offset;
        parts.push(Part { name: name.clone(), offset, length });
    }
    Ok(Laid { parts, unpacked: Some(unpacked) })
}

fn too_large(name: &str) -> Error {
    let what =
        format!("{name} in the zip archive is too large: unpack it, and give the files together");
    Error::Unsupported { what }
}

fn unreadable(error: &ZipError) -> Error {
    let why = short(error);
    match error {
        ZipError::UnsupportedArchive(_) | ZipError::InvalidPassword => Error::Unsupported {
            what: format!("its zip archive is locked, or packed in an unusual way: {why}"),
        },
        _ => Error::Index { detail: format!("the zip archive can't be read: {why}") },
    }
}

/// What the crate says, cut short where it quotes the file.
fn short(error: &dyn std::fmt::Display) -> String {
    error.to_string().chars().take(300).collect()
}

/// Bytes from a place on.
struct Reader<'a> {
    bytes: &'a dyn Bytes,
    at: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.bytes.len().saturating_sub(self.at);
        let count = usize::try_from(left).map_or(into.len(), |left| left.min(into.len()));
        if count == 0 {
            return Ok(0); // an archive may send us beyond its end, where there is nothing to ask for
        }
        self.bytes.read(self.at, &mut into[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.bytes.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by a damaged archive whose file begins beyond its end: that read panicked.
    #[test]
    fn beyond_the_end_there_is_nothing_to_read() {
        let bytes = vec![1, 2, 3];
        let mut reader = Reader { bytes: &bytes, at: 0 };
        let mut read = [0; 8];
        for (to, expected) in [
            (SeekFrom::Start(1), 2),
            (SeekFrom::Start(3), 0),
            (SeekFrom::Start(9), 0),
            (SeekFrom::End(-1), 1),
        ] {
            reader.seek(to).unwrap();
            assert_eq!(reader.read(&mut read).unwrap(), expected, "{to:?}");
        }
        assert!(reader.seek(SeekFrom::Current(-9)).is_err());
    }
}
