/** The Colour tab: a photo, the model that colours it, and what is changed of its colours, wired together. */
import './colorize.css';
import { ColoringKeeper, type Coloring, type Photo } from '../keep/colorings';
import { whyNotKept } from '../keep/database';
import type { Command } from '../package/drawing/keys';
import { dismissAlert, PageError, showAlert } from '../shell/alert';
import { addMarkup } from '../shell/markup';
import { COLORIZERS, type Model } from '../models/models';
import { element, onClick } from '../shell/page';
import { withCard } from '../models/card';
import { ModelPicker } from '../shell/picker';
import { OtherRoom } from '../shell/rooms';
import { colouredName, copy, download } from '../shell/save';
import type { ColorizePage } from './page';
import { offerUndo } from '../shell/undo';
import { Adjuster, type Shown } from './adjuster';
import markup from './colorize.html?raw';
import { Colorizer, type Work } from './colorizer';
import { Sliders } from './sliders';
import { ColorizeView } from './view';
import { words } from '../words/current';

/** What went wrong here is not said on other tabs. */
const TAB = 'colorize';

export async function openColorizeRoom(page: ColorizePage): Promise<ColorizeRoom> {
  addMarkup(element('panel-colorize', HTMLElement), markup);
  const room = new ColorizeRoom(page);
  await room.restore();
  return room;
}

export class ColorizeRoom {
  readonly #page: ColorizePage;
  readonly #view = new ColorizeView();
  readonly #colorizer = new Colorizer();
  readonly #adjuster: Adjuster;
  readonly #sliders: Sliders;
  readonly #picker: ModelPicker;
  readonly #keeper: ColoringKeeper;
  #model: Model | undefined = COLORIZERS[0];
  #photo: Photo | undefined;
  /** Whether the photo is in sight in its colours. */
  #coloured = false;
  /** A model that is being opened: a photo that comes meanwhile waits for it. */
  #opening: Model | undefined;
  /** What is under way with the model. */
  #job: AbortController | undefined;
  /** A file is being written. */
  #writing = false;
  #visible = false;
  #taken = 0;

  constructor(page: ColorizePage) {
    this.#page = page;
    this.#adjuster = new Adjuster({
      adjusted: (picture) => this.#view.adjusted(picture),
      failed: (error) => {
        showAlert(error, TAB);
        // The colours may be lost with the worker; the photo is not.
        this.#coloured = false;
        this.#show();
      },
    });
    this.#sliders = new Sliders({
      moved: (adjustment) => void this.#adjuster.adjust(adjustment),
      changed: () => this.#keep(),
    });
    this.#picker = new ModelPicker({ list: 'colorize-model-list', bundled: COLORIZERS }, {
      choose: (model) => {
        this.#model = model;
        void this.#view.sayWhatIsDownloaded(model);
        void this.#color();
      },
      forget: () => undefined, // None was taught here.
    });
    this.#keeper = new ColoringKeeper((error) =>
      showAlert(new PageError('photo/not-kept', words.colorize.notKept(whyNotKept(error))), TAB),
    );
    for (const id of ['colorize-choose', 'colorize-other', 'colorize-open-weights']) onClick(id, () => page.chooseFiles());
    onClick('colorize-again', () => void this.#color());
    onClick('colorize-cancel', () => this.#job?.abort(new DOMException('the colouring was cancelled', 'AbortError')));
    onClick('colorize-remove', () => this.#remove());
    onClick('colorize-save', () => void this.#save());
    onClick('colorize-copy', () => void this.#copy());
    this.#picker.show(this.#model);
    this.#show();
  }

  /** Takes up what was kept. A kept photo may have been lost or damaged; the room is empty then. */
  async restore(): Promise<void> {
    const kept = await this.#keeper.read();
    if (kept === undefined) return;
    try {
      await this.#bring(kept);
    } catch (error) {
      console.warn('the kept photo could not be shown', error);
      await this.#bring({ photo: undefined, adjusted: { marks: [], undone: [] } });
    }
  }

  show(visible: boolean): void {
    this.#visible = visible;
    if (visible) void this.#view.sayWhatIsDownloaded(this.#model);
    else this.#letGo();
  }

  /** A photo in the place of the one before. */
  async take(file: File): Promise<void> {
    const mine = (this.#taken += 1);
    const name = file.name || words.colorize.photo;
    let shown: Shown;
    try {
      shown = await this.#adjuster.show(file);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      showAlert(new PageError('image/unreadable', words.cannotBeRead(name, why)), TAB);
      return;
    }
    if (mine !== this.#taken) return; // A newer one came.
    this.#offerUndo(words.colorize.replaced);
    this.#endJob();
    this.#photo = { name, file };
    this.#sliders.adjustments.restore();
    this.#showPlain(shown);
    this.#keep();
    if (this.#opening === undefined) await this.#color();
  }

  /** A model that the visitor brought. It is opened at once, so that they hear what it is. */
  async use(brought: Model): Promise<void> {
    this.#picker.show(brought);
    this.#opening = brought;
    let model = brought;
    const opened = await this.#work(brought, words.colorize.opening(brought.name), async (job) => {
      const { info } = await this.#colorizer.load(brought, this.#options(brought, job));
      model = withCard(brought, info.card, COLORIZERS);
    });
    if (this.#opening === brought) this.#opening = undefined;
    if (!opened) return this.#picker.show(this.#model);
    this.#model = model;
    this.#picker.use(model);
    this.#show();
    if (this.#photo === undefined) this.say(words.colorize.ready(model.name));
    else await this.#color();
  }

  /** Whether the command means something here. */
  run(command: Command): boolean {
    switch (command) {
      case 'undo':
      case 'redo':
        if (this.#usable) this.#sliders[command]();
        return this.#usable;
      case 'save':
        void this.#save();
        return true;
      case 'copy':
        void this.#copy();
        return this.#usable;
      default:
        return false;
    }
  }

  /** A word in the status line. */
  say(text: string): void {
    this.#view.say(text);
  }

  /** Whether there is a coloured photo to adjust and save. */
  get #usable(): boolean {
    return this.#coloured && this.#job === undefined;
  }

  get #coloring(): Coloring {
    return { photo: this.#photo, adjusted: this.#sliders.adjustments.kept };
  }

  #keep(): void {
    this.#keeper.keep(() => this.#coloring);
  }

  async #color(): Promise<void> {
    const [photo, model] = [this.#photo, this.#model];
    if (photo === undefined) return;
    if (model === undefined) return this.say(words.colorize.noModel);
    await this.#work(model, words.loading(model.name), async (job) => {
      const { picture, milliseconds, device } = await this.#colorizer.color(photo.file, model, this.#options(model, job));
      const shown = await this.#adjuster.open(picture);
      const before = await this.#adjuster.show(photo.file, shown.picture);
      if (this.#job !== job) return; // Something newer is under way, or in sight.
      this.#showColoured(shown, before);
      this.#picker.use(model);
      this.say(words.colorize[device === 'webgpu' ? 'doneOnWebGpu' : 'done'](model.name, milliseconds / 1000));
      void this.#keepColoured(photo, model);
    });
    await this.#view.sayWhatIsDownloaded(this.#model);
  }

  /** The file that is kept is written while the photo is in sight already. */
  async #keepColoured(photo: Photo, { name }: Model): Promise<void> {
    try {
      const file = await this.#adjuster.png();
      if (this.#photo !== photo) return;
      this.#photo = { ...photo, coloured: { file, by: name } };
      this.#keep();
    } catch (error) {
      if (this.#photo === photo) showAlert(error, TAB);
    }
  }

  /** Does something with a model, in place of what was under way; whether it was done. */
  async #work(model: Model, what: string, task: (job: AbortController) => Promise<void>): Promise<boolean> {
    this.#job?.abort();
    const job = new AbortController();
    this.#job = job;
    dismissAlert(TAB);
    this.#view.progress.begin(what);
    this.say(what);
    this.#show();
    try {
      await task(job);
      return this.#job === job;
    } catch (error) {
      if (this.#job === job) this.#failed(error, model, job);
      return false;
    } finally {
      if (this.#job === job) {
        this.#job = undefined;
        this.#show();
        this.#letGo();
      }
    }
  }

  /** Another photo comes: that of before needs no colours any more. */
  #endJob(): void {
    if (this.#opening !== undefined) return;
    this.#job?.abort();
    this.#job = undefined;
  }

  #failed(error: unknown, model: Model, { signal }: AbortController): void {
    if (error instanceof OtherRoom) {
      this.say(words.colorize.draws(model.name));
      return this.#page.draw(model);
    }
    this.say(signal.aborted ? words.colorize.cancelled : this.#coloured ? words.colorize.stillBefore : words.colorize.notColoured);
    if (!signal.aborted) showAlert(error, TAB);
  }

  #options(model: Model, job: AbortController): Work {
    return {
      device: this.#page.device(),
      signal: job.signal,
      onProgress: (progress) => {
        if (this.#job === job) this.#view.progress.show(model, progress);
      },
      coloring: () => {
        if (this.#job !== job) return;
        this.#view.progress.begin(words.colorize.colouring);
        this.say(words.colorize.colouring);
      },
    };
  }

  /** Its memory may be needed elsewhere; the sliders do without the model. */
  #letGo(): void {
    if (!this.#visible && this.#job === undefined) this.#colorizer.drop();
  }

  /** Shows another photo, or the same before it was changed, or none. */
  async #bring({ photo, adjusted }: Coloring): Promise<void> {
    this.#endJob();
    this.#taken += 1;
    this.#photo = photo;
    this.#sliders.adjustments.restore(adjusted);
    if (photo === undefined) return this.#showNone();
    const shown = photo.coloured && (await this.#adjuster.open(photo.coloured.file));
    const before = await this.#adjuster.show(photo.file, shown?.picture);
    if (this.#photo !== photo) return; // A newer one came.
    if (shown === undefined) return this.#showPlain(before);
    this.#showColoured(shown, before);
    this.say(words.colorize.by(photo.coloured?.by ?? ''));
  }

  #remove(): void {
    this.#offerUndo(words.colorize.removed);
    void this.#bring({ photo: undefined, adjusted: { marks: [], undone: [] } });
    this.#keep();
    this.say('');
  }

  /** What was there can come back, with all that was changed of it. */
  #offerUndo(said: (name: string) => string): void {
    const coloring = this.#coloring;
    if (coloring.photo === undefined) return;
    offerUndo(element('colorize-replaced', HTMLElement), said(coloring.photo.name), async () => {
      try {
        await this.#bring(coloring);
        this.#keep();
      } catch (error) {
        showAlert(error, TAB);
      }
    });
  }

  #showNone(): void {
    this.#coloured = false;
    this.#view.noPhoto();
    this.#show();
    void this.#view.sayWhatIsDownloaded(this.#model);
  }

  #showPlain(shown: Shown): void {
    this.#coloured = false;
    this.#view.photo(this.#photo?.name ?? '', shown);
    this.#show();
  }

  #showColoured(shown: Shown, before: Shown): void {
    this.#coloured = true;
    this.#view.photo(this.#photo?.name ?? '', shown, before.picture);
    this.#show();
    const { current, isNeutral } = this.#sliders.adjustments;
    if (!isNeutral) void this.#adjuster.adjust(current);
  }

  /** What there is to see and to press. */
  #show(): void {
    const photo = this.#photo !== undefined;
    const phase = this.#job !== undefined ? 'working' : !photo ? 'empty' : this.#coloured ? 'coloured' : 'plain';
    this.#view.show(phase, { photo, coloured: this.#coloured, models: this.#picker.models.length > 0 });
    this.#sliders.show(this.#usable);
  }

  async #save(): Promise<void> {
    await this.#write(words.colorize.saved, async () => download(await this.#file()));
  }

  async #copy(): Promise<void> {
    await this.#write(words.colorize.copied, () => copy(this.#file()));
  }

  /** Large photos take seconds. */
  async #write(done: string, task: () => Promise<void>): Promise<void> {
    if (!this.#usable || this.#writing) return;
    this.#writing = true;
    this.say(words.colorize.writing);
    try {
      await task();
      this.say(done);
    } catch (error) {
      this.say('');
      showAlert(error, TAB);
    } finally {
      this.#writing = false;
    }
  }

  async #file(): Promise<File> {
    const { current, isNeutral } = this.#sliders.adjustments;
    const [coloured, name] = [this.#photo?.coloured, this.#photo?.name ?? ''];
    const file = isNeutral && coloured !== undefined ? coloured.file : await this.#adjuster.png(current);
    return new File([file], colouredName(name), { type: 'image/png' });
  }
}
