/** Serves the page, the package, the peers and the weights from one origin, isolated so that WebAssembly may have threads. */
import { createWriteStream, mkdirSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import sirv from 'sirv';

export const FOLDER = 'target/bench';
export const MODELS = join(FOLDER, 'models');

const PLACES = { '/pkg/': 'pkg', '/peers/': join(FOLDER, 'node_modules'), '/models/': MODELS, '/page/': join(FOLDER, 'page') };
const PAGE = '<!doctype html><meta charset="utf-8"><title>Benchmark</title><script type="module" src="/page/main.js"></script>';

const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export interface Site {
  readonly url: string;
  close(): void;
}

export async function serve(): Promise<Site> {
  mkdirSync(MODELS, { recursive: true });
  const places = Object.entries(PLACES).map(([prefix, folder]) => ({ prefix, files: sirv(folder, { dev: true }) }));
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/';
    for (const [name, value] of Object.entries(ISOLATED)) response.setHeader(name, value);
    if (path === '/') {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(PAGE);
    } else if (request.method === 'PUT' && path.startsWith('/models/')) {
      await pipeline(request, createWriteStream(join(MODELS, basename(path))));
      response.writeHead(204).end();
    } else {
      const place = places.find(({ prefix }) => path.startsWith(prefix));
      const missing = () => void response.writeHead(404).end();
      if (!place) return missing();
      request.url = path.slice(place.prefix.length - 1);
      place.files(request, response, missing);
    }
  };
  const server = createServer((request, response) => void answer(request, response).catch((error: Error) => response.destroy(error)));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
