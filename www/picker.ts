/** The two choices of the page: which model, and on which device. */
import { MODELS, type Model, megabytes } from './models';
import { element } from './page';
import { type DeviceChoice, MODEL_CACHE } from '../pkg/client.js';

/** A radio list of models: name, what it does, size, licence and card. */
export class ModelPicker {
  readonly #list = element('model-list', HTMLElement);
  readonly #choose: (model: Model) => void;
  #models: readonly Model[] = MODELS;
  #used: Model | undefined;

  constructor(choose: (model: Model) => void) {
    this.#choose = choose;
  }

  /** Lists the models, with the visitor's own file last, and checks the one in use. */
  show(current: Model): void {
    const models = current.id === 'own' ? [...MODELS, current] : this.#models.filter((m) => m.id !== 'own' || m === this.#used);
    // Rows are made anew only where the list changed: a radio that has the keyboard's focus keeps it.
    if (models.length !== this.#models.length || models.some((m, i) => m !== this.#models[i]) || !this.#list.hasChildNodes()) {
      this.#list.replaceChildren(...models.map((model) => this.#row(model)));
    }
    this.#models = models;
    for (const radio of this.#list.querySelectorAll('input')) radio.checked = radio.value === current.id;
    void this.#markKept();
  }

  /** The model that has loaded: a file of the visitor's stays in the list from then on. */
  use(model: Model): void {
    if (model.id === 'own') this.#used = model;
    this.show(model);
  }

  #row(model: Model): HTMLElement {
    const row = document.createElement('div');
    row.className = 'model';
    const label = document.createElement('label');
    const radio = document.createElement('input');
    radio.type = 'radio';
    radio.name = 'model';
    radio.value = model.id;
    radio.dataset.model = model.id;
    radio.addEventListener('change', () => this.#choose(model));
    const text = document.createElement('span');
    const name = document.createElement('strong');
    name.textContent = model.name;
    const size = document.createElement('span');
    size.className = 'size';
    size.dataset.sizeOf = model.id;
    size.textContent = `${megabytes(model.bytes)} MB`;
    text.append(name, ` ${model.about} `, size);
    label.append(radio, text);
    row.append(label);
    if (model.licence !== undefined && model.card !== undefined) {
      const links = document.createElement('p');
      links.append('Licence: ', link(model.licence.name, model.licence.url), ' · ', link('model card', model.card));
      row.append(links);
    }
    return row;
  }

  /** Says of each model whether choosing it downloads anything. */
  async #markKept(): Promise<void> {
    for (const { id, source, bytes } of this.#models) {
      const size = this.#list.querySelector(`[data-size-of="${id}"]`);
      if (size === null || typeof source !== 'string') continue;
      const kept = await isKept(source);
      size.textContent = `${megabytes(bytes)} MB ${kept ? 'kept here' : 'to download'}`;
    }
  }
}

async function isKept(source: string): Promise<boolean> {
  try {
    return (await caches.match(new URL(source, document.baseURI), { cacheName: MODEL_CACHE })) !== undefined;
  } catch {
    return false; // Private windows and insecure addresses have no caches.
  }
}

/**
 * Deletes models of earlier releases of this page: their files' names changed, and nobody asks for them again.
 * Models that other addresses brought are left alone.
 */
export async function forgetOldModels(): Promise<void> {
  try {
    const cache = await caches.open(MODEL_CACHE);
    const current = new Set(MODELS.map(({ source }) => new URL(String(source), document.baseURI).href));
    const folder = new URL('.', new URL(String(MODELS[0]?.source), document.baseURI)).href;
    for (const { url } of await cache.keys()) {
      if (url.startsWith(folder) && !current.has(url)) await cache.delete(url);
    }
  } catch {
    // Without caches there is nothing to forget.
  }
}

function link(text: string, url: string): HTMLAnchorElement {
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.textContent = text;
  return anchor;
}

/** The switch between automatic, WebGPU and CPU. */
export class DeviceSwitch {
  readonly #radios: readonly HTMLInputElement[];

  constructor(choose: (device: DeviceChoice) => void) {
    this.#radios = [...element('devices', HTMLFieldSetElement).querySelectorAll<HTMLInputElement>('input[name=device]')];
    for (const radio of this.#radios) {
      radio.addEventListener('change', () => {
        const device = deviceOf(radio.value);
        if (device !== undefined) choose(device);
      });
    }
  }

  show(device: DeviceChoice): void {
    for (const radio of this.#radios) radio.checked = radio.value === device;
  }

  /** Closes the way to WebGPU, and says why. */
  withoutWebGpu(why: string): void {
    for (const radio of this.#radios) {
      if (radio.value !== 'webgpu') continue;
      radio.disabled = true;
      radio.setAttribute('aria-describedby', 'no-webgpu');
    }
    const note = element('no-webgpu', HTMLElement);
    note.textContent = `${why} The CPU is used: the same pictures, more slowly.`;
    note.hidden = false;
    document.body.dataset.webgpu = 'none';
  }
}

function deviceOf(value: string): DeviceChoice | undefined {
  return value === 'auto' || value === 'webgpu' || value === 'cpu' ? value : undefined;
}
