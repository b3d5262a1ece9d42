/** Flood fill. */

/**
 * Gives another value to the pixel and to all that hang together with it by their sides and have its value. `values` are
 * those of a square, row by row; it is gone through in whole runs of a row.
 */
export function floodFill(values: Uint8Array, side: number, x: number, y: number, value: number): void {
  const before = values[y * side + x];
  if (before === undefined || before === value) return;
  const waiting: [x: number, y: number][] = [[x, y]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [middle, row] = next;
    const begin = row * side;
    if (values[begin + middle] !== before) continue;
    let [from, to] = [middle, middle + 1];
    while (from > 0 && values[begin + from - 1] === before) from -= 1;
    while (to < side && values[begin + to] === before) to += 1;
    values.fill(value, begin + from, begin + to);
    for (const other of [row - 1, row + 1]) {
      if (other < 0 || other >= side) continue;
      for (let at = from; at < to; at++) {
        // Once for each run that touches this one.
        const here = values[other * side + at] === before;
        if (here && (at === from || values[other * side + at - 1] !== before)) waiting.push([at, other]);
      }
    }
  }
}
