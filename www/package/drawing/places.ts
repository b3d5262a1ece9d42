/** Places on the sheet, and how far they are apart. */

export type Place = readonly [x: number, y: number, ...rest: number[]];

export function distance([x, y]: Place, [otherX, otherY]: Place): number {
  // Maps ask millions of times; Math.hypot takes eight times as long.
  return Math.sqrt((x - otherX) ** 2 + (y - otherY) ** 2);
}

/** How far a place is from the line between two others. */
export function fromSegment(at: Place, from: Place, to: Place): number {
  const [x, y] = [to[0] - from[0], to[1] - from[1]];
  const along = ((at[0] - from[0]) * x + (at[1] - from[1]) * y) / (x * x + y * y || 1);
  const part = Math.min(1, Math.max(0, along));
  return distance(at, [from[0] + part * x, from[1] + part * y]);
}
