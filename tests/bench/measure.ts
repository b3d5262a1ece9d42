/** Compares the contenders at one width: pictures first, then times in turns, then training steps in turns. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from '@playwright/test';
import { openTab } from './browser';
import type { Contender } from './contenders';
import { generatorToOnnx } from './onnx';
import type {} from './page/main';
import type { Losses, Picture } from './page/runtime';
import { readSafetensors } from './safetensors';
import { MODELS } from './site';
import { type Summary, difference, lossDifference, summarise } from './statistics';

/** A picture from -1 to 1 that is further than this from the first contender's, which is ours, is another picture. */
export const TOLERANCE = 1e-3;
/** Pictures are 256 pixels wide. */
const SIZE = 256;

/** What was measured, or why it was not. */
export type Measured = (Summary & { readonly difference: number }) | { readonly failed: string };

export interface Result {
  readonly ngf: number;
  readonly contender: Contender;
  /** Milliseconds a picture; the largest difference from the first contender's picture. */
  readonly translation: Measured;
  /**
   * Milliseconds a step; the largest difference of the first step's losses, as a part of the first contender's. Undefined where
   * none was asked for, and for onnxruntime-web, which has no training.
   */
  readonly training: Measured | undefined;
}

export interface Rounds {
  /** Translations behind the first. */
  readonly runs: number;
  /** Steps behind the first; with 0 there is no training at all. */
  readonly steps: number;
}

export async function measure(
  browser: Browser,
  url: string,
  ngf: number,
  contenders: readonly Contender[],
  { runs, steps }: Rounds,
): Promise<Result[]> {
  const model = await storeModel(browser, url, ngf);
  const entrants: Entrant[] = [];
  for (const contender of contenders) {
    const page = await openTab(browser, url);
    const entrant = new Entrant(contender, page);
    entrant.tell(`loads ngf ${ngf}`);
    await entrant.try('translation', () =>
      page.evaluate(([contender, { weights, onnx }, size]) => bench.open(contender, weights, onnx, size), [contender, model, SIZE] as const),
    );
    entrants.push(entrant);
  }
  try {
    await compareTranslations(entrants, runs);
    if (steps > 0) await compareTraining(entrants.filter(trains), steps);
  } finally {
    for (const { page } of entrants) await page.close();
  }
  return entrants.map((entrant) => ({
    ngf,
    contender: entrant.contender,
    translation: entrant.translation.measured(),
    training: steps > 0 && trains(entrant) ? entrant.training.measured() : undefined,
  }));
}

function trains({ contender }: Entrant): boolean {
  return contender.runtime !== 'ort';
}

/** Makes the weights, and the ONNX file of them; returns their addresses. */
async function storeModel(browser: Browser, url: string, ngf: number): Promise<{ weights: string; onnx: string }> {
  const name = `unet-${ngf}`;
  const model = { weights: `/models/${name}.safetensors`, onnx: `/models/${name}.onnx` };
  const page = await openTab(browser, url);
  await page.evaluate(([ngf, weights]) => bench.store(ngf, weights), [ngf, model.weights] as const);
  await page.close();
  const tensors = readSafetensors(new Uint8Array(readFileSync(join(MODELS, `${name}.safetensors`))));
  writeFileSync(join(MODELS, `${name}.onnx`), generatorToOnnx(tensors));
  return model;
}

/** The times of one kind of work, or how it failed. */
class Times {
  first: number | undefined;
  difference: number | undefined;
  failed: string | undefined;
  readonly later: number[] = [];

  measured(): Measured {
    if (this.failed !== undefined) return { failed: this.failed };
    if (this.first === undefined || this.difference === undefined) throw new Error('nothing was measured, and nothing failed');
    return { ...summarise(this.first, this.later), difference: this.difference };
  }
}

/** A contender in its tab. */
class Entrant {
  readonly contender: Contender;
  readonly page: Page;
  readonly translation = new Times();
  readonly training = new Times();

  constructor(contender: Contender, page: Page) {
    this.contender = contender;
    this.page = page;
  }

  /** Does what may fail, and marks that it did. Without a picture there is no training either. */
  async try<T>(work: 'translation' | 'training', task: () => Promise<T>): Promise<T | undefined> {
    try {
      return await task();
    } catch (error) {
      this.fail(work, reasonOf(error));
      return undefined;
    }
  }

  /** Says what is under way, on stderr: a step may take a minute. */
  tell(what: string): void {
    console.error(`${this.contender.name}: ${what}`);
  }

  fail(work: 'translation' | 'training', reason: string): void {
    this[work].failed = reason;
    if (work === 'translation') this.training.failed = reason;
  }
}

/** What a page's error says, without its stack. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^page\.evaluate: (Error: )?/, '').split('\n')[0]!;
}

async function compareTranslations(entrants: readonly Entrant[], runs: number): Promise<void> {
  let reference: Picture | undefined;
  for (const entrant of entrants.filter(({ translation }) => translation.failed === undefined)) {
    const { page, translation } = entrant;
    entrant.tell('first translation');
    await entrant.try('translation', async () => {
      translation.first = await page.evaluate(() => bench.translate());
      const picture = await page.evaluate(() => bench.picture());
      reference ??= picture;
      translation.difference = difference(reference, picture);
      if (translation.difference > TOLERANCE) entrant.fail('translation', `its picture differs by ${translation.difference.toExponential(1)}`);
    });
  }
  await inTurns(entrants, 'translation', runs, (page) => page.evaluate(() => bench.translate()));
}

async function compareTraining(entrants: readonly Entrant[], steps: number): Promise<void> {
  let reference: Losses | undefined;
  for (const entrant of entrants.filter(({ training }) => training.failed === undefined)) {
    const { page, training } = entrant;
    entrant.tell('first step');
    await entrant.try('training', async () => {
      const { milliseconds, losses } = await page.evaluate(() => bench.step());
      reference ??= losses;
      training.first = milliseconds;
      training.difference = lossDifference(reference, losses);
      if (!(training.difference <= TOLERANCE)) entrant.fail('training', `its losses differ by ${training.difference.toExponential(1)}`);
    });
  }
  await inTurns(entrants, 'training', steps, async (page) => (await page.evaluate(() => bench.step())).milliseconds);
}

/** A B C, A B C, …: what else the machine does meanwhile falls on all alike. */
async function inTurns(
  entrants: readonly Entrant[],
  work: 'translation' | 'training',
  rounds: number,
  time: (page: Page) => Promise<number>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const entrant of entrants.filter((entrant) => entrant[work].failed === undefined)) {
      entrant.tell(`${work} ${round + 1} of ${rounds}`);
      const milliseconds = await entrant.try(work, () => time(entrant.page));
      if (milliseconds !== undefined) entrant[work].later.push(milliseconds);
    }
  }
}
