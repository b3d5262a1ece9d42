/** One pair on a card: sketch and target side by side, and what can be done with it. */
import { icon } from '../shell/page';
import type { Pair } from './pair';
import { words } from '../words/current';

export interface CardEvents {
  holdOut(id: string, heldOut: boolean): void;
  draw(id: string): void;
  swap(id: string): void;
  remove(id: string): void;
}

export class Card {
  readonly element = document.createElement('li');
  readonly #name = document.createElement('p');
  readonly #input: Picture;
  readonly #target: Picture;
  readonly #holdOut: HTMLButtonElement;
  readonly #draw: HTMLButtonElement;
  readonly #swap: HTMLButtonElement;
  readonly #remove: HTMLButtonElement;
  #pair: Pair;
  #heldOut = false;

  constructor(pair: Pair, heldOut: boolean, events: CardEvents) {
    const { id } = pair;
    this.#pair = pair;
    this.#input = new Picture();
    this.#target = new Picture();
    this.#holdOut = tool('i-unseen', () => events.holdOut(id, !this.#heldOut));
    this.#draw = tool('i-pen', () => events.draw(id));
    this.#swap = tool('i-swap', () => events.swap(id));
    this.#remove = tool('i-clear', () => events.remove(id));
    this.#name.className = 'pair-name';
    const pictures = document.createElement('div');
    pictures.className = 'pair-pictures';
    pictures.dataset.badge = words.pairs.heldOut;
    pictures.append(this.#input.image, this.#target.image);
    const tools = document.createElement('div');
    tools.className = 'pair-tools';
    tools.append(this.#holdOut, this.#draw, this.#swap, this.#remove);
    this.element.className = 'pair';
    this.element.dataset.pair = id;
    this.element.append(pictures, this.#name, tools);
    this.show(pair, heldOut);
  }

  show(pair: Pair, heldOut: boolean): void {
    const { name, origin } = pair;
    this.#pair = pair;
    this.#heldOut = heldOut;
    this.#input.show(pair.input, words.pairs.sketchOf(name));
    this.#target.show(pair.target, words.pairs.targetOf(name));
    this.#name.textContent = name;
    this.#name.title = name;
    this.element.toggleAttribute('data-held-out', heldOut);
    this.element.dataset.origin = origin;
    this.#holdOut.setAttribute('aria-pressed', String(heldOut));
    label(this.#holdOut, heldOut ? words.pairs.learnFrom(name) : words.pairs.holdOutWhy(name));
    // A toggle keeps its name and says whether it is pressed.
    this.#holdOut.setAttribute('aria-label', words.pairs.holdOut(name));
    label(this.#draw, words.pairs.drawYourself(name));
    label(this.#swap, words.pairs.swap(name));
    label(this.#remove, words.pairs.remove(name));
    this.#draw.hidden = origin === 'given';
    this.#swap.hidden = origin !== 'given';
  }

  /** Whether it shows this already. */
  shows(pair: Pair, heldOut: boolean): boolean {
    return this.#pair === pair && this.#heldOut === heldOut;
  }

  get removeButton(): HTMLButtonElement {
    return this.#remove;
  }

  dispose(): void {
    this.element.remove();
    this.#input.release();
    this.#target.release();
  }
}

/** An image of a file; its address is given back when another takes its place. */
class Picture {
  readonly image = new Image();
  #file: Blob | undefined;

  constructor() {
    this.image.decoding = 'async';
    this.image.loading = 'lazy';
    this.image.draggable = false;
  }

  show(file: Blob, alt: string): void {
    this.image.alt = alt;
    if (this.#file === file) return;
    this.release();
    this.#file = file;
    this.image.src = URL.createObjectURL(file);
  }

  release(): void {
    if (this.#file !== undefined) URL.revokeObjectURL(this.image.src);
    this.#file = undefined;
  }
}

function tool(symbol: string, action: () => void): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'tool';
  button.append(icon(symbol));
  button.addEventListener('click', action);
  return button;
}

function label(button: HTMLButtonElement, text: string): void {
  button.title = text;
  button.setAttribute('aria-label', text);
}
