import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dabAt, movedBy, recoloured, rolledDab, rolledPlaces } from '../../www/package/drawing/dabs';
import { penStroke, type Stroke } from '../../www/package/drawing/strokes';

const dab = (x: number, y: number): Stroke => penStroke([[x, y]], 10, '#d5352c');
const eraser = (...points: number[][]): Stroke => ({ ...penStroke(points, 16), tool: 'eraser' });

test('the nearest dab within reach is taken hold of, and nothing else is', () => {
  const strokes = [penStroke([[50, 50]], 10), dab(50, 50), penStroke([[50, 50], [60, 50]], 10, '#55a845'), dab(58, 50), dab(200, 200)];
  const at = (x: number, y: number, reach = 0) => dabAt(strokes, [x, y], reach);
  assert.deepEqual([at(50, 50), at(53, 50), at(55, 50), at(58, 50)], [1, 1, 3, 3]);
  assert.deepEqual([at(100, 100), at(207, 200), at(207, 200, 3)], [undefined, undefined, 4]);
  const trembled = penStroke([[9, 9], [10, 9.5], [9.4, 9]], 10, '#55a845');
  assert.equal(dabAt([trembled], [9, 9], 0), 0, 'a tap that was not quite still');
});

test('what was erased cannot be taken hold of, unless it was laid afterwards', () => {
  const across = eraser([0, 50], [100, 50]);
  assert.equal(dabAt([dab(50, 50), across], [50, 50], 0), undefined);
  assert.equal(dabAt([across, dab(50, 50)], [50, 50], 0), 1);
  assert.equal(dabAt([dab(50, 60), across], [50, 60], 0), 0, 'its middle is left');
  assert.equal(dabAt([dab(50, 50), eraser([54, 50])], [50, 50], 0), undefined);
});

test('a dab that was touched is no longer the dice’s, and stays on the sheet', () => {
  const rolled = rolledDab({ x: 20, y: 30, radius: 4, color: '#112233' });
  assert.deepEqual(rolled, { ...penStroke([[20, 30]], 8, '#112233'), dice: 'rolled' });
  const [moved, other] = [movedBy(rolled, 5, -50), recoloured(rolled, '#445566')];
  assert.deepEqual(moved, { ...penStroke([[25, 0]], 8, '#112233'), dice: 'kept' });
  assert.deepEqual(other, { ...penStroke([[20, 30]], 8, '#445566'), dice: 'kept' });
  assert.deepEqual(movedBy(dab(5, 5), 1, 2), dab(6, 7), 'nor are dots of the pen');
  assert.deepEqual(rolledPlaces([moved, rolled, other, rolled]), [1, 3]);
});
