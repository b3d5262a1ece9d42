/** The report: one HTML file with everything in it, in the manner of pix2pix.py's index.html. */
import { type History, kernelsOf, type Lesson } from './lesson';
import { learningRateOf } from './settings';

export interface ReportRow {
  readonly step: number;
  readonly name: string;
  readonly heldOut: boolean;
  readonly input: Blob;
  readonly output: Blob;
  readonly target: Blob;
  /** Mean absolute difference of output and target, of 1. */
  readonly l1: number;
}

/** `rows` come one by one, since they are many and large. */
export async function writeReport(lesson: Lesson, rows: AsyncIterable<ReportRow>): Promise<File> {
  const title = `${lesson.base.name}, taught ${lesson.step - lesson.from} steps`;
  const parts: BlobPart[] = [head(title), facts(lesson), curves(lesson), TABLE_HEAD];
  // As blobs, which the browser may keep outside the page's memory.
  for await (const row of rows) parts.push(new Blob([await tableRow(row)]));
  parts.push('</tbody></table></body></html>\n');
  return new File(parts, `${fileName(title)}.html`, { type: 'text/html' });
}

export function fileName(title: string): string {
  return title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '').toLowerCase() || 'model';
}

const STYLE = `
:root { color-scheme: light dark }
body { max-width: 1000px; margin: 24px auto; padding: 0 16px; font: 15px/1.45 system-ui, sans-serif }
table { border-collapse: collapse }
th, td { padding: 6px; border-top: 1px solid #8885; text-align: left; vertical-align: top; overflow-wrap: anywhere }
td img { display: block; width: 100%; max-width: 256px; background: #fff }
.facts th { font-weight: 400; padding-right: 24px }
svg { width: 100%; height: auto; fill: none }
svg text { fill: currentColor; font: 12px system-ui, sans-serif }
.scroll { overflow-x: auto }`;

function head(title: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><style>${STYLE}</style></head><body><h1>${escape(title)}</h1>
`;
}

function facts(lesson: Lesson): string {
  const { settings, sketches = { lines: 'given', hints: 0, spreadHints: false }, history, before } = lesson;
  const first = [...before.values()].reduce((sum, { l1 }) => sum + l1, 0) / before.size;
  const last = history.heldOut.at(-1)?.l1;
  const lines: [string, string][] = [
    ['Steps', `${lesson.from + 1} to ${lesson.step}`],
    ['Learning rate', String(learningRateOf(settings))],
    ['Batch size', String(settings.batchSize)],
    ['Loss', settings.discriminator ? settings.loss : 'L1 alone'],
    ['Frozen', settings.freeze],
    ['Dropout', settings.dropout ? 'on' : 'off'],
    ['Random mirroring', settings.flip ? 'yes' : 'no'],
    ['Lines', sketches.lines],
    ['Sketches with colour hints', `${100 * sketches.hints}%`],
    ['Hints fill their regions', sketches.spreadHints ? 'yes' : 'no'],
    ['Decoder kernels', kernelsOf(lesson)],
    ['Colour weight without hints', String(settings.chromaWeight ?? 'original')],
    ['Minimum slope of tanh', String(settings.slopeFloor ?? 0)],
    ['Averaging of the weights', String(settings.average ?? 'none')],
    ['Seed', String(settings.seed)],
    ['L1 of the last step, average', (history.averageL1.at(-1) ?? NaN).toFixed(4)],
    ...(last !== undefined && before.size > 0
      ? [['L1 of the held-out pairs', `${first.toFixed(4)} before, ${last.toFixed(4)} after`] satisfies [string, string]]
      : []),
  ];
  const cells = lines.map(([what, value]) => `<tr><th>${what}</th><td>${escape(value)}</td></tr>`).join('');
  return `<table class="facts">${cells}</table><p>L1 is the mean absolute difference of output and target, where black and white differ by 1.</p>
`;
}

function curves({ history, from }: Lesson): string {
  const heldOut = history.heldOut.map(({ step, l1 }): Point => [step, l1]);
  return `<h2>Curves</h2>
<figure>${chart(from, history, [
    { name: 'L1 of each step', colour: '#d9a79b', points: column(history, history.l1) },
    { name: 'L1, average', colour: '#a5351e', points: column(history, history.averageL1) },
    { name: 'L1 of the held-out pairs', colour: '#777', points: heldOut },
  ])}${chart(from, history, [
    { name: 'GAN loss of the generator, average', colour: '#3d6ea8', points: column(history, history.averageGan) },
    { name: 'loss of the discriminator, average', colour: '#3f8f5b', points: column(history, history.averageDiscriminator) },
  ])}</figure>
`;
}

type Point = readonly [step: number, value: number];

interface Line {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly Point[];
}

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [900, 220, 50, 24];

function chart(from: number, { step }: History, lines: readonly Line[]): string {
  const shown = lines.filter(({ points }) => points.length > 0);
  if (shown.length === 0) return '';
  const to = Math.max(from + 1, step.at(-1) ?? 0);
  const top = shown.reduce((most, { points }) => points.reduce((m, [, value]) => Math.max(m, value), most), 0) || 1;
  const x = (at: number): number => LEFT + ((at - from) / (to - from)) * (WIDTH - LEFT);
  const y = (value: number): number => (1 - value / top) * (HEIGHT - BOTTOM - 10) + 10;
  const paths = shown.map(({ colour, points }) => {
    const path = points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    return `<polyline points="${path}" stroke="${colour}" stroke-width="1.5"/>`;
  });
  const labels = [[LEFT - 6, y(0), '0'], [LEFT - 6, y(top) + 8, top.toFixed(2)]].map(
    ([left, above, text]) => `<text x="${left}" y="${above}" text-anchor="end">${text}</text>`,
  );
  const key = shown.map(({ name, colour }) => `<span style="color:${colour}">■</span> ${name}`).join(' &nbsp; ');
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${shown.map(({ name }) => name).join(', ')}">
<path d="M${LEFT} 10V${y(0)}H${WIDTH}" stroke="currentColor" stroke-opacity=".4"/>${paths.join('')}${labels.join('')}
<text x="${LEFT}" y="${HEIGHT - 4}">step ${from}</text><text x="${WIDTH}" y="${HEIGHT - 4}" text-anchor="end">${to}</text></svg><p>${key}</p>`;
}

/** Every point of a short training; of a long one as many as can be told apart. */
function column({ step }: History, values: readonly (number | null)[]): Point[] {
  const every = Math.ceil(step.length / WIDTH);
  return step.flatMap((at, i): Point[] => {
    const value = values[i];
    return value === null || value === undefined || i % every !== 0 ? [] : [[at, value]];
  });
}

const TABLE_HEAD = `<h2>Pictures</h2><div class="scroll">
<table><thead><tr><th>step</th><th>name</th><th>input</th><th>output</th><th>target</th></tr></thead><tbody>
`;

async function tableRow({ step, name, heldOut, input, output, target, l1 }: ReportRow): Promise<string> {
  const cells = await Promise.all([input, output, target].map(dataUrl));
  const kind = heldOut ? 'held out' : 'learned from';
  const images = cells.map((url) => `<td><img src="${url}" alt=""></td>`).join('');
  return `<tr><td>${step}</td><td>${escape(name)}<br><small>${kind}, L1 ${l1.toFixed(4)}</small></td>${images}</tr>\n`;
}

function dataUrl(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(String(reader.result)));
    reader.addEventListener('error', () => reject(reader.error ?? new Error('a picture could not be read')));
    reader.readAsDataURL(file);
  });
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}
