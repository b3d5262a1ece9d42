/** Workers in the place of a browser's, which answer as an engine does. */
import { after } from 'node:test';
import { type Endpoint, expose } from 'comlink';
import { standIn } from './tools';

export interface StartedWorker {
  readonly url: string | URL;
  readonly terminated: boolean;
}

/** A class of such workers, and those that were started. */
export function engineWorkers(engine: object) {
  const started: StartedWorker[] = [];
  const ports: MessagePort[] = [];
  class Channel extends MessageChannel {
    constructor() {
      super();
      ports.push(this.port1);
    }
  }
  standIn({ MessageChannel: Channel });
  // An open channel, as each model has one, would keep the process.
  after(() => ports.forEach((port) => port.close()));
  class EngineWorker extends EventTarget implements StartedWorker {
    terminated = false;
    readonly #port: MessagePort;

    constructor(readonly url: string | URL) {
      super();
      const { port1, port2 } = new MessageChannel();
      this.#port = port2;
      expose(engine, port1 as unknown as Endpoint);
      port2.onmessage = ({ data, ports }) => this.dispatchEvent(Object.assign(new Event('message'), { data, ports }));
      started.push(this);
    }

    postMessage(message: unknown, transfer: Transferable[] = []): void {
      this.#port.postMessage(message, transfer);
    }

    terminate(): void {
      this.terminated = true;
      this.#port.close();
    }
  }
  return { started, EngineWorker };
}
