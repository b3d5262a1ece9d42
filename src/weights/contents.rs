//! What a file of weights is written of.

use std::collections::BTreeMap;

use burn::tensor::Tensor;

use crate::model::{Discriminator, Generator, GeneratorConfig, Part};

/// What goes into a file.
#[derive(Clone, Copy)]
pub struct Contents<'a> {
    pub generator: Option<&'a Generator>,
    /// The generator's.
    pub config: &'a GeneratorConfig,
    pub discriminator: Option<&'a Discriminator>,
    pub training: Option<&'a Training>,
}

/// What of a training is not weights, ready to be stored.
#[derive(Debug, Clone)]
pub struct Training {
    /// JSON, in the file's metadata.
    pub state: String,
    /// Numbers in a row, by names that begin with `adam.`; always stored as F32.
    pub tensors: BTreeMap<String, Tensor<1>>,
}

impl Contents<'_> {
    pub fn has_biases(&self) -> bool {
        let networks = [
            self.generator.map(Generator::named_parameters),
            self.discriminator.map(Discriminator::named_parameters),
        ];
        networks.into_iter().flatten().flatten().any(|parameter| parameter.name.part == Part::Bias)
    }
}
