/** The words in the visitor's language. They are there before anything of the page runs, and stay until it is loaded again. */
import { countsIn } from './counts';
import { english, type Words } from './en';
import { type Language, localeFor, TAGS } from './language';
import { translateMarkup } from './markup-in-page';
import type { Translation } from './translation';

/** Fetched where they are needed. */
const OTHERS = {
  de: async () => (await import('./de')).german,
  zh: async () => (await import('./zh')).chinese,
} satisfies Record<Exclude<Language, 'en'>, unknown>;

export let words: Words = english(countsIn('en'));

/** How numbers and dates are written. */
export let locale = 'en';

let translation: Translation | undefined;

/** Takes up a language, and puts its words into the page. Where they can't be fetched the page stays English. */
export async function speak(language: Language, languages: readonly string[]): Promise<void> {
  const regional = localeFor(language, languages);
  const counts = countsIn(regional);
  if (language === 'en') words = english(counts);
  else words = translation = (await OTHERS[language]())(counts);
  locale = regional;
  document.documentElement.lang = TAGS[language];
  inLanguage(document.documentElement);
}

/** Puts the language's words in the place of the English ones in this part of the page. */
export function inLanguage(part: Element | DocumentFragment): void {
  if (translation !== undefined) translateMarkup(part, translation.markup);
}
