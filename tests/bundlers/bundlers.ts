/** Each bundler as its users call it, with nothing set that the README does not say. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHADES, WORKERS } from './stub';
import { FOLDER, PACKAGE } from './tools';

/** Where the package's two entries are. */
export interface From {
  readonly client: string;
  readonly element: string;
}

const BY_NAME: From = { client: 'pix2pix-web', element: 'pix2pix-web/element' };

/** Asks each engine for a picture, and then the element. The title is their greys: of the CPU's, of those with threads, of WebGPU's, of the CPU's by the element. */
const main = ({ client, element }: From, options: string): string => `
import { Pix2Pix } from '${client}';
import { Pix2PixPad } from '${element}';

Pix2PixPad.loadOptions = { ${options} };

async function shade(choice) {
  const model = await Pix2Pix.load('./model.pict', { ...choice, ${options} });
  const { data } = await model.translate(new ImageData(2, 2));
  model.dispose();
  return data[0];
}

async function shades() {
  const found = [];
  for (const threads of [1, 2]) for (const simd of ['fixed', 'relaxed']) found.push(await shade({ device: 'cpu', threads, simd }));
  found.push(await shade({ device: 'webgpu' }));
  const pad = Object.assign(document.createElement('pix2pix-pad'), { model: './model.pict', device: 'cpu', threads: 1 });
  document.body.append(pad);
  found.push((await pad.translate()).data[0]);
  return found.join(' ');
}

shades().then((text) => (document.title = text), (error) => (document.title = error.message));
`;

/** As the README has it for bundlers that copy no files. */
const copied = (names: readonly string[], suffix: string): string => `{ ${names.map((name) => `'${name}': '/pix2pix/${name}${suffix}'`).join(', ')} }`;
const COPIED = `wasmUrl: ${copied(Object.keys(SHADES), '_bg.wasm')}, workerUrl: ${copied(WORKERS, '-worker.js')}`;

const WEBPACK = `
import webpack from 'webpack';
const [context] = process.argv.slice(2);
webpack({ mode: 'production', context, entry: './main.js', output: { path: context + '/dist' } }, (error, stats) => {
  if (error || stats.hasErrors()) throw error ?? new Error(stats.toString());
});
`;

export interface Bundler {
  readonly name: string;
  /** It leaves the package's other files behind: they are copied to the site. */
  readonly copiesNone?: boolean;
  /** Writes `dist` into the site's folder. */
  bundle(site: string): void;
}

const run = (command: string, args: string[], cwd: string): void => void execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
const tool = (name: string): string => join(process.cwd(), FOLDER, 'node_modules/.bin', name);

export const BUNDLERS: readonly Bundler[] = [
  {
    name: 'webpack',
    bundle(site) {
      const script = join(FOLDER, 'webpack.mjs');
      writeFileSync(script, WEBPACK);
      run(process.execPath, [script, join(process.cwd(), site)], '.');
    },
  },
  { name: 'Rollup', copiesNone: true, bundle: (site) => run(tool('rollup'), ['main.js', '-d', 'dist', '-p', 'node-resolve', '--silent'], site) },
  { name: 'esbuild', copiesNone: true, bundle: (site) => run(tool('esbuild'), ['main.js', '--bundle', '--format=esm', '--splitting', '--outdir=dist', '--log-level=error'], site) },
  { name: 'rolldown', copiesNone: true, bundle: (site) => run(join(process.cwd(), 'node_modules/.bin/rolldown'), ['main.js', '-d', 'dist'], site) },
  { name: 'Vite', bundle: (site) => run(join(process.cwd(), 'node_modules/.bin/vite'), ['build', '--logLevel', 'error'], site) },
];

/** Writes a site that asks all engines of the package, which it finds at `from`. */
export function writeSite(name: string, script: string, { from = BY_NAME, options = '' }: { from?: From; options?: string } = {}): string {
  const site = join(FOLDER, name);
  rmSync(site, { recursive: true, force: true });
  mkdirSync(join(site, 'public'), { recursive: true });
  writeFileSync(join(site, 'main.js'), main(from, options));
  writeFileSync(join(site, 'index.html'), `<!doctype html><title></title><link rel="icon" href="data:," /><script type="module" src="${script}"></script>`);
  writeFileSync(join(site, 'public/model.pict'), 'a model');
  return site;
}

/** The folder to serve. */
export function bundled({ name, copiesNone = false, bundle }: Bundler): string {
  const site = writeSite(name, './main.js', copiesNone ? { options: COPIED } : {});
  bundle(site);
  const dist = join(site, 'dist');
  if (name !== 'Vite') for (const file of ['index.html', 'public/model.pict']) cpSync(join(site, file), join(dist, file.replace('public/', '')));
  if (copiesNone) cpSync(join(PACKAGE, 'pkg'), join(dist, 'pix2pix'), { recursive: true });
  return dist;
}
