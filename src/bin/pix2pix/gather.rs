//! Pictures out of folders, the names that they get, and the side of the split on which each lies.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
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
    pub dirs: Vec<PathBuf>,
    /// The folder to write to
    #[arg(long, short, alias = "output_dir", value_name = "DIR")]
    pub output: PathBuf,
    /// And the folders in them; with --combine they always count
    #[arg(long, short)]
    recursive: bool,
    /// Only pictures whose path within its folder matches one of these
    #[arg(long, value_name = "REGEX")]
    only: Vec<Regex>,
    /// Not those whose path within its folder matches one of these
    #[arg(long, value_name = "REGEX")]
    exclude: Vec<Regex>,
    /// Write into train/ and val/: N tenths of the pictures are held out, chosen by the SHA-256 of their names
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=9))]
    held_out: Option<u64>,
    /// Names with the same beginning before this lie on one side of the split
    #[arg(long, value_name = "SEPARATOR")]
    group_by_prefix: Option<String>,
    /// Write over existing files
    #[arg(long, short)]
    force: bool,
    /// Pass over pictures whose output exists: goes on with a run that was interrupted
    #[arg(long, conflicts_with = "force")]
    skip_existing: bool,
}

/// A picture on its way.
pub struct Source {
    pub file: PathBuf,
    /// Its path within the folder that was given.
    pub within: PathBuf,
    /// The file that it becomes.
    pub output: PathBuf,
    /// It goes to val/.
    pub held_out: bool,
}

/// What `pairs` does, as far as names are concerned.
pub struct Plan {
    /// Tenths that are held out where the command line doesn't say.
    pub held_out: Option<u64>,
    /// Files are copied with their own endings, not written as PNGs.
    pub copies: bool,
    /// Folders within the folders count, whatever the command line says.
    pub deep: bool,
}

impl Gather {
    /// The pictures, each with a name of its own: its path with `-` for `/`.
    pub fn sources(&self, plan: &Plan) -> Result<Vec<Source>> {
        let mut sources = Vec::new();
        let mut names: BTreeMap<OsString, PathBuf> = BTreeMap::new();
        for dir in &self.dirs {
            for file in folder::all_pictures(dir, self.recursive || plan.deep)? {
                let within = file.strip_prefix(dir).expect("it was found in there").to_path_buf();
                let path = within.to_string_lossy().replace('\\', "/");
                let matches =
                    |patterns: &[Regex]| patterns.iter().any(|pattern| pattern.is_match(&path));
                if matches(&self.exclude) || !(self.only.is_empty() || matches(&self.only)) {
                    continue;
                }
                let name = flat_name(&within);
                if let Some(other) = names.insert(name.clone(), file.clone()) {
                    let (name, other, file) = (name.display(), other.display(), file.display());
                    let message = format!(
                        "{other} and {file} would both be named {name}: leave one out with --exclude"
                    );
                    return Err(Failure::new("input/twice", message));
                }
                let (dir, held_out) = self.side(&name, plan.held_out);
                let extension = file.extension().filter(|_| plan.copies);
                let mut output = name;
                output.push(".");
                output.push(extension.unwrap_or(OsStr::new("png")));
                sources.push(Source { output: dir.join(output), held_out, file, within });
            }
        }
        match sources.is_empty() {
            true => Err(self.nothing(plan)),
            false => Ok(sources),
        }
    }

    /// No picture is asked for.
    fn nothing(&self, plan: &Plan) -> Failure {
        let deep = self.recursive || plan.deep;
        let holds_any =
            |dir: &PathBuf| folder::all_pictures(dir, deep).is_ok_and(|files| !files.is_empty());
        if let Some(dir) = self.dirs.iter().find(|dir| !holds_any(dir)) {
            return folder::empty(dir);
        }
        Failure::new("input/empty", "no picture there is asked for: look at --only and --exclude")
    }

    /// Leaves out what exists, if the command line says so, and returns how many these are.
    ///
    /// # Errors
    /// `output/exists`: the command line says nothing about what exists.
    pub fn check_outputs(&self, sources: &mut Vec<Source>) -> Result<usize> {
        let before = sources.len();
        if self.skip_existing {
            sources.retain(|source| !source.output.exists());
        } else if let Some(source) = sources.iter().find(|source| source.output.exists())
            && !self.force
        {
            return Err(Failure::exists(&source.output, "--force or --skip-existing"));
        }
        Ok(before - sources.len())
    }

    /// The output folder, or one of the two in it, and whether that is val/.
    fn side(&self, name: &OsStr, held_out: Option<u64>) -> (PathBuf, bool) {
        let Some(tenths) = self.held_out.or(held_out) else { return (self.output.clone(), false) };
        let group = match (&self.group_by_prefix, name.to_str()) {
            (Some(separator), Some(name)) => {
                OsStr::new(name.split(separator.as_str()).next().unwrap_or(name))
            }
            _ => name,
        };
        let is_held_out = tenth(group) < tenths;
        (self.output.join(if is_held_out { "val" } else { "train" }), is_held_out)
    }
}

/// A path with `-` for `/`, without the ending.
fn flat_name(within: &Path) -> OsString {
    let mut name = OsString::new();
    for part in within.with_extension("").components() {
        if !name.is_empty() {
            name.push("-");
        }
        name.push(part.as_os_str());
    }
    name
}

/// The last decimal digit of a name's SHA-256 as a number.
fn tenth(name: &OsStr) -> u64 {
    let digest = Sha256::digest(name.as_encoded_bytes());
    digest.iter().fold(0, |rest, byte| (rest * 256 + u64::from(*byte)) % 10)
}
