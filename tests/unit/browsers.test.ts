import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { NEEDED, NEWER, oldest } from '../browsers';

test('the README’s table of browsers is what the code needs', () => {
  const table = /## Browsers\n([^]*?)\n## /.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '';
  const version = (browser: string) => Number(new RegExp(`^\\| ${browser}[^|]*\\| ([\\d.]+) \\|`, 'm').exec(table)?.[1]);
  assert.deepEqual({ chrome: version('Chrome'), firefox: version('Firefox'), safari: version('Safari') }, oldest());
});

test('what the table follows from is used', () => {
  for (const { name, seen: [file, words] } of NEEDED) assert.ok(readFileSync(file, 'utf8').includes(words), `${name} in ${file}`);
});

test('what is taken away in the browser’s test is newer than the table', () => {
  const table = oldest();
  for (const { name, chrome, firefox, safari } of NEWER) {
    assert.ok(chrome > table.chrome || firefox > table.firefox || safari > table.safari, name);
  }
});

test('scripts are built for the browsers of the table', () => {
  const { chrome, firefox, safari } = oldest();
  for (const file of ['vite.config.ts', 'rolldown.config.ts']) {
    assert.ok(readFileSync(file, 'utf8').includes(`['chrome${chrome}', 'firefox${firefox}', 'safari${safari}']`), file);
  }
});
