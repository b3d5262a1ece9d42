/** The shadow tree of a pad. It is put together node by node: a page may forbid markup from strings (Trusted Types). */
import { icon, type IconName } from './icons.js';

type Attributes = Readonly<Record<string, string>>;

function make<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const tool = (name: IconName, label: string, key: string, more: Attributes = {}): HTMLElement =>
  make('button', { type: 'button', id: name, class: 'tool', part: `tool ${name}`, 'aria-label': label, title: `${label} (${key})`, ...more }, icon(name));

function tools(): HTMLElement {
  return make(
    'fieldset',
    { id: 'tools', part: 'tools' },
    make('legend', { class: 'unseen' }, 'Drawing tools'),
    tool('pen', 'Pen', 'P', { 'aria-pressed': 'true' }),
    tool('eraser', 'Eraser', 'E', { 'aria-pressed': 'false' }),
    tool('undo', 'Undo', 'Ctrl+Z'),
    tool('redo', 'Redo', 'Ctrl+Shift+Z'),
    tool('clear', 'Clear the drawing', 'Delete'),
    make('input', { type: 'range', id: 'width', part: 'width', 'aria-label': 'Width', title: 'Width ([ and ])' }),
    make('output', { id: 'width-value', for: 'width', 'aria-live': 'off' }),
    make('button', { type: 'button', id: 'translate', class: 'words', part: 'button translate', hidden: '' }, 'Translate'),
    make('slot', { name: 'tools' }),
  );
}

function sketch(): HTMLElement {
  const canvas = make('canvas', { id: 'sketch', tabindex: '-1', role: 'img', 'aria-label': 'Sketch: draw here with mouse, finger or pen' });
  const fit = make('button', { type: 'button', id: 'fit', class: 'words', part: 'button fit', title: 'Show the whole drawing', hidden: '' }, 'Fit');
  return make('div', { class: 'cell drawn' }, make('div', { class: 'square paper', part: 'sketch' }, canvas, fit));
}

function screen(): HTMLElement {
  return make(
    'div',
    { class: 'cell shown' },
    make(
      'div',
      { class: 'square screen', part: 'picture' },
      make('canvas', { id: 'picture', role: 'img', 'aria-label': 'Picture that the network made of the drawing', hidden: '' }),
      make('div', { id: 'placeholder', class: 'cover', part: 'placeholder' }, make('slot', { name: 'placeholder' }, 'Draw, and the picture appears here.')),
      make(
        'div',
        { id: 'loading', class: 'cover', part: 'loading', hidden: '' },
        make('label', { for: 'progress', id: 'progress-label' }),
        make('progress', { id: 'progress', part: 'progress' }),
      ),
      make('p', { id: 'status', role: 'status', part: 'status' }),
      make(
        'div',
        { id: 'error', part: 'error', role: 'alert', hidden: '' },
        make('p', { id: 'error-text' }),
        make('button', { type: 'button', id: 'retry', class: 'words', part: 'button retry', hidden: '' }, 'Try again'),
      ),
    ),
  );
}

function palette(): HTMLElement {
  return make(
    'fieldset',
    { id: 'palette', class: 'palette', part: 'palette' },
    make('legend', { class: 'unseen' }, 'Colour of the pen: a coloured stroke says what colour is there'),
  );
}

export function markup(): HTMLElement {
  const pad = make('div', { id: 'pad', part: 'pad', role: 'group' }, tools(), sketch(), palette(), screen());
  return make('div', { class: 'frame' }, pad);
}
