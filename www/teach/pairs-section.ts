/** The upper half of the tab: how pairs come in, how their sketches are made, and the grid of them. */
import { alone, type Brought } from '../shell/brought';
import { whyNotKept } from '../keep/database';
import type { Model } from '../models/models';
import { button, element, onClick } from '../shell/page';
import { download } from '../shell/save';
import { offerUndo } from '../shell/undo';
import { PhotoCamera } from './camera';
import { DrawingDialog } from './drawing';
import { zipOf } from './export';
import { Grid } from './grid';
import { Intake, type Skipped, skippedText } from './intake';
import { swapped } from './pair';
import { Pairs } from './pairs';
import type { Half } from './pictures';
import { type Making, Sketching } from './sketching';
import { words } from '../words/current';

export interface PairsSectionEvents {
  /** Pairs came, went or changed sides. */
  changed(): void;
  /** How pairs are made was chosen again. */
  chosen(): void;
}

/** A slider that is drawn gives many values; sketches are made of those it rests at. */
const REST_MS = 120;

export class PairsSection {
  readonly pairs: Pairs;
  readonly making: Making;
  readonly #intake: Intake;
  readonly #sketching: Sketching;
  readonly #grid: Grid;
  readonly #side: () => number;
  readonly #events: PairsSectionEvents;
  readonly #status = element('intake-status', HTMLElement);
  readonly #progress = element('intake-progress', HTMLProgressElement);
  /** Files are on their way: their progress is shown, and not that of sketches. */
  #importing = false;
  #askedToPersist = false;
  /** Aborts the download that is being packed. */
  #packing: AbortController | undefined;

  /** `side`: pixels of the network's square. `model`: the one that is taught. */
  constructor(
    making: Making & { sketchOn: Half },
    { side, model }: { side: () => number; model: () => Model },
    events: PairsSectionEvents,
  ) {
    this.#side = side;
    this.#events = events;
    this.making = making;
    this.pairs = new Pairs({
      changed: () => this.#changed(),
      notRead: (error) => this.#warn(words.pairs.notRead(whyNotKept(error))),
      notKept: (error) => this.#warn(words.pairs.notKept(whyNotKept(error))),
    });
    this.#sketching = new Sketching(this.pairs, making, {
      progress: (done, of) => this.#making('sketch', done, of),
      failed: (error) => this.#warn(words.pairs.notRemade(messageOf(error))),
    });
    this.#intake = new Intake(this.pairs, this.#sketching, side, {
      progress: (done, of) => this.#making('file', done, of),
      finished: (taken, skipped, of) => this.#took(taken, skipped, of),
    });
    this.#intake.sketchOn = making.sketchOn;
    const drawing = new DrawingDialog(
      (target) => this.#sketching.edges(target),
      ({ id }, input) => this.#change(id, { input, origin: 'drawn' }),
    );
    this.#grid = new Grid(this.pairs, {
      holdOut: (id, heldOut) => this.#change(id, { heldOut }),
      draw: (id) => {
        const pair = this.pairs.get(id);
        if (pair !== undefined) void drawing.open(pair, model());
      },
      swap: (id) => {
        const pair = this.pairs.get(id);
        if (pair !== undefined) this.pairs.put(swapped(pair));
      },
      remove: (ids) => this.#remove(ids),
    });
    new PhotoCamera((photo) => this.take([alone(photo)]));
    this.#listen();
  }

  /** Takes up the pairs of earlier visits. */
  async restore(): Promise<void> {
    await this.pairs.restore();
    this.#changed();
  }

  get sketchOn(): Half {
    return this.#intake.sketchOn;
  }

  take(files: readonly Brought[]): void {
    element('skipped', HTMLElement).hidden = true;
    void this.#intake.take(files);
  }

  #listen(): void {
    const input = element('pair-files', HTMLInputElement);
    onClick('add-pairs', () => input.click());
    input.addEventListener('change', () => {
      this.take([...(input.files ?? [])].map(alone));
      // The same files can be chosen again.
      input.value = '';
    });
    onClick('intake-cancel', () => this.#intake.cancel());
    onClick('download-pairs', () => (this.#packing === undefined ? void this.#download() : this.#packing.abort()));

    const strength = element('edge-strength', HTMLInputElement);
    const value = element('edge-strength-value', HTMLOutputElement);
    strength.valueAsNumber = this.making.strength;
    value.textContent = words.pairs.strength(this.making.strength);
    let rest: ReturnType<typeof setTimeout> | undefined;
    strength.addEventListener('input', () => {
      this.making.strength = strength.valueAsNumber;
      value.textContent = words.pairs.strength(this.making.strength);
      clearTimeout(rest);
      rest = setTimeout(() => {
        this.#events.chosen();
        void this.#sketching.redo('edges', this.#side());
      }, REST_MS);
    });

    onChoice('square-fit', this.making.fit, (fit) => {
      this.making.fit = fit === 'contain' ? 'contain' : 'cover';
      this.#events.chosen();
      void this.#sketching.redo('squares', this.#side());
    });
    onChoice('sketch-on', this.#intake.sketchOn, (half) => {
      this.#intake.sketchOn = half === 'right' ? 'right' : 'left';
      this.#events.chosen();
      const wrong = this.pairs.all.filter(({ sketchOn }) => sketchOn !== undefined && sketchOn !== half);
      this.pairs.put(...wrong.map(swapped));
    });
  }

  #changed(): void {
    this.#grid.show();
    const all = this.pairs.all;
    element('making', HTMLElement).hidden = all.length === 0;
    element('edges', HTMLElement).hidden = !all.some(({ origin }) => origin === 'edges');
    element('sides', HTMLElement).hidden = !all.some(({ sketchOn }) => sketchOn !== undefined);
    this.#events.changed();
    if (all.length > 0) void this.#persist();
  }

  #change(id: string, change: object): void {
    const pair = this.pairs.get(id);
    if (pair !== undefined) this.pairs.put({ ...pair, ...change });
  }

  #remove(ids: readonly string[]): void {
    const removed = ids.flatMap((id) => this.pairs.get(id) ?? []);
    const [first] = removed;
    if (first === undefined) return;
    this.pairs.remove(ids);
    const what = removed.length === 1 ? words.pairs.removed(first.name) : words.pairs.manyRemoved(removed.length);
    offerUndo(element('removed', HTMLElement), what, () => this.pairs.put(...removed));
  }

  /** All pairs as one zip. The button cancels it meanwhile. */
  async #download(): Promise<void> {
    const pressed = button('download-pairs');
    const label = pressed.textContent;
    const { all } = this.pairs;
    const packing = new AbortController();
    this.#packing = packing;
    const packed = (done: number): string => (pressed.textContent = words.pairs.packing(done, all.length));
    packed(0);
    try {
      download(await zipOf(all, packed, packing.signal));
      element('taken-in', HTMLElement).textContent = words.pairs.downloaded;
    } catch (error) {
      if (!packing.signal.aborted) this.#warn(words.pairs.notDownloaded(messageOf(error)));
    } finally {
      this.#packing = undefined;
      pressed.textContent = label;
    }
  }

  #making(what: 'file' | 'sketch', done: number, of: number): void {
    if (what === 'file') this.#importing = true;
    else if (this.#importing) return;
    element('intake', HTMLElement).hidden = what === 'sketch' && done === of;
    button('intake-cancel').hidden = what === 'sketch';
    this.#progress.max = Math.max(1, of);
    this.#progress.value = done;
    this.#status.textContent = what === 'file' ? words.pairs.importing(Math.min(done + 1, of), of) : words.pairs.sketching(done, of);
  }

  #took(taken: number, skipped: readonly Skipped[], of: number): void {
    this.#importing = false;
    element('intake', HTMLElement).hidden = true;
    element('taken-in', HTMLElement).textContent = words.pairs.added(taken);
    if (skipped.length > 0) this.#warn(skippedText(skipped, of));
  }

  #warn(text: string): void {
    const note = element('skipped', HTMLElement);
    note.textContent = text;
    note.hidden = false;
  }

  /** Asks the browser not to clear the pairs away when the disk gets full. It may say no, and need not be told. */
  async #persist(): Promise<void> {
    if (this.#askedToPersist) return;
    this.#askedToPersist = true;
    try {
      await navigator.storage?.persist();
    } catch (error) {
      console.warn('the browser was not asked to keep the pairs', error);
    }
  }
}

/** Radios of one name: the one that is checked first, and what to do when another is. */
function onChoice(name: string, value: string, choose: (value: string) => void): void {
  for (const radio of document.querySelectorAll<HTMLInputElement>(`input[name=${name}]`)) {
    radio.checked = radio.value === value;
    radio.addEventListener('change', () => choose(radio.value));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
