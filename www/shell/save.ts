/** Ways out of the page for a picture: a file, the clipboard, the system's share sheet. */
import { enlarge } from './enlarge';
import { paint } from '../package/drawing/paint';
import { contextOf } from '../package/drawing/strokes';
import { words } from '../words/current';

/** The picture as PNG, pixel for pixel. */
export function pictureFile(picture: HTMLCanvasElement): Promise<File> {
  return pngFile(picture, 'pix2pix-picture.png');
}

/** The picture as PNG, twice as wide and high, with smooth edges. */
export async function largePictureFile(picture: HTMLCanvasElement): Promise<File> {
  return pngFile(await enlarged(picture), 'pix2pix-picture-2x.png');
}

/** The picture on a canvas of its own, twice as wide and high. */
export async function enlarged(picture: HTMLCanvasElement): Promise<HTMLCanvasElement> {
  const canvas = document.createElement('canvas');
  paint(canvas, await enlarge(contextOf(picture).getImageData(0, 0, picture.width, picture.height)));
  return canvas;
}

/**
 * Sketch and picture side by side as PNG: the layout of pix2pix's training pairs. Of the network's own picture the left
 * half holds exactly the pixels that it saw, and the right half exactly those of its output.
 */
export function pairFile(render: (side: number) => HTMLCanvasElement, picture: HTMLCanvasElement): Promise<File> {
  const { width, height } = picture;
  const canvas = document.createElement('canvas');
  canvas.width = 2 * width;
  canvas.height = height;
  const context = contextOf(canvas);
  context.imageSmoothingQuality = 'high';
  context.drawImage(render(width), 0, 0, width, height);
  context.drawImage(picture, width, 0);
  return pngFile(canvas, 'pix2pix-pair.png');
}

/** `grandma-coloured.png` of `grandma.jpg`. */
export function colouredName(photo: string): string {
  return `${photo.replace(/\.[^.]*$/, '') || 'photo'}-coloured.png`;
}

export function pngFile(canvas: HTMLCanvasElement, name: string): Promise<File> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error(words.saved.noPng));
      else resolve(new File([blob], name, { type: 'image/png' }));
    }, 'image/png');
  });
}

export function download(file: File): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = file.name;
  link.click();
  // The download has its own hold on the bytes by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Must be called straight from the visitor's gesture; the PNG may come later. */
export async function copy(file: Promise<File>): Promise<void> {
  // Neither is there everywhere, whatever the types say.
  if (!window.isSecureContext) throw new Error(words.saved.copyInsecure);
  if (typeof ClipboardItem === 'undefined') throw new Error(words.saved.copyUnknown);
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': file })]);
}

export async function copyText(text: string): Promise<void> {
  if (!window.isSecureContext) throw new Error(words.saved.copyTextInsecure);
  await navigator.clipboard.writeText(text);
}

/** Whether this browser has a share sheet that takes pictures. */
export function canShare(): boolean {
  const probe = new File([], 'picture.png', { type: 'image/png' });
  return typeof navigator.canShare === 'function' && navigator.canShare({ files: [probe] });
}

/** Opens the share sheet. False where the visitor closed it, which is no mistake. */
export async function share(file: File): Promise<boolean> {
  try {
    await navigator.share({ files: [file], title: 'pix2pix' });
    return true;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return false;
    throw error;
  }
}
