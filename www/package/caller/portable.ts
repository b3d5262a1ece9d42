/** Pictures of every kind the browser has, on their way to the engine. */
import type { Portable } from '../contract/engine.js';
import type { Source } from '../contract/protocol.js';
import { unreadable } from '../contract/unreadable.js';

/** Of a video's `readyState`: it has a frame. (The constant of `HTMLMediaElement`, which workers lack.) */
const HAVE_CURRENT_DATA = 2;

/** A copy of the source that is ours to give away, as it is now. */
export async function portable(source: Source): Promise<Portable> {
  if (source instanceof Blob) return source;
  if (source instanceof ImageData) {
    const { data, width, height, colorSpace } = source;
    return new ImageData(new Uint8ClampedArray(data), width, height, { colorSpace });
  }
  try {
    // It draws as nothing at all, without a word.
    if ('videoWidth' in source && source.readyState < HAVE_CURRENT_DATA) throw new Error('the video has no frame yet; wait for its event loadeddata');
    // A picture of another origin that does not allow it can be drawn but not read.
    const probe = new OffscreenCanvas(1, 1).getContext('2d');
    probe?.drawImage(source, 0, 0);
    probe?.getImageData(0, 0, 1, 1);
    return await createImageBitmap(source);
  } catch (error) {
    throw unreadable(error);
  }
}
