/** The languages that the page has, and which of them a visitor gets. */

export type Language = 'en' | 'de' | 'zh';

/** As `lang` has it. */
export const TAGS: Readonly<Record<Language, string>> = { en: 'en', de: 'de', zh: 'zh-Hans' };

export function isLanguage(value: string | null): value is Language {
  return value !== null && Object.hasOwn(TAGS, value);
}

/** The language of a tag such as `de-AT`, if the page has it. */
function languageOf(tag: string): Language | undefined {
  const language = tag.split('-')[0]?.toLowerCase() ?? null;
  return isLanguage(language) ? language : undefined;
}

/** The visitor's choice, or the first of the browser's languages that the page has. */
export function languageFor(chosen: Language | undefined, languages: readonly string[]): Language {
  return chosen ?? languages.map(languageOf).find((language) => language !== undefined) ?? 'en';
}

/** The language as the visitor's region writes numbers and dates, where the browser tells: `de-AT` of `de`. */
export function localeFor(language: Language, languages: readonly string[]): string {
  return languages.find((tag) => languageOf(tag) === language) ?? TAGS[language];
}
