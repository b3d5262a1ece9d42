//! `pix2pix`: the networks on a real machine, from the command line.
//!
//! ```text
//! main ─> train, test, pairs, … ─> pair, folder, checkpoint_dir, gallery, summary ─> whole, console, failure
//!                            └──> the library's session
//! ```

mod aspect;
mod card;
mod checkpoint_dir;
mod colorize;
mod completions;
mod console;
mod export;
mod failure;
mod folder;
mod gallery;
mod gather;
mod info;
mod interrupt;
mod learning;
mod model_file;
mod on_device;
mod pair;
mod pairs;
mod partners;
mod prepare;
mod sides;
mod size;
mod steps;
mod stored_options;
mod summary;
mod test;
mod train;
mod translate;
mod whole;

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use console::Console;
use failure::{Failure, Result, USAGE};

const AFTER_HELP: &str = "\
Examples:
  pix2pix pairs photos --edges --held-out 1 --output pairs
  pix2pix train --input pairs/train --output run --max-epochs 200
  pix2pix train --input pairs/train --output run --checkpoint run --max-steps 5000
  pix2pix test --checkpoint run --input pairs/val --output tested
  pix2pix translate sketch.png picture.png --model run
  pix2pix export --checkpoint run --output model.pict
  pix2pix train --input photos --output run --lab-colorization --max-epochs 200
  pix2pix colorize old.jpg --model run --output coloured.jpg

Exit codes:
  0    done
  1    something failed: the message says what, where, and what to do
  2    the command line is wrong, or one of its options can't be
  3    the training diverged; the checkpoints before that are as they were
  130  stopped by Ctrl-C or SIGTERM; a training is saved first

The original's spellings of options, with underscores, are understood.";

/// pix2pix: train, test and use image-to-image networks
#[derive(Parser)]
#[command(name = "pix2pix", version, after_help = AFTER_HELP, arg_required_else_help = true)]
struct Arguments {
    /// Only results and warnings
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Results and progress as one JSON object a line, on stdout
    #[arg(long, global = true)]
    json: bool,
    /// Threads of the CPU [default: one for each core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(Box<train::Train>),
    Test(test::Test),
    Export(export::Export),
    Translate(translate::Translate),
    Colorize(colorize::Colorize),
    Pairs(pairs::Pairs),
    Convert(export::Convert),
    Info(info::Info),
    Completions(completions::Completions),
}

fn main() -> ExitCode {
    if let Some(answer) = answer_to_mode(env::args_os().skip(1)) {
        // Where nobody reads it there is nobody to tell.
        let _ = writeln!(io::stderr(), "{answer}");
        return ExitCode::from(USAGE);
    }
    let arguments = Arguments::parse();
    let console = Console::new(arguments.quiet, arguments.json);
    match run(&arguments, &console) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console.fail(&failure);
            ExitCode::from(failure.exit)
        }
    }
}

fn run(arguments: &Arguments, console: &Console) -> Result<()> {
    interrupt::install(console.clone())?;
    if let Some(threads) = arguments.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.into());
        pool.build_global().map_err(|e| Failure::new("run/threads", e.to_string()))?;
    }
    match &arguments.command {
        Command::Train(command) => train::run(command, console),
        Command::Test(command) => test::run(command, console),
        Command::Export(command) => export::export(command, console),
        Command::Translate(command) => translate::run(command, console),
        Command::Colorize(command) => colorize::run(command, console),
        Command::Pairs(command) => pairs::run(command, console),
        Command::Convert(command) => export::convert(command, console),
        Command::Info(command) => info::run(command, console),
        Command::Completions(command) => completions::run(command, console),
    }
}

/// The original chooses by `--mode` what we choose by a subcommand: the same command line, as we write it.
fn answer_to_mode(arguments: impl Iterator<Item = OsString>) -> Option<String> {
    let mut rest = Vec::new();
    let mut mode = None;
    let mut arguments = arguments.peekable();
    let is_option = |word: &OsStr| word.as_encoded_bytes().starts_with(b"-");
    let subcommand = arguments.next_if(|first| !is_option(first));
    while let Some(argument) = arguments.next() {
        match argument.to_str().and_then(|argument| argument.strip_prefix("--mode")) {
            Some("") => mode = arguments.next(),
            Some(value) if value.starts_with('=') => mode = Some(OsString::from(&value[1..])),
            _ => rest.push(argument.to_string_lossy().into_owned()),
        }
    }
    let mode = subcommand.or(mode.clone()).filter(|_| mode.is_some())?;
    let (mode, rest) = (mode.display(), rest.join(" "));
    Some(format!("error: the mode is a subcommand here: pix2pix {mode} {rest}"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_options_contradict_nothing() {
        super::Arguments::command().debug_assert();
    }
}
