/** How a coloured photo is changed afterwards, in CIE Lab: what the sliders say, and what comes of it. */
import { LAB, labOf, writeLab } from './lab';

export interface Adjustment {
  /** Added to a, after the saturation: towards green below 0, towards red above. */
  readonly a: number;
  /** Added to b, after the saturation: towards blue below 0, towards yellow above. */
  readonly b: number;
  /** Multiplies a and b; in percent. */
  readonly saturation: number;
  /** Multiplies how far L is from its middle, 50; in percent. */
  readonly contrast: number;
}

/** The photo as the model coloured it. */
export const NEUTRAL: Adjustment = { a: 0, b: 0, saturation: 100, contrast: 100 };

export function isSame(one: Adjustment, other: Adjustment): boolean {
  return one.a === other.a && one.b === other.b && one.saturation === other.saturation && one.contrast === other.contrast;
}

/** Pixels from their L, a and b, adjusted: as many as `rgba` has room for. */
export function writeAdjusted(rgba: Uint8ClampedArray, lab: Float32Array, { a, b, saturation, contrast }: Adjustment): void {
  const [color, light] = [saturation / 100, contrast / 100];
  for (let from = 0, to = 0; to < rgba.length; from += LAB, to += 4) {
    const lightness = Math.min(100, Math.max(0, 50 + light * (lab[from]! - 50)));
    writeLab(rgba, to, lightness, color * lab[from + 1]! + a, color * lab[from + 2]! + b);
  }
}

/** Changes these pixels; opaque ones stay as they are where the adjustment is neutral. */
export function adjust(rgba: Uint8ClampedArray, adjustment: Adjustment): void {
  if (!isSame(adjustment, NEUTRAL)) writeAdjusted(rgba, labOf(rgba), adjustment);
}
