import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from '../../www/package/drawing/history';

interface Numbered {
  readonly kind: 'sheet' | 'stroke';
  readonly number: number;
}

test('of the sheets the newest twenty are kept, and all drawn on them', () => {
  const history = new History<Numbered>();
  history.add({ kind: 'stroke', number: 0 });
  for (let number = 1; number <= 25; number++) {
    history.add({ kind: 'sheet', number });
    history.add({ kind: 'stroke', number });
  }
  assert.equal(history.marks.length, 40);
  assert.deepEqual(history.marks[0], { kind: 'sheet', number: 6 });
});

test('what is kept is a copy, and leads on from where it was', () => {
  const history = new History<Numbered>();
  for (const number of [1, 2]) history.add({ kind: 'stroke', number });
  assert.equal(history.undo(), true);
  const { drawing } = history;
  history.add({ kind: 'stroke', number: 3 });
  assert.deepEqual(drawing, { marks: [{ kind: 'stroke', number: 1 }], undone: [{ kind: 'stroke', number: 2 }] });
  const other = new History<Numbered>();
  assert.deepEqual([other.undo(), other.redo()], [false, false]);
  other.restore(drawing);
  assert.deepEqual([other.redo(), other.redo(), other.canRedo], [true, false, false]);
  assert.deepEqual(other.marks.map(({ number }) => number), [1, 2]);
});
