import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeFor } from '../../www/teach/code';
import type { Lesson } from '../../www/teach/lesson';

const lesson = (base: object, spreadHints?: boolean) => ({ base, settings: { spreadHints } }) as unknown as Lesson;

test('the lines say of a model’s hints what it learned', () => {
  const hints = (base: object, spread?: boolean) => /hints="(.*)"/.exec(codeFor('mine.safetensors', lesson(base, spread)))?.[1];
  assert.deepEqual([hints({}), hints({ hints: true }), hints({ hints: true, spreadHints: true }), hints({ hints: true }, true), hints({ hints: true, spreadHints: true }, false)], ['none', 'plain', 'spread', 'spread', 'plain']);
  assert.match(codeFor('mine.safetensors', lesson({})), /<pix2pix-pad model="mine\.safetensors"/);
});

test('a model that paints from a map gets lines without the pad, with its labels', () => {
  const code = codeFor('rooms.safetensors', lesson({ labels: [{ name: 'wall', color: '#ffdd55' }, { name: 'floor', color: '#804000' }] }));
  assert.doesNotMatch(code, /pix2pix-pad/);
  for (const line of ["Pix2Pix.load('rooms.safetensors')", '#ffdd55 wall', '#804000 floor', 'model.translate(map)']) assert.ok(code.includes(line), line);
});
