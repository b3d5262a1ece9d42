/**
 * CIE Lab of pictures in sRGB under D65, by the formulas and constants of pix2pix.py's `rgb_to_lab` and `lab_to_rgb`, which are also
 * those of the package. L is 0 to 100, a (green to red) and b (blue to yellow) are within ±110 or so.
 */

/** Values of a pixel in a plane of Lab: L, a, b, one after the other. */
export const LAB = 3;
const RGBA = 4;

/** X, Y and Z of the white D65. */
const [WHITE_X, WHITE_Y, WHITE_Z] = [0.950456, 1, 1.088754];
/** Below it f is a line and no root. */
const EPSILON = 6 / 29;
/** f of zero. */
const FOOT = 4 / 29;

/** The linear value of every byte of sRGB. */
const LINEAR = Float64Array.from({ length: 256 }, (_, byte) => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

/** Linear values have so many steps on the way back to bytes: where sRGB is steepest, a step is a fifth of a byte. */
const STEPS = 1 << 14;

/** The byte of sRGB for each step. */
const BYTES = Uint8Array.from({ length: STEPS + 1 }, (_, step) => {
  const value = step / STEPS;
  return Math.round(255 * (value <= 0.0031308 ? value * 12.92 : value ** (1 / 2.4) * 1.055 - 0.055));
});

const f = (share: number): number => (share <= EPSILON ** 3 ? share / (3 * EPSILON ** 2) + FOOT : Math.cbrt(share));

const inverse = (f: number): number => (f <= EPSILON ? 3 * EPSILON ** 2 * (f - FOOT) : f * f * f);

/** What the byte of a linear value is; colours that sRGB does not have are cut off there. */
const byteOf = (linear: number): number => BYTES[Math.round(STEPS * Math.min(1, Math.max(0, linear)))]!;

/** Red, green, blue and alpha of each pixel -> L, a and b of each. Alpha is left out: the picture counts as opaque. */
export function labOf(rgba: Uint8ClampedArray): Float32Array {
  const lab = new Float32Array((LAB * rgba.length) / RGBA);
  for (let from = 0, to = 0; from < rgba.length; from += RGBA, to += LAB) {
    const r = LINEAR[rgba[from]!]!;
    const g = LINEAR[rgba[from + 1]!]!;
    const b = LINEAR[rgba[from + 2]!]!;
    const x = f((0.412453 * r + 0.35758 * g + 0.180423 * b) / WHITE_X);
    const y = f((0.212671 * r + 0.71516 * g + 0.072169 * b) / WHITE_Y);
    const z = f((0.019334 * r + 0.119193 * g + 0.950227 * b) / WHITE_Z);
    lab[to] = 116 * y - 16;
    lab[to + 1] = 500 * (x - y);
    lab[to + 2] = 200 * (y - z);
  }
  return lab;
}

/** Writes a colour of Lab as the opaque pixel that begins at `at`. */
export function writeLab(rgba: Uint8ClampedArray, at: number, lightness: number, a: number, b: number): void {
  const middle = (lightness + 16) / 116;
  const x = WHITE_X * inverse(middle + a / 500);
  const y = WHITE_Y * inverse(middle);
  const z = WHITE_Z * inverse(middle - b / 200);
  rgba[at] = byteOf(3.2404542 * x - 1.5371385 * y - 0.4985314 * z);
  rgba[at + 1] = byteOf(-0.969266 * x + 1.8760108 * y + 0.041556 * z);
  rgba[at + 2] = byteOf(0.0556434 * x - 0.2040259 * y + 1.0572252 * z);
  rgba[at + 3] = 255;
}
