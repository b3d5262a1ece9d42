/** The package out of every bundler, in an isolated page, where each of its engines is asked, and the element. Those are stand-ins, which paint a grey of their own. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { rolldown } from 'rolldown';
import { createServer } from 'vite';
import { ISOLATION } from '../../www/service-worker/isolation';
import { BUNDLERS, builtNext, bundled, linkedSite, writeSite } from '../bundlers/bundlers';
import { SHADES, WORKERS } from '../bundlers/stub';
import { buildPackage, PACKAGE } from '../bundlers/tools';
import { expect, test } from './fixtures';

const EVERY_ENGINE = [...Object.values(SHADES), SHADES['cpu-relaxed']].join(' ');

test.beforeAll(buildPackage);

async function runs(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await expect(page).toHaveTitle(/./);
  expect(await page.title()).toBe(EVERY_ENGINE);
}

for (const bundler of BUNDLERS) {
  test(`every engine runs out of ${bundler.name}`, async ({ page, serve }) => {
    await runs(page, (await serve(bundled(bundler), { headers: ISOLATION })).url);
  });
}

/** Serves the site as Vite does while it is developed, asks every engine, and takes the server down. */
async function runsUnderVite(page: Page, root: string, fs: { allow?: string[] } = {}): Promise<void> {
  // What it bundled of an earlier build of the package is kept under the same name.
  const server = await createServer({ root, configFile: false, logLevel: 'error', optimizeDeps: { force: true }, server: { port: 0, host: 'localhost', headers: ISOLATION, fs } });
  try {
    await server.listen();
    await runs(page, server.resolvedUrls!.local[0]!);
  } finally {
    await server.close();
  }
}

test('every engine runs under Vite’s development server', async ({ page }) => {
  await runsUnderVite(page, writeSite('Vite, developing', './main.js'));
});

test('every engine runs under Vite’s development server of a project that the package was linked into from elsewhere', async ({ page }) => {
  const { site, checkout } = linkedSite();
  // As the README has it: what lies outside the project is not served otherwise.
  await runsUnderVite(page, site, { allow: ['.', checkout] });
});

test('every engine runs out of Next.js, whose server renders the page', async ({ page }) => {
  const { command, arguments: options, cwd } = builtNext();
  const server = spawn(command, options, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const url = await new Promise<string>((found, failed) => {
      let output = '';
      server.stdout.on('data', (chunk: Buffer) => {
        const local = /Local:\s+(\S+)/.exec((output += String(chunk)))?.[1];
        if (local !== undefined) found(local);
      });
      server.on('exit', () => failed(new Error(`it ended: ${output}`)));
    });
    await runs(page, url);
  } finally {
    server.kill();
  }
});

test('a worker that imports the package’s own is not shaken away', async () => {
  const site = writeSite('own worker', './main.js');
  for (const engine of WORKERS) {
    writeFileSync(join(site, 'worker.js'), `import 'pix2pix-web/${engine}-worker.js';`);
    const build = await rolldown({ input: join(site, 'worker.js'), logLevel: 'silent' });
    const { output: [{ code }] } = await build.generate();
    await build.close();
    expect(code, engine).toContain('addEventListener');
  }
});

test('every engine runs from another origin, which allows to be read and sets nothing else', async ({ page, serve }) => {
  const cdn = await serve(PACKAGE, { headers: { 'access-control-allow-origin': '*' } });
  const site = writeSite('no bundler', './main.js', { from: { client: `${cdn.url}pkg/client.js`, element: `${cdn.url}pkg/element.js` } });
  const { url } = await serve(site, {
    headers: ISOLATION,
    instead: (request, response) => {
      if (!request.url?.endsWith('model.pict')) return false;
      response.end('a model');
      return true;
    },
  });
  await runs(page, url);
});
