import { defineConfig } from 'rolldown';

/** The npm package's JavaScript, beside the WebAssembly in `pkg`: plain ES modules for every bundler and none. */
export default defineConfig({
  input: { client: 'www/package/client.ts', worker: 'www/package/worker.ts' },
  // The sources name their neighbours `./x.js`, as the package's type declarations must.
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  output: { dir: 'pkg', format: 'esm', chunkFileNames: '[name].js' },
});
