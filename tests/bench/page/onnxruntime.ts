/** onnxruntime-web: float32 in, float32 out. */
import { drawSketch } from './pair';
import type { Runtime } from './runtime';

/** What is used of it; its own types would have to be installed for `npm run types`. */
interface OnnxRuntime {
  env: { logLevel: string; wasm: { wasmPaths: string; numThreads: number } };
  InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
  Tensor: new (type: 'float32', values: Float32Array, shape: readonly number[]) => Tensor;
}

interface Session {
  run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
}

interface Tensor {
  readonly dims: readonly number[];
  getData(): Promise<Float32Array>;
}

export async function openOnnxRuntime(device: 'cpu' | 'webgpu', threads: number, model: Uint8Array, size: number): Promise<Runtime> {
  const folder = '/peers/onnxruntime-web/dist/';
  const script = `${folder}ort.${device === 'webgpu' ? 'webgpu' : 'wasm'}.bundle.min.mjs`;
  const ort = (await import(script)) as OnnxRuntime;
  ort.env.logLevel = 'error';
  ort.env.wasm.wasmPaths = folder;
  ort.env.wasm.numThreads = threads;
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [device === 'webgpu' ? 'webgpu' : 'wasm'],
    graphOptimizationLevel: 'all',
  });
  const sketch = drawSketch(size).values;
  let values: Float32Array;
  return {
    async translate() {
      const began = performance.now();
      const { output } = await session.run({ input: new ort.Tensor('float32', sketch, [1, 3, size, size]) });
      values = await output!.getData();
      return performance.now() - began;
    },

    picture: () => ({ values: Array.from(values), rounding: 0 }),
  };
}
