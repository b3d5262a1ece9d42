import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, type Command, nameKeysOfMac, shortcuts } from '../../www/package/drawing/keys';
import { COLOURS } from '../../www/package/drawing/palette';
import { standIn } from './tools';

let selected = false;
standIn({ document: { getSelection: () => ({ isCollapsed: !selected }) } });

const press = (keys: string, code = ''): Command | undefined => {
  const parts = keys.split('+');
  const key = parts.pop() || '+';
  const held = (name: string) => parts.includes(name);
  return commandOf({
    key,
    code,
    ctrlKey: held('Ctrl'),
    metaKey: held('Meta'),
    shiftKey: held('Shift'),
    altKey: held('Alt') || held('AltGr'),
    getModifierState: (name: string) => name === 'AltGraph' && held('AltGr'),
  } as unknown as KeyboardEvent);
};

test('each shortcut of the help is a command, on a Mac too', () => {
  const commands: Record<string, Command> = {
    'Ctrl+z': 'undo', 'Meta+z': 'undo', 'Ctrl+Shift+Z': 'redo', 'Meta+Shift+z': 'redo', 'Ctrl+y': 'redo', 'Ctrl+s': 'save', 'Meta+c': 'copy',
    p: 'pen', P: 'pen', e: 'eraser', b: 'black', c: 'dice', '[': 'thinner', ']': 'thicker', Delete: 'clear', '?': 'help', 'AltGr+[': 'thinner', r: 'rectangle', o: 'outline', f: 'fill', v: 'vary', '+': 'closer', '-': 'farther',
  };
  for (const [keys, command] of Object.entries(commands)) assert.deepEqual(press(keys), command, keys);
});

test('shortcuts work on keyboards of every script, and on those of Latin go by what is printed on the key', () => {
  const keys: [string, string, Command | undefined][] = [
    ['Ctrl+я', 'KeyZ', 'undo'], ['Ctrl+Shift+Я', 'KeyZ', 'redo'], ['Ctrl+ы', 'KeyS', 'save'], ['з', 'KeyP', 'pen'], ['х', 'BracketLeft', 'thinner'], ['ъ', 'BracketRight', 'thicker'],
    ['Ctrl+ζ', 'KeyZ', 'undo'], ['Ctrl+ז', 'KeyZ', 'undo'], ['Ctrl+ئ', 'KeyZ', 'undo'], ['Ctrl+ㅋ', 'KeyZ', 'undo'],
    // QWERTZ, AZERTY
    ['Ctrl+z', 'KeyY', 'undo'], ['Ctrl+y', 'KeyZ', 'redo'], ['Ctrl+z', 'KeyW', 'undo'], ['ü', 'BracketLeft', undefined], ['é', 'Digit2', undefined],
  ];
  for (const [pressed, code, command] of keys) assert.deepEqual(press(pressed, code), command, `${pressed} on ${code}`);
});

test('keys alone can be turned off', (context) => {
  context.after(() => (shortcuts.singleKeys = true));
  shortcuts.singleKeys = false;
  for (const key of ['p', 'e', '[', '?', '1', 'Delete']) assert.equal(press(key), undefined, key);
  assert.equal(press('Ctrl+z'), 'undo');
});

test('on a Mac titles and the help name its own key', () => {
  const page = () => {
    const [titled, keys] = [[{ title: 'Redo (Ctrl+Shift+Z)' }, { title: 'Undo (Ctrl+Z)' }], [{ textContent: 'Ctrl' }, { textContent: 'Z' }]];
    const querySelectorAll = (selector: string) => (selector === 'kbd' ? keys : titled);
    return { parent: { querySelectorAll } as unknown as ParentNode, words: () => [...titled.map(({ title }) => title), ...keys.map(({ textContent }) => textContent)] };
  };
  for (const platform of ['MacIntel', 'iPad', 'iPhone']) {
    const mac = page();
    nameKeysOfMac(platform, mac.parent);
    assert.deepEqual(mac.words(), ['Redo (⇧⌘Z)', 'Undo (⌘Z)', '⌘', 'Z'], platform);
  }
  const other = page();
  nameKeysOfMac('Win32', other.parent);
  assert.deepEqual(other.words(), ['Redo (Ctrl+Shift+Z)', 'Undo (Ctrl+Z)', 'Ctrl', 'Z']);
});

test('keys that are the browser’s own stay so', () => {
  for (const keys of ['Ctrl+Shift+c', 'Ctrl+Shift+s', 'Ctrl+p', 'Meta+e', 'Ctrl+1', 'Alt+p', 'Alt+1', 'Enter', 'F5', 'ArrowLeft', 'Ctrl++', 'Ctrl+-']) {
    assert.equal(press(keys), undefined, keys);
  }
});

test('selected text is copied, rather than the picture', () => {
  selected = true;
  assert.equal(press('Ctrl+c'), undefined);
  selected = false;
  assert.equal(press('Ctrl+c'), 'copy');
});

test('digits choose colours: 1 the first, 0 the tenth, and there are ten', () => {
  const places = '1234567890'.split('').map((key) => (press(key) as { colour: number }).colour);
  assert.deepEqual(places, COLOURS.map((_, i) => i));
});

test('no two colours look or sound alike, and each is as the file formats want it', () => {
  assert.equal(new Set(COLOURS.map(({ name }) => name)).size, COLOURS.length);
  assert.equal(new Set(COLOURS.map(({ value }) => value)).size, COLOURS.length);
  for (const { value } of COLOURS) assert.match(value, /^#[0-9a-f]{6}$/);
});
