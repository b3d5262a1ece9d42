/** Save, copy and share: each ends in a word in the status line, or in an alert. */
import { showAlert } from '../shell/alert';
import { copy, download, enlarged, largePictureFile, pairFile, pictureFile, share } from '../shell/save';
import type { SketchPad } from '../package/drawing/sketch';
import { sketchFile } from './sketch-file';
import type { View } from './view';
import { words } from '../words/current';

/** What the actions work with. */
export interface Out {
  readonly view: View;
  readonly render: (side: number) => HTMLCanvasElement;
}

export function savePicture(out: Out): Promise<void> {
  return attempt(out, words.saved.picture, async () => download(await pictureFile(out.view.picture)));
}

export function saveLargePicture(out: Out): Promise<void> {
  return attempt(out, words.saved.largePicture, async () => download(await largePictureFile(out.view.picture)));
}

export function savePair(out: Out): Promise<void> {
  return attempt(out, words.saved.pair, async () => download(await pairFile(out.render, out.view.picture)));
}

export async function saveSketch(view: View, pad: SketchPad): Promise<void> {
  try {
    download(await sketchFile(pad));
    view.say(words.saved.sketch);
  } catch (error) {
    showAlert(error);
  }
}

export function copyPicture(out: Out): Promise<void> {
  return attempt(out, words.saved.copied, () => copy(pictureFile(out.view.picture)));
}

/** Twice as large: 256 pixels look lost where people share. */
export function sharePair(out: Out): Promise<void> {
  return attempt(out, words.saved.shared, async () => share(await pairFile(out.render, await enlarged(out.view.picture))));
}

/** Does it, and says so, unless the visitor thought better of it (the action gives false). */
async function attempt({ view }: Out, done: string, action: () => Promise<boolean | void>): Promise<void> {
  if (!view.hasPicture) return;
  try {
    if ((await action()) !== false) view.say(done);
  } catch (error) {
    showAlert(error);
  }
}
