/** Files that the system hands to the installed page: opened with it, or shared by other apps. They go the way of files that are chosen. */
import { confirmed } from './confirm';
import { SHARED_PARAMETER, takeShared } from '../service-worker/shared';
import { words } from '../words/current';

export interface HandedOver {
  take(files: readonly File[]): void;
  failed(error: unknown): void;
}

/** Of the browser's launch queue, what is used; its types are not among TypeScript's. */
interface LaunchQueue {
  setConsumer(consume: (launch: { readonly files?: readonly FileSystemFileHandle[] }) => void): void;
}

/** Takes what was shared until now, and what is opened with the page from now on. */
export async function takeHandedOver({ take, failed }: HandedOver): Promise<void> {
  const { launchQueue } = window as { launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(({ files = [] }) => {
    if (files.length === 0) return;
    Promise.all(files.map((file) => file.getFile())).then(take, (error: unknown) => {
      console.warn('a file that was opened could not be read', error);
      failed(new Error(words.handedOver.notOpened));
    });
  });
  if (addressSays() === 'failed') failed(new Error(words.handedOver.notShared));
  try {
    const shared = await takeShared();
    if (shared.length > 0 && (isInstalled() || (await wanted(shared)))) take(shared);
  } catch (error) {
    console.warn('what was shared could not be read', error);
    failed(new Error(words.handedOver.notShared));
  }
}

/** What the address says of something shared; it is no part of the page's address otherwise. */
function addressSays(): string | null {
  const url = new URL(location.href);
  const said = url.searchParams.get(SHARED_PARAMETER);
  url.searchParams.delete(SHARED_PARAMETER);
  if (said !== null) history.replaceState(history.state, '', url);
  return said;
}

/** Apps share with the installed page alone; to a page in the browser any web site may have posted it. */
const isInstalled = (): boolean => !matchMedia('(display-mode: browser)').matches;

const wanted = (files: readonly File[]): Promise<boolean> =>
  confirmed(words.handedOver.question(files.map(({ name }) => name).join(', ')), words.handedOver.open);
