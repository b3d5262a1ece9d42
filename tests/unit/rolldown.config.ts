import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';
import { inlineStyles } from '../../rolldown.config';

const here = fileURLToPath(new URL('.', import.meta.url));
const tests = readdirSync(here).filter((file) => file.endsWith('.test.ts'));

/** The unit tests as plain scripts for Node's own test runner: no browser, and nothing of Rust is built for them. */
export default defineConfig({
  input: tests.map((file) => `${here}${file}`),
  platform: 'node',
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  transform: { define: { PACKAGE_VERSION: '"1.2.3"', ENGINE_BYTES: '{ cpu: 8 }' } },
  moduleTypes: { '.css': 'empty' },
  plugins: [inlineStyles],
  // Only a worker or a page imports the engine, and no test starts one.
  external: [/-engine\.js$/, 'rolldown/parseAst'],
  output: { dir: 'target/unit', format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs', sourcemap: true, cleanDir: true },
});
