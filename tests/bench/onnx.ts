/** The generator as an ONNX file. Fields have the numbers of onnx.proto; kernels lie in our files as ONNX has them. */
import { Message } from './protobuf';
import { type StoredTensor, generatorDepth } from './safetensors';

const IR_VERSION = 9;
const OPSET = 17;
/** Of TensorProto's data types. */
const FLOAT = 1;

type Tensors = ReadonlyMap<string, StoredTensor>;

/** The generator among `tensors`, for one picture: `input` and `output` are `[1, 3, 2^depth, 2^depth]`, from -1 to 1. */
export function generatorToOnnx(tensors: Tensors): Uint8Array<ArrayBuffer> {
  const depth = generatorDepth(tensors);
  const graph = new Graph(tensors);
  const skips: string[] = [];
  let x = 'input';
  for (let level = 1; level <= depth; level++) {
    if (level > 1) x = graph.node('LeakyRelu', [x], [float('alpha', 0.2)]);
    x = graph.normalised(graph.convolution('Conv', x, `generator.encoder_${level}`), `generator.encoder_${level}`);
    skips.push(x);
  }
  for (let level = depth; level >= 1; level--) {
    if (level < depth) x = graph.node('Concat', [x, skips[level - 1]!], [integer('axis', 1)]);
    x = graph.node('Relu', [x]);
    x = graph.normalised(graph.convolution('ConvTranspose', x, `generator.decoder_${level}`), `generator.decoder_${level}`);
  }
  graph.node('Tanh', [x], [], 'output');
  return graph.model([1, 3, 2 ** depth, 2 ** depth]);
}

/** A GraphProto under way. */
class Graph {
  readonly #tensors: Tensors;
  readonly #graph = new Message().text(2, 'generator');
  #nodes = 0;

  constructor(tensors: Tensors) {
    this.#tensors = tensors;
  }

  /** 4 by 4, stride 2; with a bias where the file has one. */
  convolution(operator: 'Conv' | 'ConvTranspose', x: string, layer: string): string {
    const parameters = [`${layer}.conv.weight`, `${layer}.conv.bias`].filter((name) => this.#tensors.has(name));
    const attributes = [integers('kernel_shape', [4, 4]), integers('strides', [2, 2]), integers('pads', [1, 1, 1, 1])];
    return this.node(operator, [x, ...parameters.map((name) => this.#initializer(name))], attributes);
  }

  /** Batch normalisation by one picture's statistics is instance normalisation. A layer without any is left as it is. */
  normalised(x: string, layer: string): string {
    if (!this.#tensors.has(`${layer}.norm.gamma`)) return x;
    const parameters = [`${layer}.norm.gamma`, `${layer}.norm.beta`].map((name) => this.#initializer(name));
    return this.node('InstanceNormalization', [x, ...parameters], [float('epsilon', 1e-5)]);
  }

  /** Adds a NodeProto, and returns the name of its output. */
  node(operator: string, inputs: readonly string[], attributes: readonly Message[] = [], output = `${operator}_${++this.#nodes}`): string {
    const node = new Message();
    for (const input of inputs) node.text(1, input);
    node.text(2, output).text(4, operator);
    for (const attribute of attributes) node.message(5, attribute);
    this.#graph.message(1, node);
    return output;
  }

  /** The whole file, a ModelProto. */
  model(shape: readonly number[]): Uint8Array<ArrayBuffer> {
    this.#graph.message(11, valueInfo('input', shape)).message(12, valueInfo('output', shape));
    const operators = new Message().text(1, '').integer(2, OPSET);
    return new Message().integer(1, IR_VERSION).message(8, operators).message(7, this.#graph).encode();
  }

  /** Adds a TensorProto. */
  #initializer(name: string): string {
    const { shape, values } = this.#tensors.get(name)!;
    const tensor = new Message();
    for (const length of shape) tensor.integer(1, length);
    tensor.integer(2, FLOAT).text(8, name).bytes(9, new Uint8Array(values.buffer));
    this.#graph.message(5, tensor);
    return name;
  }
}

// AttributeProtos: a name, the value in the field of its type, and the type.

function float(name: string, value: number): Message {
  return new Message().text(1, name).float(2, value).integer(20, 1);
}

function integer(name: string, value: number): Message {
  return new Message().text(1, name).integer(3, value).integer(20, 2);
}

function integers(name: string, values: readonly number[]): Message {
  const attribute = new Message().text(1, name).integer(20, 7);
  for (const value of values) attribute.integer(8, value);
  return attribute;
}

/** A tensor of float32 that goes in or comes out. */
function valueInfo(name: string, shape: readonly number[]): Message {
  const lengths = new Message();
  for (const length of shape) lengths.message(1, new Message().integer(1, length));
  const tensor = new Message().integer(1, FLOAT).message(2, lengths);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
