/** The packed package in a bundled site and in Node. */
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './fixtures';
import { plainSite, root, viteSite } from './pack';

test('the documented examples run in a Vite project, from any folder', async ({ page, serve }) => {
  const site = await serve(join(viteSite, 'dist'), { base: '/deep/er/' });
  await page.goto(site.url);
  for (const id of ['picture', 'documented']) {
    await expect
      .poll(() =>
        page.evaluate((id) => {
          const canvas = document.querySelector<HTMLCanvasElement>(`#${id}`)!;
          return canvas.getContext('2d')!.getImageData(0, 0, 256, 256).data.some((v) => v > 0 && v < 255);
        }, id),
      )
      .toBe(true);
  }
});

test('importing the package in Node does nothing, and does not throw', () => {
  const script = `
    const { Pix2Pix, Pix2PixError } = await import('pix2pix-web');
    console.log(typeof Pix2Pix.load, new Pix2PixError('a/b', 'c').code);
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: plainSite });
  expect(String(output)).toBe('function a/b\n');
});

test('the types hold in a strict project that resolves as Node does', () => {
  const source = `
    import { Pix2Pix, type ModelInfo } from 'pix2pix-web';
    const model = await Pix2Pix.load('/a.pict', { device: 'cpu' });
    export const info: ModelInfo = model.info;
    export const picture: ImageData = await model.translate(new ImageData(1, 1), { fit: 'cover' });
  `;
  writeFileSync(join(plainSite, 'use.ts'), source);
  const options = ['--ignoreConfig', '--strict', '--noEmit', '--module', 'nodenext', '--target', 'esnext', '--lib', 'esnext,dom'];
  execFileSync(join(root, 'node_modules/.bin/tsc'), [...options, 'use.ts'], { cwd: plainSite, stdio: 'pipe' });
});

test('the package carries the models with their licences', () => {
  const files = readdirSync(join(plainSite, 'node_modules/pix2pix-web'), { recursive: true }).map(String);
  const models = files.filter((name) => name.endsWith('.pict')).sort();
  const names = ['edges2emoji-ngf16', 'edges2emoji-ngf32', 'edges2photo-ngf32'];
  expect(models).toEqual(names.map((name) => `www/models/${name}.pict`));
  for (const name of ['edges2emoji', 'edges2photo']) expect(files).toContain(`www/models/LICENSE-${name}.txt`);
});
