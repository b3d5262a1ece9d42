import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobReader, BlobWriter, ZipWriter } from '@zip.js/zip.js';
import { inWords } from '../../www/shell/refusal';
import { NewArchive, openArchive } from '../../www/teach/zip';
import { words } from '../../www/words/current';

/** As the page says it. */
const said = (why: RegExp) => (error: unknown) => why.test((inWords(error, words.reading) as Error).message);

async function zip(files: Record<string, string>, options = {}): Promise<Blob> {
  const writer = new ZipWriter(new BlobWriter('application/zip'), { useWebWorkers: false, ...options });
  for (const [path, content] of Object.entries(files)) await writer.add(path, new BlobReader(new Blob([content])));
  return writer.close();
}

test('a zip is read file by file, without folders and what systems hide', async () => {
  const archive = await openArchive(await zip({ 'a.png': 'first', 'deep/b.png': 'second', '__MACOSX/._a.png': 'x', 'deep/.DS_Store': 'x', 'deep/': '' }));
  assert.deepEqual(archive.paths, ['a.png', 'deep/b.png']);
  assert.equal(await (await archive.read('deep/b.png')).text(), 'second');
  await assert.rejects(archive.read('c.png'), said(/the zip has no c\.png/));
  await archive.close();
});

test('a zip that was made on Windows has its folders, whatever separates them, and its names in the old encoding', async () => {
  const archive = await openArchive(await zip({ 'A\\1.png': 'sketch', 'B\\deep\\1.png': 'target', 'A\\': '', '__MACOSX\\._1.png': 'x', 'A\\Thumbs.db': 'x' }));
  assert.deepEqual(archive.paths, ['A/1.png', 'B/deep/1.png']);
  assert.equal(await (await archive.read('A/1.png')).text(), 'sketch');
  // Code page 437, as Explorer writes it, without the flag of Unicode.
  const encodeText = (text: string) => Uint8Array.from(text, (character) => (character === 'ü' ? 0x81 : character.charCodeAt(0)));
  const old = await openArchive(await zip({ 'grün.png': 'x' }, { encodeText, useUnicodeFileNames: false }));
  assert.deepEqual(old.paths, ['grün.png']);
});

test('a file that is no zip, or the beginning of one, says so', async () => {
  await assert.rejects(openArchive(new Blob(['no zip'])), said(/cannot be read as a zip/));
  const whole = await zip({ 'a.png': 'first' });
  await assert.rejects(openArchive(whole.slice(0, whole.size - 30)), said(/cannot be read as a zip/));
});

test('a locked file needs a password, and the others are there', async () => {
  const archive = await openArchive(await zip({ 'a.png': 'first' }, { password: 'secret', zipCrypto: true }));
  assert.deepEqual(archive.paths, ['a.png']);
  await assert.rejects(archive.read('a.png'), said(/needs a password/));
});

test('a file whose bytes are damaged cannot be unpacked', async () => {
  const bytes = new Uint8Array(await (await zip({ 'a.png': 'the same again and again '.repeat(99) })).arrayBuffer());
  bytes.fill(0xff, 60, 90);
  const archive = await openArchive(new Blob([bytes]));
  await assert.rejects(archive.read('a.png'), said(/cannot be unpacked/));
});

test('a small zip that unpacks to more than any picture has is refused before that', async () => {
  const bytes = new Uint8Array(await (await zip({ 'a.png': 'small' })).arrayBuffer());
  // The size in the directory at the end: four bytes, 24 behind its signature.
  const at = Buffer.from(bytes.buffer).indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  new DataView(bytes.buffer).setUint32(at + 24, 300 * 1024 * 1024, true);
  await assert.rejects((await openArchive(new Blob([bytes]))).read('a.png'), said(/is too large for a picture/));
});

test('a zip that was written file by file is read again', async () => {
  const made = new NewArchive();
  for (const name of ['a.png', '猫.png', 'pairs.json']) await made.add(name, new Blob([name]));
  const archive = await openArchive(await made.close());
  assert.deepEqual(archive.paths, ['a.png', '猫.png', 'pairs.json']);
  assert.equal(await (await archive.read('猫.png')).text(), '猫.png');
});
