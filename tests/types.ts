/** What the package's types allow and refuse; checked by `npm run types`, never run. */
import { Pix2Pix, Pix2PixError, type ModelInfo, type Progress } from '../pkg/client.js';

export async function allowed(canvas: HTMLCanvasElement, file: File, signal: AbortSignal) {
  const model = await Pix2Pix.load(file, {
    device: 'webgpu',
    onProgress: ({ phase, loaded, total }: Progress) => [phase, loaded, total ?? 0],
    signal,
    cache: false,
    worker: true,
    wasmUrl: new URL('https://example.org/a.wasm'),
    workerUrl: '/worker.js',
  });
  const info: ModelInfo = model.info;
  const picture: ImageData = await model.translate(canvas, {
    dropout: true,
    seed: 1,
    statistics: 'running',
    fit: 'cover',
    output: 'square',
    overlap: 'supersede',
    signal,
  });
  const saved: Blob = await model.save({ dtype: 'f16' });
  model.dispose();
  const code: string = new Pix2PixError('area/kind', 'message').code;
  return { info, picture, saved, code };
}

export async function refused(model: Pix2Pix) {
  // @ts-expect-error a device that is none
  await Pix2Pix.load('/a.pict', { device: 'gpu' });
  // @ts-expect-error an option that is none
  await Pix2Pix.load('/a.pict', { devise: 'cpu' });
  // @ts-expect-error a number is no source
  await Pix2Pix.load(3);
  // @ts-expect-error addresses are not pictures
  await model.translate('/a.png');
  // @ts-expect-error a fit that is none
  await model.translate(new ImageData(1, 1), { fit: 'fill' });
  // @ts-expect-error only load makes a model
  new Pix2Pix();
  // @ts-expect-error info is read only
  model.info = model.info;
}
