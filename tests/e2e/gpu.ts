/** A script after which the software adapter passes for a GPU, in a page or an engine's worker: one that is slower than the CPU. */
export const PASS_FOR_GPU = `
  for (const { prototype } of [GPUAdapterInfo, GPUAdapter]) {
    if ('isFallbackAdapter' in prototype) Object.defineProperty(prototype, 'isFallbackAdapter', { get: () => false });
  }
  Object.defineProperty(GPUAdapterInfo.prototype, 'architecture', { get: () => 'made-up' });
`;

/** A script after which every adapter has WebGPU's least limits and no feature that it can do without; `less` is less than that. */
export const leastAdapter = (less: Partial<Record<keyof GPUSupportedLimits, number>> = {}) => `
  const limits = ${JSON.stringify({ ...LEAST, ...less })};
  Object.defineProperty(GPUAdapter.prototype, 'limits', { get: () => limits });
  Object.defineProperty(GPUAdapter.prototype, 'features', { get: () => new Set(['core-features-and-limits']) });
`;

/** The defaults of https://www.w3.org/TR/webgpu/#limits. */
const LEAST = {
  ...{ maxTextureDimension1D: 8192, maxTextureDimension2D: 8192, maxTextureDimension3D: 2048, maxTextureArrayLayers: 256 },
  ...{ maxBindGroups: 4, maxBindGroupsPlusVertexBuffers: 24, maxBindingsPerBindGroup: 1000 },
  ...{ maxDynamicUniformBuffersPerPipelineLayout: 8, maxDynamicStorageBuffersPerPipelineLayout: 4 },
  ...{ maxSampledTexturesPerShaderStage: 16, maxSamplersPerShaderStage: 16, maxStorageBuffersPerShaderStage: 8 },
  ...{ maxStorageTexturesPerShaderStage: 4, maxUniformBuffersPerShaderStage: 12 },
  ...{ maxUniformBufferBindingSize: 2 ** 16, maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 },
  ...{ minUniformBufferOffsetAlignment: 256, minStorageBufferOffsetAlignment: 256 },
  ...{ maxVertexBuffers: 8, maxVertexAttributes: 16, maxVertexBufferArrayStride: 2048, maxInterStageShaderVariables: 16 },
  ...{ maxColorAttachments: 8, maxColorAttachmentBytesPerSample: 32 },
  ...{ maxComputeWorkgroupStorageSize: 2 ** 14, maxComputeInvocationsPerWorkgroup: 256 },
  ...{ maxComputeWorkgroupSizeX: 256, maxComputeWorkgroupSizeY: 256, maxComputeWorkgroupSizeZ: 64, maxComputeWorkgroupsPerDimension: 65_535 },
};

/** A script after which a worker tells on the channel `counts`, whenever it is asked, what was done since it was asked last. */
export const COUNT_CALLS = `
  let counts;
  const begin = () => (counts = { compiled: 0, submitted: 0, read: 0 });
  const count = (type, method, name) => {
    const original = type.prototype[method];
    type.prototype[method] = function (...args) {
      counts[name] += 1;
      return original.apply(this, args);
    };
  };
  begin();
  count(GPUDevice, 'createComputePipeline', 'compiled');
  count(GPUDevice, 'createComputePipelineAsync', 'compiled');
  count(GPUQueue, 'submit', 'submitted');
  count(GPUBuffer, 'mapAsync', 'read');
  const channel = new BroadcastChannel('counts');
  channel.onmessage = () => {
    channel.postMessage(counts);
    begin();
  };
`;

export interface Counts {
  readonly compiled: number;
  readonly submitted: number;
  readonly read: number;
}
