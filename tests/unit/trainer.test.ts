import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Model } from '../../www/models/models';
import type { Pix2Pix } from '../../www/package/client';
import { Pix2PixError, type TrainOptions, type TrainStep } from '../../www/package/contract/protocol';
import { type Lesson, newLesson } from '../../www/teach/lesson';
import { Trainer } from '../../www/teach/trainer';
import { settled } from './tools';

const base: Model = { id: 'own', name: 'mine', about: '', bytes: 1, source: '', samples: [], discriminator: 'd.safetensors' };

interface Setup {
  /** What becomes of a step before it is told. */
  atStep?: (step: number) => void;
  ndf?: number;
}

/** A trainer whose model makes steps of itself, and a log of all that happens. */
function setup({ atStep = () => undefined, ndf }: Setup = {}) {
  const log: string[] = [];
  const options: TrainOptions[] = [];
  const model = {
    info: { step: 0, ndf },
    async *train(_: unknown, given: TrainOptions): AsyncGenerator<TrainStep> {
      options.push(given);
      for (let i = 1; i <= given.steps!; i++) {
        given.signal!.throwIfAborted();
        await settled();
        const step = lesson.step + 1;
        atStep(step);
        yield { step, losses: { l1: 1, gan: 1, discriminator: 1 }, averages: { l1: 1 } } as TrainStep;
      }
      given.signal!.throwIfAborted();
    },
    loadDiscriminator: async (source: string) => void log.push(`fetch ${source}`),
    save: async () => (log.push('save'), new Blob()),
  } as unknown as Pix2Pix;
  const lesson = newLesson(base, 0, {
    steps: 3, learningRate: undefined, freeze: 'none', loss: 'vanilla', discriminator: true, dropout: true, flip: true, varied: true, batchSize: 1, seed: 0,
  });
  lesson.target = 3;
  const trainer: Trainer = new Trainer({
    phase: (phase) => log.push(phase),
    doing: () => undefined,
    begin: async () => void log.push('begin'),
    stepped: ({ step }) => void log.push(`step ${step}`),
    between: async () => undefined,
    resting: async () => void log.push('rest'),
    skipped: () => undefined,
    saved: () => undefined,
    notKept: () => undefined,
    failed: (error) => log.push(`failed: ${(error as Error).message}`),
  });
  const teach = (of: Lesson = lesson) => trainer.teach(model, of, [], []);
  const until = async (entry: string) => {
    while (!log.includes(entry)) await settled();
  };
  return { trainer, log, lesson, model, options, teach, until };
}

test('a training prepares, steps, is kept and tested, and is done', async () => {
  const { teach, log, lesson, trainer, options } = setup();
  await teach();
  assert.deepEqual(log, ['preparing', 'fetch d.safetensors', 'begin', 'running', 'step 1', 'step 2', 'step 3', 'save', 'rest', 'done']);
  assert.deepEqual([lesson.step, trainer.active], [3, false]);
  assert.equal(options[0]!.steps, 3);
});

test('a page out of sight trains on: no timer, which browsers slow down there, and no frame, of which there are none, stands between two steps', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  assert.equal('requestAnimationFrame' in globalThis, false);
  const { teach, log } = setup();
  await teach();
  assert.equal(log.at(-1), 'done');
});

test('the discriminator is fetched once, and not at all where the file has its own', async () => {
  const own = setup({ ndf: 4 });
  await own.teach();
  assert.ok(!own.log.includes('fetch d.safetensors'));
  const { teach, log, lesson, options } = setup();
  await teach();
  lesson.target = 5;
  await teach();
  assert.equal(log.filter((entry) => entry.startsWith('fetch')).length, 1);
  assert.deepEqual(options.map(({ steps, learningRate }) => [steps, learningRate]), [[3, undefined], [2, 2e-4]], 'it goes on');
});

test('a stop keeps what was learned; before the first step it leaves everything as it was', async () => {
  const { teach, log, trainer, lesson, until } = setup();
  lesson.target = 1000;
  const teaching = teach();
  await until('step 2');
  trainer.stop();
  assert.equal(trainer.stopping, true);
  await teaching;
  assert.deepEqual(log.slice(-3), ['save', 'rest', 'done']);
  assert.ok(lesson.step >= 2 && lesson.step < 1000);

  const early = setup();
  const begun = early.teach();
  early.trainer.stop();
  await begun;
  assert.deepEqual(early.log.filter((entry) => entry !== 'fetch d.safetensors'), ['preparing', 'begin', 'idle']);
});

test('a pause keeps it and makes no step until it goes on, or is stopped', async () => {
  const { teach, log, trainer, lesson, until } = setup();
  lesson.target = 1000;
  const teaching = teach();
  trainer.pause();
  assert.equal(trainer.phase, 'preparing', 'there is nothing to pause yet');
  await until('step 1');
  trainer.pause();
  await until('rest');
  const { step } = lesson;
  for (let i = 0; i < 5; i++) await settled();
  assert.equal(lesson.step, step);
  trainer.resume();
  await until(`step ${step + 1}`);
  trainer.pause();
  await settled();
  trainer.stop();
  await teaching;
  assert.equal(trainer.phase, 'done');
  assert.equal(log.filter((entry) => entry === 'paused').length, 2);
});

test('a mishap keeps what was learned before it; a lost engine has nothing left to keep', async () => {
  const fail = (error: Error) => ({ atStep: (step: number) => { if (step === 3) throw error; } });
  const mishap = setup(fail(new Pix2PixError('train/diverged', 'no numbers')));
  await mishap.teach();
  assert.deepEqual(mishap.log.slice(-4), ['save', 'rest', 'failed', 'failed: no numbers']);
  assert.equal(mishap.lesson.step, 2);
  const crash = setup(fail(new Pix2PixError('engine/crashed', 'out of memory')));
  await crash.teach();
  assert.deepEqual(crash.log.slice(-3), ['step 2', 'failed', 'failed: out of memory']);
});

test('a page that is left has its training kept after the step that runs', async () => {
  const { teach, log, trainer, lesson, until } = setup();
  lesson.target = 20;
  const teaching = teach();
  await until('step 2');
  trainer.leave();
  await teaching;
  assert.ok(log.indexOf('save') < log.indexOf('step 6'), log.join());
  assert.equal(log.filter((entry) => entry === 'save').length, 2, 'then, and at the end');
});
