/** The row of examples; each is drawn by the code that draws the pad it is for. */
import { element } from '../shell/page';

export interface Example {
  readonly id: string;
  readonly name: string;
  render(side: number): HTMLCanvasElement;
  /** Lays it on the pad. */
  lay(): void;
}

const THUMB_SIDE = 160;

export function showGallery(examples: readonly Example[]): void {
  element('examples', HTMLElement).hidden = examples.length === 0;
  element('gallery', HTMLElement).replaceChildren(
    ...examples.map((example) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.dataset.sample = example.id;
      const thumb = example.render(THUMB_SIDE);
      thumb.setAttribute('aria-hidden', 'true');
      const name = document.createElement('span');
      name.textContent = example.name;
      button.append(thumb, name);
      button.addEventListener('click', () => example.lay());
      return button;
    }),
  );
}
