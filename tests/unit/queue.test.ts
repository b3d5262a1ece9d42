import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Pix2PixError } from '../../www/package/contract/protocol';
import { Queue } from '../../www/package/caller/queue';
import { code, deferred, settled, stoppedClock } from './tools';

test('tasks run one after the other, in the order in which they came', async () => {
  const queue = new Queue();
  const log: string[] = [];
  const first = deferred<void>();
  const task = (name: string, wait?: Promise<void>) => async () => {
    log.push(`${name} begins`);
    await wait;
    log.push(`${name} ends`);
    return name;
  };
  const all = [queue.run(task('a', first.promise), {}), queue.run(task('b'), {}), queue.run(task('c'), {})];
  assert.deepEqual(log, ['a begins']);
  first.resolve();
  assert.deepEqual(await Promise.all(all), ['a', 'b', 'c']);
  assert.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('a task that fails rejects its own call alone', async () => {
  const queue = new Queue();
  const failing = queue.run(() => Promise.reject(new Error('broken')), {});
  const next = queue.run(async () => 'done', {});
  await assert.rejects(failing, /broken/);
  assert.equal(await next, 'done');
});

test('a task that supersedes takes the place of the one that waits, never of the one that runs', async () => {
  const queue = new Queue();
  const gate = deferred<string>();
  const running = queue.run(() => gate.promise, { supersede: true });
  const waiting = queue.run(async () => 'older', { supersede: true });
  const newest = queue.run(async () => 'newest', { supersede: true });
  assert.equal(await code(waiting), 'translate/superseded');
  gate.resolve('ran');
  assert.equal(await running, 'ran');
  assert.equal(await newest, 'newest');
});

test('tasks that wait in line are not superseded', async () => {
  const queue = new Queue();
  const gate = deferred<void>();
  const order: string[] = [];
  const task = (name: string) => async () => void order.push(name);
  const all = [
    queue.run(() => gate.promise, {}),
    queue.run(task('in line'), {}),
    queue.run(task('superseded'), { supersede: true }),
    queue.run(task('newest'), { supersede: true }),
  ];
  assert.equal(await code(all[2]!), 'translate/superseded');
  gate.resolve();
  await Promise.all([all[0], all[1], all[3]]);
  assert.deepEqual(order, ['in line', 'newest']);
});

test('a signal that has fired already keeps the task from running', async () => {
  const why = new Error('changed my mind');
  const queue = new Queue();
  await assert.rejects(queue.run(() => assert.fail('it ran'), { signal: AbortSignal.abort(why) }), why);
});

test('a signal takes a waiting task out of the line', async () => {
  const queue = new Queue();
  const gate = deferred<void>();
  const running = queue.run(() => gate.promise, {});
  const stop = new AbortController();
  const waiting = queue.run(() => assert.fail('it ran'), { signal: stop.signal });
  const last = queue.run(async () => 'last', {});
  stop.abort(new Error('stopped'));
  await assert.rejects(waiting, /stopped/);
  gate.resolve();
  await running;
  assert.equal(await last, 'last');
});

test('a signal ends the waiting for a task that runs, and the next waits until it is over', async () => {
  const queue = new Queue();
  const gate = deferred<void>();
  const stop = new AbortController();
  const running = queue.run(() => gate.promise, { signal: stop.signal });
  let began = false;
  const next = queue.run(async () => void (began = true), {});
  stop.abort(new Error('stopped'));
  await assert.rejects(running, /stopped/);
  assert.equal(began, false);
  gate.resolve();
  await next;
  assert.equal(began, true);
});

test('a closed queue rejects what waits, what runs and fails, and all that comes', async () => {
  const queue = new Queue();
  const gate = deferred<void>();
  const running = queue.run(() => gate.promise, {});
  const waiting = queue.run(async () => 'never', {});
  assert.equal(queue.closed, false);
  queue.close(new Error('disposed'));
  assert.equal(queue.closed, true);
  await assert.rejects(waiting, /disposed/);
  gate.reject(new Error('the worker is gone'));
  await assert.rejects(running, /disposed/);
  await assert.rejects(queue.run(async () => 'never', {}), /disposed/);
});

test('a picture is taken at once, and one that can’t be is told to its caller alone', async () => {
  const unhandled: unknown[] = [];
  const hear = (why: unknown) => void unhandled.push(why);
  process.on('unhandledRejection', hear);
  const queue = new Queue();
  const first = deferred<void>();
  const running = queue.run(() => first.promise, {});
  const broken = queue.runWith(Promise.reject(new Error('0 pixels wide')), async () => 'never', {});
  const slow = deferred<Blob>();
  const ahead = queue.runWith(slow.promise, async () => 'ahead', {});
  const log: string[] = [];
  const all = Promise.allSettled([broken, ahead.then((name) => log.push(name)), queue.run(async () => 'behind', {}).then((name) => log.push(name))]);
  for (let i = 0; i < 3; i++) await settled();
  first.resolve();
  await running;
  slow.resolve(new Blob());
  assert.equal((await all)[0].status, 'rejected');
  assert.deepEqual(log, ['ahead', 'behind'], 'a picture that is slow to take keeps its place');
  process.off('unhandledRejection', hear);
  assert.deepEqual(unhandled, []);
});

test('a task that throws at once does not block the line', async () => {
  const queue = new Queue();
  await assert.rejects(queue.run(() => { throw new Error('at once'); }, {}), /at once/);
  assert.equal(await queue.run(async () => 'next', {}), 'next');
});

test('it is quiet once nothing was asked for and nothing ran for a while', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const clock = stoppedClock();
  const pass = async (milliseconds: number) => {
    clock.pass(milliseconds);
    mock.timers.tick(milliseconds);
    await settled();
  };
  const queue = new Queue();
  const { signal } = new AbortController();
  let quiet = false;
  void queue.quiet(100, signal).then(() => (quiet = true));
  await pass(90);
  const gate = deferred<void>();
  const running = queue.run(() => gate.promise, {});
  await pass(1000);
  gate.resolve();
  await running;
  await pass(90);
  assert.equal(quiet, false);
  await pass(100);
  assert.equal(quiet, true);
  await queue.quiet(100, signal); // It still is.
  await assert.rejects(queue.quiet(100, AbortSignal.abort()), { name: 'AbortError' });
  queue.close(new Pix2PixError('model/disposed', ''));
  assert.equal(await code(queue.quiet(100, signal)), 'model/disposed');
  mock.timers.reset();
});
