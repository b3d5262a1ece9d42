/** What was taken away can be put back. */
import { words } from '../words/current';

/** A line that says what was taken away, with a button that puts it back. It stays until the next such line. */
export function offerUndo(place: HTMLElement, text: string, undo: () => void | Promise<void>): void {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'plain';
  button.textContent = words.undo;
  button.addEventListener('click', () => {
    place.hidden = true;
    void undo();
  });
  const said = document.createElement('span');
  said.textContent = text;
  place.replaceChildren(said, button);
  place.hidden = false;
}
