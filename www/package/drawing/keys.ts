/** Keyboard shortcuts. The list in the page's help names each of them; the element has those of its tools. */

export type Command =
  | 'undo'
  | 'redo'
  | 'clear'
  | 'pen'
  | 'eraser'
  | 'rectangle'
  | 'outline'
  | 'fill'
  | 'thinner'
  | 'thicker'
  | 'closer'
  | 'farther'
  | 'save'
  | 'copy'
  | 'dice'
  | 'vary'
  | 'help'
  | 'black'
  /** A place in the palette, from 0. */
  | { readonly colour: number };

/** Those that mean the tools of a drawing, and nothing else on the page. */
export type ToolCommand = Exclude<Command, HistoryCommand | ZoomCommand | 'save' | 'copy' | 'dice' | 'vary' | 'help'>;

export type HistoryCommand = 'undo' | 'redo' | 'clear';

export type ZoomCommand = 'closer' | 'farther';

/** Whether a key alone is a command. Who dictates, or hits keys by mistake, can turn that off: WCAG 2.1.4. */
export const shortcuts = { singleKeys: true };

/** On keyboards of other scripts than Latin the key counts, on those of Latin what is printed on it: `KeyZ` is я and z, or y. */
function latinOf({ key, code }: KeyboardEvent): string {
  if (key.length !== 1 || /[\p{ASCII}\p{Script=Latin}]/u.test(key)) return key.toLowerCase();
  if (code === 'BracketLeft') return '[';
  if (code === 'BracketRight') return ']';
  return /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? key;
}

/** Which command a key press means, if any. */
export function commandOf(event: KeyboardEvent): Command | undefined {
  const key = latinOf(event);
  // AltGr, which many keyboards need for the brackets, counts as Alt.
  if (event.altKey && !event.getModifierState('AltGraph')) return undefined;
  if (event.ctrlKey || event.metaKey) {
    if (key === 'z') return event.shiftKey ? 'redo' : 'undo';
    if (event.shiftKey) return undefined;
    if (key === 'y') return 'redo';
    if (key === 's') return 'save';
    // Selected text is what the visitor means to copy, where there is some.
    if (key === 'c') return document.getSelection()?.isCollapsed === false ? undefined : 'copy';
    return undefined;
  }
  if (!shortcuts.singleKeys) return undefined;
  if (/^\d$/.test(key)) return { colour: (Number(key) + 9) % 10 };
  const plain: Record<string, Command> = {
    p: 'pen',
    e: 'eraser',
    r: 'rectangle',
    o: 'outline',
    f: 'fill',
    b: 'black',
    c: 'dice',
    v: 'vary',
    '[': 'thinner',
    ']': 'thicker',
    '+': 'closer',
    '-': 'farther',
    delete: 'clear',
    '?': 'help',
  };
  return plain[key];
}

/** On a Mac the Command key is what Ctrl, German Strg, is elsewhere: titles and the list of shortcuts say so. */
export function nameKeysOfMac(platform: string, page: ParentNode): void {
  if (!/^(Mac|iP)/.test(platform)) return;
  for (const named of page.querySelectorAll<HTMLElement>('[title*="Ctrl+"], [title*="Strg+"]')) {
    named.title = named.title.replace(/(Ctrl|Strg)\+(Shift|Umschalt)\+/, '⇧⌘').replace(/(Ctrl|Strg)\+/, '⌘');
  }
  for (const key of page.querySelectorAll('kbd')) if (/^(Ctrl|Strg)$/.test(key.textContent)) key.textContent = '⌘';
}
