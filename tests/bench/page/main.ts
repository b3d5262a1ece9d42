/** The page's side of the benchmark. Each tab opens one runtime. */
import type { Contender } from '../contenders';
import { importPackage, openOurs } from './ours';
import { openOnnxRuntime } from './onnxruntime';
import type { Picture, Runtime, Step } from './runtime';
import { use } from './scale';
import { openTensorFlow } from './tensorflow';

let runtime: Runtime | undefined;

const opened = () => {
  if (!runtime) throw new Error('no runtime is open in this tab');
  return runtime;
};

export const tab = {
  /** Makes networks with random weights, and stores them at `url`. */
  async store(ngf: number, url: string): Promise<void> {
    const { Pix2Pix } = await importPackage();
    const model = await Pix2Pix.create({ ngf, dropout: 0, seed: 7 }, { device: 'cpu' });
    const file = await model.save({ what: 'networks' });
    model.dispose();
    const { ok, status } = await fetch(url, { method: 'PUT', body: file });
    if (!ok) throw new Error(`${url} could not be stored: ${status}`);
  },

  async open(contender: Contender, weights: string, onnx: string, size: number): Promise<void> {
    const { device } = contender;
    if (contender.runtime === 'tfjs') {
      runtime = await openTensorFlow(contender.backend, await bytes(weights), size);
      return;
    }
    const all = contender.threads === 'all';
    runtime =
      contender.runtime === 'ours'
        ? await openOurs({ device, ...(all ? {} : { threads: 1 }) }, await bytes(weights))
        : await openOnnxRuntime(device, all ? navigator.hardwareConcurrency : 1, await bytes(onnx), size);
  },

  use,
  translate: (): Promise<number> => opened().translate(),
  picture: (): Picture => opened().picture(),

  async step(): Promise<Step> {
    const { step } = opened();
    if (!step) throw new Error('this runtime has no training');
    return step();
  },
};

declare global {
  var bench: typeof tab;
}
globalThis.bench = tab;

async function bytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
