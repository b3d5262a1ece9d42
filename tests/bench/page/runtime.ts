/** What the benchmark asks of each runtime: the same pictures, from the same weights. */

/** A picture as `[3, size, size]`, from -1 to 1. */
export interface Picture {
  readonly values: readonly number[];
  /** How far rounding may have moved each value from what the network computed. */
  readonly rounding: number;
}

export interface Losses {
  discriminator: number;
  gan: number;
  l1: number;
}

export interface Step {
  milliseconds: number;
  /** At the weights before this step. */
  losses: Losses;
}

/** A network in a tab of its own. */
export interface Runtime {
  /** Translates the sketch, and takes the milliseconds until the picture is in JavaScript's hands. */
  translate(): Promise<number>;
  /** What `translate` gave last. */
  picture(): Picture;
  /** One update of both networks by one pair. Undefined where the runtime has no training. */
  step?(): Promise<Step>;
}

/** One side of the pair. */
export interface Drawn {
  image: ImageData;
  /** The same, `[1, 3, size, size]`, from -1 to 1. */
  values: Float32Array<ArrayBuffer>;
}
