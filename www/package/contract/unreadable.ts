/** A picture that can't be read, where it is given or where its pixels are. */
import { Pix2PixError } from './protocol.js';
import { reason } from './reason.js';

export function unreadable(error: unknown, size = ''): Pix2PixError {
  const remedy = size && '. If it is large, give a smaller copy';
  return new Pix2PixError('image/unreadable', `the picture${size} can't be read: ${reason(error)}${remedy}`);
}
