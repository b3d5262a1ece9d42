/** The row of sample sketches; each is drawn by the code that draws the sketch pad. */
import { element } from './page';
import type { Sample } from './samples';
import { renderMarks } from './strokes';

const THUMB_SIDE = 160;

export function showGallery(samples: readonly Sample[], choose: (sample: Sample) => void): void {
  element('gallery', HTMLElement).replaceChildren(
    ...samples.map((sample) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.dataset.sample = sample.id;
      const thumb = renderMarks([{ kind: 'sheet', strokes: sample.strokes }], new WeakMap(), THUMB_SIDE);
      thumb.setAttribute('aria-hidden', 'true');
      const name = document.createElement('span');
      name.textContent = sample.name;
      button.append(thumb, name);
      button.addEventListener('click', () => choose(sample));
      return button;
    }),
  );
}
