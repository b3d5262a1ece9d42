/** Times as people read them. */
import { locale } from '../words/current';

/** `14:32`; of another day, its date. */
export function whenOf(at: number): string {
  const when = new Date(at);
  const today = when.toDateString() === new Date().toDateString();
  return today ? when.toLocaleTimeString(locale, { timeStyle: 'short' }) : when.toLocaleDateString(locale, { dateStyle: 'short' });
}
