/** The grid of pairs: a card each, kept in line with the data. */
import { button, element, onClick } from '../shell/page';
import { Card, type CardEvents } from './card';
import type { Pairs } from './pairs';
import { words } from '../words/current';

/** With more pairs than this the rest is folded away, so that the training stays in reach. */
const FOLDED = 12;

export class Grid {
  readonly #grid = element('pairs', HTMLUListElement);
  readonly #pairs: Pairs;
  readonly #events: CardEvents;
  readonly #cards = new Map<string, Card>();
  #unfolded = false;
  #asked = false;

  constructor(pairs: Pairs, events: Omit<CardEvents, 'remove'> & { remove(ids: readonly string[]): void }) {
    this.#pairs = pairs;
    this.#events = { ...events, remove: (id) => this.#remove(id, () => events.remove([id])) };
    onClick('unfold', () => {
      this.#unfolded = !this.#unfolded;
      this.#show();
    });
    onClick('remove-all', () => events.remove(this.#pairs.all.map(({ id }) => id)));
  }

  /** Shows the pairs as they are now, once for many changes in a row. */
  show(): void {
    if (this.#asked) return;
    this.#asked = true;
    queueMicrotask(() => {
      this.#asked = false;
      this.#show();
    });
  }

  #show(): void {
    const { all, heldOut } = this.#pairs;
    // Those that are folded away have no card, and hold no pictures.
    const shown = this.#unfolded ? all : all.slice(0, FOLDED);
    const ids = new Set(shown.map(({ id }) => id));
    for (const [id, card] of this.#cards) {
      if (ids.has(id)) continue;
      card.dispose();
      this.#cards.delete(id);
    }
    for (const [i, pair] of shown.entries()) {
      const isHeldOut = this.#pairs.isHeldOut(pair.id);
      let card = this.#cards.get(pair.id);
      if (card === undefined) {
        card = new Card(pair, isHeldOut, this.#events);
        this.#cards.set(pair.id, card);
      } else if (!card.shows(pair, isHeldOut)) card.show(pair, isHeldOut);
      const place = this.#grid.children[i] ?? null;
      if (place !== card.element) this.#grid.insertBefore(card.element, place);
    }
    this.#count(all.length, heldOut.length);
  }

  #count(pairs: number, heldOut: number): void {
    const { none, count, countHeldOut } = words.pairs;
    element('pairs-count', HTMLElement).textContent = pairs === 0 ? none : heldOut === 0 ? count(pairs) : countHeldOut(pairs, heldOut);
    element('no-pairs', HTMLElement).hidden = pairs > 0;
    element('pairs-foot', HTMLElement).hidden = pairs === 0;
    const unfold = button('unfold');
    unfold.hidden = pairs <= FOLDED;
    unfold.textContent = this.#unfolded ? words.pairs.showFirst(FOLDED) : words.pairs.showAll(pairs);
    unfold.setAttribute('aria-expanded', String(this.#unfolded));
  }

  /** The keyboard's focus goes on to the next card, rather than being lost with this one. */
  #remove(id: string, remove: () => void): void {
    const ids = this.#pairs.all.map((pair) => pair.id);
    const at = ids.indexOf(id);
    const next = ids[at + 1] ?? ids[at - 1];
    remove();
    this.#show();
    if (next === undefined) button('add-pairs').focus();
    else this.#cards.get(next)?.removeButton.focus();
  }
}
