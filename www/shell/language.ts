/** The visitor's language, before anything else of a page runs. */
import { readLanguage } from '../keep/look';
import { speak } from '../words/current';
import { languageFor } from '../words/language';

/** Where its words can't be fetched, offline most likely, the page is English. */
export async function takeUpLanguage(): Promise<void> {
  try {
    await speak(languageFor(readLanguage(), navigator.languages), navigator.languages);
  } catch (error) {
    console.warn('the words of this language could not be fetched', error);
  }
  delete document.documentElement.dataset.words;
}
