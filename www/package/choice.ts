/** Which of the two engines serves a device. */
import type { DeviceChoice, EngineName } from './protocol.js';

export interface Choice {
  engine: EngineName;
  /** Why it is the CPU's, where the caller left it open. */
  reason?: string | undefined;
}

/** How long a browser may take to say whether it has an adapter. */
const PATIENCE_MS = 4000;

/**
 * `auto` takes the engine of WebGPU where there is a hardware adapter. A device that is none goes to the engine of the CPU, which
 * refuses it as it refuses every other wrong option.
 */
export async function choose(device: DeviceChoice = 'auto'): Promise<Choice> {
  if (device !== 'auto') return { engine: device === 'webgpu' ? 'webgpu' : 'cpu' };
  const adapter = await findAdapter();
  if (adapter === undefined) return { engine: 'cpu', reason: 'this browser offers no WebGPU adapter' };
  return isFallback(adapter)
    ? { engine: 'cpu', reason: 'WebGPU has only a software adapter here, and the CPU is faster than that' }
    : { engine: 'webgpu' };
}

/** The adapter that the engine will get; none where the browser has no WebGPU, fails, or does not answer. */
async function findAdapter(): Promise<GPUAdapter | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<undefined>((done) => {
    timer = setTimeout(done, PATIENCE_MS, undefined);
  });
  try {
    // Older browsers lack `gpu`, whatever the types say.
    const gpu: GPU | undefined = globalThis.navigator?.gpu;
    return (await Promise.race([gpu?.requestAdapter({ powerPreference: 'high-performance' }), enough])) ?? undefined;
  } catch {
    return undefined; // Why it failed does not matter to whoever left the choice open.
  } finally {
    clearTimeout(timer);
  }
}

/** It lies in the adapter's info now; browsers until 2025 have it beside that. */
function isFallback({ info, isFallbackAdapter }: GPUAdapter & { isFallbackAdapter?: boolean }): boolean {
  return info?.isFallbackAdapter ?? isFallbackAdapter ?? false;
}
