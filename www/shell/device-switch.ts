/** The choice of a device: automatic, WebGPU or the CPU. */
import { element } from './page';
import type { DeviceChoice } from '../package/client';
import { words } from '../words/current';

export class DeviceSwitch {
  readonly #radios: readonly HTMLInputElement[];

  constructor(choose: (device: DeviceChoice) => void) {
    this.#radios = [...element('devices', HTMLFieldSetElement).querySelectorAll<HTMLInputElement>('input[name=device]')];
    for (const radio of this.#radios) {
      radio.addEventListener('change', () => {
        const device = deviceOf(radio.value);
        if (device !== undefined) choose(device);
      });
    }
  }

  show(device: DeviceChoice): void {
    for (const radio of this.#radios) radio.checked = radio.value === device;
  }

  /** Closes the way to WebGPU, and says why: a phrase. */
  withoutWebGpu(why: string): void {
    for (const radio of this.#radios) {
      if (radio.value !== 'webgpu') continue;
      radio.disabled = true;
      radio.setAttribute('aria-describedby', 'no-webgpu');
    }
    const note = element('no-webgpu', HTMLElement);
    note.textContent = words.device.withoutWebGpu(words.device.reason(why));
    note.hidden = false;
    document.body.dataset.webgpu = 'none';
  }
}

function deviceOf(value: string): DeviceChoice | undefined {
  return value === 'auto' || value === 'webgpu' || value === 'cpu' ? value : undefined;
}
