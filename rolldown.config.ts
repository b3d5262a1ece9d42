import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type RolldownOptions, defineConfig } from 'rolldown';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/** The npm package's JavaScript, beside the WebAssembly in `pkg`: plain ES modules for every bundler and none. */
const build = (name: string): RolldownOptions => ({
  input: `www/package/${name}.ts`,
  // The sources name their neighbours `./x.js`, as the package's type declarations must.
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  transform: { target: ['chrome111', 'firefox121', 'safari16.4'], define: { PACKAGE_VERSION: JSON.stringify(version) } },
  plugins: [
    {
      name: 'the bindings of each engine stay in a file of their own, as wasm-bindgen wrote it',
      resolveId: (id) => (/\/pkg\/(cpu|threads|webgpu)\.js$/.test(id) ? { id: `./${basename(id)}`, external: true } : undefined),
    },
  ],
  output: { dir: 'pkg', format: 'esm', chunkFileNames: '[name].js' },
});

// One by one, so that workers share no file: bundlers would load it with `importScripts`, or lose what is in it (Parcel 2.16 does).
export default defineConfig(['client', 'cpu-worker', 'threads-worker', 'webgpu-worker'].map(build));
