/** What the rooms behind the tabs are given of the page. */
import type { DeviceChoice } from './package/client';
import type { ModelInUse } from './model-in-use';
import type { Model } from './models';
import type { Translator } from './translator';
import type { UnfinishedNote } from './unfinished';
import type { View } from './view';

/** What teaching needs of the page. */
export interface Page {
  readonly inUse: ModelInUse;
  readonly translator: Translator;
  readonly view: View;
  /** Every model that the page lists. */
  readonly models: () => readonly Model[];
  openTab(): void;
  /** The weights changed, so the sketch's picture is not what the model would paint now. */
  pictureIsOld(): void;
  /** The model in use was saved as this one. */
  saved(model: Model): Promise<void>;
}

/** What the Teach tab is given besides. */
export interface Studio extends Page {
  readonly unfinished: UnfinishedNote;
}

/** What the Colour tab needs of the page. */
export interface ColorizePage {
  /** Where models run now. */
  readonly device: () => DeviceChoice;
  /** Lets the visitor choose files; they come as if they had been dropped. */
  chooseFiles(): void;
  openTab(): void;
  alert(error: unknown): void;
  dismissAlert(): void;
  /** Takes a model into use that draws, and opens its tab. */
  draw(model: Model): void;
}
