/** What the page knows of every kind of input: what it is drawn on, and with what. */
import type { ToolCommand } from './keys.js';
import type { Zoom } from './zoom.js';

export interface Pad {
  readonly canvas: HTMLCanvasElement;
  /** Which part of it is seen. A fresh sheet is seen whole. */
  readonly zoom: Zoom;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly isBlank: boolean;
  /** What is drawn on; another one is another drawing. Undefined before the first. */
  readonly sheet: object | undefined;
  /** Whether the visitor drew, brought or varied something: an example alone is not theirs. */
  readonly isOwn: boolean;
  /** The seed of the variation of the drawing that is in sight. Undefined: the plain one. */
  readonly variation: number | undefined;
  undo(): void;
  redo(): void;
  /** Lays a fresh sheet; it can be undone. */
  clear(): void;
  /** Asks for another picture of the same drawing; it can be undone. */
  vary(): void;
  /** A blank sheet without a history. */
  reset(): void;
  /** Lays a fresh sheet with this picture, unless the signal fires first; it can be undone. Rejects where it is no picture. */
  layPicture(file: Blob, signal?: AbortSignal): Promise<void>;
  /** What the network gets, `side` pixels wide. */
  render(side: number): HTMLCanvasElement;
}

/** Two fingers take back, three bring forward. */
export function tapped(pad: Pad, fingers: number): void {
  if (fingers === 2) pad.undo();
  if (fingers === 3) pad.redo();
}

/** The buttons, sliders and colours of a pad. */
export interface Tools {
  run(command: ToolCommand): void;
  /** Brings them in line with the pad. */
  show(): void;
}
