/** What is compared: runtimes, each on a device. */

export type Device = 'cpu' | 'webgpu';
export type Peer = 'ort' | 'tfjs';

export type Contender = { readonly name: string; readonly device: Device } & (
  | { readonly runtime: 'ours' | 'ort'; readonly threads: 'one' | 'all' }
  | { readonly runtime: 'tfjs'; readonly backend: 'wasm' | 'webgl' | 'webgpu' }
);

const ALL: readonly Contender[] = [
  { name: 'pix2pix-web, CPU, all cores', device: 'cpu', runtime: 'ours', threads: 'all' },
  { name: 'pix2pix-web, CPU, 1 thread', device: 'cpu', runtime: 'ours', threads: 'one' },
  { name: 'onnxruntime-web, wasm, 1 thread', device: 'cpu', runtime: 'ort', threads: 'one' },
  { name: 'onnxruntime-web, wasm, all cores', device: 'cpu', runtime: 'ort', threads: 'all' },
  { name: 'TensorFlow.js, wasm, all cores', device: 'cpu', runtime: 'tfjs', backend: 'wasm' },
  { name: 'pix2pix-web, WebGPU', device: 'webgpu', runtime: 'ours', threads: 'one' },
  { name: 'onnxruntime-web, WebGPU', device: 'webgpu', runtime: 'ort', threads: 'one' },
  { name: 'TensorFlow.js, WebGPU', device: 'webgpu', runtime: 'tfjs', backend: 'webgpu' },
  { name: 'TensorFlow.js, WebGL', device: 'webgpu', runtime: 'tfjs', backend: 'webgl' },
];

/** Ours and the `peers`' on these devices, ours first on each. */
export function contenders(devices: readonly Device[], peers: readonly Peer[]): Contender[] {
  return ALL.filter(({ device, runtime }) => devices.includes(device) && (runtime === 'ours' || peers.includes(runtime)));
}
