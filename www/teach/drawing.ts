/** A sketch drawn by hand, or a map of labels, over the faint photo that it is to become. */
import { confirmed } from '../shell/confirm';
import { LabelPad } from '../labels/pad';
import { LabelTools } from '../labels/tools';
import { addDialog } from '../shell/markup';
import { inputOf, type Model } from '../models/models';
import { FitButton } from '../package/drawing/fit-button';
import { HistoryButtons } from '../package/drawing/history-buttons';
import { commandOf } from '../package/drawing/keys';
import type { Pad, Tools } from '../package/drawing/pad';
import { SketchPad } from '../package/drawing/sketch';
import { Toolbar } from '../package/drawing/toolbar';
import { button, canvas, element, onClick } from '../shell/page';
import markup from './drawing.html?raw';
import type { Pair } from './pair';
import { words } from '../words/current';

export class DrawingDialog {
  readonly #dialog = addDialog('drawing', markup);
  readonly #photo = element('drawing-photo', HTMLImageElement);
  readonly #status = element('drawing-status', HTMLElement);
  readonly #sketch = new SketchPad(canvas('drawing-pad'), (settled) => this.#changed(settled), [this.#photo]);
  readonly #map = new LabelPad(canvas('drawing-map'), (settled) => this.#changed(settled), [this.#photo]);
  readonly #toolbar = new Toolbar(this.#sketch, document, 'drawing-', undefined, words.colours);
  readonly #labelTools = new LabelTools(this.#map, 'drawing-label-');
  readonly #history = new HistoryButtons(() => this.#pad, document, 'drawing-');
  readonly #fit = new FitButton([this.#sketch, this.#map], () => this.#pad, document, 'drawing-fit');
  readonly #edges: (target: Blob) => Promise<Blob>;
  readonly #done: (pair: Pair, sketch: Blob) => void;
  /** What the model that is taught paints from. */
  #pad: Pad = this.#sketch;
  #tools: Tools = this.#toolbar;
  #pair: Pair | undefined;
  /** Something was drawn since it was opened. */
  #drawn = false;
  /** Aborted when it is closed: a picture that is still being decoded is for no other pair's sheet. */
  #closed = new AbortController();

  constructor(edges: (target: Blob) => Promise<Blob>, done: (pair: Pair, sketch: Blob) => void) {
    this.#sketch.watchScreen();
    this.#edges = edges;
    this.#done = done;
    onClick('drawing-edges', () => void this.#layEdges());
    onClick('drawing-done', () => this.#finish());
    onClick('drawing-cancel', () => void this.#cancel());
    element('drawing-faint', HTMLInputElement).addEventListener('change', () => this.#show());
    this.#dialog.addEventListener('keydown', (event) => this.#key(event));
    this.#dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      void this.#cancel();
    });
    this.#dialog.addEventListener('close', () => {
      URL.revokeObjectURL(this.#photo.src);
      this.#closed.abort();
    });
  }

  /** Begins with what was drawn before, or with a blank sheet, for the model that is to learn from it. */
  async open(pair: Pair, model: Model): Promise<void> {
    this.#pair = pair;
    this.#closed = new AbortController();
    const { signal } = this.#closed;
    element('drawing-title', HTMLElement).textContent = words.drawing.title(pair.name);
    this.#photo.src = URL.createObjectURL(pair.target);
    this.#status.textContent = '';
    [this.#pad, this.#tools] = inputOf(model) === 'lines' ? [this.#sketch, this.#toolbar] : [this.#map, this.#labelTools];
    this.#sketch.hintsSeen = model.hints === true;
    this.#sketch.reset();
    this.#map.reset();
    if (model.labels !== undefined) this.#map.use(model.labels);
    this.#tools.run('black');
    // Only now: the browser gives the keyboard's focus to the first button, which must not be disabled then.
    this.#dialog.showModal();
    if (pair.origin === 'drawn') await this.#pad.layPicture(pair.input, signal);
    this.#drawn = false;
  }

  #changed(settled: boolean): void {
    this.#drawn ||= settled;
    this.#show();
  }

  /** What was drawn is not thrown away unasked. */
  async #cancel(): Promise<void> {
    const { signal } = this.#closed;
    const sure = !this.#drawn || (await confirmed(words.drawing.throwAwayQuestion, words.drawing.throwAway));
    if (sure && !signal.aborted) this.#dialog.close();
  }

  #show(): void {
    this.#tools.show();
    this.#history.show();
    this.#fit.show();
    button('drawing-done').disabled = this.#pad.isBlank;
    this.#photo.hidden = !element('drawing-faint', HTMLInputElement).checked;
  }

  /** The lines that were found in the photo, to go on from. */
  async #layEdges(): Promise<void> {
    const pair = this.#pair;
    if (pair === undefined) return;
    const { signal } = this.#closed;
    try {
      const lines = await this.#edges(pair.target);
      if (!signal.aborted) await this.#pad.layPicture(lines, signal);
    } catch (error) {
      if (!signal.aborted) this.#status.textContent = words.drawing.noLines(error instanceof Error ? error.message : String(error));
    }
  }

  #finish(): void {
    const pair = this.#pair;
    if (pair === undefined) return;
    this.#pad.render(this.#photo.naturalWidth).toBlob((sketch) => {
      if (sketch !== null) this.#done(pair, sketch);
      this.#dialog.close();
    }, 'image/png');
  }

  #key(event: KeyboardEvent): void {
    const command = commandOf(event);
    switch (command) {
      case undefined:
      case 'save':
      case 'copy':
      case 'dice':
      case 'vary':
      case 'help':
        return; // The page's own commands mean nothing here.
      case 'undo':
      case 'redo':
      case 'clear':
        this.#pad[command]();
        break;
      case 'closer':
      case 'farther':
        this.#pad.zoom.step(command === 'closer');
        break;
      default:
        this.#tools.run(command);
    }
    event.preventDefault();
  }
}
