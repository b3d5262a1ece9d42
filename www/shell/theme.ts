/** Light or dark: as the system has it, or as the visitor chose. */
import { readTheme, type Theme } from '../keep/look';

const changes = new EventTarget();

/** What the style sheet goes by, and the browser's own bars. */
export function showTheme(theme: Theme): void {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const scheme = (meta.dataset.scheme ??= meta.media.includes('dark') ? 'dark' : 'light');
    meta.media = theme === 'system' ? `(prefers-color-scheme: ${scheme})` : theme === scheme ? 'all' : 'not all';
  }
  changes.dispatchEvent(new Event('change'));
}

/** The colours of the page are others now. */
export function onThemeChange(hear: () => void): void {
  changes.addEventListener('change', hear);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => readTheme() === 'system' && hear());
}
