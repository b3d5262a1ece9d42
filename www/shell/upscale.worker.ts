/** Makes pictures larger where it cannot hold up the page. */
import { expose, transfer } from 'comlink';
import { upscale } from './upscale';

function enlarge(picture: ImageData): ImageData {
  const { data, width, height } = upscale(picture);
  return transfer(new ImageData(data, width, height), [data.buffer]);
}

export type UpscaleWorker = typeof enlarge;

expose(enlarge);
