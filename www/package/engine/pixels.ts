/** The pixels of pictures that have come to the engine. */
import type { Portable } from '../contract/engine.js';
import { Pix2PixError } from '../contract/protocol.js';
import { unreadable } from '../contract/unreadable.js';

/** No canvas of more pixels is drawn on iOS, where it stays blank without a word; and no network sees more of them. */
const MOST_PIXELS = 4096 * 4096;

/** The pixels, turned as the file's EXIF orientation says. */
export async function pixels(picture: Portable): Promise<ImageData> {
  if (picture instanceof ImageData) return picture;
  const { width, height, read } = await drawn(picture);
  return read(0, width, height);
}

/** The two halves of a pair that lies side by side. */
export async function split(picture: Portable): Promise<{ left: ImageData; right: ImageData }> {
  const { width, height, given, read } = await drawn(picture);
  if (given % 2 !== 0) {
    const message = `the pair is ${given} pixels wide, which can't be halved: it holds both pictures side by side`;
    throw new Pix2PixError('pair/size', message);
  }
  return { left: read(0, width / 2, height), right: read(width / 2, width / 2, height) };
}

/** A picture on a canvas, and a way to read columns of it. */
interface Drawn {
  /** Even, unless the picture is as it was given. */
  width: number;
  height: number;
  /** The width that it was given with. */
  given: number;
  read(left: number, width: number, height: number): ImageData;
}

async function drawn(picture: Portable): Promise<Drawn> {
  let size = '';
  try {
    const bitmap =
      picture instanceof ImageBitmap
        ? picture
        : await createImageBitmap(picture, { imageOrientation: 'from-image' });
    // Every browser has its own limit for a canvas, and says so at any of these calls.
    size = `, which has ${bitmap.width} by ${bitmap.height} pixels`;
    const { width, height } = bounded(bitmap);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('the browser has no 2D canvas of this size');
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, width, height);
    const given = bitmap.width;
    bitmap.close();
    const read = (left: number, columns: number, rows: number) => {
      try {
        return context.getImageData(left, 0, columns, rows);
      } catch (error) {
        throw unreadable(error, size);
      }
    };
    return { width, height, given, read };
  } catch (error) {
    throw unreadable(error, size);
  }
}

/** The size at which it is read: its own, unless that is too large. */
function bounded({ width, height }: ImageBitmap): { width: number; height: number } {
  const scale = Math.sqrt(MOST_PIXELS / (width * height));
  if (scale >= 1) return { width, height };
  return { width: 2 * Math.max(1, Math.floor((width * scale) / 2)), height: Math.max(1, Math.floor(height * scale)) };
}
