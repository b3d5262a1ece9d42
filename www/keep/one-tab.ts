/** One tab trains at a time: what is kept of a training has one place on the device. */

const NAME = 'pix2pix-web-teaching';

let release: (() => void) | undefined;
/** Settles once the lock that was asked for last is given back, or was not to be had. */
let asked: Promise<unknown> = Promise.resolve();

/** Secure addresses alone have locks, whatever the types say; where storage is blocked they reject. Without them tabs can't know of each other. */
function locks(): LockManager | undefined {
  return (navigator as Partial<Navigator>).locks;
}

/** Whether this tab may train; it holds on to that until it lets go or is closed. */
export function takeTeaching(): Promise<boolean> {
  const manager = locks();
  if (release !== undefined || manager === undefined) return Promise.resolve(true);
  return new Promise<boolean>((taken) => {
    asked = manager
      .request(NAME, { ifAvailable: true }, (lock) => {
        taken(lock !== null);
        return lock === null ? undefined : new Promise<void>((done) => (release = done));
      })
      .catch((error: unknown) => {
        console.warn('other tabs cannot be asked whether they train', error);
        taken(true);
      });
  });
}

export function letGoOfTeaching(): void {
  release?.();
  release = undefined;
}

export async function isTeachingElsewhere(): Promise<boolean> {
  const manager = locks();
  if (release !== undefined || manager === undefined) return false;
  try {
    await asked; // Our own may be on its way back.
    const { held = [] } = await manager.query();
    return held.some(({ name }) => name === NAME);
  } catch (error) {
    console.warn('other tabs cannot be asked whether they train', error);
    return false;
  }
}
