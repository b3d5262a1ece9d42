/** What every browser test has: a server for a folder, and no error of the page that goes unseen. */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Page, test as base } from '@playwright/test';
import sirv from 'sirv';

export { expect } from '@playwright/test';

export interface Served {
  url: string;
  /** Addresses asked for so far, `GET /path`. */
  requests: string[];
  /** Those of them that a file was sent for, because the browser did not have it yet. */
  sent: string[];
  /** Answers nothing any more, as where there is no network. */
  stop: () => void;
}

export interface ServeOptions {
  /** Default `/`. */
  base?: string;
  headers?: Record<string, string>;
  /** Answers a request in place of the folder, and then returns true. */
  instead?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

interface Servers {
  /** Serves a folder until the test ends. */
  serve: (folder: string, options?: ServeOptions) => Promise<Served>;
}

/** For tests that bring their own browser. */
export const served = base.extend<Servers>({
  serve: async ({}, use) => {
    const stops: (() => void)[] = [];
    await use(async (folder, { base = '/', headers = {}, instead = () => false } = {}) => {
      const files = sirv(folder, { dev: true, etag: true });
      const requests: string[] = [];
      const sent: string[] = [];
      const server = createServer((request, response) => {
        const asked = `${request.method} ${request.url}`;
        requests.push(asked);
        response.on('finish', () => response.statusCode === 200 && sent.push(asked));
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
        if (instead(request, response)) return;
        if (!request.url?.startsWith(base)) {
          response.writeHead(404).end();
          return;
        }
        request.url = `/${request.url.slice(base.length)}`;
        files(request, response, () => void response.writeHead(404).end());
      });
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      const stop = () => {
        server.closeAllConnections();
        server.close();
      };
      stops.push(stop);
      return { url: `http://localhost:${(server.address() as AddressInfo).port}${base}`, requests, sent, stop };
    });
    for (const stop of stops) stop();
  },
});

export const test = served.extend<{ noPageErrors: undefined }>({
  noPageErrors: [
    async ({ page }, use) => {
      const errors: Error[] = [];
      page.on('pageerror', (error) => errors.push(error));
      // Nor what its own policy forbids.
      page.on('console', (message) => {
        if (message.type() === 'error' && /Content Security Policy|Trusted(HTML|Script)/.test(message.text())) errors.push(new Error(message.text()));
      });
      await use(undefined);
      if (errors.length > 0) throw errors[0];
    },
    { auto: true },
  ],
});

/** Watches for tasks of over 50 ms on the page's main thread from now on; the longest so far, in ms, or 0. */
export async function watchLongTasks(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const longest = { ms: 0 };
    Object.assign(document.body, { longest });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longest.ms = Math.max(longest.ms, entry.duration);
    }).observe({ type: 'longtask' });
  });
  return () => page.evaluate(() => (document.body as unknown as { longest: { ms: number } }).longest.ms);
}
