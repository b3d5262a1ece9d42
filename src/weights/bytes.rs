//! A file, wherever its bytes are.

use super::files::Part;
use super::limits::HEADER;
use crate::error::{Error, Result};

/// The bytes of a file: in memory, or outside WebAssembly's memory.
pub trait Bytes {
    fn len(&self) -> u64;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `into` from `offset` on. The caller has checked that the bytes are there.
    fn read(&self, offset: u64, into: &mut [u8]);

    /// The files that these bytes are, end to end, where they are more than one: see [`Files`](super::Files).
    fn parts(&self) -> &[Part] {
        &[]
    }
}

impl Bytes for [u8] {
    fn len(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, offset: u64, into: &mut [u8]) {
        let offset = usize::try_from(offset).expect("the caller has checked that it is there");
        into.copy_from_slice(&self[offset..offset + into.len()]);
    }
}

impl Bytes for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn read(&self, offset: u64, into: &mut [u8]) {
        self.as_slice().read(offset, into);
    }
}

/// `length` bytes from `offset` on, which are a file's header or a part of it.
///
/// # Errors
/// `weights/truncated`: the file ends before. `weights/index`: longer than any header.
pub fn read_exact(bytes: &dyn Bytes, place: &str, offset: u64, length: u64) -> Result<Vec<u8>> {
    let length = match usize::try_from(length) {
        Ok(length) if length <= HEADER => length,
        _ => {
            let detail =
                format!("{place} is {length} bytes long by its own account, more than {HEADER}");
            return Err(Error::Index { detail });
        }
    };
    check_end(bytes, place, offset.saturating_add(length as u64))?;
    let mut raw = vec![0; length];
    bytes.read(offset, &mut raw);
    Ok(raw)
}

/// All of a file.
///
/// # Errors
/// `weights/unsupported`: there is no memory for it.
pub fn read_all(bytes: &dyn Bytes) -> Result<Vec<u8>> {
    let length = usize::try_from(bytes.len()).map_err(|_| too_large(bytes))?;
    let mut all = Vec::new();
    all.try_reserve_exact(length).map_err(|_| too_large(bytes))?;
    all.resize(length, 0);
    bytes.read(0, &mut all);
    Ok(all)
}

/// `weights/unsupported`, for a file that memory does not hold.
pub fn too_large(bytes: &dyn Bytes) -> Error {
    Error::Unsupported {
        what: format!("it has {} bytes, more than there is memory for", bytes.len()),
    }
}

/// Refuses a file that ends before `end`, where `place` ends.
pub fn check_end(bytes: &dyn Bytes, place: &str, end: u64) -> Result<()> {
    let bytes = bytes.len();
    if end > bytes {
        return Err(Error::Truncated { place: place.into(), end, bytes });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of a length that no test has the memory for, zeros throughout.
    struct Zeros(u64);

    impl Bytes for Zeros {
        fn len(&self) -> u64 {
            self.0
        }

        fn read(&self, _offset: u64, into: &mut [u8]) {
            into.fill(0);
        }
    }

    #[test]
    fn a_length_beyond_the_file_or_any_header_is_refused() {
        let code = |file: u64, offset, length| {
            read_exact(&Zeros(file), "it", offset, length)
                .map(|raw| raw.len())
                .map_err(|e| e.code())
        };
        assert_eq!(code(100, 92, 8), Ok(8));
        assert_eq!(code(100, 93, 8), Err("weights/truncated"));
        assert_eq!(code(100, u64::MAX, 8), Err("weights/truncated"));
        // Beyond 32 bits: truncated to them, each of these would be short.
        for length in [1 << 32, (1 << 32) + 8, u64::MAX] {
            assert_eq!(code(u64::MAX, 8, length), Err("weights/index"));
        }
    }
}
