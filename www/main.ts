/** The page: its three rooms, Draw, Teach and Colour, and what they share, wired together. */
import { Colorizing } from './colorize/colorizing';
import { DrawRoom } from './draw/draw';
import { forgetModel, keepModel, readKeptModels } from './keep/models';
import { onNews } from './keep/news';
import { readOpened } from './keep/opened';
import { readSettings, writeSettings } from './keep/settings';
import { type Model, MODELS, ownModel, START_MODEL } from './models/models';
import { findAdapter } from './package/caller/adapter';
import { nameKeysOfMac, shortcuts } from './package/drawing/keys';
import { dismissAlert, PageError, showAlert } from './shell/alert';
import { DeviceSwitch } from './shell/device-switch';
import { takeFiles } from './shell/files';
import { takeHandedOver } from './shell/handed-over';
import { offerLook } from './shell/look-switch';
import { ADDRESS_PARAMETER, addressIn, fileNameOf, modelAsked } from './shell/model-address';
import { forgetOldFiles } from './shell/model-cache';
import { ModelInUse } from './shell/model-in-use';
import { workOffline } from './shell/offline';
import { element, onClick } from './shell/page';
import { listenForKeys } from './shell/page-keys';
import { ModelPicker } from './shell/picker';
import { StorageNote } from './shell/storage';
import { Tabs } from './shell/tabs';
import { trustOwnScripts } from './shell/trusted-types';
import { offerUndo } from './shell/undo';
import { Teaching } from './teach/teaching';
import { words } from './words/current';

trustOwnScripts();
const draw = new DrawRoom({
  get inUse() {
    return inUse;
  },
  get models() {
    return picker.models;
  },
  get visible() {
    return tabs.current === 'draw';
  },
  chosen: keepSettings,
});
const { translator } = draw;
const picker = new ModelPicker({ list: 'model-list', bundled: MODELS }, {
  choose(model) {
    forgetAddress();
    void inUse.use(model);
  },
  forget: (model) => void forget(model),
});
const stored = new StorageNote(() => inUse.model, () => picker.show(inUse.model));
const devices = new DeviceSwitch((device) => void inUse.use(inUse.model, { device }));
const inUse: ModelInUse = new ModelInUse({ view: draw.view, translator, picker, devices }, {
  loaded() {
    keepSettings();
    draw.modelChanged(inUse.model);
    teaching.modelChanged();
    void stored.show();
  },
  stayed: () => draw.askForPicture(), // for what was drawn meanwhile
  colorizes: (model) => void colorizing.use(model),
});
const teaching = new Teaching({
  inUse,
  translator,
  models: () => picker.models,
  openTab: () => tabs.open('teach'),
  pictureIsOld() {
    if (tabs.current === 'draw') draw.askForPicture();
  },
  async saved(model) {
    picker.setTaught(await readKeptModels());
    inUse.rename(model);
    draw.takeHints(model);
    keepSettings();
  },
});
const colorizing = new Colorizing({
  device: () => inUse.deviceNow,
  chooseFiles: () => fileInput.click(),
  openTab: () => tabs.open('colorize'),
  draw(model) {
    tabs.open('draw');
    void inUse.use(model);
  },
});
const tabs = new Tabs((tab) => {
  draw.show(tab === 'draw');
  teaching.show(tab === 'teach');
  colorizing.show(tab === 'colorize');
});

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
    showAlert(error);
  }
}

function keepSettings(): void {
  // A visitor's own file is not kept, so the page starts with a bundled model next time.
  const kept = inUse.model.id === 'own' ? START_MODEL.id : inUse.model.id;
  void writeSettings({ model: kept, device: inUse.device, ...draw.choices, singleKeys: shortcuts.singleKeys });
}

onClick('alert-close', () => dismissAlert());
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
offerLook(showAlert);
nameKeysOfMac(navigator.platform, document);
listenForKeys(() => tabs.current === 'draw', (command) => draw.run(command));
listenForKeys(() => tabs.current === 'colorize', (command) => colorizing.run(command));
const takeBrought = takeFiles(fileInput, {
  pairs: () => (tabs.current === 'teach' ? (files) => void teaching.take(files) : undefined),
  picture: (file) => void (tabs.current === 'colorize' ? colorizing : draw).take(file),
  weights: (files) => void (tabs.current === 'colorize' ? colorizing : inUse).use(ownModel(files)),
  noFile: () => showAlert(new PageError('image/unreadable', words.page.fromAnotherPage)),
  passedOver: (count) => (tabs.current === 'colorize' ? colorizing : draw.view).say(words.page.passedOver(count)),
});

/** The model that the address asks for. One from another origin comes through a page of its own, which asks first. */
async function askedFor(): Promise<Model | undefined> {
  const listed = modelAsked(location, picker.models);
  const address = addressIn(location);
  if (listed !== undefined || address === undefined) return listed;
  if (typeof address === 'string') {
    showAlert(new PageError('network/unreachable', words.page.noAddress(address)));
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
  const [settings, taught] = await Promise.all([readSettings(), readKeptModels(), draw.read()]);
  picker.setTaught(taught);
  const model = (await askedFor()) ?? picker.models.find(({ id }) => id === settings.model) ?? START_MODEL;
  const { device = 'auto' } = settings;
  draw.choose(settings);
  shortcuts.singleKeys = singleKeys.checked = settings.singleKeys ?? true;
  inUse.startWith(model, device);
  await draw.start(model);
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
    failed: showAlert,
  });
  if (!(await loaded) && model.id === 'own' && !inUse.loading) await inUse.use(START_MODEL, { keepAlert: true });
  draw.checkCanvases();
  await teaching.lookForUnfinished();
  // Only now, so that the service worker does not fetch in competition with the first picture.
  await workOffline(() => void stored.show());
  await forgetOldFiles();
  await stored.show();
}

onNews('models', async () => picker.setTaught(await readKeptModels()));
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void draw.lookForOthers();
});

start().catch((error: unknown) => {
  showAlert(error);
  draw.view.show('failed', words.page.notStarted);
});
