//! What lies in an ONNX file: operations, tensors, notes. The numbers of fields are those of `onnx.proto`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::error::{Error, Result};
use crate::weights::fields::{Field, fields, varint};
use crate::weights::limits;
use crate::weights::tensors::{Encoding, Entry, elements};

/// Operations of a graph. A U-Net of the deepest kind has some 150.
const NODES: usize = 4096;
/// `TensorProto`'s `data_location` for values in another file.
const EXTERNAL: u64 = 1;

/// A model, its tensors by their names.
#[derive(Default)]
pub struct Model<'a> {
    pub nodes: Vec<Node<'a>>,
    pub tensors: BTreeMap<String, Tensor<'a>>,
    /// The names of the graph's outputs.
    pub outputs: Vec<&'a str>,
    pub metadata: BTreeMap<String, String>,
}

/// An operation.
#[derive(Default)]
pub struct Node<'a> {
    pub operator: &'a str,
    pub inputs: Vec<&'a str>,
    pub outputs: Vec<&'a str>,
    pub attributes: HashMap<&'a str, Attribute<'a>>,
}

pub enum Attribute<'a> {
    Number(i64),
    Float(f32),
    Numbers(Vec<i64>),
    Tensor(Tensor<'a>),
}

pub struct Tensor<'a> {
    pub shape: Vec<usize>,
    /// As in [`Entry`].
    encoding: Option<Encoding>,
    dtype: String,
    /// The values, little-endian; none where they are of another type than weights.
    pub raw: Cow<'a, [u8]>,
}

impl Tensor<'_> {
    /// Its place among others, at `offset`.
    pub fn entry(&self, offset: u64) -> Entry {
        let (shape, encoding, dtype) =
            (self.shape.clone(), self.encoding.clone(), self.dtype.clone());
        Entry { shape, encoding, dtype, offset, checksum: None }
    }

    /// Its values; `name`: its own.
    ///
    /// # Errors
    /// `weights/dtype`.
    pub fn floats(&self, name: &str) -> Result<Vec<f32>> {
        let entry = self.entry(0);
        let (encoding, count) = entry.values(name)?;
        let mut values = vec![0.0; count];
        encoding.decode(&self.raw, &mut values);
        Ok(values)
    }
}

impl<'a> Model<'a> {
    /// Reads `file`, whose tensors may have their values in one of `beside`, by name.
    ///
    /// # Errors
    /// `weights/index`; `weights/missing`: a file beside it; `weights/unsupported`: more of everything than a U-Net has.
    pub fn read(file: &'a [u8], beside: &[(&str, &'a [u8])]) -> Result<Self> {
        let mut model = Self::default();
        for field in fields(file) {
            match field.ok_or_else(|| cut_off("the model"))? {
                (7, Field::Bytes(graph)) => model.graph(graph, beside)?,
                (14, Field::Bytes(raw)) => {
                    let (key, value) = note(raw)?;
                    model.metadata.insert(key.into(), value.into());
                }
                _ => {}
            }
        }
        Ok(model)
    }

    fn graph(&mut self, graph: &'a [u8], beside: &[(&str, &'a [u8])]) -> Result<()> {
        for field in fields(graph) {
            match field.ok_or_else(|| cut_off("the graph"))? {
                (1, Field::Bytes(raw)) => {
                    if self.nodes.len() == NODES {
                        let what = format!("its graph has more than {NODES} operations");
                        return Err(Error::Unsupported { what });
                    }
                    self.nodes.push(node(raw, beside)?);
                }
                (5, Field::Bytes(raw)) => {
                    let (name, tensor) = tensor(raw, beside)?;
                    limits::check_tensors(self.tensors.len() + 1)?;
                    if self.tensors.insert(name.into(), tensor).is_some() {
                        return Err(Error::Index { detail: format!("{name} is there twice") });
                    }
                }
                (12, Field::Bytes(raw)) => {
                    for field in fields(raw) {
                        if let (1, Field::Bytes(name)) =
                            field.ok_or_else(|| cut_off("an output"))?
                        {
                            self.outputs.push(text(name)?);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn node<'a>(raw: &'a [u8], beside: &[(&str, &'a [u8])]) -> Result<Node<'a>> {
    let mut node = Node::default();
    for field in fields(raw) {
        match field.ok_or_else(|| cut_off("an operation"))? {
            (1, Field::Bytes(name)) => node.inputs.push(text(name)?),
            (2, Field::Bytes(name)) => node.outputs.push(text(name)?),
            (4, Field::Bytes(name)) => node.operator = text(name)?,
            (5, Field::Bytes(raw)) => {
                if let Some((name, attribute)) = attribute(raw, beside)? {
                    node.attributes.insert(name, attribute);
                }
            }
            _ => {}
        }
    }
    Ok(node)
}

/// `None` for an attribute without a value, or of a kind that no U-Net needs.
fn attribute<'a>(
    raw: &'a [u8],
    beside: &[(&str, &'a [u8])],
) -> Result<Option<(&'a str, Attribute<'a>)>> {
    let (mut name, mut value, mut numbers) = ("", None, Vec::new());
    for field in fields(raw) {
        match field.ok_or_else(|| cut_off("an attribute"))? {
            (1, Field::Bytes(raw)) => name = text(raw)?,
            (2, Field::Fixed32(bits)) => value = Some(Attribute::Float(f32::from_bits(bits))),
            (3, Field::Number(number)) => value = Some(Attribute::Number(number as i64)),
            (5, Field::Bytes(raw)) => value = Some(Attribute::Tensor(tensor(raw, beside)?.1)),
            (8, field) => numbers_of(field, limits::AXES * 2, &mut numbers)?,
            _ => {}
        }
    }
    let numbers = numbers.into_iter().map(|number| number as i64).collect::<Vec<_>>();
    let value = value.or_else(|| (!numbers.is_empty()).then_some(Attribute::Numbers(numbers)));
    Ok(value.map(|value| (name, value)))
}

/// The numbers of a repeated field, packed or each for itself.
fn numbers_of(field: Field, most: usize, numbers: &mut Vec<u64>) -> Result<()> {
    match field {
        Field::Number(number) => numbers.push(number),
        Field::Bytes(mut packed) => {
            while !packed.is_empty() && numbers.len() <= most {
                let number = varint(&mut packed);
                numbers.push(number.ok_or_else(|| cut_off("a list of numbers"))?);
            }
        }
        _ => return Err(cut_off("a list of numbers")),
    }
    if numbers.len() > most {
        let what = format!("a tensor or an attribute of its graph has more than {most} axes");
        return Err(Error::Unsupported { what });
    }
    Ok(())
}

/// A tensor with its name.
fn tensor<'a>(raw: &'a [u8], beside: &[(&str, &'a [u8])]) -> Result<(&'a str, Tensor<'a>)> {
    let (mut name, mut kind, mut axes) = ("", 0, Vec::new());
    let (mut values, mut floats) = (None, Vec::new());
    let (mut location, mut external) = (0, External::default());
    for field in fields(raw) {
        match field.ok_or_else(|| cut_off("a tensor"))? {
            (1, field) => numbers_of(field, limits::AXES, &mut axes)?,
            (2, Field::Number(number)) => kind = number,
            (4, Field::Bytes(packed)) => values = Some(packed),
            (4, Field::Fixed32(bits)) => floats.extend(bits.to_le_bytes()),
            (8, Field::Bytes(raw)) => name = text(raw)?,
            (9, Field::Bytes(raw)) => values = Some(raw),
            (13, Field::Bytes(raw)) => external.take(raw)?,
            (14, Field::Number(number)) => location = number,
            _ => {}
        }
    }
    if name.len() > limits::NAME {
        let what = format!("{name:.60} has a longer name than any tensor of pix2pix");
        return Err(Error::Unsupported { what });
    }
    let (dtype, encoding) = of_kind(kind);
    let shape: Vec<usize> = axes.iter().map(|side| *side as usize).collect();
    let mut raw: Cow<[u8]> = match values {
        _ if location == EXTERNAL => external.values(beside)?.into(),
        Some(values) => values.into(),
        None => floats.into(),
    };
    match &encoding {
        None => raw = Cow::default(),
        Some(encoding) => {
            let length = elements(&shape).and_then(|n| n.checked_mul(encoding.group()[1] as u64));
            if length != Some(raw.len() as u64) {
                let found = raw.len();
                let detail = format!("{name} of shape {shape:?} has {found} bytes of values");
                return Err(Error::Index { detail });
            }
        }
    }
    Ok((name, Tensor { shape, encoding, dtype: dtype.into(), raw }))
}

/// The number type of a tensor, by `TensorProto.DataType`, and its encoding if weights may have it.
fn of_kind(kind: u64) -> (&'static str, Option<Encoding>) {
    match kind {
        1 => ("f32", Some(Encoding::F32)),
        2 => ("u8", None),
        3 => ("i8", None),
        6 => ("i32", None),
        7 => ("i64", None),
        9 => ("bool", None),
        10 => ("f16", Some(Encoding::F16)),
        11 => ("f64", None),
        16 => ("bf16", Some(Encoding::Bf16)),
        _ => ("of a type that weights don't have", None),
    }
}

/// Where a tensor's values are in another file.
#[derive(Default)]
struct External<'a> {
    location: &'a str,
    offset: u64,
    length: Option<u64>,
}

impl<'a> External<'a> {
    /// Takes one of its notes.
    fn take(&mut self, raw: &'a [u8]) -> Result<()> {
        let (key, value) = note(raw)?;
        let number = || value.parse().map_err(|_| cut_off("a tensor's place"));
        match key {
            "location" => self.location = value,
            "offset" => self.offset = number()?,
            "length" => self.length = Some(number()?),
            _ => {}
        }
        Ok(())
    }

    fn values<'f>(&self, beside: &[(&str, &'f [u8])]) -> Result<&'f [u8]> {
        let file = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or_default().to_string();
        let name = file(self.location);
        let Some((_, values)) = beside.iter().find(|(path, _)| file(path) == name) else {
            return Err(Error::MissingFile {
                remedy: "it holds the values of the ONNX file. Give both together",
                name,
            });
        };
        let bytes = values.len() as u64;
        let length = self.length.unwrap_or(bytes.saturating_sub(self.offset));
        let end = self.offset.saturating_add(length);
        if end > bytes {
            return Err(Error::Truncated { place: name, end, bytes });
        }
        Ok(&values[self.offset as usize..end as usize])
    }
}

/// A key and its value.
fn note(raw: &[u8]) -> Result<(&str, &str)> {
    let (mut key, mut value) = ("", "");
    for field in fields(raw) {
        match field.ok_or_else(|| cut_off("a note"))? {
            (1, Field::Bytes(raw)) => key = text(raw)?,
            (2, Field::Bytes(raw)) => value = text(raw)?,
            _ => {}
        }
    }
    Ok((key, value))
}

fn text(raw: &[u8]) -> Result<&str> {
    std::str::from_utf8(raw).map_err(|_| cut_off("a name"))
}

fn cut_off(what: &str) -> Error {
    Error::Index { detail: format!("{what} of the ONNX file can't be read") }
}
