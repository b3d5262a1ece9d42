//! Pictures out of folders, the names that they get, and the side of the split on which each lies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use regex::Regex;
use sha2::{Digest, Sha256};

use crate::failure::{Failure, Result};
use crate::folder;

/// Which pictures, and where they go.
#[derive(Args)]
pub struct Gather {
    /// Folders of pictures
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// The folder to write to
    #[arg(long, short, alias = "output_dir", value_name = "DIR")]
    pub output: PathBuf,
    /// And the folders in them
    #[arg(long, short)]
    recursive: bool,
    /// Only pictures whose path within its folder matches one of these
    #[arg(long, value_name = "REGEX")]
    only: Vec<Regex>,
    /// Not those whose path within its folder matches one of these
    #[arg(long, value_name = "REGEX")]
    exclude: Vec<Regex>,
    /// Write into train/ and val/: so many tenths of the pictures are held out, chosen by the SHA-256 of their names
    #[arg(long, value_name = "TENTHS", value_parser = clap::value_parser!(u64).range(1..=9))]
    held_out: Option<u64>,
    /// Names with the same beginning before this lie on one side of the split
    #[arg(long, value_name = "SEPARATOR")]
    group_by_prefix: Option<String>,
    /// Write over what is there
    #[arg(long, short)]
    force: bool,
}

/// A picture on its way.
pub struct Source {
    pub file: PathBuf,
    /// Its path within its folder with `-` for `/`, without the extension.
    pub name: String,
    /// The folder that it goes to.
    pub dir: PathBuf,
}

impl Source {
    pub fn output(&self) -> PathBuf {
        self.dir.join(format!("{}.png", self.name))
    }

    /// For a file that is copied, with its own extension.
    pub fn output_as_it_is(&self) -> PathBuf {
        let extension = self.file.extension().unwrap_or_default().to_string_lossy();
        self.dir.join(format!("{}.{extension}", self.name))
    }
}

impl Gather {
    /// The pictures, each with a name of its own. `held_out`: what holds where the command line doesn't say.
    pub fn sources(&self, held_out: Option<u64>) -> Result<BTreeMap<PathBuf, Source>> {
        let mut sources = BTreeMap::new();
        let mut names: BTreeMap<String, PathBuf> = BTreeMap::new();
        for dir in &self.dirs {
            for file in folder::all_pictures(dir, self.recursive)? {
                let path = file.strip_prefix(dir).expect("it was found in there");
                let path = path.to_string_lossy().replace('\\', "/");
                let matches =
                    |patterns: &[Regex]| patterns.iter().any(|pattern| pattern.is_match(&path));
                if matches(&self.exclude) || !(self.only.is_empty() || matches(&self.only)) {
                    continue;
                }
                let stem = path.rsplit_once('.').map_or(&path[..], |(stem, _)| stem);
                let name = stem.replace('/', "-");
                if let Some(other) = names.insert(name.clone(), file.clone()) {
                    let (other, file) = (other.display(), file.display());
                    let message = format!(
                        "{other} and {file} would both be named {name}: leave one out with --exclude"
                    );
                    return Err(Failure::new("input/twice", message));
                }
                let source = Source { dir: self.side(&name, held_out), name, file: file.clone() };
                for output in [source.output(), source.output_as_it_is()] {
                    if output.exists() && !self.force {
                        return Err(Failure::exists(&output));
                    }
                }
                sources.insert(file, source);
            }
        }
        match sources.is_empty() {
            true => Err(Failure::new(
                "input/empty",
                "no picture there is asked for: look at the folders, --only, --exclude and --recursive",
            )),
            false => Ok(sources),
        }
    }

    /// The output folder, or one of the two in it.
    fn side(&self, name: &str, held_out: Option<u64>) -> PathBuf {
        let Some(tenths) = self.held_out.or(held_out) else { return self.output.clone() };
        let group = match &self.group_by_prefix {
            Some(separator) => name.split(separator.as_str()).next().unwrap_or(name),
            None => name,
        };
        self.output.join(if tenth(group) < tenths { "val" } else { "train" })
    }
}

/// The last decimal digit of a name's SHA-256 as a number.
fn tenth(name: &str) -> u64 {
    Sha256::digest(name).iter().fold(0, |rest, byte| (rest * 256 + u64::from(*byte)) % 10)
}

/// The picture of this name in a folder, of whatever kind.
pub fn sibling(dir: &Path, file: &Path) -> Option<PathBuf> {
    let extensions = ["png", "jpg", "jpeg", "webp"];
    let named = |extension| dir.join(format!("{}.{extension}", folder::name(file)));
    extensions.into_iter().map(named).find(|path| path.is_file())
}
