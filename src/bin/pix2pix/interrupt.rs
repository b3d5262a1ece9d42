//! Ctrl-C and SIGTERM: the first asks to stop at a good moment, the second stops at once.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// From here on the command looks at [`asked`] itself.
pub fn watch() {
    let handler = || {
        if ASKED.swap(true, Ordering::SeqCst) {
            process::exit(130);
        }
        eprintln!("stopping; once more to stop at once");
    };
    ctrlc::set_handler(handler).expect("a command watches once");
}

/// Whether somebody asked to stop.
pub fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}
