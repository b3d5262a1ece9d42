/** Reads the `.safetensors` files that the package saves as `f32`. */

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [begin: number, end: number];
}

/** Tensors by name. */
export function readSafetensors(file: Uint8Array<ArrayBuffer>): Map<string, StoredTensor> {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const { __metadata__: _, ...entries } = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<string, Entry>;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, data_offsets: [begin, end] }] of Object.entries(entries)) {
    if (dtype !== 'F32') throw new Error(`${name} is ${dtype}, expected F32`);
    // A copy, since the file's offsets need not be multiples of four.
    tensors.set(name, { shape, values: new Float32Array(file.slice(8 + length + begin, 8 + length + end).buffer) });
  }
  return tensors;
}

/** Layers in the generator's encoder. */
export function generatorDepth(tensors: ReadonlyMap<string, StoredTensor>): number {
  return [...tensors.keys()].filter((name) => /^generator\.encoder_\d+\.conv\.weight$/.test(name)).length;
}
