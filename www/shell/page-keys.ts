/** Where the page listens for its keyboard shortcuts. */
import { type Command, commandOf } from '../package/drawing/keys';

/**
 * `listening` says whether what they are for is in sight: keys mean nothing to a sketch that is not. `run` gives false of a command that
 * means nothing there, which is left to the browser.
 */
export function listenForKeys(listening: () => boolean, run: (command: Command) => boolean | void): void {
  document.addEventListener('keydown', (event) => {
    // An open dialog has the keyboard to itself.
    if (event.defaultPrevented || !listening() || document.querySelector('dialog[open]') !== null) return;
    const command = commandOf(event);
    if (command === undefined) return;
    // On a button elsewhere Delete does not mean the drawing.
    if (command === 'clear' && event.target instanceof Element && event.target.closest(':is(button, input, select, a):not(.desk *)')) return;
    if (run(command) !== false) event.preventDefault();
  });
}
