import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

/** The files of the repository that a script imports, types too, without their extensions. */
function importsOf(file: string): string[] {
  const found = readFileSync(file, 'utf8').matchAll(/(?:from|import\(|import) ?'(\.[^']+)'/g);
  return [...found].map(([, path]) => join(dirname(file), path!).replace(/\.(js|ts)$/, ''));
}

/** As above, without types. */
function valuesOf(file: string): string[] {
  const types = new Set(
    [...readFileSync(file, 'utf8').matchAll(/^(?:import|export) type [^;]*? from '(\.[^']+)'/gm)].map(([, path]) => join(dirname(file), path!)),
  );
  return importsOf(file).filter((path) => !types.has(path));
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
  assert.deepEqual(ofBuilt.filter((each) => !/^www\/package\/engine\/(\w+-)?(engine|worker)\.ts: pkg\/(cpu|threads|webgpu)$/.test(each)), []);
});

test('caller and engine meet in their contract alone, but for the scripts that a thread is started with', () => {
  assert.deepEqual(outside('www/package/contract'), []);
  assert.deepEqual(outside('www/package/engine').filter((each) => !/: www\/package\/contract\/\w+$/.test(each)), []);
  const ofCaller = outside('www/package/caller').filter((each) => !/: www\/package\/contract\/\w+$/.test(each));
  assert.deepEqual(ofCaller.sort(), ['cpu', 'webgpu'].map((name) => `www/package/caller/thread.ts: www/package/engine/${name}-engine`));
});

test('what page and element draw with imports neither, nor the model', () => {
  assert.deepEqual(outside('www/package/drawing'), []);
});

/** The folders of the page. Each imports from those before it alone. */
const FLOORS = ['package', 'words', 'service-worker', 'samples', 'labels', 'models', 'keep', 'shell'];
const ROOMS = ['draw', 'teach', 'colorize'];
/** What the page sees of each room; two of them fetch the rest when their tab is opened. */
const DOORS = ['draw/draw', 'teach/teaching', 'colorize/colorizing'];

/** What a folder of the page imports from other folders of it, by `of`. */
function imported(folder: string, of: (file: string) => string[]): { file: string; from: string; path: string }[] {
  return scripts(join('www', folder)).flatMap((file) =>
    of(file).filter((path) => relative(join('www', folder), path).startsWith('..')).map((path) => {
      const inPage = relative('www', path);
      return { file, from: inPage.split('/')[0]!, path: inPage };
    }),
  );
}

test('imports of the page go one way: each folder takes from those before it, and no room from another', () => {
  // The package has a test of its own.
  for (const [floor, folder] of FLOORS.entries()) {
    if (folder === 'package') continue;
    // What is kept has the types of where it is used.
    const found = imported(folder, folder === 'keep' ? valuesOf : importsOf);
    assert.deepEqual(found.filter(({ from }) => !FLOORS.slice(0, floor).includes(from)), [], folder);
  }
  for (const room of ROOMS) assert.deepEqual(imported(room, importsOf).filter(({ from }) => !FLOORS.includes(from)), [], room);
});

test('every script of the page has its folder, but those it starts with, which come into the rooms by their doors', () => {
  const entries = readdirSync('www').filter((name) => name.endsWith('.ts'));
  assert.deepEqual(entries.sort(), ['main.ts', 'open.ts', 'start.ts']);
  const ofRooms = entries.flatMap((name) => importsOf(join('www', name)).map((path) => relative('www', path))).filter((path) => ROOMS.includes(path.split('/')[0]!));
  assert.deepEqual(ofRooms.sort(), [...DOORS].sort());
  const folders = readdirSync('www', { withFileTypes: true }).filter((entry) => entry.isDirectory() && scripts(join('www', entry.name)).length > 0);
  assert.deepEqual(folders.map(({ name }) => name).filter((name) => ![...FLOORS, ...ROOMS, 'docs', 'first-paint'].includes(name)), []);
});

test('these tests see imports', () => {
  assert.ok(importsOf('www/package/drawing/toolbar.ts').includes('www/package/drawing/cursor'));
  assert.ok(outside('www/teach').some((each) => each.endsWith(': www/shell/page')));
  assert.ok(importsOf('www/keep/database.ts').includes('www/teach/pair') && !valuesOf('www/keep/database.ts').includes('www/teach/pair'));
  assert.ok(imported('colorize', valuesOf).some(({ path }) => path === 'shell/markup'));
});
