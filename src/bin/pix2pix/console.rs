//! What a person sees, and what a program reads. Results go to stdout: text, or with `--json` one object a line. All
//! else goes to stderr: notes and progress bars unless `--quiet`, warnings always.

use std::cell::RefCell;
use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::failure::Failure;

pub struct Console {
    pub quiet: bool,
    pub json: bool,
    /// The bar under way, so that lines are written above it.
    bar: RefCell<Option<ProgressBar>>,
}

impl Console {
    pub fn new(quiet: bool, json: bool) -> Self {
        Self { quiet, json, bar: RefCell::new(None) }
    }

    /// A word for people.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.above_bar(|| eprintln!("{text}"));
        }
    }

    /// A word that people must not miss.
    pub fn warn(&self, text: &str) {
        self.above_bar(|| eprintln!("warning: {text}"));
    }

    /// What the command is asked for; with `--json` that object, a line of its own.
    pub fn result(&self, text: &str, object: Value) {
        let line = if self.json { object.to_string() } else { text.to_string() };
        // A reader that went away is no failure of ours.
        self.above_bar(|| _ = writeln!(io::stdout(), "{line}"));
    }

    /// Progress: as [`Console::result`], but `--quiet` silences the text.
    pub fn progress(&self, text: &str, object: Value) {
        if self.json || !self.quiet {
            self.result(text, object);
        }
    }

    /// What ended the command.
    pub fn fail(&self, failure: &Failure) {
        eprintln!("error: {} [{}]", failure.message, failure.code);
        if self.json {
            println!("{}", failure.json());
        }
    }

    /// A bar of so many things, until the guard goes.
    pub fn bar(&self, length: u64, what: &str) -> Bar<'_> {
        let bar = if self.quiet { ProgressBar::hidden() } else { ProgressBar::new(length) };
        let template = "{msg} {wide_bar} {pos}/{len} {per_sec} {eta}";
        let style = ProgressStyle::with_template(template).expect("the template is a constant");
        bar.set_style(style);
        bar.set_message(what.to_string());
        bar.enable_steady_tick(Duration::from_millis(500));
        self.bar.replace(Some(bar.clone()));
        Bar { console: self, bar }
    }

    fn above_bar(&self, write: impl FnOnce()) {
        match &*self.bar.borrow() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

/// A progress bar; it is wiped away when it is dropped.
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
        self.console.bar.replace(None);
    }
}
