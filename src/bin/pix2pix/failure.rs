//! What ends a command: a stable code, a message for people, and the process's exit code.

use std::io;
use std::path::Path;

use pix2pix_web::Error;
use serde_json::{Value, json};

pub type Result<T> = std::result::Result<T, Failure>;

/// Something failed.
const FAILED: u8 = 1;
/// The command line, or an option on it, can't be; clap's own code too.
pub const USAGE: u8 = 2;
const DIVERGED: u8 = 3;
/// A shell's code for an end by Ctrl-C.
pub const INTERRUPTED: u8 = 130;

#[derive(Debug)]
pub struct Failure {
    /// `area/kind`, as the library's.
    pub code: &'static str,
    pub message: String,
    pub exit: u8,
}

impl Failure {
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: "usage/invalid", message: message.into(), exit: USAGE }
    }

    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), exit: FAILED }
    }

    /// `action`: what could not be done, as in "can't be read".
    pub fn file(path: &Path, action: &str, error: io::Error) -> Self {
        let code = match error.kind() {
            io::ErrorKind::NotFound => "file/missing",
            _ => "file/failed",
        };
        Self::new(code, format!("{} {action}: {error}", path.display()))
    }

    pub fn interrupted(message: impl Into<String>) -> Self {
        Self { code: "run/interrupted", message: message.into(), exit: INTERRUPTED }
    }

    /// An output file exists, and nothing says what to do with it. `remedy`: the options that do.
    pub fn exists(path: &Path, remedy: &str) -> Self {
        let message =
            format!("{} exists already: choose another name, or give {remedy}", path.display());
        Self::new("output/exists", message)
    }

    /// Prefixes the message with the file. What a file holds is not the command line's fault.
    pub fn about(error: Error, path: &Path) -> Self {
        let failure = Self::from(error);
        let exit = if failure.exit == USAGE { FAILED } else { failure.exit };
        Self { message: format!("{}: {}", path.display(), failure.message), exit, ..failure }
    }

    pub fn json(&self) -> Value {
        json!({ "event": "error", "code": self.code, "message": self.message })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error {
            Error::Diverged { .. } => DIVERGED,
            Error::Options { .. } => USAGE,
            _ => FAILED,
        };
        Self { code: error.code(), message: error.to_string(), exit }
    }
}
