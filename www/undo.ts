/** A line that says what was taken away, with a button that puts it back. It stays until the next such line. */
export function offerUndo(place: HTMLElement, text: string, undo: () => void | Promise<void>): void {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'plain';
  button.textContent = 'Undo';
  button.addEventListener('click', () => {
    place.hidden = true;
    void undo();
  });
  const words = document.createElement('span');
  words.textContent = text;
  place.replaceChildren(words, button);
  place.hidden = false;
}
