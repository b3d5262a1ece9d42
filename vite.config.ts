import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

const sizeOf = (engine: string): number => statSync(new URL(`pkg/${engine}_bg.wasm`, import.meta.url)).size;

/** The page is cross-origin isolated, so that its engine may have threads. Hosts set the same: README, Threads. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
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
    target: ['chrome111', 'firefox121', 'safari16.4'],
    // Nothing becomes a data: address, so that a strict Content-Security-Policy can be set.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // Models keep their address from release to release, so that a page of the last one, which may stay open for days, still finds
        // them. The loader asks the server whether they changed.
        assetFileNames: ({ names: [name = ''] }) => (isModel(name) ? 'models/[name][extname]' : 'assets/[name]-[hash][extname]'),
      },
    },
  },
  worker: { format: 'es' },
  // A server that packs what it sends does not say how many bytes will come out; the page knows.
  define: { ENGINE_BYTES: JSON.stringify({ cpu: sizeOf('cpu'), threads: sizeOf('threads'), webgpu: sizeOf('webgpu') }) },
  // `pkg` (the WebAssembly) lies beside `www`.
  preview: { headers },
  server: { headers, fs: { allow: [fileURLToPath(new URL('.', import.meta.url))] } },
  plugins: [
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
        icons: [
          { src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' },
          { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
      workbox: {
        // The page with the engine of the CPU. The models are kept by the loader, in a cache of its own.
        globPatterns: ['**/*.{html,js,css,wasm,svg,png,md,txt}'],
        // What only WebGPU and threads need, and what nobody does: the page runs its engines in workers.
        globIgnores: ['assets/{webgpu,threads,*engine}*'],
        runtimeCaching: [
          {
            urlPattern: /\/assets\/(webgpu|threads)[^/]*$/,
            handler: 'CacheFirst',
            // Those of an earlier release go.
            options: { cacheName: 'pix2pix-web-engines', expiration: { maxEntries: 4 } },
          },
        ],
        maximumFileSizeToCacheInBytes: 40 * 1024 * 1024,
      },
    }),
  ],
});
