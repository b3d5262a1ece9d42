import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { PACKAGE_CONSTANTS } from './rolldown.config.ts';
import { firstPaint } from './www/first-paint/plugin.ts';
import { ISOLATION } from './www/service-worker/isolation.ts';
import { SHARE_ADDRESS, SHARED_FIELD } from './www/service-worker/shared.ts';

/** Without them the page would have threads from the second visit on: its service worker sets them too, where the host does not. */
const headers = ISOLATION;

const browsers = ['chrome111', 'firefox121', 'safari16.4'];

/** What the installed page opens, and takes from other apps, by type. Of sketches and pictures it tells itself which is which. */
const MODEL_FILES = ['.pict', '.safetensors', '.onnx', '.pth', '.pt'];
const PICTURE_FILES = {
  'image/png': ['.png'],
  'image/jpeg': ['.jpg', '.jpeg'],
  'image/webp': ['.webp'],
  'image/gif': ['.gif'],
  'image/avif': ['.avif'],
  'image/svg+xml': ['.svg'],
};

const isModel = (name: string): boolean => /\.(pict|safetensors)$/.test(name);

export default defineConfig({
  root: 'www',
  // Relative addresses everywhere, so that the built page works under any sub-path.
  base: './',
  // The model files are assets, imported with `?url`.
  assetsInclude: ['**/*.pict', '**/*.safetensors'],
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: browsers,
    // Nothing becomes a data: address, so that a strict Content-Security-Policy can be set.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: ['index.html', 'open.html'].map((page) => fileURLToPath(new URL(`www/${page}`, import.meta.url))),
      output: {
        // Models keep their address from release to release, so that a page of the last one, which may stay open for days, still finds
        // them. The loader asks the server whether they changed.
        chunkFileNames: ({ facadeModuleId }) => (/\/www\/words\/(de|zh)\.ts$/.test(facadeModuleId ?? '') ? 'assets/words-[name]-[hash].js' : 'assets/[name]-[hash].js'),
        assetFileNames: ({ names: [name = ''] }) => (isModel(name) ? 'models/[name][extname]' : 'assets/[name]-[hash][extname]'),
      },
    },
  },
  worker: { format: 'es' },
  define: PACKAGE_CONSTANTS,
  // `pkg` (the WebAssembly) lies beside `www`.
  preview: { headers },
  server: { headers, fs: { allow: [fileURLToPath(new URL('.', import.meta.url))] } },
  plugins: [
    {
      name: 'while the page is worked on, what Vite itself writes into it is allowed: style sheets, and errors',
      apply: 'serve',
      transformIndexHtml: (html) => html.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace(/; require-trusted-types-for[^"]*/, ''),
    },
    firstPaint(),
    VitePWA({
      // A new release waits until the visitor takes it: release.ts.
      registerType: 'prompt',
      injectRegister: false, // offline.ts does, once the first picture is there
      manifest: {
        name: 'pix2pix-web',
        short_name: 'pix2pix',
        description: 'Draw lines, get a picture. Nothing leaves your device.',
        start_url: './',
        scope: './',
        display: 'standalone',
        background_color: '#f4f0e8',
        theme_color: '#f4f0e8',
        file_handlers: [{ action: './', accept: { ...PICTURE_FILES, 'application/octet-stream': MODEL_FILES } }],
        share_target: {
          action: `./${SHARE_ADDRESS}`,
          method: 'POST',
          enctype: 'multipart/form-data',
          params: { files: [{ name: SHARED_FIELD, accept: ['image/*', 'application/octet-stream', ...MODEL_FILES] }] },
        },
        icons: [
          { src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' },
          { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
      includeManifestIcons: false, // They are files like others.
      strategies: 'injectManifest',
      srcDir: 'service-worker',
      filename: 'sw.ts',
      injectManifest: {
        target: browsers,
        // The page and its engines, of which it keeps those that are used. The models are kept by the loader, in a cache of its own.
        globPatterns: ['**/*.{html,js,css,wasm,svg,png,md,txt}'],
        // What nobody needs: the page runs its engines in workers.
        globIgnores: ['assets/*engine*'],
        maximumFileSizeToCacheInBytes: 40 * 1024 * 1024,
      },
    }),
  ],
});
