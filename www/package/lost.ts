/** Errors after which a model has to be loaded again. */

/** Whether the model itself is lost, with all that it learned since it was last kept. Goes by the code: the page has its errors' class from `pkg/`. */
export function isLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(device\/lost|engine\/crashed|worker\/)/.test(String(error.code));
}
