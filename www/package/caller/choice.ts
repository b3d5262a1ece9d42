/** Which of the two engines serves a device. */
import type { DeviceChoice, WorkerName } from '../contract/protocol.js';
import { adapterName, findAdapter, isSoftware } from './adapter.js';
import { recall } from './remembered.js';

export interface Choice {
  engine: WorkerName;
  /** Why, where the caller left it open and the engine itself can't say. */
  reason?: string | undefined;
  /** The adapter, where it was never found out whether it is faster than the CPU. */
  untimed?: string | undefined;
}

/**
 * `auto` takes what was found to be faster with this adapter before, and the engine of WebGPU with one that is new. A device that is none
 * goes to the engine of the CPU, which refuses it as it refuses every other wrong option.
 */
export async function choose(device: DeviceChoice = 'auto'): Promise<Choice> {
  if (device !== 'auto') return { engine: device === 'webgpu' ? 'webgpu' : 'cpu' };
  const { adapter, why } = await findAdapter();
  if (adapter === undefined) return { engine: 'cpu', reason: why };
  if (isSoftware(adapter)) return { engine: 'cpu', reason: 'WebGPU has only a software adapter here, and the CPU is faster than that' };
  const name = adapterName(adapter);
  return (await recall(name)) ?? { engine: 'webgpu', untimed: name };
}
