/** TensorFlow.js: pix2pix.py's networks and its step, in the operations of its core. */
import { type StoredTensor, generatorDepth, readSafetensors } from '../safetensors';
import { drawSketch, drawTarget } from './pair';
import type { Drawn, Runtime, Step } from './runtime';

/** What is used of it; its own types would have to be installed for `npm run types`. */
interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  wasm: { setWasmPaths(folder: string): void };
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  variable(initial: Tensor, trainable: boolean, name: string): Variable;
  tidy<T>(task: () => T): T;
  keep(tensor: Tensor): Tensor;
  dispose(tensors: readonly Tensor[] | Record<string, Tensor>): void;
  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: number, b: Tensor): Tensor;
  neg(x: Tensor): Tensor;
  abs(x: Tensor): Tensor;
  mean(x: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  leakyRelu(x: Tensor, slope: number): Tensor;
  tanh(x: Tensor): Tensor;
  softplus(x: Tensor): Tensor;
  concat(tensors: readonly Tensor[], axis: number): Tensor;
  pad(x: Tensor, widths: readonly (readonly [number, number])[]): Tensor;
  moments(x: Tensor, axes: readonly number[]): { mean: Tensor; variance: Tensor };
  batchNorm(x: Tensor, mean: Tensor, variance: Tensor, offset: Tensor, scale: Tensor, epsilon: number): Tensor;
  conv2d(x: Tensor, kernel: Tensor, stride: number, padding: 'same' | 'valid'): Tensor;
  conv2dTranspose(x: Tensor, kernel: Tensor, shape: readonly number[], stride: number, padding: 'same'): Tensor;
  variableGrads(loss: () => Tensor, variables: readonly Variable[]): { value: Tensor; grads: Record<string, Tensor> };
  train: { adam(rate: number, beta1: number, beta2: number, epsilon: number): Optimizer };
}

interface Tensor {
  readonly shape: readonly number[];
  data(): Promise<Float32Array>;
  dispose(): void;
  transpose(axes: readonly number[]): Tensor;
}

interface Variable extends Tensor {
  readonly name: string;
}

interface Optimizer {
  applyGradients(gradients: Record<string, Tensor>): void;
}

export type Backend = 'wasm' | 'webgl' | 'webgpu';

const PEERS = '/peers/@tensorflow';

export async function openTensorFlow(backend: Backend, weights: Uint8Array<ArrayBuffer>, size: number): Promise<Runtime> {
  await addScript(`${PEERS}/tfjs/dist/tf.min.js`);
  if (backend !== 'webgl') await addScript(`${PEERS}/tfjs-backend-${backend}/dist/tf-backend-${backend}.min.js`);
  const { tf } = globalThis as unknown as { tf: TensorFlow };
  if (backend === 'wasm') tf.wasm.setWasmPaths(`${PEERS}/tfjs-backend-wasm/dist/`);
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend ${backend} here`);
  await tf.ready();

  const networks = new Networks(tf, readSafetensors(weights));
  const place = ({ values }: Drawn) => tf.tidy(() => tf.tensor(values, [1, 3, size, size]).transpose([0, 2, 3, 1]));
  const input = place(drawSketch(size));
  const target = place(drawTarget(size));
  const training = new Training(tf, networks);
  let values: Float32Array;
  return {
    async translate() {
      const began = performance.now();
      const output = tf.tidy(() => networks.generate(input));
      values = await output.data();
      const milliseconds = performance.now() - began;
      output.dispose();
      return milliseconds;
    },

    picture() {
      const pixels = size * size;
      const planes = Array.from({ length: 3 * pixels }, (_, at) => values[3 * (at % pixels) + Math.floor(at / pixels)]!);
      return { values: planes, rounding: 0 };
    },

    step: () => training.step(input, target),
  };
}

/** The generator and the discriminator. */
class Networks {
  readonly #tf: TensorFlow;
  readonly #variables = new Map<string, Variable>();
  readonly #depth: number;

  constructor(tf: TensorFlow, tensors: ReadonlyMap<string, StoredTensor>) {
    this.#tf = tf;
    this.#depth = generatorDepth(tensors);
    for (const [name, { shape, values }] of tensors) {
      // Kernels: ours [out, in, 4, 4], transposed [in, out, 4, 4]; theirs [4, 4, in, out], transposed [4, 4, out, in].
      const place = () => (shape.length === 4 ? tf.tensor(values, shape).transpose([2, 3, 1, 0]) : tf.tensor(values, shape));
      this.#variables.set(name, tf.variable(tf.tidy(place), true, name));
    }
  }

  of(network: 'generator' | 'discriminator'): Variable[] {
    return [...this.#variables.values()].filter(({ name }) => name.startsWith(`${network}.`));
  }

  /** `[1, 256, 256, 3]` -> the same. */
  generate(input: Tensor): Tensor {
    const tf = this.#tf;
    const skips: Tensor[] = [];
    let x = input;
    for (let level = 1; level <= this.#depth; level++) {
      const layer = `generator.encoder_${level}`;
      if (level > 1) x = tf.leakyRelu(x, 0.2);
      x = this.#finish(tf.conv2d(x, this.#get(`${layer}.conv.weight`), 2, 'same'), layer);
      skips.push(x);
    }
    for (let level = this.#depth; level >= 1; level--) {
      const layer = `generator.decoder_${level}`;
      if (level < this.#depth) x = tf.concat([x, skips[level - 1]!], 3);
      const kernel = this.#get(`${layer}.conv.weight`);
      const side = 2 ** (this.#depth - level + 1);
      const shape = [1, side, side, kernel.shape[2]!];
      x = this.#finish(tf.conv2dTranspose(tf.relu(x), kernel, shape, 2, 'same'), layer);
    }
    return tf.tanh(x);
  }

  /** The logits for a pair: `[1, 256, 256, 3]` twice -> `[1, 30, 30, 1]`. */
  discriminate(input: Tensor, picture: Tensor): Tensor {
    const tf = this.#tf;
    let x = tf.concat([input, picture], 3);
    for (let level = 1; level <= 5; level++) {
      const layer = `discriminator.layer_${level}`;
      if (level > 1) x = tf.leakyRelu(x, 0.2);
      const padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]);
      x = this.#finish(tf.conv2d(padded, this.#get(`${layer}.conv.weight`), level < 4 ? 2 : 1, 'valid'), layer);
    }
    return x;
  }

  /** The layer's bias and its normalisation, where it has them. */
  #finish(x: Tensor, layer: string): Tensor {
    const tf = this.#tf;
    const bias = this.#variables.get(`${layer}.conv.bias`);
    const biased = bias ? tf.add(x, bias) : x;
    if (!this.#variables.has(`${layer}.norm.gamma`)) return biased;
    const { mean, variance } = tf.moments(biased, [0, 1, 2]);
    return tf.batchNorm(biased, mean, variance, this.#get(`${layer}.norm.beta`), this.#get(`${layer}.norm.gamma`), 1e-5);
  }

  #get(name: string): Variable {
    const variable = this.#variables.get(name);
    if (!variable) throw new Error(`the weights have no ${name}`);
    return variable;
  }
}

/** pix2pix.py's step: both networks' gradients at the same weights, then both updates. */
class Training {
  readonly #tf: TensorFlow;
  readonly #networks: Networks;
  readonly #optimizers: Record<'generator' | 'discriminator', Optimizer>;

  constructor(tf: TensorFlow, networks: Networks) {
    this.#tf = tf;
    this.#networks = networks;
    const adam = () => tf.train.adam(2e-4, 0.5, 0.999, 1e-8);
    this.#optimizers = { generator: adam(), discriminator: adam() };
  }

  async step(input: Tensor, target: Tensor): Promise<Step> {
    const tf = this.#tf;
    const networks = this.#networks;
    const began = performance.now();
    // The generator runs once: its picture outlives this tape, for the discriminator's loss.
    const kept: Tensor[] = [];
    const keep = (tensor: Tensor) => {
      kept.push(tf.keep(tensor));
      return tensor;
    };
    const generator = tf.variableGrads(() => {
      const fake = keep(networks.generate(input));
      const gan = keep(tf.mean(tf.softplus(tf.neg(networks.discriminate(input, fake)))));
      const l1 = keep(tf.mean(tf.abs(tf.sub(target, fake))));
      return tf.add(gan, tf.mul(100, l1));
    }, networks.of('generator'));
    const [fake, gan, l1] = kept as [Tensor, Tensor, Tensor];
    const discriminator = tf.variableGrads(() => {
      const ofReal = tf.softplus(tf.neg(networks.discriminate(input, target)));
      const ofFake = tf.softplus(networks.discriminate(input, fake));
      return tf.mean(tf.add(ofReal, ofFake));
    }, networks.of('discriminator'));
    this.#optimizers.discriminator.applyGradients(discriminator.grads);
    this.#optimizers.generator.applyGradients(generator.grads);
    const losses = await Promise.all([discriminator.value, gan, l1].map(async (loss) => (await loss.data())[0]!));
    const milliseconds = performance.now() - began;
    tf.dispose([...kept, generator.value, discriminator.value]);
    for (const { grads } of [generator, discriminator]) tf.dispose(grads);
    const [ofDiscriminator, ofGan, ofL1] = losses as [number, number, number];
    return { milliseconds, losses: { discriminator: ofDiscriminator, gan: ofGan, l1: ofL1 } };
  }
}

function addScript(url: string): Promise<void> {
  return new Promise((loaded, failed) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = () => loaded();
    script.onerror = () => failed(new Error(`${url} could not be loaded`));
    document.head.append(script);
  });
}
