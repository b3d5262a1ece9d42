/** The line at the top that says what went wrong. */
import { Pix2PixError } from '../package/client';
import { words } from '../words/current';
import { element } from './page';
import type { Tab } from './page-state';
import { pageState } from './render';

/** What the page itself says went wrong, in the visitor's language; what the package says is English. */
export class PageError extends Pix2PixError {}

/** Says it on the tab that is in sight, unless it is said which: it is not said on the others. */
export function showAlert(error: unknown, on: Tab = pageState().tab): void {
  const alert = element('alert', HTMLElement);
  alert.dataset.on = on;
  const code = document.createElement('code');
  const text = error instanceof Error ? error.message : String(error);
  code.textContent = error instanceof Pix2PixError ? error.code : error instanceof Error ? error.name : '';
  // The loader's messages may begin with their code already.
  const prefix = `${code.textContent}: `;
  const detail = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  // What the page says itself is in its language; what its engine says is English, and is introduced.
  const introduction = error instanceof Pix2PixError && !(error instanceof PageError) ? words.error(error.code) : undefined;
  element('alert-text', HTMLElement).replaceChildren(code, ...(introduction === undefined ? [` ${detail}`] : [` ${introduction} `, inEnglish(detail)]));
  alert.hidden = false;
}

/** `on`: only what was said on that tab. */
export function dismissAlert(on?: Tab): void {
  const alert = element('alert', HTMLElement);
  if (on !== undefined && alert.dataset.on !== on) return;
  alert.hidden = true;
  element('alert-text', HTMLElement).replaceChildren();
}

function inEnglish(text: string): HTMLElement {
  const span = document.createElement('span');
  span.lang = 'en';
  span.textContent = text;
  return span;
}
