import { defineConfig } from 'rolldown';

/** The npm package's JavaScript, beside the WebAssembly in `pkg`: plain ES modules for every bundler and none. */
export default defineConfig({
  input: { client: 'www/package/client.ts', worker: 'www/package/worker.ts' },
  output: { dir: 'pkg', format: 'esm', chunkFileNames: '[name].js' },
});
