import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Attribute, choiceOf, expectedOf, numberOf } from '../../www/package/element/attributes';
import { ICONS } from '../../www/package/element/icons';
import { bytesOf, wordsOf } from '../../www/package/element/load-progress';
import type { Progress } from '../../www/package/contract/protocol';

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
  const engine = { phase: 'runtime', engine: 'cpu', loaded: 1e6, total: 4e6 } as const;
  const said = (progress: Progress) => [bytesOf(progress), wordsOf(progress)];
  const bytes = (loaded: number, total: number | undefined) => ({ loaded, total });
  assert.deepEqual(said({ ...engine, loaded: 0, overall: bytes(0, 4e6) }), [bytes(0, 4e6), 'Fetching model and engine']);
  assert.deepEqual(said({ ...engine, overall: bytes(3e6, 7e6) }), [bytes(3e6, 7e6), 'Fetching model and engine: 3.0 of 7.0 MB']);
  assert.deepEqual(said({ phase: 'download', loaded: 2e6, total: undefined, overall: bytes(3e6, undefined) }), [bytes(3e6, undefined), 'Fetching model and engine: 3.0 MB']);
  assert.deepEqual(said({ phase: 'weights', loaded: 1e6, total: 2e6, overall: bytes(7e6, 7e6) }), [bytes(1e6, 2e6), 'Unpacking the model: 1.0 of 2.0 MB']);
});
