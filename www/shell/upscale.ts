/**
 * A picture twice as large, along its edges rather than across them: edge-adaptive spatial upsampling, as in AMD's
 * FidelityFX Super Resolution 1.0 (MIT licence). Each new pixel is a Lanczos-like mean of twelve, which is stretched
 * along the edge that runs there and never leaves the range of the nearest four.
 */

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, alpha. */
  readonly data: Uint8ClampedArray;
}

export interface LargePixels extends Pixels {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

export const SCALE = 2;

/** Beyond the border stand copies of the outermost pixels. */
const BORDER = 2;

/** The twelve around a cell of four pixels; (0, 0) is the cell's upper left one. */
const TAPS: readonly (readonly [x: number, y: number])[] = [
  [0, -1], [1, -1],
  [-1, 0], [0, 0], [1, 0], [2, 0],
  [-1, 1], [0, 1], [1, 1], [2, 1],
  [0, 2], [1, 2],
];
const TAPS_X = Int8Array.from(TAPS, ([x]) => x);
const TAPS_Y = Int8Array.from(TAPS, ([, y]) => y);

/** New pixels lie a quarter of a pixel from the nearest old one. */
const PHASES = [0.25, 0.75];

/** Flatter than this has no direction, at a brightness of 0 to 2. */
const FLAT = 1 / 32768;

/** An opaque picture of {@link SCALE} times the width and height. */
export function upscale(picture: Pixels): LargePixels {
  const [width, height] = [picture.width * SCALE, picture.height * SCALE];
  const padded = pad(picture);
  const edges = findEdges(padded);
  const large = { width, height, data: new Uint8ClampedArray(4 * width * height) };
  for (let y = -1; y < picture.height; y++) {
    for (let x = -1; x < picture.width; x++) fillCell(large, padded, edges, x, y);
  }
  return large;
}

interface Padded {
  readonly width: number;
  readonly height: number;
  /** 0 to 1, red, green and blue in turn. */
  readonly values: Float32Array;
  /** From one row to the next, in pixels, with the border. */
  readonly stride: number;
}

function pad({ width, height, data }: Pixels): Padded {
  const stride = width + 2 * BORDER;
  const values = new Float32Array(3 * stride * (height + 2 * BORDER));
  let to = 0;
  for (let y = -BORDER; y < height + BORDER; y++) {
    const row = Math.min(height - 1, Math.max(0, y)) * width;
    for (let x = -BORDER; x < width + BORDER; x++) {
      const from = 4 * (row + Math.min(width - 1, Math.max(0, x)));
      for (let channel = 0; channel < 3; channel++) values[to++] = data[from + channel]! / 255;
    }
  }
  return { width, height, values, stride };
}

/** At each pixel the gradient of the brightness, and how much of an edge it is (0: a line or noise, 2: a plain edge). */
interface Edges {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly edge: Float32Array;
}

function findEdges({ height, values, stride }: Padded): Edges {
  const count = stride * (height + 2 * BORDER);
  const brightness = new Float32Array(count);
  for (let i = 0; i < count; i++) brightness[i] = 0.5 * values[3 * i]! + values[3 * i + 1]! + 0.5 * values[3 * i + 2]!;
  const edges = { x: new Float32Array(count), y: new Float32Array(count), edge: new Float32Array(count) };
  for (let i = stride; i < count - stride; i++) {
    const here = brightness[i]!;
    const [left, right] = [brightness[i - 1]!, brightness[i + 1]!];
    const [above, below] = [brightness[i - stride]!, brightness[i + stride]!];
    edges.x[i] = right - left;
    edges.y[i] = below - above;
    edges.edge[i] = edgeness(left, here, right) + edgeness(above, here, below);
  }
  return edges;
}

function edgeness(before: number, here: number, after: number): number {
  const steepest = Math.max(Math.abs(after - here), Math.abs(here - before));
  return steepest === 0 ? 0 : Math.min(1, Math.abs(after - before) / steepest) ** 2;
}

/** The four new pixels between the four old ones whose upper left one is (x, y). */
function fillCell(large: LargePixels, { values, stride }: Padded, edges: Edges, x: number, y: number): void {
  const at = (y + BORDER) * stride + x + BORDER;
  const corners = [at, at + 1, at + stride, at + stride + 1];
  const flat = isFlat(values, at, stride);
  for (const [row, phaseY] of PHASES.entries()) {
    const toY = SCALE * y + 1 + row;
    if (toY < 0 || toY >= large.height) continue;
    for (const [column, phaseX] of PHASES.entries()) {
      const toX = SCALE * x + 1 + column;
      if (toX < 0 || toX >= large.width) continue;
      const to = 4 * (toY * large.width + toX);
      large.data[to + 3] = 255;
      if (flat) for (let channel = 0; channel < 3; channel++) large.data[to + channel] = values[3 * at + channel]! * 255;
      else mix(large, to, values, corners, stride, edges, phaseX, phaseY);
    }
  }
}

/** Whether all twelve are one colour, as on paper. */
function isFlat(values: Float32Array, at: number, stride: number): boolean {
  for (const [x, y] of TAPS) {
    const from = 3 * (at + y * stride + x);
    for (let channel = 0; channel < 3; channel++) if (values[from + channel] !== values[3 * at + channel]) return false;
  }
  return true;
}

/** Writes the colour at (phaseX, phaseY) within a cell of four pixels. */
function mix(
  { data }: LargePixels,
  to: number,
  values: Float32Array,
  corners: readonly number[],
  stride: number,
  edges: Edges,
  phaseX: number,
  phaseY: number,
): void {
  let [dirX, dirY, edge] = [0, 0, 0];
  for (let i = 0; i < 4; i++) {
    const share = (i % 2 === 0 ? 1 - phaseX : phaseX) * (i < 2 ? 1 - phaseY : phaseY);
    const corner = corners[i]!;
    dirX += share * edges.x[corner]!;
    dirY += share * edges.y[corner]!;
    edge += share * edges.edge[corner]!;
  }
  const steep = dirX * dirX + dirY * dirY;
  if (steep < FLAT) [dirX, dirY] = [1, 0];
  else {
    const length = Math.sqrt(steep);
    dirX /= length;
    dirY /= length;
  }
  edge = (edge / 2) ** 2;
  // Across the edge the mean is as narrow as on a grid that is turned that way; along it, twice as wide.
  const across = 1 + (1 / Math.max(Math.abs(dirX), Math.abs(dirY)) - 1) * edge;
  const along = 1 - 0.5 * edge;
  const lobe = 0.5 - 0.29 * edge;
  const end = 1 / lobe;

  const at = corners[0]!;
  let [red, green, blue, sum] = [0, 0, 0, 0];
  for (let i = 0; i < TAPS.length; i++) {
    const tapX = TAPS_X[i]!;
    const tapY = TAPS_Y[i]!;
    const [x, y] = [tapX - phaseX, tapY - phaseY];
    const u = (x * dirX + y * dirY) * across;
    const v = (y * dirX - x * dirY) * along;
    const away = Math.min(end, u * u + v * v);
    // Lanczos' kernel without sines: (25/16 (2/5 d² - 1)² - 9/16) (lobe d² - 1)².
    const base = 0.4 * away - 1;
    const window = lobe * away - 1;
    const weight = (1.5625 * base * base - 0.5625) * window * window;
    const from = 3 * (at + tapY * stride + tapX);
    red += weight * values[from]!;
    green += weight * values[from + 1]!;
    blue += weight * values[from + 2]!;
    sum += weight;
  }
  data[to] = 255 * within(red / sum, values, corners, 0);
  data[to + 1] = 255 * within(green / sum, values, corners, 1);
  data[to + 2] = 255 * within(blue / sum, values, corners, 2);
}

/** No lighter or darker than the four pixels around it, so that no halo runs beside an edge. */
function within(value: number, values: Float32Array, corners: readonly number[], channel: number): number {
  const a = values[3 * corners[0]! + channel]!;
  const b = values[3 * corners[1]! + channel]!;
  const c = values[3 * corners[2]! + channel]!;
  const d = values[3 * corners[3]! + channel]!;
  return Math.min(Math.max(a, b, c, d), Math.max(Math.min(a, b, c, d), value));
}
