/** Builds the script that pages wait for before they are painted, and lets the browser fetch the page's own beside its first one. */
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import type { HtmlTagDescriptor, Plugin, Rolldown } from 'vite';

const FILE = 'first-paint.js';

/** A classic script, for which the browser waits; Vite bundles modules alone. */
async function bundled(): Promise<string> {
  const bundle = await rolldown({ input: fileURLToPath(new URL('first-paint.ts', import.meta.url)) });
  const { output } = await bundle.generate({ format: 'iife', minify: true });
  await bundle.close();
  return output[0].code;
}

export function firstPaint(): Plugin {
  return {
    name: 'what comes before the first paint',
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        if (request.url?.split('?')[0] !== `/${FILE}`) return next();
        bundled().then((code) => response.setHeader('Content-Type', 'text/javascript').end(code), next);
      });
    },
    async generateBundle() {
      this.emitFile({ type: 'asset', fileName: FILE, source: await bundled() });
    },
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle, filename }) => (bundle === undefined || !filename.endsWith('index.html') ? [] : preloads(bundle)),
    },
  };
}

/** The page's own script comes after its language, and would be asked for only then. */
function preloads(bundle: Rolldown.OutputBundle): HtmlTagDescriptor[] {
  const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
  const main = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith('/www/main.ts'));
  const start = chunks.find(({ facadeModuleId, isEntry }) => isEntry && facadeModuleId?.endsWith('/index.html'));
  if (main === undefined || start === undefined) throw new Error('the page has no scripts main.ts and start.ts');
  const there = new Set([start.fileName, ...start.imports]);
  const files = [main.fileName, ...main.imports].filter((file) => !there.has(file));
  return files.map((file) => ({ tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: `./${file}` }, injectTo: 'head' }));
}
