//! A U-Net of pix2pix in a graph of another program's, by what follows what. PyTorch exports pytorch-CycleGAN-and-pix2pix's
//! generators so:
//!
//! ```text
//! output ─< Tanh ─< ConvTranspose ─< Relu ─< Concat ─< [skip] and below it the same again: norm ─< ConvTranspose ─< …
//!                  … the innermost: ConvTranspose ─< Relu ─< Conv ─< LeakyRelu ─< norm ─< Conv ─< … ─< Conv ─< input
//! ```
//!
//! Exported for use only, norms are often folded into the convolutions before them, and what is left is a network without
//! norms, with biases. Where some norms are folded and others are not, the others are folded here.

use std::collections::{BTreeMap, HashMap};

use super::file::{Attribute, Model, Node, Tensor};
use crate::error::{Error, Result};
use crate::model::{
    Activation, EPSILON, GeneratorConfig, KERNEL, LayerName, Layout, Norm, PADDING, ParameterName,
    Part,
};
use crate::weights::container::Container;
use crate::weights::naming::{self, Naming, Ours};
use crate::weights::tensors::{Encoding, Entry, Tensors};

/// Layers of one half of a network; more are not looked for.
const DEEPEST: usize = 16;

/// A convolution of the graph, with what comes behind it.
struct Found<'m> {
    kernel: &'m Tensor<'m>,
    bias: Option<&'m Tensor<'m>>,
    norm: Option<FoundNorm<'m>>,
    dropout: Option<f64>,
    /// Of a decoder: its inputs are those of the skip first, and then those of the decoder below.
    skip_first: bool,
}

struct FoundNorm<'m> {
    norm: Norm,
    gamma: &'m Tensor<'m>,
    beta: &'m Tensor<'m>,
    /// Mean and variance.
    running: Option<[&'m Tensor<'m>; 2]>,
}

/// The tensors of the U-Net that the graph is, under our names.
///
/// # Errors
/// `weights/unsupported`: it is none, and where in the graph that shows; `weights/dtype`, `weights/index`.
pub fn recognise(model: &Model) -> Result<Tensors> {
    let graph = Graph::of(model);
    let layers = graph.layers()?;
    let mut all = Written::default();
    let normalized = |(name, _): &&(LayerName, Found)| {
        !matches!(name, LayerName::Encoder(1) | LayerName::Decoder(1))
    };
    let depth = layers.len() / 2;
    let between = || layers.iter().filter(normalized);
    let innermost = |(name, _): &&(LayerName, Found)| *name == LayerName::Encoder(depth);
    let norms = || between().filter_map(|(_, found)| found.norm.as_ref());
    // In PyTorch's layout the innermost encoder has no norm.
    let is_whole =
        between().filter(|layer| !innermost(layer)).all(|(_, found)| found.norm.is_some());
    let norm = match norms().next() {
        Some(first) if is_whole => first.norm,
        _ => Norm::None,
    };
    if norms().any(|other| norm != Norm::None && other.norm != norm) {
        return Err(other("it has norms of two kinds"));
    }
    let running = norm == Norm::Batch && norms().all(|norm| norm.running.is_some());
    let layout = match norm {
        Norm::None => Layout::TensorFlow,
        _ if between().find(innermost).is_some_and(|(_, found)| found.norm.is_some()) => {
            Layout::TensorFlow
        }
        _ => Layout::PyTorch,
    };
    for (name, found) in &layers {
        match norm {
            Norm::None => all.folded(*name, found)?,
            _ => all.layer(*name, found, running),
        }
    }
    let (container, values) = (Container::Onnx, Some(all.values));
    let mut tensors =
        Tensors { container, entries: all.entries, metadata: BTreeMap::new(), values };
    let mut config: GeneratorConfig = Ours.config(&tensors)?;
    (config.layout, config.norm, config.running_statistics) = (layout, norm, running);
    config.dropout = dropout(&config, &layers);
    let metadata = naming::metadata(Some(&config), None);
    tensors.metadata = metadata.into_iter().map(|(key, json)| (key.into(), json)).collect();
    Ok(tensors)
}

/// The graph's dropout, where it is in layers in which ours have it too, of which a small network of PyTorch's has fewer; none is
/// left in a graph for use only.
fn dropout(config: &GeneratorConfig, layers: &[(LayerName, Found)]) -> f64 {
    let ours: Vec<_> =
        config.layers().into_iter().filter(|layer| layer.dropout.is_some()).collect();
    let mut found = layers.iter().filter_map(|(name, found)| Some((name, found.dropout?)));
    let is_ours = |name: &LayerName| ours.iter().any(|layer| layer.name == *name);
    found
        .next()
        .filter(|(first, _)| is_ours(first) && found.all(|(name, _)| is_ours(name)))
        .map_or(0.0, |(_, p)| p)
}

struct Graph<'m> {
    model: &'m Model<'m>,
    /// The operation that makes each value.
    makers: HashMap<&'m str, &'m Node<'m>>,
}

impl<'m> Graph<'m> {
    fn of(model: &'m Model<'m>) -> Self {
        let makers = model
            .nodes
            .iter()
            .flat_map(|node| node.outputs.iter().map(move |output| (*output, node)))
            .collect();
        Self { model, makers }
    }

    /// Outermost last: encoders from the innermost out, behind the decoders from the outermost in.
    fn layers(&self) -> Result<Vec<(LayerName, Found<'m>)>> {
        let [output] = self.model.outputs[..] else {
            return Err(other(&format!("it has {} outputs", self.model.outputs.len())));
        };
        let mut x = self.input(self.maker(output, "Tanh")?, 0)?;
        let (mut decoders, mut skips) = (Vec::new(), Vec::new());
        loop {
            let (mut found, conv) = self.convolution(x, "ConvTranspose")?;
            let before = self.input(self.maker(self.input(conv, 0)?, "Relu")?, 0)?;
            let joined = self.made_by(before).filter(|node| node.operator == "Concat");
            if let Some(node) = joined {
                let [a, b] = node.inputs[..] else { return Err(unlike(node, "two inputs")) };
                if node.number("axis", 1) != 1 {
                    return Err(unlike(node, "the axis 1"));
                }
                found.skip_first = self.convolution(b, "ConvTranspose").is_ok();
                let (skip, below) = if found.skip_first { (a, b) } else { (b, a) };
                skips.push(self.before_rectifier(skip)?);
                x = below;
            }
            decoders.push(found);
            if joined.is_none() {
                x = before;
                break;
            }
            if decoders.len() == DEEPEST {
                return Err(other("it is deeper than any U-Net that we run"));
            }
        }
        let depth = decoders.len();
        let mut encoders = Vec::new();
        for n in (1..=depth).rev() {
            let (found, conv) = self.convolution(x, "Conv")?;
            encoders.push((LayerName::Encoder(n), found));
            x = self.input(conv, 0)?;
            if n > 1 {
                let rectifier = self.maker(x, "LeakyRelu")?;
                let slope = Activation::LeakyRelu.slope().expect("a rectifier has a slope");
                if (f64::from(rectifier.float("alpha", 0.01)) - slope).abs() > 1e-6 {
                    return Err(unlike(rectifier, "a slope of 0.2"));
                }
                x = self.resolved(self.input(rectifier, 0)?);
                if skips[n - 2] != x {
                    return Err(other(&format!("the skip of encoder {} leads elsewhere", n - 1)));
                }
            }
        }
        if self.made_by(x).is_some() {
            return Err(other("something comes before its first convolution"));
        }
        let decoders =
            decoders.into_iter().zip(1..).map(|(found, n)| (LayerName::Decoder(n), found));
        Ok(decoders.chain(encoders).collect())
    }

    /// A value without the operations before it that change nothing.
    fn resolved(&self, mut value: &'m str) -> &'m str {
        // No graph is as deep as it has operations, unless it goes in a circle.
        for _ in 0..self.model.nodes.len() {
            match self.makers.get(value) {
                Some(node) if ["Identity", "Cast"].contains(&node.operator) => {
                    match node.inputs[..] {
                        [input, ..] => value = input,
                        [] => break,
                    }
                }
                _ => break,
            }
        }
        value
    }

    fn made_by(&self, value: &'m str) -> Option<&'m Node<'m>> {
        self.makers.get(self.resolved(value)).copied()
    }

    fn maker(&self, value: &'m str, operator: &str) -> Result<&'m Node<'m>> {
        match self.made_by(value) {
            Some(node) if node.operator == operator => Ok(node),
            Some(node) => Err(unlike(node, operator)),
            None => Err(other(&format!("{value:.60} is an input, where {operator} is expected"))),
        }
    }

    fn input(&self, node: &Node<'m>, i: usize) -> Result<&'m str> {
        node.inputs.get(i).copied().ok_or_else(|| unlike(node, "another input"))
    }

    /// The value that a skip carries; a rectifier may have worked on it already, in place.
    fn before_rectifier(&self, skip: &'m str) -> Result<&'m str> {
        let skip = match self.made_by(skip) {
            Some(node) if node.operator == "LeakyRelu" => self.input(node, 0)?,
            _ => skip,
        };
        Ok(self.resolved(skip))
    }

    /// The convolution whose output, normalised or with dropout or neither, `value` is.
    fn convolution(&self, value: &'m str, operator: &str) -> Result<(Found<'m>, &'m Node<'m>)> {
        let mut value = value;
        let (mut norm, mut dropout) = (None, None);
        if let Some(node) = self.made_by(value).filter(|node| node.operator == "Dropout") {
            let ratio = match node.inputs.get(1) {
                Some(ratio) => self.tensor(ratio)?.floats(ratio)?.first().copied().unwrap_or(0.5),
                None => node.float("ratio", 0.5),
            };
            dropout = Some(f64::from(ratio));
            value = self.input(node, 0)?;
        }
        if let Some(node) = self.made_by(value)
            && let Some(kind) = match node.operator {
                "BatchNormalization" => Some(Norm::Batch),
                "InstanceNormalization" => Some(Norm::Instance),
                _ => None,
            }
        {
            if (f64::from(node.float("epsilon", 1e-5)) / EPSILON - 1.0).abs() > 1e-3 {
                return Err(unlike(node, &format!("an epsilon of {EPSILON}")));
            }
            let tensor = |i| self.tensor(self.input(node, i)?);
            let running = match kind {
                Norm::Batch => Some([tensor(3)?, tensor(4)?]),
                _ => None,
            };
            norm = Some(FoundNorm { norm: kind, gamma: tensor(1)?, beta: tensor(2)?, running });
            value = self.input(node, 0)?;
        }
        let node = self.maker(value, operator)?;
        let (kernel, stride, padding) = (KERNEL as i64, 2, PADDING as i64);
        for (name, expected, without) in [
            ("kernel_shape", &[kernel; 2][..], &[kernel; 2][..]),
            ("strides", &[stride; 2], &[1; 2]),
            ("pads", &[padding; 4], &[0; 4]),
            ("dilations", &[1; 2], &[1; 2]),
            ("output_padding", &[0; 2], &[0; 2]),
        ] {
            if node.numbers(name, without) != expected {
                return Err(unlike(node, &format!("{name} of {expected:?}")));
            }
        }
        if node.number("group", 1) != 1 {
            return Err(unlike(node, "one group"));
        }
        let kernel = self.tensor(self.input(node, 1)?)?;
        let bias = node.inputs.get(2).filter(|name| !name.is_empty());
        let bias = bias.map(|name| self.tensor(name)).transpose()?;
        Ok((Found { kernel, bias, norm, dropout, skip_first: false }, node))
    }

    /// A tensor of the file, or a constant of the graph.
    fn tensor(&self, name: &'m str) -> Result<&'m Tensor<'m>> {
        let name = self.resolved(name);
        if let Some(tensor) = self.model.tensors.get(name) {
            return Ok(tensor);
        }
        match self.makers.get(name).and_then(|node| node.attributes.get("value")) {
            Some(Attribute::Tensor(tensor)) => Ok(tensor),
            _ => Err(other(&format!("{name:.60} is computed, where weights are expected"))),
        }
    }
}

impl Node<'_> {
    fn number(&self, name: &str, without: i64) -> i64 {
        match self.attributes.get(name) {
            Some(Attribute::Number(number)) => *number,
            _ => without,
        }
    }

    fn float(&self, name: &str, without: f32) -> f32 {
        match self.attributes.get(name) {
            Some(Attribute::Float(value)) => *value,
            _ => without,
        }
    }

    fn numbers<'a>(&'a self, name: &str, without: &'a [i64]) -> &'a [i64] {
        match self.attributes.get(name) {
            Some(Attribute::Numbers(numbers)) => numbers,
            _ => without,
        }
    }
}

/// `weights/unsupported`, for a graph that is no U-Net of pix2pix.
fn other(why: &str) -> Error {
    Error::Unsupported { what: format!("its graph is no U-Net of pix2pix: {why}") }
}

fn unlike(node: &Node, expected: &str) -> Error {
    let output = node.outputs.first().unwrap_or(&"");
    other(&format!("{output:.60} is made by {:.40}, expected {expected}", node.operator))
}

/// Tensors under our names, and their values.
#[derive(Default)]
struct Written {
    entries: BTreeMap<String, Entry>,
    values: Vec<u8>,
}

impl Written {
    fn add(&mut self, name: ParameterName, tensor: &Tensor, raw: &[u8]) {
        self.entries.insert(name.to_string(), tensor.entry(self.values.len() as u64));
        self.values.extend(raw);
    }

    fn floats(&mut self, name: ParameterName, shape: Vec<usize>, values: &[f32]) {
        let entry = Entry::new(shape, Encoding::F32, self.values.len() as u64);
        self.entries.insert(name.to_string(), entry);
        self.values.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }

    /// A layer as it is.
    fn layer(&mut self, layer: LayerName, found: &Found, running: bool) {
        let raw = &found.kernel.raw;
        // The inputs are a transposed kernel's first axis.
        let first = if found.skip_first { raw.len() / 2 } else { 0 };
        let kernel = [&raw[first..], &raw[..first]].concat();
        self.add(layer.part(Part::Weight), found.kernel, &kernel);
        if let Some(bias) = found.bias {
            self.add(layer.part(Part::Bias), bias, &bias.raw);
        }
        if let Some(norm) = &found.norm {
            self.add(layer.part(Part::Gamma), norm.gamma, &norm.gamma.raw);
            self.add(layer.part(Part::Beta), norm.beta, &norm.beta.raw);
            if let Some([mean, variance]) = norm.running.filter(|_| running) {
                self.add(layer.part(Part::RunningMean), mean, &mean.raw);
                self.add(layer.part(Part::RunningVariance), variance, &variance.raw);
            }
        }
    }

    /// A layer with its norm, if it has one, folded into the kernel and the bias.
    fn folded(&mut self, layer: LayerName, found: &Found) -> Result<()> {
        let [weight, bias] = [Part::Weight, Part::Bias].map(|part| layer.part(part));
        let mut kernel = found.kernel.floats(&weight.to_string())?;
        let shape = found.kernel.shape.clone();
        let [first, second, ..] = shape[..] else {
            return Err(other(&format!("a kernel has the shape {shape:?}")));
        };
        let is_transposed = matches!(layer, LayerName::Decoder(_));
        let outputs = if is_transposed { second } else { first };
        if found.skip_first {
            let half = kernel.len() / 2;
            kernel.rotate_left(half);
        }
        let mut biases = match found.bias {
            Some(tensor) => tensor.floats(&bias.to_string())?,
            None => vec![0.0; outputs],
        };
        if let Some(norm) = &found.norm {
            let Some([mean, variance]) = norm.running else {
                return Err(other("some of its layers have an instance norm, and some have none"));
            };
            let read = |tensor: &Tensor, part| tensor.floats(&layer.part(part).to_string());
            let [gamma, beta] = [read(norm.gamma, Part::Gamma)?, read(norm.beta, Part::Beta)?];
            let [mean, variance] =
                [read(mean, Part::RunningMean)?, read(variance, Part::RunningVariance)?];
            if [&gamma, &beta, &mean, &variance, &biases].iter().any(|v| v.len() != outputs) {
                return Err(other("a norm is of other channels than its convolution"));
            }
            let scales: Vec<f32> = (gamma.iter().zip(&variance))
                .map(|(gamma, variance)| gamma / (variance + EPSILON as f32).sqrt())
                .collect();
            for (i, tap) in kernel.chunks_mut(KERNEL * KERNEL).enumerate() {
                let output = if is_transposed { i % outputs } else { i / second };
                let scale = scales.get(output).copied().unwrap_or(1.0);
                tap.iter_mut().for_each(|value| *value *= scale);
            }
            for (c, bias) in biases.iter_mut().enumerate() {
                *bias = beta[c] + (*bias - mean[c]) * scales[c];
            }
        }
        self.floats(weight, shape, &kernel);
        self.floats(bias, vec![biases.len()], &biases);
        Ok(())
    }
}
