/** The page: sketch pad, translator and view on one side, teaching on the other, wired together. */
import { registerSW } from 'virtual:pwa-register';
import { copyPicture, saveLargePicture, savePair, savePicture, sharePair } from './actions';
import { DeviceSwitch } from './device-switch';
import { Dice } from './dice';
import { takeFiles } from './files';
import { showGallery } from './gallery';
import { whyNoWebGpu } from './gpu';
import { forgetModel, readKeptModels, restoreModel } from './kept-models';
import { type Command, listenForKeys } from './keys';
import { forgetOldFiles } from './model-cache';
import { ModelInUse } from './model-in-use';
import { type Model, ownModel, START_MODEL } from './models';
import { button, canvas, element, onClick } from './page';
import { ModelPicker } from './picker';
import { Pix2PixError } from '../pkg/client.js';
import { canShare } from './save';
import { type Sketch, SketchPad } from './sketch';
import { readSettings, readSketch, SketchKeeper, writeSettings } from './store';
import { contextOf } from './strokes';
import { Tabs } from './tabs';
import { Teaching } from './teaching';
import { Toolbar } from './toolbar';
import { Translator } from './translator';
import { offerUndo } from './undo';
import { View } from './view';

/** The seed of the colours that closed shapes get by themselves. */
const AUTO_COLOURS = 8;

const view = new View();
const keeper = new SketchKeeper();
const pad = new SketchPad(canvas('sketch'), (settled) => {
  askForPicture();
  if (!settled) return;
  toolbar.show();
  showHintsUnseen();
  keeper.keep(() => pad.sketch);
});
const toolbar = new Toolbar(pad, '', keepSettings);
const translator = new Translator({
  working: () => view.show('working', 'Working'),
  translated(picture, milliseconds) {
    view.showPicture(picture, milliseconds);
    if (!inUse.loading) view.show(translator.busy ? 'working' : 'ready', translator.busy ? 'Working' : 'Ready');
  },
  failed(error) {
    if (inUse.loading) return;
    view.alert(error);
    view.show('failed', 'The last translation failed');
    inUse.recover(error);
  },
});
/** Closed shapes without a colour get one, where the model's hints fill their regions. */
const autoColour = element('auto-colour', HTMLInputElement);
const dice = new Dice(pad, translator, view);
const picker = new ModelPicker({
  choose: (model) => void inUse.use(model),
  forget: (model) => void forget(model),
});
const devices = new DeviceSwitch((device) => void inUse.use(inUse.model, { device }));
const inUse = new ModelInUse({ view, translator, picker, devices }, {
  loaded() {
    keepSettings();
    takeHints(inUse.model);
    showGallery(inUse.model.samples, (sample) => pad.lay(sample.strokes));
    askForPicture();
    teaching.modelChanged();
  },
  stayed: askForPicture, // for what was drawn meanwhile
});
const teaching = new Teaching({
  inUse,
  translator,
  view,
  models: () => picker.models,
  openTab: () => tabs.open('teach'),
  pictureIsOld() {
    if (tabs.current === 'draw') askForPicture();
  },
  async saved(model) {
    picker.setTaught(await readKeptModels());
    inUse.rename(model);
    takeHints(model);
    keepSettings();
  },
});
const tabs = new Tabs((tab) => {
  teaching.show(tab === 'teach');
  // The model may have learned something meanwhile.
  if (tab === 'draw' && translator.info !== undefined) askForPicture();
});

/** Asks for the sketch's picture once a frame at most. */
let asked = false;
function askForPicture(): void {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    if (inUse.loading) return;
    const side = translator.size;
    void translator.translate(contextOf(pad.render(side)).getImageData(0, 0, side, side));
  });
}

/** Colours are offered where the model in use understands them. */
function takeHints({ hints = false, spreadHints = false }: Model): void {
  pad.hintsSeen = hints;
  translator.spreadHints = spreadHints;
  translator.colors = spreadHints && autoColour.checked ? AUTO_COLOURS : undefined;
  element('auto-colour-line', HTMLElement).hidden = !spreadHints;
  document.body.toggleAttribute('data-hints', hints);
  toolbar.show();
  showHintsUnseen();
}

/** Colours that were drawn for another model stay in the sketch: a word on why they do nothing. */
function showHintsUnseen(): void {
  const note = element('hints-unseen', HTMLElement);
  note.hidden = pad.hintsSeen || !pad.hasHints;
  canvas('sketch').title = note.hidden ? '' : (note.textContent ?? '');
}

async function takePicture(file: File): Promise<void> {
  try {
    await pad.layPicture(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    view.alert(new Pix2PixError('image/unreadable', `${file.name || 'the picture'} cannot be read as a picture (${why})`));
  }
}

/** Deletes a model that was taught here; the visitor can think better of it. */
async function forget(model: Model): Promise<void> {
  try {
    const forgotten = await forgetModel(model.id);
    picker.setTaught(await readKeptModels());
    if (inUse.model.id === model.id) await inUse.use(START_MODEL);
    if (forgotten === undefined) return;
    offerUndo(element('forgotten', HTMLElement), `${model.name} was deleted.`, async () => {
      await restoreModel(forgotten);
      picker.setTaught(await readKeptModels());
    });
  } catch (error) {
    view.alert(error);
  }
}

function keepSettings(): void {
  const { pen, hint, eraser } = pad.widths;
  // A visitor's own file is not kept, so the page starts with a bundled model next time.
  const kept = inUse.model.id === 'own' ? START_MODEL.id : inUse.model.id;
  const widths = { penWidth: pen, hintWidth: hint, eraserWidth: eraser };
  void writeSettings({ model: kept, device: inUse.device, ...widths, ownColour: toolbar.ownColour, autoColour: autoColour.checked });
}

const out = { view, render: (side: number) => pad.render(side) };
const keyboardHelp = element('keys', HTMLDialogElement);

function run(command: Command): void {
  switch (command) {
    case 'save':
      return void savePicture(out);
    case 'copy':
      return void copyPicture(out);
    case 'dice':
      return void dice.roll();
    case 'help':
      return keyboardHelp.showModal();
    default:
      return toolbar.run(command);
  }
}

onClick('save', () => void savePicture(out));
onClick('save-large', () => void saveLargePicture(out));
onClick('save-pair', () => void savePair(out));
onClick('copy', () => void copyPicture(out));
onClick('share', () => void sharePair(out));
onClick('dice', () => void dice.roll());
autoColour.addEventListener('change', () => {
  keepSettings();
  takeHints(inUse.model);
  askForPicture();
});
onClick('help', () => keyboardHelp.showModal());
onClick('cancel', () => inUse.cancel());
onClick('retry', () => void inUse.use(inUse.model));
const fileInput = element('file', HTMLInputElement);
onClick('open', () => fileInput.click());
onClick('open-weights', () => fileInput.click());
button('share').hidden = !canShare();
listenForKeys(() => tabs.current === 'draw', run);
takeFiles(fileInput, {
  pairs: () => (tabs.current === 'teach' ? (files) => void teaching.take(files) : undefined),
  picture: (file) => void takePicture(file),
  weights: (file) => void inUse.use(ownModel(file)),
  passedOver: (count) => view.say(`${count} more ${count === 1 ? 'file was' : 'files were'} not taken`),
});

async function start(): Promise<void> {
  tabs.start();
  const [settings, sketch, taught] = await Promise.all([readSettings(), readSketch(), readKeptModels()]);
  picker.setTaught(taught);
  const model = picker.models.find(({ id }) => id === settings.model) ?? START_MODEL;
  let device = settings.device ?? 'auto';
  pad.widths.pen = settings.penWidth ?? pad.widths.pen;
  pad.widths.hint = settings.hintWidth ?? pad.widths.hint;
  pad.widths.eraser = settings.eraserWidth ?? pad.widths.eraser;
  toolbar.ownColour = settings.ownColour ?? toolbar.ownColour;
  autoColour.checked = settings.autoColour ?? true;
  inUse.startWith(model, device);
  takeHints(model);
  showGallery(model.samples, (sample) => pad.lay(sample.strokes));
  // A new visitor sees a sketch, and soon its picture, not two blank squares.
  const kept = sketch !== undefined && (await restored(sketch));
  if (!kept) pad.lay(model.samples[0]?.strokes ?? []);
  // Asked while the model is on its way, unless the answer decides on the device.
  const noWebGpu = whyNoWebGpu().then((why) => {
    if (why !== undefined) devices.withoutWebGpu(why);
    return why !== undefined;
  });
  if (device === 'webgpu' && (await noWebGpu)) device = 'auto';
  await inUse.use(model, { device });
  await teaching.lookForUnfinished();
  // Only now, so that the service worker does not fetch in competition with the first picture.
  registerSW();
  await forgetOldFiles();
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
