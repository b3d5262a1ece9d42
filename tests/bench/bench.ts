/**
 * `npm run bench`: this package against onnxruntime-web and TensorFlow.js, in one browser, with the same weights. Pictures are
 * compared before anything is timed. It is not a part of the tests, and nothing else should run beside it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import type { Browser } from '@playwright/test';
import { openBrowser } from './browser';
import { type Device, contenders } from './contenders';
import { type Result, measure } from './measure';
import { type Options, USAGE, parseOptions } from './options';
import { installPeers } from './peers';
import { type Setting, describe, scaleTable, soakTable, tables, withReport } from './report';
import { type Grown, type Soaked, measureScale, soak } from './scale';
import { serve } from './site';

async function main(options: Options): Promise<void> {
  const peers = options.peers.length > 0 && !options.scale ? installPeers() : {};
  const site = await serve();
  const { browser, adapter } = await openBrowser(site.url, options.devices?.includes('webgpu') ? 'needed' : 'wanted');
  try {
    const hardware = adapter !== undefined && !adapter.software;
    const devices: readonly Device[] = options.devices ?? (hardware ? ['cpu', 'webgpu'] : ['cpu']);
    if (!options.devices && !hardware) console.log('No hardware adapter: WebGPU is left out. --devices cpu,webgpu takes a software one.');
    const setting = settingOf(browser.version(), adapter, peers);
    console.log(describe(setting));
    const work = options.scale ? scale : compare;
    const figures = await work(browser, site.url, devices, options);
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ setting, ...figures }, null, 2)}\n`);
    if (options.readme && 'results' in figures) {
      const report = `${describe(setting)}\n\n${tables(figures.results)}`;
      writeFileSync('README.md', withReport(readFileSync('README.md', 'utf8'), report));
    }
  } finally {
    await browser.close();
    site.close();
  }
}

async function compare(browser: Browser, url: string, devices: readonly Device[], options: Options): Promise<{ results: Result[] }> {
  const results: Result[] = [];
  for (const ngf of options.ngf) {
    const measured = await measure(browser, url, ngf, contenders(devices, options.peers), options);
    console.log(`\n${tables(measured)}`);
    results.push(...measured);
  }
  return { results };
}

async function scale(browser: Browser, url: string, devices: readonly Device[], options: Options): Promise<{ scale: Grown[]; soak: Soaked[] }> {
  const figures: { scale: Grown[]; soak: Soaked[] } = { scale: [], soak: [] };
  for (const device of devices) {
    for (const ngf of options.ngf) {
      const grown = await measureScale(browser, url, device, ngf, options);
      console.log(`\n${scaleTable(grown)}`);
      figures.scale.push(...grown);
    }
    const soaked = await soak(browser, url, device, options.soak);
    console.log(`\n${soakTable(soaked)}`);
    figures.soak.push(...soaked);
  }
  return figures;
}

function settingOf(browser: string, adapter: Setting['adapter'], peers: Setting['peers']): Setting {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  return {
    command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
    date: new Date().toISOString().slice(0, 10),
    browser,
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    adapter,
    version,
    build: readFileSync('pkg/.built', 'utf8').trim(),
    peers,
  };
}

let options: Options;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exit(2);
}
// Playwright kills its browser when the process exits.
for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) process.once(signal, () => process.exit(status));
await main(options);
