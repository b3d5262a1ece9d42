//! The two sides of pairs that lie in two folders, as people name them: `A` and `B`, `train_A`, `trainB`, `one_A.png`.

use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    A,
    B,
}

/// Folders that bear their side without a separator.
const SETS: [&str; 5] = ["train", "test", "val", "valid", "validation"];

/// A path within its folder, without its ending and without what names a side, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What the path itself says; the file's name counts more than its folder's.
    pub side: Option<Side>,
    pub folders: Vec<String>,
    pub name: String,
}

impl Key {
    /// `None` for what is not Unicode.
    pub fn of(path: &Path) -> Option<Self> {
        let path = path.with_extension("");
        let mut parts: Vec<&str> =
            path.components().map(|part| part.as_os_str().to_str()).collect::<Option<_>>()?;
        let name = parts.pop()?;
        let (mut side, name) = match suffix(name) {
            Some((side, name)) => (Some(side), name),
            None => (None, name),
        };
        let mut folders = Vec::new();
        for part in parts.into_iter().rev() {
            match folder(part) {
                Some((found, rest)) => {
                    side = side.or(Some(found));
                    folders.push(rest.to_lowercase());
                }
                None => folders.push(part.to_lowercase()),
            }
        }
        folders.retain(|folder| !folder.is_empty());
        folders.reverse();
        Some(Self { side, folders, name: name.to_lowercase() })
    }
}

/// The side that a folder's name says, and the rest of it.
fn folder(name: &str) -> Option<(Side, &str)> {
    if let Some(side) = side(name) {
        return Some((side, ""));
    }
    suffix(name).or_else(|| {
        let (set, last) = name.split_at_checked(name.len().checked_sub(1)?)?;
        let set_is_known = SETS.iter().any(|known| set.eq_ignore_ascii_case(known));
        side(last).filter(|_| set_is_known).map(|side| (side, set))
    })
}

/// `one_A`, `one-a`: the side after a separator, and what is before.
fn suffix(name: &str) -> Option<(Side, &str)> {
    let at = name.rfind(['_', '-', '.', ' ']).filter(|at| *at > 0)?;
    side(&name[at + 1..]).map(|side| (side, &name[..at]))
}

fn side(name: &str) -> Option<Side> {
    match name {
        "A" | "a" => Some(Side::A),
        "B" | "b" => Some(Side::B),
        _ => None,
    }
}

/// Two of these folders that are the two sides of the same.
pub fn folders(folders: &[PathBuf]) -> Option<(&Path, &Path)> {
    let named = |wanted: Side| {
        folders.iter().filter_map(move |path| {
            let (side, rest) = folder(path.file_name()?.to_str()?)?;
            (side == wanted).then_some((path.as_path(), rest))
        })
    };
    named(Side::A).find_map(|(a, of)| {
        let (b, _) = named(Side::B).find(|(_, rest)| rest.eq_ignore_ascii_case(of))?;
        Some((a, b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_told_as_people_name_them() {
        for (path, side, folders, name) in [
            ("one.png", None, &[][..], "one"),
            ("train/one.JPG", None, &["train"], "one"),
            ("A/One.png", Some(Side::A), &[], "one"),
            ("train_A/x.png", Some(Side::A), &["train"], "x"),
            ("testB/x.png", Some(Side::B), &["test"], "x"),
            ("b/val/x.png", Some(Side::B), &["val"], "x"),
            ("x_B.png", Some(Side::B), &[], "x"),
            ("trainA/x-a.png", Some(Side::A), &["train"], "x"),
            ("USA/visa.png", None, &["usa"], "visa"),
            ("_A.png", None, &[], "_a"),
        ] {
            let key = Key::of(Path::new(path)).unwrap();
            assert_eq!(
                (key.side, &key.folders[..], &key.name[..]),
                (side, &folders.iter().map(|f| f.to_string()).collect::<Vec<_>>()[..], name),
                "{path}"
            );
        }
    }

    #[test]
    fn folders_that_belong_together_are_found() {
        let paths =
            |names: &[&str]| names.iter().map(|name| Path::new("d").join(name)).collect::<Vec<_>>();
        let found = |names: &[&str]| {
            let paths = paths(names);
            folders(&paths).map(|(a, b)| {
                [a, b].map(|path| path.file_name().unwrap().to_str().unwrap().to_string())
            })
        };
        assert_eq!(found(&["B", "A", "x"]), Some(["A", "B"].map(String::from)));
        assert_eq!(
            found(&["val_B", "train_A", "train_B"]),
            Some(["train_A", "train_B"].map(String::from))
        );
        assert_eq!(found(&["trainA", "testB"]), None);
    }
}
