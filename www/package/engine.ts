/** WebAssembly behind plain functions: the same in a worker and in the caller's thread. */
import init, { Model } from '../../pkg/pix2pix_web.js';
import type { DeviceChoice, ModelInfo, SaveOptions, TranslateOptions } from './protocol.js';
import { pixels, type Portable } from './portable.js';

/** A model in WebAssembly's memory. */
export interface EngineModel {
  info(): Promise<ModelInfo>;
  translate(
    sketch: Portable,
    options: Omit<TranslateOptions, 'signal' | 'overlap'>,
  ): Promise<ImageData>;
  save(options: SaveOptions): Promise<Uint8Array<ArrayBuffer>>;
  memory(): Promise<number>;
  free(): Promise<void>;
}

let started: Promise<unknown> | undefined;

export const engine = {
  async start(module: WebAssembly.Module): Promise<void> {
    started ??= init({ module_or_path: module });
    await guard(async () => started).catch((error: unknown) => {
      started = undefined; // The next call tries again.
      throw error;
    });
  },

  async load(
    bytes: ArrayBuffer,
    options: { device?: DeviceChoice },
    onProgress: (loaded: number, total: number) => void,
  ): Promise<EngineModel> {
    const model = await guard(() => Model.load(new Uint8Array(bytes), options, onProgress));
    return {
      info: () => guard(async () => named(model.info as ModelInfo)),
      translate: (sketch, options) =>
        guard(async () => (await model.translate(await pixels(sketch), options)) as ImageData),
      save: (options) => guard(async () => (await model.save(options)) as Uint8Array<ArrayBuffer>),
      memory: () => guard(async () => Model.memory()),
      free: () => guard(async () => model.free()),
    };
  },
};

export type Engine = typeof engine;

/** wgpu knows an adapter only by its description, which most browsers leave empty. */
async function named(info: ModelInfo): Promise<ModelInfo> {
  if (info.device === 'cpu' || info.adapter !== '') return info;
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  const { vendor = '', architecture = '' } = adapter?.info ?? {};
  return { ...info, adapter: `${vendor} ${architecture}`.trim() || 'unnamed adapter' };
}

/** Every error leaves as `{ code, message }`, which survives the way between threads. */
async function guard<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    throw { code: code ?? 'engine/failed', message: message ?? String(error) };
  }
}
