/** Decodes, scales, splits and encodes pictures, and reads zips, where it cannot hold up the page. */
import { expose } from 'comlink';
import { isPair, type Rgba, sketchOf } from './halves';
import type { Opened, PictureWorker, SquareFit } from './pictures';
import type { Archive, NewArchive } from './zip';
import { refusal } from '../shell/refusal';

/** More than this across is no use at the network's size, and costs memory. */
const LONGEST = 4;

/** A photo is kept as large as any way to make it a square needs, so that another can be chosen. */
async function open(file: Blob, side: number, fit: SquareFit): Promise<Opened> {
  const picture = await decode(file);
  try {
    const { width, height } = picture;
    const [left, right] = [0, width / 2].map((from) => half(picture, from, side, fit)) as [Drawing, Drawing];
    const found = { left: pixelsOf(left), right: pixelsOf(right), seam: seamOf(picture) };
    if (isPair(picture, found)) return { kind: 'pair', left: await png(left), right: await png(right), sketch: sketchOf(found) };
    const scale = Math.min(1, side / Math.min(width, height), (LONGEST * side) / Math.max(width, height));
    return { kind: 'photo', photo: await png(scaled(picture, width * scale, height * scale)) };
  } finally {
    picture.close();
  }
}

function half(picture: ImageBitmap, from: number, side: number, fit: SquareFit): Drawing {
  const drawing = blank(side, side);
  const width = picture.width / 2;
  const scale = side / (fit === 'cover' ? Math.min(width, picture.height) : Math.max(width, picture.height));
  const [wide, high] = [width * scale, picture.height * scale];
  drawing.context.drawImage(picture, from, 0, width, picture.height, (side - wide) / 2, (side - high) / 2, wide, high);
  return drawing;
}

/** The columns around the middle as they are. */
function seamOf(picture: ImageBitmap): Rgba {
  const drawing = blank(6, Math.min(picture.height, 512));
  drawing.context.drawImage(picture, picture.width / 2 - 3, 0, 6, picture.height, 0, 0, 6, drawing.canvas.height);
  return pixelsOf(drawing);
}

const pixelsOf = ({ canvas, context }: Drawing): ImageData => context.getImageData(0, 0, canvas.width, canvas.height);

/** Two files that belong together, brought to the square in the same way. */
async function couple(a: Blob, b: Blob, side: number, fit: SquareFit): Promise<{ a: Blob; b: Blob }> {
  const [first, second] = await Promise.all([decode(a), decode(b)]);
  try {
    // Rounded to whole pixels, the same picture at two sizes differs by a little.
    const apart = Math.abs((first.width * second.height) / (first.height * second.width) - 1);
    if (apart > 0.02) {
      throw refusal('otherShapes', ...[first, second].map(({ width, height }) => `${width}×${height}`));
    }
    return { a: await png(square(first, side, fit)), b: await png(square(second, side, fit)) };
  } finally {
    first.close();
    second.close();
  }
}

async function split(file: Blob, side: number, fit: SquareFit): Promise<{ a: Blob; b: Blob }> {
  const picture = await decode(file);
  try {
    const [a, b] = [0, picture.width / 2].map((from) => half(picture, from, side, fit)) as [Drawing, Drawing];
    return { a: await png(a), b: await png(b) };
  } finally {
    picture.close();
  }
}

async function join(a: Blob, b: Blob): Promise<Blob> {
  const [first, second] = await Promise.all([decode(a), decode(b)]);
  const drawing = blank(first.width + second.width, Math.max(first.height, second.height));
  drawing.context.drawImage(first, 0, 0);
  drawing.context.drawImage(second, first.width, 0);
  for (const picture of [first, second]) picture.close();
  return png(drawing);
}

async function fit(photo: Blob, side: number, how: SquareFit): Promise<Blob> {
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
    throw refusal('unreadable');
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
  if (context === null) throw refusal('noCanvas');
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

function square(picture: ImageBitmap, side: number, fit: SquareFit): Drawing {
  const drawing = blank(side, side);
  const shorter = Math.min(picture.width, picture.height);
  const longer = Math.max(picture.width, picture.height);
  const scale = side / (fit === 'cover' ? shorter : longer);
  const [width, height] = [picture.width * scale, picture.height * scale];
  drawing.context.drawImage(picture, (side - width) / 2, (side - height) / 2, width, height);
  return drawing;
}

const png = ({ canvas }: Drawing): Promise<Blob> => canvas.convertToBlob({ type: 'image/png' });

const archives = new Map<number, Archive>();
const growing = new Map<number, NewArchive>();
let opened = 0;

const worker: PictureWorker = {
  open,
  couple,
  split,
  join,
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
    if (archive === undefined) throw refusal('zipClosed');
    return archive.read(path);
  },
  async closeZip(id) {
    await archives.get(id)?.close();
    archives.delete(id);
    growing.delete(id);
  },
  async newZip() {
    const { NewArchive } = await import('./zip');
    const id = (opened += 1);
    growing.set(id, new NewArchive());
    return id;
  },
  async addToZip(id, path, file) {
    await growingZip(id).add(path, file);
  },
  async writeZip(id) {
    const zip = growingZip(id);
    growing.delete(id);
    return zip.close();
  },
};

function growingZip(id: number): NewArchive {
  const zip = growing.get(id);
  if (zip === undefined) throw refusal('zipClosed');
  return zip;
}

expose(worker);
