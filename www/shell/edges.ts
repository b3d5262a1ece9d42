/** Edges of pictures, by one detector for the whole page: its worker starts with the first picture. */
import { EdgeDetector, Pix2PixError, type Source } from '../package/client';

let starting: Promise<EdgeDetector> | undefined;

/** Black lines on white, as large as the picture. `strength`: more lines, or fewer, 0 to 1. */
export async function edgesOf(picture: Source, strength: number): Promise<ImageData> {
  const mine = (starting ??= EdgeDetector.start());
  const again = (): void => {
    if (starting === mine) starting = undefined;
  };
  const detector = await mine.catch((error: unknown) => {
    again(); // The next picture tries again.
    throw error;
  });
  return detector.detect(picture, { strength }).catch((error: unknown) => {
    // A picture may be at fault; if the detector itself is gone, the next one starts another.
    if (error instanceof Pix2PixError && /^(engine|worker)\//.test(error.code)) {
      again();
      detector.dispose();
    }
    throw error;
  });
}
