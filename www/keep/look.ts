/**
 * The visitor's choice of language and theme. Both are needed before the first paint, and the database answers only later: they lie in
 * `localStorage`.
 */
import { isLanguage, type Language } from '../words/language';

export type Theme = 'system' | 'light' | 'dark';

const [LANGUAGE, THEME] = ['pix2pix-web-language', 'pix2pix-web-theme'];

/** Undefined where the browser's languages decide. */
export function readLanguage(): Language | undefined {
  const kept = read(LANGUAGE);
  return isLanguage(kept) ? kept : undefined;
}

export function readTheme(): Theme {
  const kept = read(THEME);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

/** @throws where storage is refused. */
export const keepLanguage = (language: Language | undefined): void => keep(LANGUAGE, language);

/** @throws where storage is refused. */
export const keepTheme = (theme: Theme): void => keep(THEME, theme === 'system' ? undefined : theme);

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // Storage is refused: nothing was chosen.
  }
}

function keep(name: string, value: string | undefined): void {
  if (value === undefined) localStorage.removeItem(name);
  else localStorage.setItem(name, value);
}
