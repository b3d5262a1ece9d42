import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEUTRAL } from '../../www/colorize/adjustment';
import { Adjustments } from '../../www/colorize/adjustments';

test('each change is undone and redone by itself', () => {
  const all = new Adjustments();
  assert.deepEqual([all.current, all.canUndo, all.canRedo], [NEUTRAL, false, false]);
  all.change('a', 10, 0);
  all.change('contrast', 120, 100);
  assert.deepEqual(all.current, { ...NEUTRAL, a: 10, contrast: 120 });
  all.undo();
  assert.deepEqual([all.current, all.canRedo], [{ ...NEUTRAL, a: 10 }, true]);
  all.redo();
  all.undo();
  all.undo();
  assert.deepEqual([all.current, all.canUndo], [NEUTRAL, false]);
});

test('a slider that a held key moves is one change, and a pause ends it', () => {
  const all = new Adjustments();
  for (let step = 1; step <= 20; step++) all.change('b', step, 100 * step);
  all.change('b', 30, 5000);
  all.undo();
  assert.equal(all.current.b, 20);
  all.undo();
  assert.deepEqual([all.current, all.canUndo], [NEUTRAL, false]);
});

test('a slider that came back at once changed nothing, and takes no other change with it', () => {
  const all = new Adjustments();
  all.change('saturation', 150, 0);
  all.change('a', 5, 100);
  all.change('a', 0, 200);
  assert.equal(all.kept.marks.length, 1);
  all.change('a', 7, 300);
  all.undo();
  assert.deepEqual(all.current, { ...NEUTRAL, saturation: 150 });
});

test('a change after an undo is a change of its own', () => {
  const all = new Adjustments();
  all.change('a', 5, 0);
  all.change('b', 5, 2000);
  all.undo();
  all.change('a', 9, 2100);
  all.undo();
  assert.equal(all.current.a, 5);
});

test('a reset can be undone, and of what is neutral there is none', () => {
  const all = new Adjustments();
  all.reset();
  assert.equal(all.canUndo, false);
  all.change('saturation', 0, 0);
  all.reset();
  assert.equal(all.isNeutral, true);
  all.undo();
  assert.equal(all.current.saturation, 0);
});

test('what is kept comes back with all that was undone, in the place of everything else', () => {
  const all = new Adjustments();
  all.change('a', 5, 0);
  all.change('b', 6, 0);
  all.undo();
  const other = new Adjustments();
  other.change('contrast', 70, 0);
  other.restore(all.kept);
  assert.deepEqual(other.current, { ...NEUTRAL, a: 5 });
  other.redo();
  assert.deepEqual(other.current, { ...NEUTRAL, a: 5, b: 6 });
  other.restore();
  assert.deepEqual([other.current, other.canUndo, other.canRedo], [NEUTRAL, false, false]);
});
