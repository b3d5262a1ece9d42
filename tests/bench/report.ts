/** The figures as Markdown, and their place in the README. */
import type { Adapter } from './browser';
import type { Measured, Result } from './measure';
import type { Memory, Work } from './page/scale';
import type { Grown, Soaked } from './scale';
import type { Summary } from './statistics';

/** Where and how it was measured. */
export interface Setting {
  readonly command: string;
  readonly date: string;
  readonly browser: string;
  readonly cores: number;
  readonly processor: string;
  readonly adapter: Adapter | undefined;
  /** The package's version, and whether its WebAssembly went through wasm-opt: `release`, or `dev`. */
  readonly version: string;
  readonly build: string;
  readonly peers: Readonly<Record<string, string>>;
}

export function describe({ command, date, browser, cores, processor, adapter, version, build, peers }: Setting): string {
  const gpu = adapter ? `WebGPU adapter: ${adapter.name}${adapter.software ? ' (software)' : ''}` : 'no WebGPU adapter';
  const unoptimised = build === 'release' ? '' : ', not optimised';
  const others = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  const what = [`pix2pix-web ${version}${unoptimised}`, ...others].join(', ');
  return `\`${command}\`, ${date}: Chromium ${browser}, ${cores} cores (${processor}), ${gpu}; ${what}.`;
}

/** A table of translations, and one of training steps where there were any. */
export function tables(results: readonly Result[]): string {
  const translations = table('one translation, 256x256', 'picture differs by', results, ({ translation }) => translation);
  const trained = results.filter(({ training }) => training);
  if (trained.length === 0) return translations;
  return `${translations}\n\n${table('one training step, batch 1', 'losses differ by', trained, ({ training }) => training!)}`;
}

function table(work: string, differs: string, results: readonly Result[], of: (result: Result) => Measured): string {
  const lines = [`| ngf | ${work} | ${differs} | first, ms | median, ms | quartiles, ms | x ours |`, '| --- | --- | --- | --- | --- | --- | --- |'];
  for (const result of results) {
    const { ngf, contender } = result;
    const measured = of(result);
    const cells = 'failed' in measured ? ['not timed: ' + escape(measured.failed), '', '', '', ''] : times(measured, oursOf(result, results, of));
    lines.push(`| ${[ngf, contender.name, ...cells].join(' | ')} |`);
  }
  return lines.join('\n');
}

function times(measured: Exclude<Measured, { failed: string }>, ours: number | undefined): string[] {
  const ratio = ours === undefined ? '' : (measured.median / ours).toFixed(2);
  return [measured.difference.toExponential(1), ...spread(measured), ratio];
}

/** The median of ours at the same width on the same device. */
function oursOf({ ngf, contender }: Result, results: readonly Result[], of: (result: Result) => Measured): number | undefined {
  const ours = results.find((other) => other.ngf === ngf && other.contender.runtime === 'ours' && other.contender.device === contender.device);
  const measured = ours && of(ours);
  return measured && !('failed' in measured) ? measured.median : undefined;
}

/** Time and memory by width, size and batch. */
export function scaleTable(all: readonly Grown[]): string {
  const lines = ['| ngf | device | work | first, ms | median, ms | quartiles, ms | WebAssembly, MB | GPU, MB |', '| --- | --- | --- | --- | --- | --- | --- | --- |'];
  for (const grown of all) {
    const { work } = grown;
    const cells = 'failed' in grown ? ['failed: ' + escape(grown.failed), '', '', '', ''] : [...spread(grown), ...megabytesOf(grown.memory)];
    lines.push(`| ${[work.ngf, work.device, nameOf(work), ...cells].join(' | ')} |`);
  }
  return lines.join('\n');
}

/** Memory early and late. */
export function soakTable(all: readonly Soaked[]): string {
  const lines = ['| ngf | device | work | after | WebAssembly, MB | GPU, MB | scripts, MB |', '| --- | --- | --- | --- | --- | --- | --- |'];
  for (const soaked of all) {
    const { work } = soaked;
    const rows =
      'failed' in soaked
        ? [['failed: ' + escape(soaked.failed), '', '', '']]
        : soaked.memory.map(({ calls, memory }) => [calls, ...megabytesOf(memory), megabytes(memory.scripts)]);
    for (const cells of rows) lines.push(`| ${[work.ngf, work.device, nameOf(work), ...cells].join(' | ')} |`);
  }
  return lines.join('\n');
}

export function nameOf({ depth, batchSize }: Work): string {
  const size = `${2 ** depth}x${2 ** depth}`;
  return batchSize === undefined ? `translation, ${size}` : `training step, ${size}, batch ${batchSize}`;
}

function megabytesOf({ webAssembly, device }: Memory): string[] {
  return [megabytes(webAssembly), megabytes(device)];
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : (bytes / 1e6).toFixed(1);
}

function spread({ first, median, quartiles }: Summary): string[] {
  return [milliseconds(first), milliseconds(median), quartiles.map(milliseconds).join(' to ')];
}

function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|');
}

const BEGIN = '<!-- bench -->';
const END = '<!-- /bench -->';

/** The README with `text` between its markers. */
export function withReport(readme: string, text: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`README.md has no ${BEGIN} and ${END} to write between`);
  return `${readme.slice(0, begin + BEGIN.length)}\n${text}\n${readme.slice(end)}`;
}
