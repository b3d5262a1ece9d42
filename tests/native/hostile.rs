//! Files that mean harm, or that were damaged: each is read or refused with its code, and no more memory is taken for it
//! than it can account for.

#[path = "../fuzz/mutate.rs"]
mod mutate;
#[path = "../fuzz/readers.rs"]
mod readers;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use burn::tensor::{Device, Tensor};
use pix2pix_web::model::Mode;
use pix2pix_web::weights::{self, Bytes, Files};
use safetensors::tensor::{Dtype as Stored, TensorView};

use crate::counting;
use mutate::{Random, mutate};
use readers::{READERS, Reader, checkpoints};

/// Shapes by the file's names.
type Shapes = BTreeMap<String, Vec<usize>>;

/// A generator of any depth, ngf 1, in our names or in TensorFlow's of 2018.
fn generator(depth: usize, ours: bool) -> Shapes {
    let width = |i: usize| [1, 2, 4, 8][i.min(3)];
    let mut shapes = Shapes::new();
    let mut layer = |name: String, is_up: bool, c_in: usize, c_out: usize, norm: bool| {
        let [a, b] = if is_up { [c_in, c_out] } else { [c_out, c_in] };
        let conv = if is_up { "conv2d_transpose" } else { "conv2d" };
        let (kernel, gamma, beta) = if ours {
            ("conv.weight".into(), "norm.gamma", "norm.beta")
        } else {
            (format!("{conv}/kernel"), "batch_normalization/gamma", "batch_normalization/beta")
        };
        let separator = if ours { '.' } else { '/' };
        let mut insert = |part: &str, shape: Vec<usize>| {
            shapes.insert(format!("generator{separator}{name}{separator}{part}"), shape);
        };
        insert(&kernel, if ours { vec![a, b, 4, 4] } else { vec![4, 4, b, a] });
        if !ours {
            insert(&format!("{conv}/bias"), vec![c_out]);
        }
        if norm {
            insert(gamma, vec![c_out]);
            insert(beta, vec![c_out]);
        }
    };
    for i in 0..depth {
        let c_in = if i == 0 { 3 } else { width(i - 1) };
        layer(format!("encoder_{}", i + 1), false, c_in, width(i), i > 0);
        let c_in = if i + 1 == depth { width(i) } else { 2 * width(i) };
        let c_out = if i == 0 { 3 } else { width(i - 1) };
        layer(format!("decoder_{}", i + 1), true, c_in, c_out, i > 0);
    }
    shapes
}

fn safetensors(shapes: &Shapes, metadata: &[(&str, &str)]) -> Vec<u8> {
    let zeros = |shape: &Vec<usize>| vec![0; 4 * shape.iter().product::<usize>()];
    let tensors: Vec<_> = shapes.iter().map(|(name, shape)| (name, shape, zeros(shape))).collect();
    let views = tensors.iter().map(|(name, shape, data)| {
        (*name, TensorView::new(Stored::F32, shape.to_vec(), data).unwrap())
    });
    let metadata = metadata.iter().map(|(key, value)| (key.to_string(), value.to_string()));
    let metadata: std::collections::HashMap<_, _> = metadata.collect();
    safetensors::serialize(views, Some(metadata).filter(|m| !m.is_empty())).unwrap()
}

fn pict(shapes: &Shapes) -> Vec<u8> {
    let list: Vec<_> = shapes
        .iter()
        .map(|(name, shape)| serde_json::json!({"name": name, "shape": shape}))
        .collect();
    let list = serde_json::to_vec(&list).unwrap();
    let codes: usize = shapes.values().map(|shape| shape.iter().product::<usize>()).sum();
    let mut file = Vec::new();
    for block in [list, vec![0; 1024], vec![0; codes]] {
        file.extend((block.len() as u32).to_be_bytes());
        file.extend(block);
    }
    file
}

/// `Ok` for a file that is read, else the error's code; `describe` says no other than `load`.
fn code(file: &dyn Bytes) -> Result<weights::Loaded, &'static str> {
    let described = weights::describe(file).map_err(|e| e.code());
    let loaded = weights::load(file, &Device::flex(), &mut |_, _| ()).map_err(|e| e.code());
    if let Err(code) = described {
        assert_eq!(loaded.as_ref().err(), Some(&code));
    }
    loaded
}

/// The side is 2^depth: at 20 a picture would have 4 TB, at 32 the side wraps around on 32 bits.
#[test]
fn networks_of_every_depth_run_or_are_refused() {
    for depth in 0..=40 {
        let (ours, tensorflow) = (generator(depth, true), generator(depth, false));
        for file in [safetensors(&ours, &[]), safetensors(&tensorflow, &[]), pict(&tensorflow)] {
            match (code(&file), depth) {
                (Ok(model), 1..=10) => {
                    assert_eq!(model.config.size(), 1 << depth);
                    if depth <= 8 {
                        let side = model.config.size();
                        let x = Tensor::zeros([1, 3, side, side], &Device::flex());
                        let output = model.generator.forward(x, Mode::default());
                        assert_eq!(output.dims(), [1, 3, side, side]);
                    }
                }
                (Err("weights/unsupported"), 0 | 11..) => {}
                // A .pict without tensors has no list that could tell it from other files.
                (outcome, _) => panic!("depth {depth}: {:?}", outcome.err()),
            }
        }
    }
}

#[test]
fn widths_and_channels_that_no_network_has_are_refused() {
    for (ngf, channels, expected) in [
        (512, 3, None),
        (513, 3, Some("weights/unsupported")),
        (1, 16, None),
        (1, 17, Some("weights/unsupported")),
        (0, 3, Some("weights/shape")),
        (1, 0, Some("weights/shape")),
    ] {
        let shapes = Shapes::from([
            ("generator.encoder_1.conv.weight".into(), vec![ngf, channels, 4, 4]),
            ("generator.decoder_1.conv.weight".into(), vec![ngf, channels, 4, 4]),
        ]);
        let found = code(&safetensors(&shapes, &[])).err();
        assert_eq!(found, expected, "ngf {ngf}, {channels} channels");
    }
    let mut shapes = generator(5, true);
    shapes.insert("discriminator.layer_1.conv.weight".into(), vec![513, 6, 4, 4]);
    assert_eq!(code(&safetensors(&shapes, &[])).err(), Some("weights/unsupported"));
}

#[test]
fn discriminators_of_so_many_layers_as_none_has_are_refused() {
    let found = |layers: &[[usize; 4]]| {
        let mut shapes = generator(5, true);
        for (i, shape) in layers.iter().enumerate() {
            let name = format!("discriminator.layer_{}.conv.weight", i + 1);
            shapes.insert(name, shape.to_vec());
        }
        code(&safetensors(&shapes, &[])).err()
    };
    let (full, last) = ([3, 6, 4, 4], [1, 3, 4, 4]);
    assert_eq!(found(&[full]), Some("weights/unsupported"), "the second of two is missing");
    assert_eq!(found(&[full, last]), Some("weights/unsupported"));
    assert_eq!(found(&[[3, 6, 1, 1], [6, 3, 1, 1]]), Some("weights/missing"), "norm and last");
    let pixels = [[3, 6, 1, 1], [6, 3, 1, 1], [9, 6, 1, 1], [1, 9, 1, 1]];
    assert_eq!(found(&pixels), Some("weights/unsupported"));
    assert_eq!(found(&[[3, 6, 2, 2], last]), Some("weights/shape"));
    assert_eq!(found(&[full, [6, 3, 1, 1], last]), Some("weights/shape"));
    assert_eq!(found(&[full, [6, 3, 4, 4], [1, 6, 1, 1]]), Some("weights/shape"));
    let eight = [full, full, full, full, full, full, full, last];
    assert_eq!(found(&eight), Some("weights/unsupported"));
}

/// What the metadata says is no safer than the rest.
#[test]
fn metadata_that_can_not_be_is_refused() {
    let shapes = generator(5, true);
    let config = |changes: &str| {
        format!(r#"{{"in_channels":3,"out_channels":3,"ngf":1,"depth":5{changes}}}"#)
    };
    let found =
        |config: &str| code(&safetensors(&shapes, &[("pix2pix-web/generator", config)])).err();
    assert_eq!(found(&config("")), None);
    assert_eq!(found(&config(r#","dropout":0.0"#)), None);
    for dropout in ["1.0", "-0.1", "1e300"] {
        let config = config(&format!(r#","dropout":{dropout}"#));
        assert_eq!(found(&config), Some("weights/unsupported"), "{dropout}");
    }
    let nested = "[".repeat(100_000);
    for config in [
        &config(r#","dropout":1e999"#),
        &config(r#","norm":"layer""#),
        &config(r#","depth":6"#),
        &config(r#","ngf":2"#),
        &config(r#","bias":true"#),
        &config(r#","running_statistics":true"#),
        &config(r#","more":1"#),
        "[]",
        "",
        &nested,
    ] {
        assert_eq!(found(config), Some("weights/index"), "{}", &config[..config.len().min(100)]);
    }

    // A parameter as the code book is none any more.
    let mut shapes = generator(5, true);
    let norm = "generator.encoder_2.norm.gamma";
    let book = &[("pix2pix-web/code-book", norm)];
    assert_eq!(code(&safetensors(&shapes, book)).err(), Some("weights/shape"));
    shapes.insert(norm.into(), vec![256]);
    assert_eq!(code(&safetensors(&shapes, book)).err(), Some("weights/missing"));
}

/// What refusing a file takes besides twice its size: a list of as many tensors as are kept.
const BESIDE: isize = 2 << 20;

#[test]
fn a_header_takes_no_more_memory_than_the_file_accounts_for() {
    let said = |length: u64, header: &str| {
        let mut file = length.to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file
    };
    let long = |header: String| said(header.len() as u64, &header);
    let tensor = |i: usize| {
        format!(r#""t{i}":{{"dtype":"F32","shape":[],"data_offsets":[{},{}]}}"#, 4 * i, 4 * i + 4)
    };
    let many: Vec<_> = (0..200_000).map(tensor).collect();
    let pict = |list: String| {
        let mut file = (list.len() as u32).to_be_bytes().to_vec();
        file.extend(list.as_bytes());
        file.extend([1024u32.to_be_bytes(), [0; 4]].concat());
        file.extend([0; 1024]);
        file
    };
    for (name, file) in [
        ("a length of 16 EB", said(u64::MAX >> 8, "{}")),
        ("a length of 4 GiB", said((1 << 32) + 2, "{}")),
        ("a length of 99 MB", said(99_000_000, "{}")),
        ("tensors", long(format!("{{{}}}", many.join(",")))),
        (
            "axes",
            long(format!(
                r#"{{"a":{{"dtype":"F32","shape":[{}0],"data_offsets":[0,0]}}}}"#,
                "1,".repeat(4_000_000)
            )),
        ),
        ("brackets", long(format!("{{\"a\":{}", "[".repeat(8_000_000)))),
        ("a name", long(format!("{{\"{}\":1}}", "a".repeat(8_000_000)))),
        (
            "metadata",
            long(format!(
                r#"{{"__metadata__":{{{}"z":""}}}}"#,
                (0..400_000).map(|i| format!(r#""{i}":"","#)).collect::<String>()
            )),
        ),
        (
            "a config",
            long(format!(
                r#"{{"__metadata__":{{"pix2pix-web/generator":"{}"}}}}"#,
                "[".repeat(8_000_000)
            )),
        ),
        ("spaces", long(" ".repeat(8_000_000))),
        (
            "a .pict's tensors",
            pict(format!("[{}]", vec![r#"{"name":"a","shape":[]}"#; 300_000].join(","))),
        ),
        (
            "a .pict's axes",
            pict(format!(r#"[{{"name":"a","shape":[{}1]}}]"#, "1,".repeat(4_000_000))),
        ),
        ("a .pict's blocks", [b"\0\0\0\x02[]" as &[u8], &[0xFF; 400]].concat()),
    ] {
        // One puts its files together out of what it is given, which takes memory of its own.
        let others = ["picture", "tensorflow_checkpoint"];
        for reader in READERS.iter().filter(|reader| !others.contains(&reader.name)) {
            let started = Instant::now();
            let peak = counting::peak(|| {
                assert!((reader.read)(&file).is_some(), "{name} is refused by {}", reader.name);
            });
            // Each reader's own copy of the file is no part of what reading takes.
            let most = 3 * file.len() as isize + BESIDE;
            assert!(peak <= most, "{name}, {}: {peak} bytes for {}", reader.name, file.len());
            assert!(started.elapsed().as_secs() < 5, "{name}, {}", reader.name);
        }
    }
}

/// Files of more than 32 bits can count: no length of theirs is cut to 32 bits, natively or in a page.
#[test]
fn a_file_beyond_4_gib_is_refused_by_what_it_says() {
    struct Far {
        head: Vec<u8>,
        length: u64,
    }
    impl Bytes for Far {
        fn len(&self) -> u64 {
            self.length
        }
        fn read(&self, offset: u64, into: &mut [u8]) {
            for (i, byte) in into.iter_mut().enumerate() {
                let at = usize::try_from(offset).ok().and_then(|offset| offset.checked_add(i));
                *byte = at.and_then(|at| self.head.get(at)).copied().unwrap_or(0);
            }
        }
    }
    let tensor = |shape: &str, bytes: u64| {
        let name = "generator.encoder_1.conv.weight";
        let header =
            format!(r#"{{"{name}":{{"dtype":"F32","shape":{shape},"data_offsets":[0,{bytes}]}}}}"#);
        let mut head = (header.len() as u64).to_le_bytes().to_vec();
        head.extend(header.as_bytes());
        let length = head.len() as u64 + bytes;
        Far { head, length }
    };
    for (shape, bytes) in [
        ("[4194304,64,4,4]", 1u64 << 34),
        ("[1,67108864,4,4]", 1 << 32),
        ("[1,1,4,268435460]", (1 << 32) + 64),
    ] {
        let code = code(&tensor(shape, bytes)).err().expect("no network has it");
        let codes = ["weights/unsupported", "weights/missing", "weights/shape"];
        assert!(codes.contains(&code), "{shape}: {code}");
    }
    // A training's moment is as long as its file says.
    let whole = safetensors(&generator(5, true), &[("pix2pix-web/training", "{}")]);
    let (length, rest) = whole.split_first_chunk().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut header: serde_json::Value = serde_json::from_slice(header).unwrap();
    let end = data.len() as u64 + (1 << 34);
    header["adam.first.generator.encoder_1.conv.weight"] = serde_json::json!({
        "dtype": "F32", "shape": [1u64 << 32], "data_offsets": [data.len(), end]
    });
    let header = header.to_string().into_bytes();
    let mut head = (header.len() as u64).to_le_bytes().to_vec();
    head.extend(header);
    let far = Far { length: head.len() as u64 + end, head };
    assert!(weights::describe(&far).is_ok());
    assert_eq!(code(&far).err(), Some("weights/unsupported"));
}

/// A TensorFlow checkpoint of an `.index` with these entries and of 64 values, zeros.
fn checkpoint(entries: &[(&str, Vec<Vec<u8>>)]) -> Files {
    let entry = |(name, fields): &(&str, Vec<Vec<u8>>)| (name.to_string(), fields.concat());
    let entries: Vec<_> = entries.iter().map(entry).collect();
    of_table(checkpoints::table(&checkpoints::block(&entries)))
}

fn of_table(index: Vec<u8>) -> Files {
    let files = [("model-1.index", index), ("model-1.data-00000-of-00001", vec![0; 256])];
    Files::new(files.map(|(name, bytes)| (name.into(), Box::new(bytes) as _)))
}

/// Each fault of an index that is whole, and its checksums right.
#[test]
fn a_checkpoint_that_contradicts_itself_is_refused() {
    use checkpoints::{message, number};

    let header = || ("", vec![number(1, 1)]);
    let axes = |sides: &[u64]| {
        message(2, &sides.iter().flat_map(|side| message(2, &number(1, *side))).collect::<Vec<_>>())
    };
    let floats = |sides: &[u64], offset, length| {
        vec![number(1, 1), axes(sides), number(4, offset), number(5, length)]
    };
    let refused = |entries: &[(&str, Vec<Vec<u8>>)]| {
        let error = weights::describe(&checkpoint(entries)).expect_err("it is refused");
        format!("{}: {error}", error.code())
    };
    // A tensor as it should be is of no network that we know.
    assert!(refused(&[header(), ("a", floats(&[8, 8], 0, 256))]).contains("no names of pix2pix"));

    let with = |field: Vec<u8>| [floats(&[4], 0, 16), vec![field]].concat();
    let deep = vec![1; 9];
    for (entries, code, why) in [
        (vec![], "weights/index", "no header"),
        (vec![("", vec![number(1, 2)])], "weights/missing", "model-1.data-00000-of-00002"),
        (vec![("", vec![number(1, u64::MAX)])], "weights/missing", "model-1.data-00000-of-"),
        (vec![("", vec![number(1, 1), number(2, 1)])], "weights/unsupported", "big-endian"),
        (
            vec![("", vec![number(1, 1), message(3, &number(2, 2))])],
            "weights/unsupported",
            "later version",
        ),
        (vec![("", vec![vec![8]])], "weights/index", "can't be read"),
        (vec![header(), ("a", vec![vec![0x12, 0xFF]])], "weights/index", "can't be read"),
        (vec![header(), ("a", floats(&[8], 240, 32))], "weights/truncated", "272"),
        (vec![header(), ("a", floats(&[4], u64::MAX, 16))], "weights/truncated", ""),
        (vec![header(), ("a", floats(&[4], 0, 15))], "weights/index", "not its size"),
        (vec![header(), ("a", floats(&[u64::MAX, 4], 0, 16))], "weights/index", "not its size"),
        (
            vec![header(), ("a", vec![number(1, 7), axes(&[1 << 40]), number(5, 16)])],
            "weights/index",
            "not its size",
        ),
        (
            vec![header(), ("a", floats(&[4], 0, 16)), ("b", floats(&[4], 12, 16))],
            "weights/index",
            "before the tensor before it ends",
        ),
        (vec![header(), ("a", floats(&deep, 0, 4))], "weights/unsupported", "axes"),
        (vec![header(), ("a", with(message(7, &[])))], "weights/unsupported", "in slices"),
        (vec![header(), ("a", with(number(3, 1)))], "weights/index", "not listed"),
        (vec![header(), ("b", with(vec![])), ("a", with(vec![]))], "weights/index", "not in order"),
        (vec![header(), header()], "weights/index", "not in order"),
    ] {
        let found = refused(&entries);
        assert!(found.starts_with(code) && found.contains(why), "{code}, {why}: {found}");
    }

    // Of blocks.
    let good = checkpoints::table(&checkpoints::block(&[(String::new(), number(1, 1))]));
    let length = good.len() - 48 - 5; // of all blocks
    let kind = |kind: u8| {
        let mut table = good.clone();
        let first = checkpoints::block(&[(String::new(), number(1, 1))]).len();
        table[first] = kind;
        let checksum = crc32c::crc32c(&table[..=first]).rotate_right(15).wrapping_add(0xA282_EAD8);
        table[first + 1..first + 5].copy_from_slice(&checksum.to_le_bytes());
        table
    };
    let place = |offset: u8, bytes: u8| {
        let mut table = good.clone();
        let footer = table.len() - 48;
        table[footer..footer + 4].copy_from_slice(&[0, 0, offset, bytes]);
        table
    };
    for (table, code, why) in [
        (kind(1), "weights/unsupported", "Snappy"),
        (kind(7), "weights/index", "unknown kind 7"),
        (place(0, length as u8 + 60), "weights/index", "beyond its end"),
        (place(0x7F, 0x7F), "weights/index", "beyond its end"),
        (place(1, 5), "weights/checksum", ""),
    ] {
        let error = weights::describe(&of_table(table)).expect_err("it is refused");
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(why), "{why}: {error}");
    }
}

/// Names are written without what they share with the one before: the file does not account for them.
#[test]
fn an_index_takes_no_more_memory_than_its_limits() {
    use checkpoints::{block, number, table};

    let named = |count: usize, length: usize| {
        let name = |i| format!("{}{i:05}", "a".repeat(length - 5));
        let mut entries = vec![(String::new(), number(1, 1))];
        entries.extend((0..count).map(|i| (name(i), number(5, 0))));
        of_table(table(&block(&entries)))
    };
    for (files, code) in [
        (named(4000, 900), "weights/index"),
        (named(5000, 100), "weights/unsupported"),
        (named(1, 2000), "weights/index"),
        (named(1, 4_000_000), "weights/index"),
    ] {
        let peak = counting::peak(|| {
            assert_eq!(weights::describe(&files).unwrap_err().code(), code);
        });
        let most = 3 * files.len() as isize + 2 * BESIDE;
        assert!(peak <= most, "{peak} bytes for {}", files.len());
    }
    // What an archive says of itself is not believed, and what it unpacks to is not without limit.
    let zeros = vec![0; 64 << 20];
    let bomb = vec![
        ("model-1.index".to_string(), zeros),
        ("model-1.data-00000-of-00001".into(), vec![0; 16]),
    ];
    let archive = checkpoints::zipped(&bomb, zip::CompressionMethod::Deflated);
    drop(bomb);
    let peak = counting::peak(|| {
        assert_eq!(weights::describe(&archive).unwrap_err().code(), "weights/unsupported");
    });
    assert!(peak <= 16 * archive.len() as isize + BESIDE, "{peak} bytes for {}", archive.len());
}

/// For each reader. `HOSTILE_FILES=150000 cargo test --release --test native -- damaged_files --nocapture` tries more than
/// the usual.
mod damaged_files_are_read_or_refused {
    macro_rules! tests {
        ($($reader:ident)*) => {
            $(#[test]
            fn $reader() {
                super::damaged(stringify!($reader));
            })*
        };
    }
    tests!(ours tensorflow pict pytorch tensorflow_checkpoint archive discriminator checkpoint describe picture);
}

fn damaged(name: &str) {
    let setting = std::env::var("HOSTILE_FILES").ok();
    let count = setting.map_or(1_000, |count| count.parse().expect("HOSTILE_FILES is a count"));
    let reader = READERS.iter().find(|reader| reader.name == name).expect("it is a reader");
    let seeds = (reader.seeds)();
    for seed in &seeds {
        assert_eq!((reader.read)(seed), None, "{name} reads its own seeds");
    }
    let mut outcomes = BTreeMap::<_, usize>::new();
    let mut random = Random(name.len() as u64);
    for i in 0..count {
        let mut file = mutate(&seeds[random.below(seeds.len())], &mut random);
        // Damage upon damage.
        if i % 4 == 0 {
            file = mutate(&file, &mut random);
        }
        *outcomes.entry(tried(reader, &file).unwrap_or("read")).or_default() += 1;
    }
    println!("{name}, {count} files: {outcomes:?}");
    assert!(outcomes.len() >= 2, "{name}: the files are damaged, and not beyond knowing");
}

/// What a reader makes of a file, held against the clock and against its memory.
fn tried(reader: &Reader, file: &[u8]) -> readers::Outcome {
    let started = Instant::now();
    let mut outcome = None;
    let peak = counting::peak(|| {
        outcome = catch_unwind(AssertUnwindSafe(|| (reader.read)(file))).ok();
    });
    let keep = |why: String| -> ! {
        let path = std::env::temp_dir().join(format!("hostile-{}", reader.name));
        std::fs::write(&path, file).expect("the temporary folder can be written to");
        panic!("{}: {why}; the file is {}", reader.name, path.display());
    };
    match outcome {
        None => keep("a panic".into()),
        // Codes become values of four times their size, and both networks are held at once.
        Some(None) if reader.name != "picture" && peak > 16 * file.len() as isize + BESIDE => {
            keep(format!("{peak} bytes"))
        }
        Some(Some(_)) if reader.name == "describe" && peak > 3 * file.len() as isize + BESIDE => {
            keep(format!("{peak} bytes for a refusal of {}", file.len()))
        }
        Some(_) if started.elapsed().as_secs() >= 10 => keep("more than 10 seconds".into()),
        Some(outcome) => outcome,
    }
}
