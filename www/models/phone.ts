/** What the browser tells of the device: whether it is a phone, or no stronger than one. */

/** The shorter side of the largest phones' screens, in CSS pixels; tablets begin at 600. */
const PHONE_SIDE = 540;

/** GiB. */
const PHONE_MEMORY = 4;

export function onPhone(): boolean {
  const touched = matchMedia('(pointer: coarse)').matches;
  const small = Math.min(screen.width, screen.height) <= PHONE_SIDE;
  return (touched && small) || deviceMemory() <= PHONE_MEMORY;
}

/** GiB, rounded down to a power of two and to 8 at most in most browsers; infinite where it is not told. */
export function deviceMemory(): number {
  const { deviceMemory }: { deviceMemory?: unknown } = navigator as object;
  return typeof deviceMemory === 'number' ? deviceMemory : Infinity;
}
