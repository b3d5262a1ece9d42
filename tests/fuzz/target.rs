//! What every fuzz target is made of.

#[path = "mutate.rs"]
pub mod mutate;
#[path = "readers.rs"]
pub mod readers;

use std::sync::OnceLock;

use mutate::{Random, mutate};
use readers::{READERS, Reader};

pub fn reader(name: &str) -> Reader {
    READERS.into_iter().find(|reader| reader.name == name).expect("the target is named after one")
}

/// A seed of the reader's own, or what libFuzzer keeps, damaged; it fits into `data`.
pub fn damaged(name: &str, data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    static SEEDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let seeds = SEEDS.get_or_init(|| (reader(name).seeds)());
    let mut random = Random(seed.into());
    if seed % 4 == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    let file = match seed % 4 {
        1 => mutate(&seeds[random.below(seeds.len())], &mut random),
        _ => mutate(&data[..size], &mut random),
    };
    let size = file.len().min(max_size);
    data[..size].copy_from_slice(&file[..size]);
    size
}

/// The entry points of libFuzzer, for the reader of this name.
macro_rules! fuzz {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(|data: &[u8]| {
            (target::reader($name).read)(data);
        });
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            target::damaged($name, data, size, max_size, seed)
        });
    };
}
pub(crate) use fuzz;
