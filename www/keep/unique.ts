/** An id that nothing else has. `crypto.randomUUID` would do, but secure addresses alone have it. */
export function uniqueId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
