/** Which files belong together: those of folders and zips become single pictures, or sketches and targets. */
import type { Brought } from '../shell/brought';
import { LIST_NAME, type Listed, readList } from './pairs-file';
import { words } from '../words/current';

/** One file, or two that belong together, still closed. */
export interface Item {
  readonly name: string;
  open(): Promise<Blob>;
  /** The target, where the other file is the sketch alone. */
  openTarget?(): Promise<Blob>;
  /** What a list says of it: it is a pair side by side, whatever it looks like. */
  readonly listed?: Listed;
}

export function isZip({ path, type }: Brought): boolean {
  return /\.zip$/i.test(path) || /^application\/(x-)?zip/.test(type);
}

/** Of a pair in two files the sketch lies on side A, the target on side B. */
type Side = 'A' | 'B';

/** What a path says of the side, and what is left of it: the same for both files of a pair. */
interface Key {
  readonly side: Side | undefined;
  /** The side is said by a folder, which holds nothing else: its files are no photos. */
  readonly inList: boolean;
  readonly rest: string;
}

/** Folders that bear their side without a separator: `trainA`. */
const SET = /^(train|test|val|valid|validation)([AB])$/i;

/** `one_A`, `train-b`: the side after a separator. */
const SUFFIX = /^(.+)[_\-. ]([ABab])$/;

/** As the command line's `pairs --combine` has it: `A/1.png`, `a/train/1.png`, `train_A/1.png`, `trainA/1.png`, `1_A.png`. */
function keyOf(path: string): Key {
  const folders = path.split('/');
  const file = (folders.pop() ?? '').replace(/\.\w+$/, '');
  const [, name = file, inName] = SUFFIX.exec(file) ?? [];
  let side = sideOf(inName);
  let inList = false;
  const rest = folders.reverse().flatMap((folder) => {
    const [, set = '', last] = /^()([AB])$/i.exec(folder) ?? SUFFIX.exec(folder) ?? SET.exec(folder) ?? [];
    const found = sideOf(last);
    if (found === undefined) return [folder];
    side ??= found;
    inList = true;
    return set === '' ? [] : [set];
  });
  return { side, inList, rest: [...rest.reverse(), name].join('/').toLowerCase() };
}

function sideOf(letter: string | undefined): Side | undefined {
  const side = letter?.toUpperCase();
  return side === 'A' || side === 'B' ? side : undefined;
}

type Closed = Pick<Brought, 'path' | 'open'>;

/** The files of a zip, or those of folders and those that came alone; those of two sides are matched by their names. */
export function itemsOf(files: readonly Closed[], skip: (name: string, why: string) => void): Item[] {
  const sides = new Map<string, Partial<Record<Side, { readonly file: Closed; readonly inList: boolean }>>>();
  const single: Closed[] = [];
  for (const file of files) {
    const { side, inList, rest } = keyOf(file.path);
    if (side === undefined) {
      single.push(file);
      continue;
    }
    const before = sides.get(rest);
    const same = before?.[side];
    if (same === undefined) sides.set(rest, { ...before, [side]: { file, inList } });
    else skip(file.path, words.pairs.sameName(nameOf(same.file.path)));
  }
  const couples = [...sides.values()].flatMap(({ A, B }): Item[] => {
    if (A !== undefined && B !== undefined) return [{ name: nameOf(A.file.path), open: A.file.open, openTarget: B.file.open }];
    const alone = A ?? B;
    // A name that ends in a letter, such as `vitamin_a.jpg`, says nothing without another that ends in the other.
    if (alone?.inList === false) single.push(alone.file);
    else skip(alone?.file.path ?? '', words.pairs.noPartner(A === undefined ? 'A' : 'B'));
    return [];
  });
  return [...couples, ...single.map(({ path, open }) => ({ name: nameOf(path), open }))];
}

/** As `itemsOf`, of files among which there may be a list of pairs, in whatever folder. */
export async function itemsOfListed(files: readonly Closed[], skip: (name: string, why: string) => void): Promise<Item[]> {
  const list = files.find(({ path }) => nameOf(path) === LIST_NAME);
  if (list === undefined) return itemsOf(files, skip);
  const folder = list.path.slice(0, -LIST_NAME.length);
  const rest = new Map(files.filter((file) => file !== list).map((file) => [file.path, file]));
  const items: Item[] = [];
  try {
    for (const listed of readList(await (await list.open()).text())) {
      const file = rest.get(folder + listed.file);
      if (file === undefined) skip(listed.file, words.pairs.listedOnly(LIST_NAME));
      else items.push({ name: listed.name, open: file.open, listed });
      rest.delete(folder + listed.file);
    }
  } catch (error) {
    skip(list.path, error instanceof Error ? error.message : String(error));
  }
  return [...items, ...itemsOf([...rest.values()], skip)];
}

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
