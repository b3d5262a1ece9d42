import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pix2Pix } from '../../www/package/client';
import { Autosave } from '../../www/teach/autosave';
import { Share } from '../../www/teach/evaluation';
import type { Lesson } from '../../www/teach/lesson';
import { stoppedClock } from './tools';

const clock = stoppedClock();

test('something happens every so many steps, or after twenty seconds where steps are slow', () => {
  const share = new Share(0.5, 10);
  share.begin(100);
  clock.pass(100);
  assert.equal(share.isDue(109), false);
  assert.equal(share.isDue(110), true);
  clock.pass(19_899);
  assert.equal(share.isDue(101), false);
  clock.pass(1);
  assert.equal(share.isDue(101), true);
});

test('what takes long happens less often, so that it has no more than its share of the time', async () => {
  const share = new Share(0.1, 1);
  share.begin(0);
  await share.take(1, async () => clock.pass(1000));
  clock.pass(8999);
  assert.equal(share.isDue(50), false, 'a tenth is 9 seconds later');
  clock.pass(1);
  assert.equal(share.isDue(50), true);
  await share.take(50, async () => clock.pass(10));
  clock.pass(90);
  assert.equal(share.isDue(51), true, 'what counts is how long it took last');
});

test('a training is kept after ten seconds, then every two minutes whatever its steps take, and at once when the page is left', async () => {
  const autosave = new Autosave({ saved: () => undefined, failed: () => undefined });
  const model = { save: async () => new Blob() } as unknown as Pix2Pix;
  const after = (ms: number) => (clock.pass(ms), autosave.isDue);
  autosave.begin();
  assert.deepEqual([after(9_999), after(1)], [false, true]);
  await autosave.save(model, { base: {} } as Lesson);
  assert.deepEqual([after(119_999), after(1)], [false, true]);
  autosave.begin();
  assert.equal(autosave.isDue, false);
  autosave.hurry();
  assert.equal(autosave.isDue, true);
});

test('keeping takes a tenth of the time at most, and says where it failed', async () => {
  const told: string[] = [];
  const autosave = new Autosave({ saved: () => told.push('saved'), failed: () => told.push('failed') });
  const model = { save: async () => (clock.pass(20_000), new Blob()) } as unknown as Pix2Pix;
  autosave.begin();
  await autosave.save(model, { base: {} } as Lesson);
  assert.deepEqual(told, ['failed'], 'there is no indexedDB here');
  clock.pass(199_999);
  assert.equal(autosave.isDue, false);
  clock.pass(1);
  assert.equal(autosave.isDue, true);
});
