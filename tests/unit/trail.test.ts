import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Trail } from '../../www/package/drawing/trail';

test('a trail is free, straight while it is told to, and free again', () => {
  const trail = new Trail([0, 0]);
  assert.equal(trail.extend([[1, 2], [2, 1]], false), false);
  assert.equal(trail.extend([[3, 5], [4, 4]], true), false, 'what was there stays');
  assert.equal(trail.extend([[8, 8]], true), true);
  assert.deepEqual(trail.points, [[0, 0], [1, 2], [2, 1], [8, 8]]);
  trail.extend([[9, 9], [9, 8]], false);
  trail.extend([[20, 20]], true);
  assert.deepEqual(trail.points.slice(4), [[9, 9], [9, 8], [20, 20]]);
});

test('what is nearly straight becomes straight; what is short or a curve does not', () => {
  const line = new Trail([10, 10]);
  line.extend([[20, 11], [30, 9], [60, 10]], false);
  assert.equal(line.straighten(), true);
  assert.deepEqual(line.points, [[10, 10], [60, 10]]);
  line.extend([[60, 20], [50, 30]], false);
  assert.deepEqual(line.points.slice(2), [[60, 20], [50, 30]], 'and goes on freely');
  const curve = new Trail([10, 10]);
  curve.extend([[30, 20], [60, 10]], false);
  assert.equal(curve.straighten(), false);
  const dot = new Trail([10, 10]);
  dot.extend([[12, 10]], false);
  assert.equal(dot.straighten(), false);
  const back = new Trail([10, 10]);
  back.extend([[90, 10], [40, 10]], false);
  assert.equal(back.straighten(), false, 'there and back is no line');
});
