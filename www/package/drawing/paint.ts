/** Pictures of the network, drawn pixel for pixel; the style sheet scales them. */
import { contextOf } from './strokes.js';

export function paint(canvas: HTMLCanvasElement, picture: ImageData): void {
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  contextOf(canvas).putImageData(picture, 0, 0);
}
