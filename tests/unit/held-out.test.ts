import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseHeldOut } from '../../www/teach/held-out';

const pairs = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `id ${i}`, name: `photo-${i}.png`, order: i }));

test('of three pairs none is held out, of more about one in five, and six at most', () => {
  const chosen = [0, 1, 3, 4, 5, 7, 8, 12, 13, 30, 33, 500].map((count) => chooseHeldOut(pairs(count)).size);
  assert.deepEqual(chosen, [0, 0, 0, 1, 1, 1, 2, 2, 3, 6, 6, 6]);
});

test('the same pairs have the same choice, in whatever order they come', () => {
  const all = pairs(20);
  assert.deepEqual([...chooseHeldOut(all)].sort(), [...chooseHeldOut(all.toReversed())].sort());
});

test('one pair more changes at most one of those held out', () => {
  for (let count = 4; count < 40; count++) {
    const before = chooseHeldOut(pairs(count));
    const after = chooseHeldOut(pairs(count + 1));
    assert.ok([...before].filter((id) => !after.has(id)).length <= 1, `${count} pairs`);
  }
});

test('names that differ in their last letter alone are not held out in a row', () => {
  const orders = [...chooseHeldOut(pairs(30))].map((id) => Number(id.slice(3))).sort((a, b) => a - b);
  assert.ok(orders.some((order, i) => i > 0 && order - orders[i - 1]! > 2), String(orders));
});

test('the visitor’s word counts, both ways', () => {
  const all = pairs(10);
  const byItself = [...chooseHeldOut(all)];
  const refused = all.map((pair) => (byItself.includes(pair.id) ? { ...pair, heldOut: false } : pair));
  const others = chooseHeldOut(refused);
  assert.equal(others.size, byItself.length);
  assert.ok(byItself.every((id) => !others.has(id)));
  const asked = all.map((pair, i) => ({ ...pair, ...(i < 4 && { heldOut: true }) }));
  assert.deepEqual([...chooseHeldOut(asked)], ['id 0', 'id 1', 'id 2', 'id 3']);
  assert.deepEqual([...chooseHeldOut(asked.slice(0, 2))], ['id 0', 'id 1'], 'however few there are');
});

test('of pairs with one name the first to come is held out', () => {
  const all = pairs(4).map((pair) => ({ ...pair, name: 'same.png' }));
  assert.deepEqual([...chooseHeldOut(all.toReversed())], ['id 0']);
});
