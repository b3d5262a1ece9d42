/** The loop of training: pairs to the engine one by one, then a step a turn. */
import type { EngineModel, EnginePair } from '../contract/engine.js';
import {
  type EvaluateOptions,
  type Evaluation,
  type Pair,
  Pix2PixError,
  type Skipped,
  type TrainOptions,
  type TrainStep,
} from '../contract/protocol.js';
import { portable } from './portable.js';
import type { Queue } from './queue.js';
import type { Thread } from './thread.js';

/** What the loop works with: the model's own. */
export interface Work {
  /** Where the model runs. Until it is touched it may move, between two tasks of the queue. */
  thread: Thread;
  model: EngineModel;
  readonly queue: Queue;
  /** Fires once the weights may no longer be those of the file, or the model is disposed. */
  readonly touched: AbortController;
  /** Whether a loop runs. */
  training: boolean;
  /** After the first step of a training. */
  readonly learned: () => Promise<void>;
}

export async function* train(
  work: Work,
  pairs: Iterable<Pair> | AsyncIterable<Pair>,
  { signal, onSkip, steps = Infinity, ...plain }: TrainOptions,
): AsyncGenerator<TrainStep, void, undefined> {
  if (!(steps >= 0)) {
    throw new Pix2PixError('options/invalid', `the options of train: steps is ${steps}, expected 0 or more`);
  }
  if (work.training) {
    const message = 'this model is being trained; end that loop (break, or return) before another begins';
    throw new Pix2PixError('train/running', message);
  }
  signal?.throwIfAborted();
  work.training = true;
  work.touched.abort();
  const { thread, model, queue } = work;
  const run = <T>(task: () => Promise<T>) => queue.run(() => thread.call(task()), {});
  try {
    await run(() => model.begin(plain));
    await give(work, pairs, signal, onSkip);
    let milliseconds = 0;
    for (let done = 0; done < steps; done++) {
      signal?.throwIfAborted();
      const began = performance.now();
      const { trace, ...step } = await run(() => model.step());
      // The first step of a GPU compiles its programs, and tells little of the others.
      const took = performance.now() - began;
      milliseconds = done < 2 ? took : milliseconds + (took - milliseconds) * Math.max(0.1, 1 / done);
      if (done === 0) await work.learned();
      yield {
        ...step,
        trace: trace === undefined ? undefined : new Blob([trace], { type: 'application/json' }),
        imagesPerSecond: (1000 * step.pairs.length) / milliseconds,
        secondsLeft: steps === Infinity ? undefined : ((steps - done - 1) * milliseconds) / 1000,
        preview: () => run(() => model.preview()),
      };
    }
  } finally {
    work.training = false;
    // Frees the pairs; where the model is gone, so are they.
    await run(() => model.end()).catch(() => undefined);
  }
}

/** Hands the pairs over; one that can't be used is skipped, and named. */
async function give(
  { thread, model, queue }: Work,
  pairs: Iterable<Pair> | AsyncIterable<Pair>,
  signal: AbortSignal | undefined,
  onSkip: ((skipped: Skipped) => void) | undefined,
): Promise<void> {
  let [i, used] = [0, 0];
  let first: Skipped | undefined;
  for await (const pair of pairs) {
    signal?.throwIfAborted();
    i += 1;
    try {
      const given = await portablePair(pair, i);
      await queue.run(() => thread.call(model.add(handed(thread, given))), {});
      used += 1;
    } catch (error) {
      // Only the pair itself may be at fault; a lost device or a disposed model ends the training.
      if (!isPairs(error)) throw error;
      const skipped = { name: nameOf(pair, i), code: error.code, message: error.message };
      first ??= skipped;
      onSkip?.(skipped);
    }
  }
  if (used === 0) {
    const why = first ? `none of the ${i} could be used; ${first.name}: ${first.message}` : 'none was given';
    throw new Pix2PixError('train/no-pairs', `there are no pairs to learn from: ${why}`);
  }
}

export async function* evaluate(
  work: Work,
  pairs: Iterable<Pair> | AsyncIterable<Pair>,
  options: EvaluateOptions,
): AsyncGenerator<Evaluation, void, undefined> {
  let i = 0;
  for await (const pair of pairs) {
    i += 1;
    try {
      const given = await portablePair(pair, i);
      yield await work.queue.run(() => work.thread.call(work.model.evaluate(handed(work.thread, given), options)), {});
    } catch (error) {
      throw isPairs(error) ? new Pix2PixError(error.code, `${nameOf(pair, i)}: ${error.message}`) : error;
    }
  }
}

function isPairs(error: unknown): error is Pix2PixError {
  return error instanceof Pix2PixError && /^(image|pair)\//.test(error.code);
}

function nameOf(pair: Pair, i: number): string {
  const source = 'photo' in pair ? pair.photo : 'sideBySide' in pair ? pair.sideBySide : pair.input;
  return pair.name ?? (source instanceof File ? source.name : `pair ${i}`);
}

async function portablePair(pair: Pair, i: number): Promise<EnginePair> {
  const name = nameOf(pair, i);
  if ('photo' in pair) return { name, photo: await portable(pair.photo) };
  if ('sideBySide' in pair) {
    const { direction = 'AtoB' } = pair;
    if (direction !== 'AtoB' && direction !== 'BtoA') {
      const message = `${name}: direction is ${String(direction)}, expected AtoB or BtoA`;
      throw new Pix2PixError('options/invalid', message);
    }
    return { name, sideBySide: await portable(pair.sideBySide), direction };
  }
  return { name, input: await portable(pair.input), target: await portable(pair.target) };
}

/** The pair's pictures, given away rather than copied. */
function handed(thread: Thread, pair: EnginePair): EnginePair {
  if ('photo' in pair) return thread.give(pair, [pair.photo]);
  return thread.give(pair, 'sideBySide' in pair ? [pair.sideBySide] : [pair.input, pair.target]);
}
