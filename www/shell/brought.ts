/** Files as they come, by themselves or in folders: still closed, with their places. */
import { words } from '../words/current';
import { isHidden } from './hidden-file';

export interface Brought {
  /** `holiday/A/cat.png` where it came in a folder; the name alone where it came by itself. */
  readonly path: string;
  /** Its MIME type, where it is known before it is opened. */
  readonly type: string;
  open(): Promise<Blob>;
}

/** A file that came by itself. What is pasted has no name. */
export function alone(file: File): Brought {
  return { path: file.name || words.page.pastedPicture, type: file.type, open: async () => file };
}

/** What was dropped, folders apart. Only the event's own turn can tell them from files. */
export function dropped(transfer: DataTransfer): { files: File[]; folders: FileSystemDirectoryEntry[] } {
  const [files, folders]: [File[], FileSystemDirectoryEntry[]] = [[], []];
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    const file = item.getAsFile();
    if (entry !== null && isFolder(entry)) folders.push(entry);
    else if (file !== null) files.push(file);
  }
  return { files, folders };
}

/** Every file of these folders and of those in them, in the order of their names. */
export async function filesIn(folders: readonly FileSystemDirectoryEntry[]): Promise<Brought[]> {
  const found = await Promise.all(folders.map(walk));
  return found.flat().sort((a, b) => a.path.localeCompare(b.path, undefined, { numeric: true }));
}

async function walk(folder: FileSystemDirectoryEntry): Promise<Brought[]> {
  const path = pathOf(folder);
  try {
    const entries = (await entriesOf(folder)).filter((entry) => !isHidden(pathOf(entry)));
    const parts = entries.map(async (entry) => (isFolder(entry) ? walk(entry) : [closed(entry as FileSystemFileEntry)]));
    return (await Promise.all(parts)).flat();
  } catch (error) {
    // It is named among the files that could not be used.
    const why = error instanceof Error ? error.message : String(error);
    return [{ path, type: '', open: () => Promise.reject(new Error(words.pairs.folderUnreadable(why))) }];
  }
}

/** The browser gives them a hundred at a time, and nothing at the end. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function closed(entry: FileSystemFileEntry): Brought {
  return { path: pathOf(entry), type: '', open: () => new Promise((done, failed) => entry.file(done, failed)) };
}

const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

const pathOf = ({ fullPath }: FileSystemEntry): string => fullPath.replace(/^\//, '');
