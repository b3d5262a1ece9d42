//! `export`, `convert`, `info` and `translate`.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use image::RgbaImage;
use image::imageops::{FilterType, crop_imm};
use pix2pix_web::device::{self, Choice};
use pix2pix_web::{Pix2Pix, TranslateOptions};
use pollster::block_on;
use safetensors::SafeTensors;
use serde_json::Value;
use zip::write::SimpleFileOptions;

use super::{Place, SMALL, ab, tensors};

/// With a model of two steps in `run`.
fn trained() -> Place {
    let place = Place::with_pairs(2);
    let ran = place.run(&format!("{SMALL} --output run --max-steps 2 --seed 1"));
    assert_eq!(ran.code(), 0, "{}", ran.said());
    place
}

fn load(place: &Place, file: &str) -> Pix2Pix {
    let opened = block_on(device::open(Choice::Cpu)).unwrap();
    Pix2Pix::load(&fs::read(place.path(file)).unwrap(), opened, &mut |_, _| ()).unwrap()
}

fn sketch() -> RgbaImage {
    crop_imm(&ab(1), 0, 0, 256, 256).to_image()
}

fn translated(model: &Pix2Pix) -> RgbaImage {
    block_on(model.translate(sketch(), &TranslateOptions::default())).unwrap()
}

/// The most that two pictures are apart, of 255.
fn apart(a: &RgbaImage, b: &RgbaImage) -> u8 {
    a.iter().zip(b.iter()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[test]
fn an_exported_generator_draws_as_the_checkpoint_does() {
    let place = trained();
    let expected = translated(&load(&place, "run/model-2.safetensors"));
    for (file, dtype, tolerance) in [
        ("a.safetensors", "f32", 0),
        ("b.safetensors", "f16", 2),
        ("c.safetensors", "q8", 24),
        ("d.pict", "q8", 24),
    ] {
        let wrote =
            place.result(&format!("export --checkpoint run --output {file} --dtype {dtype}"));
        assert_eq!(wrote["dtype"], dtype);
        assert_eq!(wrote["bytes"], fs::metadata(place.path(file)).unwrap().len());
        let model = load(&place, file);
        assert_eq!(
            (model.ndf(), model.step_count()),
            (None, 0),
            "{file} holds the generator alone"
        );
        let apart = apart(&translated(&model), &expected);
        println!("{file} as {dtype}: {apart} of 255 apart");
        assert!(apart <= tolerance, "{file}: {apart}");
    }
    place
        .run("export --checkpoint run --output d.pict")
        .ends(1, &["d.pict exists already", "--force"]);
    assert_eq!(place.run("export --checkpoint run --output d.pict --force").code(), 0);
    place
        .run("export --checkpoint run --output e.pict --dtype f32")
        .ends(1, &["weights/incompatible"]);
    assert!(!place.exists("e.pict"));
}

/// Through every format and back, without loss but for the first step into 8 bits.
#[test]
fn conversions_come_back() {
    let place = trained();
    let convert =
        |from: &str, to: &str, rest: &str| place.result(&format!("convert {from} {to}{rest}"));
    convert("run", "ours.safetensors", "");
    convert("ours.safetensors", "tf.safetensors", " --format tensorflow");
    assert_eq!(place.result("info tf.safetensors")["format"], "tensorflow-2017");
    convert("tf.safetensors", "back.safetensors", "");
    assert!(tensors(&place.path("back.safetensors")) == tensors(&place.path("ours.safetensors")));
    assert_eq!(place.result("info back.safetensors")["ndf"], 4, "the discriminator goes with it");

    convert("run", "g.safetensors", " --generator-only");
    convert("run", "d.safetensors", " --discriminator-only");
    let halves =
        [place.path("g.safetensors"), place.path("d.safetensors")].map(|path| tensors(&path));
    assert!(halves.concat() == tensors(&place.path("ours.safetensors")));
    place
        .run("convert run d.pict --discriminator-only")
        .ends(1, &["a discriminator", "weights/incompatible"]);

    convert("ours.safetensors", "q8.safetensors", " --dtype q8 --generator-only");
    convert("q8.safetensors", "f32.safetensors", "");
    convert("f32.safetensors", "again.safetensors", " --dtype q8");
    assert!(
        fs::read(place.path("again.safetensors")).unwrap()
            == fs::read(place.path("q8.safetensors")).unwrap()
    );
    convert("ours.safetensors", "a.pict", "");
    convert("a.pict", "b.safetensors", " --format tensorflow-2018");
    convert("b.safetensors", "c.pict", "");
    assert!(fs::read(place.path("c.pict")).unwrap() == fs::read(place.path("a.pict")).unwrap());
}

/// The name says the format, and the discriminator stays behind; what can't be in such a file is refused.
#[test]
fn a_generator_becomes_an_onnx_file() {
    let place = trained();
    let wrote = place.result("convert run model.onnx");
    assert_eq!((&wrote["format"], &wrote["dtype"]), (&"onnx".into(), &"f32".into()));
    place.run("export --checkpoint run --output exported.onnx").ends(0, &[]);
    let [converted, exported] = ["model.onnx", "exported.onnx"].map(|name| place.path(name));
    assert!(fs::read(converted).unwrap() == fs::read(exported).unwrap());
    place.run("convert run d.onnx --discriminator-only").ends(1, &["weights/incompatible"]);
    place.run("convert run h.onnx --dtype f16").ends(1, &["Write f32", "weights/incompatible"]);
    let info = place.result("info model.onnx");
    assert_eq!((&info["format"], &info["generator"]["ngf"]), (&"onnx".into(), &4.into()));
    place.run("convert model.onnx back.safetensors").ends(0, &[]);
    // Its values may be in a file beside it, as with PyTorch's exports.
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pytorch");
    for name in ["dynamo-batch.onnx", "dynamo-batch.onnx.data"] {
        fs::copy(fixtures.join(name), place.path(name)).unwrap();
    }
    assert_eq!(place.result("info dynamo-batch.onnx")["generator"]["norm"], "none");
    fs::remove_file(place.path("dynamo-batch.onnx.data")).unwrap();
    let missing = ["dynamo-batch.onnx.data is missing", "weights/missing"];
    place.run("info dynamo-batch.onnx").ends(1, &missing);
    assert!(!place.exists("d.onnx") && !place.exists("h.onnx"));
}

#[test]
fn info_says_what_is_inside() {
    let place = trained();
    let ran = place.run("info run --tensors");
    for word in ["pix2pix-web, f32", "ngf 4", "ndf 4", "2 steps", "generator.encoder_1.conv.weight"]
    {
        assert!(ran.printed().contains(word), "{word} in {}", ran.printed());
    }
    let info = place.result("info run");
    assert_eq!((&info["generator"]["ngf"], &info["training"]["step"]), (&4.into(), &2.into()));
    place.run("info pairs/0.png").ends(1, &["0.png", "a picture", "weights/format"]);
}

#[test]
fn translate_takes_files_folders_and_pipes() {
    let place = trained();
    place.result("export --checkpoint run --output m.safetensors");
    let expected = translated(&load(&place, "m.safetensors"));
    sketch().save(place.path("s.png")).unwrap();
    let model = "--model m.safetensors --device cpu";
    assert_eq!(place.run(&format!("translate s.png p.png {model}")).code(), 0);
    assert_eq!(place.picture("p.png"), expected);
    place
        .run(&format!("translate s.png p.png {model}"))
        .ends(1, &["p.png exists already", "--force"]);
    assert_eq!(place.run(&format!("translate s.png p.png {model} --force")).code(), 0);
    place
        .run(&format!("translate s.png q.png {model} --kernel-dtype f16"))
        .ends(0, &["32 bits", "form of its own"]);
    assert_eq!(fs::read(place.path("q.png")).unwrap(), fs::read(place.path("p.png")).unwrap());
    place.run(&format!("translate s.png p.tiff {model}")).ends(2, &["p.tiff", ".png"]);

    let mut piped = place.command(&format!("translate - - {model}"));
    let mut child =
        piped.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(place.path("s.png")).unwrap()).unwrap();
    let png = child.wait_with_output().unwrap().stdout;
    assert_eq!(image::load_from_memory(&png).unwrap().into_rgba8(), expected);

    fs::create_dir(place.path("in")).unwrap();
    sketch().save(place.path("in/one.png")).unwrap();
    fs::write(place.path("in/two.jpg"), "no picture").unwrap();
    place.run(&format!("translate in out {model}")).ends(0, &["two.jpg is skipped"]);
    assert_eq!(place.names("out"), ["one.png"]);
    assert_eq!(place.picture("out/one.png"), expected);
    place.run(&format!("translate in out2 {model} --strict")).ends(1, &["two.jpg"]);
}

/// Width and height of what becomes of a sketch of 512 by 256 pixels, `wide.png`.
fn wide_picture(place: &Place, options: &str) -> (u32, u32) {
    ab(1).save(place.path("wide.png")).unwrap();
    let ran = place.run(&format!("translate wide.png - --model run --device cpu{options}"));
    assert_eq!(ran.code(), 0, "{}", ran.said());
    let picture = image::load_from_memory(&ran.0.stdout).unwrap();
    (picture.width(), picture.height())
}

#[test]
fn translate_frames_as_it_is_told() {
    let place = trained();
    let size = |rest: &str| wide_picture(&place, rest);
    assert_eq!(size(""), (256, 128));
    assert_eq!(size(" --output square"), (256, 256));
    assert_eq!(size(" --fit cover"), (256, 256));
}

#[test]
fn translate_and_test_work_at_the_size_that_they_are_told() {
    let place = trained();
    let size = |rest: &str| wide_picture(&place, rest);
    assert_eq!(size(" --size 512"), (512, 256));
    assert_eq!(size(" --size 512 --shape square"), (512, 512));
    assert_eq!(size(" --size 256x512 --fit cover"), (256, 512));
    assert_eq!(size(" --size native"), (512, 256));
    let wide = "translate wide.png p.png --model run --device cpu";
    let words = ["500 by 300", "multiples of 256", "512 by 256", "image/size"];
    place.run(&format!("{wide} --size 500x300")).ends(1, &words);
    place.run(&format!("{wide} --size large")).ends(2, &["expected N, WxH or native"]);

    fs::create_dir(place.path("in")).unwrap();
    for (name, width) in [("a", 300), ("b", 40)] {
        let sketch = image::imageops::resize(&sketch(), width, 200, FilterType::Nearest);
        sketch.save(place.path(&format!("in/{name}.png"))).unwrap();
    }
    let folder = "translate in out --model run --device cpu";
    place.run(&format!("{folder} --size native")).ends(0, &[]);
    let sides = |name| place.picture(&format!("out/{name}.png")).dimensions();
    assert_eq!([sides("a"), sides("b")], [(300, 200), (40, 200)]);
    place.run(&format!("{folder} --size 300 --force")).ends(1, &["256 by 256", "image/size"]);

    assert_eq!(size(" --tiles"), (512, 256));
    assert_eq!(size(" --tiles --size 300"), (300, 150));
    place.run(&format!("{folder} --tiles --force")).ends(0, &[]);
    assert_eq!([sides("a"), sides("b")], [(300, 200), (40, 200)]);

    let test = "test --checkpoint run --input pairs --output tested --device cpu --limit 1";
    place.result(&format!("{test} --size 512 --hints 3"));
    let [tested] = &place.names("tested/images")[1..2] else { panic!("there are three") };
    assert_eq!(place.picture(&format!("tested/images/{tested}")).dimensions(), (512, 512));
    place.run(&format!("{test} --size 400")).ends(1, &["512 by 512", "image/size"]);
}

/// What 8 bits cost is told; where it can be seen it is a warning, on stderr, and the file is written all the same.
#[test]
fn an_export_in_eight_bits_says_what_they_cost() {
    let place = trained();
    let wrote = place.result("export --checkpoint run --output fine.pict");
    assert!(wrote["psnr"].as_f64().unwrap() > 30.0, "{wrote}");
    assert!(place.result("export --checkpoint run --output whole.safetensors")["psnr"].is_null());
    // Written once more it loses nothing.
    assert!(place.result("export --model fine.pict --output again.pict")["psnr"].is_null());

    // One code book serves all layers. A first layer whose weights are tiny beside the others gets one code for most of
    // them; the normalisation behind the second layer makes up for their size, and a strong last layer shows the loss.
    let mut file = fs::read(place.path("whole.safetensors")).unwrap();
    for (layer, factor) in [("encoder_1", 1e-5), ("decoder_1", 100.0)] {
        let at = {
            let tensors = SafeTensors::deserialize(&file).unwrap();
            let tensor = tensors.tensor(&format!("generator.{layer}.conv.weight")).unwrap();
            let (data, start) = (tensor.data().as_ptr_range(), file.as_ptr() as usize);
            data.start as usize - start..data.end as usize - start
        };
        for value in file[at].as_chunks_mut::<4>().0 {
            *value = (f32::from_le_bytes(*value) * factor).to_le_bytes();
        }
    }
    fs::write(place.path("uneven.safetensors"), &file).unwrap();
    for output in ["coarse.pict", "coarse.safetensors --dtype q8"] {
        let ran = place.run(&format!("export --model uneven.safetensors --output {output}"));
        assert_eq!(ran.code(), 0, "{}", ran.said());
        assert!(
            ran.said().contains("warning: 8 bits change this model's pictures"),
            "{}",
            ran.said()
        );
        assert!(ran.said().contains("--dtype f16"), "{}", ran.said());
    }
}

/// A checkpoint of the original's own, in `original`; and zipped.
fn original() -> Place {
    let place = Place::with_pairs(2);
    fs::create_dir(place.path("original")).unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tensorflow/2018");
    let mut archive = zip::ZipWriter::new(fs::File::create(place.path("original.zip")).unwrap());
    for name in ["checkpoint", "model-3.index", "model-3.data-00000-of-00001", "options.json"] {
        let mut bytes = fs::read(fixtures.join(name)).unwrap();
        if name == "options.json" {
            let text = String::from_utf8(bytes).unwrap();
            bytes = text.replace("\"AtoB\"", "\"BtoA\"").into_bytes();
        }
        fs::write(place.path(&format!("original/{name}")), &bytes).unwrap();
        archive.start_file(format!("original/{name}"), SimpleFileOptions::default()).unwrap();
        archive.write_all(&bytes).unwrap();
    }
    archive.finish().unwrap();
    place
}

/// Its folder, each of its files, their name without its end, and a zip of them mean the same checkpoint.
#[test]
fn a_checkpoint_of_the_original_opens_by_each_of_its_names() {
    let place = original();
    let mut written = Vec::new();
    for model in [
        "original",
        "original/checkpoint",
        "original/model-3",
        "original/model-3.index",
        "original/model-3.data-00000-of-00001",
        "original.zip",
    ] {
        let info = place.result(&format!("info {model}"));
        assert_eq!(info["format"], "tensorflow-2018", "{model}");
        assert_eq!((&info["generator"]["ngf"], &info["ndf"]), (&4.into(), &4.into()), "{model}");
        assert_eq!(info["training"]["step"], 3, "{model}");
        assert_eq!(info["options"]["direction"], "BtoA", "{model}");
        place.result(&format!("convert {model} converted.safetensors --force"));
        written.push(fs::read(place.path("converted.safetensors")).unwrap());
    }
    assert!(written.iter().all(|file| *file == written[0]));
    let said = place.run("info original").printed();
    assert!(said.contains("3 steps") && said.contains("BtoA, pix2pix.py"), "{said}");

    place.result("export --checkpoint original --output a.pict");
    sketch().save(place.path("sketch.png")).unwrap();
    assert_eq!(place.run("translate sketch.png b.png --model original/model-3").code(), 0);
    let tested = place.result("test --checkpoint original.zip --input pairs --output tested");
    assert_eq!(tested["step"], 3);

    fs::remove_file(place.path("original/model-3.data-00000-of-00001")).unwrap();
    place
        .run("info original")
        .ends(1, &["model-3.data-00000-of-00001 is missing", "weights/missing"]);
    place.run("info original/model-4").ends(1, &["file/missing"]);
}

#[test]
fn a_training_of_the_original_goes_on() {
    let place = original();
    let rest = "--input pairs --device cpu --summary-every 1 --max-steps 1";
    let begin = |ran: &super::Ran| -> Value {
        let lines = ran.printed();
        serde_json::from_str(lines.lines().next().unwrap()).unwrap()
    };
    for model in ["original", "original.zip"] {
        let ran =
            place.run(&format!("train {rest} --output run --force --checkpoint {model} --json"));
        assert_eq!(ran.code(), 0, "{}", ran.said());
        let begun = begin(&ran);
        assert_eq!((&begun["step"], &begun["seed"]), (&3.into(), &3.into()), "{model}");
        assert_eq!(begun["direction"], "BtoA", "its options.json says so");
        assert!(place.exists("run/model-4.safetensors"));
    }
    // In its own folder the later of both is the latest.
    let ran = place.run(&format!("train {rest} --output original --checkpoint original"));
    assert_eq!(ran.code(), 0, "{}", ran.said());
    assert_eq!(place.result("info original")["training"]["step"], 4);
    assert_eq!(place.result("info original/model-3")["training"]["step"], 3);
    // Elsewhere a training that begins anew would be taken for the later of two.
    place
        .run(&format!("train {rest} --output original --generator original.zip"))
        .ends(1, &["holds a training of 4 steps"]);
    // As a model to begin with, it has weights alone.
    let ran = place.run(&format!("train {rest} --output new --generator original.zip --json"));
    assert_eq!((ran.code(), &begin(&ran)["step"]), (0, &0.into()), "{}", ran.said());
}

/// A label map's colours, a licence and credits, from file to file.
#[test]
fn a_card_goes_from_file_to_file() {
    let place = Place::with_pairs(2);
    let card = r##"{
        "title": "Discs", "licence": { "name": "CC0-1.0" }, "credits": ["A. Painter"], "data": "Two discs", "scores": { "L1": 0.25 },
        "classes": [{ "name": "sky", "color": "#66ccff" }, { "name": "disc", "color": "#ffffff" }]
    }"##;
    fs::write(place.path("card.json"), card).unwrap();
    ab(1).save(place.path("shown.png")).unwrap();
    let trained = place.run(&format!(
        "{SMALL} --output run --max-steps 2 --seed 1 --card card.json --thumbnail shown.png"
    ));
    trained.ends(0, &[]);
    let of = |file: &str| place.result(&format!("info {file}"))["card"].clone();
    let told = of("run");
    assert_eq!((&told["title"], &told["licence"]["name"]), (&"Discs".into(), &"CC0-1.0".into()));
    assert_eq!(told["classes"][1], serde_json::json!({ "name": "disc", "color": "#ffffff" }));
    assert!(told["thumbnail"].as_str().unwrap().starts_with("data:image/jpeg;base64,"));
    assert_eq!(told["steps"], Value::Null, "the training tells them");
    let text = place.run("info run").printed();
    for line in [
        "card: Discs",
        "licence: CC0-1.0",
        "credits: A. Painter",
        "scores: L1 0.25",
        "classes: sky #66ccff, disc #ffffff",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }

    // By way of every format that has a place for it, and not of the one that has none.
    place.run("export --checkpoint run --output a.pict").ends(0, &[]);
    place.run("convert a.pict b.safetensors --format tensorflow-2018").ends(0, &[]);
    place.run("convert b.safetensors c.safetensors").ends(0, &[]);
    let mut exported = told.clone();
    exported["steps"] = 2.into();
    assert_eq!(
        [of("a.pict"), of("b.safetensors"), of("c.safetensors")],
        [exported.clone(), exported.clone(), exported]
    );
    place
        .run("convert c.safetensors d.onnx")
        .ends(0, &["onnx files have no place for the model's card"]);
    assert_eq!(of("d.onnx"), Value::Null);
    place.run("convert c.safetensors e.onnx --card card.json").ends(2, &["no place for a card"]);

    // What learns on from there names it, whatever its own card says.
    let on = |rest: &str| {
        place.run(&format!("train --input pairs --device cpu --generator c.safetensors --output on{rest} --max-steps 1 --force")).ends(0, &[]);
        of("on")
    };
    let ancestor = serde_json::json!([{ "title": "Discs", "licence": { "name": "CC0-1.0" }, "credits": ["A. Painter"] }]);
    let unnamed = on("");
    assert_eq!(
        (&unnamed["madeFrom"], &unnamed["title"], &unnamed["classes"]),
        (&ancestor, &Value::Null, &told["classes"])
    );
    fs::write(place.path("other.json"), r#"{ "title": "Balls" }"#).unwrap();
    let named = on(" --card other.json");
    assert_eq!((&named["madeFrom"], &named["title"]), (&ancestor, &"Balls".into()));

    fs::write(place.path("wrong.json"), r#"{ "license": "MIT" }"#).unwrap();
    place
        .run("convert c.safetensors f.safetensors --card wrong.json")
        .ends(1, &["wrong.json", "unknown field `license`", "weights/card"]);
    assert!(!place.exists("f.safetensors"));
    place
        .run("convert c.safetensors f.safetensors --thumbnail card.json")
        .ends(1, &["card.json", "image/unreadable"]);
}
