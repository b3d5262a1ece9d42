import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Brought } from '../../www/shell/brought';
import { Intake, type Skipped } from '../../www/teach/intake';
import { Pairs } from '../../www/teach/pairs';
import type { Sketching } from '../../www/teach/sketching';
import { deferred, settled, standIn } from './tools';

standIn({ document: Object.assign(new EventTarget(), { visibilityState: 'visible' }), window: new EventTarget() });

/** An intake whose files can't be opened once they are asked for, and what it says. */
function setup(finished: (skipped: readonly Skipped[]) => void = () => undefined) {
  const batches: string[][] = [];
  const pairs = new Pairs({ changed: () => undefined, notKept: () => undefined, notRead: () => undefined });
  const intake = new Intake(pairs, { making: { fit: 'cover', strength: 0.5 } } as unknown as Sketching, () => 256, {
    progress: () => undefined,
    finished: (_, skipped) => {
      batches.push(skipped.map(({ name }) => name));
      finished(skipped);
    },
  });
  return { intake, batches };
}

const opened: string[] = [];
const file = (path: string, until: Promise<unknown> = Promise.resolve()): Brought => ({
  path,
  type: 'image/png',
  open: async () => {
    opened.push(path);
    await until;
    throw new Error('cannot be opened');
  },
});

test('to cancel stops the batch that is taken in and those behind it, and not the next one', async () => {
  const { intake, batches } = setup();
  const gate = deferred<void>();
  const taking = [intake.take([file('a', gate.promise), file('b')]), intake.take([file('c'), file('d')])];
  while (opened.length === 0) await settled();
  intake.cancel();
  gate.resolve();
  await Promise.all(taking);
  assert.deepEqual([opened, batches], [['a'], [['a']]]);
  await intake.take([file('e')]);
  assert.deepEqual(batches, [['a'], ['e']]);
});

test('what one batch throws is that batch’s, and the next is taken in', async () => {
  let broken = true;
  const { intake, batches } = setup(() => {
    if (broken) throw new Error('a bug of the page');
  });
  await assert.rejects(intake.take([file('a')]), /a bug of the page/);
  broken = false;
  await intake.take([file('b')]);
  assert.deepEqual(batches, [['a'], ['b']]);
});
