import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemsOfListed } from '../../www/teach/items';
import type { Pair } from '../../www/teach/pair';
import { listOf, readList, writeList } from '../../www/teach/pairs-file';

const [input, target] = [new Blob(['input']), new Blob(['target'])];
const pair = (name: string, more: Partial<Pair> = {}): Pair => ({ id: name, order: 0, name, origin: 'given', input, target, ...more });

test('a list that was written is read again', async () => {
  const list = listOf([pair('cat.jpg', { origin: 'edges', heldOut: true }), pair('dog.png', { origin: 'drawn', heldOut: false }), pair('A|B.png', { sketchOn: 'right' })]);
  assert.deepEqual(readList(await writeList(list).text()), list);
  assert.deepEqual(list[0], { file: '0001-cat.png', name: 'cat.jpg', origin: 'edges', heldOut: true });
});

test('files of a list have names that differ, that systems take, and that say no side', () => {
  const names = ['same.png', 'same.png', '../../etc/passwd', 'a/b\\c:d*?.png', 'vitamin_a.jpg', '猫.png', '.png', 'x'.repeat(300)];
  const files = listOf(names.map((name) => pair(name))).map(({ file }) => file);
  assert.equal(new Set(files).size, names.length);
  for (const file of files) assert.match(file, /^\d{4}-[\p{L}\p{N}-]{1,70}\.png$/u);
  assert.equal(files[4], '0005-vitamin-a-pair.png');
  assert.equal(files[5], '0006-猫.png');
});

test('what is no list says so, and what is of a newer version too', () => {
  for (const text of ['', 'no json', '[]', 'null', '{"version":1}', '{"version":1,"pairs":{}}']) assert.throws(() => readList(text), /^Error: is no list of pairs$/, text);
  assert.throws(() => readList('{"version":2,"pairs":[]}'), /is of version 2/);
  const good = { file: 'a.png', name: 'a', origin: 'given' };
  for (const wrong of [null, {}, { ...good, file: 1 }, { ...good, name: undefined }, { ...good, origin: 'made up' }, { ...good, heldOut: 'yes' }, { ...good, sketchOn: 'top' }]) {
    assert.throws(() => readList(JSON.stringify({ version: 1, pairs: [good, wrong] })), /of pair 2/, JSON.stringify(wrong));
  }
});

test('a list is found in any folder; what it lacks comes as ever, what is not there is named, and a broken one keeps nothing back', async () => {
  const skipped: string[] = [];
  const skip = (name: string, why: string) => void skipped.push(`${name} ${why}`);
  const file = (path: string, content = '') => ({ path, open: async () => new Blob([content]) });
  const list = await writeList(listOf([pair('cat.jpg'), pair('gone.jpg')])).text();
  const items = await itemsOfListed([file('mine/pairs.json', list), file('mine/0001-cat.png'), file('other.png')], skip);
  assert.deepEqual(items.map(({ name, listed }) => [name, listed?.origin]), [['cat.jpg', 'given'], ['other.png', undefined]]);
  assert.deepEqual(skipped, ['0002-gone.png is in pairs.json, and not there']);
  const rest = await itemsOfListed([file('pairs.json', 'x'), file('0001-cat.png')], skip);
  assert.deepEqual(rest.map(({ name, listed }) => [name, listed]), [['0001-cat.png', undefined]]);
  assert.equal(skipped[1], 'pairs.json is no list of pairs');
});
