//! `train --lab-colorization`, and what follows from such a model.

use std::fs;

use image::{Rgba, RgbaImage};

use super::{Place, SMALL};

/// A coloured disc on a ramp.
fn photo(i: u32) -> RgbaImage {
    RgbaImage::from_fn(90 + i, 70, |x, y| {
        let inside = x.abs_diff(40).pow(2) + y.abs_diff(35).pow(2) < 400;
        let ramp = (x * 2) as u8;
        Rgba(if inside { [200, (60 * i) as u8, 40, 255] } else { [ramp, ramp, 90, 255] })
    })
}

fn with_photos() -> Place {
    let place = Place::new();
    fs::create_dir(place.path("photos")).unwrap();
    for i in 0..3 {
        photo(i).save(place.path(&format!("photos/{i}.png"))).unwrap();
    }
    place
}

/// [`SMALL`], of photographs.
fn learn(output: &str, steps: u32) -> String {
    let small = SMALL.replace("pairs", "photos");
    format!("{small} --output {output} --lab_colorization --seed 3 --max-steps {steps}")
}

#[test]
fn photographs_are_learned_tested_and_coloured() {
    let place = with_photos();
    let ran = place.run(&format!("{} --display-every 2", learn("run", 2)));
    assert_eq!(ran.code(), 0, "{}", ran.said());
    assert!(place.names("run/images").iter().any(|name| name.ends_with("-outputs.png")));
    let info = place.result("info run");
    let generator = &info["generator"];
    assert_eq!((&generator["color"], &generator["in_channels"]), (&"lab".into(), &1.into()));
    assert!(place.run("info run").printed().contains("1 to 2 channels of Lab"));

    let tested = place.result("test --checkpoint run --input photos --output tested --device cpu");
    assert_eq!(tested["pictures"], 3);
    assert!(tested["psnr"].as_f64().unwrap() > 5.0, "{tested}");
    let target = place.picture("tested/images/0-targets.png");
    assert!(target.pixels().any(|p| p[0] > p[2].saturating_add(100)), "the target is in colour");

    // From the checkpoint and from its export, one file and many.
    assert_eq!(place.run("export --checkpoint run --output m.safetensors").code(), 0);
    let colorize = "colorize --device cpu --model";
    let ran = place.run(&format!("{colorize} run photos/0.png --output one.png"));
    assert_eq!(ran.code(), 0, "{}", ran.said());
    assert_eq!(place.picture("one.png").dimensions(), photo(0).dimensions());
    let many = format!("{colorize} m.safetensors photos/0.png photos/1.png --output many");
    assert_eq!(place.run(&many).code(), 0);
    assert_eq!(place.names("many"), ["0.png", "1.png"]);
    assert_eq!(place.picture("many/0.png"), place.picture("one.png"));
    place.run(&many).ends(1, &["0.png exists already", "--force"]);
    place
        .run(&format!("{colorize} run photos/0.png photos/1.png --output one.png"))
        .ends(2, &["one.png is one picture for 2 photographs"]);
    assert_eq!(place.run("translate photos/1.png t.png --model run --device cpu").code(), 0);
    assert_eq!(place.picture("t.png").width(), 256);
}

#[test]
fn a_resumed_training_of_photographs_is_the_uninterrupted_one() {
    let place = with_photos();
    assert_eq!(place.run(&learn("once", 4)).code(), 0);
    assert_eq!(place.run(&format!("{} --cache-mb 0", learn("twice", 2))).code(), 0);
    // The checkpoint says what it learns.
    let rest = "train --input photos --output twice --checkpoint twice --max-steps 2 --device cpu";
    let ran = place.run(rest);
    assert_eq!(ran.code(), 0, "{}", ran.said());
    let model = |run| super::tensors(&place.path(&format!("{run}/model-4.safetensors")));
    assert!(model("once") == model("twice"));
}

#[test]
fn the_other_direction_is_the_models() {
    let place = with_photos();
    let ran = place.run(&format!("{} --which_direction BtoA", learn("run", 1)));
    assert_eq!(ran.code(), 0, "{}", ran.said());
    assert_eq!(place.result("info run")["generator"]["in_channels"], 2);
    let rest = "train --input photos --output run --checkpoint run --max-steps 1 --device cpu";
    place.run(&format!("{rest} --direction AtoB")).ends(2, &["--direction is AtoB", "learn BtoA"]);
    assert_eq!(place.run(rest).code(), 0);
    let test = "test --checkpoint run --input photos --output tested --device cpu";
    place.run(&format!("{test} --direction AtoB")).ends(2, &["works BtoA"]);
    place.result(test);
    let output = place.picture("tested/images/0-outputs.png");
    assert!(output.pixels().all(|p| p[0] == p[1] && p[1] == p[2]), "lightness is grey");
    place
        .run("colorize photos/0.png --model run --output c.png --device cpu")
        .ends(1, &["turns 2 into 1 channels", "--lab-colorization", "model/channels"]);
}

#[test]
fn what_does_not_go_with_it_is_named() {
    let place = with_photos();
    place.run(&format!("{} --hints 0.5", learn("run", 1))).ends(2, &["hints is for sketches"]);
    place.run(&format!("{} --lines varied", learn("run", 1))).ends(2, &["lines is for sketches"]);
    let place = Place::with_pairs(1);
    assert_eq!(place.run(&format!("{SMALL} --output run --max-steps 1")).code(), 0);
    let rest = "train --input pairs --output run --checkpoint run --max-steps 1 --device cpu";
    place
        .run(&format!("{rest} --lab-colorization"))
        .ends(2, &["--lab-colorization is given", "of RGB"]);
}
