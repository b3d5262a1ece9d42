/**
 * What the page and the package need of a browser, and what is newer than that: the README's table follows from the first list, and
 * tests take away of the second what a browser's versions lack. The versions are those of MDN's browser-compat-data.
 */

interface Versions {
  readonly chrome: number;
  readonly firefox: number;
  readonly safari: number;
}

export interface Needed extends Versions {
  readonly name: string;
  /** Where it is used: a file, and the words. */
  readonly seen: readonly [file: string, words: string];
}

/** Without one of these nothing works, or what is chosen can't be told. */
export const NEEDED: readonly Needed[] = [
  { name: 'module workers', chrome: 80, firefox: 114, safari: 15, seen: ['www/package/caller/thread.ts', "{ type: 'module' }"] },
  { name: 'SIMD in WebAssembly', chrome: 91, firefox: 89, safari: 16.4, seen: ['.cargo/config.toml', '+simd128'] },
  { name: 'OffscreenCanvas in 2D', chrome: 69, firefox: 105, safari: 16.4, seen: ['www/package/engine/pixels.ts', 'new OffscreenCanvas'] },
  { name: ':has()', chrome: 105, firefox: 121, safari: 15.4, seen: ['www/style.css', ':has(:checked)'] },
  { name: 'color-mix()', chrome: 111, firefox: 113, safari: 16.2, seen: ['www/style.css', 'color-mix('] },
  { name: 'container queries', chrome: 105, firefox: 110, safari: 16, seen: ['www/style.css', '@container'] },
  { name: 'constructable style sheets', chrome: 73, firefox: 101, safari: 16.4, seen: ['www/package/element/styles.ts', 'CSSStyleSheet()'] },
  { name: 'elements of a form', chrome: 77, firefox: 98, safari: 16.4, seen: ['www/package/element.ts', 'attachInternals()'] },
  { name: 'svh', chrome: 108, firefox: 101, safari: 15.4, seen: ['www/style.css', 'svh'] },
  { name: 'dialogs', chrome: 37, firefox: 98, safari: 15.4, seen: ['www/index.html', '<dialog'] },
  { name: 'findLastIndex', chrome: 97, firefox: 104, safari: 15.4, seen: ['www/package/drawing/strokes.ts', '.findLastIndex('] },
];

/** The oldest versions that have all of them. */
export function oldest(): Versions {
  const most = (browser: keyof Versions) => Math.max(...NEEDED.map((feature) => feature[browser]));
  return { chrome: most('chrome'), firefox: most('firefox'), safari: most('safari') };
}

export interface Newer extends Versions {
  /** Dotted, as it is deleted. */
  readonly name: string;
}

/** Newer than those versions in some browser (Infinity: in none of its own): used where it is there, or not at all. */
export const NEWER: readonly Newer[] = [
  { name: 'AbortSignal.any', chrome: 116, firefox: 124, safari: 17.4 },
  { name: 'AbortSignal.timeout', chrome: 124, firefox: 100, safari: 16 },
  { name: 'Element.prototype.checkVisibility', chrome: 105, firefox: 106, safari: 17.4 },
  { name: 'ClipboardItem', chrome: 76, firefox: 127, safari: 13.1 },
  { name: 'Navigator.prototype.gpu', chrome: 144, firefox: 141, safari: 26 },
  { name: 'Navigator.prototype.wakeLock', chrome: 84, firefox: 126, safari: 16.4 },
  { name: 'Navigator.prototype.canShare', chrome: 128, firefox: Infinity, safari: 14 },
  { name: 'Navigator.prototype.deviceMemory', chrome: 63, firefox: Infinity, safari: Infinity },
  { name: 'PointerEvent.prototype.getCoalescedEvents', chrome: 58, firefox: 59, safari: 18.2 },
  { name: 'Promise.withResolvers', chrome: 119, firefox: 121, safari: 17.4 },
  { name: 'Promise.try', chrome: 128, firefox: 134, safari: 18.2 },
  { name: 'Object.groupBy', chrome: 117, firefox: 119, safari: 17.4 },
  { name: 'Array.fromAsync', chrome: 121, firefox: 115, safari: 16.4 },
  { name: 'Set.prototype.union', chrome: 122, firefox: 127, safari: 17 },
  { name: 'Iterator', chrome: 122, firefox: 131, safari: 18.4 },
  { name: 'Uint8Array.fromBase64', chrome: 140, firefox: 133, safari: 18.2 },
  { name: 'URL.canParse', chrome: 120, firefox: 115, safari: 17 },
  { name: 'URL.parse', chrome: 126, firefox: 126, safari: 18 },
  { name: 'Response.json', chrome: 105, firefox: 115, safari: 17 },
];

/** What browsers lack of it: the oldest of each that works, one in between, and the newest. */
export function lacks(): { browser: string; names: string[] }[] {
  const found = new Map<string, { browser: string; names: string[] }>();
  for (const browser of ['chrome', 'firefox', 'safari'] as const) {
    const since = [...new Set(NEWER.map((feature) => feature[browser]))].filter(Number.isFinite).sort((a, b) => a - b);
    const from = oldest()[browser];
    const later = since.filter((version) => version > from);
    for (const version of [from, later[later.length >> 1]!, later.at(-1)!]) {
      const names = NEWER.filter((feature) => feature[browser] > version).map(({ name }) => name);
      if (names.length > 0) found.set(names.join(), { browser: `${browser} ${version}`, names });
    }
  }
  return [...found.values()];
}

/** A script that takes these away, in a page or a worker; what is not there is passed over. */
export function without(names: readonly string[]): string {
  return `for (const name of ${JSON.stringify(names)}) {
    const path = name.split('.'), last = path.pop();
    const owner = path.reduce((found, part) => found?.[part], globalThis);
    if (owner) delete owner[last];
  }\n`;
}
