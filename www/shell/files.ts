/** Files that the visitor brings: chosen, dropped anywhere on the page, or pasted. */
import { alone, type Brought, dropped, filesIn } from './brought';

export interface FileTakers {
  /** Takes what becomes pairs to learn from, while that is what is in sight; gives undefined while it is not. */
  pairs(): ((files: readonly Brought[]) => void) | undefined;
  /** A picture, which becomes the sketch. */
  picture(file: File): void;
  /**
   * Anything else is tried as a weights file; the loader says what is wrong with it. More than one are the files of a
   * TensorFlow checkpoint, or an ONNX file with that of its values.
   */
  weights(files: readonly File[]): void;
  /** Of several pictures or models only the first is taken; so many were not. */
  passedOver(count: number): void;
  /** Something was dropped that is no file: a picture of another page, which this one may not fetch. */
  noFile(): void;
}

/** `.pict` is also an old image format, and some systems say `image/x-pict` of our weights. */
const isWeights = ({ name }: File): boolean => /\.(pict|safetensors|pth|pt|onnx|index)$/i.test(name);

const isPicture = (file: File): boolean => file.type.startsWith('image/') && !isWeights(file);

/** The files of a TensorFlow checkpoint, which is one model. */
const isOfCheckpoint = (name: string): boolean => /(\.index|\.data-\d+-of-\d+|\.meta|^checkpoint|^options\.json)$/.test(name);

/** What are no pictures, model by model. A checkpoint is one where its `.index` is there; `it.onnx.data` is a part of `it.onnx`. */
function modelsAmong(files: readonly File[]): File[][] {
  const others = files.filter((file) => !isPicture(file));
  const parts = others.filter(({ name }) => isOfCheckpoint(name));
  const checkpoint = parts.some(({ name }) => name.endsWith('.index')) ? parts : [];
  const singles = others.filter((file) => !checkpoint.includes(file));
  const isValuesOf = (model: File) => (file: File) => file.name === `${model.name}.data`;
  const models = singles
    .filter((file) => !singles.some((model) => isValuesOf(model)(file)))
    .map((model) => [model, ...singles.filter(isValuesOf(model))]);
  return checkpoint.length > 0 ? [checkpoint, ...models] : models;
}

/** The files of a checkpoint that came in a folder. */
async function checkpointIn(files: readonly Brought[]): Promise<File[]> {
  const named = files.map((file) => ({ name: file.path.replace(/^.*\//, ''), file }));
  const parts = named.filter(({ name }) => isOfCheckpoint(name));
  return Promise.all(parts.map(async ({ name, file }) => new File([await file.open()], name)));
}

/** The way of files that come by themselves, for those that the system hands over. */
export type TakeFiles = (files: readonly File[]) => void;

export function takeFiles(input: HTMLInputElement, takers: FileTakers): TakeFiles {
  const take = (files: readonly File[]): boolean => {
    const [picture, ...morePictures] = files.filter(isPicture);
    const [model, ...moreModels] = modelsAmong(files);
    if (picture) takers.picture(picture);
    if (model) takers.weights(model);
    const passedOver = morePictures.length + moreModels.length;
    if (passedOver > 0) takers.passedOver(passedOver);
    return files.length > 0;
  };

  /** A folder is taken for what it holds where that is a checkpoint. */
  const takeFolders = async (files: readonly File[], folders: readonly FileSystemDirectoryEntry[], all: File[]) => {
    // Of one that can't be read the loader says so.
    const parts = await filesIn(folders).then(checkpointIn).catch(() => []);
    take(parts.some(({ name }) => name.endsWith('.index')) ? [...files, ...parts] : all);
  };

  /** What is dropped or pasted goes to the side of the page that is in sight. */
  const takeInSight = (transfer: DataTransfer): boolean => {
    const takePairs = takers.pairs();
    const { files, folders } = dropped(transfer);
    if (takePairs === undefined) {
      const all = [...transfer.files];
      if (folders.length === 0) return take(all);
      void takeFolders(files, folders, all);
      return true;
    }
    const models = modelsAmong(files).filter((model) => model.some(isWeights));
    const [model, ...more] = models;
    if (model) takers.weights(model);
    if (more.length > 0) takers.passedOver(more.length);
    const others = files.filter((file) => !models.some((model) => model.includes(file))).map(alone);
    if (folders.length > 0) void filesIn(folders).then((inFolders) => takePairs([...others, ...inFolders]));
    else if (others.length > 0) takePairs(others);
    return files.length + folders.length > 0;
  };

  input.addEventListener('change', () => {
    take([...(input.files ?? [])]);
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
  return take;
}
