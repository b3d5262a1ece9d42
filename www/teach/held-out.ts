/** Which pairs are held out: not learned from, so that they can tell how well it learned. */
import type { Pair } from './pair';

/** Fewer pairs than this are all needed to learn from. */
const FEWEST = 4;
const ONE_IN = 5;
const MOST = 6;

/**
 * The visitor's word counts. Of the others about one in five: those whose names have the smallest hashes, so that
 * the choice is the same every time, and stays much the same when pairs come and go.
 */
export function chooseHeldOut(pairs: readonly Pick<Pair, 'id' | 'name' | 'order' | 'heldOut'>[]): Set<string> {
  const held = new Set(pairs.filter(({ heldOut }) => heldOut === true).map(({ id }) => id));
  if (pairs.length < FEWEST) return held;
  const wanted = Math.min(MOST, Math.max(1, Math.round(pairs.length / ONE_IN)));
  const open = pairs
    .filter(({ heldOut }) => heldOut === undefined)
    .map((pair) => ({ id: pair.id, order: pair.order, hash: hashOf(pair) }))
    .sort((a, b) => a.hash - b.hash || a.order - b.order);
  for (const { id } of open.slice(0, Math.max(0, wanted - held.size))) held.add(id);
  return held;
}

/** Pairs are many, and change one by one. */
const hashes = new WeakMap<object, number>();

function hashOf(pair: Pick<Pair, 'name'>): number {
  const known = hashes.get(pair) ?? hash(pair.name);
  hashes.set(pair, known);
  return known;
}

/** FNV-1a with a last stir, since names often differ in their last letter alone. */
function hash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
