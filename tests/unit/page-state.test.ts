import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { controlsOf, dataOf, type PageState, type Phase, START, trains } from '../../www/shell/page-state';

const PHASES: readonly Phase[] = ['idle', 'preparing', 'running', 'paused', 'done', 'failed'];

/** The ids of what can be pressed in this state, among those that depend on it. */
function pressable(change: Partial<PageState>): string[] {
  const usable = controlsOf({ ...START, ...change }).filter(({ disabled, hidden }) => disabled === false && hidden !== true);
  return usable.flatMap(({ selector }) => selector.split(', ')).map((selector) => selector.replace('#', ''));
}

const PICTURE = ['save', 'save-large', 'save-pair', 'copy', 'share'];
const MODEL = ['models', 'devices'];
const KEEP = 'keep-fields';
const FIELDS = 'train-form fieldset';

test('a new visitor may choose a model, and set up a training that has no pairs yet', () => {
  assert.deepEqual(pressable({}), [...MODEL, FIELDS, KEEP]);
});

test('what is done with a picture needs one, whatever else is under way, and another one needs a drawing', () => {
  assert.deepEqual(pressable({ drawing: 'ready', picture: true, blank: false }), ['vary', ...PICTURE, ...MODEL, FIELDS, KEEP]);
  assert.deepEqual(pressable({ drawing: 'ready', picture: true }), [...PICTURE, ...MODEL, FIELDS, KEEP]);
  assert.deepEqual(pressable({ drawing: 'failed', picture: true, training: 'running', locked: true }), [...PICTURE, 'train-pause', 'train-stop', KEEP]);
});

test('a training starts with a model and pairs, pauses once it runs, and is stopped once', () => {
  const buttons = (change: Partial<PageState>) => pressable({ teachable: true, lesson: true, ...change }).filter((id) => /^train-(start|pause|stop)$/.test(id));
  assert.deepEqual(pressable({ teachable: true }).includes('train-start'), true);
  const expected: Record<Phase, string[]> = {
    idle: ['train-start'],
    preparing: ['train-stop'],
    running: ['train-pause', 'train-stop'],
    paused: ['train-pause', 'train-stop'],
    done: ['train-start'],
    failed: ['train-start'],
  };
  for (const training of PHASES) assert.deepEqual(buttons({ training }), expected[training], training);
  assert.deepEqual(buttons({ training: 'running', stopping: true }), []);
  assert.deepEqual(buttons({ training: 'done', teachable: false }), []);
});

test('while a file is written no training starts and no other file is written', () => {
  assert.deepEqual(pressable({ training: 'done', lesson: true, teachable: true, writing: true, locked: true }), [FIELDS]);
});

test('the settings of a training cannot be changed while it runs', () => {
  for (const training of PHASES) assert.equal(pressable({ training }).includes(FIELDS), !trains({ training }), training);
});

test('how far a training is stands there from its start on', () => {
  const hidden = (change: Partial<PageState>) => controlsOf({ ...START, ...change }).find(({ selector }) => selector === '#train-state')?.hidden;
  assert.deepEqual([hidden({}), hidden({ lesson: true }), hidden({ lesson: true, training: 'preparing' }), hidden({ training: 'done' })], [true, true, false, true]);
});

const html = ['www/index.html', 'www/teach/teach.html'].map((file) => readFileSync(file, 'utf8')).join('');

test('every control of the table is in the page', () => {
  const ids = controlsOf(START).flatMap(({ selector }) => selector.split(', ')).map((selector) => /^#([\w-]+)/.exec(selector)![1]!);
  assert.ok(ids.length > 10);
  assert.deepEqual(ids.filter((id) => !html.includes(` id="${id}"`)), []);
});

test('the page begins in the state that its body says', () => {
  const [, attributes = ''] = /<body([^>]*)>/.exec(html)!;
  const said = Object.fromEntries([...attributes.matchAll(/ data-(\w+)(?:="(\w*)")?/g)].map(([, name, value = '']) => [name, value]));
  assert.deepEqual(said, Object.fromEntries(Object.entries(dataOf(START)).filter(([, value]) => value !== undefined)));
});
