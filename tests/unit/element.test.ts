import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Attribute, choiceOf, expectedOf, numberOf } from '../../www/package/element/attributes';
import { ICONS } from '../../www/package/element/icons';
import { LoadProgress } from '../../www/package/element/load-progress';

const element = (value: string | null) => ({ getAttribute: () => value });

test('without a page the element is imported, and is not defined', async () => {
  assert.equal('HTMLElement' in globalThis, false);
  const { Pix2PixPad } = await import('../../www/package/element');
  assert.ok(Pix2PixPad.observedAttributes.includes('model'));
});

test('an attribute that is not there, or is none of its values, does as its default', () => {
  for (const [value, auto] of [[null, 'stroke'], ['', 'stroke'], ['Off', 'stroke'], ['off', 'off'], ['live', 'live']] as const) {
    assert.equal(choiceOf(element(value), 'auto', ['stroke', 'live', 'off']), auto, `${value}`);
  }
  for (const [value, number] of [[null, null], ['', null], ['wide', null], ['-1', null], ['Infinity', null], ['0', 0], ['12.5', 12.5]] as const) {
    assert.equal(numberOf(element(value), 'width'), number, `${value}`);
  }
});

test('what an attribute should be is said where it is something else', () => {
  const cases: [Attribute, string | null, string | undefined][] = [
    ['auto', null, undefined], ['auto', 'live', undefined], ['auto', 'sometimes', 'stroke, live, off'], ['hints', 'some', 'spread, plain, none'], ['tool', '', 'pen, eraser'],
    ['width', null, undefined], ['width', '300', undefined], ['seed', '300px', 'a number from 0 on'], ['model', 'anything', undefined],
  ];
  for (const [name, value, expected] of cases) assert.equal(expectedOf(element(value), name), expected, `${name}=${value}`);
});

test('the buttons have the page’s pictures', () => {
  const page = readFileSync('www/index.html', 'utf8');
  for (const [name, path] of Object.entries(ICONS)) assert.ok(page.includes(`<symbol id="i-${name}" viewBox="0 0 24 24"><path d="${path}" /></symbol>`), name);
});

test('engine and model are on one bar, in bytes where all of them are known, and what follows is on the next', () => {
  const progress = new LoadProgress();
  assert.deepEqual(progress.bytes, { loaded: 0, total: 0 });
  progress.add({ phase: 'runtime', engine: 'cpu', loaded: 0, total: 4e6 });
  assert.equal(progress.words, 'Fetching the engine');
  progress.add({ phase: 'runtime', engine: 'cpu', loaded: 1e6, total: 4e6 });
  assert.equal(progress.words, 'Fetching the engine: 1.0 of 4.0 MB');
  progress.add({ phase: 'download', loaded: 2e6, total: undefined });
  assert.deepEqual([progress.bytes, progress.words], [{ loaded: 3e6, total: undefined }, 'Fetching the model: 3.0 MB']);
  progress.add({ phase: 'download', loaded: 3e6, total: 3e6 });
  assert.deepEqual([progress.bytes, progress.words], [{ loaded: 4e6, total: 7e6 }, 'Fetching the model: 4.0 of 7.0 MB']);
  progress.add({ phase: 'weights', loaded: 1e6, total: 2e6 });
  assert.deepEqual([progress.bytes, progress.words], [{ loaded: 1e6, total: 2e6 }, 'Unpacking the model: 1.0 of 2.0 MB']);
});
