import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Plugin, type RolldownOptions, defineConfig } from 'rolldown';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/** The size of an engine's WebAssembly, where that has been built. */
const sizeOf = (engine: string) => statSync(`pkg/${engine}_bg.wasm`, { throwIfNoEntry: false })?.size;

/** The names of the engines, as in build.sh. */
const ENGINES = ['cpu', 'cpu-relaxed', 'threads', 'threads-relaxed', 'webgpu'];

/** What a build puts into the package's sources, and so into the page, which is made of them too. */
export const PACKAGE_CONSTANTS = {
  PACKAGE_VERSION: JSON.stringify(version),
  ENGINE_BYTES: JSON.stringify(Object.fromEntries(ENGINES.map((engine) => [engine, sizeOf(engine)]))),
};

/** `x.css?inline` is the text of a style sheet, as Vite has it. */
export const inlineStyles: Plugin = {
  name: 'style sheets as text',
  resolveId: (id, importer) => (id.endsWith('.css?inline') && importer ? join(dirname(importer), id) : undefined),
  load(id) {
    if (!id.endsWith('.css?inline')) return undefined;
    const text = readFileSync(id.replace('?inline', ''), 'utf8');
    return { code: `export default ${JSON.stringify(text.replace(/\/\*[^]*?\*\//g, '').replace(/\s+/g, ' '))};`, moduleType: 'js' };
  },
};

/** The npm package's JavaScript, beside the WebAssembly in `pkg`: plain ES modules for every bundler and none. */
const build = (source: string): RolldownOptions => ({
  input: `www/package/${source}.ts`,
  // The sources name their neighbours `./x.js`, as the package's type declarations must.
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  transform: { target: ['chrome111', 'firefox121', 'safari16.4'], define: PACKAGE_CONSTANTS },
  plugins: [
    {
      name: 'the bindings of each engine stay in a file of their own, as wasm-bindgen wrote it; and the element takes the client beside it',
      resolveId(id, importer) {
        const apart = /\/pkg\/(cpu|threads|webgpu)\.js$/.test(id) || (importer !== undefined && /(^|\/)client\.js$/.test(id));
        return apart ? { id: `./${basename(id)}`, external: true } : undefined;
      },
    },
    {
      name: 'the WebAssembly and the workers lie beside the script',
      transform: { filter: { code: /new URL\('/ }, handler: (code) => code.replace(/new URL\('(\.\.\/\.\.\/\.\.\/pkg|\.\.\/engine)\//g, "new URL('./") },
    },
    inlineStyles,
  ],
  output: { dir: 'pkg', format: 'esm', chunkFileNames: '[name].js' },
});

// One by one, so that workers share no file: bundlers would load it with `importScripts`, or lose what is in it (Parcel 2.16 does).
export default defineConfig(['client', 'element', 'engine/cpu-worker', 'engine/threads-worker', 'engine/webgpu-worker'].map(build));
