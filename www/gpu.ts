/** How long a browser may take to say whether it has an adapter. */
const PATIENCE_MS = 4000;

/** Whether this browser can offer WebGPU at all, and if not, why, in words for a person. */
export async function whyNoWebGpu(): Promise<string | undefined> {
  if (!window.isSecureContext) return 'WebGPU needs a secure address (https or localhost).';
  // Older browsers lack `gpu`, whatever the types say.
  if (!('gpu' in navigator)) return 'This browser has no WebGPU.';
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<'enough'>((done) => {
    timer = setTimeout(done, PATIENCE_MS, 'enough');
  });
  try {
    const adapter = await Promise.race([navigator.gpu.requestAdapter(), enough]);
    if (adapter === 'enough') return 'WebGPU does not respond.';
    return adapter === null ? 'WebGPU found no graphics adapter.' : undefined;
  } catch (error) {
    return `WebGPU does not start: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    clearTimeout(timer);
  }
}
