/** A new release of the page: it is offered, and taken when the visitor says so. Until then everything stays as it is. */
import { button, element, onClick } from './page';
import { isTeachingElsewhere } from '../keep/one-tab';
import { words } from '../words/current';

/** An installed page may stay open for weeks; this often it looks for a release when it comes back into sight. */
const LOOK_MS = 60 * 60 * 1000;

export class ReleaseNote {
  readonly #registration: ServiceWorkerRegistration;
  readonly #note = element('new-release', HTMLElement);
  readonly #text = element('new-release-text', HTMLElement);
  #looked = performance.now();

  constructor(registration: ServiceWorkerRegistration) {
    this.#registration = registration;
    onClick('new-release-reload', () => void this.#take());
    if (registration.waiting !== null) this.#offer();
    registration.addEventListener('updatefound', () => {
      const { installing, active } = registration;
      // The first service worker of all is this page's own release.
      if (active === null) return;
      installing?.addEventListener('statechange', () => {
        if (installing.state === 'installed') this.#offer();
      });
    });
    document.addEventListener('visibilitychange', () => this.#look());
  }

  #offer(): void {
    this.#text.textContent = words.release.ready;
    button('new-release-reload').hidden = false;
    this.#note.hidden = false;
  }

  #look(): void {
    if (document.visibilityState !== 'visible' || performance.now() - this.#looked < LOOK_MS) return;
    this.#looked = performance.now();
    this.#registration.update().catch(() => undefined); // Offline, most likely.
  }

  /** Other tabs keep the release that they run, but files that they have not fetched yet are gone for them. */
  async #take(): Promise<void> {
    if (await isTeachingElsewhere()) {
      this.#text.textContent = words.release.anotherTrains;
      return;
    }
    const { waiting } = this.#registration;
    // Another tab took it, or nothing held it back.
    if (waiting === null) return location.reload();
    waiting.addEventListener('statechange', () => {
      if (waiting.state === 'activated') location.reload();
    });
    waiting.postMessage({ type: 'SKIP_WAITING' });
  }
}
