/** The words that `<pix2pix-pad>` and its page share: values of its attributes, and its events. */
import type { ModelInfo, Progress } from '../client.js';

/**
 * `idle`: no model is asked for yet. `failed`: there is nothing to translate with. A pad whose translation fails is `ready`
 * again.
 */
export type PadState = 'idle' | 'loading' | 'ready' | 'working' | 'failed';

/** What the hand draws with. */
export type PadTool = 'pen' | 'eraser';

/** When a pad translates by itself: after each stroke, also while one grows, or never. */
export type Auto = 'stroke' | 'live' | 'off';

/** What the model makes of coloured strokes: they fill their regions, they are as they are drawn, or it knows none and there are none. */
export type Hints = 'spread' | 'plain' | 'none';

/** What `toBlob` makes a file of. */
export interface PadImage {
  /** Default `picture`. The `sketch` is as the network sees it. */
  what?: 'picture' | 'sketch';
  /** Default `image/png`. */
  type?: string;
  /** 0 to 1, of types that lose something. */
  quality?: number;
}

/** The detail of `pix2pix-picture`. */
export interface PadPicture {
  readonly picture: ImageData;
  /** Since it was asked for, the loading of the model aside. */
  readonly milliseconds: number;
}

/** The detail of `pix2pix-error`. */
export interface PadError {
  /** Of a `Pix2PixError`; of another error its name. */
  readonly code: string;
  readonly message: string;
  readonly error: unknown;
}

/** All of them bubble, and cross the borders of shadow trees. */
export interface Pix2PixPadEventMap {
  /** Bytes of the engine or the model came. */
  'pix2pix-progress': CustomEvent<Progress>;
  /** The model is loaded. */
  'pix2pix-ready': CustomEvent<ModelInfo>;
  /** A step of the drawing was done, undone or done again. */
  'pix2pix-change': CustomEvent<null>;
  /** There is a new picture. */
  'pix2pix-picture': CustomEvent<PadPicture>;
  /** Something went wrong; the pad shows it too. */
  'pix2pix-error': CustomEvent<PadError>;
}
