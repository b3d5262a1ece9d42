/** How far a load is, on one bar and in words: engine and model come side by side, and then the model goes to the device. */
import type { Bytes, Progress } from '../client.js';
import { megabytes } from '../megabytes.js';

export class LoadProgress {
  readonly #fetched = new Map<Progress['phase'], Bytes>();
  #unpacked: Bytes | undefined;

  add({ phase, loaded, total }: Progress): void {
    if (phase === 'weights') this.#unpacked = { loaded, total };
    else this.#fetched.set(phase, { loaded, total });
  }

  /** Of what is under way now. `total` is undefined where a server does not say it. */
  get bytes(): Bytes {
    const parts = this.#unpacked === undefined ? [...this.#fetched.values()] : [this.#unpacked];
    return parts.reduce<Bytes>(
      (sum, { loaded, total }) => ({
        loaded: sum.loaded + loaded,
        total: sum.total === undefined || total === undefined ? undefined : sum.total + total,
      }),
      { loaded: 0, total: 0 },
    );
  }

  get words(): string {
    const { loaded, total } = this.bytes;
    const what = this.#unpacked !== undefined ? 'Unpacking the model' : this.#fetched.has('download') ? 'Fetching the model' : 'Fetching the engine';
    const of = total === undefined ? '' : ` of ${megabytes(total)}`;
    return loaded === 0 ? what : `${what}: ${megabytes(loaded)}${of} MB`;
  }
}
