/** Decodes, scales, splits and encodes pictures, and reads zips, where it cannot hold up the page. */
import { expose } from 'comlink';
import type { Half, Opened, PictureWorker } from './pictures';
import type { Archive } from './zip';

/** More than this across is no use at the network's size, and costs memory. */
const LONGEST = 4;

/** A photo is kept as large as any way to make it a square needs, so that another can be chosen. */
async function open(file: Blob, side: number): Promise<Opened> {
  const picture = await decode(file);
  try {
    const { width, height } = picture;
    if (width === 2 * height) return await halves(picture, side);
    const scale = Math.min(1, side / Math.min(width, height), (LONGEST * side) / Math.max(width, height));
    return { kind: 'photo', photo: await png(scaled(picture, width * scale, height * scale)) };
  } finally {
    picture.close();
  }
}

async function halves(picture: ImageBitmap, side: number): Promise<Opened> {
  const half = picture.height;
  const cut = (from: number): Drawing => {
    const drawing = blank(side, side);
    drawing.context.drawImage(picture, from, 0, half, half, 0, 0, side, side);
    return drawing;
  };
  const [left, right] = [cut(0), cut(half)];
  return { kind: 'pair', left: await png(left), right: await png(right), sketch: sketchOf(left, right) };
}

/** Two files that belong together, brought to the square in the same way. */
async function couple(a: Blob, b: Blob, side: number, fit: 'cover' | 'contain'): Promise<{ a: Blob; b: Blob }> {
  const [first, second] = await Promise.all([decode(a), decode(b)]);
  try {
    // Rounded to whole pixels, the same picture at two sizes differs by a little.
    const apart = Math.abs((first.width * second.height) / (first.height * second.width) - 1);
    if (apart > 0.02) {
      const sizes = [first, second].map(({ width, height }) => `${width}×${height}`).join(' and ');
      throw new Error(`its sketch and target have different shapes, ${sizes}`);
    }
    return { a: await png(square(first, side, fit)), b: await png(square(second, side, fit)) };
  } finally {
    first.close();
    second.close();
  }
}

async function fit(photo: Blob, side: number, how: 'cover' | 'contain'): Promise<Blob> {
  const picture = await decode(photo);
  try {
    return await png(square(picture, side, how));
  } finally {
    picture.close();
  }
}

async function encode(image: ImageData): Promise<Blob> {
  const canvas = blank(image.width, image.height);
  canvas.context.putImageData(image, 0, 0);
  return png(canvas);
}

async function decode(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw new Error('cannot be read as a picture');
  }
}

interface Drawing {
  readonly canvas: OffscreenCanvas;
  readonly context: OffscreenCanvasRenderingContext2D;
}

/** White, as the network takes transparency. */
function blank(width: number, height: number): Drawing {
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width)), Math.max(1, Math.round(height)));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser gives no 2D canvas');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  return { canvas, context };
}

function scaled(picture: ImageBitmap, width: number, height: number): Drawing {
  const drawing = blank(width, height);
  drawing.context.drawImage(picture, 0, 0, drawing.canvas.width, drawing.canvas.height);
  return drawing;
}

function square(picture: ImageBitmap, side: number, fit: 'cover' | 'contain'): Drawing {
  const drawing = blank(side, side);
  const shorter = Math.min(picture.width, picture.height);
  const longer = Math.max(picture.width, picture.height);
  const scale = side / (fit === 'cover' ? shorter : longer);
  const [width, height] = [picture.width * scale, picture.height * scale];
  drawing.context.drawImage(picture, (side - width) / 2, (side - height) / 2, width, height);
  return drawing;
}

const png = ({ canvas }: Drawing): Promise<Blob> => canvas.convertToBlob({ type: 'image/png' });

/** Which half is a line drawing, where only one of them looks like one. */
function sketchOf(left: Drawing, right: Drawing): Half | undefined {
  const [onLeft, onRight] = [isLineDrawing(left), isLineDrawing(right)];
  return onLeft === onRight ? undefined : onLeft ? 'left' : 'right';
}

/** Nearly all of it is white or grey paper and dark lines, without colour. */
function isLineDrawing({ canvas, context }: Drawing): boolean {
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let [coloured, light] = [0, 0];
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0];
    if (Math.max(r, g, b) - Math.min(r, g, b) > 40) coloured += 1;
    if (Math.min(r, g, b) > 200) light += 1;
  }
  const pixels = data.length / 4;
  return coloured < 0.01 * pixels && light > 0.5 * pixels;
}

const archives = new Map<number, Archive>();
let opened = 0;

const worker: PictureWorker = {
  open,
  couple,
  fit,
  encode,
  async openZip(file) {
    // Few visitors bring a zip; its reader is as large as all the rest.
    const { openArchive } = await import('./zip');
    const archive = await openArchive(file);
    const id = (opened += 1);
    archives.set(id, archive);
    return { id, paths: archive.paths };
  },
  async extract(id, path) {
    const archive = archives.get(id);
    if (archive === undefined) throw new Error('belongs to a zip that was closed');
    return archive.read(path);
  },
  async closeZip(id) {
    await archives.get(id)?.close();
    archives.delete(id);
  },
};

expose(worker);
