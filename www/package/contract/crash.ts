/** What a trap in WebAssembly means to the caller. */
import { Pix2PixError } from './protocol.js';

export function crashed(detail: string): Pix2PixError {
  const message = `the engine crashed (${detail}), most likely out of memory. Load the model again`;
  return new Pix2PixError('engine/crashed', message);
}

/**
 * An error as it leaves the engine, in a form that survives the way between threads. The browser's own errors have a number as
 * their code, or none: they become `engine/failed`.
 */
export function told(error: unknown): { code: string; message: string } {
  const ours = error instanceof WebAssembly.RuntimeError ? crashed(error.message) : error;
  const { code, message } = (ours ?? {}) as { code?: unknown; message?: unknown };
  return {
    code: typeof code === 'string' ? code : 'engine/failed',
    message: typeof message === 'string' && message ? message : String(error),
  };
}
