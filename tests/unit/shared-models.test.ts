import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadOptions, ModelSource, Pix2Pix, Progress } from '../../www/package/client';
import { SharedModels, type Wanted } from '../../www/package/element/shared-models';
import { deferred, settled } from './tools';

const WANTED: Wanted = { source: 'https://host/a.pict', device: 'auto', threads: undefined };

/** Shared models whose loads the test settles. */
function shared() {
  const loads: { source: ModelSource; options: LoadOptions; model: { disposed: number }; done: ReturnType<typeof deferred<Pix2Pix>> }[] = [];
  const models = new SharedModels((source, options) => {
    const done = deferred<Pix2Pix>();
    const model = { disposed: 0, dispose: () => (model.disposed += 1) };
    loads.push({ source, options, model, done });
    return done.promise;
  });
  const take = (wanted: Partial<Wanted> = {}, heard: (progress: Progress) => void = () => undefined) => models.take({ ...WANTED, ...wanted }, { cache: false }, heard);
  const finish = async (load = loads[0]!) => {
    load.done.resolve(load.model as unknown as Pix2Pix);
    await settled();
    return load.model;
  };
  return { loads, take, finish };
}

test('pads that want the same share one model, which goes with the last of them', async () => {
  const { loads, take, finish } = shared();
  const [first, second] = [take(), take()];
  const model = await finish();
  assert.deepEqual([await first.model === await second.model, loads.length, loads[0]!.options.cache], [true, 1, false]);
  first.release();
  first.release();
  await settled();
  assert.equal(model.disposed, 0, 'one that lets go twice is one');
  second.release();
  await settled();
  assert.equal(model.disposed, 1);
  take();
  assert.equal(loads.length, 2, 'the next one loads it again');
});

test('another address, device, number of threads or file is another model', () => {
  const { loads, take } = shared();
  const [file, same] = [new Blob(['a']), new Blob(['a'])];
  for (const wanted of [{}, { source: 'https://host/b.pict' }, { device: 'cpu' }, { threads: 2 }, { source: file }, { source: same }] as const) {
    take(wanted);
    take(wanted);
  }
  assert.equal(loads.length, 6);
  assert.deepEqual(loads.map(({ options }) => options.threads), [undefined, undefined, undefined, 2, undefined, undefined]);
});

test('a load that nobody waits for is stopped, and one that fails is tried again', async () => {
  const { loads, take } = shared();
  const [first, second] = [take(), take()];
  first.model.catch(() => undefined);
  first.release();
  assert.equal(loads[0]!.options.signal!.aborted, false);
  second.release();
  assert.equal(loads[0]!.options.signal!.reason.code, 'model/disposed');
  const third = take();
  loads[1]!.done.reject(new Error('no network'));
  await assert.rejects(third.model, /no network/);
  take();
  assert.equal(loads.length, 3);
});

test('a model that came after its last user had gone is disposed', async () => {
  const { take, finish } = shared();
  take().release();
  assert.equal((await finish()).disposed, 1);
});

test('a model that crashed is nobody’s next one, and is disposed with those that had it', async () => {
  const { loads, take, finish } = shared();
  const [first, second] = [take(), take()];
  const model = await finish();
  first.replace();
  first.release();
  const next = take();
  assert.equal(loads.length, 2);
  second.replace();
  take();
  assert.equal(loads.length, 2, 'the next one has not crashed');
  second.release();
  await settled();
  assert.equal(model.disposed, 1);
  await finish(loads[1]);
  assert.equal((await next.model) as unknown, loads[1]!.model);
});

const progress = (loaded: number) => ({ phase: 'download', loaded, total: 3, overall: { loaded, total: 3 } }) as const;

test('everyone who waits hears of the progress, until they let go', () => {
  const { loads, take } = shared();
  const heard: string[] = [];
  const [first] = ['first', 'second'].map((name) => take({}, ({ loaded }) => heard.push(`${name} ${loaded}`)));
  loads[0]!.options.onProgress!(progress(1));
  first!.release();
  loads[0]!.options.onProgress!(progress(2));
  assert.deepEqual(heard, ['first 1', 'second 1', 'second 2']);
});
