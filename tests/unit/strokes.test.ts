import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesAlone, readSample } from '../../www/models/samples';
import { BLANK, hasHints, type Mark, penStroke, strokesInSight } from '../../www/package/drawing/strokes';

const line = penStroke([[1, 2], [3, 4]], 2);
const hint = penStroke([[5, 6]], 10, '#d5352c');

test('a stroke through plain coordinates is as wide as the pen all along', () => {
  assert.deepEqual(line, {
    kind: 'stroke', tool: 'pen', width: 2, pressure: false, steadied: 0, points: [[1, 2, 0.5], [3, 4, 0.5]],
  });
  assert.equal('colour' in line, false);
  assert.equal(hint.colour, '#d5352c');
});

test('hints count as long as no fresh sheet covers them', () => {
  const cases: [readonly Mark[], boolean][] = [
    [[], false],
    [[line], false],
    [[line, hint], true],
    [[hint, BLANK], false],
    [[hint, BLANK, line], false],
    [[BLANK, hint], true],
    [[{ kind: 'sheet', strokes: [hint] }], true],
    [[{ kind: 'sheet', strokes: [hint] }, { kind: 'sheet', strokes: [line] }, line], false],
  ];
  for (const [i, [marks, expected]] of cases.entries()) assert.equal(hasHints(marks), expected, `case ${i}`);
});

test('a change takes strokes away by their places, and lays others above', () => {
  const [a, b, c] = [1, 2, 3].map((x) => penStroke([[x, x]], x, '#d5352c'));
  const change = (without: number[], strokes = [c!]): Mark => ({ kind: 'change', without, strokes });
  assert.deepEqual(strokesInSight([a!, b!, change([0])]), [b, c]);
  assert.deepEqual(strokesInSight([line, { kind: 'sheet', strokes: [a!, b!] }, line, change([1, 2]), change([1], [])]), [a]);
  assert.deepEqual(strokesInSight([a!, BLANK, change([], []), b!]), [b]);
});

test('a sample has its hints beneath its lines, in the widths that the models know', () => {
  const sample = readSample({
    id: 'apple', name: 'Apple', strokes: [[[0, 0], [9, 9]]], hints: [{ colour: '#55a845', points: [[4, 4]] }],
  });
  assert.deepEqual(sample.strokes.map(({ colour, width }) => [colour, width]), [['#55a845', 10], [undefined, 2]]);
  const [plain] = linesAlone([sample]);
  assert.deepEqual(plain, { ...sample, strokes: [sample.strokes[1]] });
  assert.equal(sample.strokes.length, 2, 'the sample itself keeps them');
});
