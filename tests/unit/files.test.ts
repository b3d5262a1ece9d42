import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alone, type Brought, filesIn } from '../../www/shell/brought';
import { isHidden } from '../../www/shell/hidden-file';
import { takeFiles } from '../../www/shell/files';
import { settled, standIn } from './tools';

class Page extends EventTarget {
  readonly body = { dropping: false, toggleAttribute: (_: string, on: boolean) => void (this.body.dropping = on) };
}
const page = new Page();
standIn({ document: page, Element: class {} });

const file = (name: string, type = '') => new File(['x'], name, { type });

interface Taken {
  picture?: string;
  weights?: string;
  pairs: string[];
  passedOver: number;
  noFile?: true;
}

let teaching = false;
let taken: Taken;
const input = Object.assign(new EventTarget(), { files: [] as File[], value: 'C:\\fakepath' });
takeFiles(input as unknown as HTMLInputElement, {
  pairs: () => (teaching ? (files: readonly Brought[]) => void taken.pairs.push(...files.map(({ path }) => path)) : undefined),
  picture: ({ name }) => void (taken.picture = name),
  weights: (files) => void (taken.weights = files.map(({ name }) => name).join(' ')),
  passedOver: (count) => void (taken.passedOver = count),
  noFile: () => void (taken.noFile = true),
});

function choose(...files: File[]): Taken {
  taken = { pairs: [], passedOver: 0 };
  input.files = files;
  input.dispatchEvent(new Event('change'));
  return taken;
}

interface Entry {
  fullPath: string;
  isDirectory: boolean;
}

const entryOf = (fullPath: string) => ({ fullPath, isDirectory: false, file: (done: (file: File) => void) => done(file(fullPath)) });

/** A folder whose browser hands its entries over two at a time. */
function folder(fullPath: string, entries: Entry[]) {
  const createReader = () => {
    const rest = [...entries];
    return { readEntries: (done: (entries: Entry[]) => void) => done(rest.splice(0, 2)) };
  };
  return { fullPath, isDirectory: true, createReader };
}

function transfer(files: File[], folders: Entry[] = []) {
  const items = [
    ...files.map((file) => ({ kind: 'file', getAsFile: () => file, webkitGetAsEntry: () => ({ isDirectory: false }) })),
    ...folders.map((entry) => ({ kind: 'file', getAsFile: () => null, webkitGetAsEntry: () => entry })),
    { kind: 'string', getAsFile: () => null, webkitGetAsEntry: () => null },
  ];
  return { files, items, types: ['Files'] };
}

async function drop(files: File[], folders: Entry[] = []): Promise<Taken> {
  taken = { pairs: [], passedOver: 0 };
  page.dispatchEvent(Object.assign(new Event('drop', { cancelable: true }), { dataTransfer: transfer(files, folders) }));
  await settled();
  return taken;
}

test('a picture becomes the sketch, and anything else is tried as weights', () => {
  assert.deepEqual(choose(file('cat.png', 'image/png')), { pairs: [], passedOver: 0, picture: 'cat.png' });
  assert.deepEqual(choose(file('model.bin')), { pairs: [], passedOver: 0, weights: 'model.bin' });
});

const CHECKPOINT = ['checkpoint', 'model-3.data-00000-of-00001', 'model-3.index', 'options.json'];

test('the files of a TensorFlow checkpoint are one model', async () => {
  const files = [...CHECKPOINT, 'model-3.meta'].map((name) => file(name, name.endsWith('json') ? 'application/json' : ''));
  const model = { pairs: [], passedOver: 0, weights: [...CHECKPOINT, 'model-3.meta'].join(' ') };
  assert.deepEqual(choose(...files), model);
  assert.deepEqual(await drop(files), model);
  assert.deepEqual(choose(file('cat.png', 'image/png'), ...files, file('other.pict')), { ...model, picture: 'cat.png', passedOver: 1 });
  // Without the one that makes them a checkpoint they are files like others.
  assert.deepEqual(choose(file('options.json'), file('model.bin')), { pairs: [], passedOver: 1, weights: 'options.json' });

  const run = folder('/run', CHECKPOINT.map((name) => entryOf(`/run/${name}`)));
  assert.deepEqual(await drop([], [run]), { ...model, weights: CHECKPOINT.join(' ') });
  teaching = true;
  assert.deepEqual(await drop([...files, file('cat.png', 'image/png')]), { ...model, pairs: ['cat.png'] });
  teaching = false;
});

test('an ONNX file and that of its values are one model', async () => {
  const both = [file('G.onnx.data'), file('G.onnx')];
  const model = { pairs: [], passedOver: 0, weights: 'G.onnx G.onnx.data' };
  assert.deepEqual(choose(...both), model);
  assert.deepEqual(choose(...both, file('other.onnx')), { ...model, passedOver: 1 });
  teaching = true;
  assert.deepEqual(await drop(both), model);
  teaching = false;
  assert.equal(choose(file('G.onnx.data')).weights, 'G.onnx.data');
});

test('weights are known by their name, whatever the system calls them', () => {
  assert.equal(choose(file('model.PICT', 'image/x-pict')).weights, 'model.PICT');
  assert.equal(choose(file('model.safetensors', 'image/unknown')).weights, 'model.safetensors');
});

test('of many files one of each kind is taken, and so many were not', () => {
  const many = choose(file('a.png', 'image/png'), file('m.pict'), file('b.jpg', 'image/jpeg'), file('n.pict'));
  assert.deepEqual(many, { pairs: [], passedOver: 2, picture: 'a.png', weights: 'm.pict' });
});

test('the same file can be chosen again', () => {
  input.value = 'C:\\fakepath\\a.png';
  choose(file('a.png', 'image/png'));
  assert.equal(input.value, '');
});

test('what is dropped on the Teach side becomes pairs, but for weights', async () => {
  teaching = true;
  const taken = await drop([file('a.png', 'image/png'), file('m.pict'), file('b.zip'), file('n.pict')]);
  teaching = false;
  assert.deepEqual(taken, { pairs: ['a.png', 'b.zip'], weights: 'm.pict', passedOver: 1 });
});

test('dropped folders are walked, in the order of their names, without what systems hide', async () => {
  teaching = true;
  const inner = folder('/set/B', [entryOf('/set/B/2.png'), entryOf('/set/B/.DS_Store')]);
  const outer = folder('/set', [entryOf('/set/10.png'), entryOf('/set/9.png'), inner, entryOf('/set/Thumbs.db'), entryOf('/set/1.png')]);
  const taken = await drop([file('by itself.png')], [outer]);
  teaching = false;
  assert.deepEqual(taken.pairs, ['by itself.png', 'set/1.png', 'set/9.png', 'set/10.png', 'set/B/2.png']);
});

test('a folder that cannot be read is one file that cannot be opened', async () => {
  const refusing = {
    fullPath: '/locked',
    isDirectory: true,
    createReader: () => ({ readEntries: (_: unknown, failed: (error: Error) => void) => failed(new Error('not allowed')) }),
  };
  const [found, ...more] = await filesIn([refusing] as unknown as FileSystemDirectoryEntry[]);
  assert.deepEqual([found!.path, more.length], ['locked', 0]);
  await assert.rejects(found!.open(), /the folder cannot be read: not allowed/);
});

test('the page shows that files may be dropped as long as they are over any of its parts', () => {
  const drag = (type: string, types = ['Files']) =>
    page.dispatchEvent(Object.assign(new Event(type, { cancelable: true }), { dataTransfer: { types } }));
  drag('dragenter', ['text/plain']);
  assert.equal(page.body.dropping, false, 'text is no file');
  drag('dragenter');
  drag('dragenter');
  drag('dragleave');
  assert.equal(page.body.dropping, true, 'it went into a part of it');
  drag('dragleave');
  assert.equal(page.body.dropping, false);
});

test('what systems put beside files is hidden, at every depth', () => {
  for (const path of ['.DS_Store', 'a/.hidden/b.png', '__MACOSX/._a.png', 'a/__MACOSX/b', 'a/Thumbs.db', 'Desktop.ini', 'a/._b.png']) {
    assert.equal(isHidden(path), true, path);
  }
  for (const path of ['a.png', 'a.b/c.png', 'MACOSX/a.png', 'my thumbs.db.png', 'x/thumbs.db/y.png']) assert.equal(isHidden(path), false, path);
});

test('what is pasted has no name, and is called what it is', async () => {
  assert.equal(alone(file('', 'image/png')).path, 'pasted picture');
  const named = file('a.png', 'image/png');
  assert.equal(alone(named).path, 'a.png');
  assert.equal(await alone(named).open(), named);
});

test('what is no file does not lead away from the page; a picture of another page is named, and text in a field is the field’s', () => {
  class Field extends (globalThis.Element as unknown as new () => object) {
    closest = () => this;
  }
  for (const [types, target, prevented, named] of [
    [['text/uri-list', 'text/html'], undefined, true, true],
    [['text/plain'], undefined, true, undefined],
    [['text/plain'], new Field(), false, undefined],
  ] as const) {
    taken = { pairs: [], passedOver: 0 };
    for (const type of ['dragover', 'drop']) {
      const event = Object.assign(new Event(type, { cancelable: true }), { dataTransfer: { types, files: [], items: [] } });
      if (target) Object.defineProperty(event, 'target', { value: target });
      page.dispatchEvent(event);
      assert.equal(event.defaultPrevented, prevented, `${type} of ${types.join()}`);
    }
    assert.equal(taken.noFile, named);
  }
});
