/** Tests on the held-out pairs, and how often there is time for them. */
import type { Evaluation, Pix2Pix } from '../package/client';
import { mean } from './lesson';
import type { Pair } from './pair';
import { libraryPair } from './trainer';

/**
 * The model's picture for each pair, told as it comes. The mean of the differences at the end; undefined if stopped.
 * `spreadHints`: hints fill their regions before the model sees them.
 */
export async function test(
  model: Pix2Pix,
  pairs: readonly Pair[],
  each: (pair: Pair, evaluation: Evaluation) => void,
  { signal, spreadHints = false }: { signal?: AbortSignal; spreadHints?: boolean } = {},
): Promise<number | undefined> {
  const differences: number[] = [];
  for await (const evaluation of model.evaluate(pairs.map(libraryPair), { spreadHints })) {
    if (signal?.aborted) return undefined;
    const pair = pairs[differences.length];
    if (pair === undefined) break;
    differences.push(evaluation.l1);
    each(pair, evaluation);
  }
  return mean(differences);
}

/** Where steps are slow, something is to be seen at least so often. */
const PATIENCE_MS = 20_000;

/** Lets something happen every few steps, as long as it takes no more than its share of the time. */
export class Share {
  readonly #share: number;
  readonly #everySteps: number;
  #step = 0;
  #at = 0;
  #took = 0;

  constructor(share: number, everySteps: number) {
    this.#share = share;
    this.#everySteps = everySteps;
  }

  begin(step: number): void {
    this.#step = step;
    this.#at = performance.now();
  }

  isDue(step: number): boolean {
    const since = performance.now() - this.#at;
    return (step - this.#step >= this.#everySteps || since >= PATIENCE_MS) && this.#took <= this.#share * (since + this.#took);
  }

  async take(step: number, task: () => Promise<void>): Promise<void> {
    const began = performance.now();
    await task();
    this.begin(step);
    this.#took = this.#at - began;
  }
}
