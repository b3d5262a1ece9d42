import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { LazyWorker } from '../../www/shell/lazy-worker';

/** Workers that were started, which answer nothing. */
const started: Silent[] = [];

class Silent extends EventTarget {
  terminated = false;
  postMessage = () => undefined;
  terminate(): void {
    this.terminated = true;
  }
}

const lazy = () =>
  new LazyWorker<{ double(of: number): number }>(() => {
    const worker = new Silent();
    started.push(worker);
    return worker as unknown as Worker;
  }, () => 'doubles');

beforeEach(() => void started.splice(0));

test('one worker does all tasks, and starts with the first', () => {
  const worker = lazy();
  assert.equal(started.length, 0);
  for (let i = 0; i < 2; i++) worker.run(async (remote) => remote.double(i)).catch(() => undefined);
  assert.equal(started.length, 1);
});

test('a worker that fails, or whose answer cannot be read, ends all waiting, and the next task has another', async () => {
  const worker = lazy();
  for (const event of ['error', 'messageerror']) {
    const waiting = [1, 2].map((of) => worker.run(async (remote) => remote.double(of)));
    started.at(-1)!.dispatchEvent(new Event(event, { cancelable: true }));
    for (const each of waiting) await assert.rejects(each, /the worker that doubles failed/);
    assert.equal(started.at(-1)!.terminated, true, event);
  }
  assert.equal(started.length, 2);
});
