/** What the caller asks of an engine, in this thread or in a worker of its own. */
import type {
  ColorizeOptions,
  CreateConfig,
  DeviceChoice,
  EdgeOptions,
  EvaluateOptions,
  Evaluation,
  Hint,
  HintOptions,
  KernelDtype,
  ModelInfo,
  Preview,
  SaveOptions,
  Simd,
  TrainOptions,
  TrainStep,
  TranslateOptions,
  WarmUpOptions,
} from './protocol.js';

/** What can go to another thread; pixels are made there, so that a large photo never blocks the page. */
export type Portable = ImageData | ImageBitmap | Blob;

/** A file with its name, on its way to the engine. */
export interface NamedBytes {
  name: string;
  bytes: ArrayBuffer;
}

/** Where a model is to run, and how. */
export interface EngineDevice {
  device: DeviceChoice | undefined;
  /** Why there, where that was decided outside the engine. */
  reason: string | undefined;
  kernelDtype?: KernelDtype | undefined;
}

/** A pair on its way to the engine. */
export type EnginePair =
  | { name: string; input: Portable; target: Portable }
  | { name: string; sideBySide: Portable; direction: 'AtoB' | 'BtoA' }
  | { name: string; photo: Portable };

/** Options of training without what only the caller's side needs. */
export type EngineTrainOptions = Omit<TrainOptions, 'signal' | 'onSkip' | 'steps'>;

/** A step without what only the caller's side knows. */
export type EngineStep = Omit<TrainStep, 'preview' | 'imagesPerSecond' | 'secondsLeft' | 'trace'> & {
  trace: string | undefined;
};

/** A model in WebAssembly's memory. */
export interface EngineModel {
  info(): Promise<ModelInfo>;
  /** Does once what the first picture does, and the first step of a training with these options. */
  warmUp(train: WarmUpOptions['train']): Promise<void>;
  translate(
    sketch: Portable,
    options: Omit<TranslateOptions, 'signal' | 'overlap'>,
  ): Promise<ImageData>;
  colorize(photo: Portable, options: Omit<ColorizeOptions, 'signal'>): Promise<ImageData>;
  /** How long a translation takes, in milliseconds, as it is seen in the engine's own thread. */
  time(sketch: Portable): Promise<number>;
  /** Begins a training, or goes on with it, without any pairs yet. */
  begin(options: EngineTrainOptions): Promise<void>;
  add(pair: EnginePair): Promise<void>;
  step(): Promise<EngineStep>;
  preview(): Promise<Preview>;
  /** Forgets the pairs. */
  end(): Promise<void>;
  evaluate(pair: EnginePair, options: EvaluateOptions): Promise<Evaluation>;
  loadDiscriminator(bytes: ArrayBuffer): Promise<void>;
  trainingMemory(options: EngineTrainOptions): Promise<number>;
  save(options: SaveOptions): Promise<Blob>;
  memory(): Promise<number>;
  deviceMemory(): Promise<number | undefined>;
  free(): Promise<void>;
}

/** How an engine was built, and the threads of one that has them. */
export interface StartOptions {
  threads: number;
  simd: Simd;
  /** The name of a BroadcastChannel on which a thread tells of its crash. */
  alarm: string;
}

/** An engine in this thread; `start` comes before everything else, and of several the first one counts. */
export interface Engine {
  start(module: WebAssembly.Module, options: StartOptions): Promise<void>;
  load(
    bytes: ArrayBuffer,
    options: EngineDevice,
    onProgress: (loaded: number, total: number) => void,
  ): Promise<EngineModel>;
  /** Files that belong together. */
  loadFiles(
    files: NamedBytes[],
    options: EngineDevice,
    onProgress: (loaded: number, total: number) => void,
  ): Promise<EngineModel>;
  create(config: CreateConfig, options: EngineDevice): Promise<EngineModel>;
  edges(picture: Portable, options: Omit<EdgeOptions, 'signal'>): Promise<ImageData>;
  hints(sketch: Portable, options: HintOptions): Promise<Hint[]>;
}
