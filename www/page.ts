/** Finds the page's elements by id, with their types, once. A missing one is a mistake in index.html. */
export function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} with the id ${id}`);
  return found;
}

export const button = (id: string): HTMLButtonElement => element(id, HTMLButtonElement);
export const canvas = (id: string): HTMLCanvasElement => element(id, HTMLCanvasElement);

/** Runs `action` on a click of the button with this id. */
export function onClick(id: string, action: () => void): void {
  button(id).addEventListener('click', action);
}
