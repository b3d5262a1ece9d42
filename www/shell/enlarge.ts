/** Pictures twice as large, in a worker that starts with the first one. */
import { LazyWorker } from './lazy-worker';
import type { UpscaleWorker } from './upscale.worker';
import { words } from '../words/current';

const worker = new LazyWorker<UpscaleWorker>(
  () => new Worker(new URL('./upscale.worker.ts', import.meta.url), { type: 'module' }),
  () => words.workers.enlarges,
);

/** The picture twice as wide and high, with smooth edges. */
export function enlarge(picture: ImageData): Promise<ImageData> {
  return worker.run((upscale) => upscale(picture));
}
