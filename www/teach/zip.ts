/** Reads a zip file by file, so that a large one never lies in memory whole, and writes one. Runs in the pictures' worker. */
import { BlobReader, BlobWriter, configure, type FileEntry, ZipReader, ZipWriter } from '@zip.js/zip.js/lib/zip-core-custom.js';
import { isHidden } from '../shell/hidden-file';
import { refusal } from '../shell/refusal';

// It is in a worker already; the browser's own decompression does the rest.
configure({ useWebWorkers: false });

/** No picture is as large; a small zip can unpack to gigabytes. */
const LARGEST = 256 * 1024 * 1024;

export interface Archive {
  readonly paths: string[];
  read(path: string): Promise<Blob>;
  close(): Promise<void>;
}

/** A zip that grows file by file. They are pictures: nothing is gained by packing them again. */
export class NewArchive {
  readonly #writer = new ZipWriter(new BlobWriter('application/zip'), { level: 0, extendedTimestamp: false });

  async add(path: string, file: Blob): Promise<void> {
    await this.#writer.add(path, new BlobReader(file));
  }

  close(): Promise<Blob> {
    return this.#writer.close();
  }
}

export async function openArchive(file: Blob): Promise<Archive> {
  const reader = new ZipReader(new BlobReader(file));
  const files = new Map<string, FileEntry>();
  try {
    for (const entry of await reader.getEntries()) {
      // Some programs for Windows write its own separator, and mark no folders then.
      const path = entry.filename.replaceAll('\\', '/');
      if (!entry.directory && !path.endsWith('/') && !isHidden(path)) files.set(path, entry);
    }
  } catch {
    throw refusal('zipUnreadable');
  }
  return {
    paths: [...files.keys()],
    async read(path) {
      const entry = files.get(path);
      if (entry === undefined) throw refusal('notInZip', path);
      if (entry.encrypted) throw refusal('password');
      if (entry.uncompressedSize > LARGEST) throw refusal('tooLarge');
      try {
        return await entry.getData(new BlobWriter());
      } catch {
        throw refusal('packed');
      }
    },
    close: () => reader.close(),
  };
}
