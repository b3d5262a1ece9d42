/**
 * The words that the page, the client and the worker share: options, results and errors.
 * Nothing here touches the DOM or WebAssembly, so it can be imported anywhere, in Node too.
 */

/** The cache (of the Cache API) in which model files from addresses are kept. */
export const MODEL_CACHE = 'pix2pix-web-models';

/** Where the network runs. `auto` takes WebGPU unless it is missing or only a software fallback. */
export type DeviceChoice = 'auto' | 'webgpu' | 'cpu';

/** How a picture that is not square is brought to the network's square. */
export type Fit = 'contain' | 'cover' | 'stretch';

/** Which statistics batch normalisation uses: the picture's own, as the original does, or stored ones. */
export type Statistics = 'batch' | 'running';

/** The shape of the result: the input's aspect ratio, or the network's whole square. */
export type OutputShape = 'aspect' | 'square';

/** Real bytes, never a guess: `total` is undefined where the server does not say. */
export interface Progress {
  /** `runtime`: the WebAssembly module; `download`: the model file; `weights`: tensors going to the device. */
  phase: 'runtime' | 'download' | 'weights';
  /** Bytes so far. */
  loaded: number;
  /** Bytes in all, where known. */
  total: number | undefined;
}

/** Options of {@link Pix2Pix.load}. */
export interface LoadOptions {
  /** Default `auto`. */
  device?: DeviceChoice;
  /** Called as bytes arrive and as tensors reach the device. */
  onProgress?: (progress: Progress) => void;
  /** Aborts the download or the loading; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Keep a model that came from a URL in the Cache API (default true). */
  cache?: boolean;
  /** Run in a worker (default true), so that the page never blocks. */
  worker?: boolean;
  /** Address of `pix2pix_web_bg.wasm`, where it does not lie beside the script. */
  wasmUrl?: string | URL;
  /** Address of `worker.js`, where it does not lie beside the script. */
  workerUrl?: string | URL;
}

/** Options of {@link Pix2Pix.translate}. */
export interface TranslateOptions {
  /** Keep dropout on, as the original does at test time (default false: a drawing gives one answer). */
  dropout?: boolean;
  /** Makes dropout repeatable: the same seed gives the same picture. 0 to 2^32 - 1. */
  seed?: number;
  /** Default `batch`. */
  statistics?: Statistics;
  /** Default `contain`, on white. */
  fit?: Fit;
  /** Default `aspect`. */
  output?: OutputShape;
  /** Stops waiting for the result; a translation that has not begun is never begun. */
  signal?: AbortSignal;
  /** What to do while another translation runs: wait in line (default), or take the place of the one waiting. */
  overlap?: 'queue' | 'supersede';
}

/** Options of {@link Pix2Pix.save}. */
export interface SaveOptions {
  /** Default `f32`. `f16` halves the file. */
  dtype?: 'f32' | 'f16';
}

/** What was loaded, where it runs, and why there. */
export interface ModelInfo {
  /** The device that was taken. */
  device: 'webgpu' | 'cpu';
  /** The adapter's name, as the browser gives it. */
  adapter: string;
  /** Why this device: a sentence for a person. */
  reason: string;
  /** `pict`, `pix2pix-web` (our safetensors), `tensorflow-2017` or `tensorflow-2018` (safetensors with those names). */
  format: 'pict' | 'pix2pix-web' | 'tensorflow-2017' | 'tensorflow-2018';
  /** How the weights are stored in the file: `f32`, `f16`, or `q8` (a code book of 256 values). */
  dtype: 'f32' | 'f16' | 'bf16' | 'q8';
  /** The size of the file. */
  bytes: number;
  /** Weights and biases of the generator. */
  parameters: number;
  /** Width of the first layer. */
  ngf: number;
  /** Layers in the encoder; the network's square is 2^depth pixels wide. */
  depth: number;
  /** Pixels on a side of the network's square. */
  size: number;
  inChannels: number;
  outChannels: number;
  /** Convolutions have biases (the layout of 2018). */
  bias: boolean;
  /** The file has running statistics, so that `statistics: 'running'` works. */
  runningStatistics: boolean;
  /** The discriminator's ndf, where the file has one; it is kept for training. */
  ndf: number | undefined;
  /** Tensors that the file has and the network does not need: optimiser slots, averages, step counters. */
  ignored: string[];
}

/** A picture that can be translated. A Blob or File is a PNG, JPEG, WebP, or whatever the browser reads. */
export type Source =
  | ImageData
  | ImageBitmap
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLImageElement
  | Blob;

/** Every failure that the caller can mend: a stable code, the place, and the remedy in the message. */
export class Pix2PixError extends Error {
  /** Stable, for programs: `weights/shape`, `options/unknown`, `device/unavailable`, … */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'Pix2PixError';
    this.code = code;
  }
}
