/** Firefox and WebKit as Debian has them, which Playwright does not drive: what a test does with a browser, in one shape for both. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch } from 'puppeteer-core';
import { Builder, By, Key, Origin } from 'selenium-webdriver';

/** In CSS pixels of the viewport. */
export type Point = readonly [x: number, y: number];

export interface Driver {
  /** What the browser calls itself. */
  readonly version: string;
  /** Where files go that pages let it download. */
  readonly downloads: string;
  open(url: string): Promise<void>;
  reload(): Promise<void>;
  /** Runs a function in the page and waits for what it returns. It travels as its source text, its arguments as JSON. */
  evaluate<A extends unknown[], T>(task: (...args: A) => T | Promise<T>, ...args: A): Promise<T>;
  /** Moves the mouse, pressed, through these points; a single one is a click. */
  drag(points: readonly Point[]): Promise<void>;
  /** Presses Ctrl with a key. */
  control(key: string): Promise<void>;
  /** Brings files, by their paths, to a field for files. */
  upload(selector: string, files: readonly string[]): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  /** Of the viewport, as PNG. */
  screenshot(): Promise<Buffer>;
  end(): Promise<void>;
}

export type BrowserName = 'Firefox' | 'WebKit';

interface Kind {
  /** What must be on the PATH. */
  readonly commands: readonly string[];
  /** Debian's packages of them. */
  readonly packages: string;
  readonly start: (home: string) => Promise<Driver>;
}

const KINDS: Record<BrowserName, Kind> = {
  Firefox: { commands: ['firefox-esr'], packages: 'firefox-esr', start: startFirefox },
  WebKit: { commands: ['WebKitWebDriver', 'Xvfb'], packages: 'webkit2gtk-driver xvfb', start: startWebKit },
};

/** Undefined where the browser is installed, else what to do. */
export function missing(name: BrowserName): string | undefined {
  const { commands, packages } = KINDS[name];
  const lacking = commands.filter((command) => pathOf(command) === undefined);
  return lacking.length === 0 ? undefined : `${name} is not tested: ${lacking.join(' and ')} not found; on Debian, sudo apt-get install ${packages}`;
}

/** Starts a browser with a profile of its own, which goes with it. */
export async function startBrowser(name: BrowserName): Promise<Driver> {
  const home = mkdtempSync(join(tmpdir(), 'pix2pix-browser-'));
  mkdirSync(downloadsOf(home));
  const remove = () => rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  try {
    const driver = await KINDS[name].start(home);
    return { ...driver, end: async () => void (await driver.end(), remove()) };
  } catch (error) {
    remove();
    throw error;
  }
}

function pathOf(command: string): string | undefined {
  try {
    return execFileSync('which', [command], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** A function called with arguments, as an expression. */
function call(task: { toString(): string }, args: readonly unknown[]): string {
  return `(${task.toString()})(...${JSON.stringify(args)})`;
}

const downloadsOf = (home: string): string => join(home, 'downloads');

/** Over WebDriver BiDi. */
async function startFirefox(home: string): Promise<Driver> {
  const browser = await launch({
    browser: 'firefox',
    executablePath: pathOf('firefox-esr')!,
    userDataDir: join(home, 'profile'),
    extraPrefsFirefox: { 'browser.download.folderList': 2, 'browser.download.dir': downloadsOf(home) },
  });
  const page = await browser.newPage();
  return {
    version: await browser.version(),
    downloads: downloadsOf(home),
    open: async (url) => void (await page.goto(url)),
    reload: async () => void (await page.reload()),
    evaluate: async <A extends unknown[], T>(task: (...args: A) => T | Promise<T>, ...args: A) => (await page.evaluate(call(task, args))) as T,
    drag: async ([first, ...more]) => {
      await page.mouse.move(...first!);
      await page.mouse.down();
      for (const point of more) await page.mouse.move(...point, { steps: 5 });
      await page.mouse.up();
    },
    control: async (key) => {
      await page.keyboard.down('Control');
      await page.keyboard.press(key as 'z');
      await page.keyboard.up('Control');
    },
    upload: async (selector, files) => {
      const field = await page.$(selector as 'input');
      await field!.uploadFile(...files);
    },
    resize: (width, height) => page.setViewport({ width, height }),
    screenshot: async () => Buffer.from(await page.screenshot()),
    end: () => browser.close(),
  };
}

/** MiniBrowser on a screen of its own, over WebDriver. */
async function startWebKit(home: string): Promise<Driver> {
  const processes: ChildProcess[] = [];
  const endAll = async () => {
    for (const process of processes.reverse()) {
      if (process.exitCode !== null || process.signalCode !== null) continue;
      process.kill();
      await once(process, 'exit');
    }
  };
  try {
    // It writes the number of its screen once it is ready.
    const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1400x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    processes.push(screen);
    const [display] = (await once(screen.stdio[3] as Readable, 'data')) as [Buffer];
    writeFileSync(join(home, 'user-dirs.dirs'), `XDG_DOWNLOAD_DIR="${downloadsOf(home)}"\n`);
    const places = Object.fromEntries(['CONFIG', 'DATA', 'CACHE'].map((kind) => [`XDG_${kind}_HOME`, home]));
    const port = 20_000 + Number(String(display)); // As free as the screen's number.
    const service = spawn('WebKitWebDriver', [`--port=${port}`], {
      // In no language: what a page makes of that, Chromium and Firefox don't show.
      env: { ...process.env, ...places, LC_ALL: 'C', DISPLAY: `:${String(display).trim()}` },
      stdio: 'ignore',
    });
    processes.push(service);
    const address = `http://127.0.0.1:${port}`;
    await answering(`${address}/status`);
    const session = await new Builder().usingServer(address).withCapabilities({ browserName: 'MiniBrowser' }).build();
    await session.manage().setTimeouts({ script: 120_000, pageLoad: 120_000 });
    const capabilities = await session.getCapabilities();
    return {
      version: `${capabilities.getBrowserName()} ${capabilities.getBrowserVersion()}`,
      downloads: downloadsOf(home),
      open: (url) => session.get(url),
      reload: () => session.navigate().refresh(),
      evaluate: async (task, ...args) => {
        const run = `const [done] = arguments;
          (async () => ${call(task, args)})().then((value) => done({ value }), (error) => done({ error: String(error) }));`;
        const answer = await session.executeAsyncScript<{ value: never; error?: string }>(run);
        if (answer.error !== undefined) throw new Error(answer.error);
        return answer.value;
      },
      drag: async ([first, ...more]) => {
        const to = ([x, y]: Point) => ({ x: Math.round(x), y: Math.round(y), origin: Origin.VIEWPORT, duration: 50 });
        const actions = session.actions({ async: true }).move(to(first!)).press();
        for (const point of more) actions.move(to(point));
        await actions.release().perform();
      },
      control: async (key) => {
        await session.actions({ async: true }).keyDown(Key.CONTROL).sendKeys(key).keyUp(Key.CONTROL).perform();
      },
      upload: (selector, files) => session.findElement(By.css(selector)).sendKeys(files.join('\n')),
      resize: async (width, height) => {
        const window = session.manage().window();
        await window.setRect({ x: 0, y: 0, width, height });
        const inside = await session.executeScript<number>('return innerHeight');
        await window.setRect({ x: 0, y: 0, width, height: 2 * height - inside }); // The window has a bar above the page.
      },
      screenshot: async () => Buffer.from(await session.takeScreenshot(), 'base64'),
      end: async () => {
        await session.quit().catch(() => undefined); // The browser may have crashed.
        await endAll();
      },
    };
  } catch (error) {
    await endAll();
    throw error;
  }
}

async function answering(url: string): Promise<void> {
  for (let tries = 100; ; tries--) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (tries === 0) throw error;
      await new Promise((go) => setTimeout(go, 100));
    }
  }
}
