/** Some browsers hide a canvas's pixels from the page that drew them, against fingerprinting: the network then gets white or noise. */
import { contextOf, square } from '../package/drawing/strokes';

const SIDE = 16;

/** Whether pixels come back as they were drawn. A little noise does no harm, and is let pass. */
export function canvasesAreRead(): boolean {
  const context = contextOf(square(SIDE));
  const isDark = (x: number, y: number): boolean => (x + y) % 3 === 0;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      context.fillStyle = isDark(x, y) ? '#000' : '#fff';
      context.fillRect(x, y, 1, 1);
    }
  }
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  let wrong = 0;
  for (let i = 0; i < SIDE ** 2; i++) if (data[4 * i]! < 128 !== isDark(i % SIDE, Math.floor(i / SIDE))) wrong += 1;
  return wrong < 0.05 * SIDE ** 2;
}
