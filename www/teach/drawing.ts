/** A sketch drawn by hand, over the faint photo that it is to become. */
import { confirmed } from '../confirm';
import { commandOf } from '../keys';
import { button, canvas, element, onClick } from '../page';
import { SketchPad } from '../sketch';
import type { Tool } from '../strokes';
import type { Pair } from './pair';

export class DrawingDialog {
  readonly #dialog = element('drawing', HTMLDialogElement);
  readonly #photo = element('drawing-photo', HTMLImageElement);
  readonly #status = element('drawing-status', HTMLElement);
  readonly #pad: SketchPad;
  readonly #edges: (target: Blob) => Promise<Blob>;
  readonly #done: (pair: Pair, sketch: Blob) => void;
  #pair: Pair | undefined;

  constructor(edges: (target: Blob) => Promise<Blob>, done: (pair: Pair, sketch: Blob) => void) {
    this.#edges = edges;
    this.#done = done;
    this.#pad = new SketchPad(canvas('drawing-pad'), () => this.#show());
    for (const tool of ['pen', 'eraser'] as const) onClick(`drawing-${tool}`, () => this.#take(tool));
    onClick('drawing-undo', () => this.#pad.undo());
    onClick('drawing-redo', () => this.#pad.redo());
    onClick('drawing-clear', () => this.#pad.clear());
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

  /** Begins with what was drawn before, or with a blank sheet. */
  async open(pair: Pair): Promise<void> {
    this.#pair = pair;
    element('drawing-title', HTMLElement).textContent = `Draw ${pair.name}`;
    this.#photo.src = URL.createObjectURL(pair.target);
    this.#status.textContent = '';
    this.#dialog.showModal();
    await this.#pad.restore({ marks: [], undone: [] });
    if (pair.origin === 'drawn') await this.#pad.layPicture(pair.input);
    this.#take('pen');
  }

  #take(tool: Tool): void {
    this.#pad.tool = tool;
    this.#show();
  }

  #show(): void {
    const { tool, canUndo, canRedo, isBlank } = this.#pad;
    for (const name of ['pen', 'eraser'] as const) {
      button(`drawing-${name}`).setAttribute('aria-pressed', String(name === tool));
    }
    button('drawing-undo').disabled = !canUndo;
    button('drawing-redo').disabled = !canRedo;
    button('drawing-clear').disabled = isBlank;
    button('drawing-done').disabled = isBlank;
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
    const { widths, tool } = this.#pad;
    const actions: Partial<Record<NonNullable<ReturnType<typeof commandOf>>, () => void>> = {
      undo: () => this.#pad.undo(),
      redo: () => this.#pad.redo(),
      clear: () => this.#pad.clear(),
      pen: () => this.#take('pen'),
      eraser: () => this.#take('eraser'),
      thinner: () => (widths[tool] = Math.max(1, widths[tool] - 0.5)),
      thicker: () => (widths[tool] = Math.min(48, widths[tool] + 0.5)),
    };
    const command = commandOf(event);
    const action = command && actions[command];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }
}
