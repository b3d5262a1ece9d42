/** The page: pads, translator and view on the first tab, teaching and colouring behind the others, wired together. */
import { copyPicture, saveLargePicture, savePair, savePicture, saveSketch, sharePair } from './actions';
import { canvasesAreRead } from './canvas-probe';
import { Colorizing } from './colorizing';
import { DeviceSwitch } from './device-switch';
import { Dice } from './dice';
import { takeFiles } from './files';
import { showGallery } from './gallery';
import { type Input, type InputKind, inputOf, labelInput, lineInput } from './inputs';
import { DrawingKeeper, type Drawings, type OtherDrawings } from './keep/drawings';
import { inTime } from './keep/in-time';
import { forgetModel, keepModel, readKeptModels } from './keep/models';
import { onNews } from './keep/news';
import { readOpened } from './keep/opened';
import { readSettings, writeSettings } from './keep/settings';
import { LabelPad } from './label-pad';
import { LabelTools } from './label-tools';
import { takeHandedOver } from './handed-over';
import { Live } from './live';
import { offerLook } from './look-switch';
import { forgetOldFiles } from './model-cache';
import { ADDRESS_PARAMETER, addressIn, fileNameOf, modelAsked } from './model-address';
import { ModelInUse } from './model-in-use';
import { type Model, MODELS, type Origin, ownModel, START_MODEL } from './models';
import { workOffline } from './offline';
import { FitButton } from './package/drawing/fit-button';
import { HistoryButtons } from './package/drawing/history-buttons';
import { type Command, nameKeysOfMac, shortcuts } from './package/drawing/keys';
import { SketchPad } from './package/drawing/sketch';
import { contextOf } from './package/drawing/strokes';
import { Toolbar } from './package/drawing/toolbar';
import { button, canvas, element, onClick } from './page';
import { PageError } from './page-error';
import { listenForKeys } from './page-keys';
import { findAdapter } from './package/adapter';
import { ModelPicker } from './picker';
import { PictureSizeChoice } from './picture-size';
import { canShare } from './save';
import { Shelf } from './shelf';
import { laySketch } from './sketch-file';
import { StorageNote } from './storage';
import { Tabs } from './tabs';
import { Teaching } from './teaching';
import { Translator } from './translator';
import { trustOwnScripts } from './trusted-types';
import { offerUndo } from './undo';
import { View } from './view';
import { words } from './words/current';

/** The seed of the colours that closed shapes get by themselves. */
const AUTO_COLOURS = 8;

trustOwnScripts();
const view = new View();
const drawings = new DrawingKeeper();
/** Drawings of other tabs. */
let others: readonly OtherDrawings[] = [];
/** A stroke is being drawn. */
let growing = false;
const sketchPad = new SketchPad(canvas('sketch'), (settled) => {
  live.stop();
  growing = !settled;
  askForPicture();
  if (!settled) return;
  showTools();
  drawings.keep('sketch', () => sketchPad.sketch);
});
const labelPad = new LabelPad(canvas('map'), (settled) => {
  growing = !settled;
  askForPicture();
  if (!settled) return;
  showTools();
  drawings.keep('maps', () => labelPad.maps);
});
sketchPad.watchScreen();
const toolbar = new Toolbar(sketchPad, document, '', keepSettings, words.colours);
const inputs: Record<InputKind, Input> = {
  lines: lineInput(sketchPad, toolbar),
  labels: labelInput(labelPad, new LabelTools(labelPad, 'label-', keepSettings)),
};
/** What the model in use paints from. */
let input = inputs.lines;
const historyButtons = new HistoryButtons(() => input.pad, document, '');
const fitButton = new FitButton([sketchPad, labelPad], () => input.pad, document, 'fit');
const translator = new Translator({
  working() {
    if (!live.running) view.show('working', words.working);
  },
  translated(picture, milliseconds, sketch) {
    if (live.drew(sketch)) return showLive(picture, milliseconds, sketch);
    const { variation } = input.pad;
    const nothingLeftToChance = toVary && view.shows(picture);
    view.showPicture(picture, milliseconds);
    if (inUse.loading) return;
    if (translator.busy) return view.show('working', words.working);
    toVary = false;
    view.show('ready', nothingLeftToChance ? words.page.onePicture : variation === undefined ? words.ready : words.page.variation(variation));
    if (!growing) shelf.see(picture, inUse.model, input);
  },
  failed(error) {
    if (inUse.loading) return;
    live.stop();
    view.alert(error);
    view.show('failed', words.page.translationFailed);
    inUse.recover(error);
  },
});
/** Closed shapes without a colour get one, where the model's hints fill their regions. */
const autoColour = element('auto-colour', HTMLInputElement);
/** The picture that was opened is drawn over, and the model does not see it. */
const trace = element('trace', HTMLInputElement);
const dice = new Dice(sketchPad, translator, view);
const shelf = new Shelf({
  continued: (drawings, by) => void continueWith(drawings, by),
  failed: (error) => view.alert(error),
});
const picker = new ModelPicker({ list: 'model-list', bundled: MODELS }, {
  choose(model) {
    forgetAddress();
    void inUse.use(model);
  },
  forget: (model) => void forget(model),
});
const sizes = new PictureSizeChoice((size) => {
  translator.pictureSize = size;
  askForPicture();
});
const stored = new StorageNote(() => inUse.model, () => picker.show(inUse.model));
const devices = new DeviceSwitch((device) => void inUse.use(inUse.model, { device }));
const inUse = new ModelInUse({ view, translator, picker, devices }, {
  loaded() {
    keepSettings();
    takeInput(inUse.model);
    // In larger pictures of sketches with regions of colour, the colours bleed and bleach.
    sizes.offer(inUse.model.spreadHints !== true);
    askForPicture();
    teaching.modelChanged();
    void stored.show();
  },
  stayed: askForPicture, // for what was drawn meanwhile
  colorizes: (model) => void colorizing.use(model),
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
const colorizing = new Colorizing({
  device: () => inUse.deviceNow,
  chooseFiles: () => fileInput.click(),
  openTab: () => tabs.open('colorize'),
  alert: (error) => view.alert(error, 'colorize'),
  dismissAlert: () => view.dismiss('colorize'),
  draw(model) {
    tabs.open('draw');
    void inUse.use(model);
  },
});
const live = new Live(
  {
    side: () => translator.size,
    translate(lines) {
      if (!inUse.loading) void translator.translate(lines);
    },
    keep: (lines) => void sketchPad.layPicture(lines).catch((error: unknown) => view.alert(error)),
    ended: askForPicture,
    alert: (error) => view.alert(error),
  },
  () => tabs.current === 'draw' && input === inputs.lines,
);
const tabs = new Tabs((tab) => {
  if (tab !== 'draw') live.stop();
  teaching.show(tab === 'teach');
  colorizing.show(tab === 'colorize');
  // The model may have learned something meanwhile.
  if (tab === 'draw' && translator.info !== undefined) askForPicture();
});

/** Asks for the picture of what is drawn once a frame at most. */
let asked = false;
function askForPicture(): void {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    if (inUse.loading || live.running) return;
    const side = translator.pictureSide;
    void translator.translate(contextOf(input.pad.render(side)).getImageData(0, 0, side, side), input.pad.variation);
  });
}

/** A picture of what the camera sees. One that comes when it is over is not of the drawing in sight. */
function showLive(picture: ImageData, milliseconds: number, lines: ImageData): void {
  if (!live.running) return;
  view.showPicture(picture, milliseconds, true);
  live.painted(lines);
  if (!inUse.loading) view.show('ready', words.camera.live);
}

/** The next picture is to be another one of the same drawing. */
let toVary = false;
function vary(): void {
  if (!view.hasPicture || input.pad.isBlank) return;
  toVary = true;
  input.pad.vary();
}

/** Goes on with an earlier drawing, with the model that painted it, if that is still here. */
async function continueWith(drawings: Drawings, by: Origin): Promise<void> {
  // Those of the page have other names in other languages.
  const model = picker.models.find(({ id, name }) => id === by.id && (id !== 'own' || name === by.name));
  if (model !== undefined && model !== inUse.model && !(await inUse.use(model))) return;
  const [example] = input.ofOtherTabs([{ id: '', at: 0, ...drawings }]);
  if (example === undefined) view.say(words.page.noLongerHere(by.name, inUse.model.name));
  else example.lay();
  window.scrollTo({ top: 0 });
}

/** Offers what the model in use paints from. */
function takeInput(model: Model): void {
  const kind = inputOf(model);
  input = inputs[kind];
  document.body.dataset.input = kind;
  if (kind !== 'lines') live.stop();
  if (model.labels !== undefined) labelPad.use(model.labels);
  takeHints(model);
  offerDrawings();
  // A new visitor sees a drawing, and soon its picture, not two blank squares.
  if (!input.pad.canUndo && !input.pad.canRedo) input.examples(model)[0]?.lay();
}

function offerDrawings(): void {
  showGallery([...input.ofOtherTabs(others), ...input.examples(inUse.model)]);
}

/** Other tabs draw, too. */
async function lookForOthers(): Promise<void> {
  try {
    others = await inTime(drawings.others());
    offerDrawings();
  } catch {
    // Where nothing can be read there is nothing to offer.
  }
}

/** Colours are offered where the model in use understands them. */
function takeHints({ hints = false, spreadHints = false }: Model): void {
  sketchPad.hintsSeen = hints;
  translator.spreadHints = spreadHints;
  translator.colors = spreadHints && autoColour.checked ? AUTO_COLOURS : undefined;
  element('auto-colour-line', HTMLElement).hidden = !spreadHints;
  document.body.toggleAttribute('data-hints', hints);
  showTools();
}

function showTools(): void {
  historyButtons.show();
  fitButton.show();
  input.tools.show();
  showHintsUnseen();
  const { traces } = sketchPad;
  element('trace-line', HTMLElement).hidden = traces === undefined;
  trace.checked = traces === true;
}

/** Colours that were drawn for another model stay in the sketch: a word on why they do nothing. */
function showHintsUnseen(): void {
  const note = element('hints-unseen', HTMLElement);
  note.hidden = sketchPad.hintsSeen || !sketchPad.hasHints;
  canvas('sketch').title = note.hidden ? '' : (note.textContent ?? '');
}

async function takePicture(file: File): Promise<void> {
  try {
    if (input === inputs.lines && (await laySketch(sketchPad, file))) return;
    await input.pad.layPicture(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    view.alert(new PageError('image/unreadable', words.cannotBeRead(file.name || words.page.thePicture, why)));
  }
}

/** Deletes a model that was taught here; the visitor can think better of it. */
async function forget(model: Model): Promise<void> {
  try {
    const forgotten = await forgetModel(model.id);
    picker.setTaught(await readKeptModels());
    if (inUse.model.id === model.id) await inUse.use(START_MODEL);
    if (forgotten === undefined) return;
    offerUndo(element('forgotten', HTMLElement), words.deleted(model.name), async () => {
      await keepModel(forgotten);
      picker.setTaught(await readKeptModels());
    });
  } catch (error) {
    view.alert(error);
  }
}

function keepSettings(): void {
  const { pen, hint, eraser } = sketchPad.widths;
  // A visitor's own file is not kept, so the page starts with a bundled model next time.
  const kept = inUse.model.id === 'own' ? START_MODEL.id : inUse.model.id;
  const widths = { penWidth: pen, hintWidth: hint, eraserWidth: eraser, labelWidth: labelPad.width };
  void writeSettings({ model: kept, device: inUse.device, ...widths, ownColour: toolbar.ownColour, autoColour: autoColour.checked, singleKeys: shortcuts.singleKeys });
}

const out = { view, render: (side: number) => live.render() ?? input.pad.render(side) };
const keyboardHelp = element('keys', HTMLDialogElement);

/** What the camera leaves to do. */
const WHILE_LIVE: ReadonlySet<Command> = new Set(['save', 'copy', 'help']);

function run(command: Command): void {
  // The drawing is out of sight.
  if (live.running && !WHILE_LIVE.has(command)) return;
  switch (command) {
    case 'save':
      return void savePicture(out);
    case 'copy':
      return void copyPicture(out);
    case 'dice':
      return void dice.roll();
    case 'vary':
      return vary();
    case 'help':
      return keyboardHelp.showModal();
    case 'undo':
    case 'redo':
    case 'clear':
      return input.pad[command]();
    case 'closer':
    case 'farther':
      return input.pad.zoom.step(command === 'closer');
    default:
      return input.tools.run(command);
  }
}

onClick('save', () => void savePicture(out));
onClick('save-large', () => void saveLargePicture(out));
onClick('save-pair', () => void savePair(out));
onClick('save-sketch', () => void saveSketch(view, sketchPad));
onClick('copy', () => void copyPicture(out));
onClick('share', () => void sharePair(out));
onClick('dice', () => void dice.roll());
onClick('vary', vary);
autoColour.addEventListener('change', () => {
  keepSettings();
  takeHints(inUse.model);
  askForPicture();
});
trace.addEventListener('change', () => (sketchPad.traces = trace.checked));
onClick('help', () => keyboardHelp.showModal());
const singleKeys = element('single-keys', HTMLInputElement);
singleKeys.addEventListener('change', () => {
  shortcuts.singleKeys = singleKeys.checked;
  keepSettings();
});
onClick('cancel', () => inUse.cancel());
onClick('retry', () => void inUse.use(inUse.model));
const fileInput = element('file', HTMLInputElement);
onClick('open', () => fileInput.click());
onClick('open-weights', () => fileInput.click());
button('share').hidden = !canShare();
offerLook((error) => view.alert(error));
nameKeysOfMac(navigator.platform, document);
listenForKeys(() => tabs.current === 'draw', run);
listenForKeys(() => tabs.current === 'colorize', (command) => colorizing.run(command));
const takeBrought = takeFiles(fileInput, {
  pairs: () => (tabs.current === 'teach' ? (files) => void teaching.take(files) : undefined),
  picture: (file) => void (tabs.current === 'colorize' ? colorizing.take(file) : takePicture(file)),
  weights: (files) => void (tabs.current === 'colorize' ? colorizing : inUse).use(ownModel(files)),
  noFile: () => view.alert(new PageError('image/unreadable', words.page.fromAnotherPage)),
  passedOver: (count) => (tabs.current === 'colorize' ? colorizing : view).say(words.page.passedOver(count)),
});

/** The model that the address asks for. One from another origin comes through a page of its own, which asks first. */
async function askedFor(): Promise<Model | undefined> {
  const listed = modelAsked(location, picker.models);
  const address = addressIn(location);
  if (listed !== undefined || address === undefined) return listed;
  if (typeof address === 'string') {
    view.alert(new PageError('network/unreachable', words.page.noAddress(address)));
    return undefined;
  }
  const { href } = address;
  const name = fileNameOf(href);
  if (address.origin === location.origin) return { ...ownModel([]), name, source: href };
  const opened = await readOpened(href);
  if (opened !== undefined) return ownModel([opened]);
  location.replace(new URL(`open.html${location.search}`, document.baseURI));
  return new Promise(() => undefined); // This page is being left.
}

/** The visitor chose another model than the address asks for. */
function forgetAddress(): void {
  const url = new URL(location.href);
  url.searchParams.delete(ADDRESS_PARAMETER);
  if (url.href !== location.href) history.replaceState(history.state, '', url);
}

async function start(): Promise<void> {
  tabs.start();
  const reading = drawings.read();
  const [settings, drawn, taught] = await Promise.all([readSettings(), inTime(reading).catch(() => undefined), readKeptModels()]);
  picker.setTaught(taught);
  const model = (await askedFor()) ?? picker.models.find(({ id }) => id === settings.model) ?? START_MODEL;
  const { device = 'auto' } = settings;
  const { widths } = sketchPad;
  widths.pen = settings.penWidth ?? widths.pen;
  widths.hint = settings.hintWidth ?? widths.hint;
  widths.eraser = settings.eraserWidth ?? widths.eraser;
  labelPad.width = settings.labelWidth ?? labelPad.width;
  toolbar.ownColour = settings.ownColour ?? toolbar.ownColour;
  autoColour.checked = settings.autoColour ?? true;
  shortcuts.singleKeys = singleKeys.checked = settings.singleKeys ?? true;
  inUse.startWith(model, device);
  await restore(drawn ?? {});
  takeInput(model);
  void lookForOthers();
  void shelf.restore();
  // What comes too late goes beneath what is there by then.
  if (drawn === undefined) reading.then(restoreLate, (error: unknown) => console.warn('no drawing could be read', error));
  // Asked while the model is on its way, unless the answer decides on the device.
  const noWebGpu = findAdapter().then(({ why }) => {
    if (why !== undefined) devices.withoutWebGpu(why);
    return why !== undefined;
  });
  if (device === 'webgpu' && (await noWebGpu)) inUse.runElsewhere('auto');
  const loaded = inUse.use(model, { keepAlert: true });
  void takeHandedOver({
    take(files) {
      if (tabs.current === 'teach') tabs.open('draw');
      takeBrought(files);
    },
    failed: (error) => view.alert(error),
  });
  if (!(await loaded) && model.id === 'own' && !inUse.loading) await inUse.use(START_MODEL, { keepAlert: true });
  if (!canvasesAreRead()) view.alert(new PageError('canvas/blocked', words.page.canvasBlocked));
  await teaching.lookForUnfinished();
  // Only now, so that the service worker does not fetch in competition with the first picture.
  await workOffline(() => void stored.show());
  await forgetOldFiles();
  await stored.show();
}

/** A kept picture may have been lost or damaged; the page starts without it then. */
async function restore({ sketch, maps }: Drawings): Promise<void> {
  if (maps !== undefined) labelPad.restore(maps);
  try {
    if (sketch !== undefined) await sketchPad.restore(sketch);
  } catch (error) {
    console.warn('the kept sketch could not be restored', error);
  }
}

function restoreLate(drawn: Drawings): Promise<void> {
  const [mark, ...more] = sketchPad.sketch.marks;
  // The example that greets a new visitor is not theirs.
  if (mark?.kind === 'sheet' && more.length === 0 && mark.strokes === inUse.model.samples[0]?.strokes) sketchPad.reset();
  return restore(drawn);
}

onNews('models', async () => picker.setTaught(await readKeptModels()));
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void lookForOthers();
});

start().catch((error: unknown) => {
  view.alert(error);
  view.show('failed', words.page.notStarted);
});
