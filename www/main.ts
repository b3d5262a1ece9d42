/** The page: sketch pad, translator and view, wired together. */
import { registerSW } from 'virtual:pwa-register';
import { copyPicture, savePair, savePicture, sharePair } from './actions';
import { takeFiles } from './files';
import { showGallery } from './gallery';
import { whyNoWebGpu } from './gpu';
import { type Command, listenForKeys } from './keys';
import { MODELS, type Model, ownModel, START_MODEL } from './models';
import { button, canvas, element, onClick } from './page';
import { DeviceSwitch, forgetOldModels, ModelPicker } from './picker';
import { type DeviceChoice, Pix2PixError } from '../pkg/client.js';
import { canShare } from './save';
import { type Sketch, SketchPad } from './sketch';
import { readSettings, readSketch, SketchKeeper, writeSettings } from './store';
import { contextOf } from './strokes';
import { Toolbar } from './toolbar';
import { Translator } from './translator';
import { View } from './view';

const view = new View();
const keeper = new SketchKeeper();
const pad = new SketchPad(canvas('sketch'), (settled) => {
  askForPicture();
  if (!settled) return;
  toolbar.show();
  keeper.keep(() => pad.sketch);
});
const toolbar = new Toolbar(pad, keepSettings);
const translator = new Translator({
  working: () => view.show('working', 'Working'),
  translated(picture, milliseconds) {
    view.showPicture(picture, milliseconds);
    if (loading === undefined) view.show(translator.busy ? 'working' : 'ready', translator.busy ? 'Working' : 'Ready');
  },
  failed(error) {
    if (loading !== undefined) return;
    view.alert(error);
    view.show('failed', 'The last translation failed');
    if (isBroken(error)) recover();
  },
});
const picker = new ModelPicker((model) => void use(model, device));
const deviceSwitch = new DeviceSwitch((choice) => void use(model, choice));

/** The model and the device that are in use; what a failed load goes back to. */
let model: Model = START_MODEL;
let device: DeviceChoice = 'auto';
let loading: AbortController | undefined;

/** Loads a model and takes it into use; what was in use before stays so if that fails. */
async function use(next: Model, nextDevice: DeviceChoice, alert?: 'keep the alert'): Promise<void> {
  loading?.abort();
  const controller = new AbortController();
  loading = controller;
  if (alert === undefined) view.dismiss();
  view.progressBegins(next.name);
  view.show('loading', `Loading ${next.name}`);
  picker.show(next);
  deviceSwitch.show(nextDevice);
  try {
    const info = await translator.load(next.source, {
      device: nextDevice,
      signal: controller.signal,
      onProgress: (progress) => {
        if (loading === controller) view.progress(next, progress);
      },
    });
    if (loading !== controller) return;
    [model, device, loading] = [next, nextDevice, undefined];
    view.device(info);
    keepSettings();
    picker.use(model);
    showGallery(model.samples, (sample) => pad.lay(sample.strokes));
    view.show('ready', 'Ready');
    askForPicture();
  } catch (error) {
    // A newer load took this one's place: the page is its own now.
    if (loading !== controller) return;
    loading = undefined;
    picker.show(model);
    deviceSwitch.show(device);
    if (!controller.signal.aborted) view.alert(error);
    const usable = translator.info !== undefined;
    view.show(usable ? 'ready' : 'failed', usable ? `Still using ${model.name}` : 'No model is loaded');
    if (usable) askForPicture(); // for what was drawn meanwhile
    else if (isBroken(error)) recover();
  }
}

/** Whether a model needs to be loaded anew after this error. */
function isBroken(error: unknown): boolean {
  return error instanceof Pix2PixError && /^(device\/lost|worker|engine)/.test(error.code);
}

/** A graphics device can go away, and an engine can crash: the page goes on, on the CPU, but never in a circle. */
let recovered = -Infinity;
function recover(): void {
  const now = performance.now();
  if (now - recovered < 60_000) return;
  recovered = now;
  void use(model, 'cpu', 'keep the alert');
}

/** Asks for the sketch's picture once a frame at most. */
let asked = false;
function askForPicture(): void {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    if (loading !== undefined) return;
    const side = translator.size;
    void translator.translate(contextOf(pad.render(side)).getImageData(0, 0, side, side));
  });
}

async function takePicture(file: File): Promise<void> {
  try {
    await pad.layPicture(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    view.alert(new Pix2PixError('image/unreadable', `${file.name || 'the picture'} cannot be read as a picture (${why})`));
  }
}

function keepSettings(): void {
  const { pen, eraser } = pad.widths;
  // A visitor's own file is not kept, so the page starts with a bundled model next time.
  const kept = MODELS.includes(model) ? model.id : START_MODEL.id;
  void writeSettings({ model: kept, device, penWidth: pen, eraserWidth: eraser });
}

const out = { view, render: (side: number) => pad.render(side) };
const keyboardHelp = element('keys', HTMLDialogElement);

function run(command: Command): void {
  switch (command) {
    case 'save':
      return void savePicture(out);
    case 'copy':
      return void copyPicture(out);
    case 'help':
      return keyboardHelp.showModal();
    default:
      return toolbar.run(command);
  }
}

onClick('save', () => void savePicture(out));
onClick('save-pair', () => void savePair(out));
onClick('copy', () => void copyPicture(out));
onClick('share', () => void sharePair(out));
onClick('help', () => keyboardHelp.showModal());
onClick('cancel', () => loading?.abort());
onClick('retry', () => void use(model, device));
const fileInput = element('file', HTMLInputElement);
onClick('open', () => fileInput.click());
onClick('open-weights', () => fileInput.click());
button('share').hidden = !canShare();
listenForKeys(run);
takeFiles(fileInput, {
  picture: (file) => void takePicture(file),
  weights: (file) => void use(ownModel(file), device),
  passedOver: (count) => view.say(`${count} more ${count === 1 ? 'file was' : 'files were'} not taken`),
});

async function start(): Promise<void> {
  const [settings, sketch] = await Promise.all([readSettings(), readSketch()]);
  model = MODELS.find(({ id }) => id === settings.model) ?? START_MODEL;
  device = settings.device ?? 'auto';
  pad.widths.pen = settings.penWidth ?? pad.widths.pen;
  pad.widths.eraser = settings.eraserWidth ?? pad.widths.eraser;
  toolbar.show();
  showGallery(model.samples, (sample) => pad.lay(sample.strokes));
  // A new visitor sees a sketch, and soon its picture, not two blank squares.
  const kept = sketch !== undefined && (await restored(sketch));
  if (!kept) pad.lay(model.samples[0]?.strokes ?? []);
  // Asked while the model is on its way, unless the answer decides on the device.
  const noWebGpu = whyNoWebGpu().then((why) => {
    if (why !== undefined) deviceSwitch.withoutWebGpu(why);
    return why !== undefined;
  });
  if (device === 'webgpu' && (await noWebGpu)) device = 'auto';
  await use(model, device);
  // Only now, so that the service worker does not fetch in competition with the first picture.
  registerSW();
  await forgetOldModels();
}

/** A kept picture may have been lost or damaged; the page starts without it then. */
async function restored(sketch: Sketch): Promise<boolean> {
  try {
    await pad.restore(sketch);
    return true;
  } catch (error) {
    console.warn('the kept sketch could not be restored', error);
    return false;
  }
}

start().catch((error: unknown) => {
  view.alert(error);
  view.show('failed', 'The page could not start');
});
