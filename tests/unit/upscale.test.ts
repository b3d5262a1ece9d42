import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Pixels, SCALE, upscale } from '../../www/shell/upscale';

/** A picture whose pixels are the means of 8 by 8 points each. */
function draw(side: number, colour: (x: number, y: number) => readonly number[]): Pixels {
  const data = new Uint8ClampedArray(4 * side * side);
  const fine = 8;
  for (let i = 0; i < side * side; i++) {
    const sum = [0, 0, 0];
    for (let j = 0; j < fine * fine; j++) {
      const [x, y] = [(i % side) + ((j % fine) + 0.5) / fine, Math.floor(i / side) + (Math.floor(j / fine) + 0.5) / fine];
      colour(x / side, y / side).forEach((value, channel) => (sum[channel]! += value / (fine * fine)));
    }
    data.set([...sum, 255], 4 * i);
  }
  return { width: side, height: side, data };
}

const disc = (x: number, y: number) => (Math.hypot(x - 0.5, y - 0.5) < 0.37 ? [200, 40, 60] : [250, 240, 230]);

/** The root of the mean squared difference, of 255. */
function apart({ data }: Pixels, other: Pixels): number {
  assert.equal(data.length, other.data.length);
  return Math.sqrt(data.reduce((sum, value, i) => sum + (value - other.data[i]!) ** 2, 0) / data.length);
}

/** Bilinear, as browsers enlarge. */
function bilinear({ width, height, data }: Pixels): Pixels {
  const large = { width: 2 * width, height: 2 * height, data: new Uint8ClampedArray(16 * width * height) };
  const at = (x: number, y: number, channel: number) =>
    data[4 * (Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))) + channel]!;
  for (let i = 0; i < large.data.length; i++) {
    const [channel, x, y] = [i % 4, ((i >> 2) % large.width) / 2 - 0.25, Math.floor((i >> 2) / large.width) / 2 - 0.25];
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const row = (y: number) => at(left, y, channel) * (left + 1 - x) + at(left + 1, y, channel) * (x - left);
    large.data[i] = row(top) * (top + 1 - y) + row(top + 1) * (y - top);
  }
  return large;
}

test('an edge at any angle comes nearer to what is drawn at twice the size than a bilinear one', () => {
  const [small, large] = [draw(64, disc), draw(128, disc)];
  const [ours, theirs] = [apart(upscale(small), large), apart(bilinear(small), large)];
  assert.ok(ours < 0.7 * theirs, `${ours.toFixed(2)} against ${theirs.toFixed(2)} of 255`);
});

test('no halo runs beside an edge, and what is flat stays as it is, to the border', () => {
  const { width, height, data } = upscale(draw(32, (x) => (x < 0.5 ? [10, 100, 200] : [60, 90, 210])));
  assert.deepEqual([width, height], [32 * SCALE, 32 * SCALE]);
  for (let i = 0; i < data.length; i += 4) {
    const x = (i >> 2) % width;
    const [red, green, blue, alpha] = data.subarray(i, i + 4);
    assert.ok(red! >= 10 && red! <= 60 && green! >= 90 && green! <= 100 && blue! >= 200 && blue! <= 210);
    assert.equal(alpha, 255);
    if (x < width / 2 - 2) assert.deepEqual([red, green, blue], [10, 100, 200]);
    if (x >= width / 2 + 2) assert.deepEqual([red, green, blue], [60, 90, 210]);
  }
});

test('a picture that is no square, or one pixel, is enlarged too', () => {
  for (const [width, height] of [[1, 1], [3, 1], [2, 5]] as const) {
    const data = new Uint8ClampedArray(4 * width * height).fill(77);
    const large = upscale({ width, height, data });
    assert.deepEqual([large.width, large.height], [2 * width, 2 * height]);
    assert.ok(large.data.every((value, i) => value === (i % 4 === 3 ? 255 : 77)));
  }
});
