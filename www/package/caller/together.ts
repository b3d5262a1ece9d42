/** One progress of what is fetched side by side: the engine and the model. */
import type { Bytes, PhaseProgress, Progress } from '../contract/protocol.js';
import { tell } from './download.js';

/** What is to be fetched. */
export type Part = 'engine' | 'model';

/** Sums the bytes of all parts. Those that are there already tell of 0 bytes of 0, and so count as nothing. */
export class Together {
  /** How far each is, undefined until its server has answered. Engines are told apart: one that fails has another in its place. */
  readonly #parts: Map<string, Bytes | undefined>;

  constructor(...expected: Part[]) {
    this.#parts = new Map(expected.map((part) => [part, undefined]));
  }

  add({ phase, engine, loaded, total }: PhaseProgress): void {
    if (phase === 'weights') return;
    if (phase === 'runtime') this.#parts.delete('engine');
    this.#parts.set(engine ?? 'model', { loaded, total });
  }

  /** Whether a server has still to answer. */
  get waiting(): boolean {
    return [...this.#parts.values()].includes(undefined);
  }

  /** `total` is undefined while a server has still to answer, and where one does not say how long its file is. */
  get bytes(): Bytes {
    const sum: Bytes = { loaded: 0, total: 0 };
    for (const part of this.#parts.values()) {
      sum.loaded += part?.loaded ?? 0;
      sum.total = sum.total === undefined || part?.total === undefined ? undefined : sum.total + part.total;
    }
    return sum;
  }
}

/** Hears of every phase, and tells the caller's listener of it and of the whole. */
export function withOverall(listener: ((progress: Progress) => void) | undefined, ...expected: Part[]): (progress: PhaseProgress) => void {
  const together = new Together(...expected);
  return (progress) => {
    together.add(progress);
    if (progress.total !== 0) tell(listener, { ...progress, overall: together.bytes });
  };
}

/** Hears of every phase, and tells the caller's listener of the whole alone, once its total is known. */
export function overallOnly(listener: ((progress: Bytes) => void) | undefined, ...expected: Part[]): (progress: PhaseProgress) => void {
  const together = new Together(...expected);
  return (progress) => {
    together.add(progress);
    if (!together.waiting && together.bytes.total !== 0) tell(listener, together.bytes);
  };
}
