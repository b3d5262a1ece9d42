/** `--scale`: time and memory of this package by width, size and batch; and what they come to in long use. */
import type { Browser } from '@playwright/test';
import { openTab } from './browser';
import type { Device } from './contenders';
import { type Rounds, reasonOf } from './measure';
import type {} from './page/main';
import type { Memory, Use, Work } from './page/scale';
import { nameOf } from './report';
import { type Summary, summarise } from './statistics';

/** What a kind of work took, or why it could not be done. */
export type Grown = { readonly work: Work } & ((Summary & { readonly memory: Memory }) | { readonly failed: string });

/** Memory early and late in long use. */
export type Soaked = { readonly work: Work } & (Pick<Use, 'memory'> | { readonly failed: string });

/** Pictures of 256 and of 512 pixels, and batches of 1 and of 8. */
const KINDS: readonly Pick<Work, 'depth' | 'batchSize'>[] = [{ depth: 8 }, { depth: 9 }, { depth: 8, batchSize: 1 }, { depth: 8, batchSize: 8 }];

export async function measureScale(
  browser: Browser,
  url: string,
  device: Device,
  ngf: number,
  { runs, steps }: Rounds,
): Promise<Grown[]> {
  const all: Grown[] = [];
  for (const kind of KINDS) {
    const work: Work = { device, ngf, ...kind };
    const later = work.batchSize === undefined ? runs : steps;
    if (later === 0) continue;
    const used = await inTab(browser, url, work, [1 + later]);
    all.push('failed' in used ? used : { work, ...summarise(used.times[0]!, used.times.slice(1)), memory: used.memory.at(-1)!.memory });
  }
  return all;
}

/** How often each kind of work is done in long use; 0 leaves it out. */
export interface Soak {
  readonly translations: number;
  readonly steps: number;
}

/** Memory after a twentieth of the calls and after all, at ngf 16. What grows between them is lost. */
export async function soak(browser: Browser, url: string, device: Device, { translations, steps }: Soak): Promise<Soaked[]> {
  const works: readonly [Work, calls: number][] = [
    [{ device, ngf: 16, depth: 8 }, translations],
    [{ device, ngf: 16, depth: 8, batchSize: 1 }, steps],
  ];
  const soaked: Soaked[] = [];
  for (const [work, calls] of works) {
    if (calls > 0) soaked.push(await inTab(browser, url, work, [Math.ceil(calls / 20), calls]));
  }
  return soaked;
}

/** Does the work in a tab of its own, whose memory ends with it. */
async function inTab(browser: Browser, url: string, work: Work, at: readonly number[]): Promise<({ work: Work } & Use) | { work: Work; failed: string }> {
  console.error(`ngf ${work.ngf}, ${work.device}: ${nameOf(work)}, ${Math.max(...at)} times`);
  const page = await openTab(browser, url);
  try {
    return { work, ...(await page.evaluate(([work, at]) => bench.use(work, at), [work, at] as const)) };
  } catch (error) {
    return { work, failed: reasonOf(error) };
  } finally {
    await page.close();
  }
}
