import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import type { EngineModel } from '../../www/package/contract/engine';
import { Pix2PixError } from '../../www/package/contract/protocol';
import { Queue } from '../../www/package/caller/queue';
import type { Thread } from '../../www/package/caller/thread';
import type { Work } from '../../www/package/caller/training';
import { type Runner, takeFaster } from '../../www/package/caller/trial';
import { settled, standIn, stoppedClock } from './tools';

standIn({ ImageData: class { constructor(readonly width: number, readonly height: number) {} } });
mock.timers.enable({ apis: ['setTimeout'] });
const clock = stoppedClock();

/** Lets time pass, and all that happens in it. */
async function pass(milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= 10) {
    await settled();
    clock.pass(10);
    mock.timers.tick(10);
  }
  await settled();
}

/** What was done, in order. */
const log: string[] = [];
beforeEach(() => void log.splice(0));

/** Takes so long for its pictures, one after the other, the last time for all that follow. */
function runner(name: string, ...times: number[]) {
  let [end, ended] = [(_: unknown): void => undefined, false];
  const ending = new Promise<never>((_, reject) => (end = reject));
  ending.catch(() => undefined);
  const thread = {
    call: <T>(answer: Promise<T>) => Promise.race([answer, ending]),
    give: <T>(value: T) => value,
    end: () => {
      ended = true;
      end(new Pix2PixError('worker/ended', ''));
    },
  } as unknown as Thread;
  const model = {
    time: async () => {
      log.push(name);
      const took = times.length > 1 ? times.shift()! : times[0]!;
      await new Promise((done) => setTimeout(done, took));
      return took;
    },
  } as unknown as EngineModel;
  return { thread, model, get ended() { return ended; } };
}

/** A model on `gpu`, and what its trial against `cpu` comes to. */
function trial(gpu: Runner, cpu: Runner, openCpu: () => Promise<Runner> = async () => cpu) {
  const work: Work = { thread: gpu.thread, model: gpu.model, queue: new Queue(), touched: new AbortController(), training: false, learned: async () => undefined };
  const outcome = takeFaster(work, 256, openCpu).catch((error: unknown) => error);
  return { work, outcome };
}

test('a faster CPU takes the model over, and the GPU is let go of', async () => {
  const [gpu, cpu] = [runner('gpu', 210, 140), runner('cpu', 160, 95)];
  const { work, outcome } = trial(gpu, cpu);
  await pass(3000);
  assert.deepEqual(await outcome, { engine: 'cpu', reason: 'it was timed: a picture takes 95 ms, and 140 ms on WebGPU' });
  assert.deepEqual([work.thread, work.model], [cpu.thread, cpu.model]);
  assert.deepEqual([gpu.ended, cpu.ended], [true, false]);
  assert.deepEqual(log, ['cpu', 'cpu', 'gpu', 'gpu'], 'each is given a second chance');
});

test('a faster GPU keeps it, and the CPU’s engine is let go of', async () => {
  const [gpu, cpu] = [runner('gpu', 20), runner('cpu', 160, 95)];
  const { work, outcome } = trial(gpu, cpu);
  await pass(3000);
  assert.deepEqual(await outcome, { engine: 'webgpu', reason: 'it was timed: a picture takes 20 ms, and 95 ms on the CPU' });
  assert.deepEqual([work.thread, work.model], [gpu.thread, gpu.model]);
  assert.deepEqual([gpu.ended, cpu.ended], [false, true]);
});

test('a GPU that had to wake up first keeps it', async () => {
  const { outcome } = trial(runner('gpu', 300, 20), runner('cpu', 95));
  await pass(3000);
  assert.equal(((await outcome) as { engine: string }).engine, 'webgpu');
});

test('neither is waited for longer than about a second, however slow it is', async () => {
  const [never, cpu] = [runner('gpu', 60_000), runner('cpu', 900, 500)];
  const slowGpu = trial(never, cpu);
  await pass(200 + 900 + 500 + 500 + 100); // The first run of the CPU warms it up.
  assert.deepEqual(await slowGpu.outcome, { engine: 'cpu', reason: 'it was timed: a picture takes 500 ms, and more than 500 ms on WebGPU' });
  assert.equal(never.ended, true);

  const slow = runner('cpu', 60_000);
  const slowCpu = trial(runner('gpu', 20), slow);
  await pass(200 + 2000 + 100);
  assert.deepEqual(await slowCpu.outcome, { engine: 'webgpu', reason: 'it was timed: a picture takes 20 ms, and more than 600 ms on the CPU' });
  assert.equal(slow.ended, true);
});

test('a page that is held up itself, and reads an answer late, blames no device for it', async () => {
  const gpu = runner('gpu', 430);
  const { time } = gpu.model;
  gpu.model.time = async (sketch) => (await time(sketch), 20);
  const { outcome } = trial(gpu, runner('cpu', 95));
  await pass(3000);
  assert.deepEqual(await outcome, { engine: 'webgpu', reason: 'it was timed: a picture takes 20 ms, and 95 ms on the CPU' });
});

test('a machine that is too busy for both says nothing of either', async () => {
  const [gpu, cpu] = [runner('gpu', 60_000), runner('cpu', 700)];
  const { work, outcome } = trial(gpu, cpu);
  await pass(3000);
  assert.equal(await outcome, undefined);
  assert.deepEqual([work.thread, work.model], [gpu.thread, gpu.model]);
  assert.deepEqual([gpu.ended, cpu.ended], [false, true]);
});

test('it waits until the caller has asked for nothing for a while; what is asked for meanwhile is done on the device that is there then', async () => {
  const { work, outcome } = trial(runner('gpu', 140), runner('cpu', 95));
  for (let i = 0; i < 20; i++) {
    void work.queue.run(() => new Promise((done) => setTimeout(done, 100)), {});
    await pass(150);
  }
  assert.deepEqual(log, [], 'nothing is timed between calls');
  const where: unknown[] = [];
  for (let i = 0; i < 40; i++) {
    await pass(300);
    void work.queue.run(async () => where.push(work.thread), {});
  }
  await pass(1000);
  const { engine } = (await outcome) as { engine: string };
  assert.equal(engine, 'cpu');
  assert.equal(where.length, 40, 'none is lost');
  assert.equal(where.at(-1), work.thread);
});

test('a caller waits for one picture at most, and gets its own from the faster one', async () => {
  const [gpu, cpu] = [runner('gpu', 60_000), runner('cpu', 95)];
  const { work, outcome } = trial(gpu, cpu);
  while (!log.includes('gpu')) await pass(10);
  let at: Thread | undefined;
  void work.queue.run(async () => (at = work.thread), {});
  await pass(460);
  assert.equal(at, cpu.thread);
  assert.equal(((await outcome) as { engine: string }).engine, 'cpu');
});

for (const [when, until] of [
  ['before it begins', () => true],
  ['while the CPU is timed', () => log.includes('cpu')],
  ['while the GPU is timed', () => log.includes('gpu')],
] as const) {
  test(`a model that is trained, changed or disposed ${when} stays where it is`, async () => {
    const [gpu, cpu] = [runner('gpu', 140), runner('cpu', 95)];
    const { work, outcome } = trial(gpu, cpu);
    while (!until()) await pass(10);
    work.touched.abort();
    await pass(3000);
    assert.equal(((await outcome) as Error).name, when === 'while the CPU is timed' ? 'Pix2PixError' : 'AbortError');
    assert.deepEqual([work.thread, work.model], [gpu.thread, gpu.model]);
    assert.equal(gpu.ended, false);
    assert.equal(cpu.ended, when !== 'before it begins', 'whoever was opened is let go of');
  });
}

test('a queue that is closed ends it', async () => {
  const { work, outcome } = trial(runner('gpu', 140), runner('cpu', 95));
  const error = new Pix2PixError('model/disposed', '');
  work.queue.close(error);
  await pass(3000);
  assert.equal(await outcome, error);
});

test('where the CPU’s engine can’t be had, or fails, the model stays, and the next is timed again', async () => {
  const gpu = runner('gpu', 20);
  const failing = trial(gpu, gpu, () => Promise.reject(new Pix2PixError('network/unreachable', '')));
  await pass(3000);
  assert.equal(((await failing.outcome) as Pix2PixError).code, 'network/unreachable');
  assert.equal(gpu.ended, false);
  const { outcome } = trial(gpu, runner('cpu', 95));
  await pass(3000);
  assert.equal(((await outcome) as { engine: string }).engine, 'webgpu');
});

test('of two models at once, one is timed', async () => {
  const both = [trial(runner('gpu', 140), runner('cpu', 95)), trial(runner('gpu', 140), runner('cpu', 95))];
  await pass(3000);
  const outcomes = await Promise.all(both.map(({ outcome }) => outcome));
  assert.equal(outcomes.filter((outcome) => outcome !== undefined).length, 1);
  assert.equal(log.length, 4);
});
