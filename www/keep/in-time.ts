/** Storage that may not answer. */
import { words } from '../words/current';

/** How long storage may take to answer before the page goes on without it. */
const PATIENCE_MS = 2000;

/** What storage answers. Rejects where it does not in time: some browsers' databases hang rather than fail. */
export function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => reject(new Error(words.kept.noAnswer)), PATIENCE_MS);
    answer.then(resolve, reject).finally(() => clearTimeout(patience));
  });
}
