import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floodFill } from '../../www/labels/flood-fill';

/** Fills a square that is drawn as rows of digits, and draws it again. */
function filled(rows: string[], x: number, y: number, value: number): string[] {
  const side = rows.length;
  const values = Uint8Array.from(rows.join(''), Number);
  floodFill(values, side, x, y, value);
  return rows.map((_, row) => values.slice(row * side, (row + 1) * side).join(''));
}

test('all that hangs together by its sides is filled, around corners and up to the borders', () => {
  assert.deepEqual(filled(['00100', '00100', '01110', '01000', '00010'], 0, 0, 2), ['22122', '22122', '21112', '21222', '22212']);
  assert.deepEqual(filled(['00100', '00100', '01110', '01000', '01010'], 0, 0, 2), ['22100', '22100', '21110', '21000', '21010']);
});

test('what touches by a corner alone is left, so that a slanting line of pixels holds', () => {
  assert.deepEqual(filled(['0001', '0010', '0100', '1000'], 0, 0, 3), ['3331', '3310', '3100', '1000']);
});

test('a spiral is filled to its end', () => {
  const spiral = ['0000000', '1111110', '0000010', '0111010', '0100010', '0111110', '0000000'];
  assert.deepEqual(filled(spiral, 2, 4, 5).join(''), spiral.join('').replaceAll('0', '5'));
});

test('the value that is there already changes nothing, nor does a place beyond the border', () => {
  assert.deepEqual(filled(['01', '10'], 0, 0, 0), ['01', '10']);
  assert.deepEqual(filled(['00', '00'], 0, 2, 1), ['00', '00']);
});
