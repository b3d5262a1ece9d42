/** Maps of the discriminator, drawn pixel for pixel; the style sheet scales them. */
import { paint } from '../package/drawing/paint';
import type { ScoreMap } from '../package/client';

/** From blue (fake) over paper to red (real): told apart by those who see few colours, too. */
const RAMP: readonly (readonly [number, number, number])[] = [
  [24, 49, 97],
  [92, 134, 181],
  [239, 232, 218],
  [222, 130, 92],
  [140, 32, 18],
];

/** A discriminator's map: one pixel for each patch that it judged. */
export function paintScores(canvas: HTMLCanvasElement, { width, height, values }: ScoreMap): void {
  const picture = new ImageData(width, height);
  for (const [i, value] of values.entries()) picture.data.set(colourOf(value), 4 * i);
  paint(canvas, picture);
}

function colourOf(score: number): [number, number, number, number] {
  const at = Math.min(1, Math.max(0, score)) * (RAMP.length - 1);
  const below = Math.min(RAMP.length - 2, Math.floor(at));
  const [from, to] = [RAMP[below], RAMP[below + 1]];
  const mix = (channel: 0 | 1 | 2): number => {
    const [a = 0, b = 0] = [from?.[channel], to?.[channel]];
    return a + (b - a) * (at - below);
  };
  return [mix(0), mix(1), mix(2), 255];
}
