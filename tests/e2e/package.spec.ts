/** The packed package in a bundled site and in Node. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { rolldown } from 'rolldown';
import { createServer } from 'vite';
import { FOLDER } from '../bundlers/tools';
import { expect, test } from './fixtures';
import { plainSite, root, tarball, viteSite } from './pack';

const installed = join(plainSite, 'node_modules/pix2pix-web');

/** Whether there is a picture on the canvas. */
const painted = (page: Page, id: string) =>
  page.evaluate((id) => {
    const canvas = document.querySelector<HTMLCanvasElement>(`#${id}`)!;
    return canvas.getContext('2d')!.getImageData(0, 0, 256, 256).data.some((v) => v > 0 && v < 255);
  }, id);

test('the documented examples run in a Vite project, from any folder', async ({ page, serve }) => {
  const site = await serve(join(viteSite, 'dist'), { base: '/deep/er/' });
  await page.goto(site.url);
  for (const id of ['picture', 'documented']) {
    await expect.poll(() => painted(page, id)).toBe(true);
  }
  expect(site.requests.filter((request) => request.includes('webgpu')), 'nothing of the engine that is not used').toEqual([]);
});

test('the documented example runs under Vite’s development server, where dependencies are bundled elsewhere', async ({ page }) => {
  const server = await createServer({ root: viteSite, configFile: false, logLevel: 'error', optimizeDeps: { force: true }, server: { port: 0, host: 'localhost' } });
  try {
    await server.listen();
    await page.goto(server.resolvedUrls!.local[0]!);
    await expect.poll(() => painted(page, 'picture')).toBe(true);
  } finally {
    await server.close();
  }
});

test('a bundler that copies no files is told what to set, and then works', async ({ page, serve }) => {
  const site = join(root, 'target/e2e/copied');
  rmSync(site, { recursive: true, force: true });
  mkdirSync(site, { recursive: true });
  const bundle = async (options: string) => {
    const source = `
      import { Pix2Pix } from 'pix2pix-web';
      const model = await Pix2Pix.load('./rgb-generator.pict', { device: 'cpu', ${options} }).catch((error) => (document.title = error.message));
      if (model.info) document.title = String((await model.translate(new ImageData(256, 256))).width);
    `;
    writeFileSync(join(plainSite, 'bundled.js'), source);
    const build = await rolldown({ input: join(plainSite, 'bundled.js'), external: /\/(cpu|webgpu)\.js$/, logLevel: 'silent' });
    await build.write({ dir: join(site, 'scripts'), format: 'esm' });
    await build.close();
  };
  cpSync(join(plainSite, 'rgb-generator.pict'), join(site, 'rgb-generator.pict'));
  writeFileSync(join(site, 'index.html'), '<!doctype html><title></title><script type="module" src="./scripts/bundled.js"></script>');
  const { url } = await serve(site);
  await bundle('');
  await page.goto(url);
  await expect(page).toHaveTitle(/cpu_bg\.wasm answered 404.*wasmUrl/);
  // As the README has it.
  cpSync(join(installed, 'pkg'), join(site, 'pix2pix'), { recursive: true });
  const from = (file: string) => `{ cpu: '/pix2pix/cpu${file}', webgpu: '/pix2pix/webgpu${file}' }`;
  await bundle(`wasmUrl: ${from('_bg.wasm')}, workerUrl: ${from('-worker.js')}`);
  await page.goto(url);
  await expect(page).toHaveTitle('256');
});

test('importing the package in Node does nothing, and does not throw', () => {
  const script = `
    const { Pix2Pix, Pix2PixError } = await import('pix2pix-web');
    const { Pix2PixPad } = await import('pix2pix-web/element');
    console.log(typeof Pix2Pix.load, new Pix2PixError('a/b', 'c').code, Pix2PixPad.observedAttributes[0]);
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: plainSite });
  expect(String(output)).toBe('function a/b model\n');
});

test('the types hold in strict projects, the newest that resolves as Node does and one of TypeScript 5.6 as bundlers do', () => {
  const source = `
    import { Pix2Pix, type ModelInfo } from 'pix2pix-web';
    import { Pix2PixPad, type PadPicture } from 'pix2pix-web/element';
    const model = await Pix2Pix.load('/a.pict', { device: 'cpu' });
    export const info: ModelInfo = model.info;
    export const picture: ImageData = await model.translate(new ImageData(1, 1), { fit: 'cover' });
    // @ts-expect-error a number is no source
    await Pix2Pix.load(3);
    const pad: Pix2PixPad = document.querySelector('pix2pix-pad')!;
    pad.modelObject = model;
    pad.addEventListener('pix2pix-picture', ({ detail }) => detail satisfies PadPicture);
    export const drawn: ImageData = await pad.translate();
    // @ts-expect-error a width is a number
    pad.width = 'wide';
  `;
  writeFileSync(join(plainSite, 'use.ts'), source);
  // The package's own types are checked too, one file at a time.
  const options = ['--strict', '--isolatedModules', '--verbatimModuleSyntax', '--noEmit', '--target', 'esnext', '--lib', 'esnext,dom', 'use.ts'];
  const projects = [
    [join(root, 'node_modules/typescript/bin/tsc'), '--ignoreConfig', '--module', 'nodenext'],
    [join(root, FOLDER, 'node_modules/typescript-5.6/bin/tsc'), '--module', 'esnext', '--moduleResolution', 'bundler'],
  ];
  for (const project of projects) execFileSync(process.execPath, [...project, ...options], { cwd: plainSite, stdio: 'pipe' });
});

test('the package is as registries, bundlers and TypeScript expect one', () => {
  const run = (tool: string, options: string[]) => execFileSync(join(root, FOLDER, 'node_modules/.bin', tool), options, { stdio: 'pipe' });
  run('publint', ['run', installed, '--strict', '--pack', 'false']);
  run('attw', [tarball, '--profile', 'esm-only', '--entrypoints', '.', 'element', '--no-definitely-typed']);
});

test('each entry has its types in one file, with nothing in it that can’t be imported from there or is none of the public’s', () => {
  const declared = readdirSync(installed, { recursive: true }).map(String).filter((name) => name.endsWith('.d.ts'));
  expect(declared.sort()).toEqual(['pkg/client.d.ts', 'pkg/element.d.ts']);
  const [client, element] = declared.map((name) => readFileSync(join(installed, name), 'utf8'));
  const imports = (text: string) => [...text.matchAll(/\bfrom ['"](.*?)['"]|\bimport\(['"](.*?)['"]\)/g)].map(([, from, inline]) => from ?? inline);
  // But for the example in its documentation.
  expect([imports(client!), imports(element!)]).toEqual([['pix2pix-web'], ['./client.js']]);
  expect(client! + element!).not.toContain('@internal');
});

test('the package carries the models with their licences', () => {
  const files = readdirSync(installed, { recursive: true }).map(String);
  const models = files.filter((name) => /models\/(?!.*discriminator).*\.safetensors$/.test(name)).sort();
  const names = ['edges2emoji-ngf16', 'edges2emoji-ngf32', 'edges2photo-ngf32', 'labels2front-ngf32', 'labels2room-ngf32'];
  expect(models).toEqual(names.map((name) => `www/models/${name}.safetensors`));
  for (const name of ['edges2emoji', 'edges2photo', 'labels2front', 'labels2room']) expect(files).toContain(`www/models/LICENSE-${name}.txt`);
});

test('what the package exports is in it', () => {
  const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { exports: Record<string, string | Record<string, string>> };
  const files = Object.values(exports).flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)));
  expect(files.filter((file) => !existsSync(join(installed, file)))).toEqual([]);
  for (const name of ['cpu', 'cpu-relaxed', 'threads', 'threads-relaxed', 'webgpu']) expect(Object.keys(exports)).toContain(`./${name}_bg.wasm`);
});

test('the element is no more than 16 kB beside the client', async () => {
  const build = await rolldown({ input: join(installed, 'pkg/element.js'), external: /client\.js$/ });
  const { output: [{ code }] } = await build.generate({ minify: true });
  await build.close();
  const size = brotliCompressSync(code).length;
  console.log(`pix2pix-web/element: ${(size / 1000).toFixed(1)} kB, minified and with brotli`);
  expect(size).toBeLessThan(16_000);
});

test('a visit without a GPU needs less than 0.9 MB of WebAssembly', () => {
  const mode = readFileSync(join(root, 'pkg/.built'), 'utf8').trim();
  test.skip(mode !== 'release', 'this build is not optimised');
  // As a static host has it, which packs each file once.
  for (const engine of ['cpu', 'cpu-relaxed']) {
    expect(brotliCompressSync(readFileSync(join(installed, `pkg/${engine}_bg.wasm`))).length, engine).toBeLessThan(900_000);
  }
});
