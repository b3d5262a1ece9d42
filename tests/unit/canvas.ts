/** A canvas for pads under test, and a hand on it. */
import { setMaxListeners } from 'node:events';
import { standIn } from './tools';

/** A context that draws nothing. */
const contextFor = (canvas: unknown) => new Proxy({ canvas } as Record<string, unknown>, {
  get: (own, name: string) => own[name] ?? (() => undefined),
  set: (own, name: string, value) => ((own[name] = value), true),
});

/** 512 pixels wide on the screen, 100 from the left and 50 from the top. */
export class Canvas extends EventTarget {
  width = 0;
  height = 0;
  readonly clientWidth = 512;
  readonly style: Record<string, string> = {};
  readonly dataset: Record<string, string> = {};
  readonly #context = contextFor(this);
  /** Whether each context that was asked for is read often. */
  readonly asked: boolean[] = [];
  getContext = (_: '2d', options?: CanvasRenderingContext2DSettings) => {
    this.asked.push(options?.willReadFrequently ?? false);
    return this.#context;
  };
  getBoundingClientRect = () => ({ left: 100, top: 50, width: 512, height: 512 });
  setPointerCapture = () => undefined;
  focus = () => undefined;
  readonly offsetParent = {};
  closest = () => null;
}

/** Tells the pad that asked last of a change of the screen's pixels. */
export const screen = { now: new EventTarget() };

/** What a pad finds around it. */
export function standInForPage(): EventTarget {
  const document = Object.assign(new EventTarget(), { createElement: () => new Canvas(), querySelector: () => null });
  setMaxListeners(0, document); // Each test has pads of its own.
  standIn({
    document,
    devicePixelRatio: 1,
    matchMedia: () => (screen.now = new EventTarget()),
    ResizeObserver: class {
      observe = () => undefined;
    },
    Path2D: class {
      arc = () => undefined;
      moveTo = () => undefined;
      quadraticCurveTo = () => undefined;
      closePath = () => undefined;
    },
    ImageData: class {
      readonly data: Uint8ClampedArray;
      constructor(readonly width: number, readonly height: number) {
        this.data = new Uint8ClampedArray(4 * width * height);
      }
    },
  });
  return document;
}

/** Events of a pointer at parts of the canvas. */
export function handOn(canvas: Canvas) {
  let time = 10_000;
  const point = (type: string, x: number, y: number, more: Record<string, unknown> = {}) => {
    const event = new Event(`pointer${type}`, { cancelable: true });
    const given = { clientX: 100 + 512 * x, clientY: 50 + 512 * y, pressure: 0.5, pointerId: 1, pointerType: 'mouse', button: 0, timeStamp: time, ...more };
    for (const [name, value] of Object.entries(given)) Object.defineProperty(event, name, { value });
    canvas.dispatchEvent(event);
  };
  return { point, wait: (ms: number) => void (time += ms) };
}
