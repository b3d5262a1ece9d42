import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { defineConfig } from 'rolldown';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/** The npm package's JavaScript, beside the WebAssembly in `pkg`: plain ES modules for every bundler and none. */
export default defineConfig({
  input: ['client', 'cpu-worker', 'threads-worker', 'webgpu-worker'].map((name) => `www/package/${name}.ts`),
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
