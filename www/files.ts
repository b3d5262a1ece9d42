/** Files that the visitor brings: chosen, dropped anywhere on the page, or pasted. */
import { alone, type Brought, dropped, filesIn } from './brought';

export interface FileTakers {
  /** Takes what becomes pairs to learn from, while that is what is in sight; gives undefined while it is not. */
  pairs(): ((files: readonly Brought[]) => void) | undefined;
  /** A picture, which becomes the sketch. */
  picture(file: File): void;
  /** Anything else is tried as a weights file; the loader says what is wrong with it. */
  weights(file: File): void;
  /** Of several pictures or weights files only the first is taken; so many were not. */
  passedOver(count: number): void;
  /** Something was dropped that is no file: a picture of another page, which this one may not fetch. */
  noFile(): void;
}

/** `.pict` is also an old image format, and some systems say `image/x-pict` of our weights. */
const isWeights = ({ name }: File): boolean => /\.(pict|safetensors)$/i.test(name);

const isPicture = (file: File): boolean => file.type.startsWith('image/') && !isWeights(file);

export function takeFiles(input: HTMLInputElement, takers: FileTakers): void {
  const take = (files: FileList | null | undefined): boolean => {
    const [picture, weights] = [true, false].map((kind) => [...(files ?? [])].find((f) => isPicture(f) === kind));
    if (picture) takers.picture(picture);
    if (weights) takers.weights(weights);
    const taken = [picture, weights].filter((file) => file !== undefined).length;
    if (files && files.length > taken) takers.passedOver(files.length - taken);
    return taken > 0;
  };

  /** What is dropped or pasted goes to the side of the page that is in sight. */
  const takeInSight = (transfer: DataTransfer): boolean => {
    const takePairs = takers.pairs();
    if (takePairs === undefined) return take(transfer.files);
    const { files, folders } = dropped(transfer);
    const [weights, ...more] = files.filter(isWeights);
    if (weights) takers.weights(weights);
    if (more.length > 0) takers.passedOver(more.length);
    const others = files.filter((file) => !isWeights(file)).map(alone);
    if (folders.length > 0) void filesIn(folders).then((inFolders) => takePairs([...others, ...inFolders]));
    else if (others.length > 0) takePairs(others);
    return files.length + folders.length > 0;
  };

  input.addEventListener('change', () => {
    take(input.files);
    // The same file can be chosen again.
    input.value = '';
  });

  document.addEventListener('paste', (event) => {
    if (event.clipboardData && takeInSight(event.clipboardData)) event.preventDefault();
  });

  // `dragleave` also fires when the pointer crosses into a child: count how deep it is.
  let depth = 0;
  const dropping = (change: number): void => {
    depth = Math.max(0, depth + change);
    document.body.toggleAttribute('data-dropping', depth > 0);
  };
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  /** Text that is dropped into a field is the field's. */
  const isFields = ({ target }: DragEvent): boolean => target instanceof Element && target.closest('input, textarea') !== null;
  document.addEventListener('dragenter', (event) => {
    if (hasFiles(event)) dropping(+1);
  });
  document.addEventListener('dragleave', (event) => {
    if (hasFiles(event)) dropping(-1);
  });
  document.addEventListener('dragover', (event) => {
    if (hasFiles(event) || !isFields(event)) event.preventDefault();
  });
  document.addEventListener('drop', (event) => {
    if (!event.dataTransfer || (isFields(event) && !hasFiles(event))) return;
    // Else the browser goes to the address of what was dropped.
    event.preventDefault();
    dropping(-depth);
    if (hasFiles(event)) takeInSight(event.dataTransfer);
    else if (event.dataTransfer.types.includes('text/uri-list')) takers.noFile();
  });
}
