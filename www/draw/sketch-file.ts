/** The sketch as a file of its own, out of the page and into it again. */
import type { SketchPad } from '../package/drawing/sketch';
import { openSvg, readSketch, svgOf } from '../package/drawing/svg';
import { inertSvg } from '../shell/trusted-types';
import { words } from '../words/current';

export async function sketchFile(pad: SketchPad): Promise<File> {
  const [sheet] = pad.inSight.marks;
  if (sheet?.kind !== 'sheet') throw new Error('what is in sight is one sheet');
  const picture = sheet.picture === undefined ? undefined : await addressOf(sheet.picture);
  return new File([svgOf(sheet, picture)], 'pix2pix-sketch.svg', { type: 'image/svg+xml' });
}

/** Lays the sketch of such a file. False where it is any other. @throws where its strokes can't be read. */
export async function laySketch(pad: SketchPad, file: Blob): Promise<boolean> {
  if (file.type !== 'image/svg+xml') return false;
  const opened = openSvg(inertSvg(await file.text()));
  if (opened === undefined) return false;
  const { strokes, traced } = readSketch(opened.sketch);
  const picture = opened.picture === undefined ? undefined : pictureOf(opened.picture);
  await pad.laySheet({ kind: 'sheet', strokes, ...(picture && { picture, traced }) });
  return true;
}

function addressOf(picture: Blob): Promise<string> {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => done(String(reader.result)));
    reader.addEventListener('error', () => failed(reader.error ?? new Error(words.saved.pictureUnreadable)));
    reader.readAsDataURL(picture);
  });
}

/** A PNG in an address. The page's policy lets nobody fetch one. */
function pictureOf(address: string): Blob {
  const [, base64] = /^data:image\/png;base64,([\w+/=]+)$/.exec(address) ?? [];
  if (base64 === undefined) throw new Error(words.saved.sketchNoPng);
  return new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], { type: 'image/png' });
}
