/** Ways out of the page for a picture: a file, the clipboard, the system's share sheet. */
import { contextOf } from './strokes';

/** The picture as PNG, pixel for pixel. */
export function pictureFile(picture: HTMLCanvasElement): Promise<File> {
  return pngFile(picture, 'pix2pix-picture.png');
}

/**
 * Sketch and picture side by side as PNG: the layout of pix2pix's training pairs. At `scale` 1 the left
 * half holds exactly the pixels that the network saw and the right half exactly those it gave.
 */
export function pairFile(
  render: (side: number) => HTMLCanvasElement,
  picture: HTMLCanvasElement,
  scale: number,
): Promise<File> {
  const [width, height] = [picture.width * scale, picture.height * scale];
  const canvas = document.createElement('canvas');
  canvas.width = 2 * width;
  canvas.height = height;
  const context = contextOf(canvas);
  context.imageSmoothingQuality = 'high';
  context.drawImage(render(width), 0, 0, width, height);
  context.drawImage(picture, width, 0, width, height);
  return pngFile(canvas, 'pix2pix-pair.png');
}

function pngFile(canvas: HTMLCanvasElement, name: string): Promise<File> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error('the browser could not write a PNG'));
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
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': file })]);
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
