/** The worker that handles picture files, started when the first file comes. */
import type { Remote } from 'comlink';
import { LazyWorker } from '../shell/lazy-worker';
import { words } from '../words/current';

export type Half = 'left' | 'right';
export type SquareFit = 'cover' | 'contain';

/** What a file holds: one photo, or sketch and target side by side. */
export type Opened =
  | { readonly kind: 'photo'; readonly photo: Blob }
  | {
      readonly kind: 'pair';
      readonly left: Blob;
      readonly right: Blob;
      /** The half that is a line drawing, where it can be told. */
      readonly sketch: Half | undefined;
    };

/** Every picture goes in and out as a file; those that come out are PNG. `side`: pixels of the square. */
export interface PictureWorker {
  open(file: Blob, side: number, fit: SquareFit): Promise<Opened>;
  couple(a: Blob, b: Blob, side: number, fit: SquareFit): Promise<{ a: Blob; b: Blob }>;
  /** A picture of two halves, each brought to the square. */
  split(file: Blob, side: number, fit: SquareFit): Promise<{ a: Blob; b: Blob }>;
  /** Two squares of one size side by side. */
  join(a: Blob, b: Blob): Promise<Blob>;
  fit(photo: Blob, side: number, fit: SquareFit): Promise<Blob>;
  encode(image: ImageData): Promise<Blob>;
  /** The paths of a zip's files, without those that systems hide. */
  openZip(file: Blob): Promise<{ id: number; paths: string[] }>;
  extract(id: number, path: string): Promise<Blob>;
  closeZip(id: number): Promise<void>;
  /** A new zip, to which files are added until it is written, or given up by `closeZip`. */
  newZip(): Promise<number>;
  addToZip(id: number, path: string, file: Blob): Promise<void>;
  writeZip(id: number): Promise<Blob>;
}

const worker = new LazyWorker<PictureWorker>(
  () => new Worker(new URL('./pictures.worker.ts', import.meta.url), { type: 'module' }),
  () => words.workers.readsPictures,
);

/** Lets the worker do something. */
export function inPictures<T>(task: (pictures: Remote<PictureWorker>) => Promise<T>): Promise<T> {
  return worker.run(task);
}
