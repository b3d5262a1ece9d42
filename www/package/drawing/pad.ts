/** What the page knows of every kind of input: what it is drawn on, and with what. */
import type { ToolCommand } from './keys.js';

export interface Pad {
  readonly canvas: HTMLCanvasElement;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly isBlank: boolean;
  undo(): void;
  redo(): void;
  /** Lays a fresh sheet; it can be undone. */
  clear(): void;
  /** A blank sheet without a history. */
  reset(): void;
  /** Lays a fresh sheet with this picture, unless the signal fires first; it can be undone. Rejects where it is no picture. */
  layPicture(file: Blob, signal?: AbortSignal): Promise<void>;
  /** What the network gets, `side` pixels wide. */
  render(side: number): HTMLCanvasElement;
}

/** The buttons, sliders and colours of a pad. */
export interface Tools {
  run(command: ToolCommand): void;
  /** Brings them in line with the pad. */
  show(): void;
}
