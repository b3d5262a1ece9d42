import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canvasesAreRead } from '../../www/draw/canvas-probe';
import { standIn } from './tools';

/** A canvas that gives its pixels back as `protect` makes them. */
function browser(protect: (value: number) => number): void {
  const pixels = new Uint8ClampedArray(4 * 16 * 16);
  const context = {
    fillStyle: '',
    fillRect(x: number, y: number) {
      pixels[4 * (16 * y + x)] = this.fillStyle === '#000' ? 0 : 255;
    },
    getImageData: () => ({ data: pixels.map(protect) }),
  };
  standIn({ document: { createElement: () => ({ getContext: () => context }) } });
}

test('pixels that come back as they were drawn, or with a little noise, are good enough', () => {
  browser((value) => value);
  assert.equal(canvasesAreRead(), true);
  browser((value) => value + 10 * (Math.random() - 0.5));
  assert.equal(canvasesAreRead(), true);
});

test('white and noise are noticed', () => {
  for (const protect of [() => 255, () => 256 * Math.random(), () => 0]) {
    browser(protect);
    assert.equal(canvasesAreRead(), false);
  }
});
