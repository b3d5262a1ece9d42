/** A sketch drawn by hand, or a map of labels, over the faint photo that it is to become. */
import { confirmed } from '../confirm';
import { HistoryButtons } from '../history-buttons';
import { inputOf } from '../inputs';
import { commandOf } from '../keys';
import { LabelPad } from '../label-pad';
import { LabelTools } from '../label-tools';
import type { Model } from '../models';
import type { Pad, Tools } from '../pad';
import { button, canvas, element, onClick } from '../page';
import { SketchPad } from '../sketch';
import { Toolbar } from '../toolbar';
import type { Pair } from './pair';

export class DrawingDialog {
  readonly #dialog = element('drawing', HTMLDialogElement);
  readonly #photo = element('drawing-photo', HTMLImageElement);
  readonly #status = element('drawing-status', HTMLElement);
  readonly #sketch = new SketchPad(canvas('drawing-pad'), () => this.#show());
  readonly #map = new LabelPad(canvas('drawing-map'), () => this.#show());
  readonly #toolbar = new Toolbar(this.#sketch, 'drawing-');
  readonly #labelTools = new LabelTools(this.#map, 'drawing-label-');
  readonly #history = new HistoryButtons(() => this.#pad, 'drawing-');
  readonly #edges: (target: Blob) => Promise<Blob>;
  readonly #done: (pair: Pair, sketch: Blob) => void;
  /** What the model that is taught paints from. */
  #pad: Pad = this.#sketch;
  #tools: Tools = this.#toolbar;
  #pair: Pair | undefined;

  constructor(edges: (target: Blob) => Promise<Blob>, done: (pair: Pair, sketch: Blob) => void) {
    this.#edges = edges;
    this.#done = done;
    onClick('drawing-edges', () => void this.#layEdges());
    onClick('drawing-done', () => this.#finish());
    element('drawing-faint', HTMLInputElement).addEventListener('change', () => this.#show());
    this.#dialog.addEventListener('keydown', (event) => this.#key(event));
    this.#dialog.addEventListener('cancel', (event) => {
      if (!this.#pad.canUndo) return;
      event.preventDefault();
      void confirmed('Throw away what you drew?', 'Throw away').then((yes) => yes && this.#dialog.close());
    });
    this.#dialog.addEventListener('close', () => URL.revokeObjectURL(this.#photo.src));
  }

  /** Begins with what was drawn before, or with a blank sheet, for the model that is to learn from it. */
  async open(pair: Pair, model: Model): Promise<void> {
    this.#pair = pair;
    element('drawing-title', HTMLElement).textContent = `Draw ${pair.name}`;
    this.#photo.src = URL.createObjectURL(pair.target);
    this.#status.textContent = '';
    [this.#pad, this.#tools] = inputOf(model) === 'lines' ? [this.#sketch, this.#toolbar] : [this.#map, this.#labelTools];
    this.#sketch.hintsSeen = model.hints === true;
    await this.#sketch.restore({ marks: [], undone: [] });
    this.#map.restore({});
    if (model.labels !== undefined) this.#map.use(model.labels);
    this.#tools.run('black');
    // Only now: the browser gives the keyboard's focus to the first button, which must not be disabled then.
    this.#dialog.showModal();
    if (pair.origin === 'drawn') await this.#pad.layPicture(pair.input);
  }

  #show(): void {
    this.#tools.show();
    this.#history.show();
    button('drawing-done').disabled = this.#pad.isBlank;
    this.#photo.hidden = !element('drawing-faint', HTMLInputElement).checked;
  }

  /** The lines that were found in the photo, to go on from. */
  async #layEdges(): Promise<void> {
    const pair = this.#pair;
    if (pair === undefined) return;
    try {
      await this.#pad.layPicture(await this.#edges(pair.target));
    } catch (error) {
      this.#status.textContent = `The lines cannot be found: ${error instanceof Error ? error.message : String(error)}`;
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
      case 'help':
        return; // The page's own commands mean nothing here.
      case 'undo':
      case 'redo':
      case 'clear':
        this.#pad[command]();
        break;
      default:
        this.#tools.run(command);
    }
    event.preventDefault();
  }
}
