/** What the Teach tab is given of the page. */
import type { ModelInUse } from '../shell/model-in-use';
import type { Model } from '../models/models';
import type { Translator } from '../shell/translator';
import type { UnfinishedNote } from './unfinished';

/** What it needs from elsewhere. */
export interface TeachPage {
  readonly inUse: ModelInUse;
  readonly translator: Translator;
  /** Every model that the page lists. */
  readonly models: () => readonly Model[];
  openTab(): void;
  /** The weights changed, so the sketch's picture is not what the model would paint now. */
  pictureIsOld(): void;
  /** The model in use was saved as this one. */
  saved(model: Model): Promise<void>;
}

/** With what it brings itself. */
export interface Studio extends TeachPage {
  readonly unfinished: UnfinishedNote;
}
