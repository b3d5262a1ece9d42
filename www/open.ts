/**
 * Fetches a model from another origin for the page, which may not do so itself: after asking, with the host's name. The file waits in the
 * database; the page that is opened then takes it from there.
 */
import { whyNotKept } from './keep/database';
import { keepOpened } from './keep/opened';
import { ADDRESS_PARAMETER, addressIn, fileNameOf } from './shell/model-address';
import { element, onClick } from './shell/page';
import { words } from './words/current';
import { takeUpLanguage } from './shell/language';

const address = addressIn(location);

function say(id: 'question' | 'about' | 'failed', text: string): void {
  const place = element(id, HTMLElement);
  place.textContent = text;
  place.hidden = false;
}

function ask({ host, href }: URL): void {
  say('question', words.open.question(host));
  say('about', words.open.about(fileNameOf(href), host));
  element('open-model', HTMLElement).hidden = false;
  onClick('open-model', () => void open(new URL(href)));
}

async function open(url: URL): Promise<void> {
  element('open-model', HTMLElement).hidden = true;
  element('failed', HTMLElement).hidden = true;
  element('fetching', HTMLElement).hidden = false;
  try {
    const file = await fetched(url);
    await keepOpened(url.href, file).catch((error: unknown) => {
      throw new Error(words.open.notHandedOn(whyNotKept(error)));
    });
    const page = new URL('./', document.baseURI);
    page.searchParams.set(ADDRESS_PARAMETER, url.href);
    location.replace(page);
  } catch (error) {
    element('fetching', HTMLElement).hidden = true;
    element('open-model', HTMLElement).hidden = false;
    element('open-model', HTMLElement).textContent = words.tryAgain;
    say('failed', error instanceof Error ? error.message : String(error));
  }
}

async function fetched(url: URL): Promise<File> {
  const response = await fetch(url, { credentials: 'omit', referrerPolicy: 'no-referrer' }).catch(() => {
    // Browsers do not tell the page which of these it was.
    throw new Error(words.open.unreachable(url.host));
  });
  if (!response.ok) throw new Error(words.open.status(url.host, response.status));
  const bar = element('bytes', HTMLProgressElement);
  const total = Number(response.headers.get('content-length'));
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let loaded = 0;
  for (const reader = response.body?.getReader(); reader !== undefined; ) {
    const { done, value } = await reader.read().catch(() => Promise.reject(new Error(words.open.endedEarly(url.host))));
    if (done) break;
    parts.push(value);
    loaded += value.length;
    // What is packed on its way comes out longer.
    if (total >= loaded) [bar.max, bar.value] = [total, loaded];
    else bar.removeAttribute('value');
    element('bytes-label', HTMLElement).textContent = words.open.fetching(loaded);
  }
  return new File(parts, fileNameOf(url.href));
}

void takeUpLanguage().then(() => {
  if (address instanceof URL) ask(address);
  else say('about', address === undefined ? words.open.noAddress : words.open.badAddress(address));
});
