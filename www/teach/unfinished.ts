/** The note about a training that ended before its time: the page was closed, or the engine crashed. */
import { confirmed } from '../shell/confirm';
import { button, element, onClick } from '../shell/page';
import { forgetTraining, readCheckpoint } from '../keep/training';
import type { Checkpoint } from './lesson';
import { isTeachingElsewhere } from '../keep/one-tab';
import { words } from '../words/current';

export class UnfinishedNote {
  readonly #note = element('unfinished', HTMLElement);
  readonly #text = element('unfinished-text', HTMLElement);
  #checkpoint: Checkpoint | undefined;
  #asked = 0;

  constructor(takeUp: (checkpoint: Checkpoint) => void) {
    onClick('train-continue', () => {
      const checkpoint = this.#checkpoint;
      this.hide();
      if (checkpoint !== undefined) takeUp(checkpoint);
    });
    onClick('train-discard', () => void this.#discard());
  }

  /** Shows it where such a training is kept. */
  async look(): Promise<void> {
    const mine = (this.#asked += 1);
    // A training that runs in another tab is not unfinished, and not ours to discard.
    const checkpoint = (await isTeachingElsewhere()) ? undefined : await readCheckpoint();
    if (mine !== this.#asked) return; // Hidden meanwhile: the training goes on, or another began.
    if (checkpoint === undefined) return this.hide();
    const { base, step, target, undone } = checkpoint;
    const text = words.unfinished[undone ? 'undone' : step < target ? 'stopped' : 'finished'];
    this.#text.textContent = text(base.name, step, target);
    button('train-continue').textContent = words.unfinished[undone ? 'redo' : step < target ? 'continue' : 'open'];
    this.#note.dataset.step = String(step);
    this.#checkpoint = checkpoint;
    this.#note.hidden = false;
  }

  /** Whether another training may take the place of one that is kept; one that was undone may go. */
  async mayBeReplaced(): Promise<boolean> {
    const checkpoint = this.#checkpoint;
    if (checkpoint === undefined || checkpoint.undone) return true;
    return confirmed(words.unfinished.replace(checkpoint.base.name, checkpoint.step), words.unfinished.startOver);
  }

  hide(): void {
    this.#asked += 1;
    this.#note.hidden = true;
    this.#checkpoint = undefined;
  }

  async #discard(): Promise<void> {
    const checkpoint = this.#checkpoint;
    if (checkpoint === undefined) return;
    if (!(await confirmed(words.unfinished.discardQuestion(checkpoint.base.name), words.unfinished.discard))) return;
    this.hide();
    await forgetTraining(checkpoint.id);
  }
}
