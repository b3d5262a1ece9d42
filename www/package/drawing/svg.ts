/**
 * The sketch as an SVG file, which every program for drawings opens. Its metadata has the strokes themselves, so that the file is taken up
 * again as they were drawn.
 */
import { type Layer, layersOf, type Outline, SHEET_SIDE, type Sheet, type Stroke, trace } from './strokes.js';

/** Its metadata is known by this id. */
const ID = 'pix2pix-web-sketch';

const VERSION = 1;

/** A hundredth of a pixel of the network's is finer than any hand. */
const round = (value: number): number => Math.round(value * 100) / 100;

/** What a canvas draws, as the commands of an SVG path. */
class SvgPath implements Outline {
  commands = '';

  moveTo(x: number, y: number): void {
    this.commands += `M${round(x)} ${round(y)}`;
  }

  quadraticCurveTo(controlX: number, controlY: number, x: number, y: number): void {
    this.commands += `Q${round(controlX)} ${round(controlY)} ${round(x)} ${round(y)}`;
  }

  /** A whole circle, in two halves. */
  arc(x: number, y: number, radius: number): void {
    const half = (to: number) => `A${round(radius)} ${round(radius)} 0 0 0 ${round(to)} ${round(y)}`;
    this.commands += `M${round(x + radius)} ${round(y)}${half(x - radius)}${half(x + radius)}`;
  }

  closePath(): void {
    this.commands += 'Z';
  }
}

/** The sheet as a file. `picture`: what fills it, as a data: address. */
export function svgOf(sheet: Sheet, picture?: string): string {
  const { traced = false, strokes } = sheet;
  const { hints, lines } = layersOf(strokes);
  const fills = `width="${SHEET_SIDE}" height="${SHEET_SIDE}"`;
  const image = picture === undefined ? '' : `<image ${fills} href="${picture}"${traced ? ' display="none"' : ''}/>`;
  const kept = { version: VERSION, traced, strokes: strokes.map((stroke) => ({ ...stroke, points: stroke.points.map((point) => point.map(round)) })) };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SHEET_SIDE} ${SHEET_SIDE}">`,
    `<metadata id="${ID}"><![CDATA[${JSON.stringify(kept).replaceAll(']]>', ']]\\u003e')}]]></metadata>`,
    `<g>${paper}${hints.map(pathOf).join('')}</g>`,
    // White leaves the colours beneath as they are.
    `<g style="mix-blend-mode:multiply">${paper}${image}${lines.map(pathOf).join('')}</g>`,
    '</svg>\n',
  ].join('\n');
}

const paper = `<path fill="#fff" d="M0 0H${SHEET_SIDE}V${SHEET_SIDE}H0Z"/>`;

function pathOf({ stroke, fill }: Layer): string {
  const path = new SvgPath();
  trace(path, stroke);
  return `<path fill="${fill}" d="${path.commands}"/>`;
}

/** What a file of ours holds. */
export interface SketchFile extends Pick<Sheet, 'strokes'> {
  readonly traced: boolean;
}

/** The strokes of such a file, by its metadata's text. @throws where they are of a newer version, or damaged. */
export function readSketch(text: string): SketchFile {
  const kept = parsed(text);
  if (!isRecord(kept) || !Array.isArray(kept['strokes'])) throw new Error('its strokes are damaged');
  if (kept['version'] !== VERSION) throw new Error(`it is of version ${String(kept['version'])}, and version ${VERSION} can be read here`);
  return { traced: kept['traced'] === true, strokes: kept['strokes'].map(strokeOf) };
}

/** The metadata of a file of ours, and its picture's data: address; undefined of any other SVG. */
export function openSvg(file: XMLDocument): { readonly sketch: string; readonly picture: string | undefined } | undefined {
  const sketch = file.getElementById(ID)?.textContent;
  if (sketch === undefined || sketch === null) return undefined;
  return { sketch, picture: file.querySelector('image')?.getAttribute('href') ?? undefined };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('its strokes are damaged');
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isWithin = (value: unknown, least: number, most: number): value is number => typeof value === 'number' && value >= least && value <= most;

function strokeOf(value: unknown, place: number): Stroke {
  if (!isRecord(value) || !isStroke(value)) throw new Error(`its stroke ${place + 1} is damaged`);
  const { tool, colour, width, pressure, steadied, points, dice } = value;
  return { kind: 'stroke', tool, width, pressure, steadied, points, ...(colour !== undefined && { colour }), ...(dice !== undefined && { dice }) };
}

/** A hand may leave the sheet, but not by far. */
function isStroke(value: Record<string, unknown>): value is Record<string, unknown> & Stroke {
  const { tool, colour, width, pressure, steadied, points, dice } = value;
  const isPoint = (point: unknown): boolean =>
    Array.isArray(point) && point.length === 3 && point.every((at, i) => (i === 2 ? isWithin(at, 0, 1) : isWithin(at, -64 * SHEET_SIDE, 64 * SHEET_SIDE)));
  return (
    (tool === 'pen' || tool === 'eraser') &&
    (colour === undefined || (typeof colour === 'string' && /^#[\da-f]{6}$/i.test(colour))) &&
    isWithin(width, 0.1, SHEET_SIDE) &&
    typeof pressure === 'boolean' &&
    isWithin(steadied, 0, 1) &&
    Array.isArray(points) &&
    points.length > 0 &&
    points.every(isPoint) &&
    (dice === undefined || dice === 'rolled' || dice === 'kept')
  );
}
