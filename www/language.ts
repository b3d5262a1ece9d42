/** A language that browsers can count in: where the system has none, WebKitGTK calls the page's `C`, of which `Intl` throws. */
export function nameLanguage(): void {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
  }
}
