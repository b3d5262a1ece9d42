import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

/** The files of the repository that a script imports, types too, without their extensions. */
function importsOf(file: string): string[] {
  const found = readFileSync(file, 'utf8').matchAll(/(?:from|import\(|import) ?'(\.[^']+)'/g);
  return [...found].map(([, path]) => join(dirname(file), path!).replace(/\.(js|ts)$/, ''));
}

const scripts = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));

/** What a folder imports from outside of it. */
function outside(folder: string): string[] {
  const found = scripts(folder).flatMap((file) => importsOf(file).filter((path) => relative(folder, path).startsWith('..')).map((path) => `${file}: ${path}`));
  return found.filter((each) => !/pkg\/(cpu|threads|webgpu)$/.test(each));
}

test('the package imports nothing of the page', () => {
  assert.deepEqual(outside('www/package'), []);
});

test('the page is made of the package\'s sources, so that an edit of them is seen while it is worked on', () => {
  const ofBuilt = scripts('www').flatMap((file) => importsOf(file).filter((path) => path.startsWith('pkg/')).map((path) => `${file}: ${path}`));
  assert.deepEqual(ofBuilt.filter((each) => !/^www\/package\/(\w+-)?(engine|worker)\.ts: pkg\/(cpu|threads|webgpu)$/.test(each)), []);
});

test('what page and element draw with imports neither, nor the model', () => {
  assert.deepEqual(outside('www/package/drawing'), []);
});

test('these tests see imports', () => {
  assert.ok(importsOf('www/package/drawing/toolbar.ts').includes('www/package/drawing/cursor'));
  assert.ok(outside('www/teach').some((each) => each.endsWith(': www/page')));
});
