/** The page's elements by id, with their types. */
import { onClick as onClickIn, part } from './package/drawing/parts';

export function element<T extends HTMLElement>(id: string, type: new () => T): T {
  return part(document, id, type);
}

export const button = (id: string): HTMLButtonElement => element(id, HTMLButtonElement);
export const canvas = (id: string): HTMLCanvasElement => element(id, HTMLCanvasElement);

/** Runs `action` on a click of the button with this id. */
export function onClick(id: string, action: () => void): void {
  onClickIn(document, id, action);
}
