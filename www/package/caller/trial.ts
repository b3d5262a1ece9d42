/** Which of two devices is faster with a model: the same picture is timed on both. */
import type { EngineModel } from '../contract/engine.js';
import type { WorkerName } from '../contract/protocol.js';
import { within } from './patience.js';
import type { Thread } from './thread.js';
import type { Work } from './training.js';

/** What was found out. */
export interface Timed {
  engine: WorkerName;
  /** Both times, in a phrase for a person. */
  reason: string;
}

/** A model, and the thread in which it runs. */
export interface Runner {
  readonly thread: Thread;
  readonly model: EngineModel;
}

/** For so long the caller must have asked for nothing before a picture is timed. */
const QUIET_MS = 200;

/** How long the first picture on the CPU may take: its code is compiled as it runs. Nobody waits for it. */
const WARM_UP_MS = 2000;

/** How long a picture may take after that on the CPU, and on the GPU at least: a second altogether. */
const [CPU_MS, GPU_MS] = [600, 400];

/** An answer may lie there unread for so long where the page itself was held up. */
const GRACE_MS = 50;

/** A GPU that has done nothing for a while is slow at first. */
const GPU_RUNS = 2;

let underway = false;

/**
 * Times the model on WebGPU, where it is in use, and on the CPU, where `openCpu` loads it once more, and leaves the faster one in `work`;
 * the other is let go of with all its memory. The CPU is timed first, in a worker of its own, so that a slow GPU need not be waited for:
 * it has lost once it takes longer. Nothing is found out where both take too long, as on a machine that is busy with other things, or while
 * another model is being timed. Rejects where the model is trained, changed or disposed meanwhile. It stays where it is then.
 */
export async function takeFaster(work: Work, size: number, openCpu: () => Promise<Runner>): Promise<Timed | undefined> {
  const { queue } = work;
  const { signal } = work.touched;
  const quiet = () => queue.quiet(QUIET_MS, signal);
  await quiet();
  if (underway) return undefined; // They would slow each other down.
  underway = true;
  let loser: Runner | undefined;
  const stop = () => loser?.thread.end();
  signal.addEventListener('abort', stop);
  try {
    const cpuRunner = (loser = await openCpu());
    const cpu = await timeCpu(cpuRunner, size, quiet);
    const limit = Math.max(GPU_MS, Math.min(cpu, CPU_MS));
    let gpu = Infinity;
    for (let run = 1; run <= GPU_RUNS; run++) {
      await quiet();
      // In the caller's line, so that neither is in the other's way, and nothing runs while the model moves.
      const over = await queue.run(async () => {
        const took = await time(work, size, limit);
        signal.throwIfAborted();
        gpu = Math.min(gpu, took);
        if (gpu <= cpu) return true;
        if (took < Infinity && run < GPU_RUNS) return false;
        loser = { thread: work.thread, model: work.model };
        Object.assign(work, cpuRunner);
        return true;
      }, {});
      if (over) break;
    }
    if (gpu === Infinity && cpu === Infinity) return undefined;
    const [onCpu, onGpu] = [said(cpu, CPU_MS), said(gpu, limit)];
    return gpu <= cpu
      ? { engine: 'webgpu', reason: `it was timed: a picture takes ${onGpu}, and ${onCpu} on the CPU` }
      : { engine: 'cpu', reason: `it was timed: a picture takes ${onCpu}, and ${onGpu} on WebGPU` };
  } finally {
    underway = false;
    signal.removeEventListener('abort', stop);
    loser?.thread.end(undefined, loser.model);
  }
}

/** How long a picture takes when the engine is warm. */
async function timeCpu(runner: Runner, size: number, quiet: () => Promise<void>): Promise<number> {
  await quiet();
  if ((await time(runner, size, WARM_UP_MS)) === Infinity) return Infinity;
  await quiet();
  return time(runner, size, CPU_MS);
}

/** How long a picture takes, Infinity where that is longer than `limit`. A network takes as long for a blank one as for any other. */
async function time({ thread, model }: Runner, size: number, limit: number): Promise<number> {
  const answer = thread.call(model.time(thread.give(new ImageData(size, size))));
  return (await within(limit, answer)) ?? (await within(GRACE_MS, answer)) ?? Infinity;
}

const said = (milliseconds: number, limit: number): string =>
  milliseconds === Infinity ? `more than ${Math.round(limit)} ms` : `${Math.max(1, Math.round(milliseconds))} ms`;
