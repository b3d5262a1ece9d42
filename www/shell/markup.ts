/** Markup that is fetched with the code of its part of the page. */
import { nameKeysOfMac } from '../package/drawing/keys';
import { element } from './page';
import { ownMarkup } from './trusted-types';
import { inLanguage } from '../words/current';

/** Puts it at the end of an element, in the visitor's language and with the names of the visitor's keys. */
export function addMarkup(to: Element, markup: string): void {
  const template = document.createElement('template');
  template.innerHTML = ownMarkup(markup);
  inLanguage(template.content);
  nameKeysOfMac(navigator.platform, template.content);
  to.append(template.content);
}

/** A dialog of such markup, outside of every tab's panel: it stays in sight where the tab changes. */
export function addDialog(id: string, markup: string): HTMLDialogElement {
  addMarkup(document.body, markup);
  return element(id, HTMLDialogElement);
}
