/** Pictures twice as large, in a worker that starts with the first one. */
import { type Remote, wrap } from 'comlink';
import type { UpscaleWorker } from './upscale.worker';

interface Started {
  readonly remote: Remote<UpscaleWorker>;
  /** Rejects when the worker does not start, or ends: it answers nothing any more then. */
  readonly failed: Promise<never>;
}

let started: Started | undefined;

/** The picture twice as wide and high, with smooth edges. */
export function enlarge(picture: ImageData): Promise<ImageData> {
  started ??= start();
  return Promise.race([started.remote(picture), started.failed]);
}

function start(): Started {
  const worker = new Worker(new URL('./upscale.worker.ts', import.meta.url), { type: 'module' });
  const failed = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      worker.terminate();
      started = undefined; // The next picture tries again.
      reject(new Error('the worker that makes pictures larger failed; is the page offline, or out of memory?'));
    });
  });
  failed.catch(() => undefined); // Heard by those who wait, if anybody does.
  return { remote: wrap<UpscaleWorker>(worker), failed };
}
