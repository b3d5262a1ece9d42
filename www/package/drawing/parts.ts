/** Finds elements by id in a document or a shadow tree, with their types. A missing one is a mistake in its markup. */
export type Root = NonElementParentNode;

export function part<T extends HTMLElement>(root: Root, id: string, type: new () => T): T {
  const found = root.getElementById(id);
  if (!(found instanceof type)) throw new Error(`there is no ${type.name} with the id ${id}`);
  return found;
}

/** Runs `action` on a click of the button with this id. */
export function onClick(root: Root, id: string, action: () => void): void {
  part(root, id, HTMLButtonElement).addEventListener('click', action);
}
