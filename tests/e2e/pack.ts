/** Packs the npm package and installs it into scratch projects, as a stranger would, the bundlers into another, and the examples of the element into a third; and builds the command line. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installTools } from '../bundlers/tools';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** A page without a bundler, served as it lies there. */
export const plainSite = join(root, 'target/e2e/plain');
/** A Vite project that runs the README's example; `dist` is its build. */
export const viteSite = join(root, 'target/e2e/vite');

const scratch = join(root, 'target/e2e');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
/** What would be published. */
export const tarball = join(scratch, `pix2pix-web-${version}.tgz`);

/** Where the examples of the element are built, with the frameworks that they are of. */
export const examplesFolder = join(root, 'target/element');
export const examplesSite = join(examplesFolder, 'site');

/** The command line, built as for the native tests. */
export const commandLine = join(process.env['CARGO_TARGET_DIR'] ?? join(root, 'target'), 'release/pix2pix');

const run = (command: string, args: string[], cwd: string) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });

export default function pack(): void {
  run('cargo', ['build', '--release', '--quiet', '--features', 'cli', '--bin', 'pix2pix'], root);
  installTools();
  installTools('tests/element', examplesFolder);
  for (const folder of [plainSite, viteSite]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', scratch], root);

  for (const folder of [plainSite, viteSite]) {
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    run('npm', ['install', '--no-audit', '--no-fund', '--offline', tarball], folder);
  }
  writeFileSync(join(plainSite, 'index.html'), '<!doctype html><title>plain</title>');
  for (const name of ['rgb-generator.pict', 'rgb-weights.safetensors', 'classic-weights.safetensors']) {
    copyFileSync(join(root, 'tests/fixtures', name), join(plainSite, name));
  }
  cpSync(join(root, 'tests/fixtures/tensorflow/2018'), join(plainSite, 'checkpoint'), { recursive: true });

  const examples = join(examplesFolder, 'node_modules/pix2pix-web');
  for (const folder of [examples, examplesSite]) rmSync(folder, { recursive: true, force: true });
  cpSync(join(plainSite, 'node_modules/pix2pix-web'), examples, { recursive: true });
  cpSync(join(root, 'www/docs/element'), examplesSite, { recursive: true });
  run(join(examplesFolder, 'node_modules/.bin/vite'), ['build', '--logLevel', 'error'], examplesSite);

  // The README's example, and the one in the class's own documentation with what it takes for granted.
  writeFileSync(join(viteSite, 'main.ts'), example('README.md'));
  const given = `
    import modelUrl from 'pix2pix-web/models/edges2emoji-ngf32.safetensors?url';
    const sketchCanvas = document.querySelector<HTMLCanvasElement>('#sketch')!;
    const pictureCanvas = document.querySelector<HTMLCanvasElement>('#documented')!;
  `;
  writeFileSync(join(viteSite, 'documented.ts'), given + example('www/package/client.ts').replace(/^ \* ?/gm, ''));
  const canvas = (id: string) => `<canvas id="${id}" width="256" height="256"></canvas>`;
  const script = (name: string) => `<script type="module" src="./${name}.ts"></script>`;
  writeFileSync(
    join(viteSite, 'index.html'),
    `<!doctype html><title>vite</title>${['sketch', 'picture', 'documented'].map(canvas).join('')}` +
      script('main') + script('documented'),
  );
  run(join(root, 'node_modules/.bin/vite'), ['build', '--base', './', '--logLevel', 'error'], viteSite);
}

/** The first TypeScript example of a file. */
function example(file: string): string {
  const found = /```ts\n([^]*?)```/.exec(readFileSync(join(root, file), 'utf8'))?.[1];
  if (found === undefined) throw new Error(`${file} has no example`);
  return found;
}
