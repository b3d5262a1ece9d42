/** Which files belong together: those of folders and zips become single pictures, or sketches and targets. */
import type { Brought } from '../brought';

/** One file, or two that belong together, still closed. */
export interface Item {
  readonly name: string;
  open(): Promise<Blob>;
  /** The target, where the other file is the sketch alone. */
  openTarget?(): Promise<Blob>;
}

export function isZip({ path, type }: Brought): boolean {
  return /\.zip$/i.test(path) || /^application\/(x-)?zip/.test(type);
}

/** A folder of sketches and one of targets: `A/` and `B/`, also `trainA/` and the like. */
const LIST = /^(.*\/)?(train|test|val)?([AB])\/([^/]+)$/;

type Closed = Pick<Brought, 'path' | 'open'>;

/** The files of a zip, or those of folders and those that came alone; those in two lists are matched by their names. */
export function itemsOf(files: readonly Closed[], skip: (name: string, why: string) => void): Item[] {
  const lists = new Map<string, { A?: Closed; B?: Closed }>();
  const single: Item[] = [];
  for (const file of files) {
    const [, above = '', set = '', list, name = ''] = LIST.exec(file.path) ?? [];
    if (list !== 'A' && list !== 'B') {
      single.push({ name: nameOf(file.path), open: file.open });
      continue;
    }
    const key = `${above}${set}/${name.replace(/\.\w+$/, '')}`;
    const before = lists.get(key);
    if (before?.[list] !== undefined) skip(file.path, `has the same name as ${nameOf(before[list].path)}`);
    else lists.set(key, { ...before, [list]: file });
  }
  const couples = [...lists.values()].flatMap(({ A, B }): Item[] => {
    if (A !== undefined && B !== undefined) {
      return [{ name: nameOf(A.path), open: A.open, openTarget: B.open }];
    }
    skip((A ?? B)?.path ?? '', `has no partner in ${A === undefined ? 'A' : 'B'}/`);
    return [];
  });
  return [...couples, ...single];
}

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
