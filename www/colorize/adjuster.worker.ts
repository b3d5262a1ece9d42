/** Shows photos, adjusts coloured ones and writes them where it cannot hold up the page. */
import { expose, transfer } from 'comlink';
import type { AdjustWorker, Shown } from './adjuster';
import { adjust, type Adjustment, isSame, NEUTRAL, writeAdjusted } from './adjustment';
import { labOf } from './lab';
import { refusal } from '../shell/refusal';

/** So many pixels are adjusted while a slider moves. */
const MOST_SHOWN = 1024 * 1024;

/** A file is adjusted in strips of about so many pixels, whose Lab is small. */
const STRIP = 1 << 20;

/** The coloured photo, and what is shown of it. */
interface Open {
  readonly whole: ImageData;
  readonly lab: Float32Array;
  readonly width: number;
  readonly height: number;
}

let opened: Open | undefined;
/** Of those that are opened side by side the last one stays. */
let opening = 0;

async function show(photo: Blob, size?: { readonly width: number; readonly height: number }): Promise<Shown> {
  const picture = await decode(photo);
  try {
    const { width, height } = picture;
    return given(scaled(picture, size ?? shownSize(picture)), { width, height });
  } finally {
    picture.close();
  }
}

async function open(coloured: ImageData | Blob): Promise<Shown> {
  const mine = (opening += 1);
  opened = undefined; // Its memory is needed.
  const whole = coloured instanceof ImageData ? coloured : await pixelsOf(coloured);
  const size = shownSize(whole);
  const picture = size.width === whole.width ? copied(whole) : await smaller(whole, size);
  if (mine === opening) opened = { whole, lab: labOf(picture.data), width: picture.width, height: picture.height };
  return given(picture, whole);
}

function adjusted(adjustment: Adjustment): ImageData {
  const { lab, width, height } = theOpen();
  const picture = new ImageData(width, height);
  writeAdjusted(picture.data, lab, adjustment);
  return transfer(picture, [picture.data.buffer]);
}

async function png(adjustment: Adjustment): Promise<Blob> {
  const { whole } = theOpen();
  const { canvas, context } = blank(whole.width, whole.height);
  if (isSame(adjustment, NEUTRAL)) context.putImageData(whole, 0, 0);
  else {
    const rows = Math.max(1, Math.floor(STRIP / whole.width));
    for (let top = 0; top < whole.height; top += rows) {
      const [from, to] = [top, Math.min(top + rows, whole.height)].map((row) => 4 * row * whole.width);
      const strip = new ImageData(whole.data.slice(from, to), whole.width);
      adjust(strip.data, adjustment);
      context.putImageData(strip, 0, top);
    }
  }
  return canvas.convertToBlob({ type: 'image/png' });
}

function theOpen(): Open {
  // The worker failed and was started again, or the photo could not be opened.
  if (opened === undefined) throw refusal('noColours');
  return opened;
}

/** The size at which a photo of this size is shown. */
function shownSize({ width, height }: { readonly width: number; readonly height: number }): { width: number; height: number } {
  const scale = Math.min(1, Math.sqrt(MOST_SHOWN / (width * height)));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

async function decode(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw refusal('browserCannot');
  }
}

async function pixelsOf(file: Blob): Promise<ImageData> {
  const picture = await decode(file);
  try {
    return scaled(picture, picture);
  } finally {
    picture.close();
  }
}

async function smaller(whole: ImageData, size: { readonly width: number; readonly height: number }): Promise<ImageData> {
  const picture = await createImageBitmap(whole);
  try {
    return scaled(picture, size);
  } finally {
    picture.close();
  }
}

function scaled(picture: ImageBitmap, { width, height }: { readonly width: number; readonly height: number }): ImageData {
  const { context } = blank(width, height);
  context.drawImage(picture, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/** White, as the network takes transparency. */
function blank(width: number, height: number): { canvas: OffscreenCanvas; context: OffscreenCanvasRenderingContext2D } {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw refusal('noCanvas');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  return { canvas, context };
}

const copied = ({ data, width, height }: ImageData): ImageData => new ImageData(data.slice(), width, height);

function given(picture: ImageData, { width, height }: { readonly width: number; readonly height: number }): Shown {
  return transfer({ picture, width, height }, [picture.data.buffer]);
}

const worker: AdjustWorker = { show, open, adjust: adjusted, png };

expose(worker);
