/**
 * What a page needs before it is painted, in a script of its own that the browser waits for: the visitor's theme, and whether another
 * language's words are on their way, until which the English ones stay unseen.
 */
import { readLanguage, readTheme } from '../keep/look';
import { showTheme } from '../shell/theme';
import { languageFor } from '../words/language';

showTheme(readTheme());
if (languageFor(readLanguage(), navigator.languages) !== 'en') document.documentElement.dataset.words = 'coming';
