/**
 * The words that the page, the client and the worker share: options, results and errors.
 * Nothing here touches the DOM or WebAssembly, so it can be imported anywhere, in Node too.
 */

/** The cache (of the Cache API) in which model files from addresses are kept. */
export const MODEL_CACHE = 'pix2pix-web-models';

/**
 * Where the network runs. `auto` takes the CPU where WebGPU is missing or only software. Otherwise it begins with WebGPU, and which of the
 * two is faster is timed after the first picture, in a moment when nothing is asked of the model: about a second at most, in workers alone. The
 * faster one is taken, by this model too if it was not trained or changed by then, and remembered for this adapter and this release of
 * the package: the next `load` takes it at once. Models in the caller's thread, and those of `create`, are not timed. `webgpu` and `cpu` take
 * what they say.
 */
export type DeviceChoice = 'auto' | 'webgpu' | 'cpu';

/**
 * The builds of the engine. `threads` is that of the CPU on all cores, for pages that are cross-origin isolated; both come with and without
 * {@link Simd relaxed SIMD}. `webgpu` can run on both devices and is three times as large; it is fetched only where there is a hardware
 * adapter that was not found to be slower than the CPU, or where WebGPU is asked for.
 */
export type EngineName = WorkerName | 'cpu-relaxed' | 'threads-relaxed';

/** The scripts of workers: an engine with relaxed SIMD runs in that of the one without it. */
export type WorkerName = 'cpu' | 'threads' | 'webgpu';

/** Addresses of the engines' WebAssembly; those left out are found beside the script. */
export type EngineUrls = { [name in EngineName]?: string | URL };

/** Addresses of the workers' scripts; those left out are found beside the script. */
export type WorkerUrls = { [name in WorkerName]?: string | URL };

/**
 * The vectors that the engine of the CPU computes with. With `relaxed` ones it multiplies and adds in one instruction, which rounds once where the
 * processor has it: faster, and the last bits depend on the processor. With `fixed` ones they are the same in every browser.
 */
export type Simd = 'relaxed' | 'fixed';

/**
 * The size at which the network sees a picture, in pixels: a side, `[width, height]`, or `native` for the picture's own. A network's sides
 * are multiples of {@link ModelInfo.size}; any other is `image/size`, which names the nearest, and so is one that takes too much memory. `native`
 * lays on white, or with `fit: 'stretch'` stretches, what lacks to them.
 */
export type Size = number | readonly [width: number, height: number] | 'native';

/** How a picture of another shape is brought to what the network sees, a square unless it is told otherwise. */
export type Fit = 'contain' | 'cover' | 'stretch';

/** Which statistics batch normalisation uses: the picture's own, as the original does, or stored ones. */
export type Statistics = 'batch' | 'running';

/** The shape of the result: the input's aspect ratio, or the network's whole square. */
export type OutputShape = 'aspect' | 'square';

/**
 * How far one phase of a load is, in real bytes, never a guess: `total` is undefined where the server does not say how long the model's
 * file is. Phases: `runtime`, the engine's WebAssembly; `download`, the model file; `weights`, tensors going to the device.
 */
export type PhaseProgress = Bytes &
  ({ phase: 'runtime'; engine: EngineName } | { phase: 'download' | 'weights'; engine?: undefined });

/** How far a load is: a phase of it, and all that is fetched. */
export type Progress = PhaseProgress & {
  /**
   * The engine and the model, which come side by side: what they take to be fetched together. `total` is undefined until both servers have
   * answered. It counts nothing of what is there already, and stays as it is while tensors go to the device.
   */
  overall: Bytes;
};

/** How far something is. */
export interface Bytes {
  /** Bytes so far. */
  loaded: number;
  /** Bytes in all, where known. */
  total: number | undefined;
}

/** One of several files that belong together, as those of a TensorFlow checkpoint do. A `File` is one as it is. */
export interface NamedFile {
  /** As pix2pix.py calls it: `model-200.index`. */
  name: string;
  bytes: ArrayBuffer | Uint8Array | Blob;
}

/** Where the bytes of a file can come from. */
export type FileSource = string | URL | Blob | ArrayBuffer | Uint8Array;

/** Where the bytes of a model can come from: a file, or the files of a TensorFlow checkpoint. */
export type ModelSource = FileSource | readonly (File | NamedFile)[];

/** How the values of kernels are stored: 32 bits each, 16, or 8 for one of 256 values. */
export type KernelDtype = 'f32' | 'f16' | 'q8';

/** Options of {@link Pix2Pix.load}. */
export interface LoadOptions {
  /** Default `auto`. */
  device?: DeviceChoice;
  /** Called once `auto` has timed both devices: with `info` as it is from then on. */
  onDevice?: (info: ModelInfo) => void;
  /** Called as bytes arrive and as tensors reach the device. */
  onProgress?: (progress: Progress) => void;
  /** Aborts the download or the loading; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Keep a model that came from a URL in the Cache API (default true). */
  cache?: boolean;
  /** Run in a worker (default true), so that the page never blocks. */
  worker?: boolean;
  /**
   * How many threads compute on the CPU: default the number of cores, at most 8. More than one need a page that is cross-origin
   * isolated (served with `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`) and a worker;
   * elsewhere there is one. The pictures and what is learned are the same with any number.
   */
  threads?: number;
  /**
   * How a GPU keeps the kernels that it translates by. The inner layers take as long as their kernels take to be read, and `f16` rounds each
   * weight to 16 bits, `q8` to one of 256 values. They are a copy: the model learns from what it was loaded with, and translates by that
   * from then on. A few layers are tried first, and where the GPU does not give what the CPU does it keeps `f32`:
   * {@link ModelInfo.kernelDtype} says so. Default `f32`.
   */
  kernelDtype?: KernelDtype;
  /** Default `relaxed` where the browser has it; elsewhere, and on WebGPU, `fixed` is taken. In the caller's thread the first model decides for all. */
  simd?: Simd;
  /**
   * Addresses of `cpu_bg.wasm`, `cpu-relaxed_bg.wasm`, `threads_bg.wasm`, `threads-relaxed_bg.wasm` and `webgpu_bg.wasm`, where they do not lie
   * beside the script. Without an address, `cpu-relaxed` is not used if `cpu` has one; nor is `threads-relaxed` if `threads` has one.
   */
  wasmUrl?: EngineUrls;
  /** Addresses of `cpu-worker.js`, `threads-worker.js` and `webgpu-worker.js`, where they do not lie beside the script. */
  workerUrl?: WorkerUrls;
}

/** Options of {@link Pix2Pix.prefetch}: those of the `load` that is to come. */
export interface PrefetchOptions extends Pick<LoadOptions, 'device' | 'signal' | 'worker' | 'threads' | 'simd' | 'wasmUrl' | 'workerUrl'> {
  /**
   * Called as bytes arrive: of engine and model together. The first call knows the total, unless the model's server does not say how long its
   * file is. Never called where all of it is there already.
   */
  onProgress?: (progress: Bytes) => void;
}

/** Options of {@link Pix2Pix.warmUp}. */
export interface WarmUpOptions {
  /**
   * The options of the training that is to come, `{}` for the defaults: its first step is prepared too. That takes as much memory as the
   * training, for as long as the step. Default: no training is prepared.
   */
  train?: Omit<TrainOptions, 'steps' | 'restart' | 'traceEvery' | 'signal' | 'onSkip'>;
  /** Stops waiting; a warm-up that has not begun is never begun. */
  signal?: AbortSignal;
}

/** Options of {@link Pix2Pix.translate}. */
export interface TranslateOptions {
  /** Keep dropout on, as the original does at test time (default false: a drawing gives one answer). */
  dropout?: boolean;
  /** Makes dropout repeatable: the same seed gives the same picture. 0 to 2^32 - 1. */
  seed?: number;
  /** Default `batch`. A training does not update running statistics, as in the original, and ends their use. */
  statistics?: Statistics;
  /** Default `contain`, on white. */
  fit?: Fit;
  /** Default `aspect`. */
  output?: OutputShape;
  /**
   * The size at which the network sees the sketch, and so that of the picture. Batch statistics are then of other pixels than
   * the network was trained with. Default: the network's square, {@link ModelInfo.size} pixels a side.
   */
  size?: Size;
  /**
   * For large pictures: the network sees the sketch in squares of its own size that overlap by half, and the picture is blended of
   * what it makes of them. All are normalised by the statistics of some of them together, so that none differs in its tone, and
   * dropout drops the same values in each. `size` may be anything from {@link ModelInfo.size} on, and is the sketch's own where
   * it is left out. Default false.
   */
  tiles?: boolean;
  /**
   * Colour hints fill the regions that they lie in before the network sees them: one dab colours a whole petal. For models
   * that were trained so, with {@link TrainOptions.spreadHints}. Default false.
   */
  spreadHints?: boolean;
  /**
   * Colours a plain drawing: lays the hints that {@link Pix2Pix.suggestHints} suggests for this seed, 0 to 2^32 - 1, before
   * it translates. Default: none.
   */
  colors?: number;
  /**
   * The most memory, in MiB, in which the CPU keeps weights in the form that it multiplies by, from the second picture of the
   * same weights on. The pictures are the same. Default 64, which is enough for all of an ngf of 32; 0 keeps none.
   */
  weightsCache?: number;
  /** Stops waiting for the result; a translation that has not begun is never begun. */
  signal?: AbortSignal;
  /** What to do while another translation runs: wait in line (default), or take the place of the one waiting. */
  overlap?: 'queue' | 'supersede';
}

/** Options of {@link Pix2Pix.colorize}. */
export interface ColorizeOptions {
  /** The size to which the photograph is stretched for the network to see it. Default: the network's square. */
  size?: Size;
  /** The network sees the photograph in squares that overlap, as with {@link TranslateOptions.tiles}. Default false. */
  tiles?: boolean;
  /** Keep dropout on, as the original does at test time (default false). */
  dropout?: boolean;
  /** Makes dropout repeatable. 0 to 2^32 - 1, default 0. */
  seed?: number;
  /** Default `batch`. */
  statistics?: Statistics;
  /** Stops waiting for the result; a photograph whose turn has not come is never coloured. */
  signal?: AbortSignal;
}

/** Options of {@link Pix2Pix.save}. */
export interface SaveOptions {
  /**
   * `generator` (default): what it takes to translate. `discriminator`: it alone, for `loadDiscriminator`.
   * `networks`: both, to teach the model more another day; of a model without a discriminator, the generator alone. `checkpoint`: all of the training, so that `load` and `train` go on as if never stopped.
   */
  what?: 'generator' | 'discriminator' | 'networks' | 'checkpoint';
  /**
   * `safetensors` (default): our own naming, which holds everything. `pict`: a generator for the original's browser demo, ml5 and others that
   * read its 8-bit format.
   */
  format?: 'safetensors' | 'pict';
  /**
   * Default `f32`, of a `.pict`, which has no other, `q8`. `f16` halves the file; a checkpoint in `f16` goes on from rounded numbers. `q8` quarters it: each
   * kernel's numbers are the nearest of 256, or such beside them that no grid comes of it; a checkpoint can't be saved so.
   */
  dtype?: 'f32' | 'f16' | 'q8';
  /**
   * What the file says of the model to people, and what files of it say from now on. What the model was made from stays, and so do
   * the classes where none are given. Default: the card that it has.
   */
  card?: Card;
}

/**
 * What a model's file says of it to people. All texts are plain text. The limits of each field stand in `www/docs/cards.md`; a card
 * beyond them is `weights/card`.
 */
export interface Card {
  title?: string;
  /** Its name as SPDX has it, and where it can be read. */
  licence?: { name: string; url?: string };
  /** Who is to be named, a line each. */
  credits?: readonly string[];
  /** What the model learned from. */
  data?: string;
  /** Steps of its training. */
  steps?: number;
  /** What it was measured at, by the measure's name. */
  scores?: Readonly<Record<string, number>>;
  /** Of a model whose input is a map of labels, what each colour, `#rrggbb`, means. The first is the background. */
  classes?: readonly { readonly name: string; readonly color: string }[];
  /** A small picture, as a `data:` URL of a PNG or JPEG. */
  thumbnail?: string;
  /** The models whose weights it began with, the latest first. Training adds the model that it began with. */
  madeFrom?: readonly Pick<Card, 'title' | 'licence' | 'credits'>[];
}

/** The discriminator's patches: those of the paper, and with 34 and 142 those of pytorch-CycleGAN-and-pix2pix's `n_layers`. */
export type Patch = 1 | 16 | 34 | 70 | 142 | 286;

/** What stands before a convolution: each is defined, with its source, in `src/model/activation.rs`. */
export type Activation = 'sigmoid' | 'tanh' | 'relu' | 'leakyrelu' | 'elu' | 'prelu' | 'rrelu' | 'srelu';

/** What {@link Pix2Pix.create} makes: the networks of the paper, unless told otherwise. */
export interface CreateConfig {
  /** Width of the generator's first layer. Default 64. */
  ngf?: number;
  /** The most channels that a layer of the generator has, from ngf to less than 8 times ngf. Default: 8 times ngf. */
  maxWidth?: number;
  /** Width of the discriminator's first layer. Default: ngf. */
  ndf?: number;
  /**
   * Pixels on a side of the patch that each value of the discriminator's map judges. 1 sees colours alone, 16 texture, 286 the
   * whole; 286 needs pictures of 128 pixels or more a side, 142 of 64. Default 70, as in the paper.
   */
  patch?: Patch;
  /** Layers in the encoder; pictures are 2^depth pixels wide. 5 to 9, default 8. */
  depth?: number;
  /**
   * Whose U-Net and PatchGAN: pix2pix.py's, or that of pytorch-CycleGAN-and-pix2pix, for models that go on to be trained
   * there. Default `tensorflow`.
   */
  layout?: 'tensorflow' | 'pytorch';
  /**
   * `separable`: the generator's convolutions are separable, as with pix2pix.py's `--separable_conv`, with an eighth of the
   * weights. Default `full`.
   */
  convolution?: 'full' | 'separable';
  /**
   * What stands before the convolutions of the generator's encoder but the first. `prelu` and `srelu` have slopes that are
   * learned, `rrelu` random ones in training. Default `leakyrelu`, with a slope of 0.2 below zero, as in the paper.
   */
  activation?: Activation;
  /**
   * What both networks normalise over: the batch, as in pix2pix.py (default), each picture alone, or nothing, which goes
   * with biases.
   */
  norm?: 'batch' | 'instance' | 'none';
  /**
   * `rgb` (default): from a picture to a picture. `lab`: a model that colours photographs, as pix2pix.py's
   * `--lab_colorization` makes it; it sees their lightness and paints their colours, in CIE Lab.
   */
  color?: 'rgb' | 'lab';
  /** Of a model in `lab`: `AtoB` (default) from lightness to colours, `BtoA` the other way. */
  direction?: 'AtoB' | 'BtoA';
  /**
   * Convolutions have biases, as in the layout of 2018. Default: with separable convolutions and without a norm; in
   * PyTorch's layout the norm decides it.
   */
  bias?: boolean;
  /** The probability of dropout in the three innermost decoders. Default 0.5. */
  dropout?: number;
  /** The same seed gives the same weights. Default 0. */
  seed?: number;
}

/**
 * A pair to learn from: two pictures, or one with both halves side by side, A on the left. A model that colours photographs
 * learns from single ones, each its own pair of lightness and colours.
 */
export type Pair =
  | { name?: string; input: Source; target: Source }
  | { name?: string; sideBySide: Source; direction?: 'AtoB' | 'BtoA' }
  | { name?: string; photo: Source };

/**
 * Options of {@link Pix2Pix.train}. The defaults are pix2pix.py's. A model that was trained before, or loaded
 * from a checkpoint, goes on with the options that it had; those given here replace them one by one, and `null`
 * brings a default back.
 */
export interface TrainOptions {
  /** Stop after so many steps of this call. Default: never. */
  steps?: number;
  /** Pairs a step. Default 1. */
  batchSize?: number | null;
  /** Adam's step size. Default 2e-4. */
  learningRate?: number | null;
  /** Default 0.5. */
  beta1?: number | null;
  /** Default 0.999. */
  beta2?: number | null;
  /** Added to the root of the second moment, where TensorFlow adds it. Default 1e-8. */
  epsilon?: number | null;
  /** Weight of the mean absolute difference. Default 100. */
  l1Weight?: number | null;
  /** Weight of the discriminator's judgement. Default 1. */
  ganWeight?: number | null;
  /**
   * `vanilla` (default): the original's, computed from logits. `vanilla-eps`: its literal form,
   * `-log(D + 1e-12)`, whose gradient dies where D saturates. `lsgan`, `hinge`.
   */
  loss?: 'vanilla' | 'vanilla-eps' | 'lsgan' | 'hinge' | null;
  /** The most that the norm of a network's whole gradient may be; larger ones are scaled down. Default: no limit. */
  clip?: number | null;
  /**
   * The learning rate falls in a line from its full value at step `from` to zero at step `to`, counted from the
   * beginning of the whole training as {@link TrainStep.step} is. Default: it stays.
   */
  decay?: { from: number; to: number } | null;
  /**
   * What stays as it is: `none` (default), the generator's `encoder`, or its `inner` layers (those of 8 by 8
   * pixels and smaller: 85% of the weights, which then need no optimiser state).
   */
  freeze?: 'none' | 'encoder' | 'inner' | null;
  /** Train without a discriminator, by the L1 loss alone. Default false. */
  generatorOnly?: boolean | null;
  /**
   * For so many steps from now on the discriminator learns before it pushes the generator. Default: 20 where it is
   * new and the generator is not, else 0.
   */
  warmup?: number | null;
  /** Dropout while training, as in the original. Default true. */
  dropout?: boolean | null;
  /** Pictures are resized to a square of this many pixels, and a random part is cut out. Default 286 for a part of 256. */
  scaleSize?: number | null;
  /**
   * Pixels on a side of that part, a multiple of {@link ModelInfo.size} up to 4096; any other is `image/size`, which names the
   * nearest. Memory grows with its area. Default: {@link ModelInfo.size}.
   */
  cropSize?: number | null;
  /** Mirror every other pair, at random. Default true. */
  flip?: boolean | null;
  /**
   * `given` (default): the pairs' own sketches. `varied`: at each step two in three are redrawn from the target, as
   * drawings by hand vary (edges of random strength, outlines alone, wobble, gaps, several widths), and both sides of
   * every pair are warped a little: for sketches that were made by edge detection.
   */
  lines?: 'given' | 'varied' | null;
  /**
   * The share of sketches, 0 to 1, that get colour hints: short strokes and dots under the lines, in shades
   * near the target's colours. Default 0.
   */
  hints?: number | null;
  /**
   * The share of the sketches with hints, 0 to 1, whose targets have their colour channels exchanged: nothing but the hints
   * tells their colours then, and a model learns to heed them sooner. Default 0.
   */
  recolor?: number | null;
  /**
   * Hints fill the regions that they lie in, in the mean colour that the target has there. A model that learned so is
   * to be asked so, with {@link TranslateOptions.spreadHints}. Default false.
   */
  spreadHints?: boolean | null;
  /**
   * What the decoders' convolution kernels are held to. `free` (default): nothing. `balanced`: those that draw no
   * checkerboard on a flat area. `smooth`: those of upsampling to the nearest pixel and a 3 x 3 convolution. `linear`: those of
   * bilinear upsampling and a 2 x 2 convolution, so that shading has no steps.
   */
  kernels?: 'free' | 'balanced' | 'smooth' | 'linear' | null;
  /**
   * The weight of chroma, 0 to 1, in the L1 loss of a sketch without hints, that of lightness being 1; how colourful a pixel
   * is, whichever its hue, counts for the rest. L1 of chroma paints what lines don't tell in the mean of all colours, which is
   * brown. Default: the original's L1.
   */
  chromaWeight?: number | null;
  /**
   * The least that tanh's slope counts, 0 to 1, where the output is wrong. White drives tanh to where its slope is next to
   * nothing: with more than 0, a white background becomes another one sooner. Default 0.
   */
  slopeFloor?: number | null;
  /**
   * The decay, at least 0 and less than 1, of a moving average of the generator's weights; `translate`, previews and saved
   * models then use the average. Default: none.
   */
  average?: number | null;
  /** How pictures that are not square become it. Default `stretch`, as in the original. */
  fit?: Fit | null;
  /** Decides the order of the pairs, the cuts, the mirroring, lines, hints and dropout. Default 0. */
  seed?: number | null;
  /** Forget the optimisers, the step count and the options of an earlier training. Default false. */
  restart?: boolean | null;
  /** Every so many steps, {@link TrainStep.trace} holds a timeline. Default: never. */
  traceEvery?: number | null;
  /** Stops between two steps: the iteration throws the signal's reason, and the model is usable. */
  signal?: AbortSignal;
  /** Hears of each pair that can't be used; the others are. */
  onSkip?: (skipped: Skipped) => void;
}

/** A pair that can't be used, and why. */
export interface Skipped {
  name: string;
  code: string;
  message: string;
}

/** Means over the batch; the generator's total is `ganWeight * gan + l1Weight * l1`. */
export interface Losses {
  /** Undefined where no discriminator is trained. */
  discriminator: number | undefined;
  /** The generator's loss before the discriminator. Undefined where none is trained. */
  gan: number | undefined;
  /** Mean absolute difference of output and target, in [-1, 1] as the original has it. */
  l1: number;
}

/** One step of training: an update of the discriminator and one of the generator. */
export interface TrainStep {
  /** Steps of this training so far, 1 at first. */
  step: number;
  /** At the weights before this step. */
  losses: Losses;
  /** Moving averages, decay 0.99, corrected for their start at zero. */
  averages: Losses;
  /** The same as pix2pix.py shows them, uncorrected. */
  rawAverages: Losses;
  /** Norms of the whole gradients, before clipping. */
  gradientNorms: { discriminator: number | undefined; generator: number };
  /** After {@link TrainOptions.decay}. */
  learningRate: number;
  imagesPerSecond: number;
  /** Known where `steps` was given. */
  secondsLeft: number | undefined;
  /** The names of the pairs that this step learned from. */
  pairs: string[];
  /** A timeline as Chrome trace JSON, for Perfetto, in every `traceEvery`-th step. */
  trace: Blob | undefined;
  /** This step's first pair through the networks as they are now. Best asked for before the next step. */
  preview(): Promise<Preview>;
}

/** A pair through the networks. */
export interface Preview {
  name: string;
  input: ImageData;
  output: ImageData;
  target: ImageData;
  /** How real the discriminator finds the target and the output, patch by patch. */
  real: ScoreMap | undefined;
  fake: ScoreMap | undefined;
}

/** Probabilities, row by row: 30 by 30 of them for a picture of 256 by 256 and a {@link CreateConfig.patch} of 70. */
export interface ScoreMap {
  width: number;
  height: number;
  values: Float32Array;
}

/** A pair that the model was tested on: whole, without cuts, mirroring or dropout. */
export interface Evaluation {
  name: string;
  /** Mean absolute difference of output and target, of 1. */
  l1: number;
  input: ImageData;
  output: ImageData;
  target: ImageData;
}

/** Options of {@link Pix2Pix.evaluate}. */
export interface EvaluateOptions {
  /** Colour hints of the inputs fill the regions that they lie in: for models that were trained so. Default false. */
  spreadHints?: boolean;
  /** Pixels on a side of the squares that pairs are brought to, a multiple of {@link ModelInfo.size}. Default: that. */
  size?: number;
}

/** Options of {@link EdgeDetector.detect}. */
export interface EdgeOptions {
  /** More lines, or fewer: 0 to 1, default 0.5. */
  strength?: number;
  /** Stops waiting for the lines; a picture whose turn has not come is never looked at. */
  signal?: AbortSignal;
}

/** Options of {@link Pix2Pix.suggestHints}. */
export interface HintOptions {
  /** Each seed has a palette of its own, and the same colours every time. 0 to 2^32 - 1, default 0. */
  seed?: number;
}

/** A dab of colour for a region of a sketch. */
export interface Hint {
  /** The middle, in pixels of the sketch. */
  x: number;
  y: number;
  /** In pixels of the sketch. */
  radius: number;
  /** `#rrggbb`. */
  color: string;
}

/** What was loaded, where it runs, and why there. */
export interface ModelInfo {
  /** The device that was taken. */
  device: 'webgpu' | 'cpu';
  /** The adapter's name, as the browser gives it. */
  adapter: string;
  /** Why this device: a sentence for a person. */
  reason: string;
  /** What the adapter has that others lack, whether it is used or not. Empty on the CPU. */
  features: readonly ('shader-f16' | 'subgroups')[];
  /** How the device keeps the kernels that it translates by: see {@link LoadOptions.kernelDtype}. */
  kernelDtype: KernelDtype;
  /** Why so: a phrase for a person. */
  kernelReason: string;
  /** How many threads compute on the CPU. */
  threads: number;
  /** The vectors that the CPU computes with. */
  simd: Simd;
  /**
   * `pict`, `pix2pix-web` (our safetensors), `tensorflow-2017` or `tensorflow-2018` (a checkpoint, or safetensors with those
   * names), `pytorch` (a `.pth`, or safetensors with its names), `onnx`, or `new`.
   */
  format: 'pict' | 'pix2pix-web' | 'tensorflow-2017' | 'tensorflow-2018' | 'pytorch' | 'onnx' | 'new';
  /** How the weights are stored in the file: `f32`, `f16`, or `q8` (a code book of 256 values). */
  dtype: 'f32' | 'f16' | 'bf16' | 'q8';
  /** The size of the file. */
  bytes: number;
  /** Weights and biases of the generator. */
  parameters: number;
  /** Width of the first layer. */
  ngf: number;
  /** The most channels that a layer has, where that is less than 8 times ngf. */
  maxWidth?: number;
  /** Layers in the encoder; the network's square is 2^depth pixels wide. */
  depth: number;
  /** Pixels on a side of the network's square. */
  size: number;
  inChannels: number;
  outChannels: number;
  /** `lab`: the model colours photographs, or finds the lightness for colours (from 2 channels to 1). */
  color: 'rgb' | 'lab';
  /** `separable`: the generator was made with pix2pix.py's `--separable_conv`. */
  convolution: 'full' | 'separable';
  /** What stands before the convolutions of the generator's encoder. */
  activation: Activation;
  /** What the networks normalise over. */
  norm: 'batch' | 'instance' | 'none';
  /** Convolutions have biases (the layout of 2018). */
  bias: boolean;
  /** The file has running statistics, so that `statistics: 'running'` works. */
  runningStatistics: boolean;
  /** The discriminator's ndf, where the file has one; it is kept for training. */
  ndf: number | undefined;
  /** The discriminator's patch, likewise. */
  patch: Patch | undefined;
  /** Steps of the training that the file is a checkpoint of; 0 for any other file. */
  step: number;
  /** What the file says of the model, where it has a card. */
  card?: Card;
  /** Tensors that the file has and the network does not need: optimiser slots, averages, step counters. */
  ignored: string[];
}

/**
 * A picture that can be translated. A Blob or File is a PNG, JPEG, WebP, or whatever the browser reads. Of a video it is the frame that is
 * shown at that moment; a VideoFrame stays the caller's to close.
 */
export type Source =
  | ImageData
  | ImageBitmap
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLImageElement
  | HTMLVideoElement
  | VideoFrame
  | Blob;

/** Every failure that the caller can mend: a stable code, the place, and the remedy in the message. */
export class Pix2PixError extends Error {
  /** Stable, for programs: `weights/shape`, `options/invalid`, `device/unavailable`, … */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'Pix2PixError';
    this.code = code;
  }
}
