//! `options.json` beside the checkpoints: how a training was begun, for those who resume it, test it or read it.

use std::io::Write;
use std::path::Path;

use pix2pix_web::model::{Direction, Patch};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::on_device::read;
use crate::whole;

pub const NAME: &str = "options.json";

/// Unknown fields are passed over: the original's file can be read too.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredOptions {
    #[serde(alias = "which_direction")]
    pub direction: Direction,
    #[serde(default)]
    pub ngf: Option<usize>,
    #[serde(default)]
    pub ndf: Option<usize>,
    #[serde(default)]
    pub patch: Option<Patch>,
    /// The library's options of training; a checkpoint holds them too.
    #[serde(default)]
    pub train: Value,
    #[serde(default)]
    pub version: String,
    /// The command line; what is not Unicode in it is replaced.
    #[serde(default)]
    pub command: Vec<String>,
}

impl StoredOptions {
    pub fn write(&self, dir: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self).expect("numbers and names are JSON");
        text.push('\n');
        whole::write_synced(&dir.join(NAME), |file| Ok(file.write_all(text.as_bytes())))
    }

    /// Those beside a model's file, if there are any.
    pub fn beside(model: &Path) -> Result<Option<Self>> {
        let path = model.with_file_name(NAME);
        if !path.exists() {
            return Ok(None);
        }
        Self::parse(&read(&path)?, &path).map(Some)
    }

    /// `path`: where they come from.
    pub fn parse(json: &[u8], path: &Path) -> Result<Self> {
        serde_json::from_slice(json).map_err(|e| {
            let message = format!("{}: the options can't be read: {e}", path.display());
            Failure::new("options/unreadable", message)
        })
    }
}
