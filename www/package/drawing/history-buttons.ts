/** Undo, redo and clear, for whichever pad is in use. */
import type { HistoryCommand } from './keys.js';
import type { Pad } from './pad.js';
import { onClick, part, type Root } from './parts.js';

const COMMANDS: readonly HistoryCommand[] = ['undo', 'redo', 'clear'];

export class HistoryButtons {
  readonly #pad: () => Pad;
  readonly #root: Root;
  readonly #prefix: string;

  /** `root`: where its buttons are. `prefix`: of their ids. */
  constructor(pad: () => Pad, root: Root, prefix: '' | 'drawing-') {
    [this.#pad, this.#root, this.#prefix] = [pad, root, prefix];
    for (const command of COMMANDS) onClick(root, prefix + command, () => pad()[command]());
  }

  show(): void {
    const { canUndo, canRedo, isBlank } = this.#pad();
    this.#disable('undo', !canUndo);
    this.#disable('redo', !canRedo);
    this.#disable('clear', isBlank);
  }

  #disable(command: HistoryCommand, disabled: boolean): void {
    part(this.#root, this.#prefix + command, HTMLButtonElement).disabled = disabled;
  }
}
