//! Ctrl-C and SIGTERM. A command that [`watch`]es is asked to stop at a good moment by the first, and stopped by another
//! a second later; every other command is stopped at once. Files that are not whole are removed first.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::console::Console;
use crate::failure::{Failure, INTERRUPTED, Result};
use crate::whole;

static WATCHED: AtomicBool = AtomicBool::new(false);
static ASKED: OnceLock<Instant> = OnceLock::new();

/// Signals that come together are one request: `timeout`, and whatever passes Ctrl-C on, sends two.
const TOGETHER: Duration = Duration::from_secs(1);

/// Handles the signals from here on.
pub fn install(console: Console) -> Result<()> {
    let handler = move || match ASKED.get() {
        Some(first) if first.elapsed() > TOGETHER => whole::exit(INTERRUPTED.into()),
        Some(_) => {}
        None if !WATCHED.load(Ordering::SeqCst) => whole::exit(INTERRUPTED.into()),
        None => {
            ASKED.get_or_init(Instant::now);
            console.note("stopping; once more to stop at once");
        }
    };
    ctrlc::set_handler(handler).map_err(|e| Failure::new("run/signals", e.to_string()))
}

/// From here on the command looks at [`asked`] itself.
pub fn watch() {
    WATCHED.store(true, Ordering::SeqCst);
}

/// Whether somebody asked to stop.
pub fn asked() -> bool {
    ASKED.get().is_some()
}
