import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { proxy } from 'comlink';
import { Pix2Pix } from '../../www/package/client';
import type { WarmUpOptions } from '../../www/package/contract/protocol';
import { engineWorkers } from './engine-workers';
import { code, settled, standIn, standInPage, WASM } from './tools';

/** What the engine was asked for, in order. */
const log: unknown[] = [];
/** Lets a warm-up end. */
let done = (): void => undefined;
let fails = false;

const { EngineWorker } = engineWorkers({
  start: async () => undefined,
  create: async () =>
    proxy({
      info: async () => ({ device: 'cpu' }),
      warmUp: async (train: unknown) => {
        log.push(train ?? 'picture');
        await new Promise<void>((resolve) => (done = resolve));
        if (fails) throw { code: 'options/invalid', message: 'options/invalid: batchSize' };
      },
      loadDiscriminator: async () => void log.push('discriminator'),
    }),
});

standInPage(EngineWorker);
standIn({ fetch: async () => new Response(WASM, { headers: { 'content-type': 'application/wasm' } }) });

beforeEach(() => {
  log.length = 0;
  fails = false;
});

const open = () => Pix2Pix.create({}, { device: 'cpu', simd: 'fixed', wasmUrl: { cpu: 'cpu.wasm' } });

/** Until the engine was asked so often. */
async function asked(times: number): Promise<void> {
  for (let turn = 0; log.length < times; turn++) {
    assert.ok(turn < 1000, `it was asked ${log.length} times`);
    await settled();
  }
}

/** A warm-up that ends as soon as it runs. */
async function warmUp(model: Pix2Pix, options?: WarmUpOptions): Promise<void> {
  const before = log.length;
  const warming = model.warmUp(options);
  await asked(before + 1);
  done();
  await warming;
}

test('what is warm stays so, however often and by however many it is asked for', async () => {
  const model = await open();
  const both = [model.warmUp(), model.warmUp({})];
  await asked(1);
  done();
  await Promise.all(both);
  await model.warmUp();
  assert.deepEqual(log, ['picture']);
  model.dispose();
});

test('trainings are warmed up by their options, and the picture with them', async () => {
  const model = await open();
  await warmUp(model, { train: {} });
  await model.warmUp();
  await warmUp(model, { train: { batchSize: 4 } });
  await model.warmUp({ train: { batchSize: 4 } });
  assert.deepEqual(log, [{}, { batchSize: 4 }]);
  await model.loadDiscriminator(new Uint8Array(4), { cache: false });
  await warmUp(model, { train: { batchSize: 4 } });
  assert.deepEqual(log.slice(2), ['discriminator', { batchSize: 4 }], 'another discriminator is another training');
  model.dispose();
});

test('one that failed is tried again, and one that nobody waits for any more is never begun', async () => {
  const model = await open();
  fails = true;
  const failing = code(model.warmUp({ train: { batchSize: 65 } }));
  await asked(1);
  done();
  assert.equal(await failing, 'options/invalid');
  fails = false;

  const first = model.warmUp();
  await asked(2);
  const stop = new AbortController();
  const stopped = model.warmUp({ train: {}, signal: stop.signal });
  stop.abort(new Error('enough'));
  await assert.rejects(stopped, /enough/);
  done();
  await first;
  await settled();
  assert.deepEqual(log, [{ batchSize: 65 }, 'picture']);

  assert.equal(await code(model.warmUp({ training: true } as WarmUpOptions)), 'options/invalid');
  model.dispose();
  assert.equal(await code(model.warmUp()), 'model/disposed');
});
