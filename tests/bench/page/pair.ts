/** The pair that every runtime translates and learns from. */
import type { Drawn } from './runtime';

/** Black lines on white: a circle and its diagonals. */
export function drawSketch(size: number): Drawn {
  return draw(size, (x, y) => (Math.abs(Math.hypot(x, y) - 0.6) < 0.02 || Math.abs(Math.abs(x) - Math.abs(y)) < 0.02 ? [0, 0, 0] : [255, 255, 255]));
}

/** A disc in the circle's place, shaded in all three channels. */
export function drawTarget(size: number): Drawn {
  return draw(size, (x, y) => (Math.hypot(x, y) < 0.6 ? [130 + 120 * x, 100 + 90 * y, 160 - 80 * x * y] : [235, 240, 245]));
}

/** `color` at each pixel, whose x and y go from -1 to 1. */
function draw(size: number, color: (x: number, y: number) => readonly [number, number, number]): Drawn {
  const image = new ImageData(size, size);
  const values = new Float32Array(3 * size * size);
  for (let pixel = 0; pixel < size * size; pixel++) {
    const [x, y] = [pixel % size, Math.floor(pixel / size)].map((at) => (2 * at) / size - 1) as [number, number];
    image.data.set([...color(x, y), 255], 4 * pixel);
    for (let channel = 0; channel < 3; channel++) {
      values[channel * size * size + pixel] = image.data[4 * pixel + channel]! / 127.5 - 1;
    }
  }
  return { image, values };
}
