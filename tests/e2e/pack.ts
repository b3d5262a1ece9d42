/** Packs the npm package and installs it into two scratch projects, as a stranger would. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** A page without a bundler, served as it lies there. */
export const plainSite = join(root, 'target/e2e/plain');
/** A Vite project that runs the README's example; `dist` is its build. */
export const viteSite = join(root, 'target/e2e/vite');

const run = (command: string, args: string[], cwd: string) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });

export default function pack(): void {
  const scratch = join(root, 'target/e2e');
  for (const folder of [plainSite, viteSite]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch], root),
  ) as [{ filename: string }];
  const tarball = join(scratch, filename);

  for (const folder of [plainSite, viteSite]) {
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    run('npm', ['install', '--no-audit', '--no-fund', '--offline', tarball], folder);
  }
  writeFileSync(join(plainSite, 'index.html'), '<!doctype html><title>plain</title>');
  for (const name of ['rgb-generator.pict', 'rgb-weights.safetensors', 'classic-weights.safetensors']) {
    copyFileSync(join(root, 'tests/fixtures', name), join(plainSite, name));
  }

  const example = /```ts\n(\/\/ main\.ts\n[^]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'));
  if (!example?.[1]) throw new Error('the README has no example that starts with // main.ts');
  writeFileSync(join(viteSite, 'main.ts'), example[1]);
  writeFileSync(
    join(viteSite, 'index.html'),
    '<!doctype html><title>vite</title><canvas id="sketch" width="256" height="256"></canvas>' +
      '<canvas id="picture" width="256" height="256"></canvas>' +
      '<script type="module" src="./main.ts"></script>',
  );
  run(join(root, 'node_modules/.bin/vite'), ['build', '--base', './', '--logLevel', 'error'], viteSite);
}
