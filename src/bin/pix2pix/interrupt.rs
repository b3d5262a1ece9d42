//! Ctrl-C and SIGTERM: the first asks to stop at a good moment, another, later, stops at once.

use std::process;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

static ASKED: OnceLock<Instant> = OnceLock::new();

/// Signals that come together are one request: `timeout`, and whatever passes Ctrl-C on, sends two.
const TOGETHER: Duration = Duration::from_secs(1);

/// From here on the command looks at [`asked`] itself.
pub fn watch() {
    let handler = || match ASKED.get() {
        Some(first) if first.elapsed() > TOGETHER => process::exit(130),
        Some(_) => {}
        None => {
            ASKED.get_or_init(Instant::now);
            eprintln!("stopping; once more to stop at once");
        }
    };
    ctrlc::set_handler(handler).expect("a command watches once");
}

/// Whether somebody asked to stop.
pub fn asked() -> bool {
    ASKED.get().is_some()
}
