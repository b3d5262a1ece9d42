/** The choice of how large a picture the network makes: as large as it was trained for, or twice that, whole or in tiles. */
import { element } from '../shell/page';
import type { PictureSize } from '../shell/translator';

export class PictureSizeChoice {
  readonly #radios: readonly HTMLInputElement[];
  readonly #tiles = element('tiles', HTMLInputElement);
  readonly #fieldset = element('sizes', HTMLFieldSetElement);
  readonly #choose: (size: PictureSize) => void;

  constructor(choose: (size: PictureSize) => void) {
    this.#choose = choose;
    this.#radios = [...this.#fieldset.querySelectorAll<HTMLInputElement>('input[name=size]')];
    for (const input of [...this.#radios, this.#tiles]) input.addEventListener('change', () => this.#tell());
    this.#reset(); // a browser may put back what was chosen before a reload
  }

  /** For models whose larger pictures are worse there is no choice. */
  offer(offered: boolean): void {
    this.#fieldset.hidden = !offered;
    if (offered || this.#scale === 1) return;
    this.#reset();
    this.#tell();
  }

  #reset(): void {
    this.#radios.forEach((radio) => (radio.checked = radio.value === '1'));
    this.#tiles.checked = false;
  }

  #tell(): void {
    this.#tiles.disabled = this.#scale === 1;
    this.#choose({ scale: this.#scale, tiles: this.#tiles.checked && this.#scale > 1 });
  }

  get #scale(): number {
    return Number(this.#radios.find(({ checked }) => checked)?.value ?? 1);
  }
}
