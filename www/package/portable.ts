/** Pictures of every kind the browser has, on their way to the engine and there into pixels. */
import { reason } from './download.js';
import { Pix2PixError, type Source } from './protocol.js';

/** What can go to another thread; pixels are made there, so that a large photo never blocks the page. */
export type Portable = ImageData | ImageBitmap | Blob;

/** A copy of the source that is ours to give away, as it is now. */
export async function portable(source: Source): Promise<Portable> {
  if (source instanceof Blob) return source;
  if (source instanceof ImageData) {
    return new ImageData(new Uint8ClampedArray(source.data), source.width, source.height);
  }
  try {
    // A picture of another origin that does not allow it can be drawn but not read.
    const probe = new OffscreenCanvas(1, 1).getContext('2d');
    probe?.drawImage(source, 0, 0);
    probe?.getImageData(0, 0, 1, 1);
    return await createImageBitmap(source);
  } catch (error) {
    throw unreadable(error);
  }
}

/** The pixels, turned as the file's EXIF orientation says. */
export async function pixels(picture: Portable): Promise<ImageData> {
  if (picture instanceof ImageData) return picture;
  const { context, canvas } = await drawn(picture);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** The two halves of a pair that lies side by side. */
export async function split(picture: Portable): Promise<{ left: ImageData; right: ImageData }> {
  const { context, canvas } = await drawn(picture);
  const { width, height } = canvas;
  if (width % 2 !== 0) {
    const message = `the pair is ${width} pixels wide, which can't be halved: it holds both pictures side by side`;
    throw new Pix2PixError('pair/size', message);
  }
  return {
    left: context.getImageData(0, 0, width / 2, height),
    right: context.getImageData(width / 2, 0, width / 2, height),
  };
}

async function drawn(picture: Portable) {
  try {
    const bitmap =
      picture instanceof ImageBitmap
        ? picture
        : await createImageBitmap(picture, { imageOrientation: 'from-image' });
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('this browser gives no 2D canvas');
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return { canvas, context };
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): Pix2PixError {
  return new Pix2PixError('image/unreadable', `the picture can't be read: ${reason(error)}`);
}
