/** What `drawn.spec.ts` runs in a blank page: the page's own pen. */
import { readSample, type SampleFile } from '../../www/models/samples';
import { contextOf, renderMarks, SHEET_SIDE } from '../../www/package/drawing/strokes';

export type { SampleFile };

/** The sketch as the network sees it: RGBA, as text. */
export function draw(file: SampleFile, hints: boolean): string {
  const { strokes } = readSample(file);
  return asText(renderMarks([{ kind: 'sheet', strokes }], new WeakMap(), SHEET_SIDE, hints ? 1 : 0));
}

/** The pixels of a file, in the same way. */
export async function read(png: string): Promise<string> {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.width, image.height];
  contextOf(canvas).drawImage(image, 0, 0);
  return asText(canvas);
}

function asText(canvas: HTMLCanvasElement): string {
  const { data } = contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height);
  return btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(''));
}
