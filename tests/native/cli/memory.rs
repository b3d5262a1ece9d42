//! Folders of photographs take no more memory than a few of them.

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use image::{Rgb, RgbImage};

use super::{Place, SMALL};

/// The largest resident set of a run, in MB.
fn peak(place: &Place, arguments: &str) -> u64 {
    let mut command = place.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0) / 1000);
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success(), "{arguments}");
            return peak;
        }
        sleep(Duration::from_millis(4));
    }
}

/// 40 photographs of 6 megapixels: decoded at once they would be a GB.
#[test]
fn photographs_are_decoded_a_few_at_once() {
    let place = Place::with_pairs(1);
    assert_eq!(place.run(&format!("{SMALL} --output run --max-steps 1")).code(), 0);
    let noise = |x: u32, y: u32| (x / 8).wrapping_mul(2_654_435_761) ^ (y / 8).wrapping_mul(40_503);
    let photo = RgbImage::from_fn(3000, 2000, |x, y| {
        let [a, b, c, _] = (noise(x, y) / 7).to_le_bytes();
        Rgb([a, b, c])
    });
    fs::create_dir(place.path("photos")).unwrap();
    photo.save(place.path("photos/0.jpg")).unwrap();
    for i in 1..40 {
        fs::hard_link(place.path("photos/0.jpg"), place.path(&format!("photos/{i}.jpg"))).unwrap();
    }
    for (name, arguments) in [
        ("pairs", "pairs photos --resize --size 64 --output pairs-NAME"),
        ("translate", "translate photos translated-NAME --model run --device cpu"),
        (
            "train",
            "train --input photos --halves --output run-NAME --max-steps 1 --device cpu --ngf 1 --ndf 1",
        ),
        ("test", "test --checkpoint run --input photos --halves --output tested-NAME --device cpu"),
    ] {
        let many = peak(&place, &arguments.replace("NAME", "many"));
        let one = peak(&place, &format!("{} --threads 1", arguments.replace("NAME", "one")));
        println!("{name}: {many} MB, on one thread {one} MB");
        assert!(many < 600, "{name}: {many} MB");
        assert!(one < 250 && one <= many + 20, "{name} on one thread: {one} MB of {many}");
    }
}
