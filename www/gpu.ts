/** Whether this browser can offer WebGPU at all, and if not, why, in words for a person. */
export async function whyNoWebGpu(): Promise<string | undefined> {
  if (!window.isSecureContext) return 'WebGPU needs a secure address (https or localhost).';
  // Older browsers lack `gpu`, whatever the types say.
  if (!('gpu' in navigator)) return 'This browser has no WebGPU.';
  try {
    const adapter = await navigator.gpu.requestAdapter();
    return adapter === null ? 'WebGPU is there, but it finds no graphics adapter.' : undefined;
  } catch (error) {
    return `WebGPU does not start: ${error instanceof Error ? error.message : String(error)}`;
  }
}
