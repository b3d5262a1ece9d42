/** The held-out pairs, row by row: sketch, the picture before the training, the picture now, the target. */
import { Compare } from '../shell/compare';
import { paint } from '../package/drawing/paint';
import { element } from '../shell/page';
import type { Evaluation } from '../package/client';
import { type Lesson, mean } from './lesson';
import type { Pair } from './pair';
import { words } from '../words/current';

export class Previews {
  readonly #table = element('previews', HTMLTableElement);
  readonly #body = element('previews-body', HTMLElement);
  readonly #measure = element('held-out-l1', HTMLElement);
  readonly #compare = new Compare('compare', {
    slider: words.results.slider,
    left: words.results.before,
    right: words.results.now,
  });
  readonly #rows = new Map<string, Row>();
  #selected: string | undefined;

  /** No pictures yet. */
  begin(heldOut: readonly Pair[]): void {
    this.#rows.clear();
    this.#compare.hide();
    const rows = heldOut.map((pair) => {
      const row = new Row(pair.name, () => this.#select(pair.id));
      this.#rows.set(pair.id, row);
      return row.element;
    });
    this.#body.replaceChildren(...rows);
    this.#table.hidden = heldOut.length === 0;
    if (this.#selected === undefined || !this.#rows.has(this.#selected)) this.#selected = heldOut[0]?.id;
    this.#select(this.#selected);
  }

  show({ id }: Pair, evaluation: Evaluation, { before }: Lesson): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    row.show(evaluation, before.get(id)?.output ?? evaluation.output);
    if (id === this.#selected) this.#showSelected();
  }

  /** The mean of the held-out pairs, first and last. */
  showMean({ history, before }: Lesson): void {
    const measure = this.#measure;
    const now = history.heldOut.at(-1)?.l1;
    const firsts = [...this.#rows.keys()].flatMap((id) => before.get(id)?.l1 ?? []);
    measure.hidden = now === undefined || firsts.length === 0;
    if (now === undefined || firsts.length === 0) return;
    const first = mean(firsts);
    measure.dataset.before = String(first);
    measure.dataset.now = String(now);
    const change = Math.round((now / first - 1) * 100) / 100;
    const numbers = document.createElement('strong');
    numbers.textContent = words.results.change(first, now);
    const { noChange, less, more, l1, offBy } = words.results;
    measure.title = l1;
    measure.replaceChildren(offBy, numbers, change === 0 ? noChange : change < 0 ? less(-change) : more(change));
  }

  #select(id: string | undefined): void {
    this.#selected = id;
    for (const [each, row] of this.#rows) row.select(each === id);
    this.#showSelected();
  }

  #showSelected(): void {
    const row = this.#selected === undefined ? undefined : this.#rows.get(this.#selected);
    if (row?.shown !== undefined) this.#compare.show(row.name, row.shown.before, row.shown.now);
  }
}

const COLUMNS = ['sketch', 'before', 'now', 'target'] as const;

class Row {
  readonly element = document.createElement('tr');
  readonly name: string;
  shown: { readonly before: ImageData; readonly now: ImageData } | undefined;
  readonly #button = document.createElement('button');
  readonly #canvases: Record<(typeof COLUMNS)[number], HTMLCanvasElement>;

  constructor(name: string, select: () => void) {
    this.name = name;
    const head = document.createElement('th');
    head.scope = 'row';
    this.#button.type = 'button';
    this.#button.className = 'row-name';
    this.#button.textContent = name;
    this.#button.title = words.results.show(name);
    this.#button.addEventListener('click', select);
    head.append(this.#button);
    this.element.append(head);
    const make = (label: string): HTMLCanvasElement => {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 256;
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', label);
      const cell = document.createElement('td');
      cell.append(canvas);
      this.element.append(cell);
      return canvas;
    };
    const { sketchOf, beforeOf, nowOf, targetOf } = words.results;
    this.#canvases = { sketch: make(sketchOf(name)), before: make(beforeOf(name)), now: make(nowOf(name)), target: make(targetOf(name)) };
    // The pictures choose the row too; the keyboard has the button.
    this.element.addEventListener('click', select);
  }

  select(selected: boolean): void {
    this.#button.setAttribute('aria-pressed', String(selected));
    this.element.toggleAttribute('data-selected', selected);
  }

  show({ input, output, target }: Evaluation, before: ImageData): void {
    this.shown = { before, now: output };
    paint(this.#canvases.sketch, input);
    paint(this.#canvases.before, before);
    paint(this.#canvases.now, output);
    paint(this.#canvases.target, target);
  }
}
