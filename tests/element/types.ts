/** What the element's types allow and refuse, by the package's declarations; checked by `npm run types`, never run. */
import { type Auto, type Hints, type PadError, type PadPicture, type PadState, type PadTool, Pix2PixPad, type Pix2PixPadEventMap } from '../../pkg/element.js';
import { type ModelInfo, Pix2Pix, type Progress } from '../../pkg/client.js';

export async function allowed(canvas: HTMLCanvasElement, file: File, signal: AbortSignal) {
  Pix2PixPad.loadOptions = { wasmUrl: { cpu: '/cpu_bg.wasm' }, cache: false };
  const pad = document.createElement('pix2pix-pad');
  const found: Pix2PixPad | null = document.querySelector('pix2pix-pad');
  // It is an element like others.
  const element: HTMLElement = pad;
  document.body.append(new Pix2PixPad(), pad);
  [pad.model, pad.device, pad.threads, pad.width, pad.height] = ['/a.pict', 'cpu', 2, 640, null];
  [pad.auto, pad.delay, pad.hints, pad.tool, pad.color, pad.brush] = ['live', 300, 'none', 'eraser', 'red', 3];
  [pad.colors, pad.seed, pad.dropout, pad.disabled, pad.name] = [8, null, true, false, 'drawing'];
  pad.modelObject = file;
  pad.modelObject = await Pix2Pix.load(file);
  pad.modelObject = [{ name: 'model-1.index', bytes: new Uint8Array(1) }];
  pad.modelObject = null;
  const info: ModelInfo = await pad.start();
  const picture: ImageData = await pad.translate({ seed: 1, signal });
  await pad.load(canvas);
  const blobs: (Blob | null)[] = [await pad.toBlob(), await pad.toBlob({ what: 'sketch', type: 'image/jpeg', quality: 0.8 })];
  for (const step of [pad.undo, pad.redo, pad.clear]) step.call(pad);
  const now: [PadState, ImageData | null, boolean, boolean, boolean, HTMLFormElement | null] = [pad.state, pad.picture, pad.canUndo, pad.canRedo, pad.isBlank, pad.form];
  pad.addEventListener('pix2pix-ready', ({ detail }) => detail.device);
  pad.addEventListener('pix2pix-progress', ({ detail }) => detail satisfies Progress);
  pad.addEventListener('pix2pix-picture', ({ detail }) => [detail satisfies PadPicture, detail.picture.width, detail.milliseconds]);
  pad.addEventListener('pix2pix-error', ({ detail }) => [detail satisfies PadError, detail.code, detail.message]);
  document.body.addEventListener('pix2pix-change', (event) => event.detail satisfies null);
  const event: Pix2PixPadEventMap['pix2pix-picture'] = new CustomEvent('pix2pix-picture', { detail: { picture, milliseconds: 1 } });
  const words: [Auto, Hints, PadTool] = ['off', 'plain', 'pen'];
  return { found, element, info, blobs, now, event, words };
}

export async function refused(pad: Pix2PixPad) {
  // @ts-expect-error a device that is none
  pad.device = 'gpu';
  // @ts-expect-error a time that is none
  pad.auto = 'always';
  // @ts-expect-error an address is no object
  pad.modelObject = '/a.pict';
  // @ts-expect-error the state is told, and not set
  pad.state = 'ready';
  // @ts-expect-error addresses are not pictures
  await pad.load('/a.png');
  // @ts-expect-error an option of translate that is none
  await pad.translate({ sead: 1 });
  // @ts-expect-error a file of something that it does not have
  await pad.toBlob({ what: 'model' });
  // @ts-expect-error a picture has no code
  pad.addEventListener('pix2pix-picture', ({ detail }) => detail.code);
  // @ts-expect-error how models are loaded, but not where from
  Pix2PixPad.loadOptions = { device: 'cpu' };
}
