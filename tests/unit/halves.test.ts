import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPair, type Rgba, sketchOf } from '../../www/teach/halves';

type Colour = readonly [number, number, number];

function picture(width: number, height: number, colour: (x: number, y: number) => Colour): Rgba {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set([...colour(x, y), 255], 4 * (y * width + x));
  return { width, height, data };
}

/** The halves of a whole picture, as the worker cuts them. */
function halvesOf({ width, height, data }: Rgba) {
  const cut = (from: number, columns: number) => picture(columns, height, (x, y) => [...data.subarray(4 * (y * width + from + x), 4 * (y * width + from + x) + 3)] as unknown as Colour);
  return { left: cut(0, width / 2), right: cut(width / 2, width / 2), seam: cut(width / 2 - 3, 6) };
}

const judged = (whole: Rgba) => isPair(whole, halvesOf(whole));

/** A landscape: smooth from column to column, with hills. */
const hills = (shift: number) => (x: number, y: number): Colour => {
  const ground = y > 60 + 20 * Math.sin((x + shift) / 25);
  return ground ? [60, 120 + (y % 40), 40] : [120, 160 + y / 2, 230];
};
const lines = (x: number, y: number): Colour => (Math.abs(x - y) < 2 || y === 90 ? [0, 0, 0] : [255, 255, 255]);
const thing = (x: number, y: number): Colour => (Math.hypot(x - 64, y - 64) < 40 ? [200, 60, 30] : [255, 255, 255]);
const beside = (left: (x: number, y: number) => Colour, right: (x: number, y: number) => Colour, width: number, height: number) =>
  picture(width, height, (x, y) => (x < width / 2 ? left(x, y) : right(x - width / 2, y)));

test('twice as wide as high is a pair, whatever it shows', () => {
  for (const right of [hills(0), thing]) assert.equal(judged(beside(lines, right, 256, 128)), true);
  assert.equal(judged(beside(hills(70), hills(140), 256, 128)), true, 'two photos');
  assert.equal(judged(beside(thing, thing, 256, 128)), true, 'two things on white');
});

test('a panorama that goes on across the middle is a photo', () => {
  assert.equal(judged(picture(256, 128, hills(0))), false);
});

test('pairs of other shapes are told by the half that is a drawing', () => {
  assert.equal(judged(beside(lines, hills(0), 320, 120)), true);
  assert.equal(judged(beside(hills(0), lines, 272, 200)), true);
  assert.equal(judged(beside(lines, hills(0), 128, 128)), false, 'a square');
  assert.equal(judged(picture(320, 120, hills(0))), false);
  assert.equal(judged(picture(320, 120, (x, y) => thing(x - 190, y))), false, 'a thing on white paper, off the middle');
});

test('the sketch is the half with lines, and of two drawings neither', () => {
  assert.equal(sketchOf(halvesOf(beside(lines, thing, 256, 128))), 'left');
  assert.equal(sketchOf(halvesOf(beside(hills(0), lines, 256, 128))), 'right');
  assert.equal(sketchOf(halvesOf(beside(lines, lines, 256, 128))), undefined);
});
