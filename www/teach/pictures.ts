/** The worker that handles picture files, started when the first file comes. */
import { type Remote, wrap } from 'comlink';

export type Half = 'left' | 'right';
export type SquareFit = 'cover' | 'contain';

/** What a file holds: one photo, or (exactly twice as wide as high) sketch and target side by side. */
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
  open(file: Blob, side: number): Promise<Opened>;
  couple(a: Blob, b: Blob, side: number, fit: SquareFit): Promise<{ a: Blob; b: Blob }>;
  fit(photo: Blob, side: number, fit: SquareFit): Promise<Blob>;
  encode(image: ImageData): Promise<Blob>;
  /** The paths of a zip's files, without those that systems hide. */
  openZip(file: Blob): Promise<{ id: number; paths: string[] }>;
  extract(id: number, path: string): Promise<Blob>;
  closeZip(id: number): Promise<void>;
}

interface Started {
  readonly remote: Remote<PictureWorker>;
  /** Rejects when the worker does not start, or ends: it answers nothing any more then. */
  readonly failed: Promise<never>;
}

let started: Started | undefined;

/** Lets the worker do something. */
export function inPictures<T>(task: (pictures: Remote<PictureWorker>) => Promise<T>): Promise<T> {
  started ??= start();
  return Promise.race([task(started.remote), started.failed]);
}

function start(): Started {
  const worker = new Worker(new URL('./pictures.worker.ts', import.meta.url), { type: 'module' });
  const failed = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      worker.terminate();
      started = undefined; // The next file tries again.
      reject(new Error('the worker that reads pictures failed; is the page offline, or out of memory?'));
    });
  });
  failed.catch(() => undefined); // Heard by those who wait, if anybody does.
  return { remote: wrap<PictureWorker>(worker), failed };
}
