/** The adapter of the browser's WebGPU, as the engine will get it: what it is, or why there is none. */
import { within } from './patience.js';

/** How long a browser may take to say whether it has an adapter. */
const PATIENCE_MS = 4000;

/** An adapter; or why there is none, in a phrase for a person. */
export type Found = { readonly adapter: GPUAdapter; readonly why?: undefined } | { readonly adapter?: undefined; readonly why: string };

export async function findAdapter(): Promise<Found> {
  if (globalThis.isSecureContext === false) return { why: 'WebGPU needs a secure address (https or localhost)' };
  // Older browsers lack `gpu`, whatever the types say.
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  if (gpu === undefined) return { why: 'this browser has no WebGPU' };
  try {
    const adapter = await within(PATIENCE_MS, gpu.requestAdapter({ powerPreference: 'high-performance' }));
    if (adapter === undefined) return { why: 'WebGPU does not respond' };
    return adapter === null ? { why: 'WebGPU found no graphics adapter' } : { adapter };
  } catch (error) {
    return { why: `WebGPU does not start: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Renderers on the CPU, which not every browser marks as such. */
const SOFTWARE = /swiftshader|llvmpipe|basic render/i;

/** Whether it computes on the CPU. It is marked in the adapter's info now; browsers until 2025 have it beside that. */
export function isSoftware(adapter: GPUAdapter & { isFallbackAdapter?: boolean }): boolean {
  return (adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter ?? false) || SOFTWARE.test(adapterName(adapter));
}

/** What tells one adapter from another; little where the browser keeps it to itself. */
export function adapterName({ info }: GPUAdapter): string {
  const { vendor, architecture, device, description } = info ?? {};
  return [vendor, architecture, device, description].filter(Boolean).join(' ') || 'unnamed adapter';
}
