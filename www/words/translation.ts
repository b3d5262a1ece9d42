/** The page in another language: the keys of the English words, and each English text of the HTML files with what takes its place. */
import type { Words } from './en';
import type { MarkupText } from './markup';

export interface Translation extends Words {
  readonly markup: Readonly<Record<MarkupText, string>>;
}
