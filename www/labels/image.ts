/** From maps of labels to pictures in their exact colours, and back. */
import { type Labels, rgbOf } from './labels';
import { contextOf, SHEET_SIDE, square } from '../package/drawing/strokes';

/** The map, pixel for pixel. */
export function imageOf(places: Uint8Array, labels: Labels): ImageData {
  const colors = labels.map(({ color }) => rgbOf(color));
  const [reds, greens, blues] = [0, 1, 2].map((channel) => Uint8Array.from(colors, (rgb) => rgb[channel] ?? 0));
  const image = new ImageData(SHEET_SIDE, SHEET_SIDE);
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    image.data[4 * i] = reds![place]!;
    image.data[4 * i + 1] = greens![place]!;
    image.data[4 * i + 2] = blues![place]!;
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/** The map on a canvas of its own, `side` pixels wide. */
export function renderMap(places: Uint8Array, labels: Labels, side: number): HTMLCanvasElement {
  const map = square(SHEET_SIDE);
  contextOf(map).putImageData(imageOf(places, labels), 0, 0);
  if (side === SHEET_SIDE) return map;
  const context = contextOf(square(side));
  context.imageSmoothingEnabled = false;
  context.drawImage(map, 0, 0, side, side);
  return context.canvas;
}

/** For each pixel the place of the label whose colour is nearest. */
export function nearestLabels({ data }: ImageData, labels: Labels): Uint8Array {
  const colors = labels.map(({ color }) => rgbOf(color));
  return Uint8Array.from({ length: data.length / 4 }, (_, i) => {
    const apart = colors.map((rgb) => rgb.reduce((sum, value, channel) => sum + (value - data[4 * i + channel]!) ** 2, 0));
    return apart.indexOf(Math.min(...apart));
  });
}
