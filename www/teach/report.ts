/** The report: one HTML file with everything in it, in the manner of pix2pix.py's index.html. */
import { type History, kernelsOf, type Lesson } from './lesson';
import { learningRateOf } from './settings';
import { locale, words } from '../words/current';

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
  const title = words.report.title(lesson.base.name, lesson.step - lesson.from);
  const parts: BlobPart[] = [head(title), facts(lesson), curves(lesson), tableHead()];
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
<html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><style>${STYLE}</style></head><body><h1>${escape(title)}</h1>
`;
}

function facts(lesson: Lesson): string {
  const { settings, sketches = { lines: 'given', hints: 0, spreadHints: false }, history, before } = lesson;
  const first = [...before.values()].reduce((sum, { l1 }) => sum + l1, 0) / before.size;
  const last = history.heldOut.at(-1)?.l1;
  const lines: [string, string][] = [
    [words.report.steps, words.report.fromTo(lesson.from + 1, lesson.step)],
    [words.report.learningRate, words.report.number(learningRateOf(settings))],
    [words.report.batchSize, words.report.number(settings.batchSize)],
    [words.report.loss, settings.discriminator ? settings.loss : words.report.l1Alone],
    [words.report.frozen, settings.freeze],
    [words.report.dropout, settings.dropout ? words.report.on : words.report.off],
    [words.report.mirroring, settings.flip ? words.report.yes : words.report.no],
    [words.report.lines, sketches.lines],
    [words.report.hinted, words.report.percent(sketches.hints)],
    [words.report.spreadHints, sketches.spreadHints ? words.report.yes : words.report.no],
    [words.report.kernels, kernelsOf(lesson)],
    [words.report.chromaWeight, numberOr(settings.chromaWeight, words.report.original)],
    [words.report.slopeFloor, words.report.number(settings.slopeFloor ?? 0)],
    [words.report.average, numberOr(settings.average, words.report.none)],
    [words.report.seed, String(settings.seed)],
    [words.report.lastL1, words.report.l1Value(history.averageL1.at(-1) ?? NaN)],
    ...(last !== undefined && before.size > 0
      ? [[words.report.heldOutL1, words.report.beforeAfter(first, last)] satisfies [string, string]]
      : []),
  ];
  const cells = lines.map(([what, value]) => `<tr><th>${what}</th><td>${escape(value)}</td></tr>`).join('');
  return `<table class="facts">${cells}</table><p>${words.report.aboutL1}</p>
`;
}

function curves({ history, from }: Lesson): string {
  const heldOut = history.heldOut.map(({ step, l1 }): Point => [step, l1]);
  return `<h2>${words.report.curves}</h2>
<figure>${chart(from, history, [
    { name: words.report.eachL1, colour: '#d9a79b', points: column(history, history.l1) },
    { name: words.report.averageL1, colour: '#a5351e', points: column(history, history.averageL1) },
    { name: words.report.heldOutL1, colour: '#777', points: heldOut },
  ])}${chart(from, history, [
    { name: words.report.gan, colour: '#3d6ea8', points: column(history, history.averageGan) },
    { name: words.report.discriminator, colour: '#3f8f5b', points: column(history, history.averageDiscriminator) },
  ])}</figure>
`;
}

function numberOr(value: number | undefined, otherwise: string): string {
  return value === undefined ? otherwise : words.report.number(value);
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
  const labels = [[LEFT - 6, y(0), '0'], [LEFT - 6, y(top) + 8, words.report.axis(top)]].map(
    ([left, above, text]) => `<text x="${left}" y="${above}" text-anchor="end">${text}</text>`,
  );
  const key = shown.map(({ name, colour }) => `<span style="color:${colour}">■</span> ${name}`).join(' &nbsp; ');
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${shown.map(({ name }) => name).join(', ')}">
<path d="M${LEFT} 10V${y(0)}H${WIDTH}" stroke="currentColor" stroke-opacity=".4"/>${paths.join('')}${labels.join('')}
<text x="${LEFT}" y="${HEIGHT - 4}">${words.report.atStep(from)}</text><text x="${WIDTH}" y="${HEIGHT - 4}" text-anchor="end">${words.report.number(to)}</text></svg><p>${key}</p>`;
}

/** Every point of a short training; of a long one as many as can be told apart. */
function column({ step }: History, values: readonly (number | null)[]): Point[] {
  const every = Math.ceil(step.length / WIDTH);
  return step.flatMap((at, i): Point[] => {
    const value = values[i];
    return value === null || value === undefined || i % every !== 0 ? [] : [[at, value]];
  });
}

function tableHead(): string {
  const { pictures, step, name, input, output, target } = words.report;
  return `<h2>${pictures}</h2><div class="scroll">
<table><thead><tr>${[step, name, input, output, target].map((title) => `<th>${title}</th>`).join('')}</tr></thead><tbody>
`;
}

async function tableRow({ step, name, heldOut, input, output, target, l1 }: ReportRow): Promise<string> {
  const cells = await Promise.all([input, output, target].map(dataUrl));
  const about = heldOut ? words.report.heldOut(l1) : words.report.learnedFrom(l1);
  const images = cells.map((url) => `<td><img src="${url}" alt=""></td>`).join('');
  return `<tr><td>${words.report.number(step)}</td><td>${escape(name)}<br><small>${about}</small></td>${images}</tr>\n`;
}

function dataUrl(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(String(reader.result)));
    reader.addEventListener('error', () => reject(reader.error ?? new Error(words.saved.pictureUnreadable)));
    reader.readAsDataURL(file);
  });
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}
