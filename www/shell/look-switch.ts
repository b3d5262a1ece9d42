/** The choice of language and theme at the foot of the page. */
import { keepLanguage, keepTheme, readLanguage, readTheme } from '../keep/look';
import { element } from './page';
import { showTheme } from './theme';
import { words } from '../words/current';
import { isLanguage } from '../words/language';

/** `failed` hears where a language can't be kept, and so not be chosen. */
export function offerLook(failed: (error: unknown) => void): void {
  const language = element('language', HTMLSelectElement);
  language.value = readLanguage() ?? '';
  language.addEventListener('change', () => {
    try {
      keepLanguage(isLanguage(language.value) ? language.value : undefined);
      // Drawings, pairs and choices are kept; a training asks first.
      location.reload();
    } catch {
      language.value = '';
      failed(new Error(words.page.languageNotKept));
    }
  });
  const theme = element('theme', HTMLSelectElement);
  theme.value = readTheme();
  theme.addEventListener('change', () => {
    const chosen = theme.value === 'light' || theme.value === 'dark' ? theme.value : 'system';
    showTheme(chosen);
    try {
      keepTheme(chosen);
    } catch {
      // Storage is refused: it lasts until the page is closed.
    }
  });
}
