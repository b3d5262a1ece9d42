/** How far a load is, on one bar and in words: engine and model come side by side, and then the model goes to the device. */
import type { Bytes, Progress } from '../client.js';
import { megabytes } from './megabytes.js';

/** Of what is under way now. `total` is undefined where a server does not say it. */
export function bytesOf({ phase, loaded, total, overall }: Progress): Bytes {
  return phase === 'weights' ? { loaded, total } : overall;
}

export function wordsOf(progress: Progress): string {
  const { loaded, total } = bytesOf(progress);
  const what = progress.phase === 'weights' ? 'Unpacking the model' : 'Fetching model and engine';
  const of = total === undefined ? '' : ` of ${megabytes(total)}`;
  return loaded === 0 ? what : `${what}: ${megabytes(loaded)}${of} MB`;
}
