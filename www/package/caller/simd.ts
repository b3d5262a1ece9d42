/** Whether the browser has the instructions of relaxed SIMD. */

/** `(module (func (result v128) (f32x4.relaxed_madd …)))` of three vectors of zeros: the instruction for which there are engines of their own. */
const RELAXED = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 5, 1, 0x60, 0, 1, 0x7b],
  ...[3, 2, 1, 0],
  ...[10, 19, 1, 17, 0, 0x41, 0, 0xfd, 0x0f, 0x41, 0, 0xfd, 0x0f, 0x41, 0, 0xfd, 0x0f, 0xfd, 0x85, 0x02, 0x0b],
);

export const hasRelaxedSimd = (): boolean => WebAssembly.validate(RELAXED);
