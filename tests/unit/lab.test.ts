import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Adjustment, adjust, NEUTRAL } from '../../www/colorize/adjustment';
import { labOf, writeLab } from '../../www/colorize/lab';

/** Values that pix2pix.py's own functions gave, in TensorFlow. */
function values(name: string): Float32Array {
  const file = readFileSync('tests/fixtures/lab-forward.safetensors');
  const length = Number(file.readBigUInt64LE());
  const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<string, { dtype: string; data_offsets: [number, number] }>;
  const { dtype, data_offsets } = header[name]!;
  assert.equal(dtype, 'F32');
  const [from, to] = data_offsets.map((offset) => 8 + length + offset) as [number, number];
  return new Float32Array(Uint8Array.from(file.subarray(from, to)).buffer);
}

/** Opaque pixels. */
const pixels = (rgb: readonly number[]) => Uint8ClampedArray.from({ length: (rgb.length / 3) * 4 }, (_, i) => (i % 4 === 3 ? 255 : rgb[3 * (i >> 2) + (i % 4)]!));

const largest = (differences: Iterable<number>) => [...differences].reduce((a, b) => Math.max(a, b), 0);

test('bytes become the Lab that pix2pix.py has for them', () => {
  const [rgb, expected] = [values('grid/rgb'), values('grid/lab')];
  const bytes = [...rgb].map((value) => Math.round(255 * value));
  assert.ok(bytes.length === 3 * 16 ** 3 && bytes.every((byte, i) => Math.abs(byte / 255 - rgb[i]!) < 1e-6), 'the grid is of whole bytes');
  const lab = labOf(pixels(bytes));
  // Both are of 32 bits, and of a hundred.
  assert.ok(largest(lab.map((value, i) => Math.abs(value - expected[i]!))) < 1e-3);
});

test('Lab becomes the bytes that pix2pix.py has for it', () => {
  const [lightness, colors, expected] = [values('run/lightness'), values('run/outputs'), values('run/output_rgb')];
  const rgba = new Uint8ClampedArray(4 * lightness.length);
  lightness.forEach((value, i) => writeLab(rgba, 4 * i, 50 * (value + 1), 110 * colors[2 * i]!, 110 * colors[2 * i + 1]!));
  const apart = expected.map((value, i) => Math.abs(255 * value - rgba[4 * Math.floor(i / 3) + (i % 3)]!));
  // Half a byte is lost by rounding, and a tenth at most in the steps of the table.
  assert.ok(largest(apart) < 0.61, String(largest(apart)));
});

test('what is not adjusted stays as it is, through Lab and back too', () => {
  const rgb = Array.from({ length: 3 * 18 ** 3 }, (_, i) => 15 * (Math.floor(i / 3 / 18 ** (i % 3)) % 18));
  const greys = Array.from({ length: 3 * 256 }, (_, i) => Math.floor(i / 3));
  for (const given of [rgb, greys]) {
    const before = pixels(given);
    const after = before.slice();
    adjust(after, NEUTRAL);
    assert.deepEqual(after, before);
    const lab = labOf(before);
    for (let i = 0; i < lab.length / 3; i++) writeLab(after, 4 * i, lab[3 * i]!, lab[3 * i + 1]!, lab[3 * i + 2]!);
    assert.deepEqual(after, before);
  }
});

const COLOURS = [[200, 30, 90], [120, 121, 122], [3, 9, 1], [255, 255, 255], [0, 0, 0], [70, 130, 180], [244, 164, 96], [34, 139, 34]];

/** What scikit-image 0.26 has: `lab2rgb` of `rgb2lab`, whose L, a and b were changed by hand; times 255. */
const EXPECTED: readonly [Partial<Adjustment>, readonly (readonly number[])[]][] = [
  [{ a: 12, b: -8 }, [[212.16, 0, 103.31], [134.65, 114.63, 135.83], [21.22, 0.41, 18.72], [255, 247.89, 255], [19.4, 0, 18.06], [89.37, 124.42, 194.07], [255, 154.8, 112.38], [69.11, 135.23, 53.1]]],
  [{ saturation: 0 }, [[104.38, 104.38, 104.38], [120.86, 120.86, 120.87], [7.15, 7.15, 7.15], [255, 255, 255], [0, 0, 0], [125.15, 125.15, 125.15], [181.75, 181.75, 181.75], [120.41, 120.41, 120.41]]],
  [{ saturation: 180 }, [[255, 0, 80.64], [119.3, 121.11, 122.91], [0, 10.48, 0], [255, 255, 254.99], [0, 0, 0], [0, 134.65, 224.93], [255, 147.56, 0], [0, 148.44, 0]]],
  [{ contrast: 140 }, [[192.82, 17.7, 84.48], [120.78, 121.78, 122.78], [0, 1.85, 0], [255, 255, 255], [0, 0, 0], [72.93, 132.52, 182.7], [255, 190.07, 120.66], [34.93, 139.63, 34.65]]],
  [{ a: -20, b: 25, saturation: 60, contrast: 70 }, [[152.39, 95.07, 56.73], [100.08, 128.7, 77.34], [18.74, 47.28, 0], [191.78, 221.8, 164.34], [18.98, 43.84, 0], [81.46, 133.61, 112.93], [179.65, 163.35, 61.7], [39.72, 138.45, 8.02]]],
];

test('balance, saturation and contrast are those of scikit-image’s Lab', () => {
  for (const [change, expected] of EXPECTED) {
    const rgba = pixels(COLOURS.flat());
    adjust(rgba, { ...NEUTRAL, ...change });
    const apart = expected.flatMap((rgb, i) => rgb.map((value, channel) => Math.abs(value - rgba[4 * i + channel]!)));
    // Rounding, the table's steps, and constants that are given with other digits there.
    assert.ok(largest(apart) < 0.75, `${JSON.stringify(change)}: ${apart.map((value) => value.toFixed(2))}`);
    assert.ok(rgba.every((value, i) => i % 4 !== 3 || value === 255), 'opaque');
  }
});
