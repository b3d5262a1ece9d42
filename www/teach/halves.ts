/** Whether a picture is two, sketch and target side by side: told from its halves and the seam between them. */
import type { Half } from './pictures';

/** Red, green, blue and alpha of each pixel, row by row. */
export interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

export interface Halves {
  readonly left: Rgba;
  readonly right: Rgba;
  /** The columns around the middle, three on each side. */
  readonly seam: Rgba;
}

/** The half that is a line drawing, where only one of them is. */
export function sketchOf({ left, right }: Pick<Halves, 'left' | 'right'>): Half | undefined {
  const [onLeft, onRight] = [isLineDrawing(left), isLineDrawing(right)];
  return onLeft === onRight ? undefined : onLeft ? 'left' : 'right';
}

/**
 * Twice as wide as high is a pair, unless it is a panorama that goes on across the middle. Of other shapes it is one where a half is a
 * drawing in lines and the other is not.
 */
export function isPair({ width, height }: { readonly width: number; readonly height: number }, halves: Halves): boolean {
  // Halves that are narrower than two thirds of their height are no pictures that people take.
  if (width % 2 !== 0 || 3 * width < 4 * height) return false;
  const sketch = sketchOf(halves);
  return width === 2 * height ? sketch !== undefined || !goesOn(halves.seam) : sketch !== undefined && !goesOn(halves.seam);
}

/** Nearly all of it is white or grey paper and dark lines, without colour. */
function isLineDrawing({ data }: Rgba): boolean {
  let [coloured, light, dark] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
    if (Math.max(r, g, b) - Math.min(r, g, b) > 40) coloured += 1;
    if (Math.min(r, g, b) > 200) light += 1;
    if (Math.max(r, g, b) < 128) dark += 1;
  }
  const pixels = data.length / 4;
  // Bare paper beside a thing is the background of its photo.
  return coloured < 0.01 * pixels && light > 0.5 * pixels && dark > 0.002 * pixels;
}

/** Whether what is to the left of the middle goes on to the right of it, as in one picture. */
function goesOn(seam: Rgba): boolean {
  const step = (column: number) => difference(seam, column, column + 1);
  const near = Math.max(step(0), step(1), step(3), step(4));
  // Two even edges tell nothing.
  return texture(seam) > 10 && step(2) <= 1.5 * near + 2;
}

function difference({ width, height, data }: Rgba, one: number, other: number): number {
  let sum = 0;
  for (let y = 0; y < height; y++) {
    for (let channel = 0; channel < 3; channel++) sum += Math.abs(data[4 * (y * width + one) + channel]! - data[4 * (y * width + other) + channel]!);
  }
  return sum / (3 * height);
}

/** How much the green of the columns beside the middle varies from top to bottom: the smaller standard deviation. */
function texture({ width, height, data }: Rgba): number {
  const deviation = (column: number): number => {
    const values = Array.from({ length: height }, (_, y) => data[4 * (y * width + column) + 1]!);
    const mean = values.reduce((a, b) => a + b, 0) / height;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / height);
  };
  return Math.min(deviation(2), deviation(3));
}
