/** How time and memory of this package grow with the network and with use. */
import type { Device } from '../contenders';
import { PLAIN_TRAINING, importPackage } from './ours';
import { drawSketch, drawTarget } from './pair';

/** One kind of work. */
export interface Work {
  readonly device: Device;
  readonly ngf: number;
  /** Pictures are 2^depth pixels wide. */
  readonly depth: number;
  /** Pairs a step; translations where there is none. */
  readonly batchSize?: number;
}

/** In bytes. */
export interface Memory {
  /** At its peak: WebAssembly gives none back. */
  readonly webAssembly: number;
  /** Of the GPU's pools. Undefined on the CPU. */
  readonly device: number | undefined;
  /** What the scripts of page and worker hold. Undefined where the browser does not tell. */
  readonly scripts: number | undefined;
}

export interface Use {
  /** Milliseconds of each call. */
  readonly times: number[];
  /** After so many calls. */
  readonly memory: { readonly calls: number; readonly memory: Memory }[];
}

/** Does the work with a new model until the last of the counts `at`, at each of which it reads the memory. */
export async function use({ device, ngf, depth, batchSize }: Work, at: readonly number[]): Promise<Use> {
  const { Pix2Pix } = await importPackage();
  const model = await Pix2Pix.create({ ngf, depth, seed: 7 }, { device });
  const { size } = model.info;
  const [input, target] = [drawSketch(size).image, drawTarget(size).image];
  const pairs = Array.from({ length: batchSize ?? 0 }, (_, pair) => ({ name: `${pair}`, input, target }));
  const training = batchSize && model.train(pairs, { ...PLAIN_TRAINING, batchSize, scaleSize: size });
  const used: Use = { times: [], memory: [] };
  const calls = Math.max(...at);
  for (let call = 1; call <= calls; call++) {
    const began = performance.now();
    await (training ? training.next() : model.translate(input));
    used.times.push(performance.now() - began);
    if (at.includes(call)) {
      const memory = { webAssembly: await model.memory(), device: await model.deviceMemory(), scripts: await scriptMemory() };
      used.memory.push({ calls: call, memory });
    }
  }
  if (training) await training.return();
  model.dispose();
  return used;
}

/** Of page and worker, behind a garbage collection; WebAssembly's is not among it. Chromium tells it, to isolated pages. */
async function scriptMemory(): Promise<number | undefined> {
  const { measureUserAgentSpecificMemory } = performance as { measureUserAgentSpecificMemory?: () => Promise<{ bytes: number }> };
  return (await measureUserAgentSpecificMemory?.call(performance))?.bytes;
}
