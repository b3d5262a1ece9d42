/** The Draw tab: pads, tools, the picture, and what is done with it, wired together. */
import { type Drawings, DrawingKeeper, type OtherDrawings } from '../keep/drawings';
import { inTime } from '../keep/in-time';
import type { Settings } from '../keep/settings';
import { LabelPad } from '../labels/pad';
import { LabelTools } from '../labels/tools';
import { type InputKind, inputOf, type Model, type Origin } from '../models/models';
import { FitButton } from '../package/drawing/fit-button';
import { HistoryButtons } from '../package/drawing/history-buttons';
import type { Command } from '../package/drawing/keys';
import { SketchPad } from '../package/drawing/sketch';
import { contextOf } from '../package/drawing/strokes';
import { Toolbar } from '../package/drawing/toolbar';
import { PageError, showAlert } from '../shell/alert';
import type { ModelInUse } from '../shell/model-in-use';
import { button, canvas, element, onClick } from '../shell/page';
import { update } from '../shell/render';
import { canShare } from '../shell/save';
import { Translator } from '../shell/translator';
import { words } from '../words/current';
import { copyPicture, saveLargePicture, savePair, savePicture, saveSketch, sharePair } from './actions';
import { canvasesAreRead } from './canvas-probe';
import { Dice } from './dice';
import { showGallery } from './gallery';
import { type Input, labelInput, lineInput } from './inputs';
import { Live } from './live';
import { PictureSizeChoice } from './picture-size';
import { Shelf } from './shelf';
import { laySketch } from './sketch-file';
import { View } from './view';

/** What the Draw tab is given of the page. */
export interface DrawPage {
  readonly inUse: ModelInUse;
  /** Every model that the page lists. */
  readonly models: readonly Model[];
  /** Whether the tab is in sight. */
  readonly visible: boolean;
  /** The visitor chose something that is kept from visit to visit. */
  chosen(): void;
}

/** The seed of the colours that shapes get by themselves. */
const AUTO_COLOURS = 8;

/** What the camera leaves to do. */
const WHILE_LIVE: ReadonlySet<Command> = new Set(['save', 'copy', 'help']);

export class DrawRoom {
  readonly view = new View();
  readonly translator: Translator;
  readonly #page: DrawPage;
  readonly #drawings = new DrawingKeeper();
  readonly #sketchPad: SketchPad;
  readonly #labelPad: LabelPad;
  readonly #toolbar: Toolbar;
  readonly #inputs: Readonly<Record<InputKind, Input>>;
  readonly #historyButtons: HistoryButtons;
  readonly #fitButton: FitButton;
  readonly #dice: Dice;
  readonly #shelf: Shelf;
  readonly #sizes: PictureSizeChoice;
  readonly #live: Live;
  readonly #keyboardHelp = element('keys', HTMLDialogElement);
  /** Shapes without a colour get one, where the model's hints fill their regions. */
  readonly #autoColour = element('auto-colour', HTMLInputElement);
  /** The picture that was opened is drawn over, and the model does not see it. */
  readonly #trace = element('trace', HTMLInputElement);
  readonly #out = { view: this.view, render: (side: number) => this.#live.render() ?? this.#input.pad.render(side) };
  /** What the model in use paints from. */
  #input: Input;
  /** What was drawn before, which may be late. */
  #reading: Promise<Drawings> | undefined;
  #drawn: Drawings | undefined;
  /** Drawings of other tabs. */
  #others: readonly OtherDrawings[] = [];
  /** A stroke is being drawn. */
  #growing = false;
  #asked = false;
  /** The next picture is to be another one of the same drawing. */
  #toVary = false;

  constructor(page: DrawPage) {
    this.#page = page;
    this.#sketchPad = new SketchPad(canvas('sketch'), (settled) => {
      this.#live.stop();
      this.#drew(settled, () => this.#drawings.keep('sketch', () => this.#sketchPad.sketch));
    });
    this.#labelPad = new LabelPad(canvas('map'), (settled) => {
      this.#drew(settled, () => this.#drawings.keep('maps', () => this.#labelPad.maps));
    });
    this.#sketchPad.watchScreen();
    const chosen = () => page.chosen();
    this.#toolbar = new Toolbar(this.#sketchPad, document, '', chosen, words.colours);
    this.#inputs = {
      lines: lineInput(this.#sketchPad, this.#toolbar),
      labels: labelInput(this.#labelPad, new LabelTools(this.#labelPad, 'label-', chosen)),
    };
    this.#input = this.#inputs.lines;
    this.#historyButtons = new HistoryButtons(() => this.#input.pad, document, '');
    this.#fitButton = new FitButton([this.#sketchPad, this.#labelPad], () => this.#input.pad, document, 'fit');
    this.translator = new Translator({
      working: () => {
        if (!this.#live.running) this.view.show('working', words.working);
      },
      translated: (picture, milliseconds, sketch) => this.#translated(picture, milliseconds, sketch),
      failed: (error) => this.#failed(error),
    });
    this.#dice = new Dice(this.#sketchPad, this.translator, this.view);
    this.#shelf = new Shelf({
      continued: (drawings, by) => void this.#continueWith(drawings, by),
      failed: showAlert,
    });
    this.#sizes = new PictureSizeChoice((size) => {
      this.translator.pictureSize = size;
      this.askForPicture();
    });
    this.#live = new Live(
      {
        side: () => this.translator.size,
        translate: (lines) => {
          if (!page.inUse.loading) void this.translator.translate(lines);
        },
        keep: (lines) => void this.#sketchPad.layPicture(lines).catch(showAlert),
        ended: () => this.askForPicture(),
        alert: showAlert,
      },
      () => page.visible && this.#input === this.#inputs.lines,
    );
    onClick('save', () => void savePicture(this.#out));
    onClick('save-large', () => void saveLargePicture(this.#out));
    onClick('save-pair', () => void savePair(this.#out));
    onClick('save-sketch', () => void saveSketch(this.view, this.#sketchPad));
    onClick('copy', () => void copyPicture(this.#out));
    onClick('share', () => void sharePair(this.#out));
    onClick('dice', () => void this.#dice.roll());
    onClick('vary', () => this.#vary());
    onClick('help', () => this.#keyboardHelp.showModal());
    button('share').hidden = !canShare();
    this.#autoColour.addEventListener('change', () => {
      page.chosen();
      this.takeHints(page.inUse.model);
      this.askForPicture();
    });
    this.#trace.addEventListener('change', () => (this.#sketchPad.traces = this.#trace.checked));
  }

  /** What is kept from visit to visit. */
  get choices(): Settings {
    const { pen, hint, eraser } = this.#sketchPad.widths;
    const widths = { penWidth: pen, hintWidth: hint, eraserWidth: eraser, labelWidth: this.#labelPad.width };
    return { ...widths, ownColour: this.#toolbar.ownColour, autoColour: this.#autoColour.checked };
  }

  choose({ penWidth, hintWidth, eraserWidth, labelWidth, ownColour, autoColour = true }: Settings): void {
    const { widths } = this.#sketchPad;
    widths.pen = penWidth ?? widths.pen;
    widths.hint = hintWidth ?? widths.hint;
    widths.eraser = eraserWidth ?? widths.eraser;
    this.#labelPad.width = labelWidth ?? this.#labelPad.width;
    this.#toolbar.ownColour = ownColour ?? this.#toolbar.ownColour;
    this.#autoColour.checked = autoColour;
  }

  /** Reads what was drawn before, as long as the page can wait for it. */
  async read(): Promise<void> {
    this.#reading = this.#drawings.read();
    this.#drawn = await inTime(this.#reading).catch(() => undefined);
  }

  /** Shows what was read, on the pad for this model. */
  async start(model: Model): Promise<void> {
    await this.#restore(this.#drawn ?? {});
    this.#takeInput(model);
    void this.lookForOthers();
    void this.#shelf.restore();
    // What comes too late goes beneath what is there by then.
    if (this.#drawn === undefined) this.#reading?.then((late) => this.#restoreLate(late), (error: unknown) => console.warn('no drawing could be read', error));
  }

  /** Says it where the browser hides what is drawn. */
  checkCanvases(): void {
    if (!canvasesAreRead()) showAlert(new PageError('canvas/blocked', words.page.canvasBlocked));
  }

  /** The tab was opened or left. */
  show(visible: boolean): void {
    if (!visible) this.#live.stop();
    // The model may have learned something meanwhile.
    else if (this.translator.info !== undefined) this.askForPicture();
  }

  /** Another model, or the same again, is in use. */
  modelChanged(model: Model): void {
    this.#takeInput(model);
    this.translator.onWhite = model.onWhite === true;
    // In larger pictures of sketches with regions of colour, the colours bleed and bleach.
    this.#sizes.offer(model.spreadHints !== true);
    this.askForPicture();
  }

  /** Asks for the picture of what is drawn once a frame at most. */
  askForPicture(): void {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      if (this.#page.inUse.loading || this.#live.running) return;
      const { pad } = this.#input;
      const side = this.translator.pictureSide;
      void this.translator.translate(contextOf(pad.render(side)).getImageData(0, 0, side, side), pad.variation);
    });
  }

  /** A picture or a sketch's file, to go on from. */
  async take(file: File): Promise<void> {
    try {
      if (this.#input === this.#inputs.lines && (await laySketch(this.#sketchPad, file))) return;
      await this.#input.pad.layPicture(file);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      showAlert(new PageError('image/unreadable', words.cannotBeRead(file.name || words.page.thePicture, why)));
    }
  }

  /** Colours are offered where the model in use understands them. */
  takeHints({ hints = false, spreadHints = false }: Model): void {
    this.#sketchPad.hintsSeen = hints;
    this.translator.spreadHints = spreadHints;
    this.translator.colors = spreadHints && this.#autoColour.checked ? AUTO_COLOURS : undefined;
    element('auto-colour-line', HTMLElement).hidden = !spreadHints;
    update({ hints });
    this.#showTools();
  }

  /** Other tabs draw, too. */
  async lookForOthers(): Promise<void> {
    try {
      this.#others = await inTime(this.#drawings.others());
      this.#offerDrawings();
    } catch {
      // Where nothing can be read there is nothing to offer.
    }
  }

  run(command: Command): void {
    // The drawing is out of sight.
    if (this.#live.running && !WHILE_LIVE.has(command)) return;
    const { pad, tools } = this.#input;
    switch (command) {
      case 'save':
        return void savePicture(this.#out);
      case 'copy':
        return void copyPicture(this.#out);
      case 'dice':
        return void this.#dice.roll();
      case 'vary':
        return this.#vary();
      case 'help':
        return this.#keyboardHelp.showModal();
      case 'undo':
      case 'redo':
      case 'clear':
        return pad[command]();
      case 'closer':
      case 'farther':
        return pad.zoom.step(command === 'closer');
      default:
        return tools.run(command);
    }
  }

  /** `settled`: the stroke is over, and can be kept. */
  #drew(settled: boolean, keep: () => void): void {
    this.#growing = !settled;
    this.askForPicture();
    if (!settled) return;
    this.#showTools();
    keep();
  }

  #translated(picture: ImageData, milliseconds: number | undefined, sketch: ImageData): void {
    if (this.#live.drew(sketch)) return this.#showLive(picture, milliseconds, sketch);
    const { inUse } = this.#page;
    const { variation } = this.#input.pad;
    const nothingLeftToChance = this.#toVary && this.view.shows(picture);
    this.view.showPicture(picture, milliseconds);
    if (inUse.loading) return;
    if (this.translator.busy) return this.view.show('working', words.working);
    this.#toVary = false;
    this.view.show('ready', nothingLeftToChance ? words.page.onePicture : variation === undefined ? words.ready : words.page.variation(variation));
    if (!this.#growing) this.#shelf.see(picture, inUse.model, this.#input);
  }

  #failed(error: unknown): void {
    const { inUse } = this.#page;
    if (inUse.loading) return;
    this.#live.stop();
    showAlert(error);
    this.view.show('failed', words.page.translationFailed);
    inUse.recover(error);
  }

  /** A picture of what the camera sees. One that comes when it is over is not of the drawing in sight. */
  #showLive(picture: ImageData, milliseconds: number | undefined, lines: ImageData): void {
    if (!this.#live.running) return;
    this.view.showPicture(picture, milliseconds, true);
    this.#live.painted(lines);
    if (!this.#page.inUse.loading) this.view.show('ready', words.camera.live);
  }

  #vary(): void {
    if (!this.view.hasPicture || this.#input.pad.isBlank) return;
    this.#toVary = true;
    this.#input.pad.vary();
  }

  /** Goes on with an earlier drawing, with the model that painted it, if that is still here. */
  async #continueWith(drawings: Drawings, by: Origin): Promise<void> {
    const { inUse, models } = this.#page;
    // Those of the page have other names in other languages.
    const model = models.find(({ id, name }) => id === by.id && (id !== 'own' || name === by.name));
    if (model !== undefined && model !== inUse.model && !(await inUse.use(model))) return;
    const [example] = this.#input.ofOtherTabs([{ id: '', at: 0, ...drawings }]);
    if (example === undefined) this.view.say(words.page.noLongerHere(by.name, inUse.model.name));
    else example.lay();
    window.scrollTo({ top: 0 });
  }

  /** Offers what the model in use paints from. */
  #takeInput(model: Model): void {
    const kind = inputOf(model);
    this.#input = this.#inputs[kind];
    update({ input: kind });
    if (kind !== 'lines') this.#live.stop();
    if (model.labels !== undefined) this.#labelPad.use(model.labels);
    this.takeHints(model);
    this.#offerDrawings();
    const { pad } = this.#input;
    // A new visitor sees a drawing, and soon its picture, not two blank squares.
    if (!pad.canUndo && !pad.canRedo) this.#input.examples(model)[0]?.lay();
  }

  #offerDrawings(): void {
    showGallery([...this.#input.ofOtherTabs(this.#others), ...this.#input.examples(this.#page.inUse.model)]);
  }

  #showTools(): void {
    update({ blank: this.#input.pad.isBlank });
    this.#historyButtons.show();
    this.#fitButton.show();
    this.#input.tools.show();
    this.#showHintsUnseen();
    const { traces } = this.#sketchPad;
    element('trace-line', HTMLElement).hidden = traces === undefined;
    this.#trace.checked = traces === true;
  }

  /** Colours that were drawn for another model stay in the sketch: a word on why they do nothing. */
  #showHintsUnseen(): void {
    const note = element('hints-unseen', HTMLElement);
    note.hidden = this.#sketchPad.hintsSeen || !this.#sketchPad.hasHints;
    canvas('sketch').title = note.hidden ? '' : (note.textContent ?? '');
  }

  /** A kept picture may have been lost or damaged; the page starts without it then. */
  async #restore({ sketch, maps }: Drawings): Promise<void> {
    if (maps !== undefined) this.#labelPad.restore(maps);
    try {
      if (sketch !== undefined) await this.#sketchPad.restore(sketch);
    } catch (error) {
      console.warn('the kept sketch could not be restored', error);
    }
  }

  #restoreLate(drawn: Drawings): Promise<void> {
    const [mark, ...more] = this.#sketchPad.sketch.marks;
    // The example that greets a new visitor is not theirs.
    if (mark?.kind === 'sheet' && more.length === 0 && mark.strokes === this.#page.inUse.model.samples[0]?.strokes) this.#sketchPad.reset();
    return this.#restore(drawn);
  }
}
