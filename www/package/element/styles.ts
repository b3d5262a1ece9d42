/** The style sheets of a pad, made once for each document: a sheet can't be used in another one. */
import palette from '../drawing/palette.css?inline';
import element from './element.css?inline';

const shared = new WeakMap<Document, CSSStyleSheet>();

/** Gives the shadow tree the sheet that all pads share, and one of its own for its size. */
export function adoptStyles(root: ShadowRoot, size: string): void {
  const { defaultView: view } = root.ownerDocument;
  // A document that is not shown has no sheets.
  if (view === null) return;
  const look = shared.get(root.ownerDocument) ?? sheet(view, element + palette);
  shared.set(root.ownerDocument, look);
  root.adoptedStyleSheets = [look, sheet(view, size)];
}

function sheet(view: Window & typeof globalThis, text: string): CSSStyleSheet {
  const made = new view.CSSStyleSheet();
  made.replaceSync(text);
  return made;
}
