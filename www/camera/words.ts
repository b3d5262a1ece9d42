/** What the page says of cameras. */

interface Said {
  /** Stable, as the codes of other errors. */
  readonly code: string;
  readonly text: string;
}

/** By the names of the browser's errors. */
export const WHY_NO_CAMERA: Readonly<Record<string, Said>> = {
  NotAllowedError: { code: 'camera/denied', text: 'Camera permission was denied. Allow the camera for this page in the address bar, then try again.' },
  NotFoundError: { code: 'camera/none', text: 'No camera was found. Connect one, then try again.' },
  NotReadableError: { code: 'camera/busy', text: 'The camera is in use by another program. Close that program, then try again.' },
  OverconstrainedError: { code: 'camera/none', text: 'This camera is no longer there. Connect it again, or choose another one.' },
};

export const INSECURE: Said = {
  code: 'camera/insecure',
  text: 'The camera needs a secure address. Open this page by https, or on localhost.',
};

export const TAKEN_AWAY: Said = {
  code: 'camera/lost',
  text: 'The camera was disconnected, or the system took it away. Connect it again, then press Camera.',
};

export const WAITING = 'Waiting for the camera';
export const LIVE = 'Live from the camera';
export const NOT_FETCHED = 'The camera could not be opened, because a part of the page could not be fetched. Your drawing is kept: go online, then reload the page.';

/** Of the camera at this place in the list, where the browser does not say its name. */
export const unnamedCamera = (number: number): string => `Camera ${number}`;
