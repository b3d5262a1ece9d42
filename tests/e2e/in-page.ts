/** Runs a task in a page with the packed package. */
import type { Page } from '@playwright/test';
import type * as Package from '../../pkg/client.js';

/** Where the installed package lies on the plain site. */
export const CLIENT = '/node_modules/pix2pix-web/pkg/client.js';

/** Runs `task` in the page with the package and a few pictures of our own. */
export async function inPage<T, A>(
  page: Page,
  task: (tools: Tools, argument: A) => Promise<T>,
  argument?: A,
): Promise<T> {
  return page.evaluate(
    async ([client, source, argument]) => {
      const { EdgeDetector, Pix2Pix, Pix2PixError } = (await import(client as string)) as typeof Package;
      const canvas = (width = 256, height = 256) => {
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [width, height];
        const context = canvas.getContext('2d');
        if (!context) throw new Error('no canvas');
        context.fillStyle = '#fff';
        context.fillRect(0, 0, width, height);
        context.lineWidth = 3;
        context.ellipse(width * 0.4, height * 0.5, width * 0.3, height * 0.2, 0.4, 0, 7);
        context.stroke();
        return canvas;
      };
      const failure = async (promise: Promise<unknown>) => {
        try {
          await promise;
        } catch (error) {
          if (error instanceof Pix2PixError) return { code: error.code, message: error.message };
          const { name, message } = error as Error;
          return { code: `${name} is no Pix2PixError`, message };
        }
        return { code: 'nothing failed', message: '' };
      };
      const shallow = async () => {
        const model = await Pix2Pix.create({ ngf: 4, depth: 5 }, { device: 'cpu' });
        const file = await model.save({ what: 'networks' });
        model.dispose();
        return file;
      };
      const tools = { EdgeDetector, Pix2Pix, Pix2PixError, canvas, failure, shallow };
      // The function travels as its source text.
      const run = new Function(`return (${source as string})`)() as (t: unknown, a: unknown) => Promise<T>;
      return run(tools, argument);
    },
    [CLIENT, task.toString(), argument] as const,
  );
}

export interface Tools {
  EdgeDetector: typeof Package.EdgeDetector;
  Pix2Pix: typeof Package.Pix2Pix;
  Pix2PixError: typeof Package.Pix2PixError;
  canvas: (width?: number, height?: number) => HTMLCanvasElement;
  failure: (promise: Promise<unknown>) => Promise<{ code: string; message: string }>;
  /** The file of a model of five layers a side, with random weights: the software adapter compiles a kernel for each, for seconds. */
  shallow: () => Promise<Blob>;
}
