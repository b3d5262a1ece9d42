/** Colours of CSS as the sketch keeps them. */

/** `#rrggbb` of an opaque colour of any notation that CSS has; of an empty one black; undefined where it is none. */
export function hexOf(color: string): string | undefined {
  if (color.trim() === '') return '#000000';
  const context = document.createElement('canvas').getContext('2d');
  if (context === null || !CSS.supports('color', color)) return undefined;
  context.fillStyle = color;
  const { fillStyle } = context;
  return typeof fillStyle === 'string' && /^#[\da-f]{6}$/.test(fillStyle) ? fillStyle : undefined;
}
