/** The last pictures: a row below the squares, and a dialog in which one is seen again, named, saved, continued, or deleted. */
import type { Input } from './inputs';
import { whyNotKept } from '../keep/database';
import { type Drawings, unpacked } from '../keep/drawings';
import { onNews } from '../keep/news';
import { forgetPicture, idOf, keepPicture, keptPicture, type KeptPicture, namePicture, readPictures, renamed } from '../keep/pictures';
import type { Model } from '../models/models';
import { element, onClick } from '../shell/page';
import { paint } from '../package/drawing/paint';
import { download, pngFile } from '../shell/save';
import { offerUndo } from '../shell/undo';
import { uniqueId } from '../keep/unique';
import { whenOf } from './when';
import { words } from '../words/current';

export interface ShelfEvents {
  /** Goes on with a drawing, with the model that painted it. */
  continued(drawings: Drawings, by: KeptPicture['by']): void;
  failed(error: unknown): void;
}

/** A picture of a drawing at rest. Another sheet, variation or model makes another. */
interface Current {
  readonly sheet: object | undefined;
  readonly variation: number | undefined;
  readonly model: Model;
  readonly picture: ImageData;
  readonly drawings: Drawings;
  readonly isOwn: boolean;
}

export class Shelf {
  readonly #events: ShelfEvents;
  readonly #dialog = element('shelved', HTMLDialogElement);
  readonly #image = element('shelved-picture', HTMLImageElement);
  readonly #name = element('shelved-name', HTMLInputElement);
  /** What the large square shows; it comes to the row when another takes its place. */
  #current: Current | undefined;
  /** Those that this tab put into the row: a drawing that is taken up again keeps its place. */
  #put: (Pick<Current, 'sheet' | 'variation' | 'model'> & { readonly id: string })[] = [];
  /** Ends when the last one is in the row: one after the other, so that none comes twice. */
  #kept = Promise.resolve();
  #open: KeptPicture | undefined;
  #failing = false;

  constructor(events: ShelfEvents) {
    this.#events = events;
    onNews('pictures', () => void this.restore());
    onClick('shelved-save', () => this.#save());
    onClick('shelved-continue', () => this.#continue());
    onClick('shelved-delete', () => void this.#delete());
    this.#name.addEventListener('change', () => void this.#rename());
    this.#dialog.addEventListener('close', () => {
      URL.revokeObjectURL(this.#image.src);
      void this.#rename(); // Escape leaves a field without a change
      this.#open = undefined;
    });
  }

  /** Shows those that are kept on the device. */
  async restore(): Promise<void> {
    this.#show(await readPictures());
  }

  /** The picture of what is drawn, while no stroke grows. */
  see(picture: ImageData, model: Model, { pad, drawings }: Input): void {
    const { sheet, variation, isOwn } = pad;
    const before = this.#current;
    this.#current = { sheet, variation, model, picture, isOwn, drawings: drawings() };
    if (before !== undefined && before.isOwn && !isSame(before, this.#current)) this.#kept = this.#kept.then(() => this.#keep(before));
  }

  async #keep(current: Current): Promise<void> {
    const { sheet, variation, model, drawings } = current;
    const by = { id: model.id, name: model.name };
    try {
      const canvas = document.createElement('canvas');
      paint(canvas, current.picture);
      const picture = await pngFile(canvas, 'pix2pix-picture.png');
      let put = this.#put.find((put) => isSame(put, current));
      if (put === undefined) {
        // An earlier visit may have put it there.
        put = { sheet, variation, model, id: (await idOf(picture, by)) ?? uniqueId() };
        this.#put.push(put);
      }
      await keepPicture(keptPicture({ id: put.id, at: Date.now(), picture, by }, drawings));
      this.#failing = false;
      await this.restore();
    } catch (error) {
      // A row of pictures is no reason to disturb anybody again and again.
      if (!this.#failing) console.warn(`the picture could not be kept: ${whyNotKept(error)}`);
      this.#failing = true;
    }
  }

  #show(pictures: readonly KeptPicture[]): void {
    element('shelf', HTMLElement).hidden = pictures.length === 0;
    const row = element('shelf-row', HTMLElement);
    for (const image of row.querySelectorAll('img')) URL.revokeObjectURL(image.src);
    row.replaceChildren(...pictures.map((picture) => this.#thumb(picture)));
  }

  #thumb(kept: KeptPicture): HTMLButtonElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.picture = kept.id;
    const image = document.createElement('img');
    image.src = URL.createObjectURL(kept.picture);
    image.alt = nameOf(kept);
    image.draggable = false;
    button.append(image);
    if (kept.name !== undefined) {
      const caption = document.createElement('span');
      caption.textContent = kept.name;
      button.append(caption);
      image.alt = ''; // the button's name is below it
    }
    button.addEventListener('click', () => this.#look(kept));
    return button;
  }

  #look(kept: KeptPicture): void {
    this.#open = kept;
    this.#image.src = URL.createObjectURL(kept.picture);
    this.#name.value = kept.name ?? '';
    this.#showTitle(kept);
    this.#dialog.showModal();
  }

  #showTitle(kept: KeptPicture): void {
    element('shelved-title', HTMLElement).textContent = nameOf(kept);
  }

  async #rename(): Promise<void> {
    const open = this.#open;
    const name = this.#name.value.trim() || undefined;
    if (open === undefined || name === open.name) return;
    this.#open = renamed(open, name);
    this.#showTitle(this.#open);
    try {
      await namePicture(open.id, name);
      await this.restore();
    } catch (error) {
      this.#events.failed(error);
    }
  }

  #save(): void {
    if (this.#open !== undefined) download(new File([this.#open.picture], 'pix2pix-picture.png', { type: 'image/png' }));
  }

  #continue(): void {
    const open = this.#open;
    this.#dialog.close();
    if (open !== undefined) this.#events.continued(unpacked(open), open.by);
  }

  async #delete(): Promise<void> {
    const open = this.#open;
    this.#dialog.close();
    if (open === undefined) return;
    try {
      await forgetPicture(open.id);
      await this.restore();
      element('shelf', HTMLElement).hidden = false; // for the way back
      offerUndo(element('shelf-deleted', HTMLElement), words.shelf.deleted, async () => {
        await keepPicture(open);
        await this.restore();
      });
    } catch (error) {
      this.#events.failed(error);
    }
  }
}

/** `My cat`, or `Photo · 14:32` */
function nameOf({ name, by, at }: KeptPicture): string {
  return name ?? `${by.name} · ${whenOf(at)}`;
}

function isSame(a: Pick<Current, 'sheet' | 'variation' | 'model'>, b: Pick<Current, 'sheet' | 'variation' | 'model'>): boolean {
  return a.sheet === b.sheet && a.variation === b.variation && a.model === b.model;
}
