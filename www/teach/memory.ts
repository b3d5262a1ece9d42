/** Whether a training will fit into memory, and what to choose where it will not. */
import { deviceMemory } from '../models/phone';
import type { Pix2Pix } from '../package/client';
import type { Settings } from './settings';
import { words } from '../words/current';

export interface MemoryAdvice {
  readonly text: string;
  readonly enough: boolean;
}

/** All that 32-bit WebAssembly can address. */
const WASM_BYTES = 4 * 1024 ** 3;

/** Less than half of a device's memory is left for one page. */
const SHARE_OF_DEVICE = 0.5;

type Asked = Pick<Settings, 'batchSize' | 'freeze' | 'discriminator' | 'average'>;

export async function adviseOnMemory(model: Pix2Pix, settings: Settings): Promise<MemoryAdvice> {
  const need = await bytesFor(model, settings);
  const room = await roomFor(model);
  const { takes, tooMuch, onePair, freeze, freezeAlone, smaller } = words.memory;
  if (need <= room.bytes) return { text: takes(size(need)), enough: true };
  const lighter: [(size: string) => string, Partial<Asked>][] = [
    [onePair, { batchSize: 1 }],
    [freeze, { batchSize: 1, freeze: 'inner' }],
    [freezeAlone, { batchSize: 1, freeze: 'inner', discriminator: false }],
  ];
  for (const [advice, change] of lighter) {
    const less = await bytesFor(model, { ...settings, ...change });
    if (less < need && less <= room.bytes) {
      return { text: tooMuch(size(need), room.said, advice(size(less))), enough: false };
    }
  }
  return { text: tooMuch(size(need), room.said, smaller), enough: false };
}

function bytesFor(model: Pix2Pix, { batchSize, freeze, discriminator, average }: Asked): Promise<number> {
  return model.trainingMemory({ batchSize, freeze, generatorOnly: !discriminator, average: average ?? null });
}

/** What is likely to be there: browsers tell little, and of a graphics device nothing. */
async function roomFor(model: Pix2Pix): Promise<{ bytes: number; said: string }> {
  const device = deviceBytes() * SHARE_OF_DEVICE;
  const wasm = model.info.device === 'cpu' ? WASM_BYTES - (await model.memory()) : Infinity;
  return wasm < device
    ? { bytes: wasm, said: words.memory.engineRoom(size(wasm)) }
    : { bytes: device, said: words.memory.deviceRoom(size(device)) };
}

function deviceBytes(): number {
  const memory = deviceMemory();
  // 8 stands for 8 and all above it.
  return memory < 8 ? memory * 1024 ** 3 : Infinity;
}

function size(bytes: number): string {
  return bytes < 1e9 ? words.memory.megabytes(Math.max(1, Math.round(bytes / 1e6))) : words.memory.gigabytes(bytes / 1e9);
}
