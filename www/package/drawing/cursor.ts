/** A cursor that shows how far a tool reaches. */

/** A ring of so many CSS pixels, for `cursor`; nothing where it would be too small to see or too large to be shown. */
export function ringCursor(diameter: number, fill = 'none'): string {
  const size = Math.round(diameter);
  // Browsers show no cursor above 128 pixels.
  if (size < 4 || size > 126) return '';
  const [box, middle] = [size + 2, size / 2 + 1];
  const ring = (stroke: string, radius: number, fill: string): string =>
    `<circle cx="${middle}" cy="${middle}" r="${radius}" fill="${fill}" stroke="${stroke}"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${box}" height="${box}">${ring('#000', size / 2, fill)}${ring('#fff', size / 2 - 1, 'none')}</svg>`;
  return `url("data:image/svg+xml,${encodeURIComponent(svg)}") ${Math.round(middle)} ${Math.round(middle)}, crosshair`;
}
