/** The page's elements by id, with their types. */
import { onClick as onClickIn, part } from '../package/drawing/parts';

export function element<T extends HTMLElement>(id: string, type: new () => T): T {
  return part(document, id, type);
}

export const button = (id: string): HTMLButtonElement => element(id, HTMLButtonElement);
export const canvas = (id: string): HTMLCanvasElement => element(id, HTMLCanvasElement);

/** One of the symbols at the top of the page. */
export function icon(symbol: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#${symbol}`);
  svg.append(use);
  return svg;
}

/** Runs `action` on a click of the button with this id. */
export function onClick(id: string, action: () => void): void {
  onClickIn(document, id, action);
}
