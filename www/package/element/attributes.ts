/** The attributes of `<pix2pix-pad>`, and the properties that are nothing but their reflections. */
import type { DeviceChoice } from '../client.js';
import type { Auto, Hints, PadTool } from './contract.js';

/** Those whose properties have the same names. */
export const ATTRIBUTES = ['model', 'device', 'threads', 'width', 'height', 'auto', 'delay', 'hints', 'tool', 'color', 'brush', 'colors', 'seed', 'dropout', 'name'] as const;

export type Attribute = (typeof ATTRIBUTES)[number];

const AUTO: readonly [Auto, ...Auto[]] = ['stroke', 'live', 'off'];
const HINTS: readonly [Hints, ...Hints[]] = ['spread', 'plain', 'none'];
export const TOOLS: readonly [PadTool, ...PadTool[]] = ['pen', 'eraser'];

const CHOICES: Partial<Record<Attribute, readonly [string, ...string[]]>> = { auto: AUTO, hints: HINTS, tool: TOOLS };
const NUMBERS: readonly Attribute[] = ['threads', 'width', 'height', 'delay', 'colors', 'seed'];

/** How long the hand rests before a pad translates, unless told otherwise. */
const DELAY_MS = 150;

/** The number that an attribute says; null where it is not there, or says none. */
export function numberOf(element: Pick<Element, 'getAttribute'>, name: Attribute): number | null {
  const value = Number(element.getAttribute(name) || Number.NaN);
  return Number.isFinite(value) && value >= 0 ? value : null;
}

/** The first of the values where the attribute is not there, or is none of them. */
export function choiceOf<T extends string>(element: Pick<Element, 'getAttribute'>, name: Attribute, values: readonly [T, ...T[]]): T {
  return values.find((value) => value === element.getAttribute(name)) ?? values[0];
}

/** What the attribute is expected to be, where it is something else. */
export function expectedOf(element: Pick<Element, 'getAttribute'>, name: Attribute): string | undefined {
  const value = element.getAttribute(name);
  if (value === null) return undefined;
  if (NUMBERS.includes(name)) return numberOf(element, name) === null ? 'a number from 0 on' : undefined;
  return CHOICES[name]?.includes(value) === false ? CHOICES[name].join(', ') : undefined;
}

/** Node has no elements, and makes none. In those of a page `translate` is the attribute of that name, which the method hides. */
const Base = (globalThis.HTMLElement ?? class {}) as new () => Omit<HTMLElement, 'translate'>;

/** An element with these attributes. */
export class PadAttributes extends Base {
  static readonly observedAttributes: readonly string[] = [...ATTRIBUTES, 'aria-label'];

  /** Address of the model, relative to the document. */
  get model(): string {
    return this.getAttribute('model') ?? '';
  }

  set model(address: string) {
    this.setAttribute('model', address);
  }

  /** Where the network runs. Default `auto`. */
  get device(): DeviceChoice {
    return (this.getAttribute('device') ?? 'auto') as DeviceChoice; // Another one is refused by the load, with words.
  }

  set device(device: DeviceChoice) {
    this.setAttribute('device', device);
  }

  /** Threads of the CPU, as of `LoadOptions.threads`. Null: the default. */
  get threads(): number | null {
    return numberOf(this, 'threads');
  }

  set threads(threads: number | null) {
    this.#setNumber('threads', threads);
  }

  /** Of the whole element, in CSS pixels; never more than there is room for. Null: 640, or what a style sheet says. */
  get width(): number | null {
    return numberOf(this, 'width');
  }

  set width(width: number | null) {
    this.#setNumber('width', width);
  }

  /** Of the whole element, in CSS pixels: the squares take what the tools leave. Null: what the width comes to. */
  get height(): number | null {
    return numberOf(this, 'height');
  }

  set height(height: number | null) {
    this.#setNumber('height', height);
  }

  /** The visitor can't draw. */
  get disabled(): boolean {
    return this.hasAttribute('disabled');
  }

  set disabled(disabled: boolean) {
    this.toggleAttribute('disabled', disabled);
  }

  /** When it translates by itself. Default `stroke`. With `off` there is a button for it. */
  get auto(): Auto {
    return choiceOf(this, 'auto', AUTO);
  }

  set auto(auto: Auto) {
    this.setAttribute('auto', auto);
  }

  /** How long the hand rests after a stroke before the pad translates, in milliseconds. Default 150. */
  get delay(): number {
    return numberOf(this, 'delay') ?? DELAY_MS;
  }

  set delay(delay: number) {
    this.#setNumber('delay', delay);
  }

  /** What the model makes of colours. Default `spread`, as the bundled models for sketches know them. */
  get hints(): Hints {
    return choiceOf(this, 'hints', HINTS);
  }

  set hints(hints: Hints) {
    this.setAttribute('hints', hints);
  }

  /** The seed of the colours that shapes without a hint get. Null: they get none. */
  get colors(): number | null {
    return numberOf(this, 'colors');
  }

  set colors(seed: number | null) {
    this.#setNumber('colors', seed);
  }

  /** The seed of dropout. Null: 0. */
  get seed(): number | null {
    return numberOf(this, 'seed');
  }

  set seed(seed: number | null) {
    this.#setNumber('seed', seed);
  }

  /** Keep dropout on, as the original does: each seed has another picture then. */
  get dropout(): boolean {
    return this.hasAttribute('dropout');
  }

  set dropout(dropout: boolean) {
    this.toggleAttribute('dropout', dropout);
  }

  /** In a form: by this name the picture is sent with it, as a PNG file. */
  get name(): string {
    return this.getAttribute('name') ?? '';
  }

  set name(name: string) {
    this.setAttribute('name', name);
  }

  #setNumber(name: Attribute, value: number | null | undefined): void {
    // What frameworks set for nothing.
    if (value === null || value === undefined) this.removeAttribute(name);
    else this.setAttribute(name, String(value));
  }
}
