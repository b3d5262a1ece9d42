/** One tab teaches at a time: what is kept of a training has one place on the device. */

const NAME = 'pix2pix-web-teaching';

let release: (() => void) | undefined;
/** Settles once the lock that was asked for last is given back, or was not to be had. */
let asked: Promise<unknown> = Promise.resolve();

/** Whether this tab may teach; it holds on to that until it lets go or is closed. */
export async function takeTeaching(): Promise<boolean> {
  // Only secure addresses have locks, whatever the types say; without them tabs can't know of each other.
  if (release !== undefined || !('locks' in navigator)) return true;
  return new Promise<boolean>((taken) => {
    asked = navigator.locks.request(NAME, { ifAvailable: true }, (lock) => {
      taken(lock !== null);
      return lock === null ? undefined : new Promise<void>((done) => (release = done));
    });
  });
}

export function letGoOfTeaching(): void {
  release?.();
  release = undefined;
}

export async function isTeachingElsewhere(): Promise<boolean> {
  if (release !== undefined || !('locks' in navigator)) return false;
  await asked; // Our own may be on its way back.
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === NAME);
}
