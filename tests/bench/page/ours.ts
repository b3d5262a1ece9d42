/** This package, as it is used: `ImageData` in, `ImageData` out, in its worker. */
import type * as Package from '../../../pkg/client.js';
import { drawSketch, drawTarget } from './pair';
import type { Runtime, Step } from './runtime';

const CLIENT = '/pkg/client.js';

export function importPackage(): Promise<typeof Package> {
  return import(CLIENT) as Promise<typeof Package>;
}

/** The training that the others have too: no random cuts, mirroring or dropout. */
export const PLAIN_TRAINING = { dropout: false, flip: false, warmup: 0 } as const;

/** A pixel is the integer part of (x + 1) / 2 * 255.5, as in pix2pix.py: a level is so wide, and the middle of it is taken. */
const LEVEL = 2 / 255.5;

export async function openOurs(options: Package.LoadOptions, weights: Uint8Array<ArrayBuffer>): Promise<Runtime> {
  const { Pix2Pix } = await importPackage();
  const model = await Pix2Pix.load(weights, options);
  const { size } = model.info;
  const [sketch, target] = [drawSketch(size).image, drawTarget(size).image];
  const training = model.train([{ input: sketch, target }], { ...PLAIN_TRAINING, scaleSize: size });
  let picture: ImageData;
  return {
    async translate() {
      const began = performance.now();
      picture = await model.translate(sketch);
      return performance.now() - began;
    },

    picture() {
      const { data } = picture;
      const pixels = size * size;
      const values = Array.from({ length: 3 * pixels }, (_, at) => (data[4 * (at % pixels) + Math.floor(at / pixels)]! + 0.5) * LEVEL - 1);
      return { values, rounding: LEVEL / 2 };
    },

    async step(): Promise<Step> {
      const began = performance.now();
      const { value } = await training.next();
      const milliseconds = performance.now() - began;
      if (!value) throw new Error('the training ended');
      const { discriminator, gan, l1 } = value.losses;
      if (discriminator === undefined || gan === undefined) throw new Error('no discriminator is trained');
      return { milliseconds, losses: { discriminator, gan, l1 } };
    },
  };
}
