/** Errors after which a model has to be loaded again. */
import { Pix2PixError } from '../pkg/client.js';

/** Whether the model itself is lost, with all that it learned since it was last kept. */
export function isLost(error: unknown): boolean {
  return error instanceof Pix2PixError && /^(device\/lost|engine\/crashed|worker\/)/.test(error.code);
}
