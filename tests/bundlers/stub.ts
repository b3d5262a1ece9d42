/** Engines in the place of the compiled ones, with files of the same names and the same references between them: what bundlers see. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The grey, 0 to 63, that each engine paints: its WebAssembly knows it alone. */
export const SHADES = { cpu: 10, 'cpu-relaxed': 15, threads: 20, 'threads-relaxed': 25, webgpu: 30 };

/** Engines with bindings, and so workers, of their own. */
export const WORKERS = ['cpu', 'threads', 'webgpu'] as const;

type Name = (typeof WORKERS)[number];

/** `(module (func (export "shade") (result i32) (i32.const SHADE)))` */
const wasm = (shade: number): Uint8Array =>
  Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 5, 1, 0x60, 0, 1, 0x7f],
    ...[3, 2, 1, 0],
    ...[7, 9, 1, 5, ...Buffer.from('shade'), 0, 0],
    ...[10, 6, 1, 4, 0, 0x41, shade, 0x0b],
  ]);

/** As wasm-bindgen's target `web` writes it, whose own reference to the WebAssembly bundlers follow too. */
const bindings = (name: Name): string => `
let shade;

// Bundlers share and split files as large as the real ones.
const padding = '${'stub'.repeat(10_000)}';

export class Model {
  #info;
  static async load(bytes, options, onProgress) {
    onProgress(bytes.length, bytes.length);
    const model = new Model();
    model.#info = {
      device: '${name === 'webgpu' ? 'webgpu' : 'cpu'}', adapter: 'stub', reason: options.reason ?? 'it was asked for', format: 'pict', dtype: 'q8', bytes: bytes.length,
      parameters: 1, ngf: 8, depth: 8, size: 256, inChannels: 3, outChannels: 3, color: 'rgb', bias: true, runningStatistics: false, step: 0, ignored: [],
    };
    return model;
  }
  static memory() { return padding.length; }
  get info() { return this.#info; }
  async warm_up() {}
  async translate({ width, height }) {
    return new ImageData(new Uint8ClampedArray(4 * width * height).fill(shade()), width, height);
  }
  free() {}
}

export const detect_edges = (picture) => picture;
export const suggest_hints = () => [];
${name === 'threads' ? threads : ''}
export default async function __wbg_init({ module_or_path, memory = ${name === 'threads' ? 'new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })' : 'undefined'} }) {
  if (module_or_path === undefined) module_or_path = new URL('${name}_bg.wasm', import.meta.url);
  const instance = await WebAssembly.instantiate(module_or_path, {});
  shade = instance.exports.shade;
  return { memory };
}
`;

const threads = `
export const set_threads = () => {};
export const run_thread = () => {};
`;

/** Writes what wasm-bindgen would write into `pkg`. */
export function writeStubs(pkg: string): void {
  mkdirSync(pkg, { recursive: true });
  for (const name of WORKERS) writeFileSync(join(pkg, `${name}.js`), bindings(name));
  for (const [name, shade] of Object.entries(SHADES)) writeFileSync(join(pkg, `${name}_bg.wasm`), wasm(shade));
}
