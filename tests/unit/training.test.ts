import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineModel, EnginePair } from '../../www/package/contract/engine';
import { type Pair, Pix2PixError, type Skipped, type TrainOptions, type TrainStep } from '../../www/package/contract/protocol';
import { Queue } from '../../www/package/caller/queue';
import { evaluate, train, type Work } from '../../www/package/caller/training';
import { code } from './tools';

// Pictures that are no Blob are none of this test's.
class NoImage {}
Object.assign(globalThis, { ImageData: NoImage });

/** An engine that notes what it is asked for, and refuses pairs whose file is empty. */
function engine() {
  const log: string[] = [];
  const begun: unknown[] = [];
  let step = 0;
  const accept = ({ name, ...pair }: EnginePair) => {
    const files = 'photo' in pair ? [pair.photo] : 'sideBySide' in pair ? [pair.sideBySide] : [pair.input, pair.target];
    if (files.some((file) => (file as Blob).size === 0)) throw new Pix2PixError('image/unreadable', 'the picture can’t be read');
    log.push(`pair ${name}`);
  };
  const model = {
    begin: async (options: unknown) => void (log.push('begin'), begun.push(options)),
    add: async (pair: EnginePair) => accept(pair),
    step: async () => {
      log.push('step');
      const losses = { l1: 0.5, gan: undefined, discriminator: undefined };
      const trace = step % 2 === 1 ? '{}' : undefined;
      return { step: ++step, losses, averages: losses, rawAverages: losses, gradientNorms: {}, learningRate: 1, pairs: ['a', 'b'], trace };
    },
    preview: async () => 'preview',
    evaluate: async (pair: EnginePair) => (accept(pair), { name: pair.name, l1: 0.25 }),
    end: async () => void log.push('end'),
  };
  const thread = { call: <T>(answer: Promise<T>) => answer, give: <T>(value: T) => value };
  const work = { thread, model: model as unknown as EngineModel, queue: new Queue(), touched: new AbortController(), training: false, learned: async () => undefined } as unknown as Work;
  return { work, log, begun, model };
}

const picture = (content = 'picture') => new Blob([content]);
const pairs = (...names: string[]): Pair[] => names.map((name) => ({ name, input: picture(), target: picture() }));

async function run(work: Work, pairs: Iterable<Pair> | AsyncIterable<Pair>, options: TrainOptions): Promise<TrainStep[]> {
  const steps: TrainStep[] = [];
  for await (const step of train(work, pairs, options)) steps.push(step);
  return steps;
}

test('the pairs are handed over once, and each turn is a step', async () => {
  const { work, log, begun } = engine();
  const steps = await run(work, pairs('a', 'b'), { steps: 3, learningRate: 1e-3, freeze: 'inner' });
  assert.deepEqual(log, ['begin', 'pair a', 'pair b', 'step', 'step', 'step', 'end']);
  assert.deepEqual(begun, [{ learningRate: 1e-3, freeze: 'inner' }], 'what is the loop’s own stays here');
  assert.deepEqual(steps.map(({ step }) => step), [1, 2, 3]);
  assert.equal(steps.at(-1)!.secondsLeft, 0);
  assert.ok(steps.every(({ imagesPerSecond }) => imagesPerSecond > 0));
  assert.deepEqual(steps.map(({ trace }) => trace?.type), [undefined, 'application/json', undefined]);
  assert.equal(await steps[0]!.preview(), 'preview');
});

test('a training touches the model before anything else, and evaluating it does not', async () => {
  const { work } = engine();
  for await (const _ of evaluate(work, pairs('a'), {}));
  assert.equal(work.touched.signal.aborted, false);
  const begun = train(work, pairs('a'), { steps: 1 }).next();
  assert.equal(work.touched.signal.aborted, true);
  await begun;
});

test('a model that moves to another thread between two pairs is evaluated there', async () => {
  const { work } = engine();
  const names: string[] = [];
  for await (const { name } of evaluate(work, pairs('a', 'b'), {})) {
    names.push(name);
    Object.assign(work, { model: { evaluate: async () => ({ name: 'moved' }) } });
  }
  assert.deepEqual(names, ['a', 'moved']);
});

test('a photograph is handed over alone, named by its file or its place', async () => {
  const { work, log } = engine();
  const photos: Pair[] = [{ name: 'a', photo: picture() }, { photo: new File(['x'], 'b.jpg') }, { photo: picture() }, { photo: picture('') }];
  const skipped: Skipped[] = [];
  await run(work, photos, { steps: 1, onSkip: (one) => skipped.push(one) });
  assert.deepEqual(log, ['begin', 'pair a', 'pair b.jpg', 'pair pair 3', 'step', 'end']);
  assert.deepEqual(skipped.map(({ name }) => name), ['pair 4']);
});

test('without a number of steps nobody knows how long it takes', async () => {
  const { work, log } = engine();
  for await (const { step, secondsLeft } of train(work, pairs('a'), {})) {
    assert.equal(secondsLeft, undefined);
    if (step === 2) break;
  }
  assert.equal(log.at(-1), 'end', 'a break frees the pairs');
  assert.equal(work.training, false);
});

test('no steps are none, and fewer are refused', async () => {
  const { work, log } = engine();
  assert.deepEqual(await run(work, pairs('a'), { steps: 0 }), []);
  assert.deepEqual(log, ['begin', 'pair a', 'end']);
  for (const steps of [-1, Number.NaN]) assert.equal(await code(run(work, pairs('a'), { steps })), 'options/invalid');
});

test('two trainings of one model do not run at once', async () => {
  const { work } = engine();
  const first = train(work, pairs('a'), {});
  await first.next();
  assert.equal(await code(run(work, pairs('a'), { steps: 1 })), 'train/running');
  await first.return();
  assert.equal((await run(work, pairs('a'), { steps: 1 })).length, 1);
});

test('a pair that can’t be used is named and skipped', async () => {
  const { work, log } = engine();
  const skipped: Skipped[] = [];
  const broken = new File([], 'broken.png');
  const given: Pair[] = [...pairs('a'), { input: broken, target: picture() }, { sideBySide: picture('') }, { name: 'both', sideBySide: picture() }];
  await run(work, given, { steps: 1, onSkip: (skip) => skipped.push(skip) });
  assert.deepEqual(skipped.map(({ name, code }) => [name, code]), [['broken.png', 'image/unreadable'], ['pair 3', 'image/unreadable']]);
  assert.deepEqual(log, ['begin', 'pair a', 'pair both', 'step', 'end']);
});

test('without a pair that can be used there is no training, and the first one’s fault is told', async () => {
  const { work, log } = engine();
  const broken: Pair[] = [{ name: 'one', sideBySide: picture('') }, { name: 'two', sideBySide: picture('') }];
  await assert.rejects(run(work, broken, {}), { code: 'train/no-pairs', message: /none of the 2 could be used; one: the picture/ });
  await assert.rejects(run(work, [], {}), { code: 'train/no-pairs', message: /none was given/ });
  assert.deepEqual(log, ['begin', 'end', 'begin', 'end']);
  assert.equal(work.training, false);
});

test('a direction that is none is the caller’s mistake, and ends the training', async () => {
  const { work } = engine();
  const given = [{ name: 'both', sideBySide: picture(), direction: 'atob' as 'AtoB' }];
  await assert.rejects(run(work, given, {}), { code: 'options/invalid', message: /both: direction is atob/ });
  assert.equal(work.training, false);
});

test('what is wrong with the engine ends the training, and no pair is blamed for it', async () => {
  const { work, model } = engine();
  model.add = () => Promise.reject(new Pix2PixError('device/lost', 'the device went away'));
  assert.equal(await code(run(work, pairs('a'), { onSkip: () => assert.fail('it was skipped') })), 'device/lost');
});

test('a signal ends it between two steps or two pairs, and an engine that is gone does not hide its reason', async () => {
  const why = new Error('stopped');
  const { work, model, log } = engine();
  model.end = () => Promise.reject(new Error('gone'));
  const stop = new AbortController();
  const stepping = (async () => {
    for await (const { step } of train(work, pairs('a'), { signal: stop.signal })) if (step === 2) stop.abort(why);
  })();
  await assert.rejects(stepping, why);
  assert.equal(log.filter((entry) => entry === 'step').length, 2);
  const early = new AbortController();
  async function* coming() {
    yield* pairs('a');
    early.abort(why);
    yield* pairs('b');
  }
  await assert.rejects(run(work, coming(), { signal: early.signal }), why);
  assert.ok(!log.includes('pair b'));
  await assert.rejects(run(work, pairs('a'), { signal: AbortSignal.abort(why) }), why);
});

test('evaluate tells of each pair, and names the one that can’t be read', async () => {
  const { work } = engine();
  const seen: string[] = [];
  const all: Pair[] = [...pairs('a', 'b'), { name: 'broken', sideBySide: picture('') }, ...pairs('c')];
  const all4 = (async () => {
    for await (const { name } of evaluate(work, all, {})) seen.push(name);
  })();
  await assert.rejects(all4, { code: 'image/unreadable', message: /^broken: / });
  assert.deepEqual(seen, ['a', 'b']);
});
