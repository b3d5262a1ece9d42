//! What a person sees, and what a program reads. Results go to stdout: text, or with `--json` one object a line. All
//! else goes to stderr: information and progress bars unless `--quiet`, warnings always. A reader that went away
//! (`… | head -1`) is no failure: what it does not read is dropped.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::failure::Failure;

#[derive(Clone)]
pub struct Console {
    quiet: bool,
    json: bool,
    /// The bar under way, so that lines are written above it.
    bar: Arc<Mutex<Option<ProgressBar>>>,
}

impl Console {
    pub fn new(quiet: bool, json: bool) -> Self {
        Self { quiet, json, bar: Arc::default() }
    }

    /// An informational line.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// A warning.
    pub fn warn(&self, text: &str) {
        self.say(&format!("warning: {text}"));
    }

    /// What the command was run for; with `--json` that object, a line of its own.
    pub fn result(&self, text: &str, object: Value) {
        self.print(&if self.json { object.to_string() } else { text.to_string() });
    }

    /// Progress: as [`Console::result`], but `--quiet` silences the text.
    pub fn progress(&self, text: &str, object: Value) {
        if self.json || !self.quiet {
            self.result(text, object);
        }
    }

    /// The failure that ended the command.
    pub fn fail(&self, failure: &Failure) {
        self.say(&format!("error: {} [{}]", failure.message, failure.code));
        if self.json {
            self.print(&failure.json().to_string());
        }
    }

    /// A bar of `length` items, until the guard is dropped.
    pub fn bar(&self, length: u64, what: &str) -> Bar<'_> {
        let bar = if self.quiet { ProgressBar::hidden() } else { ProgressBar::new(length) };
        let template = "{msg} {wide_bar} {pos}/{len} {per_sec} {eta}";
        let style = ProgressStyle::with_template(template).expect("the template is a constant");
        bar.set_style(style);
        bar.set_message(what.to_string());
        bar.enable_steady_tick(Duration::from_millis(500));
        self.set_bar(Some(bar.clone()));
        Bar { console: self, bar }
    }

    /// A line on stderr.
    fn say(&self, line: &str) {
        self.above_bar(|| _ = writeln!(io::stderr(), "{line}"));
    }

    /// A line on stdout.
    fn print(&self, line: &str) {
        self.above_bar(|| _ = writeln!(io::stdout(), "{line}"));
    }

    fn above_bar(&self, write: impl FnOnce()) {
        // The lock is given back first: another thread may write meanwhile.
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    fn set_bar(&self, bar: Option<ProgressBar>) {
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = bar;
    }
}

/// A progress bar; it is cleared when it is dropped.
pub struct Bar<'a> {
    console: &'a Console,
    bar: ProgressBar,
}

impl Bar<'_> {
    pub fn add(&self, n: u64) {
        self.bar.inc(n);
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.console.set_bar(None);
    }
}
