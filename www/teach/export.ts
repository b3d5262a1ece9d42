/** The pairs as one zip: sketch and target side by side, and the list that says more of them. It can be imported again, and unpacked it is what the command line trains with. */
import type { Pair } from './pair';
import { LIST_NAME, listOf, writeList } from './pairs-file';
import { inPictures } from './pictures';

/** `onPair` hears of each that is packed. Rejects with the signal's reason where it fires first. */
export async function zipOf(pairs: readonly Pair[], onPair: (done: number) => void, signal: AbortSignal): Promise<File> {
  const list = listOf(pairs);
  const id = await inPictures((pictures) => pictures.newZip());
  try {
    for (const [i, { input, target }] of pairs.entries()) {
      signal.throwIfAborted();
      const picture = await inPictures((pictures) => pictures.join(input, target));
      await inPictures((pictures) => pictures.addToZip(id, list[i]!.file, picture));
      onPair(i + 1);
    }
    await inPictures((pictures) => pictures.addToZip(id, LIST_NAME, writeList(list)));
    const zip = await inPictures((pictures) => pictures.writeZip(id));
    return new File([zip], 'pix2pix-pairs.zip', { type: 'application/zip' });
  } finally {
    await inPictures((pictures) => pictures.closeZip(id)).catch(() => undefined); // Gone with its worker.
  }
}
