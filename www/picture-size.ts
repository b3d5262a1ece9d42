/** The choice of how large a picture the network makes: as large as it was trained for, or twice that, whole or in tiles. */
import { element } from './page';

export interface PictureSize {
  /** Sides of the picture, in sides of the network's square. */
  readonly scale: number;
  readonly tiles: boolean;
}

export class PictureSizeChoice {
  readonly #radios: readonly HTMLInputElement[];
  readonly #tiles = element('tiles', HTMLInputElement);

  constructor(choose: (size: PictureSize) => void) {
    this.#radios = [...element('sizes', HTMLFieldSetElement).querySelectorAll<HTMLInputElement>('input[name=size]')];
    for (const input of [...this.#radios, this.#tiles]) {
      input.addEventListener('change', () => {
        this.#tiles.disabled = this.#scale === 1;
        choose({ scale: this.#scale, tiles: this.#tiles.checked && this.#scale > 1 });
      });
    }
    // A browser may put back what was chosen before a reload.
    this.#radios.forEach((radio) => (radio.checked = radio.value === '1'));
    this.#tiles.checked = false;
  }

  get #scale(): number {
    return Number(this.#radios.find(({ checked }) => checked)?.value ?? 1);
  }
}
