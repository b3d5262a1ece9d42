/** The browser, and the adapter that it offers. */
import { type Browser, type Page, chromium } from '@playwright/test';

const FLAGS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--enable-unsafe-webgpu',
  // measureUserAgentSpecificMemory collects garbage at once, and need not wait for it.
  '--enable-blink-features=ForceEagerMeasureMemory',
];
/** A GPU in a browser without a window: Linux has it through Vulkan. */
const HARDWARE = ['--ignore-gpu-blocklist', ...(process.platform === 'linux' ? ['--enable-features=Vulkan', '--use-angle=vulkan'] : [])];
const SOFTWARE = ['--use-webgpu-adapter=swiftshader', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

export interface Adapter {
  readonly name: string;
  readonly software: boolean;
}

export interface Opened {
  readonly browser: Browser;
  /** None where the browser offers no adapter. */
  readonly adapter: Adapter | undefined;
}

/** Opens a browser with the machine's GPU; where it has none and WebGPU is needed, with the software adapter. */
export async function openBrowser(url: string, webgpu: 'wanted' | 'needed'): Promise<Opened> {
  const opened = await open(url, HARDWARE);
  if (webgpu === 'wanted' || (opened.adapter && !opened.adapter.software)) return opened;
  await opened.browser.close();
  return open(url, SOFTWARE);
}

async function open(url: string, graphics: readonly string[]): Promise<Opened> {
  const executablePath = process.env['CHROME'] ?? '/usr/bin/chromium';
  // On Ctrl-C the whole benchmark ends (see bench.ts). Playwright would close the browser alone, and that would be a result.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  const browser = await chromium.launch({ executablePath, args: [...FLAGS, ...graphics], ...signals });
  const page = await openTab(browser, url);
  const adapter = await page.evaluate(async (): Promise<Adapter | undefined> => {
    const gpu: GPU | undefined = navigator.gpu;
    const found = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
    if (!found) return undefined;
    const { vendor, architecture, device, description, isFallbackAdapter } = found.info;
    const name = [vendor, architecture, device, description].filter(Boolean).join(' ');
    return { name, software: isFallbackAdapter };
  });
  await page.close();
  return { browser, adapter };
}

/** A tab with the benchmark's page. What goes wrong in it is told on the terminal. */
export async function openTab(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  page.on('pageerror', (error) => console.error(`in the page: ${error.message}`));
  await page.goto(url);
  await page.waitForFunction(() => 'bench' in globalThis);
  return page;
}
