/** A script after which the software adapter passes for a GPU, in a page or an engine's worker: one that is slower than the CPU. */
export const PASS_FOR_GPU = `
  for (const { prototype } of [GPUAdapterInfo, GPUAdapter]) {
    if ('isFallbackAdapter' in prototype) Object.defineProperty(prototype, 'isFallbackAdapter', { get: () => false });
  }
  Object.defineProperty(GPUAdapterInfo.prototype, 'architecture', { get: () => 'made-up' });
`;
