//! Which picture of one folder belongs to which of another: by name, whatever their endings, by folders within the two,
//! and with the names of sides left out. No picture is taken twice, and none is guessed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::sides::{Key, Side};

/// A picture, and its path within the folder that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub file: PathBuf,
    pub within: PathBuf,
}

/// What became of each picture.
#[derive(Debug, Default)]
pub struct Partners {
    /// B of each A, or why it has none.
    pub of: BTreeMap<PathBuf, Result<PathBuf, String>>,
    /// Those of B that belong to no A.
    pub left: Vec<PathBuf>,
}

/// Names are compared more and more loosely, so that the closest match wins.
type Compare = fn(&Path, Side) -> Option<Vec<String>>;

/// `b_dir` is for messages.
pub fn find(a: &[Member], b: &[Member], b_dir: &Path) -> Partners {
    let mut comparisons: Vec<Compare> = vec![as_it_is, in_lower_case, without_sides];
    // Where one folder is flat, the folders of the other say nothing.
    let flat = |members: &[Member]| members.iter().all(|m| m.within.components().count() == 1);
    if flat(a) || flat(b) {
        comparisons.push(name_alone);
    }
    let (mut a, mut b): (Vec<&Member>, Vec<&Member>) = (a.iter().collect(), b.iter().collect());
    let mut partners = Partners::default();
    for compare in comparisons {
        let mut groups: BTreeMap<Vec<String>, [Vec<&Member>; 2]> = BTreeMap::new();
        for (i, (side, members)) in [(Side::A, &a), (Side::B, &b)].into_iter().enumerate() {
            for member in members {
                if let Some(key) = compare(&member.within, side) {
                    groups.entry(key).or_default()[i].push(member);
                }
            }
        }
        let mut done = BTreeSet::new();
        for [of_a, of_b] in groups.into_values() {
            match (&of_a[..], &of_b[..]) {
                ([], _) | (_, []) => continue,
                ([one], [other]) => {
                    partners.of.insert(one.file.clone(), Ok(other.file.clone()));
                }
                _ => {
                    let why = ambiguous(&of_a, &of_b);
                    for one in &of_a {
                        partners.of.insert(one.file.clone(), Err(why.clone()));
                    }
                }
            }
            done.extend(of_a.iter().chain(&of_b).map(|member| member.file.clone()));
        }
        a.retain(|member| !done.contains(&member.file));
        b.retain(|member| !done.contains(&member.file));
    }
    for alone in a {
        let why = format!("{} has no picture of the same name", b_dir.display());
        partners.of.insert(alone.file.clone(), Err(why));
    }
    partners.left = b.into_iter().map(|member| member.file.clone()).collect();
    partners
}

fn ambiguous(a: &[&Member], b: &[&Member]) -> String {
    let list = |members: &[&Member]| {
        let shown: Vec<String> = members.iter().map(|m| m.file.display().to_string()).collect();
        shown.join(" and ")
    };
    format!("{} could belong to {}: rename them so that one belongs to one", list(b), list(a))
}

/// The path without its ending. One that is not Unicode is spelled as its bytes.
fn as_it_is(within: &Path, _: Side) -> Option<Vec<String>> {
    let path = within.with_extension("");
    let spelled = |part: &std::ffi::OsStr| match part.to_str() {
        Some(part) => part.to_string(),
        None => format!("{:?}", part.as_encoded_bytes()),
    };
    Some(path.components().map(|part| spelled(part.as_os_str())).collect())
}

fn in_lower_case(within: &Path, side: Side) -> Option<Vec<String>> {
    Some(as_it_is(within, side)?.iter().map(|part| part.to_lowercase()).collect())
}

fn without_sides(within: &Path, side: Side) -> Option<Vec<String>> {
    let Key { folders, name, .. } = Key::of(within).filter(|key| fits(key, side))?;
    Some(folders.into_iter().chain([name]).collect())
}

fn name_alone(within: &Path, side: Side) -> Option<Vec<String>> {
    Key::of(within).filter(|key| fits(key, side)).map(|key| vec![key.name])
}

/// Not where the name says that it lies on the other side.
fn fits(key: &Key, side: Side) -> bool {
    key.side.is_none_or(|found| found == side)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Partners of paths in the folders A and B; `?` where there is none.
    fn found(a: &[&str], b: &[&str]) -> Vec<String> {
        let members = |dir: &str, paths: &[&str]| -> Vec<Member> {
            paths
                .iter()
                .map(|path| Member { file: Path::new(dir).join(path), within: path.into() })
                .collect()
        };
        let partners = find(&members("A", a), &members("B", b), Path::new("B"));
        assert_eq!(partners.of.len(), a.len(), "each is told of");
        let used: Vec<&PathBuf> = partners.of.values().flatten().collect();
        let once: BTreeSet<&PathBuf> = used.iter().copied().collect();
        assert_eq!(used.len(), once.len(), "no B is taken twice");
        assert!(used.len() + partners.left.len() <= b.len());
        a.iter()
            .map(|path| match &partners.of[&Path::new("A").join(path)] {
                Ok(file) => file.strip_prefix("B").unwrap().display().to_string(),
                Err(_) => "?".into(),
            })
            .collect()
    }

    #[test]
    fn endings_case_folders_and_sides_do_not_matter() {
        assert_eq!(found(&["1.png", "2.png"], &["2.JPG", "1.jpeg"]), ["1.jpeg", "2.JPG"]);
        assert_eq!(found(&["Cat.png"], &["cAT.webp"]), ["cAT.webp"]);
        assert_eq!(
            found(&["train/x.png", "val/x.png"], &["val/x.png", "train/x.bmp"]),
            ["train/x.bmp", "val/x.png"]
        );
        assert_eq!(found(&["train_A/x.png"], &["train_B/x.png"]), ["train_B/x.png"]);
        assert_eq!(found(&["x_A.png", "y-a.png"], &["x_B.png", "y-b.png"]), ["x_B.png", "y-b.png"]);
        assert_eq!(found(&["deep/x.png"], &["x.png"]), ["x.png"]);
        // The closest match wins.
        assert_eq!(found(&["x.png", "X.png"], &["X.jpg", "x.jpg"]), ["x.jpg", "X.jpg"]);
        assert_eq!(
            found(&["vitamin_A.png", "vitamin.png"], &["vitamin_A.png", "vitamin.jpg"]),
            ["vitamin_A.png", "vitamin.jpg"]
        );
    }

    #[test]
    fn none_is_guessed_and_none_taken_twice() {
        assert_eq!(found(&["x.png"], &["y.png"]), ["?"]);
        assert_eq!(found(&["x.png", "x.jpg"], &["x.png"]), ["?", "?"]);
        assert_eq!(found(&["x.png"], &["x.png", "x.jpg"]), ["?"]);
        assert_eq!(found(&["p/x.png", "q/x.png"], &["x.png"]), ["?", "?"]);
        assert_eq!(found(&["train/x.png", "val/y.png"], &["val/x.png", "train/y.png"]), ["?", "?"]);
        assert_eq!(found(&["x_B.png"], &["x_A.png"]), ["?"]);
    }
}
