/** The model that was fetched from another address last, on its way to the page that opens it. */
import { database } from './database';

/** In the place of the one before. @throws where there is no room, or storage is refused. */
export async function keepOpened(address: string, file: File): Promise<void> {
  await (await database()).put('opened', { address, file }, 'newest');
}

/** What was fetched from there, also on later visits; undefined where something else was, or nothing. */
export async function readOpened(address: string): Promise<File | undefined> {
  try {
    const opened = await (await database()).get('opened', 'newest');
    return opened?.address === address ? opened.file : undefined;
  } catch (error) {
    console.warn('the model that was fetched could not be read', error);
    return undefined;
  }
}
