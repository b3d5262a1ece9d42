/** Which tab a model belongs to, once it is open: nothing about a file tells it before. */
import type { ModelInfo } from '../package/client';

/** `colorize`: models that give photos their colours, from lightness to the two planes of colour of CIE Lab. */
export type ModelRoom = 'draw' | 'colorize';

export function roomOf({ color, inChannels }: Pick<ModelInfo, 'color' | 'inChannels'>): ModelRoom {
  return color === 'lab' && inChannels === 1 ? 'colorize' : 'draw';
}

/** A model was opened in another room than its own. */
export class OtherRoom extends Error {
  override readonly name = 'OtherRoom';

  constructor(readonly room: ModelRoom) {
    super(`this model belongs to the tab ${room}`);
  }
}
