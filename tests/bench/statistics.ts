/** Medians and quartiles of times, and how far two pictures or two steps are apart. */
import type { Losses, Picture } from './page/runtime';

export interface Summary {
  /** The first call: compilation, uploads and caches are in it. */
  readonly first: number;
  readonly median: number;
  readonly quartiles: readonly [lower: number, upper: number];
  /** Calls behind the first. */
  readonly calls: number;
}

export function summarise(first: number, later: readonly number[]): Summary {
  return { first, median: quantile(later, 0.5), quartiles: [quantile(later, 0.25), quantile(later, 0.75)], calls: later.length };
}

/** Between two values in proportion, as NumPy has it. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('no values');
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below + (above - below) * (at - Math.floor(at));
}

/** The largest difference of two pictures beyond their rounding. Infinite where their sizes differ or a value is not a number. */
export function difference(a: Picture, b: Picture): number {
  if (a.values.length !== b.values.length) return Infinity;
  const rounding = a.rounding + b.rounding;
  let largest = 0;
  for (const [at, value] of a.values.entries()) {
    const apart = Math.abs(value - b.values[at]!);
    if (Number.isNaN(apart)) return Infinity;
    largest = Math.max(largest, apart - rounding);
  }
  return largest;
}

/** The largest difference of a step's losses, as a part of the reference's. */
export function lossDifference(reference: Losses, losses: Losses): number {
  return Math.max(...(['discriminator', 'gan', 'l1'] as const).map((name) => Math.abs(losses[name] - reference[name]) / Math.abs(reference[name])));
}
