/** The pictures on the buttons, which are the page's: 24 by 24 units, in lines. */
export const ICONS = {
  pen: 'm4 20 1-4.5L16 4.5a2.1 2.1 0 0 1 3 0l.5.5a2.1 2.1 0 0 1 0 3L8.5 19 4 20ZM14 6.5 17.5 10',
  eraser: 'M9.5 19.5 3.8 13.8a1.5 1.5 0 0 1 0-2.1l8-8a1.5 1.5 0 0 1 2.1 0l6.4 6.4a1.5 1.5 0 0 1 0 2.1l-7.3 7.3h-3.5ZM8 8l8 8M13 19.5h8',
  undo: 'M8 4 4 8.5 8 13M4.5 8.5H14a5.5 5.5 0 0 1 0 11H8',
  redo: 'm16 4 4 4.5L16 13M19.5 8.5H10a5.5 5.5 0 0 0 0 11h6',
  clear: 'M4 7h16M9.5 7V4h5v3M6 7l1 13h10l1-13M10 11v5.5M14 11v5.5',
} as const;

export type IconName = keyof typeof ICONS;

const SVG = 'http://www.w3.org/2000/svg';

export function icon(name: IconName): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}
