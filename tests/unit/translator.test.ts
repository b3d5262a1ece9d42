import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { proxy } from 'comlink';
import { type PictureSize, Translator } from '../../www/shell/translator';
import { engineWorkers } from './engine-workers';
import { settled, standIn, standInPage, WASM } from './tools';

/** Made with the sides of a blank picture, or with its pixels. */
class Picture {
  readonly data: Uint8ClampedArray;
  constructor(data: Uint8ClampedArray | number, readonly width: number, readonly height = width) {
    this.data = typeof data === 'number' ? new Uint8ClampedArray(4 * data * width) : data;
  }
}

const HAZE = 90;
/** What the engine was asked for, in order. */
const log: string[] = [];
/** Lets the engine's pictures come. */
let paint = (): void => undefined;

const { EngineWorker } = engineWorkers({
  start: async () => undefined,
  load: async () =>
    proxy({
      info: async () => ({ device: 'cpu', size: 16, color: 'rgb' }),
      warmUp: async () => void log.push('warm up'),
      translate: async ({ width, height }: Picture) => {
        log.push('translate');
        await new Promise<void>((resolve) => (paint = resolve));
        return { data: new Uint8ClampedArray(4 * width * height).fill(HAZE), width, height };
      },
    }),
});

standInPage(EngineWorker);
standIn({ ImageData: Picture, ImageBitmap: class {}, fetch: async () => new Response(WASM, { headers: { 'content-type': 'application/wasm' } }) });

interface Shown {
  /** The colour that all of it has. */
  readonly shade: number | undefined;
  readonly side: number;
  readonly timed: boolean;
  readonly busy: boolean;
}

const shown: Shown[] = [];
const failures: unknown[] = [];

beforeEach(() => {
  for (const list of [log, shown, failures]) list.length = 0;
});

async function loaded(onWhite: boolean, pictureSize?: PictureSize): Promise<Translator> {
  const translator: Translator = new Translator({
    working: () => undefined,
    translated({ data, width }, milliseconds) {
      const shade = data.every((value) => value === data[0]) ? data[0] : undefined;
      shown.push({ shade, side: width, timed: milliseconds !== undefined, busy: translator.busy });
    },
    failed: (error) => failures.push(error),
  });
  await translator.load(new Blob([new Uint8Array(8)]), { device: 'cpu', simd: 'fixed', cache: false });
  translator.onWhite = onWhite;
  if (pictureSize !== undefined) translator.pictureSize = pictureSize;
  return translator;
}

/** Paper, and a line of one pixel. */
function sketch(line?: number): ImageData {
  const paper = new ImageData(16, 16);
  paper.data.fill(255);
  if (line !== undefined) paper.data.fill(line, 404, 407);
  return paper;
}

async function asked(what: string, times: number): Promise<void> {
  for (let turn = 0; log.filter((each) => each === what).length < times; turn++) {
    assert.ok(turn < 1000, `the engine was asked for: ${log.join()}`);
    await settled();
  }
}

test('a sheet without a line is white paper at once, and no network is asked', async () => {
  const translator = await loaded(true, { scale: 2, tiles: false });
  for (const faint of [undefined, 252]) await translator.translate(sketch(faint), 3);
  assert.deepEqual(shown, Array(2).fill({ shade: 255, side: 32, timed: false, busy: false }));
  await asked('warm up', 1);
  assert.ok(!log.includes('translate'));
  translator.drop();
});

test('a pale hint is drawn, and of another ground the network knows', async () => {
  for (const [onWhite, line] of [[true, 230], [false, undefined]] as const) {
    const translator = await loaded(onWhite);
    const translating = translator.translate(sketch(line));
    await asked('translate', 1);
    paint();
    await translating;
    assert.deepEqual(shown, [{ shade: HAZE, side: 16, timed: true, busy: false }]);
    translator.drop();
    log.length = shown.length = 0;
  }
});

test('what is under way as the sheet is cleared does not come after it, and what waits is not asked for', async () => {
  const translator = await loaded(true);
  const before = [translator.translate(sketch(0))];
  await asked('translate', 1);
  before.push(translator.translate(sketch(10)));
  await translator.translate(sketch());
  paint();
  await Promise.all(before);
  assert.deepEqual([shown.map(({ shade, busy }) => [shade, busy]), failures], [[[255, false]], []]);
  const after = translator.translate(sketch(20));
  await asked('translate', 2);
  paint();
  await after;
  assert.deepEqual(shown.map(({ shade }) => shade), [255, HAZE]);
  translator.drop();
});
