//! Files that hold no weights that we read: what they are, from their first bytes, and what to do.

use super::checkpoint::table;
use crate::error::Error;
use crate::weights::bytes::Bytes;

/// Bytes at a file's start that tell what it is; a tar's mark is the last of them.
pub const HEAD: usize = 512;
const FROM_PYTORCH: &str = "Only networks of pix2pix-tensorflow and of pytorch-CycleGAN-and-pix2pix can be used: give one as a .pict, .safetensors, .pth or .onnx file";
const FROM_TENSORFLOW: &str =
    "Write its variables into a .safetensors file, each under its own name, and give that file";
const CHECKPOINT: &str = "A checkpoint is several files: give model-N.index, its model-N.data-… and options.json together, their folder, or a zip of them";
const GIVE: &str = "Give a .pict, .safetensors, .pth or .onnx file";
const UNPACK: &str = "Unpack it, and give the .pict, .safetensors, .pth or .onnx file inside";
const ARCHIVE: (&str, &str) = ("a zip archive, as PyTorch's .pth is one too", UNPACK);
const AGAIN: &str = "Download it again";

/// `weights/format`, for a file that starts with `head`.
pub fn error(bytes: &dyn Bytes, head: &[u8]) -> Error {
    let (found, remedy) = what(bytes, head);
    Error::Format { found, remedy: remedy.into() }
}

/// `weights/format`, for a zip archive that can't be read.
pub fn broken_archive(head: &[u8]) -> Error {
    let (found, remedy) = match of_magic(head) {
        Some(known) if known != ARCHIVE => known,
        _ => ("a zip archive that is cut off or damaged", AGAIN),
    };
    Error::Format { found: found.into(), remedy: remedy.into() }
}

/// `weights/format`, for several files that are no checkpoint.
pub fn several(count: usize) -> Error {
    Error::Format {
        found: format!(
            "it is {count} files, and none of them is the .index of a TensorFlow checkpoint"
        ),
        remedy: "Give one model file, or the files of one checkpoint".into(),
    }
}

fn what(bytes: &dyn Bytes, head: &[u8]) -> (String, &'static str) {
    let known = of_text(head)
        .or_else(|| of_magic(head))
        .or_else(|| of_protobuf(head))
        .or_else(|| {
            table::ends(bytes).then_some(("the .index of a TensorFlow checkpoint", CHECKPOINT))
        })
        .or_else(|| of_zeros(bytes, head))
        .or_else(|| of_floats(head));
    if let Some((found, remedy)) = known {
        return (found.into(), remedy);
    }
    match head.len() {
        0 => ("it is empty".into(), AGAIN),
        count @ ..16 => (format!("it has only {count} bytes"), AGAIN),
        _ if is_text(head) => {
            let line: String = text(head).chars().take_while(|c| *c != '\n').take(40).collect();
            (format!("a text that starts with {line:?}"), GIVE)
        }
        _ => (format!("it starts with the bytes {:02x?}", &head[..8]), GIVE),
    }
}

type Known = Option<(&'static str, &'static str)>;

fn is_text(head: &[u8]) -> bool {
    let whole = match std::str::from_utf8(head) {
        Ok(_) => true,
        // The head may end within a character.
        Err(e) => e.error_len().is_none() && e.valid_up_to() > 0,
    };
    whole && !head.iter().any(|byte| *byte < b' ' && !b"\t\n\x0c\r".contains(byte))
}

fn text(head: &[u8]) -> String {
    String::from_utf8_lossy(head).trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).into()
}

fn of_text(head: &[u8]) -> Known {
    let text = if is_text(head) { text(head) } else { return None };
    let has = |word: &str| text.contains(word);
    Some(if text.starts_with("version https://git-lfs") {
        (
            "a Git LFS pointer: a note of where the file is, and not the file",
            "Fetch the file with `git lfs pull`, or download it from the repository's page",
        )
    } else if text.starts_with('<') {
        (
            "a web page or XML: the address leads to a page, and not to the file",
            "Take the address of the download itself",
        )
    } else if text.starts_with('{') && has("\"weight_map\"") {
        ("the JSON list of a model's parts", "Give the .safetensors file itself")
    } else if text.starts_with('{') && (has("weightsManifest") || has("modelTopology")) {
        ("the model.json of TensorFlow.js, whose weights are in other files", FROM_TENSORFLOW)
    } else if text.starts_with('{') || text.starts_with('[') {
        ("JSON", GIVE)
    } else if text.starts_with("model_checkpoint_path:") {
        ("the list of a folder's TensorFlow checkpoints, and not one of them", CHECKPOINT)
    } else {
        return None;
    })
}

fn of_magic(head: &[u8]) -> Known {
    let at =
        |offset: usize, mark: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(mark));
    let has = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
    Some(match head {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => {
            // The first file's name follows its lengths.
            if has(b".npy") {
                ("a NumPy archive, .npz", FROM_TENSORFLOW)
            } else if has(b"config.json") || has(b"metadata.json") {
                ("a Keras file, .keras", FROM_TENSORFLOW)
            } else {
                ARCHIVE
            }
        }
        [0x80, 2..=5, ..] => ("a Python pickle, as PyTorch and others write", FROM_PYTORCH),
        _ if at(0, b"\x89HDF\r\n\x1a\n") => ("an HDF5 file, as Keras writes", FROM_TENSORFLOW),
        _ if at(4, b"TFL3") => ("a TensorFlow Lite file", FROM_TENSORFLOW),
        _ if at(0, b"\x93NUMPY") => ("a NumPy array, .npy", FROM_TENSORFLOW),
        _ if at(0, b"GGUF") => ("a GGUF file, as language models have", GIVE),
        _ if at(0, b"\x04\0\0\0\x01\0\0\0") && has(b"torch.")
            || at(0, b"\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1") =>
        {
            ("a Torch file, .t7", FROM_PYTORCH)
        }
        _ if at(0, b"\x89PNG")
            || at(0, b"\xff\xd8\xff")
            || at(0, b"GIF8")
            || at(0, b"BM") && at(6, b"\0\0\0\0")
            || at(0, b"RIFF") && at(8, b"WEBP")
            || at(0, b"II*\0")
            || at(0, b"MM\0*")
            || at(4, b"ftypavif")
            || at(4, b"ftyphei")
            || at(4, b"ftypmif1") =>
        {
            ("a picture", GIVE)
        }
        _ if at(4, b"ftyp") || at(0, b"\x1a\x45\xdf\xa3") => ("a film", GIVE),
        _ if at(0, b"%PDF") => ("a PDF", GIVE),
        _ if at(0, b"\x1f\x8b") => ("a gzip archive", UNPACK),
        _ if at(0, b"BZh") => ("a bzip2 archive", UNPACK),
        _ if at(0, b"\xfd7zXZ\0") => ("an xz archive", UNPACK),
        _ if at(0, b"\x28\xb5\x2f\xfd") => ("a Zstandard archive", UNPACK),
        _ if at(0, b"7z\xbc\xaf\x27\x1c") => ("a 7-Zip archive", UNPACK),
        _ if at(0, b"Rar!") => ("a RAR archive", UNPACK),
        _ if at(257, b"ustar") => ("a tar archive", UNPACK),
        _ => return None,
    })
}

/// Models as Protocol Buffers have no mark of their own, but their first fields are always the same. (ONNX's are read.)
fn of_protobuf(head: &[u8]) -> Known {
    Some(match head {
        // SavedModel: its version is 1, and a graph follows, which starts with notes on itself.
        [8, 1, 0x12, ..] if head[3..].iter().take(6).any(|byte| *byte == 0x0a) => {
            ("a TensorFlow SavedModel, .pb", FROM_TENSORFLOW)
        }
        // GraphDef: a list of nodes, each with its name first. MetaGraphDef: notes on itself.
        [0x0a, ..]
            if head.windows(3).any(|w| w == b"\x12\x0bP")
                || contains(head, b"Placeholder")
                || contains(head, b"VariableV2") =>
        {
            (
                "a TensorFlow graph, .pb or .meta, which holds no weights or holds them as constants",
                CHECKPOINT,
            )
        }
        _ => return None,
    })
}

fn contains(head: &[u8], word: &[u8]) -> bool {
    head.windows(word.len()).any(|window| window == word)
}

/// A download that never came leaves the room that was made for it.
fn of_zeros(bytes: &dyn Bytes, head: &[u8]) -> Known {
    let zeros = head.len() >= 16 && head.iter().all(|byte| *byte == 0);
    (zeros && bytes.len() >= HEAD as u64)
        .then_some(("it starts with zeros alone, as a download that never came does", AGAIN))
}

/// Weights without a header: each float is one that a network could have.
fn of_floats(head: &[u8]) -> Known {
    let likely = |b: &[u8; 4]| {
        let value = f32::from_le_bytes(*b).abs();
        value == 0.0 || (1e-12..1e4).contains(&value)
    };
    let floats = head.as_chunks().0;
    (head.len() == HEAD && floats.iter().all(likely)).then_some((
        "float values without names, such as the .data of a TensorFlow checkpoint or a .bin of TensorFlow.js",
        CHECKPOINT,
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn message(bytes: &[u8]) -> String {
        let error = super::super::read(&bytes.to_vec()).expect_err("it is refused");
        assert_eq!(error.code(), "weights/format", "{error}");
        error.to_string()
    }

    /// What comes first in each kind of file that people have tried, filled up with bytes that mean nothing.
    #[test]
    fn the_message_says_what_the_file_is_and_what_to_do() {
        let filled = |head: &[u8]| [head, &[0x80, 0xfe, 0x01, 0x7f].repeat(200)].concat();
        let zip = |name: &str| {
            let head = [
                b"PK\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" as &[u8],
                &[name.len() as u8, 0, 0, 0],
            ];
            filled(&[&head.concat(), name.as_bytes()].concat())
        };
        let whole_zip = |name: &str| {
            let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
            archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.finish().unwrap().into_inner()
        };
        let mut tar = filled(b"model/\0");
        tar[257..262].copy_from_slice(b"ustar");
        let mut index = filled(b"\0\0\x08header");
        index.extend(table::MARK);
        let floats: Vec<u8> =
            (0..400).flat_map(|i| (i as f32 * 1e-3 - 0.2).to_le_bytes()).collect();
        let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:aaaa\nsize 54414567\n";
        for (bytes, what, remedy) in [
            (lfs.to_vec(), "Git LFS pointer", "git lfs pull"),
            (b"<!DOCTYPE html><title>404</title>".to_vec(), "web page", "the download itself"),
            (b"\xef\xbb\xbf\n <html>".to_vec(), "web page", "the download itself"),
            (
                b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>".to_vec(),
                "XML",
                "the download itself",
            ),
            (b"<".repeat(3), "web page", "the download itself"),
            (b"{\"error\": \"Not Found\"}".to_vec(), "JSON", ".safetensors"),
            (b"[1, 2, 3, 4, 5, 6]".to_vec(), "JSON", ".safetensors"),
            // The ninth byte of one, and the fifth of the other, are those of our own kinds.
            (
                b"{\"abcd\":{\"e\": 1}, \"f\": \"what else is here\"}".to_vec(),
                "JSON",
                ".safetensors",
            ),
            (b"{\"a\"[1, 2, 3, 4, 5, 6, 7, 8, 9]".to_vec(), "JSON", ".safetensors"),
            (
                b"{\"metadata\": {}, \"weight_map\": {}}".to_vec(),
                "list of a model's parts",
                "itself",
            ),
            (
                b"{\"modelTopology\": null, \"weightsManifest\": []}".to_vec(),
                "TensorFlow.js",
                "variables",
            ),
            (b"model_checkpoint_path: \"model-200\"\n".to_vec(), "checkpoints", "model-N.index"),
            (
                b"what is this file?".to_vec(),
                "a text that starts with \"what is this file?\"",
                ".pict",
            ),
            (zip("metadata.json"), "Keras", "variables"),
            (zip("a.npy"), "NumPy", "variables"),
            (zip("readme.txt"), "zip archive that is cut off", "again"),
            (whole_zip("readme.txt"), "zip archive, as PyTorch's", "Unpack"),
            (filled(b"\x80\x04\x95"), "pickle", "pix2pix-tensorflow"),
            (filled(b"\x89HDF\r\n\x1a\n"), "HDF5", "variables"),
            (filled(b"\x1c\0\0\0TFL3"), "Lite", "variables"),
            (
                filled(b"\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1\r\0\0\0torch.CudaStorage"),
                "Torch",
                "pix2pix-tensorflow",
            ),
            (filled(b"GGUF\x03\0\0\0"), "GGUF", ".pict"),
            (filled(b"\x08\x01\x12\xd2\x88\x04\x0a\x24"), "SavedModel", "variables"),
            (
                filled(b"\x0a\x35\x0a\x05input\x12\x0bPlaceholder"),
                "TensorFlow graph",
                "model-N.index",
            ),
            (index, ".index of a TensorFlow checkpoint", "model-N.index"),
            (floats, ".data of a TensorFlow checkpoint", "model-N.index"),
            (filled(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "a picture", ".pict"),
            (filled(b"\xff\xd8\xff\xe0\0\x10JFIF"), "a picture", ".pict"),
            (filled(b"RIFF\x20\0\0\0WEBPVP8 "), "a picture", ".pict"),
            (filled(b"BM\x36\0\x0c\0\0\0\0\0"), "a picture", ".pict"),
            (filled(b"\0\0\0\x20ftypavif"), "a picture", ".pict"),
            (filled(b"\0\0\0\x20ftypisom"), "a film", ".pict"),
            (filled(b"%PDF-1.7"), "a PDF", ".pict"),
            (filled(b"\x1f\x8b\x08\0\0\0\0\0\0\x03"), "gzip", "Unpack"),
            (filled(b"\x28\xb5\x2f\xfd"), "Zstandard", "Unpack"),
            (tar, "tar archive", "Unpack"),
            (vec![0; 4096], "zeros", "again"),
            (Vec::new(), "empty", "again"),
            (vec![0], "only 1 bytes", "again"),
            (vec![0x1c; 8], "only 8 bytes", "again"),
            (filled(b"\xaa\xbb\xcc\xdd"), "starts with the bytes [aa, bb, cc, dd,", ".pict"),
        ] {
            let found = message(&bytes);
            assert!(found.contains(what) && found.contains(remedy), "{what}, {remedy}: {found}");
        }
    }
}
