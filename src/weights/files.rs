//! Files that belong together, as one.

use super::bytes::Bytes;

/// One of several files, by its place in the bytes of all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// With its folders, if it has any: `run/model-200.index`.
    pub name: String,
    pub offset: u64,
    pub length: u64,
}

impl Part {
    /// Where it ends, if 64 bits hold that.
    pub fn checked_end(&self) -> Option<u64> {
        self.offset.checked_add(self.length)
    }

    fn end(&self) -> u64 {
        self.offset + self.length
    }
}

/// Named files, such as those of a TensorFlow checkpoint, end to end. Whatever reads a file reads them too; a zip archive
/// of the files will do as well.
///
/// ```no_run
/// use pix2pix_web::weights::{self, Files};
///
/// let file = |name: &str| (name.to_string(), Box::new(std::fs::read(name).unwrap()) as _);
/// let names = ["model-200.index", "model-200.data-00000-of-00001", "options.json"];
/// let description = weights::describe(&Files::new(names.map(file)))?;
/// # Ok::<(), pix2pix_web::Error>(())
/// ```
#[derive(Default)]
pub struct Files {
    parts: Vec<Part>,
    contents: Vec<Box<dyn Bytes>>,
}

impl Files {
    /// Each file by its name.
    pub fn new(files: impl IntoIterator<Item = (String, Box<dyn Bytes>)>) -> Self {
        let mut all = Self::default();
        for (name, content) in files {
            let (offset, length) = (all.len(), content.len());
            all.parts.push(Part { name, offset, length });
            all.contents.push(content);
        }
        all
    }
}

impl Bytes for Files {
    fn len(&self) -> u64 {
        self.parts.last().map_or(0, Part::end)
    }

    fn read(&self, offset: u64, into: &mut [u8]) {
        let end = offset + into.len() as u64;
        for (part, content) in self.parts.iter().zip(&self.contents) {
            let (from, to) = (part.offset.max(offset), part.end().min(end));
            if from < to {
                let piece = (from - offset) as usize..(to - offset) as usize;
                content.read(from - part.offset, &mut into[piece]);
            }
        }
    }

    fn parts(&self) -> &[Part] {
        &self.parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_goes_over_the_ends_of_files() {
        let file = |name: &str, bytes: &[u8]| (name.into(), Box::new(bytes.to_vec()) as _);
        let files = Files::new([file("a", &[1, 2]), file("empty", &[]), file("b", &[3, 4, 5])]);
        assert_eq!((files.len(), files.parts()[2].offset), (5, 2));
        for (offset, expected) in [(0, &[1, 2, 3, 4, 5][..]), (1, &[2, 3]), (3, &[4, 5]), (5, &[])]
        {
            let mut read = vec![0; expected.len()];
            files.read(offset, &mut read);
            assert_eq!(read, expected);
        }
    }
}
