/** The pen's colours: black for lines, the others for hints, and one of the visitor's own. */
import { part, type Root } from './parts.js';

interface Colour {
  readonly name: string;
  /** `#rrggbb`. */
  readonly value: string;
}

/** Strong but not glaring, as things are: hints are learned from pictures. White is the paper. */
export const COLOURS: readonly Colour[] = [
  { name: 'Red', value: '#d5352c' },
  { name: 'Orange', value: '#ef8b2c' },
  { name: 'Yellow', value: '#f7cf3e' },
  { name: 'Green', value: '#55a845' },
  { name: 'Teal', value: '#2ba3a0' },
  { name: 'Blue', value: '#3b7fd4' },
  { name: 'Purple', value: '#8b57bd' },
  { name: 'Pink', value: '#f18fb4' },
  { name: 'Brown', value: '#8a5a37' },
  { name: 'Grey', value: '#8d9096' },
];

/** What the colours are called, where they are not called by their English names. */
export interface PaletteNames {
  readonly black: string;
  /** In the order of `COLOURS`. */
  readonly hints: readonly string[];
  readonly other: string;
  readonly otherInUse: string;
}

const ENGLISH: PaletteNames = {
  black: 'Black, for lines',
  hints: COLOURS.map(({ name }) => name),
  other: 'Any other colour',
  otherInUse: 'Any other colour: in use',
};

/** One row: a radio for each colour, and the browser's own way to choose any other. */
export class Palette {
  readonly #row = document.createElement('div');
  readonly #radios: readonly HTMLInputElement[];
  readonly #own = document.createElement('input');
  readonly #ownSwatch = document.createElement('label');
  readonly #names: PaletteNames;

  /** In the field set with this id. `choose` is told undefined for black. */
  constructor(root: Root, id: string, choose: (colour: string | undefined) => void, names: PaletteNames = ENGLISH) {
    this.#names = names;
    this.#row.className = 'swatches';
    part(root, id, HTMLFieldSetElement).append(this.#row);
    const radio = (name: string, value: string, key: string): HTMLInputElement => {
      const input = document.createElement('input');
      Object.assign(input, { type: 'radio', name: `${id}-colour`, value });
      input.setAttribute('aria-label', name);
      // Also where it is chosen already: the visitor may hold the eraser.
      input.addEventListener('click', () => choose(value === '' ? undefined : value));
      const swatch = document.createElement('label');
      swatch.className = 'swatch';
      swatch.title = `${name} (${key})`;
      swatch.style.setProperty('--colour', value || '#000');
      swatch.append(input);
      this.#row.append(swatch);
      return input;
    };
    this.#radios = [
      radio(names.black, '', 'B'),
      ...COLOURS.map(({ name, value }, i) => radio(names.hints[i] ?? name, value, String((i + 1) % 10))),
    ];
    this.#own.type = 'color';
    // The browser's chooser opens; its colour counts from now on, and while it is being changed.
    for (const event of ['click', 'input']) this.#own.addEventListener(event, () => choose(this.#own.value));
    this.#ownSwatch.className = 'swatch own';
    this.#ownSwatch.title = names.other;
    this.#ownSwatch.append(this.#own);
    this.#row.append(this.#ownSwatch);
  }

  /** Marks the pen's colour; `own` is the visitor's, chosen or not. */
  show(colour: string | undefined, own: string): void {
    const hadFocus = this.#radios.some((radio) => radio.matches(':focus'));
    for (const radio of this.#radios) {
      radio.checked = radio.value === (colour ?? '');
      if (radio.checked && hadFocus) radio.focus();
    }
    const inUse = colour !== undefined && COLOURS.every(({ value }) => value !== colour);
    this.#own.value = own;
    this.#own.setAttribute('aria-label', inUse ? this.#names.otherInUse : this.#names.other);
    this.#ownSwatch.style.setProperty('--colour', own);
    this.#ownSwatch.toggleAttribute('data-in-use', inUse);
  }
}
