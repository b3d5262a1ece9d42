/** What a trap in WebAssembly means to the caller. */
import { Pix2PixError } from './protocol.js';

export function crashed(detail: string): Pix2PixError {
  const message = `the engine crashed (${detail}), most likely out of memory. Load the model again`;
  return new Pix2PixError('engine/crashed', message);
}
