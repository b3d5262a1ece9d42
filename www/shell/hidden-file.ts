/** What macOS and others put beside the files themselves. */
export function isHidden(path: string): boolean {
  return /(^|\/)(\.|__MACOSX(\/|$)|Thumbs\.db$|desktop\.ini$)/i.test(path);
}
