import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EdgeDetector } from '../../www/package/caller/edges';
import { engineWorkers } from './engine-workers';
import { deferred, standIn, standInPage, WASM } from './tools';

/** What the engine was asked for, and when it may answer. */
const asked: unknown[] = [];
let gate = deferred<void>();
const { EngineWorker } = engineWorkers({
  start: async () => undefined,
  edges: async (_: unknown, options: unknown) => {
    asked.push(options);
    await gate.promise;
    return 'lines';
  },
});
standInPage(EngineWorker);
standIn({
  ImageData: class {},
  ImageBitmap: class {},
  fetch: async () => new Response(WASM, { headers: { 'content-type': 'application/wasm' } }),
});

test('a signal ends the waiting for lines, and keeps a picture whose turn has not come from the engine', async () => {
  const detector = await EdgeDetector.start({ wasmUrl: { cpu: 'https://page.example/cpu.wasm' }, workerUrl: { cpu: '/cpu-worker.js' } });
  const [first, second, why] = [new AbortController(), new AbortController(), new Error('changed my mind')];
  const detections = [first, second].map(({ signal }) => detector.detect(new Blob(), { strength: 0.3, signal }));
  const third = detector.detect(new Blob());
  second.abort(why);
  first.abort(why);
  for (const detection of detections) await assert.rejects(detection, why);
  gate.resolve();
  assert.equal(await third, 'lines');
  assert.deepEqual(asked, [{ strength: 0.3 }, {}], 'nothing of the second, and no signal');
  detector.dispose();
});
