//! `completions`, and command lines that can't be.

use super::{Place, SMALL};

#[test]
fn every_shell_and_the_manual() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = place.run(&format!("completions {shell}"));
        assert_eq!(ran.code(), 0, "{shell}: {}", ran.said());
        // The scripts of elvish and PowerShell know no values.
        let values = if ["elvish", "powershell"].contains(&shell) { 0 } else { 2 };
        let words = ["vanilla-eps", "tensorflow-2017"][..values].iter();
        for word in words.chain(&["translate", "skip-existing"]) {
            assert!(ran.printed().contains(word), "{shell} completes {word}");
        }
        assert_eq!(place.run(&format!("completions {shell} --output scripts")).code(), 0);
    }
    assert_eq!(place.names("scripts").len(), 5);
    place.run("completions man").ends(2, &["--output"]);
    assert_eq!(place.run("completions man --output man").code(), 0);
    let pages = place.names("man");
    for page in ["pix2pix.1", "pix2pix-train.1", "pix2pix-pairs.1", "pix2pix-completions.1"] {
        assert!(pages.iter().any(|name| name == page), "{page} in {pages:?}");
    }
    assert!(!pages.iter().any(|name| name.contains("help")), "{pages:?}");
    assert!(place.text("man/pix2pix-train.1").contains("max\\-steps"));
    assert!(place.text("man/pix2pix.1").contains("130"), "the exit codes");
}

/// Values that overflow, or that nothing can be done with, are refused before anything is.
#[test]
fn values_that_cannot_be_are_usage_errors() {
    let place = Place::with_pairs(1);
    let pairs = "pairs pairs --resize --output out";
    let test = "test --checkpoint run --input pairs --output out";
    let most = u64::MAX;
    for (arguments, word) in [
        (format!("{pairs} --size 4294967295"), "--size"),
        (format!("{pairs} --size 100000"), "--size"),
        (format!("{pairs} --size 0"), "--size"),
        (format!("{pairs} --margin 4294967295"), "margin of 4294967295"),
        (format!("{pairs} --margin 2147483648"), "margin of 2147483648"),
        (format!("{pairs} --margin 128"), "margin of 128"),
        (format!("{pairs} --strength NaN"), "--strength"),
        (format!("{pairs} --held-out 10"), "--held-out"),
        (format!("{pairs} --threads 0"), "--threads"),
        (format!("{pairs} --threads 4294967295"), "--threads"),
        (format!("{SMALL} --output run --max-steps 0"), "--max-steps"),
        (format!("{SMALL} --output run --max-epochs 0"), "--max-epochs"),
        (format!("{test} --limit 0"), "--limit"),
        (format!("{test} --hints 18446744073709551615"), "--hints"),
        ("translate a.png b.png --model m --fit squash".into(), "contain"),
        (format!("{SMALL} --output run --max-steps 1 --loss wasserstein"), "lsgan"),
        (format!("{SMALL} --output run --max-steps 1 --lines drawn"), "varied"),
        ("info pairs --device tpu".into(), "--device"),
        ("translate a.png b.png --model m --device tpu".into(), "wgpu"),
    ] {
        place.run(&arguments).ends(2, &[word]);
        assert!(!place.exists("out") && !place.exists("run"), "{arguments} writes nothing");
    }
    // With a second pair, an epoch of two steps: their product can't be counted.
    super::ab(1).save(place.path("pairs/1.png")).unwrap();
    place.run(&format!("{SMALL} --output run --max-epochs {most}")).ends(2, &["give fewer"]);
}
