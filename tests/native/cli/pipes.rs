//! Readers that go away, as `head -1` does.

use std::fs;
use std::process::{Command, Stdio};

use super::{Place, SMALL};

/// The exit code where nobody reads stdout, nor stderr.
fn unread(place: &Place, arguments: &str) -> i32 {
    let mut command = place.command(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    child.wait().unwrap().code().expect("it exits by itself")
}

#[test]
fn no_command_minds_that_nobody_reads() {
    let place = Place::with_pairs(2);
    fs::write(place.path("broken.png"), "no picture").unwrap();
    for (arguments, code) in [
        ("--help", 0),
        ("--version", 0),
        ("train --help", 0),
        (&format!("{SMALL} --output run --max-steps 2 --progress-every 1"), 0),
        (&format!("{SMALL} --output run2 --max-steps 2 --progress-every 1 --json"), 0),
        ("test --checkpoint run --input pairs --output tested --device cpu", 0),
        ("export --checkpoint run --output m.safetensors", 0),
        ("convert run m.pict", 0),
        ("info run --tensors", 0),
        ("info run --tensors --json", 0),
        ("translate pairs out --model run --device cpu", 0),
        ("pairs pairs --resize --output resized", 0),
        ("completions bash", 0),
        ("completions man --output man", 0),
        // Whoever asks for a picture on stdout and does not take it has no picture.
        ("translate pairs/0.png - --model run --device cpu", 1),
        ("translate broken.png out.png --model run --device cpu", 1),
        ("info broken.png --json", 1),
        ("train --input pairs --output run", 2),
        ("info --no-such-option", 2),
        ("--mode train --input_dir a", 2),
    ] {
        assert_eq!(unread(&place, arguments), code, "{arguments}");
    }
    let pipe =
        format!("set -o pipefail; {} info run --tensors | head -1", env!("CARGO_BIN_EXE_pix2pix"));
    let ran =
        Command::new("bash").args(["-c", &pipe]).current_dir(place.path("")).output().unwrap();
    assert_eq!(ran.status.code(), Some(0));
    assert_eq!(String::from_utf8(ran.stdout).unwrap().lines().count(), 1);
}
