import assert from 'node:assert/strict';
import { test } from 'node:test';
import { told } from '../../www/package/contract/crash';
import { portable } from '../../www/package/caller/portable';
import { pixels, split } from '../../www/package/engine/pixels';
import { Pix2PixError } from '../../www/package/contract/protocol';
import { standIn } from './tools';

/** The browser's pictures and canvases, as far as a picture needs them; `fails` throws where a browser would. */
let fails: 'decode' | 'canvas' | 'context' | 'draw' | 'read' | undefined;
const failure = () => new DOMException('out of memory at this size', 'InvalidStateError');

class Bitmap {
  constructor(
    readonly width: number,
    readonly height: number,
  ) {}
  close() {}
}
class Canvas {
  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    if (fails === 'canvas') throw new RangeError('canvas too large');
  }
  getContext() {
    if (fails === 'context') return null;
    return {
      drawImage: () => {
        if (fails === 'draw') throw failure();
      },
      getImageData: (left: number, top: number, width: number, height: number) => {
        if (fails === 'read') throw failure();
        return { left, top, width, height };
      },
    };
  }
}
class Pixels {
  readonly colorSpace: string;
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number,
    { colorSpace = 'srgb' } = {},
  ) {
    this.colorSpace = colorSpace;
  }
}
standIn({
  ImageData: Pixels,
  ImageBitmap: Bitmap,
  OffscreenCanvas: Canvas,
  createImageBitmap: async () => {
    if (fails === 'decode') throw failure();
    return new Bitmap(...size);
  },
});
let size: [width: number, height: number] = [40000, 10];

test('a picture that the browser decodes and cannot hold is unreadable, with its size, wherever the browser says so', async () => {
  for (const at of ['canvas', 'context', 'draw', 'read'] as const) {
    fails = at;
    for (const task of [pixels, split]) {
      await assert.rejects(task(new Blob()), (error: unknown) => {
        assert.ok(error instanceof Pix2PixError, `${at}: ${String(error)}`);
        assert.equal(error.code, 'image/unreadable');
        assert.match(error.message, /40000 by 10 pixels.*smaller copy/);
        return true;
      });
    }
  }
});

test('pixels are copied as they are now, in their own colour space', async () => {
  const given = new Pixels(Uint8ClampedArray.of(1, 2, 3, 4), 1, 1, { colorSpace: 'display-p3' });
  const taken = (await portable(given as unknown as ImageData)) as unknown as Pixels;
  given.data.fill(9);
  assert.deepEqual([[...taken.data], taken.width, taken.height, taken.colorSpace], [[1, 2, 3, 4], 1, 1, 'display-p3']);
});

test('a file that is no picture is unreadable, and nothing is said of its size', async () => {
  fails = 'decode';
  await assert.rejects(pixels(new Blob()), { code: 'image/unreadable', message: /can't be read: out of memory/ });
});

test('the halves of a pair are read from left to right', async () => {
  fails = undefined;
  const { left, right } = await split(new Blob());
  assert.deepEqual([left, right], [
    { left: 0, top: 0, width: 20000, height: 10 },
    { left: 20000, top: 0, width: 20000, height: 10 },
  ]);
});

test('a picture of more pixels than iOS has canvases for is read smaller, in its shape; its halves are even ones', async (context) => {
  context.after(() => (size = [40000, 10]));
  for (const [given, read] of [[[8064, 6048], [4728, 3547]], [[4096, 4096], [4096, 4096]], [[12000, 6000], [5792, 2896]]] as const) {
    size = [...given];
    const [width, height] = read;
    assert.deepEqual(await pixels(new Blob()), { left: 0, top: 0, width, height });
    const { right } = await split(new Blob());
    assert.deepEqual(right, { left: width / 2, top: 0, width: width / 2, height });
  }
  size = [8065, 6048];
  await assert.rejects(split(new Blob()), { code: 'pair/size', message: /8065 pixels wide/ });
});

test("every error leaves the engine with a code of ours and a message: the browser's own, a string, nothing at all", () => {
  for (const [error, code, message] of [
    [new DOMException('no', 'InvalidStateError'), 'engine/failed', 'no'], // its code is 11
    [new DOMException(), 'engine/failed', 'Error'],
    [new Pix2PixError('pair/size', 'odd'), 'pair/size', 'odd'],
    [new WebAssembly.RuntimeError('unreachable'), 'engine/crashed', /unreachable.*out of memory/],
    [new TypeError('x is undefined'), 'engine/failed', 'x is undefined'],
    ['a text', 'engine/failed', 'a text'],
    [undefined, 'engine/failed', 'undefined'],
    [null, 'engine/failed', 'null'],
  ] as const) {
    const left = told(error);
    assert.equal(left.code, code);
    if (message instanceof RegExp) assert.match(left.message, message);
    else assert.equal(left.message, message);
  }
});
