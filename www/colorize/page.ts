/** What the Colour tab is given of the page. */
import type { Model } from '../models/models';
import type { DeviceChoice } from '../package/client';

export interface ColorizePage {
  /** Where models run now. */
  readonly device: () => DeviceChoice;
  /** Lets the visitor choose files; they come as if they had been dropped. */
  chooseFiles(): void;
  openTab(): void;
  /** Takes a model into use that draws, and opens its tab. */
  draw(model: Model): void;
}
