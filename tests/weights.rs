//! Weights files: every format and layout, and every way to be broken.

mod reference;

use burn::tensor::Device;
use pix2pix_web::model::{Generator, GeneratorConfig};
use pix2pix_web::weights::{self, Dtype, Loaded};
use pix2pix_web::{Error, Result};
use pollster::block_on;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype as Stored, TensorView};

const PICT: &[u8] = include_bytes!("fixtures/rgb-generator.pict");

fn load(bytes: &[u8]) -> Result<Loaded> {
    weights::load(&bytes.to_vec(), &Device::flex(), &mut |_, _| ())
}

fn numbers(generator: &Generator) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let named = generator.named_parameters().into_iter();
    named.map(|(name, (shape, t))| (name, shape, block_on(reference::numbers(t)))).collect()
}

fn save(model: &Loaded, dtype: Dtype) -> Vec<u8> {
    let discriminator = model.discriminator.as_ref().map(|(network, _)| network);
    block_on(weights::write(&model.generator, &model.config, discriminator, dtype)).unwrap()
}

#[test]
fn our_own_format_gives_the_same_numbers_back() {
    for bytes in [reference::RGB_WEIGHTS, reference::CLASSIC_WEIGHTS, PICT] {
        let model = load(bytes).unwrap();
        let again = load(&save(&model, Dtype::F32)).unwrap();
        assert_eq!(again.format, "pix2pix-web");
        assert_eq!(again.config, model.config);
        assert_eq!(again.discriminator.is_some(), model.discriminator.is_some());
        assert_eq!(numbers(&again.generator), numbers(&model.generator));
    }
}
