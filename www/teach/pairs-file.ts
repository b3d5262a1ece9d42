/**
 * `pairs.json`, which lies in a zip or a folder beside pictures of sketch and target side by side, and says of each what its picture
 * does not: where its sketch comes from, and whether it is held out.
 */
import type { Half } from './pictures';
import type { Origin, Pair } from './pair';
import { words } from '../words/current';

/** What is said of a pair. */
export interface Listed {
  /** The picture's path, from the list's folder. */
  readonly file: string;
  readonly name: string;
  readonly origin: Origin;
  readonly heldOut?: boolean;
  readonly sketchOn?: Half;
}

export const LIST_NAME = 'pairs.json';

const VERSION = 1;

/** The list of these pairs; the picture of each has a name of its own. */
export function listOf(pairs: readonly Pair[]): Listed[] {
  return pairs.map(({ name, origin, heldOut, sketchOn }, i) => ({
    file: `${String(i + 1).padStart(4, '0')}-${stemOf(name)}.png`,
    name,
    origin,
    ...(heldOut !== undefined && { heldOut }),
    ...(sketchOn !== undefined && { sketchOn }),
  }));
}

export function writeList(pairs: readonly Listed[]): Blob {
  return new Blob([JSON.stringify({ version: VERSION, layout: 'sketch left, target right', pairs }, null, 2)], { type: 'application/json' });
}

/** @throws where it is no such list. */
export function readList(text: string): Listed[] {
  const list = parsed(text);
  if (!isRecord(list) || !Array.isArray(list['pairs'])) throw new Error(words.pairs.noList);
  if (list['version'] !== VERSION) throw new Error(words.pairs.otherVersion(String(list['version']), VERSION));
  return list['pairs'].map((pair: unknown, i) => {
    if (!isListed(pair)) throw new Error(words.pairs.badEntry(i + 1));
    return pair;
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(words.pairs.noList);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function isListed(value: unknown): value is Listed {
  if (!isRecord(value)) return false;
  const { file, name, origin, heldOut, sketchOn } = value;
  return (
    typeof file === 'string' &&
    typeof name === 'string' &&
    ['edges', 'drawn', 'given'].includes(String(origin)) &&
    (heldOut === undefined || typeof heldOut === 'boolean') &&
    (sketchOn === undefined || sketchOn === 'left' || sketchOn === 'right')
  );
}

/** A name that every system takes, and that says no side. */
function stemOf(name: string): string {
  const stem = name.replace(/\.\w+$/, '').replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '').slice(0, 60);
  return /(^|-)[ab]$/i.test(stem) || stem === '' ? `${stem}-pair`.replace(/^-/, '') : stem;
}
