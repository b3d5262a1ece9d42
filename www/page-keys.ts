/** Where the page listens for its keyboard shortcuts. */
import { type Command, commandOf } from './package/drawing/keys';

/** `listening` says whether the sketch is in sight: keys mean nothing to one that is not. */
export function listenForKeys(listening: () => boolean, run: (command: Command) => void): void {
  document.addEventListener('keydown', (event) => {
    // An open dialog has the keyboard to itself.
    if (event.defaultPrevented || !listening() || document.querySelector('dialog[open]') !== null) return;
    const command = commandOf(event);
    if (command === undefined) return;
    // On a button elsewhere Delete does not mean the drawing.
    if (command === 'clear' && event.target instanceof Element && event.target.closest(':is(button, input, select, a):not(.desk *)')) return;
    event.preventDefault();
    run(command);
  });
}
