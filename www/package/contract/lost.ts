/** Errors after which a model has to be loaded again. */

/** Whether the model itself is lost, with all that it learned since it was last kept. Goes by the code: in the element's script, which takes the client beside it, the class of errors would be a copy. */
export function isLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(device\/lost|engine\/crashed|worker\/)/.test(String(error.code));
}
