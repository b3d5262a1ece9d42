/** The custom element `<pix2pix-pad>`: the smallest way to embed a model. Importing it where there is no page, as in Node, does nothing. */
import { type DeviceChoice, type LoadOptions, type ModelInfo, type ModelSource, Pix2Pix, Pix2PixError, type Progress, type Source, type TranslateOptions } from './client.js';
import { isLost } from './contract/lost.js';
import { FitButton } from './drawing/fit-button.js';
import { HistoryButtons } from './drawing/history-buttons.js';
import { type Command, commandOf, nameKeysOfMac } from './drawing/keys.js';
import { onClick } from './drawing/parts.js';
import { SketchPad } from './drawing/sketch.js';
import { contextOf, SHEET_SIDE } from './drawing/strokes.js';
import { Toolbar, WIDTHS } from './drawing/toolbar.js';
import { type Attribute, ATTRIBUTES, choiceOf, expectedOf, PadAttributes, TOOLS } from './element/attributes.js';
import type { PadError, PadImage, PadState, PadTool, Pix2PixPadEventMap } from './element/contract.js';
import { hexOf } from './element/css-color.js';
import { type Lease, SharedModels } from './element/shared-models.js';
import { adoptStyles } from './element/styles.js';
import { View } from './element/view.js';

export type { Auto, Hints, PadError, PadImage, PadPicture, PadState, PadTool, Pix2PixPadEventMap } from './element/contract.js';

declare global {
  interface HTMLElementTagNameMap {
    'pix2pix-pad': Pix2PixPad & HTMLElement;
  }
  interface HTMLElementEventMap extends Pix2PixPadEventMap {}
}

/** A pad that is out of the document for this long was removed, and not moved. */
const GONE_MS = 1000;

/** How far outside the window a pad is when it begins to load. */
const NEAR = '200px';

/** A page may have set them before the element was defined. */
const PROPERTIES = [...ATTRIBUTES, 'disabled', 'modelObject'] as const;

const models = new SharedModels((source, options) => Pix2Pix.load(source, options));

/**
 * A pad to draw on, with the picture that a model makes of the drawing beside it, or below where there is no room.
 *
 * ```html
 * <script type="module">
 *   import 'pix2pix-web/element';
 * </script>
 * <pix2pix-pad model="edges2emoji-ngf16.safetensors" colors="8"></pix2pix-pad>
 * ```
 *
 * The model is fetched when the pad is first seen or used. Pads that want the same model share it, and it is disposed
 * when the last of them has left the document. Every attribute has a property of its name.
 */
export class Pix2PixPad extends PadAttributes {
  static readonly formAssociated = true;

  /** How all pads load their models, such as `wasmUrl` and `workerUrl` where a bundler copies no files. To be set before the first one loads. */
  static loadOptions: Pick<LoadOptions, 'cache' | 'worker' | 'kernelDtype' | 'simd' | 'wasmUrl' | 'workerUrl'> = {};

  readonly #shadow: ShadowRoot;
  readonly #internals: ElementInternals;
  readonly #view: View;
  readonly #pad: SketchPad;
  readonly #toolbar: Toolbar;
  readonly #history: HistoryButtons;
  readonly #sight: IntersectionObserver;
  #inDocument = new AbortController();
  #modelObject: Pix2Pix | Exclude<ModelSource, string | URL> | null = null;
  #lease: Lease | undefined;
  /** Where it runs after a crash, in place of `device`. */
  #refuge: DeviceChoice | undefined;
  /** It was seen or used: what is asked of it now need not wait. */
  #wanted = false;
  /** Another model is wanted, and is asked for as soon as all is said of it. */
  #toReload = false;
  #picture: ImageData | null = null;
  /** Counts what makes another picture: changes of the drawing, of options, of the model. */
  #version = 0;
  /** That of the picture which is shown. */
  #shown = 0;
  /** Of the network's square. */
  #size = SHEET_SIDE;
  #running = 0;
  #following = false;
  /** What was drawn since `#following` began wants a picture too. */
  #due = false;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #leaving: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.#shadow = this.attachShadow({ mode: 'open' });
    this.#internals = this.attachInternals();
    this.#view = new View(this.#shadow);
    this.#pad = new SketchPad(this.#view.sketch, (settled) => this.#changed(settled));
    this.#pad.hintsSeen = true;
    this.#toolbar = new Toolbar(this.#pad, this.#shadow, '');
    this.#history = new HistoryButtons(() => this.#pad, this.#shadow, '');
    new FitButton([this.#pad], () => this.#pad, this.#shadow, 'fit');
    this.#sight = new IntersectionObserver((entries) => this.#see(entries), { rootMargin: NEAR });
    onClick(this.#shadow, 'translate', () => unheard(this.translate()));
    onClick(this.#shadow, 'retry', () => unheard(this.start()));
    this.#shadow.addEventListener('keydown', (event) => this.#key(event as KeyboardEvent));
    nameKeysOfMac(navigator.platform, this.#shadow);
    this.#showTools();
  }

  connectedCallback(): void {
    clearTimeout(this.#leaving);
    for (const name of PROPERTIES) this.#upgrade(name);
    this.#adoptStyles();
    this.#inDocument = new AbortController();
    this.#pad.watchScreen(this.#inDocument.signal);
    if (!this.#wanted) this.#sight.observe(this);
  }

  disconnectedCallback(): void {
    this.#inDocument.abort();
    this.#sight.disconnect();
    this.#leaveSoon();
  }

  adoptedCallback(): void {
    this.#adoptStyles();
  }

  attributeChangedCallback(name: Attribute | 'aria-label', before: string | null, value: string | null): void {
    if (name === 'aria-label') {
      this.#view.label = value;
      return;
    }
    const expected = expectedOf(this, name);
    if (expected !== undefined) this.#refuse(name, expected);
    switch (name) {
      case 'model':
      case 'device':
      case 'threads':
        if (value !== before) this.#reloadSoon();
        return;
      case 'width':
      case 'height':
        return this.#adoptStyles();
      case 'auto':
        this.#view.translates = this.auto === 'off';
        return;
      case 'hints':
        this.#pad.hintsSeen = this.hints !== 'none';
        this.#showTools();
        return this.#optionChanged();
      case 'colors':
      case 'seed':
      case 'dropout':
        return this.#optionChanged();
      case 'tool':
        this.#pad.tool = choiceOf(this, name, TOOLS);
        return this.#showTools();
      case 'color':
        return this.#takeColor(value ?? '');
      case 'brush':
        return this.#takeBrush(value);
      case 'name':
        return this.#setFormValue();
      case 'delay': // It is read when it is needed.
    }
  }

  /** For its own attribute as for a field set around it. */
  formDisabledCallback(disabled: boolean): void {
    this.#view.disabled = disabled;
  }

  formResetCallback(): void {
    this.#pad.reset();
  }

  /**
   * A model that has no address, in the place of `model`: a `File`, bytes, the files of a checkpoint; or a loaded
   * {@link Pix2Pix}, which stays its owner's to dispose.
   */
  get modelObject(): Pix2Pix | Exclude<ModelSource, string | URL> | null {
    return this.#modelObject;
  }

  set modelObject(model: Pix2Pix | Exclude<ModelSource, string | URL> | null) {
    if (model === this.#modelObject) return;
    this.#modelObject = model ?? null;
    this.#reloadSoon();
  }

  /** What the hand draws with. Default `pen`. The visitor's choice does not change the attribute. */
  get tool(): PadTool {
    return this.#pad.tool;
  }

  set tool(tool: PadTool) {
    this.setAttribute('tool', tool);
  }

  /**
   * The pen's colour, `#rrggbb`, whose strokes are hints; empty for black, whose strokes are lines. Any opaque colour of CSS
   * can be set. The visitor's choice does not change the attribute.
   */
  get color(): string {
    return this.#pad.colour ?? '';
  }

  set color(color: string) {
    this.setAttribute('color', color);
  }

  /**
   * Width of the pen's lines, 1 to 10: pixels where the square is 256 of them wide. Default 2, which models know best. The
   * visitor's choice does not change the attribute.
   */
  get brush(): number {
    return this.#pad.widths.pen;
  }

  set brush(width: number) {
    this.setAttribute('brush', String(width));
  }

  /** The form that it is in. */
  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }

  get state(): PadState {
    return this.#view.state;
  }

  /** The newest picture. */
  get picture(): ImageData | null {
    return this.#picture;
  }

  get canUndo(): boolean {
    return this.#pad.canUndo;
  }

  get canRedo(): boolean {
    return this.#pad.canRedo;
  }

  /** Nothing is drawn. */
  get isBlank(): boolean {
    return this.#pad.isBlank;
  }

  undo(): void {
    this.#pad.undo();
  }

  redo(): void {
    this.#pad.redo();
  }

  /** Lays a blank sheet; it can be undone. */
  clear(): void {
    this.#pad.clear();
  }

  /**
   * Lays a picture to draw on, whole and on white; it can be undone.
   *
   * @throws {Pix2PixError} `image/unreadable`.
   */
  async load(picture: Source): Promise<void> {
    try {
      await this.#pad.layPicture(picture);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw this.#failed(new Pix2PixError('image/unreadable', `the picture can't be read: ${why}`));
    }
  }

  /**
   * Loads the model now, rather than when the pad is seen; after a failure, again.
   *
   * @throws {Pix2PixError} As {@link Pix2Pix.load}; `options/invalid` where there is no model to load.
   */
  async start(): Promise<ModelInfo> {
    return (await this.#use()).info;
  }

  /**
   * The picture of what is drawn now. The pad shows it too, unless it shows that of a newer drawing by then.
   *
   * @throws {Pix2PixError} As {@link start} and {@link Pix2Pix.translate}.
   */
  async translate(options: TranslateOptions = {}): Promise<ImageData> {
    clearTimeout(this.#rest);
    const model = await this.#use();
    const lease = this.#lease;
    const version = this.#version;
    const { size } = model.info;
    const sketch = contextOf(this.#pad.render(size)).getImageData(0, 0, size, size);
    const { colors, seed, dropout } = this;
    const began = performance.now();
    this.#running += 1;
    this.#view.state = 'working';
    try {
      const picture = await model.translate(sketch, {
        spreadHints: this.hints === 'spread',
        dropout,
        ...(colors !== null && { colors }),
        ...(seed !== null && { seed }),
        ...options,
      });
      if (lease === this.#lease && version >= this.#shown) {
        this.#shown = version;
        this.#view.hideError();
        this.#show(picture);
        this.#tell('pix2pix-picture', { picture, milliseconds: performance.now() - began });
      }
      return picture;
    } catch (error) {
      // Another model may have taken this one's place.
      if (lease === this.#lease && !isStopped(error, options)) {
        this.#failed(error);
        if (isLost(error)) this.#recover();
      }
      throw error;
    } finally {
      this.#running -= 1;
      if (this.#running === 0 && this.state === 'working') this.#view.state = 'ready';
    }
  }

  /** A file of the picture, or of the sketch. Null where there is no picture yet. */
  toBlob({ what = 'picture', type = 'image/png', quality }: PadImage = {}): Promise<Blob | null> {
    if (what === 'picture' && this.#picture === null) return Promise.resolve(null);
    const canvas = what === 'picture' ? this.#view.picture : this.#pad.render(this.#size);
    return new Promise((done) => canvas.toBlob(done, type, quality));
  }

  /** A property that was set before the element was defined lies on the element itself, and hides the class's. */
  #upgrade(name: (typeof PROPERTIES)[number]): void {
    if (!Object.hasOwn(this, name)) return;
    const value: unknown = Reflect.get(this, name);
    Reflect.deleteProperty(this, name);
    Reflect.set(this, name, value);
  }

  #adoptStyles(): void {
    const rule = (name: string, value: number | null): string => (value === null ? '' : `${name}: ${value}px;`);
    adoptStyles(this.#shadow, `:host { ${rule('inline-size', this.width)} ${rule('block-size', this.height)} }`);
  }

  /** The page's mistake, which is nothing to its visitors. */
  #refuse(name: Attribute, expected: string): void {
    const error = new Pix2PixError('options/invalid', `the attribute ${name} of a pix2pix-pad is ${this.getAttribute(name)}, expected ${expected}`);
    console.error(error);
    this.#tellOf(error);
  }

  #takeColor(value: string): void {
    const colour = hexOf(value);
    if (colour === undefined) return this.#refuse('color', 'an opaque colour of CSS');
    this.#pad.colour = colour === '#000000' ? undefined : colour;
    this.#showTools();
  }

  #takeBrush(value: string | null): void {
    if (value === null) return;
    const { min, max } = WIDTHS.pen;
    const width = Number(value || Number.NaN);
    if (!(width >= min && width <= max)) return this.#refuse('brush', `${min} to ${max}`);
    this.#pad.widths.pen = width;
    this.#showTools();
  }

  #showTools(): void {
    this.#view.colours = this.#pad.hintsSeen;
    this.#toolbar.show();
    this.#history.show();
  }

  /** Keys are commands where the focus is within, but not on what a page put there. */
  #key(event: KeyboardEvent): void {
    const [target] = event.composedPath();
    if (event.defaultPrevented || this.matches(':disabled') || !(target instanceof Node && target.getRootNode() === this.#shadow)) return;
    const command = commandOf(event);
    if (command !== undefined && this.#run(command)) event.preventDefault();
  }

  /** Whether it is a command of a pad. */
  #run(command: Command): boolean {
    switch (command) {
      case 'save':
      case 'copy':
      case 'dice':
      case 'vary':
      case 'help':
        return false;
      case 'undo':
      case 'redo':
      case 'clear':
        this.#pad[command]();
        return true;
      case 'closer':
      case 'farther':
        this.#pad.zoom.step(command === 'closer');
        return true;
      default:
        this.#toolbar.run(command);
        return true;
    }
  }

  #changed(settled: boolean): void {
    clearTimeout(this.#rest);
    // A stroke that grows is no other drawing yet, unless its growth is to be seen.
    if (settled || this.auto === 'live') this.#version += 1;
    if (settled) {
      this.#showTools();
      this.#tell('pix2pix-change', null);
    }
    if (this.auto === 'off' || (this.auto === 'stroke' && !settled)) return;
    // A stroke that grows is followed as fast as the model can; what is blank needs no model.
    const wait = this.auto === 'live' || this.#pad.isBlank ? 0 : this.delay;
    this.#rest = setTimeout(() => void this.#follow(), wait);
  }

  /** The same drawing has another picture now. */
  #optionChanged(): void {
    this.#version += 1;
    if (this.auto !== 'off' && this.state !== 'idle') void this.#follow();
  }

  /** Brings the picture in line with the drawing: one translation at a time, of the drawing as it is by then. */
  async #follow(): Promise<void> {
    this.#due = true;
    if (this.#following) return;
    this.#following = true;
    while (this.#due && this.state !== 'failed') {
      this.#due = false;
      if (this.#shown === this.#version) continue;
      if (this.#pad.isBlank) {
        this.#shown = this.#version;
        this.#show(null);
      } else await this.translate().catch(() => undefined); // It was shown, and the next stroke tries again.
    }
    this.#following = false;
  }

  #show(picture: ImageData | null): void {
    this.#picture = picture;
    this.#view.showPicture(picture);
    this.#setFormValue();
  }

  /** Which takes a moment: a newer picture, or none, takes its place meanwhile. */
  #setFormValue(): void {
    const { name } = this;
    const picture = this.#picture;
    this.#internals.setFormValue(null);
    if (name === '' || picture === null) return;
    this.#view.picture.toBlob((blob) => {
      if (blob !== null && picture === this.#picture) this.#internals.setFormValue(new File([blob], `${name}.png`, { type: blob.type }));
    });
  }

  #see(entries: readonly IntersectionObserverEntry[]): void {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    this.#sight.disconnect();
    this.#wanted = true;
    if (this.#hasModel) unheard(this.start());
  }

  get #hasModel(): boolean {
    return this.#modelObject !== null || this.model !== '';
  }

  /** Attributes come one by one: the model is loaded once for all of them. */
  #reloadSoon(): void {
    if (this.#toReload) return;
    this.#toReload = true;
    queueMicrotask(() => this.#reload());
  }

  #reload(): void {
    if (!this.#toReload) return;
    this.#toReload = false;
    this.#letGo();
    this.#refuge = undefined;
    this.#version += 1;
    this.#view.hideError();
    this.#view.state = 'idle';
    if (this.#wanted && this.isConnected && this.#hasModel) unheard(this.start());
  }

  /** The model, loaded where it is not yet. */
  async #use(): Promise<Pix2Pix> {
    this.#wanted = true;
    this.#sight.disconnect();
    if (!this.isConnected) this.#leaveSoon();
    this.#reload();
    this.#lease ??= this.#take();
    if (this.#lease !== undefined) return this.#lease.model;
    throw this.#failed(new Pix2PixError('options/invalid', 'this pad has no model: give its address in the attribute model'));
  }

  #take(): Lease | undefined {
    if (!this.#hasModel) return undefined;
    this.#view.hideError();
    this.#view.beginProgress();
    this.#view.state = 'loading';
    const lease = this.#leaseOf((progress) => {
      if (lease !== this.#lease) return;
      this.#view.showProgress(progress);
      this.#tell('pix2pix-progress', progress);
    });
    lease.model.then(
      (model) => {
        if (lease !== this.#lease) return;
        const { info } = model;
        this.#size = info.size;
        this.#view.state = 'ready';
        this.#tell('pix2pix-ready', info);
        if (this.auto !== 'off') void this.#follow();
        // The first stroke is still to come.
        if (this.#pad.isBlank) unheard(model.warmUp());
      },
      (error: unknown) => {
        if (lease !== this.#lease) return;
        this.#letGo();
        this.#view.state = 'failed';
        this.#failed(error);
      },
    );
    return lease;
  }

  #leaseOf(onProgress: (progress: Progress) => void): Lease {
    const own = this.#modelObject;
    if (own instanceof Pix2Pix) return { model: Promise.resolve(own), replace: () => undefined, release: () => undefined };
    const source = own ?? addressOf(this.model, this.ownerDocument);
    const threads = this.threads ?? undefined;
    return models.take({ source, device: this.#refuge ?? this.device, threads }, Pix2PixPad.loadOptions, onProgress);
  }

  #letGo(): void {
    this.#lease?.release();
    this.#lease = undefined;
  }

  /** Where it is not back in the document by then, it lets go of the model. The drawing and the picture stay. */
  #leaveSoon(): void {
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => {
      if (this.isConnected || this.#lease === undefined) return;
      if (this.#running > 0) return this.#leaveSoon();
      this.#letGo();
      this.#wanted = false;
      this.#view.state = 'idle';
    }, GONE_MS);
  }

  /** A graphics device can go away, and an engine can crash: the model is loaded again then, on the CPU, once. */
  #recover(): void {
    const again = this.#refuge === undefined && !(this.#modelObject instanceof Pix2Pix);
    this.#lease?.replace();
    this.#letGo();
    this.#refuge = 'cpu';
    this.#view.state = 'failed';
    if (again) unheard(this.start());
  }

  /** Shows what went wrong, and tells of it. */
  #failed<E>(error: E): E {
    const { code, message } = this.#tellOf(error);
    this.#view.showError(code, message);
    return error;
  }

  #tellOf(error: unknown): PadError {
    const code = error instanceof Pix2PixError ? error.code : error instanceof Error ? error.name : 'Error';
    const detail = { code, message: error instanceof Error ? error.message : String(error), error };
    this.#tell('pix2pix-error', detail);
    return detail;
  }

  #tell<K extends keyof Pix2PixPadEventMap>(type: K, detail: Pix2PixPadEventMap[K]['detail']): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

/** Nobody waits for it; a failure is shown and told of by the pad. */
function unheard(promise: Promise<unknown>): void {
  promise.catch(() => undefined);
}

/** Whether a translation was given up, by its caller or for a newer one, which is no failure. */
function isStopped(error: unknown, { signal }: TranslateOptions): boolean {
  return signal?.aborted === true || (error instanceof Pix2PixError && error.code === 'translate/superseded');
}

/** Where it is no address the load says so. */
function addressOf(model: string, { baseURI }: Document): string {
  try {
    return new URL(model, baseURI).href;
  } catch {
    return model;
  }
}

const TAG = 'pix2pix-pad';

// As a class of elements, but for the `translate` of HTML.
if (globalThis.customElements?.get(TAG) === undefined) globalThis.customElements?.define(TAG, Pix2PixPad as unknown as CustomElementConstructor);
