/** Why a worker cannot do something: it has no words, and names those of the page. */
import type { Words } from '../words/en';

type Reason = keyof Words['reading'];

const NAME = 'Refusal: ';

/** `details` go into the page's sentence. An error's name and message are what comes out of a worker. */
export function refusal(reason: Reason, ...details: readonly string[]): Error {
  return Object.assign(new Error(details.join('\n')), { name: NAME + reason });
}

/** The error in the page's words, where it is a refusal. */
export function inWords(error: unknown, reading: Words['reading']): unknown {
  const reason = error instanceof Error && error.name.startsWith(NAME) ? error.name.slice(NAME.length) : '';
  if (!Object.hasOwn(reading, reason)) return error;
  const [first = '', second = ''] = (error as Error).message.split('\n');
  return new Error(reading[reason as Reason](first, second));
}
