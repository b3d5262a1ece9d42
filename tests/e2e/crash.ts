/** An engine that crashes, as one does whose memory ran out. */
import type { Page } from '@playwright/test';

/** Before the page is opened: its engines' workers are kept, to be crashed. */
export async function letCrash(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const engines: Worker[] = [];
    Object.assign(window, { engines });
    window.Worker = class extends Worker {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args);
        if (/(cpu|threads|webgpu)-worker/.test(String(args[0]))) engines.push(this);
      }
    };
  });
}

/** The newest engine crashes, or the one at this place in their order. */
export function crash(page: Page, place = -1): Promise<void> {
  return page.evaluate((place) => {
    const { engines } = window as unknown as { engines: Worker[] };
    engines.at(place)!.dispatchEvent(new ErrorEvent('error', { message: 'Uncaught RuntimeError: unreachable' }));
  }, place);
}
