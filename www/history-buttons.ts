/** Undo, redo and clear, for whichever pad is in use. */
import type { HistoryCommand } from './keys';
import { button, onClick } from './page';
import type { Pad } from './pad';

const COMMANDS: readonly HistoryCommand[] = ['undo', 'redo', 'clear'];

export class HistoryButtons {
  readonly #pad: () => Pad;
  readonly #prefix: string;

  /** `prefix`: of the ids of its buttons. */
  constructor(pad: () => Pad, prefix: '' | 'drawing-') {
    [this.#pad, this.#prefix] = [pad, prefix];
    for (const command of COMMANDS) onClick(prefix + command, () => pad()[command]());
  }

  show(): void {
    const { canUndo, canRedo, isBlank } = this.#pad();
    button(`${this.#prefix}undo`).disabled = !canUndo;
    button(`${this.#prefix}redo`).disabled = !canRedo;
    button(`${this.#prefix}clear`).disabled = isBlank;
  }
}
