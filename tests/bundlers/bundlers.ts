/** Each bundler as its users call it, with nothing set that the README does not say. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ISOLATION } from '../../www/service-worker/isolation';
import { SHADES, WORKERS } from './stub';
import { FOLDER, PACKAGE } from './tools';

/** Where the package's two entries are. */
export interface From {
  readonly client: string;
  readonly element: string;
}

const BY_NAME: From = { client: 'pix2pix-web', element: 'pix2pix-web/element' };

/** Asks each engine for a picture, and then the element. The title is their greys: of the CPU's, of those with threads, of WebGPU's, of the CPU's by the element. */
const shades = ({ client, element }: From, options: string): string => `
import { Pix2Pix } from '${client}';
import { Pix2PixPad } from '${element}';

Pix2PixPad.loadOptions = { ${options} };

async function shade(choice) {
  const model = await Pix2Pix.load('./model.pict', { ...choice, ${options} });
  const { data } = await model.translate(new ImageData(2, 2));
  model.dispose();
  return data[0];
}

export async function shades() {
  const found = [];
  for (const threads of [1, 2]) for (const simd of ['fixed', 'relaxed']) found.push(await shade({ device: 'cpu', threads, simd }));
  found.push(await shade({ device: 'webgpu' }));
  const pad = Object.assign(document.createElement('pix2pix-pad'), { model: './model.pict', device: 'cpu', threads: 1 });
  document.body.append(pad);
  found.push((await pad.translate()).data[0]);
  return found.join(' ');
}
`;

const MAIN = `
import { shades } from './shades.js';

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

/** An effect of a client component, which is rendered on the server too, while it is built. */
const PAGE = `
'use client';
import { useEffect } from 'react';
import { shades } from '../shades.js';

export default function Page() {
  useEffect(() => void shades().then((text) => (document.title = text), (error) => (document.title = error.message)), []);
  return null;
}
`;

const LAYOUT = `
import { createElement } from 'react';
export default ({ children }) => createElement('html', null, createElement('body', null, children));
`;

/** Makes a project of Next.js of the site, and builds it. Else it would look for its root up to the root of the repository. */
function buildNext(site: string, config: string, ...options: string[]): void {
  const root = JSON.stringify(join(process.cwd(), FOLDER));
  mkdirSync(join(site, 'app'));
  writeFileSync(join(site, 'app/page.js'), PAGE);
  writeFileSync(join(site, 'app/layout.js'), LAYOUT);
  writeFileSync(join(site, 'next.config.mjs'), `export default { distDir: 'dist', turbopack: { root: ${root} }, outputFileTracingRoot: ${root}, ${config} };`);
  run(tool('next'), ['build', ...options], site);
}

export interface Bundler {
  readonly name: string;
  /** It leaves the package's other files behind: they are copied to the site. */
  readonly copiesNone?: boolean;
  /** Writes `dist` into the site's folder. */
  bundle(site: string): void;
}

// As in a shell: Playwright's NODE_ENV is `test`.
const env: NodeJS.ProcessEnv = { ...process.env, NODE_ENV: undefined, NEXT_TELEMETRY_DISABLED: '1' };
const run = (command: string, args: string[], cwd: string): void => void execFileSync(command, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
const tool = (name: string): string => join(process.cwd(), FOLDER, 'node_modules/.bin', name);
const VITE_7 = join(process.cwd(), FOLDER, 'node_modules/vite-7/bin/vite.js');

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
  { name: 'Vite 7', bundle: (site) => run(process.execPath, [VITE_7, 'build', '--logLevel', 'error'], site) },
  { name: 'Parcel', bundle: (site) => run(tool('parcel'), ['build', 'index.html', '--dist-dir', 'dist', '--no-cache', '--no-source-maps', '--log-level', 'error'], site) },
  // Turbopack builds the one with a server.
  { name: 'Next.js with webpack, which exports the page', bundle: (site) => buildNext(site, `output: 'export'`, '--webpack') },
];

/** A site of Next.js that a server renders, and the command that serves it. */
export function builtNext(): { command: string; arguments: string[]; cwd: string } {
  const site = writeSite('Next.js', './main.js');
  buildNext(site, `headers: () => [{ source: '/:path*', headers: ${JSON.stringify(Object.entries(ISOLATION).map(([key, value]) => ({ key, value })))} }]`);
  return { command: tool('next'), arguments: ['start', '--port', '0'], cwd: site };
}

/** Writes a site that asks all engines of the package, which it finds at `from`. */
export function writeSite(name: string, script: string, { from = BY_NAME, options = '' }: { from?: From; options?: string } = {}): string {
  const site = join(FOLDER, name);
  rmSync(site, { recursive: true, force: true });
  mkdirSync(join(site, 'public'), { recursive: true });
  writeFileSync(join(site, 'shades.js'), shades(from, options));
  writeFileSync(join(site, 'main.js'), MAIN);
  writeFileSync(join(site, 'index.html'), `<!doctype html><title></title><link rel="icon" href="data:," /><script type="module" src="${script}"></script>`);
  writeFileSync(join(site, 'public/model.pict'), 'a model');
  return site;
}

/** A project of its own, outside which the package lies: as `npm link` leaves it, which puts a link to the package's folder among the modules. */
export function linkedSite(): { site: string; checkout: string } {
  const site = writeSite('linked', './main.js');
  writeFileSync(join(site, 'package.json'), '{ "private": true, "type": "module" }');
  mkdirSync(join(site, 'node_modules'));
  const checkout = resolve(FOLDER, 'checkout');
  rmSync(checkout, { recursive: true, force: true });
  cpSync(PACKAGE, checkout, { recursive: true });
  symlinkSync(checkout, join(site, 'node_modules/pix2pix-web'));
  return { site, checkout };
}

/** The folder to serve. */
export function bundled({ name, copiesNone = false, bundle }: Bundler): string {
  const site = writeSite(name, './main.js', copiesNone ? { options: COPIED } : {});
  bundle(site);
  const dist = join(site, 'dist');
  // Where the bundler did not write them.
  for (const file of ['index.html', 'public/model.pict']) cpSync(join(site, file), join(dist, file.replace('public/', '')), { force: false });
  if (copiesNone) cpSync(join(PACKAGE, 'pkg'), join(dist, 'pix2pix'), { recursive: true });
  return dist;
}
