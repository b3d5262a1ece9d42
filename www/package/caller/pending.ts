/** Calls that wait for an answer, and can all be ended from outside. */

export class Pending {
  #ended: { readonly why: unknown } | undefined;
  readonly #rejects = new Set<(why: unknown) => void>();

  /**
   * The answer, unless the end comes first. A race against one promise that never settles would be shorter, and would keep every answer
   * for as long as that promise lives: engines before V8 14.6 never let go of what raced.
   */
  wait<T>(answer: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended) {
        answer.catch(() => undefined); // Nobody hears of it any more.
        return reject(this.#ended.why);
      }
      this.#rejects.add(reject);
      answer.then(resolve, reject).finally(() => this.#rejects.delete(reject));
    });
  }

  /** Rejects what waits, and everything that is asked later. The first reason counts. */
  end(why: unknown): void {
    this.#ended ??= { why };
    for (const reject of this.#rejects) reject(this.#ended.why);
    this.#rejects.clear();
  }
}
