//! `pix2pix completions`: scripts that complete command lines, and the manual's pages, both from the definition of the
//! options.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::{Generator, Shell, generate};

use crate::Arguments;
use crate::console::Console;
use crate::failure::{Failure, Result};

/// Write a shell's completion script, or the man pages
#[derive(Args)]
pub struct Completions {
    /// The shell, or man for the manual
    what: What,
    /// The folder to write to [default: stdout; man needs a folder]
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Shell(Shell),
    Man,
}

impl ValueEnum for What {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            What::Shell(Shell::Bash),
            What::Shell(Shell::Elvish),
            What::Shell(Shell::Fish),
            What::Shell(Shell::PowerShell),
            What::Shell(Shell::Zsh),
            What::Man,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            What::Shell(shell) => shell.to_possible_value(),
            What::Man => Some(PossibleValue::new("man")),
        }
    }
}

pub fn run(completions: &Completions, console: &Console) -> Result<()> {
    let mut command = Arguments::command();
    let name = command.get_name().to_string();
    let made =
        |dir: &PathBuf| fs::create_dir_all(dir).map_err(|e| Failure::file(dir, "can't be made", e));
    match (completions.what, &completions.output) {
        (What::Man, None) => {
            Err(Failure::usage("a page for each command is written: give a folder with --output"))
        }
        (What::Man, Some(dir)) => {
            made(dir)?;
            clap_mangen::generate_to(command, dir)
                .map_err(|e| Failure::file(dir, "can't be written to", e))?;
            console
                .note(&format!("wrote {name}.1 and a page for each command to {}", dir.display()));
            Ok(())
        }
        (What::Shell(shell), output) => {
            let mut script = Vec::new();
            generate(shell, &mut command, &name, &mut script);
            match output {
                Some(dir) => {
                    made(dir)?;
                    let path = dir.join(shell.file_name(&name));
                    fs::write(&path, script)
                        .map_err(|e| Failure::file(&path, "can't be written", e))?;
                    console.note(&format!("wrote {}", path.display()));
                    Ok(())
                }
                None => match io::stdout().write_all(&script) {
                    // A reader that has read enough is no failure.
                    Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
                        Err(Failure::new("file/failed", format!("stdout can't be written: {e}")))
                    }
                    _ => Ok(()),
                },
            }
        }
    }
}
