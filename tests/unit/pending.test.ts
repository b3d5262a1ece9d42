import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Pending } from '../../www/package/caller/pending';
import { deferred, settled } from './tools';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('an answer comes through, whether it is good or bad', async () => {
  const pending = new Pending();
  assert.equal(await pending.wait(Promise.resolve(1)), 1);
  await assert.rejects(pending.wait(Promise.reject(new Error('bad'))), /bad/);
});

test('the end rejects what waits and what comes later, with its first reason', async () => {
  const pending = new Pending();
  const late = deferred<number>();
  const waiting = [pending.wait(late.promise), pending.wait(new Promise<never>(() => undefined))];
  const all = Promise.allSettled(waiting);
  pending.end('crashed');
  pending.end('ended');
  late.resolve(1);
  assert.deepEqual((await all).map((result) => result.status === 'rejected' && result.reason), ['crashed', 'crashed']);
  await assert.rejects(pending.wait(Promise.resolve(2)), (why) => why === 'crashed');
  await assert.rejects(pending.wait(Promise.reject(new Error('too late'))), (why) => why === 'crashed');
});

test('an answer that was given is not kept', async () => {
  const pending = new Pending();
  let collected = 0;
  const registry = new FinalizationRegistry(() => (collected += 1));
  const ask = async () => {
    const answer = {};
    registry.register(answer, '');
    await pending.wait(Promise.resolve(answer));
  };
  for (let i = 0; i < 10; i++) await ask();
  for (let i = 0; i < 50 && collected < 9; i++) {
    collect();
    await settled();
  }
  assert.ok(collected >= 9, `${collected} of 10`); // The last one may still lie on the stack.
  pending.end('so that it lives until here');
});
