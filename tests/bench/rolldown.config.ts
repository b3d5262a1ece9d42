import { defineConfig } from 'rolldown';

/** The benchmark: a script for Node, and one for the page that it opens. */
export default defineConfig([
  {
    input: 'tests/bench/bench.ts',
    platform: 'node',
    external: ['@playwright/test', 'sirv'],
    output: { file: 'target/bench/bench.mjs', format: 'esm', sourcemap: true, codeSplitting: false },
  },
  {
    input: 'tests/bench/page/main.ts',
    output: { file: 'target/bench/page/main.js', format: 'esm', sourcemap: true, codeSplitting: false },
  },
]);
