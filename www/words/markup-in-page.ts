/** Another language's words in the page's HTML, which is English. */

const ATTRIBUTES = ['aria-label', 'title', 'placeholder', 'alt'] as const;

/** What is no English: names, codes, and what stands there in its own language. */
const OTHERWISE = 'script, style, svg, code, [translate="no"]';

const [WIDE, WIDE_AT_END] = [/^[，。：、（）]/, /[，。：、（）]$/];

/** `texts`: what takes the place of each English text. */
export function translateMarkup(part: Element | DocumentFragment, texts: Readonly<Record<string, string>>): void {
  const other = (english: string): string | undefined => {
    const key = english.trim().replace(/\s+/g, ' ');
    const text = Object.hasOwn(texts, key) ? texts[key] : undefined;
    if (text === undefined) return undefined;
    // Spaces between a text and an element stay, but those beside the wide signs of Chinese, which have theirs within.
    const [, before = '', after = ''] = /^(\s*)[^]*?(\s*)$/.exec(english) ?? [];
    return (WIDE.test(text) ? '' : before) + text + (WIDE_AT_END.test(text) ? '' : after);
  };
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const text = other(node.nodeValue ?? '');
    if (text !== undefined && node.parentElement?.closest(OTHERWISE) === null) node.nodeValue = text;
  }
  for (const attribute of ATTRIBUTES) {
    for (const element of part.querySelectorAll(`[${attribute}]`)) {
      const text = other(element.getAttribute(attribute) ?? '');
      if (text !== undefined) element.setAttribute(attribute, text);
    }
  }
  for (const meta of part.querySelectorAll<HTMLMetaElement>('meta[name="description"]')) meta.content = other(meta.content) ?? meta.content;
}
