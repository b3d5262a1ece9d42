/** The choice of a model: those that come with the page, those that were taught here, the visitor's own file. */
import { Pix2Pix } from '../package/client';
import { cardElement } from '../models/card';
import type { Model } from '../models/models';
import { element, icon } from './page';
import { words } from '../words/current';

/** What a list is of. */
export interface Choice {
  /** The id of its element; its radios go by that name. */
  readonly list: 'model-list' | 'colorize-model-list';
  readonly bundled: readonly Model[];
}

export interface PickerEvents {
  choose(model: Model): void;
  /** Deletes a model that was taught here. */
  forget(model: Model): void;
}

/** A radio list of models: name, what it does, size, licence and card. */
export class ModelPicker {
  readonly #list: HTMLElement;
  readonly #bundled: readonly Model[];
  readonly #events: PickerEvents;
  #taught: readonly Model[] = [];
  #own: Model | undefined;
  #rows: readonly Model[] = [];
  #current = '';

  constructor({ list, bundled }: Choice, events: PickerEvents) {
    this.#list = element(list, HTMLElement);
    [this.#bundled, this.#events] = [bundled, events];
  }

  /** The bundled models, those that were taught here, and the visitor's own file last. */
  get models(): readonly Model[] {
    return [...this.#bundled, ...this.#taught, ...(this.#own === undefined ? [] : [this.#own])];
  }

  /** Those that were taught here are others now. */
  setTaught(models: readonly Model[]): void {
    this.#taught = models;
    this.#fill(this.models);
  }

  /** Checks a model that is being loaded, if any; an own file is listed while it is tried. */
  show(model: Model | undefined): void {
    this.#current = model?.id ?? '';
    this.#fill(model?.id === 'own' ? [...this.#bundled, ...this.#taught, model] : this.models);
  }

  /** The model that has loaded: a file of the visitor's stays in the list from then on. */
  use(model: Model): void {
    if (model.id === 'own') this.#own = model;
    this.show(model);
  }

  #fill(models: readonly Model[]): void {
    // Rows are remade only where the list changed: a radio that has the keyboard's focus keeps it.
    if (models.length !== this.#rows.length || models.some((model, i) => model !== this.#rows[i])) {
      this.#list.replaceChildren(...models.map((model) => this.#row(model)));
    }
    this.#rows = models;
    for (const radio of this.#list.querySelectorAll('input')) radio.checked = radio.value === this.#current;
    void this.#markCached();
  }

  #row(model: Model): HTMLElement {
    const row = document.createElement('div');
    row.className = 'model';
    const label = document.createElement('label');
    const radio = document.createElement('input');
    radio.type = 'radio';
    radio.name = this.#list.id;
    radio.value = model.id;
    radio.dataset.model = model.id;
    radio.addEventListener('change', () => this.#events.choose(model));
    const text = document.createElement('span');
    const name = document.createElement('strong');
    name.textContent = model.name;
    const size = document.createElement('span');
    size.className = 'size';
    size.dataset.sizeOf = model.id;
    size.textContent = sizeText(model, model.taughtFrom === undefined ? '' : words.modelList.keptHere);
    text.append(name, ` ${model.about} `, size);
    label.append(radio, text);
    row.append(label);
    if (model.taughtFrom !== undefined) row.append(this.#deleteButton(model));
    if (model.licence !== undefined) {
      const { name, url } = model.licence;
      const links = document.createElement('p');
      const card = model.taughtFrom === undefined ? words.modelList.card : words.modelList.cardOf(model.taughtFrom.name);
      links.append(words.modelList.licence, url === undefined ? name : link(name, url));
      if (model.card !== undefined) links.append(' · ', link(card, model.card));
      row.append(links);
    }
    if (model.said !== undefined) row.append(cardElement(model.said));
    return row;
  }

  #deleteButton(model: Model): HTMLButtonElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'tool';
    button.dataset.forget = model.id;
    button.title = words.modelList.delete(model.name);
    button.setAttribute('aria-label', button.title);
    button.append(icon('i-clear'));
    button.addEventListener('click', () => this.#events.forget(model));
    return button;
  }

  /** Says of each model whether choosing it downloads anything. */
  async #markCached(): Promise<void> {
    for (const model of this.#rows) {
      const { id, source } = model;
      const size = this.#list.querySelector(`[data-size-of="${id}"]`);
      if (size === null || typeof source !== 'string') continue;
      size.textContent = sizeText(model, (await Pix2Pix.isCached(source)) ? words.modelList.keptHere : words.modelList.toDownload);
    }
  }
}

function sizeText({ bytes, hints, forPhones }: Model, where: string): string {
  // Of a file at another address it is not known before.
  const size = bytes === 0 ? where : `${words.megabytes(bytes)} ${where}`.trim();
  return [size, ...(hints === true ? [words.modelList.usesHints] : []), ...(forPhones === true ? [words.modelList.forPhones] : [])].join(' · ');
}

function link(text: string, url: string): HTMLAnchorElement {
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.textContent = text;
  return anchor;
}
