/** The losses as curves: how far off the pictures are, and the contest of generator and discriminator. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { element } from '../shell/page';
import { onThemeChange } from '../shell/theme';
import type { History } from './lesson';
import { words } from '../words/current';

/** A curve: a column of the history, its colour in the style sheet, and how it is drawn. */
interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly look: 'thin' | 'thick' | 'points';
  values(history: History): readonly (number | null)[];
}

const L1: readonly Curve[] = [
  { name: words.results.curves.each, colour: '--curve-l1', look: 'thin', values: ({ l1 }) => l1 },
  { name: words.results.curves.average, colour: '--curve-l1', look: 'thick', values: ({ averageL1 }) => averageL1 },
  { name: words.results.curves.heldOut, colour: '--ink', look: 'points', values: heldOutColumn },
];

const CONTEST: readonly Curve[] = [
  { name: words.results.curves.generatorEach, colour: '--curve-gan', look: 'thin', values: ({ gan }) => gan },
  { name: words.results.curves.generator, colour: '--curve-gan', look: 'thick', values: ({ averageGan }) => averageGan },
  { name: words.results.curves.discriminatorEach, colour: '--curve-discriminator', look: 'thin', values: ({ discriminator }) => discriminator },
  { name: words.results.curves.discriminator, colour: '--curve-discriminator', look: 'thick', values: ({ averageDiscriminator }) => averageDiscriminator },
];

const HEIGHT = 150;

export class Curves {
  readonly #charts: readonly Chart[];
  #history: History | undefined;
  #asked = false;

  constructor() {
    const sync = uPlot.sync('losses');
    this.#charts = [new Chart('curve-l1', L1, sync), new Chart('curve-contest', CONTEST, sync)];
    onThemeChange(() => this.#charts.forEach((chart) => chart.redraw()));
  }

  /** Draws once a frame at most, however quick the steps are. `from`: the steps that the model had before. */
  show(history: History, from: number): void {
    this.#history = history;
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      const newest = this.#history;
      if (newest !== undefined) this.#charts.forEach((chart) => chart.show(newest, from));
    });
  }
}

class Chart {
  readonly #figure: HTMLElement;
  readonly #key = document.createElement('p');
  readonly #step = document.createElement('span');
  readonly #curves: readonly Curve[];
  readonly #plot: uPlot;

  constructor(id: string, curves: readonly Curve[], sync: uPlot.SyncPubSub) {
    this.#figure = element(id, HTMLElement);
    this.#curves = curves;
    const place = document.createElement('div');
    place.setAttribute('aria-hidden', 'true'); // The key below says the same in words.
    this.#key.className = 'key';
    this.#figure.querySelector('figcaption')?.append(this.#step);
    this.#figure.append(place, this.#key);
    const axis: uPlot.Axis = {
      stroke: () => colour('--soft'),
      grid: { stroke: () => colour('--line'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
      values: (_plot, ticks) => ticks.map(words.results.tick),
    };
    this.#plot = new uPlot(
      {
        width: this.#width,
        height: HEIGHT,
        scales: { x: { time: false }, y: { range: (_plot, low, high) => [Math.min(0, low), Math.max(high * 1.05, 0.05)] } },
        axes: [{ ...axis, size: 28, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000] }, { ...axis, size: 44 }],
        series: [{}, ...curves.map(seriesOf)],
        legend: { show: false },
        cursor: { sync: { key: sync.key }, points: { show: false }, drag: { x: false, y: false } },
        hooks: { setCursor: [() => this.#showKey()] },
      },
      [[], ...curves.map(() => [])],
      place,
    );
    new ResizeObserver(() => {
      if (this.#width !== this.#plot.width && this.#width > 0) this.#plot.setSize({ width: this.#width, height: HEIGHT });
    }).observe(this.#figure);
  }

  show(history: History, from: number): void {
    const columns = this.#curves.map(({ values }) => values(history));
    this.#figure.hidden = columns.every((column) => column.every((value) => value === null));
    // The first test was before the first step.
    const before = history.heldOut.find(({ step }) => step === from)?.l1 ?? null;
    const data = columns.map((column, i) => [this.#curves[i]?.look === 'points' ? before : null, ...column]);
    this.#plot.setData([[from, ...history.step], ...data]);
    this.#showKey();
  }

  redraw(): void {
    this.#plot.redraw(false, true);
  }

  get #width(): number {
    return Math.floor(this.#figure.clientWidth);
  }

  /** The values under the pointer, or the newest. */
  #showKey(): void {
    const [steps = []] = this.#plot.data;
    const at = this.#plot.cursor.idx ?? steps.length - 1;
    this.#step.textContent = words.results.step(steps[at] ?? 0);
    const values = this.#curves.flatMap(({ name, look, colour: property }, i) => {
      const value = lastAt(this.#plot.data[i + 1] ?? [], at, look === 'points');
      if (look === 'thin' || value === undefined) return [];
      const entry = document.createElement('span');
      entry.className = look;
      entry.style.setProperty('--of', `var(${property})`);
      entry.textContent = `${name} ${words.results.value(value)}`;
      return [entry];
    });
    this.#key.replaceChildren(...values);
  }
}

/** The value at this place; of what is measured now and then, the last one before it. */
function lastAt(column: ArrayLike<number | null | undefined>, at: number, sparse: boolean): number | undefined {
  for (let i = at; i >= (sparse ? 0 : at); i--) {
    const value = column[i];
    if (value !== null && value !== undefined) return value;
  }
  return undefined;
}

/** Tests in the rows of their steps; of a long training the row of a step may be gone, and its test stands in the next. */
function heldOutColumn({ step, heldOut }: History): (number | null)[] {
  const column = step.map((): number | null => null);
  let at = 0;
  for (const test of heldOut) {
    while (at < step.length - 1 && step[at]! < test.step) at += 1;
    if (at < step.length && step[at]! >= test.step) column[at] = test.l1;
  }
  return column;
}

function seriesOf({ colour: property, look }: Curve): uPlot.Series {
  const stroke = (): string => colour(property);
  if (look === 'points') {
    return { stroke, width: 1.5, spanGaps: true, points: { show: true, size: 6, fill: stroke } };
  }
  return { stroke, width: look === 'thick' ? 2.5 : 1, alpha: look === 'thick' ? 1 : 0.35, points: { show: false } };
}

function colour(property: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(property).trim();
}
