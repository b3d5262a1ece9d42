//! `train` and `test`.

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use image::imageops::crop_imm;
use image::{DynamicImage, Rgba, RgbaImage};
use pix2pix_web::score::{Score, score};
use serde_json::Value;

use super::{Place, SMALL, ab, tensors};

/// losses.csv without the times.
fn losses(place: &Place, run: &str) -> Vec<String> {
    let table = place.text(&format!("{run}/losses.csv"));
    table.lines().map(|line| line.rsplit_once(',').unwrap().0.to_string()).collect()
}

#[test]
fn a_resumed_training_is_the_uninterrupted_one_to_the_bit() {
    let place = Place::with_pairs(3);
    let once = format!("{SMALL} --output once --max-steps 5 --batch-size 2 --seed 3");
    assert_eq!(place.run(&once).code(), 0);
    let begun = format!("{SMALL} --output twice --max-steps 3 --batch-size 2 --seed 3");
    assert_eq!(place.run(&begun).code(), 0);
    let rest = "train --input pairs --output twice --checkpoint twice --max-steps 2 --device cpu --summary-every 1";
    assert_eq!(place.run(rest).code(), 0);
    let model = |run| tensors(&place.path(&format!("{run}/model-5.safetensors")));
    assert!(model("once") == model("twice"));
    assert_eq!(losses(&place, "once"), losses(&place, "twice"));
    assert!(!place.exists("twice/model-3.safetensors"), "one checkpoint is kept");
}

#[test]
fn a_seed_decides_the_losses_and_is_stored() {
    let place = Place::with_pairs(2);
    let run = |output: &str, rest: &str| {
        let ran = place.run(&format!("{SMALL} --output {output} --max-steps {rest}"));
        assert_eq!(ran.code(), 0, "{}", ran.said());
        losses(&place, output)
    };
    let first = run("a", "50");
    let seed = place.json("a/options.json")["train"]["seed"].as_u64().unwrap();
    assert_eq!(first.len(), 1 + 50);
    assert_eq!(run("b", &format!("50 --seed {seed}")), first);
    assert_ne!(run("c", &format!("2 --seed {}", seed ^ 1)), first[..3]);
    // Pairs that are read as they are needed are the same pairs.
    assert_eq!(run("d", &format!("4 --seed {seed} --cache-mb 0")), first[..5]);
}

#[test]
fn the_originals_spellings_write_all_that_they_ask_for() {
    let place = Place::with_pairs(2);
    let ran = place.run(
        "train --input_dir pairs --output_dir run --max_epochs 2 --which_direction BtoA --ngf 4 --ndf 4 --seed 1 \
         --batch_size 1 --lr 0.001 --beta1 0.4 --l1_weight 50 --gan_weight 2 --scale_size 260 --no_flip \
         --summary_freq 2 --progress_freq 2 --trace_freq 3 --display_freq 2 --save_freq 1 --keep 2 --device cpu",
    );
    assert_eq!(ran.code(), 0, "{}", ran.said());
    for word in [
        "progress  epoch 1  step 2  image/sec",
        "remaining",
        "discrim_loss ",
        "gen_loss_GAN ",
        "gen_loss_L1 ",
    ] {
        assert!(ran.printed().contains(word), "{word} in {}", ran.printed());
    }
    let options = place.json("run/options.json");
    assert_eq!(options["direction"], "BtoA");
    let train = &options["train"];
    for (name, value) in
        [("learningRate", 0.001), ("beta1", 0.4), ("l1Weight", 50.0), ("ganWeight", 2.0)]
    {
        assert_eq!(train[name], value);
    }
    assert_eq!((&train["flip"], &train["scaleSize"]), (&Value::from(false), &Value::from(260)));
    // Two of four steps, and their traces at the third and at the last.
    assert_eq!(losses(&place, "run").len(), 1 + 2);
    let trace = place.json("run/trace-3.json");
    assert!(trace["traceEvents"].as_array().unwrap().len() > 5);
    let names = place.names("run");
    let expected = [
        "images",
        "index.html",
        "losses.csv",
        "model-3.safetensors",
        "model-4.safetensors",
        "options.json",
        "trace-3.json",
        "trace-4.json",
    ];
    assert_eq!(names, expected);
    let images = place.names("run/images");
    for what in ["inputs", "outputs", "targets", "predict_real", "predict_fake"] {
        let shown = images.iter().filter(|name| name.ends_with(&format!("-{what}.png"))).count();
        assert_eq!(shown, 2, "{what} of steps 2 and 4 in {images:?}");
    }
    assert!(images[0].starts_with("00000002-"), "the step is in front");
    assert_eq!(place.text("run/index.html").matches("<tr><td>").count(), 2);
}

#[test]
fn a_patch_is_kept_from_training_to_training() {
    let place = Place::with_pairs(2);
    let begun = format!("{SMALL} --output run --max-steps 2 --seed 1 --patch 16");
    assert_eq!(place.run(&begun).code(), 0);
    let resume = "train --input pairs --output run --checkpoint run --max-steps 1 --device cpu";
    let ran = place.run(&format!("{resume} --patch 286"));
    ran.ends(2, &["--patch is 286", "have 16"]);
    let ran = place.run(resume);
    assert_eq!(ran.code(), 0, "{}", ran.said());
    let info = place.result("info run");
    assert_eq!((&info["patch"], &info["ndf"]), (&16.into(), &4.into()));
    assert!(place.run("info run").printed().contains("patches of 16 by 16 pixels"));
    assert_eq!(place.json("run/options.json")["patch"], 16);
    let ran = place.run(&format!("{SMALL} --output other --max-steps 1 --patch 71"));
    ran.ends(2, &["71", "1, 16, 34, 70, 142, 286"]);
}

#[test]
fn test_writes_pictures_a_gallery_and_scores() {
    let place = Place::with_pairs(3);
    let train = format!("{SMALL} --output run --max-steps 2 --direction BtoA --seed 1");
    assert_eq!(place.run(&train).code(), 0);
    let tested = place
        .result("test --checkpoint run --input pairs --output tested --device cpu --no-dropout");
    assert_eq!((&tested["pictures"], &tested["step"]), (&Value::from(3), &Value::from(2)));
    let scores: Vec<Score> = (0..3)
        .map(|i| {
            let half = |left| crop_imm(&ab(i), left, 0, 256, 256).to_image();
            // The direction is the training's: B is the input.
            assert_eq!(place.picture(&format!("tested/images/{i}-inputs.png")), half(256));
            assert_eq!(place.picture(&format!("tested/images/{i}-targets.png")), half(0));
            score(&place.picture(&format!("tested/images/{i}-outputs.png")), &half(0))
        })
        .collect();
    let mean = Score::mean(&scores);
    for (name, expected) in [("l1", mean.l1), ("psnr", mean.psnr), ("ssim", mean.ssim)] {
        assert_eq!(tested[name], expected, "{name}");
    }
    assert_eq!(place.text("tested/index.html").matches("<tr><td>").count(), 3);

    // Rows are appended; dropout is on unless told otherwise, and repeats with its seed.
    let output = "tested/images/0-outputs.png";
    let without = place.picture(output);
    let test = |rest: &str| {
        place.result(&format!(
            "test --checkpoint run --input pairs --output tested --device cpu --limit 1{rest}"
        ));
        place.picture(output)
    };
    let with = test("");
    assert_ne!(with, without);
    assert_eq!(test(""), with);
    assert_ne!(test(" --seed 5"), with);
    assert_eq!(place.text("tested/index.html").matches("<tr><td>").count(), 6);
}

#[test]
fn a_model_without_an_optimiser_is_a_beginning() {
    let place = Place::with_pairs(2);
    assert_eq!(place.run(&format!("{SMALL} --output run --max-steps 2 --seed 1")).code(), 0);
    place.result("export --checkpoint run --output g.safetensors");
    let ran = place.run("train --input pairs --output next --max-steps 1 --generator g.safetensors --discriminator run --device cpu --lines varied --hints 0.5 --recolor 0.5");
    assert_eq!(ran.code(), 0, "{}", ran.said());
    let options = place.json("next/options.json");
    assert_eq!((&options["ngf"], &options["ndf"]), (&Value::from(4), &Value::from(4)));
    assert_eq!(options["train"]["lines"], "varied");
    let ran = place.run(
        "train --input pairs --output wider --max-steps 1 --generator g.safetensors --ndf 6 --device cpu",
    );
    assert_eq!(ran.code(), 0, "{}", ran.said());
    assert_eq!(place.json("wider/options.json")["ndf"], 6);
    let ran = place.run("train --input pairs --output other --max-steps 1 --generator g.safetensors --ngf 8 --device cpu");
    ran.ends(2, &["--ngf is 8", "have 4"]);
    let ran = place.run(
        "train --input pairs --output pixel --max-steps 1 --generator g.safetensors --patch 1 --device cpu",
    );
    assert_eq!(ran.code(), 0, "{}", ran.said());
    assert_eq!(place.json("pixel/options.json")["patch"], 1);
    let ran = place.run(
        "train --input pairs --output other --max-steps 1 --checkpoint g.safetensors --device cpu",
    );
    ran.ends(1, &["holds no training", "--generator", "train/none"]);
}

#[test]
fn pictures_that_cannot_be_used_are_named() {
    let place = Place::with_pairs(1);
    fs::write(place.path("pairs/broken.png"), "no picture").unwrap();
    RgbaImage::new(255, 128).save(place.path("pairs/odd.png")).unwrap();
    DynamicImage::from(ab(1)).into_luma8().save(place.path("pairs/grey.png")).unwrap();
    let train = format!("{SMALL} --output run --max-steps 1");
    let ran = place.run(&train);
    ran.ends(
        0,
        &["broken.png", "odd.png", "255 pixels wide", "2 of 4 pictures are skipped", "1 grey"],
    );
    place.run(&format!("{train} --force --strict")).ends(1, &["broken.png", "image/unreadable"]);

    let nowhere = "train --output run --max-steps 1 --device cpu --input";
    place.run(&format!("{nowhere} nowhere")).ends(1, &["nowhere", "file/missing"]);
    fs::create_dir(place.path("empty")).unwrap();
    place
        .run(&format!("{nowhere} empty"))
        .ends(1, &["empty holds no pictures", ".png", "input/empty"]);
    place.run("train --input pairs --output run").ends(2, &["--max-steps", "--max-epochs"]);
    place
        .run(&format!("{train} --force --lr 0"))
        .ends(2, &["learningRate is 0", "options/invalid"]);
    if !cfg!(feature = "cuda") {
        place
            .run("train --input pairs --output other --max-steps 1 --device cuda")
            .ends(1, &["CUDA", "--features cli,cuda", "`cpu`", "device/unavailable"]);
    }
    place
        .run("test --checkpoint empty --input pairs --output t")
        .ends(1, &["empty holds no checkpoint"]);
    place
        .run("test --checkpoint pairs/0.png --input pairs --output t")
        .ends(1, &["0.png", "weights/format"]);
}

#[test]
fn jpegs_come_first_and_numbers_are_sorted_as_numbers() {
    let place = Place::with_pairs(0);
    for name in ["10", "9", "100"] {
        DynamicImage::from(ab(1))
            .into_rgb8()
            .save(place.path(&format!("pairs/{name}.jpg")))
            .unwrap();
    }
    ab(2).save(place.path("pairs/1.png")).unwrap();
    assert_eq!(place.run(&format!("{SMALL} --output run --max-steps 1")).code(), 0);
    place.result("test --checkpoint run --input pairs --output tested --limit 2 --device cpu");
    assert!(
        place.exists("tested/images/9-inputs.png") && place.exists("tested/images/10-inputs.png")
    );
    assert_eq!(place.names("tested/images").len(), 2 * 3);
}

/// Among them those that are no number, which must not become the default in silence.
#[test]
fn options_that_cannot_be_are_named() {
    let place = Place::with_pairs(1);
    for (given, named) in [
        ("--lr nan", "learningRate is NaN"),
        ("--lr inf", "learningRate is inf"),
        ("--beta1 1", "beta1 is 1"),
        ("--l1-weight=-1", "l1Weight is -1"),
        ("--gan-weight inf", "ganWeight is inf"),
        ("--clip nan", "clip is NaN"),
        ("--hints 1.5", "hints is 1.5"),
        ("--recolor nan", "recolor is NaN"),
        ("--batch-size 0", "batchSize is 0"),
        ("--scale-size 255", "scaleSize is 255"),
        ("--decay-from 9 --decay-to 9", "decay goes from step 9 to step 9"),
    ] {
        let ran = place.run(&format!("{SMALL} --output run --max-steps 1 {given}"));
        ran.ends(2, &[named, "options/invalid"]);
    }
    assert!(!place.exists("run/model-1.safetensors"));
}

#[test]
fn another_trainings_checkpoints_are_not_taken_for_its_own() {
    let place = Place::with_pairs(1);
    let train = |rest: &str| place.run(&format!("{SMALL} --output run --max-steps {rest}"));
    assert_eq!(train("2").code(), 0);
    train("1")
        .ends(1, &["holds a training of 2 steps", "--checkpoint run", "--force", "output/exists"]);
    assert!(place.exists("run/model-2.safetensors"));
    assert_eq!(train("1 --force").code(), 0);
    assert!(place.exists("run/model-1.safetensors") && !place.exists("run/model-2.safetensors"));
    assert_eq!(losses(&place, "run").len(), 1 + 1);
}

#[test]
fn a_diverged_training_leaves_its_checkpoints() {
    let place = Place::with_pairs(1);
    assert_eq!(place.run(&format!("{SMALL} --output run --max-steps 1")).code(), 0);
    let before = fs::read(place.path("run/model-1.safetensors")).unwrap();
    let wild = "train --input pairs --output run --checkpoint run --max-steps 9 --lr 1e30 --device cpu --save-every 9";
    place.run(wild).ends(3, &["diverged", "train/diverged", "lower learning rate"]);
    assert!(fs::read(place.path("run/model-1.safetensors")).unwrap() == before);
    assert!(!place.exists("run/model-10.safetensors"));
}

/// Sends signals to a training under way, one right after the other, and waits for its end.
#[cfg(unix)]
fn interrupted(place: &Place, arguments: &str, signals: &[&str]) -> (i32, String) {
    let mut child =
        place.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let table = place.path("run/losses.csv");
    let began = Instant::now();
    // Two steps are made: the training is under way.
    while fs::read_to_string(&table).unwrap_or_default().lines().count() < 3 {
        assert!(began.elapsed() < Duration::from_secs(60), "the training begins");
        sleep(Duration::from_millis(20));
    }
    for signal in signals {
        let sent = Command::new("kill").arg(signal).arg(child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }
    let mut said = String::new();
    std::io::Read::read_to_string(child.stderr.as_mut().unwrap(), &mut said).unwrap();
    (child.wait().unwrap().code().expect("it ends by itself"), said)
}

#[test]
#[cfg(unix)]
fn a_stopped_training_is_saved_and_goes_on() {
    // `timeout` and shells that pass a signal on send it twice.
    for signals in [&["-INT"][..], &["-TERM"], &["-TERM", "-TERM"]] {
        let place = Place::with_pairs(2);
        let train = format!("{SMALL} --output run --max-steps 100000 --seed 2");
        let (code, said) = interrupted(&place, &train, signals);
        assert_eq!(code, 130, "{said}");
        assert!(said.contains("stopped at step") && said.contains("--checkpoint"), "{said}");
        let steps = losses(&place, "run").len() - 1;
        assert!(place.exists(&format!("run/model-{steps}.safetensors")));
        let rest = "train --input pairs --output run --checkpoint run --max-steps 1 --device cpu";
        assert_eq!(place.run(rest).code(), 0);
        assert!(place.exists(&format!("run/model-{}.safetensors", steps + 1)));
    }
}

/// A limit on the size of files plays the full disk.
#[test]
#[cfg(unix)]
fn a_save_that_fails_leaves_the_checkpoint_before() {
    let place = Place::with_pairs(1);
    assert_eq!(place.run(&format!("{SMALL} --output run --max-steps 1")).code(), 0);
    let before = fs::read(place.path("run/model-1.safetensors")).unwrap();
    let rest = "train --input pairs --output run --checkpoint run --max-steps 2 --save-every 1 --device cpu";
    let limited =
        format!("trap '' XFSZ; ulimit -f 500; exec {} {rest}", env!("CARGO_BIN_EXE_pix2pix"));
    let ran =
        Command::new("bash").args(["-c", &limited]).current_dir(place.path("")).output().unwrap();
    super::Ran(ran).ends(
        1,
        &[
            "model-2.safetensors can't be written",
            "the training continues",
            "model-3.safetensors can't be written",
        ],
    );
    assert!(fs::read(place.path("run/model-1.safetensors")).unwrap() == before);
    let left: Vec<String> =
        place.names("run").into_iter().filter(|name| name.contains("model")).collect();
    assert_eq!(left, ["model-1.safetensors"], "no half file stays behind");
}

/// Pixels that are no picture's: the input is whole in what is shown.
#[test]
fn transparent_pairs_are_laid_on_white() {
    let place = Place::with_pairs(0);
    let mut clear = ab(0);
    clear.put_pixel(0, 0, Rgba([9, 9, 9, 0]));
    clear.save(place.path("pairs/clear.png")).unwrap();
    let ran = place.run(&format!("{SMALL} --output run --max-steps 1"));
    ran.ends(0, &["1 with transparency, laid on white"]);
    place.result("test --checkpoint run --input pairs --output tested --device cpu");
    assert_eq!(*place.picture("tested/images/clear-inputs.png").get_pixel(0, 0), Rgba([255; 4]));
}

/// `--separable_conv` is the original's; such networks have biases, as its have.
#[test]
fn new_networks_of_every_variant_are_trained_and_known() {
    let place = Place::with_pairs(2);
    let train = |output: &str, rest: &str| {
        place.run(&format!("{SMALL} --output {output} --max-steps 1 --seed 1 {rest}"))
    };
    let info = |run: &str| place.result(&format!("info {run}"))["generator"].clone();
    assert_eq!(train("separable", "--separable_conv").code(), 0);
    let generator = info("separable");
    assert_eq!(
        (&generator["convolution"], &generator["bias"]),
        (&"separable".into(), &true.into())
    );
    let said = place.run("info separable").printed();
    assert!(said.contains("separable convolutions, batch norm, with biases"), "{said}");
    assert_eq!(train("none", "--norm none").code(), 0);
    let generator = info("none");
    assert_eq!((&generator["norm"], &generator["bias"]), (&"none".into(), &true.into()));
    assert_eq!(train("instance", "--norm instance --batch-size 2").code(), 0);
    let generator = info("instance");
    assert_eq!((&generator["norm"], &generator["bias"]), (&"instance".into(), &false.into()));
    assert!(generator["convolution"].is_null(), "the usual one is not written down");

    assert_eq!(train("elu", "--activation elu").code(), 0);
    assert_eq!(info("elu")["activation"], "elu");
    assert!(place.run("info elu").printed().contains("elu in the encoder, batch norm"));
    assert_eq!(train("srelu", "--activation srelu --depth 6").code(), 0);
    assert_eq!(
        (&info("srelu")["activation"], &info("srelu")["depth"]),
        (&"srelu".into(), &6.into())
    );
    assert!(info("none")["activation"].is_null(), "the usual one is not written down");

    // What is said must be so in the networks that it begins with; what is not said is kept.
    for (given, differs) in [
        ("--checkpoint none --separable-conv", "--separable-conv"),
        ("--checkpoint separable --norm instance", "--norm"),
        ("--checkpoint elu --activation leakyrelu", "--activation"),
        ("--checkpoint srelu --depth 7", "--depth"),
    ] {
        train("other", given).ends(2, &[differs, "leave it out"]);
    }
    assert_eq!(
        train("separable", "--checkpoint separable --separable-conv --norm batch").code(),
        0
    );
    train("pytorch", "--layout pytorch --separable-conv").ends(2, &["convolution is separable"]);
    train("linear", "--separable-conv --kernels linear").ends(2, &["kernels", "separable"]);

    // As it is exported, and where it can't be.
    assert_eq!(place.result("export --checkpoint separable --output a.pict")["format"], "pict");
    place.result("export --checkpoint separable --output a.onnx");
    let written = place.result("convert separable b.safetensors --format tensorflow");
    assert_eq!(written["format"], "tensorflow-2018");
    place
        .run("convert separable c.safetensors --format pytorch")
        .ends(1, &["weights/incompatible"]);
    assert_eq!(train("srelu", "--checkpoint srelu --activation srelu --depth 6").code(), 0);
    place.result("export --checkpoint srelu --output srelu.onnx");
    assert_eq!(place.result("info srelu.onnx")["generator"]["activation"], "srelu");
    place.run("convert srelu d.pict").ends(1, &["srelu", "weights/incompatible"]);
    place.run("convert none d.pict").ends(1, &["normalisation", "weights/incompatible"]);
    let tested = place.result("test --checkpoint a.pict --input pairs --output tested");
    assert_eq!(tested["pictures"], 2);
}

/// They are kept, and in the checkpoint too.
#[test]
fn squares_of_other_sizes_are_trained() {
    let place = Place::with_pairs(2);
    let small = format!("{SMALL} --max-steps 1 --depth 5");
    let ran = place.run(&format!("{small} --output run --crop-size 64 --seed 1"));
    assert_eq!(ran.code(), 0, "{}", ran.said());
    assert_eq!(place.json("run/options.json")["train"]["cropSize"], 64);
    let resume = "train --input pairs --output run --checkpoint run --max-steps 1 --device cpu";
    assert_eq!(place.run(resume).code(), 0);
    assert_eq!(place.result("info run")["training"]["options"]["cropSize"], 64);
    let ran = place.run(&format!("{small} --output other --crop_size 72"));
    ran.ends(1, &["72 by 72", "multiples of 32", "64 by 64", "image/size"]);
}

/// All three pictures, as the original resizes them.
#[test]
fn pictures_have_the_aspect_ratio_that_is_asked_for() {
    let place = Place::with_pairs(2);
    let train = format!("{SMALL} --output run --max-steps 1 --display-every 1 --aspect_ratio 2");
    assert_eq!(place.run(&train).code(), 0);
    let shown = place.names("run/images");
    assert!(shown[0].ends_with("-inputs.png"), "{shown:?}");
    assert_eq!(place.picture(&format!("run/images/{}", shown[0])).dimensions(), (512, 256));
    let test = "test --checkpoint run --input pairs --device cpu --seed 1";
    let [plain, wide] = ["", " --aspect_ratio 1.5"].map(|rest| {
        let output = if rest.is_empty() { "plain" } else { "wide" };
        place.result(&format!("{test} --output {output}{rest}"))
    });
    assert_eq!(plain["l1"], wide["l1"], "what is scored is the network's square");
    for what in ["inputs", "outputs", "targets"] {
        let name = format!("images/0-{what}.png");
        let [plain, wide] = ["plain", "wide"].map(|run| place.picture(&format!("{run}/{name}")));
        assert_eq!((plain.dimensions(), wide.dimensions()), ((256, 256), (384, 256)));
        assert_eq!(wide, pix2pix_web::image::with_aspect_ratio(&plain, 1.5), "{what}");
    }
    let translate = "translate pairs/0.png p.png --model run --device cpu --force";
    assert_eq!(place.run(&format!("{translate} --fit stretch --aspect-ratio 0.5")).code(), 0);
    assert_eq!(place.picture("p.png").dimensions(), (128, 256));
    for ratio in ["0", "-1", "11", "nan", "wide"] {
        place
            .run(&format!("{test} --output bad --aspect-ratio={ratio}"))
            .ends(2, &["aspect-ratio"]);
    }
    place.run(&format!("{translate} --shape square --aspect-ratio 2")).ends(2, &["--shape"]);
}
