/**
 * A language that browsers can count in, for uPlot, which asks for the page's as it is loaded: where the system has none, WebKitGTK calls it
 * `C`, of which `Intl` throws. To be imported before it.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
}
