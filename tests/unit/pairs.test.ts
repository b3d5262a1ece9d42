import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Pair, swapped } from '../../www/teach/pair';
import { Pairs } from '../../www/teach/pairs';
import { settled, standIn } from './tools';

standIn({
  document: Object.assign(new EventTarget(), { visibilityState: 'visible' }),
  window: new EventTarget(),
});

const pair = (order: number, more: Partial<Pair> = {}): Pair => ({
  id: `id ${order}`,
  order,
  name: `${order}.png`,
  origin: 'edges',
  input: new Blob(['sketch']),
  target: new Blob(['target']),
  ...more,
});

function listOf(...pairs: Pair[]) {
  const told = { changed: 0, notKept: [] as unknown[], notRead: [] as unknown[] };
  const list = new Pairs({
    changed: () => void told.changed++,
    notKept: (error) => void told.notKept.push(error),
    notRead: (error) => void told.notRead.push(error),
  });
  list.put(...pairs);
  return { list, told };
}

const ids = (pairs: readonly Pair[]) => pairs.map(({ id }) => id);

test('a pair swapped twice is the pair', () => {
  const given = pair(0, { sketchOn: 'left' });
  const once = swapped(given);
  assert.deepEqual([once.input, once.target, once.sketchOn], [given.target, given.input, 'right']);
  assert.deepEqual(swapped(once), given);
  assert.equal('sketchOn' in swapped(pair(1)), false);
});

test('pairs stand in the order in which they came, one that was put back too', () => {
  const { list, told } = listOf(pair(0), pair(1), pair(2));
  assert.equal(told.changed, 1);
  assert.equal(list.nextOrder, 3);
  const gone = list.get('id 1')!;
  list.remove(['id 1']);
  assert.deepEqual(ids(list.all), ['id 0', 'id 2']);
  list.put(gone);
  assert.deepEqual(ids(list.all), ['id 0', 'id 1', 'id 2']);
  assert.equal(told.changed, 3);
  list.remove(['id 2']);
  assert.equal(list.nextOrder, 3, 'its place stays its own');
});

test('a pair put a second time takes its own place', () => {
  const { list } = listOf(pair(0), pair(1));
  list.put(pair(0, { name: 'other.png' }));
  assert.deepEqual(list.all.map(({ name }) => name), ['other.png', '1.png']);
});

test('what is learned from and what is held out are all there is, and do not overlap', () => {
  const { list } = listOf(...Array.from({ length: 12 }, (_, i) => pair(i)));
  assert.equal(list.heldOut.length, 2);
  assert.deepEqual(ids([...list.learned, ...list.heldOut]).sort(), ids(list.all).sort());
  for (const { id } of list.heldOut) assert.equal(list.isHeldOut(id), true);
});

test('after a training every pair stays on its side, whatever comes and goes', () => {
  const { list } = listOf(...Array.from({ length: 6 }, (_, i) => pair(i)));
  const [heldOut] = list.heldOut;
  list.settleHeldOut();
  list.put(...Array.from({ length: 20 }, (_, i) => pair(10 + i)));
  assert.equal(list.isHeldOut(heldOut!.id), true);
  assert.ok(list.learned.filter(({ order }) => order < 6).length === 5);
  list.remove(ids(list.all.filter(({ order }) => order >= 6)));
  assert.deepEqual(ids(list.heldOut), [heldOut!.id]);
});

test('where nothing can be kept it is said once the page is left, and again at the next change', async () => {
  const { list, told } = listOf(pair(0));
  window.dispatchEvent(new Event('pagehide'));
  await settled();
  assert.equal(told.notKept.length, 1, 'there is no indexedDB here');
  assert.deepEqual(ids(list.all), ['id 0'], 'and yet the pair is there');
  window.dispatchEvent(new Event('pagehide'));
  await settled();
  assert.equal(told.notKept.length, 2, 'it is tried again');
});
