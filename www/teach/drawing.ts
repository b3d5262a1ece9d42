/** A sketch drawn by hand, over the faint photo that it is to become. */
import { confirmed } from '../confirm';
import { commandOf } from '../keys';
import { button, canvas, element, onClick } from '../page';
import { SketchPad } from '../sketch';
import { Toolbar } from '../toolbar';
import type { Pair } from './pair';

export class DrawingDialog {
  readonly #dialog = element('drawing', HTMLDialogElement);
  readonly #photo = element('drawing-photo', HTMLImageElement);
  readonly #status = element('drawing-status', HTMLElement);
  readonly #pad = new SketchPad(canvas('drawing-pad'), () => this.#show());
  readonly #toolbar = new Toolbar(this.#pad, 'drawing-');
  readonly #edges: (target: Blob) => Promise<Blob>;
  readonly #done: (pair: Pair, sketch: Blob) => void;
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

  /** Begins with what was drawn before, or with a blank sheet. `hints`: whether who learns from it understands colours. */
  async open(pair: Pair, hints: boolean): Promise<void> {
    this.#pair = pair;
    element('drawing-title', HTMLElement).textContent = `Draw ${pair.name}`;
    this.#photo.src = URL.createObjectURL(pair.target);
    this.#status.textContent = '';
    this.#dialog.showModal();
    this.#pad.hintsSeen = hints;
    await this.#pad.restore({ marks: [], undone: [] });
    if (pair.origin === 'drawn') await this.#pad.layPicture(pair.input);
    this.#toolbar.run('black');
  }

  #show(): void {
    this.#toolbar.show();
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
    // The page's own commands mean nothing here.
    if (command === undefined || command === 'save' || command === 'copy' || command === 'dice' || command === 'help') return;
    event.preventDefault();
    this.#toolbar.run(command);
  }
}
