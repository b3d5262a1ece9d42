//! Runs that were interrupted or killed, and go on.

use std::fs;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::{
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use super::{Place, SMALL, ab};

#[test]
fn what_exists_is_passed_over_when_asked() {
    let place = Place::with_pairs(3);
    assert_eq!(place.run(&format!("{SMALL} --output run --max-steps 1")).code(), 0);
    for (folder, first) in [
        ("out", "pairs pairs --grayscale --output out"),
        ("split", "pairs pairs --split --held-out 5 --output split"),
        ("drawn", "translate pairs drawn --model run --device cpu"),
    ] {
        assert_eq!(place.run(first).code(), 0, "{first}");
        let made = files(&place.path(folder));
        assert_eq!(made.len(), 3, "{first}");
        let modified = |file: &Path| fs::metadata(file).unwrap().modified().unwrap();
        fs::remove_file(&made[0]).unwrap();
        let before = [modified(&made[1]), modified(&made[2])];
        place.run(first).ends(1, &["exists already", "--force or --skip-existing"]);
        // The second time there is nothing left to do.
        for _ in 0..2 {
            place.run(&format!("{first} --skip-existing")).ends(0, &[]);
            assert_eq!(files(&place.path(folder)), made, "{first}");
            assert_eq!([modified(&made[1]), modified(&made[2])], before, "{first}");
        }
        assert_eq!(place.run(&format!("{first} --skip-existing --force")).code(), 2, "{first}");
    }
}

/// All files in a folder and those in it, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// Starts a command, sends it a signal once `ready` says so, and returns its exit code, none after a kill.
#[cfg(unix)]
fn stopped(place: &Place, arguments: &str, signal: &str, ready: impl Fn() -> bool) -> Option<i32> {
    let mut command = place.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while !ready() {
        assert!(began.elapsed() < Duration::from_secs(60), "it begins: {arguments}");
        sleep(Duration::from_millis(1));
    }
    assert!(
        Command::new("kill").arg(signal).arg(child.id().to_string()).status().unwrap().success()
    );
    child.wait().unwrap().code()
}

/// Names without those of files under way.
#[cfg(unix)]
fn finished(place: &Place, folder: &str) -> Vec<String> {
    match place.exists(folder) {
        true => place.names(folder).into_iter().filter(|name| !name.starts_with('.')).collect(),
        false => Vec::new(),
    }
}

#[test]
#[cfg(unix)]
fn an_interrupted_pairs_goes_on() {
    let place = Place::with_pairs(1);
    ab(1).save(place.path("pairs/0.png")).unwrap();
    for i in 1..300 {
        fs::hard_link(place.path("pairs/0.png"), place.path(&format!("pairs/{i}.png"))).unwrap();
    }
    for (signal, code) in [("-INT", Some(130)), ("-TERM", Some(130)), ("-KILL", None)] {
        let output = format!("out{signal}");
        let pairs = format!("pairs pairs --edges --output {output}");
        let ready = || finished(&place, &output).len() > 3;
        assert_eq!(stopped(&place, &pairs, signal, ready), code, "{signal}");
        let done = finished(&place, &output);
        assert!(done.len() < 300, "it was stopped in the midst of it");
        if code.is_some() {
            assert_eq!(place.names(&output), done, "nothing half-written stays behind");
        }
        // Whatever has its name is whole.
        for name in &done {
            assert_eq!(
                place.picture(&format!("{output}/{name}")).dimensions(),
                (512, 256),
                "{name}"
            );
        }
        let written = place.result(&format!("{pairs} --skip-existing"));
        assert_eq!(written["existed"], done.len());
        assert_eq!(written["written"], 300 - done.len());
        assert_eq!(finished(&place, &output).len(), 300);
    }
}

#[test]
#[cfg(unix)]
fn a_killed_training_has_a_whole_table_when_it_is_resumed() {
    let place = Place::with_pairs(2);
    let table = || fs::read_to_string(place.path("run/losses.csv")).unwrap_or_default();
    let saved = || finished(&place, "run").iter().any(|name| name.starts_with("model-"));
    let ready = || saved() && table().lines().count() > 7;
    let train = format!("{SMALL} --output run --max-steps 100000 --save-every 3 --seed 1");
    assert_eq!(stopped(&place, &train, "-KILL", ready), None);
    // As a crash of the machine may leave it.
    fs::write(place.path("run/losses.csv"), table().trim_end()[..table().len() - 9].as_bytes())
        .unwrap();
    let rest = "train --input pairs --output run --checkpoint run --max-steps 4 --device cpu --summary-every 1";
    place.run(rest).ends(0, &[]);
    let columns = table().lines().next().unwrap().split(',').count();
    let steps: Vec<u64> = table()
        .lines()
        .skip(1)
        .map(|line| {
            assert_eq!(line.split(',').count(), columns, "{line}");
            line.split(',').next().unwrap().parse().unwrap()
        })
        .collect();
    assert!(steps.windows(2).all(|two| two[1] > two[0]), "{steps:?}");
    assert_eq!(&steps[..3], &[1, 2, 3]);
}

/// Commands that do not save first are gone at once, with nothing half-written.
#[test]
#[cfg(unix)]
fn a_stopped_export_leaves_nothing() {
    let place = Place::with_pairs(1);
    let train = "train --input pairs --output run --device cpu --ngf 8 --ndf 1 --max-steps 1";
    assert_eq!(place.run(train).code(), 0);
    fs::create_dir(place.path("out")).unwrap();
    let begun = || !place.names("out").is_empty();
    let code = stopped(&place, "export --checkpoint run --output out/model.pict", "-INT", begun);
    match code {
        Some(130) => assert!(place.names("out").is_empty(), "{:?}", place.names("out")),
        // It was faster than the signal.
        code => assert_eq!((code, place.names("out")), (Some(0), vec!["model.pict".to_string()])),
    }
}
